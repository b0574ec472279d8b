"""The cheapest way through a diagram: which case is nearest, or smallest."""

from __future__ import annotations

from collections.abc import Callable

from amends.engine.diagram.forest import Forest


def cheapest(
    forest: Forest, root: int, wanted: frozenset[int], price: Callable[[int, int], int | None]
) -> tuple[int, dict[int, int]] | None:
    """Return the least total price of a path to a leaf in *wanted*, and the cells that it takes.

    `price(level, cell)` is what a cell costs, None if it is forbidden; a variable that the path
    does not ask costs nothing. None if there is no such path.
    """
    level, children, bottom = forest.level, forest.children, forest.bottom
    memo: dict[int, tuple[int, int] | None] = {}

    def go(at: int) -> tuple[int, int] | None:
        """Return the least price from a node, and the cell with which it begins."""
        if level[at] == bottom:
            return (0, 0) if at in wanted else None
        if at not in memo:
            best: tuple[int, int] | None = None
            for cell, child in enumerate(children[at]):
                cost = price(level[at], cell)
                rest = go(child) if cost is not None else None
                if cost is not None and rest is not None and (best is None or cost + rest[0] < best[0]):
                    best = (cost + rest[0], cell)
            memo[at] = best
        return memo[at]

    found = go(root)
    if found is None:
        return None
    path: dict[int, int] = {}
    while level[root] != bottom:
        step = go(root)
        assert step is not None
        path[level[root]] = step[1]
        root = children[root][step[1]]
    return found[0], path
