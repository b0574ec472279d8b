"""Which tests of a rule made it hold or fail, read back from a verdict.

Nothing is decided here: the rules have spoken, and this finds the words that they rest on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from amends.engine.rulebase import AllOf, AnyOf, Condition, Domain, Kind, Not, Rule, RuleBase, Test, Value
from amends.engine.truth import Members, Reading, Truth, reading, truth
from amends.engine.verdict import Plain, Verdict


@dataclass(frozen=True, slots=True)
class Known:
    """What a verdict says of each name: its readings, and which facts the asker stated."""

    readings: Mapping[str, Reading]
    stated: frozenset[str]

    @classmethod
    def of(cls, verdict: Verdict, rulebase: RuleBase) -> Known:
        """Return what *verdict* knows, in the exact values that conditions compare."""
        assumed = {assumed.fact: assumed.value for assumed in verdict.assumptions}
        readings: dict[str, Reading] = {}
        for name, fact in rulebase.facts.items():
            if fact.domain.kind is Kind.SET:
                readings[name] = Members(frozenset(), frozenset(fact.domain.values))
        for name, values in verdict.possible_decisions.items():
            candidates = frozenset(_exact(value, rulebase.domain(name)) for value in values)
            is_set = rulebase.domain(name).kind is Kind.SET
            readings[name] = Members(frozenset(), frozenset(map(str, candidates))) if is_set else candidates
        for group in (verdict.facts, assumed, verdict.measures, verdict.decisions):
            for name, value in group.items():
                readings[name] = reading(_exact(value, rulebase.domain(name)))
        return cls(readings, frozenset(verdict.facts))

    def look(self, name: str) -> Reading:
        """Return the reading of *name*, or None if it is unknown."""
        return self.readings.get(name)

    def has(self, name: str) -> bool:
        """True if *name* has one known value."""
        found = self.readings.get(name)
        if isinstance(found, Members):
            return found.sure == found.possible
        return found is not None and len(found) == 1

    def truth(self, condition: Condition) -> Truth:
        """Return whether *condition* holds of what is known."""
        return truth(condition, self.look, self.stated.__contains__)


@dataclass(frozen=True, slots=True)
class Ground:
    """A test that mattered, and whether it passed: under a `not`, passing is what failed."""

    test: Test
    passed: bool


def _exact(value: Plain, domain: Domain) -> Value:
    if isinstance(value, list):
        return frozenset(value)
    if domain.kind.is_number and value is not None and not isinstance(value, bool):
        return Fraction(str(value))
    if domain.kind is Kind.DATE:
        return date.fromisoformat(str(value))
    return value if isinstance(value, bool) else str(value)


def grounds(condition: Condition, known: Known, wanted: Truth) -> Iterator[Ground]:
    """Yield what makes *condition* come out as *wanted*; nothing if it does not."""
    if known.truth(condition) is not wanted:
        return
    match condition:
        case Test():
            yield Ground(condition, wanted is Truth.YES)
        case Not(part):
            yield from grounds(part, known, Truth(2 - wanted))
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from grounds(part, known, wanted)


def holding(rule: Rule, known: Known) -> list[Ground]:
    """Return what holds of the condition of *rule*, whether or not all of it does."""
    parts = rule.when.parts if isinstance(rule.when, AllOf) else (rule.when,)
    return [ground for part in parts for ground in grounds(part, known, Truth.YES)]


def failing(rule: Rule, known: Known) -> list[Ground]:
    """Return what keeps *rule* from holding."""
    return list(grounds(rule.when, known, Truth.NO))
