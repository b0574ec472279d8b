"""Exact numbers as SQL: whole numbers of 64 bits over a bottom, and the formulas of measures over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm

from amends.engine.condition import SIGNS
from amends.engine.formula import LOGIC, Call, Constant, Formula, Name
from amends.engine.rulebase import Operator

LARGEST = 2**63 - 1


class TooLarge(Exception):
    """A number does not fit into 64 bits."""


@dataclass(frozen=True, slots=True)
class Whole:
    """`top` over `bottom`, both in SQL; `bottom` is above zero, and a number where all rows have the same.

    `top` lies between `low` and `high`, and no `bottom` is above `deepest`.
    """

    top: str
    bottom: str | int
    low: int
    high: int
    deepest: int

    @classmethod
    def of(cls, value: Fraction) -> Whole:
        """Return one number."""
        return cls(
            str(value.numerator), value.denominator, value.numerator, value.numerator, value.denominator
        )

    @property
    def most(self) -> int:
        """How far from zero the top can be."""
        return max(abs(self.low), abs(self.high))

    @property
    def is_constant(self) -> bool:
        """True of a number that no column says."""
        return self.low == self.high and self.top == str(self.low)


def _checked(number: Whole) -> Whole:
    if max(number.most, number.deepest) > LARGEST:
        raise TooLarge
    return number


def alike(one: Whole, other: Whole) -> tuple[Whole, Whole]:
    """Return both over the same bottom. Raises `TooLarge`, as all here do."""
    if isinstance(one.bottom, int) and isinstance(other.bottom, int):
        bottom = lcm(one.bottom, other.bottom)
        return _over(one, bottom // one.bottom, bottom), _over(other, bottom // other.bottom, bottom)
    bottom_text = f"({one.bottom} * {other.bottom})"
    deepest = one.deepest * other.deepest
    found = []
    for mine, theirs in ((one, other), (other, one)):
        ends = [end * theirs.deepest for end in (mine.low, mine.high)]
        low, high = min(0, *ends), max(0, *ends)
        found.append(_checked(Whole(f"({mine.top} * {theirs.bottom})", bottom_text, low, high, deepest)))
    return found[0], found[1]


def _over(number: Whole, factor: int, bottom: int) -> Whole:
    if factor == 1:
        return number
    top = f"({number.top} * {factor})" if not number.is_constant else str(number.low * factor)
    return _checked(Whole(top, bottom, number.low * factor, number.high * factor, bottom))


def joined(sign: str, parts: Sequence[Whole]) -> Whole:
    """Return what one of `+ - * / min max` makes of *parts*."""
    found = parts[0]
    if sign in ("min", "max"):
        return extreme(sign, parts)
    for part in parts[1:]:
        found = _checked(_JOINS[sign](found, part))
    return found


def _sum(one: Whole, other: Whole) -> Whole:
    one, other = alike(one, other)
    return Whole(
        f"({one.top} + {other.top})", one.bottom, one.low + other.low, one.high + other.high, one.deepest
    )


def _difference(one: Whole, other: Whole) -> Whole:
    one, other = alike(one, other)
    return Whole(
        f"({one.top} - {other.top})", one.bottom, one.low - other.high, one.high - other.low, one.deepest
    )


def _product(one: Whole, other: Whole) -> Whole:
    corners = [a * b for a in (one.low, one.high) for b in (other.low, other.high)]
    bottom: str | int = f"({one.bottom} * {other.bottom})"
    if isinstance(one.bottom, int) and isinstance(other.bottom, int):
        bottom = one.bottom * other.bottom
    top = f"({one.top} * {other.top})"
    return Whole(top, bottom, min(corners), max(corners), one.deepest * other.deepest)


def _quotient(one: Whole, other: Whole) -> Whole:
    if other.low <= 0:
        raise TooLarge  # of a divisor below zero the signs would have to be turned
    corners = [0, one.low * other.deepest, one.high * other.deepest]
    return Whole(
        f"({one.top} * {other.bottom})",
        f"({one.bottom} * {other.top})",
        min(corners),
        max(corners),
        one.deepest * other.high,
    )


_JOINS: dict[str, Callable[[Whole, Whole], Whole]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
}


def extreme(sign: str, parts: Sequence[Whole]) -> Whole:
    """Return the least or the greatest of *parts*; not known if one of them is not."""
    found = parts[0]
    for part in parts[1:]:
        found, part = alike(found, part)
        lows, highs = (found.low, part.low), (found.high, part.high)
        pick = min if sign == "min" else max
        function = "LEAST" if sign == "min" else "GREATEST"
        # LEAST and GREATEST leave out what is NULL.
        open_ = " OR ".join(f"{each.top} IS NULL" for each in (found, part) if not each.is_constant)
        top = f"{function}({found.top}, {part.top})"
        if open_:
            top = f"(CASE WHEN {open_} THEN NULL ELSE {top} END)"
        found = Whole(top, found.bottom, pick(lows), pick(highs), found.deepest)
    return found


def compared(sign: str, one: Whole, other: Whole) -> str:
    """Return the comparison as SQL."""
    one, other = alike(one, other)
    return f"({one.top} {'=' if sign == '==' else sign} {other.top})"


def evaluated(formula: Formula, look: Callable[[str], Whole | str]) -> Whole | str:
    """Return *formula* as a number, or as the text of a yes or no.

    >>> from amends.engine.formula import parse
    >>> fee = Whole("fee", 100, 0, 10**9, 100)
    >>> evaluated(parse("fee / 2 > 100"), {"fee": fee}.__getitem__)
    '(((fee * 1) * 1) > (100 * (100 * 2)))'
    """
    match formula:
        case Constant(value):
            return Whole.of(value)
        case Name(name):
            return look(name)
        case Call(sign, parts):
            found = [evaluated(part, look) for part in parts]
            if sign == "not":
                return f"(NOT {found[0]})"
            if sign in LOGIC:
                return f"({f' {sign.upper()} '.join(map(str, found))})"
            numbers = [each for each in found if isinstance(each, Whole)]
            if sign in _JOINS or sign in ("min", "max"):
                return joined(sign, numbers)
            return compared(sign, numbers[0], numbers[1])
    raise AssertionError(formula)


def rounded(number: Whole, unit: Fraction | None) -> Whole:
    """Return *number* to the nearest multiple of *unit*, half up; as it is without one."""
    if unit is None:
        return number
    up, down = unit.numerator, unit.denominator
    top = f"({number.top} * {2 * down} + {number.bottom} * {up})"
    if number.most * 2 * down + number.deepest * up > LARGEST:
        raise TooLarge
    count = floored(top, f"({number.bottom} * {2 * up})", is_negative=number.low < 0)
    smallest = number.bottom if isinstance(number.bottom, int) else 1
    ends = [floor(Fraction(end, smallest) / unit + Fraction(1, 2)) * up for end in (number.low, number.high)]
    text = count if up == 1 else f"({count} * {up})"
    return _checked(Whole(text, down, min(0, *ends) if number.low < 0 else 0, max(ends), down))


def floored(top: str, bottom: str, *, is_negative: bool) -> str:
    """Return the whole part of a fraction, cut off below."""
    if not is_negative:
        return f"({top} // {bottom})"
    return f"(CASE WHEN {top} >= 0 THEN {top} // {bottom} ELSE -((-({top}) + {bottom} - 1) // {bottom}) END)"


def passed(number: Whole, operator: Operator, operand: object) -> str:
    """Return a test of *number* as SQL."""
    if operator is Operator.ONE_OF:
        assert isinstance(operand, frozenset)
        numbers = sorted(value for value in operand if isinstance(value, Fraction))
        return f"({' OR '.join(compared('==', number, Whole.of(value)) for value in numbers) or 'FALSE'})"
    assert isinstance(operand, Fraction)
    if isinstance(number.bottom, str):
        return compared(SIGNS[operator], number, Whole.of(operand))
    edge = operand * number.bottom
    match operator:
        case Operator.AT_LEAST:
            return f"({number.top} >= {ceil(edge)})"
        case Operator.MORE_THAN:
            return f"({number.top} > {floor(edge)})"
        case Operator.AT_MOST:
            return f"({number.top} <= {floor(edge)})"
    return f"({number.top} < {ceil(edge)})"
