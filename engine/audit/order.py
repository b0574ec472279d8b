"""Whether one formula never exceeds another, seen from how they are built; quick, and silent where unsure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from amends.engine.formula import Bounds, Call, Constant, Formula, Name, bounds
from amends.engine.rulebase import Measure

DEEPEST = 14
"""Steps of one argument."""


class Order:
    """Compares formulas over *measures*, with the bounds of everything else from *look*.

    >>> from amends.engine.formula import parse
    >>> between = {"a": (Fraction(0), Fraction(9)), "b": (Fraction(0), Fraction(1))}
    >>> order = Order({}, between.__getitem__, lambda name: Fraction(1))
    >>> order.never_above(parse("min(a, 3) * b"), parse("a + b"))
    True
    """

    def __init__(
        self,
        measures: Mapping[str, Measure],
        look: Callable[[str], Bounds],
        step: Callable[[str], Fraction | None],
    ) -> None:
        self.measures = measures
        self._look = look
        self._step = step
        self._bounds: dict[str, Bounds] = {}
        self._known: dict[tuple[Formula, Formula], bool] = {}

    def never_above(self, one: Formula, other: Formula, left: int = DEEPEST) -> bool:
        """True if *one* is at most *other* whatever the facts are; False if that could not be seen."""
        if one == other or _is_same(one, other):
            return True
        if self.bounds(one)[1] <= self.bounds(other)[0]:
            return True
        if left == 0:
            return False
        key = (one, other)
        if key not in self._known:
            self._known[key] = False  # an argument that leads back to itself is none
            self._known[key] = any(way(one, other, left - 1) for way in self._ways)
        return self._known[key]

    @property
    def _ways(self) -> tuple[Callable[[Formula, Formula, int], bool], ...]:
        return (self._by_extremes, self._by_parts, self._by_share, self._by_rounding)

    def bounds(self, formula: Formula) -> Bounds:
        """Return the lowest and highest value of *formula*."""
        return bounds(formula, self._of_name)

    def _of_name(self, name: str) -> Bounds:
        measure = self.measures.get(name)
        if measure is None:
            return self._look(name)
        if name not in self._bounds:
            low, high = self.bounds(measure.formula)
            self._bounds[name] = measure.rounded(low), measure.rounded(high)
        return self._bounds[name]

    def _by_extremes(self, one: Formula, other: Formula, left: int) -> bool:
        match one:
            case Call("min", parts) if any(self.never_above(part, other, left) for part in parts):
                return True
            case Call("max", parts):
                return all(self.never_above(part, other, left) for part in parts)
        match other:
            case Call("max", parts) if any(self.never_above(one, part, left) for part in parts):
                return True
            case Call("min", parts):
                return all(self.never_above(one, part, left) for part in parts)
        return False

    def _by_parts(self, one: Formula, other: Formula, left: int) -> bool:
        """Compare sums, products and differences part by part."""
        match one, other:
            case Call("+", (a, b)), Call("+", (c, d)):
                pairs = (((a, c), (b, d)), ((a, d), (b, c)))
                if any(all(self.never_above(*pair, left) for pair in both) for both in pairs):
                    return True
            case Call("-", (a, b)), Call("-", (c, d)):
                if self.never_above(a, c, left) and self.never_above(d, b, left):
                    return True
            case Call("*", (a, b)), Call("*", (c, d)):
                if self._is_positive(a, b, c, d):
                    pairs = (((a, c), (b, d)), ((a, d), (b, c)))
                    if any(all(self.never_above(*pair, left) for pair in both) for both in pairs):
                        return True
            case Call("/", (a, b)), Call("/", (c, d)):
                if self._is_positive(a, b, c, d):
                    return self.never_above(a, c, left) and self.never_above(d, b, left)
        return False

    def _by_share(self, one: Formula, other: Formula, left: int) -> bool:
        """A share of something is no more than it, and something with more added no less."""
        match one:
            case Call("*", (a, b)):
                for share, whole in ((a, b), (b, a)):
                    low, high = self.bounds(share)
                    is_part = low >= 0 and high <= 1 and self._is_positive(whole)
                    if is_part and self.never_above(whole, other, left):
                        return True
            case Call("-", (a, b)) if self._is_positive(b) and self.never_above(a, other, left):
                return True
        match other:
            case Call("+", (a, b)):
                for base, more in ((a, b), (b, a)):
                    if self._is_positive(more) and self.never_above(one, base, left):
                        return True
            case Call("*", (a, b)):
                for times, base in ((a, b), (b, a)):
                    is_more = self.bounds(times)[0] >= 1 and self._is_positive(base)
                    if is_more and self.never_above(one, base, left):
                        return True
        return False

    def _by_rounding(self, one: Formula, other: Formula, left: int) -> bool:
        """Rounding keeps the order, and leaves alone what is a whole number of units."""
        mine, theirs = self._opened(one), self._opened(other)
        if mine is None and theirs is None:
            return False
        unit = None if mine is None else mine[1]
        their_unit = None if theirs is None else theirs[1]
        if mine is not None:
            is_alike = unit == their_unit
            if theirs is not None and is_alike and self.never_above(mine[0], theirs[0], left):
                return True
            is_whole = unit is None or self.is_whole(other, unit)
            if is_whole and self.never_above(mine[0], other, left):
                return True
        if theirs is not None and (their_unit is None or self.is_whole(one, their_unit)):
            return self.never_above(one, theirs[0], left)
        return False

    def _opened(self, formula: Formula) -> tuple[Formula, Fraction | None] | None:
        if isinstance(formula, Name) and formula.name in self.measures:
            measure = self.measures[formula.name]
            return measure.formula, measure.round
        return None

    def _is_positive(self, *formulas: Formula) -> bool:
        return all(self.bounds(formula)[0] >= 0 for formula in formulas)

    def is_whole(self, formula: Formula, unit: Fraction) -> bool:
        """True if *formula* is always a whole number of units."""
        match formula:
            case Constant(value):
                return (value / unit).denominator == 1
            case Name(name) if name in self.measures:
                measure = self.measures[name]
                if measure.round is not None:
                    return (measure.round / unit).denominator == 1
                return self.is_whole(measure.formula, unit)
            case Name(name):
                step = self._step(name)
                return step is not None and (step / unit).denominator == 1
            case Call("+" | "-" | "min" | "max", parts):
                return all(self.is_whole(part, unit) for part in parts)
        return False


def _is_same(one: Formula, other: Formula) -> bool:
    """True if the two are written alike, wherever they stand."""
    match one, other:
        case Constant(value), Constant(said):
            return value == said
        case Name(name), Name(called):
            return name == called
        case Call(sign, parts), Call(written, others):
            if sign != written or len(parts) != len(others):
                return False
            return all(_is_same(part, twin) for part, twin in zip(parts, others, strict=True))
    return False
