"""The answers to one question of a diagram in plain words: values, stretches of numbers, yes and no."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from amends.engine.cells import Grid
from amends.engine.diagram import Space
from amends.engine.draw.wording import capital, listing
from amends.engine.rulebase import Kind, RuleBase
from amends.engine.values import words

MOST_VALUES = 3


def question_words(space: Space, rulebase: RuleBase, level: int) -> str:
    """Return what is asked about the variable at *level*: its title, with what of it is meant."""
    variable = space.variables[level]
    title = capital(rulebase.title(variable.subject))
    if variable.is_known:
        return f"{title}: stated"
    if variable.member is not None:
        return f"{title}: {rulebase.domain(variable.subject).values.get(variable.member, variable.member)}"
    return title


def answer_words(
    space: Space, level: int, cells: Sequence[int], among: Sequence[int], *, full: bool = False
) -> str:
    """Return the places *cells* of the variable at *level* in words, where *among* are all that can be there.

    Unless *full*, many values are counted or, where they are most of all, "anything else".

    >>> from amends.engine import load
    >>> from amends.engine.diagram import space_of
    >>> space = space_of(load().rulebase)
    >>> answer_words(space, space.level["days_late", None, False], [2], [0, 1, 2])
    'more than 1 days'
    """
    variable = space.variables[level]
    limit = len(cells) if full else MOST_VALUES
    if variable.member is not None or variable.is_known:
        return listing(("yes" if cell else "no" for cell in cells), "or", MOST_VALUES)
    grid = space.grids[variable.subject]
    chosen = [variable.cells[cell] for cell in cells]
    if grid.values:
        others = [variable.cells[cell] for cell in among if cell not in cells]
        said = [words(grid.values[cell], grid.domain) for cell in chosen]
        if not full and len(chosen) > max(MOST_VALUES, len(others)):
            return "anything else"
        if len(said) > 1 and any("," in each for each in said):
            more = len(said) - limit
            return "; ".join([*said[:limit], *([f"{more} more"] if more > 0 else [])])
        return listing(said, "or", limit)
    runs: list[list[int]] = []
    for cell in chosen:
        at = variable.cells.index(cell)
        if runs and at and runs[-1][-1] == variable.cells[at - 1]:
            runs[-1].append(cell)
        else:
            runs.append([cell])
    return listing((_stretch(grid, run[0], run[-1], variable.cells) for run in runs), "or", limit)


def _stretch(grid: Grid, first: int, last: int, every: Sequence[int]) -> str:
    """Return the numbers or days from cell *first* to cell *last*."""
    if first == last and first % 2:
        return _cut(grid, first // 2)
    low = None if first == every[0] else (_cut(grid, (first - 1) // 2), bool(first % 2))
    high = None if last == every[-1] else (_cut(grid, last // 2), bool(last % 2))
    # In whole steps the first and the last number say more than what they lie between.
    if grid.domain.kind is Kind.COUNT:
        low = low and (low if low[1] else (_cut(grid, (first - 1) // 2, 1), True))
        high = high and (high if high[1] else (_cut(grid, last // 2, -1), True))
        if first == every[0] and first % 2:
            low = (_cut(grid, first // 2), True)
        if low is not None and high is not None and low[0] == high[0]:
            return low[0]
    match low, high:
        case None, None:
            return "any"
        case None, (end, is_in):
            return f"at most {end}" if is_in else f"less than {end}"
        case (start, is_in), None:
            return f"at least {start}" if is_in else f"more than {start}"
        case (start, True), (end, True):
            unit = f" {grid.domain.unit}" if grid.domain.unit else ""
            return f"{start.removesuffix(unit) if unit else start} to {end}"
        case (start, is_from), (end, is_to):
            above, below = "at least" if is_from else "more than", "at most" if is_to else "less than"
            return f"{above} {start}, {below} {end}"
    raise AssertionError((low, high))


def _cut(grid: Grid, at: int, step: int = 0) -> str:
    return words(grid.sample(2 * at + 1) if not step else Fraction(grid.cuts[at]) + step, grid.domain)
