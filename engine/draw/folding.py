"""What of a grown tree is drawn: questions in a row that lead to one end go into one box."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from amends.engine.draw.growing import Spot
from amends.engine.interview.information import shares

MOST_CONDITIONS = 6
"""In one box; past it one has to count."""
ALIKE = 0.06
"""Places that stay open are one place if their chances differ by no more than this altogether."""

Condition = tuple[Spot, int]
"""A question, and which of its ways out is meant."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of a box: to `box`, if one of `where` holds; if there is none, where no other way is open."""

    where: tuple[Condition, ...]
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """One box of a drawing: of `spots` the one that asks, or those that end here."""

    spots: tuple[Spot, ...]
    ways: tuple[Way, ...] = ()

    @property
    def ends(self) -> tuple[Hashable, ...]:
        """How cases that come here can end, each once."""
        return tuple(dict.fromkeys(end for spot in self.spots for end in spot.ends))

    @property
    def is_path(self) -> bool:
        """True if the case that is followed comes by."""
        return any(spot.is_path for spot in self.spots)

    def boxes(self) -> Iterator[Box]:
        """Yield this and every box below it, the first ways first."""
        yield self
        for way in self.ways:
            yield from way.box.boxes()

    def leaves(self) -> Iterator[Spot]:
        """Yield every place below in which the tree ends."""
        if not self.ways:
            yield from self.spots
        for way in self.ways:
            yield from way.box.leaves()


def folded(spot: Spot) -> Box:
    """Return the boxes of the tree below *spot*."""
    if not spot.after:
        return Box((spot,))
    for at in range(len(spot.after)) if len(spot.after) == 2 else ():
        row, rest = _row(spot, at)
        if len(row) > 1:
            targets = tuple(question.after[way] for question, way in row)
            asked = tuple(question for question, _ in row)
            return Box(asked, (Way(tuple(row), Box(targets)), Way((), folded(rest))))
    ways = (Way(((spot, at),), folded(after)) for at, after in enumerate(spot.after))
    return Box((spot,), tuple(ways))


def _row(spot: Spot, at: int) -> tuple[list[Condition], Spot]:
    """Return the questions from *spot* on that lead where its way *at* leads, and what is left after them."""
    target = spot.after[at]
    row = [(spot, at)]
    rest = spot.after[1 - at]
    if target.after:
        return row, rest
    while len(rest.after) == 2 and len(row) < MOST_CONDITIONS:
        way = next((way for way in (0, 1) if _is_one_place(target, rest.after[way])), None)
        if way is None:
            break
        row.append((rest, way))
        rest = rest.after[1 - way]
    return row, rest


def _is_one_place(one: Spot, other: Spot) -> bool:
    """True if both end alike, and nothing is asked in either."""
    if one.after or other.after:
        return False
    if len(one.ends) == 1 or len(other.ends) == 1:
        return one.ends == other.ends
    if one.is_path or other.is_path:
        return False
    left, right = (dict(zip(s.ends, shares(s.weighed.total), strict=True)) for s in (one, other))
    ends = {**left, **right}
    return sum(abs(left.get(end, 0.0) - right.get(end, 0.0)) for end in ends) <= ALIKE
