"""What an audit says: findings with their proof, and what it could not decide, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from amends.engine.diagnostics import Label, Span
from amends.engine.ignore import Kind as Kind
from amends.engine.rulebase import Value


class Severity(StrEnum):
    """How much a finding matters: a wrong answer, a likely slip, something to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Count:
    """How many possible kinds of case something touches; `at_most` where a measure hides a tie."""

    cases: int
    of: int
    at_most: bool = False

    @property
    def share(self) -> Fraction:
        """The part of all possible kinds of case."""
        return Fraction(self.cases, self.of) if self.of else Fraction(0)


@dataclass(frozen=True, slots=True)
class Witness:
    """One case that shows a finding, of facts alone, which the chain has replayed.

    `facts` holds a value for every fact that matters, `stated` those that the asker said; `shows` says
    in words what the chain made of it.
    """

    facts: Mapping[str, Value]
    stated: frozenset[str]
    shows: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the audit proved: what, where, how many cases it touches, one of them, and a mend.

    `subject` is what it is about, a rule's path or a name, by which it can be ignored. An absence, such as
    a rule that no case makes win, has no witness: that no combination of cells remains is its proof.
    """

    kind: Kind
    severity: Severity
    subject: str
    message: str
    primary: Span | None
    mend: str
    others: tuple[Label, ...] = ()
    count: Count | None = None
    witness: Witness | None = None
    ignored: str | None = None
    """The reason for which it is ignored."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A question that the audit could not settle, and why; never mixed with findings."""

    kind: Kind
    subject: str
    why: str


@dataclass(frozen=True, slots=True)
class Assurance:
    """One thing that could have been false, and is not, or what broke it: the head of the report."""

    statement: str
    holds: bool | None
    """None where it could not be decided."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Proofs:
    """What was proved: findings, each with its case, what stayed undecided, and what holds.

    `cases` is how many kinds of case are possible, None where that was not finished; `at_most` where a
    measure hides a tie.
    """

    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...]
    assurances: tuple[Assurance, ...]
    cases: int | None
    finished: bool
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit found, proved, and could not decide."""

    assurances: tuple[Assurance, ...]
    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...]
    cases: int | None
    """How many kinds of case are possible, None where the count was not finished."""
    finished: bool = True
    at_most: bool = False
    """True where a measure hides a tie, so that there may be fewer kinds of case."""

    @property
    def is_clean(self) -> bool:
        """True if nothing was found but what is ignored, and nothing is undecided or unfinished."""
        return self.finished and not self.undecided and all(found.ignored for found in self.findings)
