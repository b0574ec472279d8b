"""What a comparison names, in plain words: conditions of a box, ways in which a decision ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from amends.engine.cells import Grid
from amends.engine.chain.outcome import Lack
from amends.engine.compare.boxes import Allowed
from amends.engine.compare.sides import Sides
from amends.engine.draw.wording import listing
from amends.engine.rulebase import Domain, Kind, Value
from amends.engine.values import words

MOST_VALUES = 4
"""Of a choice, in one condition; more are counted."""

LACKS = {
    Lack.UNCOVERED: "no rule covers it",
    Lack.CONFLICT: "rules conflict",
    Lack.BLOCKED: "what it reads has no value",
}


def end_words(value: Value | Lack, domain: Domain) -> str:
    """Return one way in which a decision ends: the name of its value, or why it has none."""
    if isinstance(value, Lack):
        return LACKS[value]
    return value if isinstance(value, str) else words(value, domain)


def box_words(sides: Sides, allowed: Allowed) -> tuple[str, ...]:
    """Return the conditions of a box, one a variable, in the order in which they are asked."""
    found = []
    for at in sorted(allowed):
        if len(allowed[at]) < sides.forest.sizes[at]:
            side = sides.joint.side(at)
            found.append(_condition(sides, side, at, allowed[at]))
    return tuple(found)


def _condition(sides: Sides, side: int, at: int, places: Sequence[int]) -> str:
    space = sides.spaces[side]
    variable = space.variables[at]
    whose = "" if sides.joint.is_common(at) else ("the first side's ", "the second side's ")[side]
    cells = [variable.cells[place] for place in places]
    if variable.is_known:
        return f"{whose}{variable.subject}: {'stated' if cells == [1] else 'not stated'}"
    if variable.member is not None:
        return f"{whose}{variable.subject}: {'has' if cells == [1] else 'has not'} {variable.member}"
    grid = space.grids[variable.subject]
    said = (
        _values(grid, cells, variable.cells)
        if grid.values
        else " or ".join(_ranges(grid, cells, variable.cells))
    )
    return f"{whose}{variable.subject}: {said}"


def _values(grid: Grid, cells: Sequence[int], every: Sequence[int]) -> str:
    if grid.domain.kind is Kind.FLAG:
        return words(grid.values[cells[0]], grid.domain)
    others = [cell for cell in every if cell not in cells]
    if len(others) < len(cells):
        return f"anything but {listing(map(str, (grid.values[cell] for cell in others)), 'or', MOST_VALUES)}"
    return listing((str(grid.values[cell]) for cell in cells), "or", MOST_VALUES)


def _ranges(grid: Grid, cells: Sequence[int], every: Sequence[int]) -> Iterator[str]:
    """Yield each stretch of *cells* that lie side by side among those in which a value can be."""
    runs: list[list[int]] = []
    for cell in cells:
        before = every.index(cell) - 1
        if runs and before >= 0 and runs[-1][-1] == every[before]:
            runs[-1].append(cell)
        else:
            runs.append([cell])
    for run in runs:
        yield _range(grid, run[0], run[-1], every)


def _range(grid: Grid, first: int, last: int, every: Sequence[int]) -> str:
    def cut(at: int) -> str:
        return words(grid._as_value(grid.cuts[at]), grid.domain)

    if first == last and first % 2:
        return cut(first // 2)
    parts = []
    if first != every[0]:
        parts.append(f"at least {cut(first // 2)}" if first % 2 else f"more than {cut(first // 2 - 1)}")
    if last != every[-1]:
        parts.append(f"at most {cut(last // 2)}" if last % 2 else f"less than {cut(last // 2)}")
    return " and ".join(parts) or "anything"
