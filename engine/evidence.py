"""What a rule base rests on: its sources, and what was made of them where they disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from amends.engine.diagnostics import Span

DATED_KINDS = ("law", "insurance", "platform")
"""What holds in one place and changes with time, so that it is general information only."""
SOURCE_KINDS = ("research", *DATED_KINDS, "practice", "article")


@dataclass(frozen=True, slots=True)
class Citable:
    """A source that rules cite: an article by line, or a work by its id.

    `lines` holds, for an article, what each line advises, in our own words, and `context` what
    its other citable lines tell. `says` is the gist of a work. A source of one of `DATED_KINDS`
    has a `jurisdiction`, for a platform its name, and the day `as_of` which it was looked at.
    """

    name: str
    title: str
    where: str
    lines: Mapping[int, str]
    span: Span
    context: Mapping[int, str] = field(default_factory=dict)
    says: str | None = None
    kind: str | None = None
    jurisdiction: str | None = None
    as_of: date | None = None
    review_by: date | None = None
    """The day by which someone should have looked at it again."""

    @property
    def citable_lines(self) -> Mapping[int, str]:
        """Every line that may be cited, with its gist, in order."""
        return dict(sorted({**self.lines, **self.context}.items()))

    @property
    def is_general_information(self) -> bool:
        """True where what it says holds in one place and at one time only."""
        return self.kind in DATED_KINDS


@dataclass(frozen=True, slots=True)
class Side:
    """What some of the sources advise where others advise differently."""

    advises: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Advice that disagrees, what was made of it, and the paths of the rules that show it."""

    name: str
    title: str
    sides: tuple[Side, ...]
    resolution: str
    because: str
    sources: tuple[str, ...]
    rules: tuple[str, ...]
    span: Span
