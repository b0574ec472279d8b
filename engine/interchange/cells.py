"""What one cell of a table asks of one thing, in a form that is the same however it was written.

Each kind of cell knows `both`, `either` and `opposite`; none is ever simplified to no test at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from amends.engine.interchange.ranges import CannotSay, Ranges

MOST_WAYS = 150
"""Ways in which one cell may ask about the members of a set."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """A choice is one of `values`, or, unless `inside`, none of them.

    >>> OneOf(frozenset("ab")).both(OneOf(frozenset("b"), inside=False))
    OneOf(values=frozenset({'a'}), inside=True)
    """

    values: frozenset[str]
    inside: bool = True

    def both(self, other: OneOf) -> OneOf:
        """Return what asks for this and *other*."""
        if not self.inside and not other.inside:
            return OneOf(self.values | other.values, inside=False)
        if not self.inside:
            return other.both(self)
        return OneOf(self.values & other.values if other.inside else self.values - other.values)

    def either(self, other: OneOf) -> OneOf:
        """Return what asks for this or *other*."""
        return self.opposite().both(other.opposite()).opposite()

    def opposite(self) -> OneOf:
        """Return what holds where this does not."""
        return OneOf(self.values, not self.inside)

    @property
    def is_never(self) -> bool:
        """True if nothing meets it."""
        return self.inside and not self.values

    @property
    def is_always(self) -> bool:
        """True if everything meets it."""
        return not self.inside and not self.values


@dataclass(frozen=True, slots=True)
class YesNo:
    """A flag has one of these values; also whether a fact is known."""

    values: frozenset[bool]

    def both(self, other: YesNo) -> YesNo:
        """Return what asks for this and *other*."""
        return YesNo(self.values & other.values)

    def either(self, other: YesNo) -> YesNo:
        """Return what asks for this or *other*."""
        return YesNo(self.values | other.values)

    def opposite(self) -> YesNo:
        """Return what holds where this does not."""
        return YesNo(frozenset({True, False}) - self.values)

    @property
    def is_never(self) -> bool:
        """True if nothing meets it."""
        return not self.values

    @property
    def is_always(self) -> bool:
        """True if everything meets it."""
        return len(self.values) == 2


Way = tuple[frozenset[str], frozenset[str]]
"""Members that a set has, and members that it lacks."""


@dataclass(frozen=True, slots=True)
class Members:
    """A set meets one of `ways`; none of them is a narrower form of another."""

    ways: frozenset[Way]

    @classmethod
    def of(cls, ways: Iterable[Way]) -> Members:
        """Return *ways* without those that contradict themselves or say no more than another."""
        sound = {way for way in ways if way[0].isdisjoint(way[1])}
        if len(sound) > MOST_WAYS:
            raise CannotSay("one cell would have to list too many combinations of members")
        return cls(frozenset(way for way in sound if not any(_is_wider(other, way) for other in sound)))

    def both(self, other: Members) -> Members:
        """Return what asks for this and *other*."""
        if len(self.ways) * len(other.ways) > 20 * MOST_WAYS:
            raise CannotSay("one cell would have to list too many combinations of members")
        pairs = product(self.ways, other.ways)
        return Members.of((has | more, lacks | less) for (has, lacks), (more, less) in pairs)

    def either(self, other: Members) -> Members:
        """Return what asks for this or *other*."""
        return Members.of(self.ways | other.ways)

    def opposite(self) -> Members:
        """Return what holds where this does not."""
        found = Members(frozenset({(frozenset(), frozenset())}))
        for has, lacks in sorted(self.ways, key=way_key):
            found = found.both(Members.of(_singles(lacks, has)))
        return found

    @property
    def is_never(self) -> bool:
        """True if nothing meets it."""
        return not self.ways

    @property
    def is_always(self) -> bool:
        """True if everything meets it."""
        return (frozenset(), frozenset()) in self.ways


def _is_wider(one: Way, other: Way) -> bool:
    return one != other and one[0] <= other[0] and one[1] <= other[1]


def _singles(has: Iterable[str], lacks: Iterable[str]) -> Iterator[Way]:
    for name in has:
        yield frozenset({name}), frozenset()
    for name in lacks:
        yield frozenset(), frozenset({name})


def way_key(way: Way) -> tuple[list[str], list[str]]:
    """Order ways by their words."""
    return sorted(way[0]), sorted(way[1])


def has_any(names: Iterable[str]) -> Members:
    """Return the test for at least one of *names*."""
    return Members.of(_singles(names, ()))


def has_all(names: Iterable[str]) -> Members:
    """Return the test for all of *names*."""
    return Members(frozenset({(frozenset(names), frozenset())}))


Cell = OneOf | YesNo | Members | Ranges


def both(one: Cell, other: Cell) -> Cell:
    """Return what asks for *one* and *other*, which are of one kind."""
    assert type(one) is type(other)
    return one.both(other)  # type: ignore[arg-type]


def either(one: Cell, other: Cell) -> Cell:
    """Return what asks for *one* or *other*, which are of one kind."""
    assert type(one) is type(other)
    return one.either(other)  # type: ignore[arg-type]
