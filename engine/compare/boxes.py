"""A region of a diagram as few boxes: each as wide as it can be, the widest way first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amends.engine.diagram.forest import NO, YES, Cells, Forest

Allowed = Mapping[int, tuple[int, ...]]
"""The cells that a box allows, by level; a level left out is free."""


@dataclass(frozen=True, slots=True)
class Part:
    """One box of a region: what it allows, and how many kinds of case it has that no earlier one has.

    `inside` is the diagram of those.
    """

    allowed: Allowed
    count: int
    inside: int


class Regions:
    """The regions of the leaves of one diagram, each found without a look at where it is not."""

    def __init__(self, forest: Forest, root: int) -> None:
        self.forest = forest
        self.root = root
        self._below: dict[int, int] = {}
        """Of each node, the leaves below it, one bit a leaf."""
        self._bits = {leaf: 1 << at for at, leaf in enumerate(sorted(forest.leaves(root)))}
        self._look(root)

    def _look(self, at: int) -> int:
        found = self._below.get(at)
        if found is None:
            found = self._bits.get(at, 0)
            for child in self.forest.children[at]:
                found |= self._look(child)
            self._below[at] = found
        return found

    def of(self, leaf: int) -> int:
        """Return yes where the diagram ends in *leaf*."""
        forest, below, bit = self.forest, self._below, self._bits.get(leaf, 0)
        memo = {leaf: YES}

        def go(at: int) -> int:
            if not below[at] & bit:
                return NO
            found = memo.get(at)
            if found is None:
                found = forest.node(forest.level[at], tuple([go(child) for child in forest.children[at]]))
                memo[at] = found
            return found

        return go(self.root)


def boxes(forest: Forest, regions: Regions, leaf: int, outside: int, cells: Cells) -> Iterator[Part]:
    """Yield boxes whose cases end in *leaf* wherever they do not end in *outside*, until all is covered.

    *cells* bound what is counted. A box begins with the path that most kinds of case take, and is
    widened, one variable after another, as far as nothing but *leaf* and *outside* is in it.
    """
    root, left = regions.root, regions.of(leaf)
    while True:
        path = _widest(forest, left, cells)
        if path is None:
            return
        allowed = _widened(forest, root, frozenset((leaf, outside)), path, cells)
        box = box_of(forest, {at: places for at, places in allowed.items() if at not in cells})
        inside = forest.both(left, box)
        yield Part(allowed, forest.count(inside, YES, cells), inside)
        left = forest.both(left, forest.no(box))


def box_of(forest: Forest, allowed: Cells) -> int:
    """Return yes where every variable is in one of its *allowed* cells."""
    found = YES
    for at in sorted(allowed, reverse=True):
        inside = frozenset(allowed[at])
        children = tuple(found if place in inside else NO for place in range(forest.sizes[at]))
        found = forest.node(at, children)
    return found


def _widest(forest: Forest, root: int, cells: Cells) -> dict[int, int] | None:
    """Return a path to yes, at each step through the child that most kinds of case take."""
    share: dict[int, float] = {NO: 0.0, YES: 1.0}

    def go(at: int) -> float:
        found = share.get(at)
        if found is None:
            places = cells.get(forest.level[at], range(len(forest.children[at])))
            found = share[at] = sum(go(forest.children[at][place]) for place in places) / len(places)
        return found

    if not go(root):
        return None
    path = {}
    while root != YES:
        level, children = forest.level[root], forest.children[root]
        places = cells.get(level, range(len(children)))
        path[level] = max(places, key=lambda place: (share[children[place]], -place))
        root = children[path[level]]
    return path


def _widened(
    forest: Forest, root: int, wanted: frozenset[int], path: Mapping[int, int], cells: Cells
) -> dict[int, tuple[int, ...]]:
    """Return the widest box around *path*, the deepest variables freed first."""
    allowed: dict[int, tuple[int, ...]] = {at: (place,) for at, place in path.items() if at not in cells}
    fixed = {at: tuple(places) for at, places in cells.items()}

    def is_inside(tried: Mapping[int, tuple[int, ...]]) -> bool:
        return _only(forest, root, wanted, {**fixed, **tried})

    for at in sorted(allowed, reverse=True):
        free = {other: places for other, places in allowed.items() if other != at}
        if is_inside(free):
            allowed = free
    for at in sorted(allowed, reverse=True):
        for place in range(forest.sizes[at]):
            if place not in allowed[at] and is_inside({**allowed, at: (place,)}):
                allowed[at] = tuple(sorted((*allowed[at], place)))
    return allowed


def _only(forest: Forest, root: int, wanted: frozenset[int], cells: Cells) -> bool:
    """True if every case in *cells* ends in a leaf in *wanted*; it stops at the first that does not."""
    level, children, bottom = forest.level, forest.children, forest.bottom
    seen = {root}
    waiting = [root]
    while waiting:
        at = waiting.pop()
        if level[at] == bottom:
            if at not in wanted:
                return False
            continue
        kept = cells.get(level[at])
        for child in children[at] if kept is None else [children[at][place] for place in kept]:
            if child not in seen:
                seen.add(child)
                waiting.append(child)
    return True
