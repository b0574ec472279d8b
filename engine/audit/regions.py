"""The cases of a diagram as a few boxes in words: for each thing asked, the values that it may have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from amends.engine.cells import Grid
from amends.engine.diagram.forest import NO, YES, Cells, Forest
from amends.engine.diagram.space import Space, Variable
from amends.engine.rulebase import RuleBase
from amends.engine.values import decimal_text, words

MOST = 2
"""Boxes that are told."""
MOST_TESTS = 6
"""Tests of a box that are told; a box of many is small."""
Box = Mapping[int, tuple[int, ...]]


def regions(rulebase: RuleBase, space: Space, forest: Forest, root: int, most: int = MOST) -> tuple[str, ...]:
    """Return the largest boxes of the cases to which *root* says yes, in words, *most* of them at most.

    Raises `NotFinished`.
    """
    found: list[str] = []
    for box in _boxes(forest, root, space.stated):
        if len(found) == most:
            return (*found, "and others")
        found.append(_told(rulebase, space, box))
    return tuple(found)


def _boxes(forest: Forest, root: int, cells: Cells) -> Iterator[Box]:
    """Yield boxes that together are *root*, each the largest of what is left."""
    while root != NO:
        box = _largest(forest, root, cells)
        if box is None:
            return
        yield box
        inside = forest.all_of(forest.literal(level, places) for level, places in box.items())
        root = forest.both(root, forest.no(inside))


def _largest(forest: Forest, root: int, cells: Cells) -> Box | None:
    """Return the path to yes with the most cases, cells that lead to one node taken together."""
    level, children, bottom = forest.level, forest.children, forest.bottom
    best: dict[int, tuple[float, tuple[int, ...], int]] = {}

    def size(at: int) -> float:
        """Return the largest share of cases that one box below *at* has."""
        if level[at] == bottom:
            return float(at == YES)
        if at not in best:
            allowed = cells.get(level[at]) or range(forest.sizes[level[at]])
            ways: dict[int, list[int]] = {}
            for place in allowed:
                ways.setdefault(children[at][place], []).append(place)
            best[at] = max(
                (len(places) / len(allowed) * size(child), tuple(places), child)
                for child, places in ways.items()
            )
        return best[at][0]

    if not size(root):
        return None
    box: dict[int, tuple[int, ...]] = {}
    while level[root] != bottom:
        _, places, child = best[root]
        box[level[root]] = places
        root = child
    return box


def _told(rulebase: RuleBase, space: Space, box: Box) -> str:
    parts = []
    for level, places in sorted(box.items()):
        variable = space.variables[level]
        if len(places) < len(variable.cells) and not variable.is_known:
            parts.append(_asked(rulebase, space.grids, variable, places))
    more = len(parts) - MOST_TESTS
    if more > 0:
        parts = [*parts[:MOST_TESTS], f"and {more} more that are so"]
    return ", ".join(parts) or "any case"


def _asked(rulebase: RuleBase, grids: Mapping[str, Grid], variable: Variable, places: tuple[int, ...]) -> str:
    name, domain = variable.subject, rulebase.domain(variable.subject)
    if variable.member is not None:
        has = "has" if variable.cells[places[0]] else "lacks"
        return f"{name} {has} {domain.values.get(variable.member, variable.member)}"
    grid = grids[name]
    cells = [variable.cells[place] for place in places]
    if not grid.values:
        return f"{name} {' or '.join(_stretch(grid, first, last) for first, last in _runs(cells))}"
    if 2 * len(cells) <= len(grid.values) or len(cells) == 1:
        return f"{name} is {' or '.join(words(grid.values[cell], domain) for cell in cells)}"
    others = (words(value, domain) for cell, value in enumerate(grid.values) if cell not in cells)
    return f"{name} is not {' nor '.join(others)}"


def _runs(cells: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of cells that stand side by side, points between them or not."""
    first = last = cells[0]
    for cell in cells[1:]:
        if cell > last + 2 or (cell > last + 1 and cell % 2 == 0):
            yield first, last
            first = cell
        last = cell
    yield first, last


def _stretch(grid: Grid, first: int, last: int) -> str:
    """Return the numbers from the first cell to the last in words; whole numbers lie on the cuts."""
    low, starts_on_it = divmod(first, 2)
    high, ends_on_it = divmod(last, 2)
    parts = []
    if starts_on_it or low:
        parts.append(
            f"{'at least' if starts_on_it else 'above'} {decimal_text(grid.cuts[low - 1 + starts_on_it])}"
        )
    if high < len(grid.cuts):
        parts.append(f"{'at most' if ends_on_it else 'below'} {decimal_text(grid.cuts[high])}")
    if first == last and starts_on_it:
        return decimal_text(grid.cuts[low])
    return " and ".join(parts) or "is any number"
