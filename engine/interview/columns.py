"""The same as `sheet`, level by level in numpy: some twenty times as fast where a diagram is large."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from amends.engine.diagram import IMPOSSIBLE
from amends.engine.interview.sheet import Layer, Sheet, Table, Weights, places, spread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Numbers: TypeAlias = NDArray[np.int64]


SMALL = 600
"""Nodes up to which plain lists are the faster form."""


@dataclass(frozen=True, slots=True)
class Block:
    """The nodes of one level as one array, a row a node, a column for each of *cells*."""

    level: int
    cells: tuple[int, ...]
    first: int
    rows: Numbers


@dataclass(frozen=True, slots=True)
class Columns:
    """A `Sheet` whose layers are arrays; numbered as a sheet is."""

    leaves: tuple[Hashable, ...]
    blocks: tuple[Block, ...]
    root: int

    @property
    def size(self) -> int:
        """How many nodes it has, leaves included."""
        return len(self.leaves) + sum(len(block.rows) for block in self.blocks)

    @property
    def ends(self) -> tuple[Hashable, ...]:
        """The values of its leaves that are possible, in order of number."""
        return tuple(value for value in self.leaves if value != IMPOSSIBLE)

    @property
    def support(self) -> frozenset[int]:
        """The levels on which it depends."""
        return frozenset(block.level for block in self.blocks)

    def block(self, level: int) -> Block:
        """Return the nodes at *level*, on which it depends."""
        return next(block for block in self.blocks if block.level == level)

    def narrowed(self, cells: Mapping[int, Sequence[int]]) -> Columns | Sheet:
        """Return it for the cases in *cells*, reduced; plain lists where little is left."""
        import numpy as np

        kept = {block.level: list(places(block.cells, cells.get(block.level))) for block in self.blocks}
        reached = np.zeros(self.size, dtype=bool)
        reached[self.root] = True
        for block in reversed(self.blocks):
            rows = block.rows[reached[block.first : block.first + len(block.rows)]]
            for place in kept[block.level]:
                reached[rows[:, place]] = True
        new = np.full(self.size, -1, dtype=np.int64)
        leaves = [at for at in range(len(self.leaves)) if reached[at]]
        new[leaves] = range(len(leaves))
        blocks: list[Block] = []
        count = len(leaves)
        is_same = True
        for block in self.blocks:
            places_kept = kept[block.level]
            here = np.flatnonzero(reached[block.first : block.first + len(block.rows)])
            if not len(here):
                continue
            # Below the first level that loses cells nodes only get new numbers, and stay as they are.
            is_same = is_same and len(places_kept) == len(block.cells)
            rows = new[block.rows[here] if is_same else block.rows[np.ix_(here, places_kept)]]
            numbers = np.arange(len(here))
            if not is_same:
                new[here + block.first] = rows[:, 0]
                differ = (rows != rows[:, :1]).any(axis=1)
                here = here[differ]
                if not len(here):
                    continue
                rows, numbers = _distinct(rows[differ], count)
            new[here + block.first] = numbers + count
            chosen = tuple(block.cells[place] for place in places_kept)
            blocks.append(Block(block.level, chosen, count, rows))
            count += len(rows)
        found = Columns(tuple(self.leaves[at] for at in leaves), tuple(blocks), int(new[self.root]))
        return found if count > SMALL else sheet_from(found)

    def weighed(self, weights: Weights) -> WeighedColumns:
        """Return it under *weights*."""
        return WeighedColumns(self, weights, self._below(weights), self._above(weights))

    def _below(self, weights: Weights) -> Floats:
        import numpy as np

        ends = {value: at for at, value in enumerate(self.ends)}
        below = np.zeros((self.size, len(ends)))
        for at, value in enumerate(self.leaves):
            if value in ends:
                below[at, ends[value]] = 1.0
        for block in self.blocks:
            into = below[block.first : block.first + len(block.rows)]
            for place, chance in enumerate(spread(weights[block.level], block.cells)):
                into += chance * below[block.rows[:, place]]
        return below

    def _above(self, weights: Weights) -> Floats:
        import numpy as np

        above = np.zeros(self.size)
        above[self.root] = 1.0
        for block in reversed(self.blocks):
            here = above[block.first : block.first + len(block.rows)]
            for place, chance in enumerate(spread(weights[block.level], block.cells)):
                children = block.rows[:, place]
                least = int(children.min())
                part = np.bincount(children - least, weights=chance * here)
                above[least : least + len(part)] += part
        return above


@dataclass(frozen=True, slots=True)
class WeighedColumns:
    """As `WeighedSheet`, in arrays: `below` has a row a node and a column an end."""

    columns: Columns
    weights: Weights
    below: Floats
    above: Floats

    @property
    def total(self) -> tuple[float, ...]:
        """The chance of each end, in the order of `ends`."""
        return tuple(self.below[self.columns.root].tolist())

    def joint(self, level: int) -> Table:
        """Return how likely each cell that is left at *level* is together with each end."""
        import numpy as np

        block = self.columns.block(level)
        chances = spread(self.weights[level], block.cells)
        here = self.above[block.first : block.first + len(block.rows)]
        sums = [here @ self.below[block.rows[:, place]] for place in range(len(chances))]
        past = self.below[self.columns.root].copy()
        for chance, summed in zip(chances, sums, strict=True):
            past -= chance * summed
        return tuple(
            tuple(np.maximum(0.0, chance * (summed + past)).tolist())
            for chance, summed in zip(chances, sums, strict=True)
        )

    def exchange(self, level: int) -> Table:
        """Return, for each pair of ends, how the answer at *level* moves the two together."""
        import numpy as np

        block = self.columns.block(level)
        span = slice(block.first, block.first + len(block.rows))
        found = np.zeros((self.below.shape[1], self.below.shape[1]))
        for place, chance in enumerate(spread(self.weights[level], block.cells)):
            moves = self.below[block.rows[:, place]] - self.below[span]
            found += (moves * (chance * self.above[span])[:, None]).T @ moves
        return tuple(map(tuple, found.tolist()))


def columns_of(sheet: Sheet) -> Columns:
    """Return *sheet* as arrays; raise `ImportError` where numpy is missing."""
    import numpy as np

    blocks = tuple(
        Block(layer.level, layer.cells, layer.first, np.array(layer.rows, dtype=np.int64))
        for layer in sheet.layers
    )
    return Columns(sheet.leaves, blocks, sheet.root)


def sheet_from(columns: Columns) -> Sheet:
    """Return *columns* as a sheet."""
    layers = tuple(
        Layer(block.level, block.cells, block.first, tuple(map(tuple, block.rows.tolist())))
        for block in columns.blocks
    )
    return Sheet(columns.leaves, layers, columns.root)


def _distinct(rows: Numbers, count: int) -> tuple[Numbers, Numbers]:
    """Return the distinct *rows*, all numbers in them below *count*, and which of them each row is."""
    import numpy as np

    numbers = rows[:, 0]
    for place in range(1, rows.shape[1]):
        # Two numbers make one, made small again each time so that no product runs over.
        _, numbers = np.unique(numbers * count + rows[:, place], return_inverse=True)
    _, first, numbers = np.unique(numbers, return_index=True, return_inverse=True)
    return rows[first], numbers
