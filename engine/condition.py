"""What a rule tests, as frozen trees: named things compared with constants, and nothing computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from amends.engine.diagnostics import Span

Value = str | bool | Fraction | date | frozenset[str]
"""A fact's or decision's value: a name, yes or no, an exact number, a day, a set of names."""


class Operator(StrEnum):
    """How a test compares its subject with its operand."""

    ONE_OF = "one of"
    AT_LEAST = "at least"
    MORE_THAN = "more than"
    AT_MOST = "at most"
    LESS_THAN = "less than"
    HAS_ANY = "has any of"
    HAS_ALL = "has all of"
    HAS_NONE = "has none of"
    KNOWN = "is known"


SIGNS = {
    Operator.AT_LEAST: ">=",
    Operator.MORE_THAN: ">",
    Operator.AT_MOST: "<=",
    Operator.LESS_THAN: "<",
}
"""How the operators that order are written in formulas."""


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of a named thing with constants.

    The operand is a frozenset of values for the membership operators, a number or date
    for the ordered ones, and True or False for `KNOWN`. `currency` is that of a money constant.
    """

    subject: str
    operator: Operator
    operand: frozenset[Value] | Fraction | date | bool
    span: Span
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds if every part holds; with no parts it always holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds if at least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds if its part does not."""

    part: Condition


Condition = Test | AllOf | AnyOf | Not


def tests(condition: Condition) -> Iterator[Test]:
    """Yield every test of *condition*, left to right."""
    match condition:
        case Test():
            yield condition
        case Not(part):
            yield from tests(part)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from tests(part)
