"""Tests as lists of small integers: the form in which conditions reach durable_rules and the diagrams.

Every testable thing is cut into *cells*: a choice has one a value, a flag two, a set two
for each member that rules mention, a number or day one for each constant that it is
compared with and one for each stretch between. A test becomes the cells that satisfy it,
a negated test the others, so that every condition is positive: no `not` is left.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property, lru_cache
from math import floor

from amends.engine.rulebase import (
    AllOf,
    AnyOf,
    Condition,
    Domain,
    Kind,
    Not,
    Operator,
    RuleBase,
    Test,
    Value,
    tests,
)
from amends.engine.truth import Members, Reading, passes

OPEN = -1
"""The cell of what is not known, and of a decision with several candidates."""


@dataclass(frozen=True, slots=True)
class Literal:
    """The subject is in one of *cells*, of *size*; `member` says which member of a set is meant.

    `is_known` marks the yes-or-no of `known` tests, which is never open.
    """

    subject: str
    cells: tuple[int, ...]
    size: int
    member: str | None = None
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Both:
    """Holds if every part holds."""

    parts: tuple[Positive, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Holds if at least one part holds."""

    parts: tuple[Positive, ...]


Positive = Literal | Both | Either


@dataclass(frozen=True)
class Grid:
    """How one thing is cut: the values of a choice or flag in order, or the cuts of a number."""

    domain: Domain
    values: tuple[Value, ...]
    cuts: tuple[Fraction, ...]

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.values) or 2 * len(self.cuts) + 1

    def cell(self, value: Value) -> int:
        """Return the cell in which *value* falls."""
        if self.values:
            return self.values.index(value)
        return self._at(as_number(value))

    def _at(self, number: Fraction) -> int:
        at = bisect_left(self.cuts, number)
        return 2 * at + (1 if at < len(self.cuts) and self.cuts[at] == number else 0)

    def sample(self, cell: int) -> Value:
        """Return some value of *cell*; one that can be stated, where the cell has one."""
        return self.samples[cell]

    @cached_property
    def samples(self) -> tuple[Value, ...]:
        """Some value of each cell."""
        return self.values or tuple(map(self._sample, range(self.size)))

    def _sample(self, cell: int) -> Value:
        at, is_point = divmod(cell, 2)
        if is_point:
            return self._as_value(self.cuts[at])
        low, high = self._stretch(cell)
        low = (high or Fraction(0)) - 1 if low is None else low
        middle = (low + (low + 2 if high is None else high)) / 2
        scale = 10**self.domain.decimals
        below = Fraction(floor(middle * scale), scale)
        for number in (below, below + Fraction(1, scale), middle):
            if self._at(number) == cell:
                return self._as_value(number)
        # A constant outside the bounds makes a cell that no value is in.
        return self._as_value(self.cuts[0] - 1 if at == 0 else self.cuts[-1] + 1)

    def inhabited(self, *, is_stated: bool) -> tuple[int, ...]:
        """Return the cells in which a value of the domain lies; what *is_stated* has its decimal places only.

        >>> whole = Domain(Kind.COUNT, lowest=Fraction(0), highest=Fraction(9))
        >>> Grid(whole, (), (Fraction(0), Fraction(1))).inhabited(is_stated=True)
        (1, 3, 4)
        """
        if self.values:
            return tuple(range(len(self.values)))
        return tuple(cell for cell in range(self.size) if self._is_inhabited(cell, is_stated))

    def _is_inhabited(self, cell: int, is_stated: bool) -> bool:
        lowest, highest = self.domain.lowest, self.domain.highest
        scale = 10**self.domain.decimals
        at, is_point = divmod(cell, 2)
        if is_point:
            number = self.cuts[at]
            fits = not is_stated or (number * scale).denominator == 1
            return fits and (lowest is None or number >= lowest) and (highest is None or number <= highest)
        low = self.cuts[at - 1] if at else None
        high = self.cuts[at] if at < len(self.cuts) else None
        if not is_stated:
            above = low is None or highest is None or low < highest
            below = high is None or lowest is None or lowest < high
            between = lowest is None or highest is None or lowest < highest or self._at(lowest) == cell
            return above and below and between
        least = None if low is None else Fraction(floor(low * scale) + 1, scale)
        if lowest is not None:
            least = lowest if least is None else max(least, lowest)
        if least is None:
            return True
        return (high is None or least < high) and (highest is None or least <= highest)

    def _stretch(self, cell: int) -> tuple[Fraction | None, Fraction | None]:
        """Return the ends of a cell between two constants, those of the domain where they are nearer."""
        at = cell // 2
        low, high = self.domain.lowest, self.domain.highest
        after = self.cuts[at - 1] if at else None
        before = self.cuts[at] if at < len(self.cuts) else None
        if after is not None and (low is None or low < after or (before is not None and low >= before)):
            low = after
        if before is not None and (high is None or high > before or (after is not None and high <= after)):
            high = before
        return low, high

    def _as_value(self, number: Fraction) -> Value:
        if self.domain.kind is not Kind.DATE:
            return number
        return date.fromordinal(min(max(int(number), date.min.toordinal()), date.max.toordinal()))


