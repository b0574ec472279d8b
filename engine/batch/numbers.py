"""Exact numbers over whole columns: fractions of whole numbers, in 64 bits where they fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm
from typing import Any

import numpy as np

from amends.engine.condition import SIGNS
from amends.engine.formula import COMPARISONS, LOGIC, Call, Constant, Formula, Name
from amends.engine.rulebase import Operator
from amends.engine.truth import Truth

LARGEST = 2**62
"""What is surely no further from zero is worked out in 64 bits, all else in whole numbers of any size."""

Truths = Any
"""One `Truth` a row as a small number, or one for all rows."""


@dataclass(frozen=True)
class Numbers:
    """One number a row, or one for all: `top` over `bottom`, which is above zero, where `known` says so.

    `most` and `deepest` are bounds: no `top` is further from zero, no `bottom` greater.
    """

    top: Any
    bottom: Any
    known: Any
    most: int
    deepest: int

    @classmethod
    def one(cls, value: Fraction | None) -> Numbers:
        """Return *value* for all rows, None for not known."""
        if value is None:
            return cls(0, 1, False, 0, 1)
        return cls(value.numerator, value.denominator, True, abs(value.numerator), value.denominator)

    @classmethod
    def listed(cls, values: Sequence[Fraction | None], codes: Any) -> Numbers:
        """Return for each of *codes* the value at its place."""
        bottom = lcm(*(value.denominator for value in values if value is not None))
        tops = [0 if value is None else value.numerator * (bottom // value.denominator) for value in values]
        most = max(map(abs, tops), default=0)
        table = np.array(tops, np.int64 if most < LARGEST else object)
        known = np.array([value is not None for value in values])
        return cls(table[codes], bottom, True if known.all() else known[codes], most, bottom)

    @classmethod
    def in_units(cls, tops: Any, bottom: int, known: Any) -> Numbers:
        """Return *tops*, a column in units of which *bottom* make one."""
        return cls(tops, bottom, known, _furthest(tops), bottom)

    def of(self, rows: Any) -> Numbers:
        """Return the numbers of *rows* alone, by their places."""
        top, bottom, known = (
            part if np.ndim(part) == 0 else part[rows] for part in (self.top, self.bottom, self.known)
        )
        return Numbers(top, bottom, known, self.most, self.deepest)

    def fraction(self, row: int) -> Fraction | None:
        """Return the number of one row, None if it is not known."""
        one = self.of(row)
        return Fraction(int(one.top), int(one.bottom)) if one.known else None


def _times(one: Any, other: Any, most: int) -> tuple[Any, int]:
    """Return the product, and a bound of it that is no looser than need be; *most* is one that is known."""
    if most > LARGEST:
        most = _furthest(one) * _furthest(other)
        if most > LARGEST:
            one, other = _wide(one), _wide(other)
    return one * other, most


def _furthest(numbers: Any) -> int:
    if np.ndim(numbers) == 0:
        return abs(int(numbers))
    return max(abs(int(numbers.max())), abs(int(numbers.min()))) if len(numbers) else 0


def _wide(numbers: Any) -> Any:
    return int(numbers) if np.ndim(numbers) == 0 else numbers.astype(object)


def _alike(one: Numbers, other: Numbers) -> tuple[Numbers, Numbers]:
    """Return both over the same bottom."""
    if np.ndim(one.bottom) == 0 and np.ndim(other.bottom) == 0:
        mine, theirs = int(one.bottom), int(other.bottom)
        bottom = lcm(mine, theirs)
        return _over(one, bottom // mine, bottom), _over(other, bottom // theirs, bottom)
    bottom, deepest = _times(one.bottom, other.bottom, one.deepest * other.deepest)
    first, most = _times(one.top, other.bottom, one.most * other.deepest)
    second, largest = _times(other.top, one.bottom, other.most * one.deepest)
    return (
        Numbers(first, bottom, one.known, most, deepest),
        Numbers(second, bottom, other.known, largest, deepest),
    )


def _over(numbers: Numbers, factor: int, bottom: int) -> Numbers:
    if factor == 1:
        return numbers
    top, most = _times(numbers.top, factor, numbers.most * factor)
    return Numbers(top, bottom, numbers.known, most, bottom)


def _both(one: Any, other: Any) -> Any:
    if one is True:
        return other
    return one if other is True else one & other


def _sum(one: Numbers, other: Numbers, sign: int) -> Numbers:
    one, other = _alike(one, other)
    first, second, most = one.top, other.top, one.most + other.most
    if most > LARGEST:
        first, second = _wide(first), _wide(second)
    top = first + second if sign > 0 else first - second
    return Numbers(top, one.bottom, _both(one.known, other.known), most, one.deepest)


def _picked(pick: Callable[..., Any]) -> Callable[[Numbers, Numbers], Numbers]:
    def picked(one: Numbers, other: Numbers) -> Numbers:
        one, other = _alike(one, other)
        first, second = one.top, other.top
        if max(one.most, other.most) > LARGEST:
            first, second = _wide(first), _wide(second)
        top = pick(first, second)
        known = _both(one.known, other.known)
        return Numbers(top, one.bottom, known, max(one.most, other.most), one.deepest)

    return picked


def _product(one: Numbers, other: Numbers) -> Numbers:
    top, most = _times(one.top, other.top, one.most * other.most)
    bottom, deepest = _times(one.bottom, other.bottom, one.deepest * other.deepest)
    return Numbers(top, bottom, _both(one.known, other.known), most, deepest)


def _quotient(one: Numbers, other: Numbers) -> Numbers:
    top, most = _times(one.top, other.bottom, one.most * other.deepest)
    bottom, deepest = _times(one.bottom, other.top, one.deepest * max(other.most, 1))
    # No divisor that is known is zero: that is looked at where formulas are read.
    if np.ndim(bottom) == 0:
        sign: Any = -1 if bottom < 0 else 1
        bottom = abs(int(bottom)) or 1
    else:
        sign = np.where(bottom < 0, -1, 1)
        bottom = np.where(bottom == 0, 1, bottom * sign)
    top, most = _times(top, sign, most)
    return Numbers(top, bottom, _both(one.known, other.known), most, max(deepest, 1))


_ARITHMETIC: Mapping[str, Callable[[Numbers, Numbers], Numbers]] = {
    "+": lambda one, other: _sum(one, other, 1),
    "-": lambda one, other: _sum(one, other, -1),
    "*": _product,
    "/": _quotient,
    "min": _picked(np.minimum),
    "max": _picked(np.maximum),
}


def joined(sign: str, parts: Sequence[Numbers]) -> Numbers:
    """Return what one of `+ - * / min max` makes of *parts*."""
    found: Numbers = _folded(_ARITHMETIC[sign], parts)
    return found


def compared(sign: str, one: Numbers, other: Numbers) -> Truths:
    """Return where `one sign other` holds, `UNDECIDED` where one is not known."""
    one, other = _alike(one, other)
    return _said(COMPARISONS[sign](one.top, other.top), _both(one.known, other.known))


def _said(holds: Any, known: Any) -> Truths:
    found = np.asarray(holds, np.int8) * np.int8(Truth.YES)
    return found if known is True else np.where(known, found, np.int8(Truth.UNDECIDED))


def evaluated(formula: Formula, look: Callable[[str], Numbers | Truths]) -> Numbers | Truths:
    """Return what *formula* comes to: numbers, or truths where it is a yes or no.

    >>> from amends.engine.formula import parse
    >>> fees = Numbers(np.array([300, 500]), 1, np.array([True, False]), 500, 1)
    >>> half = evaluated(parse("fee / 2"), {"fee": fees}.__getitem__)
    >>> half.fraction(0), half.fraction(1)
    (Fraction(150, 1), None)
    """
    match formula:
        case Constant(value):
            return Numbers.one(value)
        case Name(name):
            return look(name)
        case Call(sign, parts):
            found = [evaluated(part, look) for part in parts]
            if sign in LOGIC:
                if sign == "not":
                    return np.int8(Truth.YES) - found[0]
                join = np.minimum if sign == "and" else np.maximum
                return _folded(join, found)
            if sign in COMPARISONS:
                return compared(sign, *found)
            return joined(sign, found)
    raise AssertionError(formula)


def _folded(join: Callable[..., Any], parts: Sequence[Any]) -> Any:
    found = parts[0]
    for part in parts[1:]:
        found = join(found, part)
    return found


def rounded(numbers: Numbers, unit: Fraction | None) -> Numbers:
    """Return *numbers* to the nearest multiple of *unit*, half up; as they are without one."""
    if unit is None:
        return numbers
    up, down = unit.numerator, unit.denominator
    if up == 1 and np.ndim(numbers.bottom) == 0 and down % int(numbers.bottom) == 0:
        return _over(numbers, down // int(numbers.bottom), down)  # whole units already
    doubled, furthest = _times(numbers.top, 2 * down, numbers.most * 2 * down)
    half, _ = _times(numbers.bottom, up, numbers.deepest * up)
    whole, deepest = _times(numbers.bottom, 2 * up, numbers.deepest * 2 * up)
    if furthest + deepest > LARGEST:
        doubled, half, whole = _wide(doubled), _wide(half), _wide(whole)
    count = (doubled + half) // whole
    top, most = _times(count, up, (numbers.most * down // up + 1) * up)
    return Numbers(top, down, numbers.known, most, down)


def passed(numbers: Numbers, operator: Operator, operand: object) -> Truths:
    """Return where *numbers* pass a test that compares them with *operand*."""
    if operator is Operator.ONE_OF:
        assert isinstance(operand, frozenset)
        equal = [_equal(numbers, value) for value in operand if isinstance(value, Fraction)]
        return _said(_folded(np.logical_or, [False, *equal]), numbers.known)
    assert isinstance(operand, Fraction)
    if np.ndim(numbers.bottom):
        return compared(SIGNS[operator], numbers, Numbers.one(operand))
    edge = operand * numbers.bottom
    match operator:
        case Operator.AT_LEAST:
            holds = numbers.top >= ceil(edge)
        case Operator.MORE_THAN:
            holds = numbers.top > floor(edge)
        case Operator.AT_MOST:
            holds = numbers.top <= floor(edge)
        case _:
            holds = numbers.top < ceil(edge)
    return _said(holds, numbers.known)


def _equal(numbers: Numbers, value: Fraction) -> Any:
    one, other = _alike(numbers, Numbers.one(value))
    return np.equal(one.top, other.top)


def whole_units(numbers: Numbers, places: int) -> Any:
    """Return *numbers* in units of so many decimal places, cut off below: of money its cents."""
    top, _ = _times(numbers.top, 10**places, numbers.most * 10**places)
    return top // numbers.bottom
