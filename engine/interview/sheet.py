"""One diagram by itself, laid out level by level: to be narrowed answer by answer, and weighed.

A forest keeps every node that was ever made; an interview makes a smaller diagram after each
answer and drops the one before. `columns` does the same with numpy, and must agree.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from amends.engine.diagram import IMPOSSIBLE, Forest

Weights = Mapping[int, Sequence[float]]
"""How likely each cell of the variable at a level is, apart from all other variables."""


Table = tuple[tuple[float, ...], ...]


class Weighed(Protocol):
    """A diagram under some weights; the impossible is left out, so that chances need not add up to one."""

    @property
    def total(self) -> tuple[float, ...]:
        """The chance of each end, in the order of `ends`."""

    def joint(self, level: int) -> Table:
        """Return how likely each cell that is left at *level* is together with each end."""

    def exchange(self, level: int) -> Table:
        """Return, for each pair of ends, how the answer at *level* moves the two together.

        Below zero where an answer makes the one likelier and the other less so, all else being equal.
        """


class Layered(Protocol):
    """What an interview asks of a diagram, however it is laid out."""

    @property
    def size(self) -> int:
        """How many nodes it has, leaves included."""

    @property
    def ends(self) -> tuple[Hashable, ...]:
        """The values of its leaves that are possible, in order of number."""

    @property
    def support(self) -> frozenset[int]:
        """The levels on which it depends."""

    def narrowed(self, cells: Mapping[int, Sequence[int]]) -> Layered:
        """Return it for the cases in *cells*, reduced; a level of one cell is asked no more."""

    def weighed(self, weights: Weights) -> Weighed:
        """Return it under *weights*."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The nodes of one level, numbered from *first*; each row has a child for each of *cells*."""

    level: int
    cells: tuple[int, ...]
    first: int
    rows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A diagram as layers, the lowest first.

    Leaves have the numbers below `len(leaves)`; a child's number is less than its parent's, and every
    node is reached from `root`.

    >>> forest = Forest([2, 3])
    >>> sheet = sheet_of(forest, forest.both(forest.literal(0, [1]), forest.literal(1, [2])))
    >>> sheet.support, sheet.narrowed({0: (0,)}).ends
    (frozenset({0, 1}), (False,))
    """

    leaves: tuple[Hashable, ...]
    layers: tuple[Layer, ...]
    root: int

    @property
    def size(self) -> int:
        """How many nodes it has, leaves included."""
        return len(self.leaves) + sum(len(layer.rows) for layer in self.layers)

    @property
    def ends(self) -> tuple[Hashable, ...]:
        """The values of its leaves that are possible, in order of number."""
        return tuple(value for value in self.leaves if value != IMPOSSIBLE)

    @property
    def support(self) -> frozenset[int]:
        """The levels on which it depends."""
        return frozenset(layer.level for layer in self.layers)

    def layer(self, level: int) -> Layer:
        """Return the nodes at *level*, on which it depends."""
        return next(layer for layer in self.layers if layer.level == level)

    def narrowed(self, cells: Mapping[int, Sequence[int]]) -> Sheet:
        """Return it for the cases in *cells*, reduced; a level of one cell is asked no more."""
        kept = {layer.level: places(layer.cells, cells.get(layer.level)) for layer in self.layers}
        reached = bytearray(self.size)
        reached[self.root] = 1
        for layer in reversed(self.layers):
            these = kept[layer.level]
            for at, row in enumerate(layer.rows, layer.first):
                if reached[at]:
                    for place in these:
                        reached[row[place]] = 1
        new = [-1] * self.size
        leaves: list[Hashable] = []
        for at, value in enumerate(self.leaves):
            if reached[at]:
                new[at] = len(leaves)
                leaves.append(value)
        layers: list[Layer] = []
        count = len(leaves)
        for layer in self.layers:
            these = kept[layer.level]
            found: dict[tuple[int, ...], int] = {}
            for at, row in enumerate(layer.rows, layer.first):
                if reached[at]:
                    children = tuple([new[row[place]] for place in these])
                    first = children[0]
                    if children.count(first) == len(children):
                        new[at] = first
                    else:
                        new[at] = found.setdefault(children, count + len(found))
            if found:
                chosen = tuple(layer.cells[place] for place in these)
                layers.append(Layer(layer.level, chosen, count, tuple(found)))
                count += len(found)
        return Sheet(tuple(leaves), tuple(layers), new[self.root])

    def weighed(self, weights: Weights) -> WeighedSheet:
        """Return it under *weights*."""
        return WeighedSheet(self, weights, self._below(weights), self._above(weights))

    def _below(self, weights: Weights) -> list[list[float]]:
        """Return, for each node, how likely each possible end is from there."""
        ends = self.ends
        size = range(len(ends))
        places = {value: at for at, value in enumerate(ends)}
        below = [[float(places.get(value) == end) for end in size] for value in self.leaves]
        for layer in self.layers:
            chances = spread(weights[layer.level], layer.cells)
            if len(chances) == 2:
                left, right = chances
                for one, other in layer.rows:
                    pairs = zip(below[one], below[other], strict=True)
                    below.append([left * a + right * b for a, b in pairs])
            else:
                for row in layer.rows:
                    vector = [0.0] * len(ends)
                    for chance, child in zip(chances, row, strict=True):
                        vector = [a + chance * b for a, b in zip(vector, below[child], strict=True)]
                    below.append(vector)
        return below

    def _above(self, weights: Weights) -> list[float]:
        """Return, for each node, how likely a case comes by it."""
        above = [0.0] * self.size
        above[self.root] = 1.0
        for layer in reversed(self.layers):
            chances = spread(weights[layer.level], layer.cells)
            for at, row in enumerate(layer.rows, layer.first):
                here = above[at]
                for chance, child in zip(chances, row, strict=True):
                    above[child] += here * chance
        return above


@dataclass(frozen=True, slots=True)
class WeighedSheet:
    """A sheet with, for each node, the chances of the ends below it and that of coming by it."""

    sheet: Sheet
    weights: Weights
    below: list[list[float]]
    above: list[float]

    @property
    def total(self) -> tuple[float, ...]:
        """The chance of each end, in the order of `ends`."""
        return tuple(self.below[self.sheet.root])

    def joint(self, level: int) -> Table:
        """Return how likely each cell that is left at *level* is together with each end."""
        layer = self.sheet.layer(level)
        chances = spread(self.weights[level], layer.cells)
        sums = []
        past = list(self.total)
        for place, chance in enumerate(chances):
            into: dict[int, float] = {}
            for at, row in enumerate(layer.rows, layer.first):
                into[row[place]] = into.get(row[place], 0.0) + self.above[at]
            summed = [0.0] * len(past)
            for child, mass in into.items():
                pairs = zip(summed, self.below[child], strict=True)
                summed = [one + mass * other for one, other in pairs]
            sums.append(summed)
            past = [one - chance * other for one, other in zip(past, summed, strict=True)]
        # Paths that do not ask the variable end alike whatever its cell.
        return tuple(
            tuple([max(0.0, chance * (one + rest)) for one, rest in zip(summed, past, strict=True)])
            for chance, summed in zip(chances, sums, strict=True)
        )

    def exchange(self, level: int) -> Table:
        """Return, for each pair of ends, how the answer at *level* moves the two together."""
        layer = self.sheet.layer(level)
        chances = spread(self.weights[level], layer.cells)
        size = range(len(self.total))
        found = [[0.0 for _ in size] for _ in size]
        for at, row in enumerate(layer.rows, layer.first):
            here = self.below[at]
            for chance, child in zip(chances, row, strict=True):
                moves = [to - stood for to, stood in zip(self.below[child], here, strict=True)]
                moving = [end for end in size if moves[end]]
                for one in moving:
                    for other in moving:
                        found[one][other] += self.above[at] * chance * moves[one] * moves[other]
        return tuple(map(tuple, found))


def spread(weights: Sequence[float], cells: Sequence[int]) -> tuple[float, ...]:
    """Return the chances of *cells*, the others ruled out."""
    kept = [weights[cell] for cell in cells]
    total = sum(kept)
    return tuple(weight / total for weight in kept)


def sheet_of(forest: Forest, root: int) -> Sheet:
    """Return the diagram below *root*, laid out."""
    nodes: dict[int, list[int]] = {}
    for at in forest.reached(root):
        nodes.setdefault(forest.level[at], []).append(at)
    leaves = sorted(nodes.pop(forest.bottom))
    new = {leaf: number for number, leaf in enumerate(leaves)}
    layers = []
    for level in sorted(nodes, reverse=True):
        first = len(new)
        rows = []
        for at in sorted(nodes[level]):
            new[at] = len(new)
            rows.append(tuple([new[child] for child in forest.children[at]]))
        layers.append(Layer(level, tuple(range(forest.sizes[level])), first, tuple(rows)))
    return Sheet(tuple(forest.values[leaf] for leaf in leaves), tuple(layers), new[root])


def places(cells: Sequence[int], kept: Sequence[int] | None) -> tuple[int, ...]:
    """Return the places of those of *cells* that are *kept*; of all if None."""
    if kept is None:
        return tuple(range(len(cells)))
    return tuple(place for place, cell in enumerate(cells) if cell in kept)
