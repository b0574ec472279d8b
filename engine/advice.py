"""What an entry of a catalogue says: a remedy, a companion or a thing to avoid, with its steps."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from amends.engine.diagnostics import Span

WHO = ("you", "client", "colleague", "insurer", "lawyer", "platform")
"""Who can be asked to act."""

MOST_HOURS = 10_000
"""No limit is further away: what is due in more than a year is no plan."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, in words, and who must act, one of `WHO`.

    It is due `within_hours` from now, or on the day that the date fact called `by` states,
    whichever is earlier. By a `promise` the client hears something.
    """

    do: str
    order: int
    within_hours: Fraction | None
    sources: tuple[str, ...]
    who: str = "you"
    by: str | None = None
    promise: bool = False
    parameters: tuple[str, ...] = ()
    """Those that its limit names."""


@dataclass(frozen=True, slots=True)
class Advice:
    """An entry of a catalogue: a remedy, a companion, or a thing to avoid."""

    name: str
    title: str
    summary: str
    steps: tuple[Step, ...]
    sources: tuple[str, ...]
    span: Span
