"""What became of each mutant, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

from amends.engine.exercise.mutants import Mutant
from amends.engine.rulebase import Value
from amends.engine.source import MapNode


class State(StrEnum):
    """Whether a stored case notices a mutant, and if none does, whether any could."""

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"
    UNDECIDED = "undecided"
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class Kill:
    """A case that would kill a mutant: what it states, and how its decision ends without and with the change.

    `expect` is what it expects then, `deciding` the rules that decide it as the rule base is.
    """

    facts: Mapping[str, Value]
    expect: MapNode
    before: str
    after: str
    deciding: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Judged:
    """One mutant: killed by a stored case (`by`), or with one that would kill it, or why there is neither."""

    mutant: Mutant
    state: State
    by: Path | None = None
    kill: Kill | None = None
    why: str | None = None


@dataclass(frozen=True)
class Mutation:
    """All mutants of some rules, held against stored cases; `of` counts them before a sample was taken."""

    judged: tuple[Judged, ...]
    rules: int
    cases: int
    of: int

    def number(self, state: State) -> int:
        """Return how many mutants ended so."""
        return sum(each.state is state for each in self.judged)

    @property
    def score(self) -> Fraction | None:
        """The killed, of all that were tried and are not proved equivalent; None if there are none.

        What is undecided counts as alive.
        """
        aside = self.number(State.EQUIVALENT) + self.number(State.NOT_TRIED)
        of = len(self.judged) - aside
        return Fraction(self.number(State.KILLED), of) if of else None

    def reaches(self, percent: Fraction) -> bool:
        """True if the score is *percent* at least, or there is nothing to score; not if all is untried."""
        if self.score is None:
            return self.number(State.NOT_TRIED) == 0
        return 100 * self.score >= percent
