"""A decision as a table of texts: what the formats write and read, each in its own way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from amends.engine.diagnostics import Source, Span
from amends.engine.rulebase import HitPolicy, Kind

NOTES = ("rule", "tier", "overrides", "because", "sources", "review_by")
"""What a row says besides its cells; the rows of one rule say it alike."""
OTHERWISE = "otherwise"
"""The name of the row that holds where no other does."""

FIRST = "first"
BY_VALUE = "by value"
"""Two policies that only other makers have: the first row that is met, and the first value of a list."""
POLICIES = (*(policy.value for policy in HitPolicy), FIRST, BY_VALUE)

NOWHERE = Span.whole(Source("a table"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A text of a table, where it stands, and how a sentence calls that place."""

    text: str
    span: Span = NOWHERE
    where: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The words of a list that commas part."""
        return tuple(word.strip() for word in self.text.split(",") if word.strip())


@dataclass(frozen=True, slots=True)
class Input:
    """A column of tests: what it is about, and the values that the thing has, as tests."""

    subject: Entry
    is_known: bool = False
    currency: str | None = None
    title: str = ""
    kind: Kind | None = None
    allowed: Entry | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row: a cell for each column of the table, what follows, and what else is said of it."""

    cells: tuple[Entry, ...]
    then: Entry
    notes: Mapping[str, Entry] = field(default_factory=dict)
    span: Span = NOWHERE
    where: str = ""

    def note(self, name: str) -> str:
        """Return what the row says under *name*, empty if nothing."""
        entry = self.notes.get(name)
        return entry.text if entry is not None else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with what it says of its decision in `about`: entries by key, in order.

    A key is `title`, `hit policy`, `values`, `sources` or another word of the rule language with blanks
    for lines, or such a word and a name: `value none`, `tier exit`.
    """

    decides: Entry
    policy: Entry
    inputs: tuple[Input, ...]
    lines: tuple[Line, ...]
    about: Mapping[str, Entry]
    otherwise: Line | None = None
    outputs: Entry | None = None
    """The values of the decision, as tests, if the format lists them."""
    span: Span = NOWHERE

    def said(self, key: str) -> str:
        """Return what is said of the decision under *key*, empty if nothing."""
        entry = self.about.get(key)
        return entry.text if entry is not None else ""

    def named(self, key: str) -> Iterator[tuple[str, Entry]]:
        """Yield the names said with *key*, in order, and what is said of each."""
        start = f"{key} "
        for name, entry in self.about.items():
            if name.startswith(start):
                yield name[len(start) :], entry
