"""What can be asked about numbers, as frozen data: bounds of facts, and formulas that are to hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from amends.engine.formula import Bounds, Formula, Number
from amends.engine.rulebase import Measure

NICE: tuple[Fraction, ...] = tuple(
    Fraction(number)
    for number in (0, 1, 1000, 100, 10, 2, 500, 5, 10_000, "0.5", "0.1", "0.2", "0.01", 100_000)
)
"""Numbers that people write, in the order in which they are tried."""


class Unsettled(Exception):
    """Neither an answer was found nor its absence shown."""


@dataclass(frozen=True)
class Span:
    """The numbers from `first` to `last`, both counted in steps of one in `scale`."""

    first: int
    last: int
    scale: int

    @cached_property
    def bounds(self) -> Bounds:
        """The lowest and the highest number; one object where they are one."""
        low = Fraction(self.first, self.scale)
        return low, low if self.first == self.last else Fraction(self.last, self.scale)

    def at(self, number: Fraction) -> Span | None:
        """Return *number* alone, or None if it does not lie here."""
        step = number * self.scale
        if step.denominator != 1 or not self.first <= step.numerator <= self.last:
            return None
        return Span(step.numerator, step.numerator, self.scale)

    def halves(self) -> tuple[Span, Span]:
        """Return the lower and the upper half."""
        middle = (self.first + self.last) // 2
        return replace(self, last=middle), replace(self, first=middle + 1)


@dataclass(frozen=True)
class Question:
    """Which facts make every one of *demands* hold, each a yes-or-no formula.

    `spans` bounds the facts that are looked for, `flags` says what flags are; one that is missing may
    be either. `between` bounds what is not looked for: parameters and decisions, most of them known.
    """

    measures: Mapping[str, Measure]
    spans: Mapping[str, Span]
    flags: Mapping[str, bool]
    between: Mapping[str, Bounds]
    demands: tuple[Formula, ...]
    near: Mapping[str, tuple[Fraction, ...]] = field(default_factory=dict)
    """Numbers to try for some facts; for the others those that people write."""

    def tried(self, name: str) -> tuple[Fraction, ...]:
        """Return the numbers to try for a fact, in order."""
        return self.near.get(name, NICE)


Answer = dict[str, Number]
"""A number, yes or no for each fact that was looked for."""
