"""A compiled decision as a few look-up tables: from the codes of cells to its end, for whole columns.

The diagram of a decision is cut between its levels. From one cut to the next, where a row stands and the
codes of the variables between are the place of where it stands then; so a decision of eighty variables takes
some twenty look-ups a row, whatever the rules. Tables grow with the width of the diagram and the combinations
of codes, and are kept small enough for the processor's own memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from amends.engine.diagram import Diagrams, Variable

LARGEST_TABLE = 1 << 16
"""Places of a table; measured in `docs/benchmarks.md`."""


@dataclass(frozen=True)
class Step:
    """One look-up: the variables by level with the number of their codes, and the table.

    A table holds for each place where a row stands after it, times the places of the next step.
    """

    levels: tuple[int, ...]
    sizes: tuple[int, ...]
    table: Any

    @property
    def combinations(self) -> int:
        """How many combinations of codes there are."""
        return int(np.prod(self.sizes))


@dataclass(frozen=True)
class Lookups:
    """A decision over the codes of its variables; a code is the place of a cell among those of a variable."""

    variables: Mapping[int, Variable]
    steps: Sequence[Step]
    ends: tuple[Any, ...]
    start: int

    @classmethod
    def of(cls, diagrams: Diagrams, root: int, largest: int = LARGEST_TABLE) -> Lookups:
        """Return the diagram *root* as look-ups.

        >>> from amends.engine import load
        >>> from amends.engine.diagram import whole
        >>> diagrams = whole(load().rulebase)
        >>> found = Lookups.of(diagrams, diagrams.decision("fault").root)
        >>> found.run(2, {level: np.zeros(2, np.uint8) for level in found.variables}).shape
        (2,)
        """
        forest = diagrams.forest
        reached = set(forest.reached(root))
        levels = sorted({forest.level[node] for node in reached} - {forest.bottom})
        layers, maps = _layers(diagrams, root, levels)
        ends = tuple(forest.values[node] for node in layers[-1])
        steps: list[Step] = []
        at = 0
        while at < len(levels):
            last, combinations = at + 1, forest.sizes[levels[at]]
            while last < len(levels):
                more = combinations * forest.sizes[levels[last]]
                if len(layers[at]) * more > largest:
                    break
                combinations, last = more, last + 1
            table = np.arange(len(layers[at]), dtype=np.int32)[:, None]
            for place in range(at, last):
                table = maps[place][table].reshape(len(layers[at]), -1)
            between = tuple(levels[at:last])
            steps.append(Step(between, tuple(forest.sizes[level] for level in between), table.ravel()))
            at = last
        # Where a row stands is stored as the first place of its own in the next table.
        after = [*(step.combinations for step in steps[1:]), 1][: len(steps)]
        steps = [
            Step(step.levels, step.sizes, step.table * np.int32(times))
            for step, times in zip(steps, after, strict=True)
        ]
        return cls({level: diagrams.space.variables[level] for level in levels}, steps, ends, 0)

    def run(self, rows: int, codes: Mapping[int, Any]) -> Any:
        """Return for each of so many *rows* the place of its end; *codes* are arrays of bytes by level."""
        stands: Any = np.zeros(rows, np.int32)
        for step in self.steps:
            wide = _smallest(step.combinations)
            place: Any = codes[step.levels[0]].astype(wide, copy=False)
            for level, size in zip(step.levels[1:], step.sizes[1:], strict=True):
                place = place * wide(size) + codes[level]
            stands = step.table.take((stands + place).astype(np.intp), mode="clip")
        return stands


def _smallest(combinations: int) -> Any:
    if combinations <= 1 << 8:
        return np.uint8
    return np.uint16 if combinations <= 1 << 16 else np.uint32


def _layers(diagrams: Diagrams, root: int, levels: Sequence[int]) -> tuple[list[list[int]], list[Any]]:
    """Return the nodes at which rows can stand before each level and at the end, and the ways between."""
    forest = diagrams.forest
    layers, maps = [[root]], []
    for level in levels:
        after: dict[int, int] = {}
        ways = np.empty((len(layers[-1]), forest.sizes[level]), np.int32)
        for place, node in enumerate(layers[-1]):
            if forest.level[node] == level:
                ways[place] = [after.setdefault(child, len(after)) for child in forest.children[node]]
            else:
                ways[place] = after.setdefault(node, len(after))
        layers.append(list(after))
        maps.append(ways)
    return layers, maps