def as_number(value: Value) -> Fraction:
    """Return a number as it is, and a day as its ordinal."""
    if isinstance(value, date):
        return Fraction(value.toordinal())
    assert isinstance(value, Fraction)
    return value


@lru_cache(maxsize=8)
def cut(rulebase: RuleBase) -> Mapping[str, Grid]:
    """Return the grid of everything that a rule tests, sets left out; the same object each time."""
    return grids_for(rulebase, (test for rule in rulebase.rules.values() for test in tests(rule.when)))


def grids_for(
    rulebase: RuleBase, found: Iterable[Test], more: Mapping[str, Iterable[Fraction]] | None = None
) -> Mapping[str, Grid]:
    """Return the grid of everything that the tests *found* compare, cut at the numbers in *more* too."""
    constants: dict[str, set[Fraction]] = {name: set(numbers) for name, numbers in (more or {}).items()}
    for test in found:
        numbers = constants.setdefault(test.subject, set())
        if rulebase.domain(test.subject).kind.is_ordered and test.operator is not Operator.KNOWN:
            operands = test.operand if isinstance(test.operand, frozenset) else [test.operand]
            numbers.update(as_number(value) for value in operands if not isinstance(value, bool))
    grids: dict[str, Grid] = {}
    for name, numbers in sorted(constants.items()):
        domain = rulebase.domain(name)
        match domain.kind:
            case Kind.SET:
                continue
            case Kind.CHOICE:
                grids[name] = Grid(domain, tuple(domain.values), ())
            case Kind.FLAG:
                grids[name] = Grid(domain, (False, True), ())
            case _:
                grids[name] = Grid(domain, (), tuple(sorted(numbers)))
    return grids


def positive(condition: Condition, grids: Mapping[str, Grid], *, negated: bool = False) -> Positive:
    """Return *condition*, or its negation, without any `not`."""
    match condition:
        case Not(part):
            return positive(part, grids, negated=not negated)
        case AllOf(parts) | AnyOf(parts):
            made = tuple(positive(part, grids, negated=negated) for part in parts)
            return Both(made) if isinstance(condition, AllOf) is not negated else Either(made)
        case Test():
            return _literals(condition, grids, negated)


def _literals(test: Test, grids: Mapping[str, Grid], negated: bool) -> Positive:
    if test.operator is Operator.KNOWN:
        return Literal(test.subject, (int(test.operand is not negated),), 2, is_known=True)
    if test.operator in (Operator.HAS_ANY, Operator.HAS_ALL, Operator.HAS_NONE):
        assert isinstance(test.operand, frozenset)
        # "has none" is "has any" negated, and De Morgan turns a negated "any" into an "all".
        inside = (test.operator is Operator.HAS_NONE) is negated
        of_all = (test.operator is Operator.HAS_ALL) is inside
        names = sorted(map(str, test.operand))
        parts = tuple(Literal(test.subject, (int(inside),), 2, member=name) for name in names)
        return Both(parts) if of_all else Either(parts)
    grid = grids[test.subject]
    cells = tuple(cell for cell, value in enumerate(grid.samples) if passes(test, value) is not negated)
    return Literal(test.subject, cells, grid.size)


def cell_reading(found: Reading, grid: Grid) -> tuple[int, ...]:
    """Return the cells of the candidates in *found*; none if it is unknown."""
    assert not isinstance(found, Members)
    if found is None:
        return ()
    if len(found) == 1:
        return (grid.cell(next(iter(found))),)
    return tuple(sorted({grid.cell(value) for value in found}))


def member_cell(found: Reading, member: str) -> int:
    """Return 1, 0 or `OPEN`: whether *member* is in the set."""
    if not isinstance(found, Members):
        return OPEN
    return 1 if member in found.sure else OPEN if member in found.possible else 0


def literals(condition: Positive) -> Iterator[Literal]:
    """Yield every literal of *condition*."""
    match condition:
        case Literal():
            yield condition
        case Both(parts) | Either(parts):
            for part in parts:
                yield from literals(part)


class TooManyAlternatives(ValueError):
    """A condition falls apart into more alternatives than its reader can use."""


def alternatives(condition: Positive, owner: Mapping[str, str], most: int) -> list[dict[str, Positive]]:
    """Return *condition* as alternatives, each a conjunction with one part an owner.

    `owner` says for each subject which asserted fact carries it; an `Either` within one
    owner stays whole, one across owners splits. Raises `TooManyAlternatives` past *most*.
    """
    match condition:
        case Literal(subject=subject):
            return [{owner[subject]: condition}]
        case Both(parts):
            found: list[dict[str, Positive]] = [{}]
            for part in parts:
                more = alternatives(part, owner, most)
                if len(found) * len(more) > most:
                    raise TooManyAlternatives
                found = [_merged(left, right) for left in found for right in more]
            return found
        case Either(parts):
            split = [alternatives(part, owner, most) for part in parts]
            owners = {name for choices in split for choice in choices for name in choice}
            if len(owners) == 1 and all(choice for choices in split for choice in choices):
                return [{owners.pop(): condition}]
            return [choice for choices in split for choice in choices]


def _merged(left: Mapping[str, Positive], right: Mapping[str, Positive]) -> dict[str, Positive]:
    merged = dict(left)
    for name, part in right.items():
        merged[name] = Both((merged[name], part)) if name in merged else part
    return merged
