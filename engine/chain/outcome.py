"""What a decision came to, and the record of one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from amends.engine.rulebase import Rule, Value
from amends.engine.truth import Members, Reading, Truth


class Lack(StrEnum):
    """Why a decision has, or may have, no value."""

    UNCOVERED = "uncovered"
    CONFLICT = "conflict"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one decision came to: one value, or candidates, or a reason for having none.

    `found` holds the candidates, or the members of a collected set. `deciding` are the
    rules credited with it, `blocked_by` the first decision upstream that has no value.
    """

    decision: str
    found: frozenset[Value] | Members
    lacks: frozenset[Lack] = frozenset()
    deciding: tuple[str, ...] = ()
    by_otherwise: bool = False
    taken_out: frozenset[str] = frozenset()
    blocked_by: str | None = None

    @property
    def is_settled(self) -> bool:
        """True if it has one value in every completion that the cautious reading allows."""
        if self.lacks:
            return False
        if isinstance(self.found, Members):
            return self.found.sure == self.found.possible
        return len(self.found) == 1

    @property
    def has_no_value(self) -> bool:
        """True if it surely has no value."""
        return bool(self.lacks) and not isinstance(self.found, Members) and not self.found

    @property
    def candidates(self) -> frozenset[Value]:
        """Every value that is still possible; the possible members of a set."""
        return self.found.possible if isinstance(self.found, Members) else self.found

    @property
    def value(self) -> Value | None:
        """The settled value, or None."""
        if not self.is_settled:
            return None
        return self.found.sure if isinstance(self.found, Members) else next(iter(self.found))


@dataclass(frozen=True, slots=True)
class Fired:
    """One rule that surely fired: what it read, what it beat and what beat it."""

    rule: Rule
    stratum: int
    read: Mapping[str, Reading]
    beats: tuple[str, ...]
    beaten_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The record of one run, in order of stratum and rule path, never of firing.

    `undecided` are the rules that some completion of the case may make fire.
    """

    executor: str
    fired: tuple[Fired, ...]
    undecided: tuple[str, ...]
    outcomes: Mapping[str, Outcome]
    measures: Mapping[str, Value | None]

    @property
    def said(self) -> dict[str, Truth]:
        """Each rule that says yes or is undecided, by path, as an executor tells it."""
        return dict.fromkeys(self.undecided, Truth.UNDECIDED) | {
            each.rule.path: Truth.YES for each in self.fired
        }
