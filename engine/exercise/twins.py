"""Mutants as decisions beside those that they are made of, so that one rule base asks of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from amends.engine.audit.circuit import Ends
from amends.engine.audit.clauses import NO, Clauses
from amends.engine.chain.outcome import Outcome
from amends.engine.exercise.mutants import Mutant
from amends.engine.rulebase import Decision, HitPolicy, RuleBase
from amends.engine.truth import Members

BESIDE = " after change "
"""Stands in the names of twins, and in no name that a file can give."""


@dataclass(frozen=True, slots=True)
class Twin:
    """A mutant's decision under another name; of a set it has only the `members` that the mutant touches."""

    decision: str
    name: str
    members: frozenset[str] | None

    def parts(self, one: Outcome, other: Outcome) -> bool:
        """True if the decision has a value, *one*, and its twin does not come to the same."""
        if not one.is_settled:
            return False
        if self.members is None or not isinstance(one.found, Members):
            return one.value != other.value
        return not isinstance(other.found, Members) or any(
            self._has(one.found, member) is not self._has(other.found, member) for member in self.members
        )

    @staticmethod
    def _has(found: Members, member: str) -> bool:
        return member in found.sure


@dataclass(frozen=True)
class Twins:
    """A rule base with one more decision for each mutant, which nothing reads."""

    rulebase: RuleBase
    of: Mapping[Mutant, Twin]


def beside(rulebase: RuleBase, mutants: Iterable[Mutant]) -> Twins:
    """Return *rulebase* with the decision of each of *mutants* as a twin of the one that it changes."""
    decisions = dict(rulebase.decisions)
    found = {}
    for number, mutant in enumerate(mutants):
        decision = rulebase.decisions[mutant.rule.decision]
        twin = Twin(decision.name, f"{decision.name}{BESIDE}{number}", _touched(mutant, decision))
        changed = mutant.decision(decision)
        rules = tuple(
            replace(rule, decision=twin.name)
            for rule in changed.rules
            if twin.members is None or not twin.members.isdisjoint(map(str, rule.then))
        )
        decisions[twin.name] = replace(changed, name=twin.name, rules=rules)
        found[mutant] = twin
    return Twins(replace(rulebase, decisions=decisions), found)


def _touched(mutant: Mutant, decision: Decision) -> frozenset[str] | None:
    if decision.hit_policy is not HitPolicy.COLLECT:
        return None
    after = () if mutant.changed is None else mutant.changed.then
    return frozenset(map(str, (*mutant.rule.then, *after)))


def parted(clauses: Clauses, twin: Twin, one: Ends, other: Ends) -> tuple[int, int]:
    """Return where a decision and its twin end apart: where the decision has a value, and where it has none.

    What a case can expect of a decision is its value; only where it has none can the other go unnoticed.
    """
    apart = [
        -clauses.same(one.members.get(name, NO), other.members.get(name, NO))
        for name in sorted(twin.members or ())
    ]
    apart += [clauses.all_of([signal, -other.values.get(value, NO)]) for value, signal in one.values.items()]
    apart.append(other.lacks)
    return (
        clauses.all_of([-one.lacks, clauses.any_of(apart)]),
        clauses.all_of([one.lacks, -other.lacks]),
    )
