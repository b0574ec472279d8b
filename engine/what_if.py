"""What the remedy becomes when one fact takes another value, asked of the working memory.

Only what depends on that fact is worked out again; the rest is taken from the trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from amends.engine.case import Case
from amends.engine.cells import Grid, cut
from amends.engine.chain import rerun
from amends.engine.chain.memory import WorkingMemory
from amends.engine.chain.outcome import Outcome, Trace
from amends.engine.completion import Completed, complete, constrained
from amends.engine.diagnostics import Problems
from amends.engine.diagram import Exact, partings
from amends.engine.network import cone, strata
from amends.engine.rulebase import Fact, Kind, RuleBase, Value
from amends.engine.values import plain
from amends.engine.verdict import Assumption, OpenFact


class WhatIf:
    """Answers what the decision called *decision* becomes in cases that differ in one fact."""

    def __init__(
        self, rulebase: RuleBase, case: Case, completed: Completed, exact: Exact, decision: str
    ) -> None:
        self.rulebase = rulebase
        self.case = case
        self.completed = completed
        self.exact = exact
        self.trace = exact.trace
        self.decision = decision
        self.outcome = self.trace.outcomes[decision]
        self.cone = cone(rulebase, decision)
        self.constrained = constrained(rulebase)

    def outcomes(self, fact: Fact, only: frozenset[str] = frozenset()) -> dict[Value, Outcome]:
        """Return the outcome for each kind of value of *fact* that no constraint rules out.

        Where *only* names some values, the others are left out.
        """
        found = {}
        for value in kinds_of_value(self.rulebase, fact):
            if only and value not in only:
                continue
            case = self.case.stating(**{fact.name: value})
            facts = {**self.completed.facts, fact.name: value}
            if fact.name in self.constrained:
                problems = Problems()
                facts = dict(complete(self.rulebase, case, problems, assume=self.completed.assumes).facts)
                if problems.found:
                    continue
            found[value] = self._outcome(fact.name, facts, case)
        return found

    def _outcome(self, name: str, facts: Mapping[str, Value], case: Case) -> Outcome:
        changed = differing(self.completed.facts, facts) | {name}
        given = trace_before(self.exact, changed)
        return rerun(self.rulebase, facts, case.facts, given, changed, self.cone).outcomes[self.decision]

    def assumptions(self) -> tuple[Assumption, ...]:
        """Return each assumption with what the decision could become without it, the weightiest first."""
        found = []
        for name, assumed in sorted(self.completed.assumed.items()):
            fact = self.rulebase.facts[name]
            others: set[str] = set()
            if name in self.cone:
                # The assumed value is among them: to state it may differ from assuming it.
                for outcome in self.outcomes(fact, fact.stop_at).values():
                    others |= set(map(str, outcome.candidates))
            others -= set(map(str, self.outcome.candidates))
            # An event that changes neither the remedy nor what goes with it would only lengthen the list.
            stop_if = fact.stop_if if others or name not in self.cone else None
            taken = plain(assumed, fact.domain)
            found.append(Assumption(name, fact.question, taken, tuple(sorted(others)), stop_if))
        return tuple(sorted(found, key=lambda assumption: (-len(assumption.could_become), assumption.fact)))

    def open(self) -> tuple[OpenFact, ...]:
        """Return the unstated facts whose answers part the candidates, the sharpest question first.

        Where the diagrams say nothing, one fact after another is tried; where no single answer parts
        them, the facts that undecided rules read are asked for.
        """
        if self.outcome.is_settled:
            return ()
        if questions := partings(self.exact, self.decision):
            return tuple(_asked(self.rulebase.facts[one.fact], one.could_become) for one in questions)
        ranked: list[tuple[float, str, OpenFact]] = []
        for name in sorted(self.cone & self.rulebase.facts.keys() - self.completed.facts.keys()):
            fact = self.rulebase.facts[name]
            ends = [_ends_of(outcome) for outcome in self.outcomes(fact).values()]
            if ends and {*ends} != {_ends_of(self.outcome)}:
                parted = frozenset().union(*ends) - frozenset.intersection(*ends, _ends_of(self.outcome))
                left = sum(len(end) for end in ends) / len(ends)
                ranked.append((left, name, _asked(fact, parted)))
        if not ranked:
            return self._unread()
        return tuple(found for _, _, found in sorted(ranked, key=lambda item: item[:2]))

    def _unread(self) -> tuple[OpenFact, ...]:
        undecided = [self.rulebase.rules[path] for path in self.trace.undecided]
        subjects = {name for rule in undecided if rule.decision in self.cone for name in rule.subjects}
        names = {name for subject in subjects for name in cone(self.rulebase, subject)}
        could = frozenset(map(str, self.outcome.candidates))
        missing = sorted(names & self.rulebase.facts.keys() - self.completed.facts.keys())
        return tuple(_asked(self.rulebase.facts[name], could) for name in missing)


@lru_cache(maxsize=1024)
def memory_of(rulebase: RuleBase, only: frozenset[str]) -> WorkingMemory:
    """Return the working memory for the rules of the decisions in *only*."""
    return WorkingMemory(rulebase, strata(rulebase), only)


def trace_before(exact: Exact, changed: frozenset[str]) -> Trace:
    """Return the trace of a case from which to work out another that differs from it in *changed*.

    What constraints narrowed in the one, they may leave open in the other.
    """
    return exact.trace if changed.isdisjoint(constrained(exact.diagrams.rulebase)) else exact.chain


def differing(before: Mapping[str, Value], after: Mapping[str, Value]) -> frozenset[str]:
    """Return the facts in which two cases differ."""
    return frozenset(name for name in {*before, *after} if before.get(name) != after.get(name))


def kinds_of_value(rulebase: RuleBase, fact: Fact) -> list[Value]:
    """Return one value of each cell of *fact*; a set with each member alone and beside the assumed."""
    if fact.domain.kind is Kind.SET:
        base = fact.assume if isinstance(fact.assume, frozenset) else frozenset()
        sets = [frozenset([name]) for name in sorted(fact.domain.values)]
        return list(
            dict.fromkeys([frozenset(), *sets, *(base | one for one in sets), frozenset(fact.domain.values)])
        )
    grid = cut(rulebase).get(fact.name)
    if grid is None:
        return _ends(fact)
    return [grid.sample(cell) for cell in range(grid.size) if _inside(grid, cell, fact)]


def _asked(fact: Fact, parted: frozenset[str]) -> OpenFact:
    values = ("true", "false") if fact.domain.kind is Kind.FLAG else tuple(sorted(fact.domain.values))
    return OpenFact(fact.name, fact.question, values, tuple(sorted(parted)))


def _ends_of(outcome: Outcome) -> frozenset[str]:
    """Return every way in which a decision can end: its candidates, and the reasons for having none."""
    return frozenset(map(str, outcome.candidates)) | {lack.value for lack in outcome.lacks}


def _ends(fact: Fact) -> list[Value]:
    if fact.domain.kind is Kind.FLAG:
        return [False, True]
    if fact.domain.kind is Kind.CHOICE:
        return list(fact.domain.values)
    low, high = fact.domain.lowest, fact.domain.highest
    if low is None or high is None:
        return [end for end in (low, high) if end is not None]
    # No rule compares it; a measure does, so a few points between stand for the rest.
    points = {low, high, *(Fraction(10**power) for power in range(8))}
    return sorted(point for point in points if low <= point <= high)


def _inside(grid: Grid, cell: int, fact: Fact) -> bool:
    value = grid.sample(cell)
    if not isinstance(value, Fraction):
        return True
    low, high = fact.domain.lowest, fact.domain.highest
    can_be_stated = (value * 10**fact.domain.decimals).denominator == 1
    return can_be_stated and (low is None or value >= low) and (high is None or value <= high)
