"""What can still hold where nothing is known of a case but its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from amends.engine.book.decisions import in_order
from amends.engine.deciding import REMEDY
from amends.engine.network import cone
from amends.engine.rulebase import (
    AllOf,
    AnyOf,
    Condition,
    Decision,
    Kind,
    Not,
    Operator,
    Rule,
    RuleBase,
    Test,
    Value,
    tests,
)
from amends.engine.truth import Truth


@dataclass(frozen=True, slots=True)
class Under:
    """What can still hold where nothing is known of a case but its remedy.

    With *back*, what every rule that leads to the remedy asks for outright is known as well.
    """

    remedy: str
    rulebase: RuleBase
    back: bool = False

    def truth(self, condition: Condition) -> Truth:
        """Return what *condition* comes to."""
        match condition:
            case Test():
                return self._test(condition)
            case Not(part):
                return Truth(2 - self.truth(part))
            case AllOf(parts):
                return min(map(self.truth, parts), default=Truth.YES)
            case AnyOf(parts):
                return max(map(self.truth, parts), default=Truth.NO)

    def _test(self, test: Test) -> Truth:
        found = self.candidates(test.subject)
        if not found or test.operator is not Operator.ONE_OF or not isinstance(test.operand, frozenset):
            return Truth.UNDECIDED
        passing = found & test.operand
        return Truth.NO if not passing else Truth.YES if passing == found else Truth.UNDECIDED

    def candidates(self, name: str) -> frozenset[Value]:
        """Return what *name* can be under the remedy; nothing where the remedy does not bear on it."""
        return _candidates(self, name)

    def bears_on(self, name: str) -> bool:
        """True if *name* is the remedy, or depends on it."""
        return REMEDY in cone(self.rulebase, name)

    def speaking(self, decision: Decision) -> list[Rule]:
        """Return the rules of *decision* that can hold."""
        return [rule for rule in in_order(decision) if self.truth(rule.when) is not Truth.NO]


@lru_cache(maxsize=65536)
def _candidates(under: Under, name: str) -> frozenset[Value]:
    decision = under.rulebase.decisions.get(name)
    if name == REMEDY:
        return frozenset([under.remedy])
    behind = _behind(under).get(name, frozenset()) if under.back else frozenset()
    if decision is None or decision.domain.kind is not Kind.CHOICE or not under.bears_on(name):
        return behind
    said = {value for rule in under.speaking(decision) for value in rule.then}
    return frozenset(said if decision.otherwise is None else {*said, decision.otherwise})


@lru_cache(maxsize=1024)
def _behind(under: Under) -> Mapping[str, frozenset[Value]]:
    """Return what each thing can be that every rule which leads to the remedy asks for outright."""
    decision = under.rulebase.decisions[REMEDY]
    asked = [_asked_outright(rule) for rule in decision.rules if under.remedy in rule.then]
    if not asked or decision.otherwise == under.remedy:
        return {}
    shared = set.intersection(*(set(each) for each in asked))
    return {name: frozenset().union(*(each[name] for each in asked)) for name in shared}


@lru_cache(maxsize=4096)
def _truths(remedy: str, name: str, rulebase: RuleBase, *, back: bool) -> Mapping[str, Truth]:
    under = Under(remedy, rulebase, back)
    return {rule.path: under.truth(rule.when) for rule in rulebase.decisions[name].rules}


def depending_on(remedy: str, name: str, rulebase: RuleBase) -> list[Rule]:
    """Return the rules of the decision *name* that can hold under *remedy*, and that it bears on.

    That is: they name it, or always hold under it, or cannot hold under some other remedy.
    """
    if name not in rulebase.decisions or REMEDY not in rulebase.decisions:
        return []
    remedies = rulebase.decisions[REMEDY].domain.values
    here = _truths(remedy, name, rulebase, back=True)
    barred = {
        path
        for other in remedies
        for path, truth in _truths(other, name, rulebase, back=False).items()
        if truth is Truth.NO
    }
    return [
        rule
        for rule in in_order(rulebase.decisions[name])
        if here[rule.path] is not Truth.NO
        and (rule.path in barred or _names(rule, remedy) or (here[rule.path] is Truth.YES and rule.subjects))
    ]


def _names(rule: Rule, remedy: str) -> bool:
    return any(
        test.subject == REMEDY and isinstance(test.operand, frozenset) and remedy in test.operand
        for test in tests(rule.when)
    )


@lru_cache(maxsize=4096)
def peculiar_to(condition: Condition, rulebase: RuleBase) -> frozenset[str]:
    """Return the remedies under which *condition* can hold, or does, if that is less than half of all."""
    if REMEDY not in rulebase.decisions:
        return frozenset()
    truths = {
        name: Under(name, rulebase, back=True).truth(condition)
        for name in rulebase.decisions[REMEDY].domain.values
    }
    found: set[str] = set()
    for least in (Truth.UNDECIDED, Truth.YES):
        here = {name for name, truth in truths.items() if truth >= least}
        if 2 * len(here) < len(truths):
            found |= here
    return frozenset(found)


def excludes(rule: Rule, other: Rule) -> bool:
    """True if both ask outright for a value of one thing, and for none that the other would take."""
    here, there = _asked_outright(rule), _asked_outright(other)
    return any(here[name].isdisjoint(there[name]) for name in here.keys() & there.keys())


def _asked_outright(rule: Rule) -> dict[str, frozenset[Value]]:
    found: dict[str, frozenset[Value]] = {}
    for part in rule.when.parts if isinstance(rule.when, AllOf) else (rule.when,):
        if (
            isinstance(part, Test)
            and part.operator is Operator.ONE_OF
            and isinstance(part.operand, frozenset)
        ):
            found[part.subject] = part.operand & found.get(part.subject, part.operand)
    return found
