"""Which question tells most where a drawn decision graph stands, and which of its answers go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from amends.engine.interview.information import mutual
from amends.engine.interview.sheet import Table

MOST_GROUPS = 4
"""Ways out of one question; past it answers that end most alike are joined."""
LITTLE = 0.12
"""Answers are told apart only if that is worth more than this share of what the question tells."""
ALIKE = 1e-9


@dataclass(frozen=True, slots=True)
class Split:
    """A question about the variable at `level`: its cells in groups, and the bits that the groups tell.

    `ends` names for each group the one end to which it leads, by its place; None where there are several.
    """

    level: int
    groups: tuple[tuple[int, ...], ...]
    ends: tuple[int | None, ...]
    bits: float


def split(level: int, cells: Sequence[int], table: Table, *, is_ordered: bool) -> Split:
    """Return the question about *level*, whose row in *table* says how likely each cell is with each end.

    Cells that no possible case has are left out. In what *is_ordered* only neighbours go together.

    >>> split(0, (0, 1, 2), ((0.2, 0.0), (0.0, 0.3), (0.0, 0.5)), is_ordered=True).groups
    ((0,), (1, 2))
    """
    groups: list[tuple[int, ...]] = []
    rows: list[tuple[float, ...]] = []
    for cell, row in zip(cells, table, strict=True):
        if sum(row) <= 0.0:
            continue
        if rows and is_ordered and _alike(rows[-1], row):
            groups[-1] += (cell,)
            rows[-1] = _added(rows[-1], row)
        else:
            groups.append((cell,))
            rows.append(row)
    told = mutual(tuple(rows)) * sum(map(sum, rows)) if rows else 0.0
    weights = [_weight(row) for row in rows]
    while len(groups) > 2:
        pairs = (
            ((at, at + 1) for at in range(len(groups) - 1))
            if is_ordered
            else ((at, other) for at in range(len(groups)) for other in range(at + 1, len(groups)))
        )
        lost, one, other = min(
            (round(weights[at] + weights[to] - _weight(_added(rows[at], rows[to])), 15), at, to)
            for at, to in pairs
        )
        if len(groups) <= MOST_GROUPS and lost > LITTLE * told:
            break
        groups[one] = tuple(sorted(groups[one] + groups[other]))
        rows[one] = _added(rows[one], rows[other])
        weights[one] = _weight(rows[one])
        del groups[other], rows[other], weights[other]
    return Split(level, tuple(groups), tuple(map(_end, rows)), mutual(tuple(rows)) if rows else 0.0)


def apart(level: int, cells: Sequence[int], table: Table, cell: int, *, alone: bool = False) -> Split:
    """Return the question that parts *cell*, and unless *alone* the cells that end alike, from all others.

    The group of *cell* is the first.
    """
    rows = dict(zip(cells, table, strict=True))
    possible = [each for each in cells if sum(rows[each]) > 0.0]
    mine = [each for each in possible if each == cell or (not alone and _alike(rows[each], rows[cell]))]
    others = [each for each in possible if each not in mine]
    parts = [part for part in (mine, others) if part]
    joined = [_sum([rows[each] for each in part]) for part in parts]
    return Split(
        level, tuple(map(tuple, parts)), tuple(map(_end, joined)), mutual(tuple(joined)) if joined else 0.0
    )


def _alike(one: Sequence[float], other: Sequence[float]) -> bool:
    """True if two cells lead to every end with the same chance."""
    left, right = sum(one), sum(other)
    return all(abs(a * right - b * left) <= ALIKE * left * right for a, b in zip(one, other, strict=True))


def _added(one: Sequence[float], other: Sequence[float]) -> tuple[float, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _sum(rows: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(map(sum, zip(*rows, strict=True)))


def _weight(row: Sequence[float]) -> float:
    """Return minus the bits that are open in a row; what joining two rows loses is a difference of it."""
    whole = sum(row)
    return sum(part * log2(part / whole) for part in row if part > 0.0)


def _end(row: Sequence[float]) -> int | None:
    """Return the place of the only end in *row*, None if there are several."""
    found = [at for at, part in enumerate(row) if part > 0.0]
    return found[0] if len(found) == 1 else None
