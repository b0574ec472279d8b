"""What every check works with: the prover, the goals, the counts, and where what stays unclear is noted."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from fractions import Fraction

from amends.engine.audit.circuit import Circuit
from amends.engine.audit.clauses import Clauses
from amends.engine.audit.counting import Counts
from amends.engine.audit.finding import Count, Kind, Undecided, Witness
from amends.engine.audit.goals import Goals, Met
from amends.engine.audit.prover import CannotTell, Prover
from amends.engine.audit.witness import Shown, witness
from amends.engine.chain.outcome import Lack
from amends.engine.rulebase import Decision, HitPolicy, Rule, RuleBase, Value
from amends.engine.values import words

NO_TIME = "the time ran out"
NO_NUMBERS = (
    "cases are left of which arithmetic could tell neither that they can be nor that they cannot; "
    "`z3-solver` may"
)


@dataclass
class Audit:
    """One audit under way."""

    rulebase: RuleBase
    prover: Prover
    goals: Goals
    counts: Counts
    undecided: list[Undecided] = field(default_factory=list)

    @property
    def circuit(self) -> Circuit:
        """The signals of a case."""
        return self.prover.circuit

    @property
    def clauses(self) -> Clauses:
        """Where signals are joined."""
        return self.prover.clauses

    def met(self, goal: Hashable, kind: Kind, subject: str) -> Met:
        """Return how a goal ended; one that stayed unclear is noted as undecided."""
        met = self.goals.met[goal]
        if met in (Met.OPEN, Met.UNCLEAR):
            self.unclear(kind, subject, NO_TIME if met is Met.OPEN else NO_NUMBERS)
        return met

    def can_be(self, signals: list[int], kind: Kind, subject: str) -> bool | None:
        """Return whether some possible case makes all *signals* yes; None, noted as undecided, if unclear."""
        try:
            return self.prover.case(signals) is not None
        except CannotTell:
            self.unclear(kind, subject, NO_NUMBERS)
            return None

    def unclear(self, kind: Kind, subject: str, why: str) -> None:
        """Note a question that could not be settled, once."""
        found = Undecided(kind, subject, why)
        if found not in self.undecided:
            self.undecided.append(found)

    def witness(self, goal: Hashable, shown: Shown) -> Witness:
        """Return a small case that meets a goal, borne out by the chain."""
        return witness(self.prover, self.goals.signals[goal], shown)

    def said(self, rule: Rule) -> str:
        """Return what *rule* concludes, in words."""
        domain = self.rulebase.decisions[rule.decision].domain
        return ", ".join(f"“{words(value, domain)}”" for value in rule.then)

    def count_lack(self, name: str, lack: Lack) -> Count | None:
        """Return in how many kinds of case a decision has no value for this reason."""
        return self.counts.of(lambda diagrams: diagrams.where(name, [lack]), name)

    def count_wins(self, rule: Rule) -> Count | None:
        """Return in how many kinds of case a rule speaks unbeaten."""
        return self.counts.of(lambda diagrams: diagrams.wins(rule.path), rule.decision)

    def count_both(self, rule: Rule, other: Rule) -> Count | None:
        """Return in how many kinds of case both rules speak unbeaten."""
        return self.counts.of(
            lambda diagrams: diagrams.forest.both(diagrams.wins(rule.path), diagrams.wins(other.path)),
            rule.decision,
        )

    def count_value(self, name: str, value: Value) -> Count | None:
        """Return in how many kinds of case a decision has this value."""
        return self.counts.of(lambda diagrams: diagrams.where(name, [value]), name)


def beats(decision: Decision, rule: Rule, other: Rule) -> bool:
    """True if *rule*, speaking, keeps *other* from being heard: by precedence, or by a number beyond it."""
    if decision.hit_policy in (HitPolicy.COLLECT_MAX, HitPolicy.COLLECT_MIN):
        mine, theirs = rule.then[0], other.then[0]
        assert isinstance(mine, Fraction) and isinstance(theirs, Fraction)
        return mine > theirs if decision.hit_policy is HitPolicy.COLLECT_MAX else mine < theirs
    return decision.beats(rule, other)
