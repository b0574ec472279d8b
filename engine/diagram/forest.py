"""Reduced ordered diagrams over many-valued variables, all sharing their nodes.

A node asks one variable and has one child for each of its cells; on every path the variables
come in one order. Equal nodes are one node, and a node whose children are all one is none, so
that two functions are equal if and only if they are the same number. Numbers 0 and 1 are no
and yes; every other leaf stands for a value that `terminal` was given.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from math import prod

NO, YES = 0, 1
MOST_NODES = 1_500_000
"""About 300 MB; `NotFinished` past it."""

Join = Callable[[int, int], int]
Cells = Mapping[int, Sequence[int]]
"""The cells allowed to some variables, by level; every cell to the others."""


class NotFinished(Exception):
    """A diagram needs more nodes than it may have."""


class Forest:
    """Diagrams over variables of *sizes* cells each, in their order.

    >>> forest = Forest([2, 3])
    >>> wet, tall = forest.literal(0, [1]), forest.literal(1, [2])
    >>> both = forest.both(wet, tall)
    >>> forest.count(both, YES), forest.either(both, forest.no(both)) == YES
    (1, True)
    """

    def __init__(self, sizes: Sequence[int], most_nodes: int = MOST_NODES) -> None:
        self.sizes = tuple(sizes)
        self.most_nodes = most_nodes
        self.bottom = len(self.sizes)
        """The level of every leaf, below that of every variable."""
        self.level: list[int] = [self.bottom, self.bottom]
        self.children: list[tuple[int, ...]] = [(), ()]
        self.values: dict[int, Hashable] = {NO: False, YES: True}
        self._leaves: dict[tuple[str, Hashable], int] = {("bool", False): NO, ("bool", True): YES}
        self._nodes: list[dict[tuple[int, ...], int] | None] = [{} for _ in self.sizes]
        self._both: dict[tuple[int, int], int] = {}
        self._either: dict[tuple[int, int], int] = {}
        self._no: dict[int, int] = {}
        # The functions below call themselves once a level, two frames deep.
        deepest = 3 * self.bottom + 500
        if deepest > sys.getrecursionlimit():
            sys.setrecursionlimit(deepest)

    def __len__(self) -> int:
        return len(self.level)

    # --- Making -------------------------------------------------------------------------------

    def terminal(self, value: Hashable) -> int:
        """Return the leaf that stands for *value*; `1`, `True` and `Fraction(1)` are three values."""
        key = (type(value).__name__, value)
        found = self._leaves.get(key)
        if found is None:
            found = self._leaves[key] = len(self.level)
            self.level.append(self.bottom)
            self.children.append(())
            self.values[found] = value
        return found

    def node(self, level: int, children: tuple[int, ...]) -> int:
        """Return the node that asks the variable at *level*. Raises `NotFinished`."""
        first = children[0]
        if children.count(first) == len(children):
            return first
        table = self._nodes[level]
        if table is None:
            table = self._remember(level)
        found = table.get(children)
        if found is None:
            found = table[children] = len(self.level)
            if found >= self.most_nodes:
                raise NotFinished
            self.level.append(level)
            self.children.append(children)
        return found

    def literal(self, level: int, cells: Iterable[int]) -> int:
        """Return yes where the variable at *level* is in one of *cells*."""
        inside = set(cells)
        return self.node(level, tuple([int(cell in inside) for cell in range(self.sizes[level])]))

    def both(self, one: int, other: int) -> int:
        """Return yes where both say yes."""
        if one == other:
            return one
        if one > other:
            one, other = other, one
        if one == NO:
            return NO
        if one == YES:
            return other
        key = (one, other)
        found = self._both.get(key)
        if found is None:
            at, below = self.level[one], self.level[other]
            both = self.both
            if at == below:
                pairs = zip(self.children[one], self.children[other], strict=True)
                children = tuple([both(left, right) for left, right in pairs])
            elif at < below:
                children = tuple([both(left, other) for left in self.children[one]])
            else:
                at, children = below, tuple([both(one, right) for right in self.children[other]])
            found = self._both[key] = self.node(at, children)
        return found

    def either(self, one: int, other: int) -> int:
        """Return yes where at least one says yes."""
        if one == other:
            return one
        if one > other:
            one, other = other, one
        if one == NO:
            return other
        if one == YES:
            return YES
        key = (one, other)
        found = self._either.get(key)
        if found is None:
            at, below = self.level[one], self.level[other]
            either = self.either
            if at == below:
                pairs = zip(self.children[one], self.children[other], strict=True)
                children = tuple([either(left, right) for left, right in pairs])
            elif at < below:
                children = tuple([either(left, other) for left in self.children[one]])
            else:
                at, children = below, tuple([either(one, right) for right in self.children[other]])
            found = self._either[key] = self.node(at, children)
        return found

    def no(self, one: int) -> int:
        """Return yes where *one* says no."""
        if one < 2:
            return 1 - one
        found = self._no.get(one)
        if found is None:
            found = self.node(self.level[one], tuple([self.no(child) for child in self.children[one]]))
            self._no[one], self._no[found] = found, one
        return found

    def all_of(self, parts: Iterable[int]) -> int:
        """Return yes where every part says yes; past a part that never does none is asked for."""
        return self._joined(self.both, parts, NO, YES)

    def any_of(self, parts: Iterable[int]) -> int:
        """Return yes where some part says yes; past a part that always does none is asked for."""
        return self._joined(self.either, parts, YES, NO)

    def _joined(self, join: Join, parts: Iterable[int], end: int, empty: int) -> int:
        waiting = []
        for part in parts:
            if part == end:
                return end
            if part != empty:
                waiting.append(part)
        return self.folded(join, waiting, empty)

    def folded(self, join: Join, parts: Iterable[int], empty: int) -> int:
        """Return all *parts* joined in pairs, and the pairs in pairs: the diagrams between stay small."""
        # Those that ask deep variables first are small, and joined among themselves.
        waiting = sorted(parts, key=lambda part: -self.level[part])
        while len(waiting) > 1:
            pairs = zip(waiting[::2], waiting[1::2], strict=False)
            odd = waiting[-1:] if len(waiting) % 2 else []
            waiting = [*(join(one, other) for one, other in pairs), *odd]
        return waiting[0] if waiting else empty

    def choose(self, test: int, then: int, otherwise: int) -> int:
        """Return *then* where *test* says yes, else *otherwise*."""
        ends = {YES: then, NO: otherwise}
        # A leaf goes where it belongs at once; a diagram is laid over what stands for it.
        holes = {
            leaf: self.terminal(("hole", leaf))
            for leaf, end in ends.items()
            if self.level[end] != self.bottom
        }
        found = self.mapped(test, lambda leaf: holes.get(leaf, ends[leaf]))
        for leaf, hole in holes.items():
            found = self.over(found, ends[leaf], hole)
        return found

    def over(self, one: int, other: int, empty: int) -> int:
        """Return *one*, and *other* where *one* ends in *empty*."""
        return self.merged(None, one, other, empty)

    def merged(self, join: Join | None, one: int, other: int, empty: int | None = None) -> int:
        """Return the diagram whose leaf is *join* of the two leaves, everywhere; without it, the first.

        Where *empty* is given, *join* of it and any leaf is that leaf: there the other is taken as it is.
        """
        memo: dict[tuple[int, int], int] = {}
        level, children, bottom = self.level, self.children, self.bottom

        def go(one: int, other: int) -> int:
            if one == empty:
                return other
            at = level[one]
            if other == empty or (join is None and at == bottom):
                return one
            key = (one, other)
            found = memo.get(key)
            if found is None:
                below = level[other]
                if at == below == bottom:
                    assert join is not None
                    found = join(one, other)
                elif at == below:
                    pairs = zip(children[one], children[other], strict=True)
                    found = self.node(at, tuple([go(left, right) for left, right in pairs]))
                elif at < below:
                    found = self.node(at, tuple([go(left, other) for left in children[one]]))
                else:
                    found = self.node(below, tuple([go(one, right) for right in children[other]]))
                memo[key] = found
            return found

        return go(one, other)

    def mapped(self, root: int, change: Callable[[int], int]) -> int:
        """Return *root* with each leaf changed."""
        memo: dict[int, int] = {}
        level, children, bottom = self.level, self.children, self.bottom

        def go(at: int) -> int:
            found = memo.get(at)
            if found is None:
                found = (
                    change(at)
                    if level[at] == bottom
                    else self.node(level[at], tuple([go(child) for child in children[at]]))
                )
                memo[at] = found
            return found

        return go(root)

    def where(self, root: int, leaves: Iterable[int]) -> int:
        """Return yes where *root* ends in one of *leaves*."""
        inside = frozenset(leaves)
        return self.mapped(root, lambda leaf: int(leaf in inside))

    def restricted(self, root: int, cells: Cells) -> int:
        """Return *root* for the cases in *cells*; a variable with one cell is asked no more.

        Where several cells are allowed the others lead to the first of them, so that the result
        means nothing outside.
        """
        memo: dict[int, int] = {}
        level, children, bottom = self.level, self.children, self.bottom

        def go(at: int) -> int:
            if level[at] == bottom:
                return at
            found = memo.get(at)
            if found is None:
                kept = cells.get(level[at])
                if kept is None:
                    found = self.node(level[at], tuple([go(child) for child in children[at]]))
                else:
                    chosen = {cell: go(children[at][cell]) for cell in kept}
                    first, size = chosen[kept[0]], range(self.sizes[level[at]])
                    found = self.node(level[at], tuple([chosen.get(cell, first) for cell in size]))
                memo[at] = found
            return found

        return go(root)

    def extend(
        self, level: list[int], children: list[tuple[int, ...]], values: Mapping[int, Hashable]
    ) -> None:
        """Take over the nodes of another forest, of the same sizes, into this one, which is still empty.

        They begin with the two leaves of every forest; *values* holds those of all other leaves.
        """
        self.level, self.children = level, children
        for leaf, value in values.items():
            self.values[leaf] = value
            self._leaves[type(value).__name__, value] = leaf
        # Most are only read: which node is which is worked out when the first one is made beside them.
        self._nodes = [None] * self.bottom

    def _remember(self, level: int) -> dict[tuple[int, ...], int]:
        tables: list[dict[tuple[int, ...], int]] = [{} for _ in self.sizes]
        for node, at in enumerate(self.level):
            if at < self.bottom:
                tables[at][self.children[node]] = node
        self._nodes = list(tables)
        return tables[level]

    # --- Reading ------------------------------------------------------------------------------

    def walk(self, root: int, cell_at: Sequence[int]) -> int:
        """Return the leaf to which one case leads; *cell_at* holds its cell at every level."""
        level, children, bottom = self.level, self.children, self.bottom
        at = level[root]
        while at != bottom:
            root = children[root][cell_at[at]]
            at = level[root]
        return root

    def reached(self, root: int) -> Iterator[int]:
        """Yield *root* and every node below it once, leaves too."""
        seen, waiting = {root}, [root]
        while waiting:
            at = waiting.pop()
            yield at
            for child in self.children[at]:
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)

    def leaves(self, root: int, cells: Cells | None = None) -> frozenset[int]:
        """Return the leaves that some case in *cells* reaches."""
        return frozenset(self.met(root, cells or {}))

    def met(self, root: int, cells: Cells) -> Iterator[int]:
        """Yield the leaves that some case in *cells* reaches, as they are met."""
        level, children, bottom = self.level, self.children, self.bottom
        seen, waiting = {root}, [root]
        while waiting:
            at = waiting.pop()
            if level[at] == bottom:
                yield at
                continue
            kept = cells.get(level[at])
            for child in children[at] if kept is None else [children[at][cell] for cell in kept]:
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)

    def support(self, root: int) -> frozenset[int]:
        """Return the levels of the variables on which *root* depends."""
        return frozenset(self.level[at] for at in self.reached(root)) - {self.bottom}

    def size(self, *roots: int) -> int:
        """Return how many nodes, leaves included, the diagrams have together."""
        return len({at for root in roots for at in self.reached(root)})

    def count(self, root: int, leaf: int, cells: Cells | None = None) -> int:
        """Return how many combinations of cells, of all variables, end in *leaf*; exact."""
        return self.counter(leaf, cells)(root)

    def counter(self, leaf: int, cells: Cells | None = None) -> Callable[[int], int]:
        """Return what counts the combinations that end in *leaf*, and remembers the count of every node."""
        level, children, bottom, allowed = self.level, self.children, self.bottom, cells or {}
        everything = prod(width := self._width(allowed))
        memo: dict[int, int] = {}

        def go(at: int) -> int:
            if level[at] == bottom:
                return everything if at == leaf else 0
            found = memo.get(at)
            if found is None:
                kept = allowed.get(level[at])
                below = children[at] if kept is None else [children[at][cell] for cell in kept]
                # Below each child the variable here is free, and counted with each of its cells.
                found = memo[at] = sum(map(go, below)) // width[level[at]]
            return found

        return go if everything else lambda root: 0

    def counts(self, root: int, cells: Cells | None = None) -> dict[int, int]:
        """Return how many combinations of cells end in each leaf that some combination reaches."""
        level, children, bottom, allowed = self.level, self.children, self.bottom, cells or {}
        everything = prod(width := self._width(allowed))
        memo: dict[int, dict[int, int]] = {}

        def go(at: int) -> dict[int, int]:
            if level[at] == bottom:
                return {at: everything}
            found = memo.get(at)
            if found is None:
                sums: dict[int, int] = {}
                kept = allowed.get(level[at])
                for child in children[at] if kept is None else [children[at][cell] for cell in kept]:
                    for leaf, number in go(child).items():
                        sums[leaf] = sums.get(leaf, 0) + number
                found = memo[at] = {leaf: number // width[level[at]] for leaf, number in sums.items()}
            return found

        return go(root) if everything else {}

    def _width(self, allowed: Cells) -> list[int]:
        """Return how many cells each variable may be in."""
        return [len(allowed[at]) if at in allowed else size for at, size in enumerate(self.sizes)]
