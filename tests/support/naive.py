"""What a rule base means, by brute force: the oracle that the executions are held against.

Written from the description of the language alone, sentence by sentence, and sharing no
code with what it judges. It is slow and has no notion of *undecided*: an incomplete case
is read by trying every completion.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from amends.engine.formula import Call, Constant, Formula, Name
from amends.engine.rulebase import (
    AllOf,
    AnyOf,
    Condition,
    Decision,
    Fact,
    HitPolicy,
    Kind,
    Not,
    Operator,
    Rule,
    RuleBase,
    Test,
    Value,
    tests,
)


class NoValue(StrEnum):
    """Why a decision has no value on a complete case."""

    UNCOVERED = "uncovered"
    CONFLICT = "conflict"
    BLOCKED = "blocked"


Ending = Value | NoValue
"""How a decision ends: a value, a set of names under `collect`, or the reason for none."""

Number = Fraction | bool


@dataclass(frozen=True)
class Endings:
    """How every decision ends, what every measure is (None: it has no value), which rules say yes."""

    decisions: Mapping[str, Ending]
    measures: Mapping[str, Number | None]
    firing: Mapping[str, tuple[str, ...]]


def evaluate(rulebase: RuleBase, facts: Mapping[str, Value], known: Set[str]) -> Endings:
    """Return how a complete case ends: *facts* has every fact, *known* names the stated ones."""
    reader = _Reader(rulebase, facts, known)
    return Endings(
        {name: reader.decision(name) for name in rulebase.decisions},
        {name: reader.measure(name) for name in rulebase.measures},
        {name: tuple(rule.path for rule in reader.firing(name)) for name in rulebase.decisions},
    )


def completions(rulebase: RuleBase, facts: Mapping[str, Value]) -> Iterator[Mapping[str, Value]]:
    """Yield *facts* with every combination of values for the facts that it leaves out."""
    missing = [fact for name, fact in rulebase.facts.items() if name not in facts]
    for values in itertools.product(*(values_of(rulebase, fact) for fact in missing)):
        yield {**facts, **{fact.name: value for fact, value in zip(missing, values, strict=True)}}


def exact(rulebase: RuleBase, facts: Mapping[str, Value], known: Set[str]) -> list[Endings]:
    """Return how every completion of the case ends; what is known stays what was stated."""
    return [evaluate(rulebase, completed, known) for completed in completions(rulebase, facts)]


def values_of(rulebase: RuleBase, fact: Fact) -> list[Value]:
    """Return every value of *fact*; of a date, every value that a rule can tell apart."""
    domain = fact.domain
    if domain.kind is Kind.CHOICE:
        return list(domain.values)
    if domain.kind is Kind.FLAG:
        return [False, True]
    if domain.kind is Kind.SET:
        sizes = range(len(domain.values) + 1)
        return [frozenset(chosen) for size in sizes for chosen in itertools.combinations(domain.values, size)]
    if domain.kind is Kind.DATE:
        return list(_days(rulebase, fact.name))
    assert domain.lowest is not None and domain.highest is not None
    scale = 10**domain.decimals
    return [Fraction(n, scale) for n in range(int(domain.lowest * scale), int(domain.highest * scale) + 1)]


def _days(rulebase: RuleBase, name: str) -> list[date]:
    days = {date(2026, 1, 1)}
    for test in (test for rule in rulebase.rules.values() for test in tests(rule.when)):
        if test.subject == name:
            operands = test.operand if isinstance(test.operand, frozenset) else [test.operand]
            for day in operands:
                if isinstance(day, date):
                    days |= {day - timedelta(days=1), day, day + timedelta(days=1)}
    return sorted(days)


class _Reader:
    """Reads one complete case; nothing is computed twice."""

    def __init__(self, rulebase: RuleBase, facts: Mapping[str, Value], known: Set[str]) -> None:
        self.rulebase = rulebase
        self.facts = facts
        self.known = known
        self.ended: dict[str, Ending] = {}

    def value(self, name: str) -> Value | None:
        """Return what *name* is, None where a decision or measure has no value."""
        if name in self.facts:
            return self.facts[name]
        if name in self.rulebase.parameters:
            return self.rulebase.parameters[name].value
        if name in self.rulebase.measures:
            return self.measure(name)
        ending = self.decision(name)
        return None if isinstance(ending, NoValue) else ending

    def measure(self, name: str) -> Number | None:
        measure = self.rulebase.measures[name]
        found = self.formula(measure.formula)
        if found is None or measure.round is None:
            return found
        return (Fraction(found) / measure.round + Fraction(1, 2)).__floor__() * measure.round  # half up

    def formula(self, formula: Formula) -> Number | None:
        if isinstance(formula, Constant):
            return formula.value
        if isinstance(formula, Name):
            value = self.value(formula.name)
            assert value is None or isinstance(value, (Fraction, bool))
            return value
        return self.call(formula)

    def call(self, formula: Call) -> Number | None:
        parts = [self.formula(part) for part in formula.parts]
        if formula.sign == "and" and any(part is False for part in parts):
            return False
        if formula.sign == "or" and any(part is True for part in parts):
            return True
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        match formula.sign, known:
            case "and", _:
                return True
            case "or", _:
                return False
            case "not", [one]:
                return not one
        match formula.sign, [Fraction(part) for part in known]:
            case "min", numbers:
                return min(numbers)
            case "max", numbers:
                return max(numbers)
            case "+", [one, other]:
                return one + other
            case "-", [one, other]:
                return one - other
            case "*", [one, other]:
                return one * other
            case "/", [one, other]:
                return one / other
            case "<", [one, other]:
                return one < other
            case "<=", [one, other]:
                return one <= other
            case ">", [one, other]:
                return one > other
            case ">=", [one, other]:
                return one >= other
            case "==", [one, other]:
                return one == other
        raise AssertionError(formula.sign)

    def holds(self, condition: Condition) -> bool:
        match condition:
            case AllOf(parts):
                return all(self.holds(part) for part in parts)
            case AnyOf(parts):
                return any(self.holds(part) for part in parts)
            case Not(part):
                return not self.holds(part)
            case Test():
                return self.passes(condition)

    def passes(self, test: Test) -> bool:
        if test.operator is Operator.KNOWN:
            return (test.subject in self.known) == test.operand
        value = self.value(test.subject)
        assert value is not None, "a decision that reads what has no value is blocked before it is read"
        operand = test.operand
        if isinstance(operand, frozenset):
            members = value if isinstance(value, frozenset) else frozenset([value])
            match test.operator:
                case Operator.ONE_OF:
                    return value in operand
                case Operator.HAS_ANY:
                    return any(name in members for name in operand)
                case Operator.HAS_ALL:
                    return all(name in members for name in operand)
                case Operator.HAS_NONE:
                    return not any(name in members for name in operand)
        match test.operator:
            case Operator.AT_LEAST:
                return value >= operand  # type: ignore[operator]
            case Operator.MORE_THAN:
                return value > operand  # type: ignore[operator]
            case Operator.AT_MOST:
                return value <= operand  # type: ignore[operator]
            case Operator.LESS_THAN:
                return value < operand  # type: ignore[operator]
        raise AssertionError(test.operator)

    def decision(self, name: str) -> Ending:
        if name not in self.ended:
            self.ended[name] = self.decide(self.rulebase.decisions[name])
        return self.ended[name]

    def firing(self, name: str) -> list[Rule]:
        if self.is_blocked(name):
            return []
        return [rule for rule in self.rulebase.decisions[name].rules if self.holds(rule.when)]

    def is_blocked(self, name: str) -> bool:
        return any(isinstance(self.decision(read), NoValue) for read in self.decisions_read(name))

    def decisions_read(self, name: str) -> set[str]:
        """Return the decisions named in the rules of *name*, or in a measure that they name."""
        decision = self.rulebase.decisions[name]
        waiting = [test.subject for rule in decision.rules for test in tests(rule.when)]
        waiting += [decision.without] if decision.without else []
        found: set[str] = set()
        while waiting:
            subject = waiting.pop()
            if subject in self.rulebase.decisions:
                found.add(subject)
            elif subject in self.rulebase.measures:
                waiting += _names(self.rulebase.measures[subject].formula)
        return found

    def decide(self, decision: Decision) -> Ending:
        if self.is_blocked(decision.name):
            return NoValue.BLOCKED
        firing = self.firing(decision.name)
        otherwise = NoValue.UNCOVERED if decision.otherwise is None else decision.otherwise
        match decision.hit_policy:
            case HitPolicy.COLLECT:
                members = frozenset(str(value) for rule in firing for value in rule.then)
                if decision.without is None:
                    return members
                forbidden = self.decision(decision.without)
                assert isinstance(forbidden, frozenset)
                return members - forbidden
            case HitPolicy.COLLECT_COUNT:
                return Fraction(len(firing))
            case HitPolicy.COLLECT_SUM:
                return sum((_number(rule) for rule in firing), Fraction(0))
            case _ if not firing:
                return otherwise
            case HitPolicy.COLLECT_MAX:
                return max(_number(rule) for rule in firing)
            case HitPolicy.COLLECT_MIN:
                return min(_number(rule) for rule in firing)
            case HitPolicy.UNIQUE:
                return firing[0].then[0] if len(firing) == 1 else NoValue.CONFLICT
            case HitPolicy.ANY:
                winners = firing
            case HitPolicy.PRIORITY:
                winners = [
                    rule for rule in firing if not any(_beats(decision, other, rule) for other in firing)
                ]
        values = {rule.then[0] for rule in winners}
        return values.pop() if len(values) == 1 else NoValue.CONFLICT


def _beats(decision: Decision, rule: Rule, other: Rule) -> bool:
    """True if *rule* has the earlier tier; in one tier, the later level; in one level, names *other*."""
    tier, other_tier = (decision.tiers.index(str(each.tier)) for each in (rule, other))
    return (
        tier < other_tier
        or (tier == other_tier and rule.level > other.level)
        or (tier == other_tier and rule.level == other.level and other.name in rule.overrides)
    )


def _number(rule: Rule) -> Fraction:
    (value,) = rule.then
    assert isinstance(value, Fraction)
    return value


def _names(formula: Formula) -> list[str]:
    if isinstance(formula, Call):
        return [name for part in formula.parts for name in _names(part)]
    return [formula.name] if isinstance(formula, Name) else []
