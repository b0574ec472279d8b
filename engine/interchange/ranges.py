"""Stretches of numbers or days, whose ends are constants or parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

Point = Fraction | date


class CannotSay(Exception):
    """A table has no cell for this; the text says what it is."""


@dataclass(frozen=True, slots=True)
class End:
    """Where a stretch ends: a constant, or, by its name, a parameter that has this value now."""

    value: Point
    parameter: str | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """All from `low` to `high`, each with or without the end itself; None is no end."""

    low: End | None = None
    high: End | None = None
    with_low: bool = False
    with_high: bool = False

    @property
    def is_point(self) -> bool:
        """True for one number alone."""
        return self.low is not None and self.low == self.high

    @property
    def is_named(self) -> bool:
        """True if a parameter sets one of its ends."""
        return any(end is not None and end.parameter is not None for end in (self.low, self.high))

    @property
    def key(self) -> tuple[object, ...]:
        """The order of stretches: by their ends, then by the names of those."""
        low = (0, 0, 0) if self.low is None else (1, self.low.value, not self.with_low)
        high = (1, 0, 0) if self.high is None else (0, self.high.value, self.with_high)
        names = [end.parameter or "" if end else "" for end in (self.low, self.high)]
        return (*low, *high, *names)


@dataclass(frozen=True, slots=True)
class Ranges:
    """A number or day lies in one of `parts`, which are in order and, but for parameters, apart.

    >>> from_three = Ranges((Stretch(low=End(Fraction(3)), with_low=True),))
    >>> from_three.opposite().parts[0].high, from_three.both(from_three.opposite()).is_never
    (End(value=Fraction(3, 1), parameter=None), True)
    """

    parts: tuple[Stretch, ...]

    @classmethod
    def of(cls, parts: Iterable[Stretch]) -> Ranges:
        """Return *parts* in order, those that touch joined; one that hangs on a parameter stays as it is."""
        ordered = sorted(set(parts), key=lambda part: part.key)
        found = [part for part in ordered if part.is_named]
        apart: list[Stretch] = []
        for part in ordered:
            if part.is_named:
                continue
            if apart and _touch(apart[-1], part):
                apart[-1] = _joined(apart[-1], part)
            else:
                apart.append(part)
        return cls(tuple(sorted([*found, *apart], key=lambda part: part.key)))

    def both(self, other: Ranges) -> Ranges:
        """Return what asks for this and *other*. Raises `CannotSay` if that hangs on a parameter."""
        meets = (_meeting(one, two) for one in self.parts for two in other.parts)
        return Ranges.of(part for part in meets if part is not None)

    def either(self, other: Ranges) -> Ranges:
        """Return what asks for this or *other*."""
        return Ranges.of((*self.parts, *other.parts))

    def opposite(self) -> Ranges:
        """Return what holds where this does not."""
        found = Ranges((Stretch(),))
        for part in self.parts:
            outside = []
            if part.low is not None:
                outside.append(Stretch(high=part.low, with_high=not part.with_low))
            if part.high is not None:
                outside.append(Stretch(low=part.high, with_low=not part.with_high))
            found = found.both(Ranges(tuple(outside)))
        return found

    @property
    def is_never(self) -> bool:
        """True if nothing meets it."""
        return not self.parts

    @property
    def is_always(self) -> bool:
        """True if everything meets it."""
        return Stretch() in self.parts

    @property
    def left_out(self) -> tuple[End, ...]:
        """The points that are all that this leaves out; none if it leaves out more."""
        ends = [part.high for part in self.parts[:-1]]
        starts = [part.low for part in self.parts[1:]]
        if len(self.parts) < 2 or ends != starts or self.parts[0].low or self.parts[-1].high:
            return ()
        if any(part.with_low or part.with_high for part in self.parts):
            return ()
        return tuple(end for end in ends if end is not None)


def point(end: End) -> Stretch:
    """Return the stretch of one number alone."""
    return Stretch(end, end, with_low=True, with_high=True)


def _touch(one: Stretch, later: Stretch) -> bool:
    """True if nothing lies between *one* and *later*, which starts no sooner."""
    if one.high is None or later.low is None:
        return True
    if one.high.value == later.low.value:
        return one.with_high or later.with_low
    return _less(later.low, one.high)


def _joined(one: Stretch, later: Stretch) -> Stretch:
    ends = [(part.high, part.with_high) for part in (one, later)]
    if any(end is None for end, _ in ends):
        return Stretch(one.low, None, with_low=one.with_low)
    (first, with_first), (second, with_second) = ends
    assert first is not None
    assert second is not None
    if first.value == second.value:
        return Stretch(one.low, first, one.with_low, with_first or with_second)
    high, with_high = (second, with_second) if _less(first, second) else (first, with_first)
    return Stretch(one.low, high, one.with_low, with_high)


def _meeting(one: Stretch, other: Stretch) -> Stretch | None:
    """Return what two stretches share, or None."""
    if _is_before(one, other) or _is_before(other, one):
        return None
    low, with_low = _inner((one.low, one.with_low), (other.low, other.with_low), upper=False)
    high, with_high = _inner((one.high, one.with_high), (other.high, other.with_high), upper=True)
    if low is None or high is None:
        return Stretch(low, high, with_low, with_high)
    if low == high:
        return Stretch(low, high, with_low, with_high) if with_low and with_high else None
    is_empty = not (with_low and with_high) if low.value == high.value else _less(high, low)
    if not is_empty:
        return Stretch(low, high, with_low, with_high)
    if low.parameter or high.parameter:
        raise CannotSay("whether it can hold at all hangs on a parameter")
    return None


def _is_before(one: Stretch, other: Stretch) -> bool:
    """True if *one* surely ends before *other* begins, whatever value a parameter takes."""
    high, low = one.high, other.low
    if high is None or low is None:
        return False
    if high == low:
        return not (one.with_high and other.with_low)
    if high.parameter or low.parameter:
        return False
    return not (one.with_high and other.with_low) if high.value == low.value else _less(high, low)


def _inner(
    one: tuple[End | None, bool], other: tuple[End | None, bool], *, upper: bool
) -> tuple[End | None, bool]:
    """Return the narrower of two ends."""
    (first, with_first), (second, with_second) = one, other
    if first is None or second is None:
        return other if first is None else one
    if first == second:
        return first, with_first and with_second
    if first.parameter or second.parameter:
        raise CannotSay("which of two limits is the narrower hangs on a parameter")
    if first.value == second.value:
        return first, with_first and with_second
    return other if _less(second, first) is upper else one


def _less(one: End, other: End) -> bool:
    assert type(one.value) is type(other.value)
    return one.value < other.value  # type: ignore[operator]
