"""Three-valued conditions over raw values: what a stated case makes yes, no or undecided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from fractions import Fraction

from amends.engine.formula import Number, evaluate
from amends.engine.rulebase import (
    AllOf,
    AnyOf,
    Condition,
    Domain,
    Kind,
    Measure,
    Not,
    Operator,
    Parameter,
    Test,
    Value,
)


class Truth(IntEnum):
    """Kleene's values, ordered so that `all` is the least and `any` the greatest."""

    NO = 0
    UNDECIDED = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class Members:
    """What is known of a set: the members that it surely has, and those that it may have."""

    sure: frozenset[str]
    possible: frozenset[str]


Reading = frozenset[Value] | Members | None
"""The candidates of a choice, flag, number or day; the members of a set; None if unknown."""


def reading(value: Value | None) -> Reading:
    """Return the reading of one known value, or of none."""
    if value is None:
        return None
    if isinstance(value, frozenset):
        return Members(value, value)
    return frozenset([value])


def fact_reading(value: Value | None, domain: Domain) -> Reading:
    """Return the reading of a fact; a set that is not known may have any member."""
    if value is None and domain.kind is Kind.SET:
        return Members(frozenset(), frozenset(domain.values))
    return reading(value)


def measured(
    measure: Measure, parameters: Mapping[str, Parameter], look: Callable[[str], Reading]
) -> Number | None:
    """Return the value of *measure*, rounded as it states, or None if an input is not known."""
    known = {
        name: parameters[name].value if name in parameters else _one_number(look(name))
        for name in measure.inputs
    }
    value = evaluate(measure.formula, known)
    return measure.rounded(value) if isinstance(value, Fraction) else value


def one_value(found: Reading) -> Value | None:
    """Return the one value that is read; None if it is open which, and of a set."""
    return next(iter(found)) if isinstance(found, frozenset) and len(found) == 1 else None


def _one_number(found: Reading) -> Number | None:
    value = one_value(found)
    return value if isinstance(value, (Fraction, bool)) else None


def truth(condition: Condition, look: Callable[[str], Reading], is_stated: Callable[[str], bool]) -> Truth:
    """Return whether *condition* holds of what *look* finds under each name.

    `is_stated` answers `known` tests, which are always yes or no.
    """
    match condition:
        case Test():
            return _test(condition, look, is_stated)
        case Not(part):
            return Truth(2 - truth(part, look, is_stated))
        case AllOf(parts):
            least = Truth.YES
            for part in parts:
                least = min(least, truth(part, look, is_stated))
                if least is Truth.NO:
                    break
            return least
        case AnyOf(parts):
            greatest = Truth.NO
            for part in parts:
                greatest = max(greatest, truth(part, look, is_stated))
                if greatest is Truth.YES:
                    break
            return greatest


def _test(test: Test, look: Callable[[str], Reading], is_stated: Callable[[str], bool]) -> Truth:
    if test.operator is Operator.KNOWN:
        return Truth.YES if is_stated(test.subject) is test.operand else Truth.NO
    found = look(test.subject)
    if found is None:
        return Truth.UNDECIDED
    if isinstance(found, Members):
        return _members(test, found)
    if len(found) == 1:
        return Truth.YES if passes(test, next(iter(found))) else Truth.NO
    return _agreed(passes(test, value) for value in found)


def _agreed(results: Iterable[bool]) -> Truth:
    seen = set(results)
    return Truth.YES if seen == {True} else Truth.NO if seen == {False} else Truth.UNDECIDED


def _members(test: Test, found: Members) -> Truth:
    wanted = test.operand
    assert isinstance(wanted, frozenset)
    if test.operator is Operator.HAS_ALL:
        return _between(wanted <= found.sure, wanted <= found.possible)
    has_any = _between(not wanted.isdisjoint(found.sure), not wanted.isdisjoint(found.possible))
    return Truth(2 - has_any) if test.operator is Operator.HAS_NONE else has_any


def _between(surely: bool, possibly: bool) -> Truth:
    return Truth.YES if surely else Truth.UNDECIDED if possibly else Truth.NO


def passes(test: Test, value: Value) -> bool:
    """Return whether one known value, not a set, passes a test that compares."""
    operand = test.operand
    if test.operator is Operator.ONE_OF:
        assert isinstance(operand, frozenset)
        return value in operand
    if isinstance(operand, date) and isinstance(value, date):
        return _compare(test.operator, value.toordinal(), operand.toordinal())
    assert isinstance(operand, Fraction)
    assert isinstance(value, Fraction)
    return _compare(test.operator, value, operand)


def _compare(operator: Operator, left: Fraction | int, right: Fraction | int) -> bool:
    match operator:
        case Operator.AT_LEAST:
            return left >= right
        case Operator.MORE_THAN:
            return left > right
        case Operator.AT_MOST:
            return left <= right
        case Operator.LESS_THAN:
            return left < right
    raise AssertionError(operator)
