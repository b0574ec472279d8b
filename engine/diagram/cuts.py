"""What no row of a wide table covers, by cutting the space wherever the rows themselves are cut.

A box of the space is settled if one row covers it or no row meets it. Any other is cut in two, along
whichever column parts its rows best, so that the tree behind a table, if there is one, is found again.
Rows are thinned as the boxes shrink: a row keeps only the bounds that still bind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import cycle
from math import log2
from operator import or_

from amends.engine.diagram.forest import NotFinished
from amends.engine.diagram.table import Row, Table, ends_of, is_interval

MOST_BOXES = 1_000_000
"""Looked at before giving up; measured in `docs/benchmarks.md`."""
SAMPLED = 256
"""Of the rows that a cut is chosen by, at least so many are looked at, or all."""
LOOSE = -1

Bound = tuple[int, int, int]
"""Column, first and last cell; in a column that is not ordered, its mask and `LOOSE`."""
Thin = tuple[Bound, ...]
"""The bounds of a row that cut the box at hand; none if the row covers it."""
Box = tuple[list[int], list[int]]
"""First and last cell of every column; in one that is not ordered, the mask and `LOOSE`."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """Boxes that no row covers and that share no cell; all there are only if `is_finished`."""

    boxes: tuple[Row, ...]
    is_finished: bool


def missing(table: Table, most_boxes: int = MOST_BOXES) -> Gaps:
    """Return what no row covers, neighbours joined into one box where they make one.

    Past *most_boxes* boxes looked at it stops: what was found by then is missing, but there may be more.

    >>> missing(Table((3, 2), ((0b011, None), (0b100, 0b01)))).boxes
    ((4, 2),)
    """
    ordered = _ordered(table)
    packing = _Packing(table.sizes, ordered)
    rows, box = _start(table, ordered, range(len(table.rows)), None)
    found: list[int] = []
    is_finished = True
    try:
        found.extend(map(packing.packed, _uncovered(rows, box, most_boxes)))
    except NotFinished:
        is_finished = False
    return Gaps(tuple(map(packing.row, sorted(packing.joined(found)))), is_finished)


def covered(table: Table, row: int, by: Iterable[int], most_boxes: int = MOST_BOXES) -> bool:
    """Return whether the rows *by* together cover *row*, so that it adds nothing to them.

    Raises `NotFinished` past *most_boxes* boxes looked at.

    >>> table = Table((3, 2), ((0b011, None), (0b110, 0b01), (0b010, None)))
    >>> covered(table, 2, [0]), covered(table, 0, [1, 2])
    (True, False)
    """
    rows, box = _start(table, _ordered(table), by, table.rows[row])
    return next(_uncovered(rows, box, most_boxes), None) is None


# --- Into bounds ------------------------------------------------------------------------------


def _ordered(table: Table) -> list[bool]:
    """Return for each column whether every row takes cells that lie side by side."""
    columns = range(len(table.sizes))
    masks = [{row[column] for row in table.rows} for column in columns]
    return [all(mask is None or is_interval(mask) for mask in found) for found in masks]


def _start(
    table: Table, ordered: Sequence[bool], rows: Iterable[int], within: Row | None
) -> tuple[list[Thin], Box | None]:
    """Return the bounds of *rows* and the box to look at: that of *within*, or all; None if it is empty."""
    masks = [(1 << size) - 1 for size in table.sizes]
    if within is not None:
        masks = [full if mask is None else mask for mask, full in zip(within, masks, strict=True)]
    if not all(masks):
        return [], None
    spans = [_span(mask, is_ordered) for mask, is_ordered in zip(masks, ordered, strict=True)]
    box = [first for first, _ in spans], [last for _, last in spans]
    thin = (_bounds(table.rows[row], masks, ordered) for row in rows)
    return [bounds for bounds in thin if bounds is not None], box


def _bounds(row: Row, box: Sequence[int], ordered: Sequence[bool]) -> Thin | None:
    """Return the bounds of *row* that cut a box; None if it does not meet it."""
    found = []
    for column, mask in enumerate(row):
        if mask is not None:
            left = mask & box[column]
            if not left:
                return None
            if left != box[column]:
                found.append((column, *_span(left, ordered[column])))
    return tuple(found)


def _span(mask: int, is_ordered: bool) -> tuple[int, int]:
    return ends_of(mask) if is_ordered else (mask, LOOSE)


# --- Cuts -------------------------------------------------------------------------------------


def _uncovered(rows: list[Thin], box: Box | None, most_boxes: int) -> Iterator[Box]:
    """Yield the parts of *box* that no row covers. Raises `NotFinished`."""
    if box is None or () in rows:
        return
    weight = [count * log2(count + 1) for count in range(len(rows) + 1)]
    waiting = [(rows, box)]
    looked_at = 0
    while waiting:
        rows, box = waiting.pop()
        looked_at += 1
        if looked_at > most_boxes:
            raise NotFinished
        if not rows:
            yield box
        elif len(rows) == 1:
            yield from _around(rows[0], box)
        else:
            column, cut = _best_cut(rows, box, weight)
            for first, last in _halves(box, column, cut):
                inside = _within(rows, column, first, last)
                if inside is not None:
                    waiting.append((inside, _narrowed(box, column, first, last)))


def _around(row: Thin, box: Box) -> Iterator[Box]:
    """Yield the parts of *box* that one row leaves."""
    for column, first, last in row:
        low, high = box[0][column], box[1][column]
        if last == LOOSE:
            yield _narrowed(box, column, low & ~first, LOOSE)
        if low < first and last != LOOSE:
            yield _narrowed(box, column, low, first - 1)
        if last < high:
            yield _narrowed(box, column, last + 1, high)
        box = _narrowed(box, column, first if last == LOOSE else max(low, first), min(last, high))


def _halves(box: Box, column: int, cut: int) -> tuple[tuple[int, int], tuple[int, int]]:
    first, last = box[0][column], box[1][column]
    if last == LOOSE:
        return (cut, LOOSE), (first & ~cut, LOOSE)
    return (first, cut - 1), (cut, last)


def _narrowed(box: Box, column: int, first: int, last: int) -> Box:
    firsts, lasts = box[0].copy(), box[1].copy()
    firsts[column], lasts[column] = first, last
    return firsts, lasts


def _within(rows: list[Thin], column: int, first: int, last: int) -> list[Thin] | None:
    """Return the rows that meet a box cut down to some cells of *column*; None if one covers it."""
    found = []
    for row in rows:
        for bound in row:
            if bound[0] == column:
                break
        else:
            found.append(row)
            continue
        _, start, stop = bound
        if last == LOOSE:
            left = start & first
            if not left:
                continue
            rest: Thin = () if left == first else ((column, left, LOOSE),)
        elif start > last or stop < first:
            continue
        elif start > first or stop < last:
            found.append(row)
            continue
        else:
            rest = ()
        row = (*(other for other in row if other is not bound), *rest)
        if not row:
            return None
        found.append(row)
    return found


def _best_cut(rows: Sequence[Thin], box: Box, weight: Sequence[float]) -> tuple[int, int]:
    """Return the column and the cell before which to cut it, or the mask to cut out of it.

    The best cut leaves the least work, were the rows of each side cut into halves from there on:
    few rows on both sides, and about as many on either.
    """
    rows = rows[:: max(1, len(rows) // SAMPLED)]
    firsts, lasts = box
    starts: dict[int, list[int]] = {}
    stops: dict[int, list[int]] = {}
    loose: dict[int, dict[int, int]] = {}
    for row in rows:
        for column, first, last in row:
            if last == LOOSE:
                masks = loose.setdefault(column, {})
                masks[first] = masks.get(first, 0) + 1
                continue
            if first > firsts[column]:
                starts.setdefault(column, []).append(first)
            if last < lasts[column]:
                stops.setdefault(column, []).append(last + 1)
    count = len(rows)
    least, best = float("inf"), (-1, -1)
    for column in sorted(starts.keys() | stops.keys()):
        beginning, ending = sorted(starts.get(column, ())), sorted(stops.get(column, ()))
        before, after = count - len(beginning), count
        begun, ended = 0, 0
        for cut in sorted({*beginning, *ending}):
            while begun < len(beginning) and beginning[begun] < cut:
                begun += 1
            while ended < len(ending) and ending[ended] <= cut:
                ended += 1
            cost = weight[before + begun] + weight[after - ended]
            if cost < least:
                least, best = cost, (column, cut)
    for column, masks in sorted(loose.items()):
        free = count - sum(masks.values())
        for mask in sorted(masks):
            inside = free + sum(times for other, times in masks.items() if other & mask)
            outside = free + sum(times for other, times in masks.items() if other & ~mask)
            cost = weight[inside] + weight[outside]
            if cost < least:
                least, best = cost, (column, mask)
    return best


# --- Joining ----------------------------------------------------------------------------------


class _Packing:
    """Boxes as single integers, a field a column: those alike in all columns but one are quickly met."""

    def __init__(self, sizes: Sequence[int], ordered: Sequence[bool]) -> None:
        self.sizes = sizes
        self.fields: list[tuple[int, int, bool]] = []
        shift = 0
        for size, is_ordered in zip(sizes, ordered, strict=True):
            half = size.bit_length()
            self.fields.append((shift, half, is_ordered))
            shift += 2 * half if is_ordered else size

    def packed(self, box: Box) -> int:
        found = 0
        for first, last, (shift, half, is_ordered) in zip(*box, self.fields, strict=True):
            found |= (first << half | last if is_ordered else first) << shift
        return found

    def row(self, box: int) -> Row:
        found: list[int | None] = []
        for size, (shift, half, is_ordered) in zip(self.sizes, self.fields, strict=True):
            if is_ordered:
                code = box >> shift
                last, first = code & (1 << half) - 1, code >> half & (1 << half) - 1
                mask = (1 << last + 1) - (1 << first)
            else:
                mask = box >> shift & (1 << size) - 1
            found.append(None if mask == (1 << size) - 1 else mask)
        return tuple(found)

    def joined(self, boxes: list[int]) -> list[int]:
        """Return *boxes*, joined where they differ in one column, and lie side by side if it is ordered."""
        fields = [
            ((1 << (2 * half if is_ordered else size)) - 1 << shift, shift, half, is_ordered)
            for (shift, half, is_ordered), size in zip(self.fields, self.sizes, strict=True)
        ]
        unchanged = 0
        for field, shift, half, is_ordered in cycle(fields):
            before = len(boxes)
            boxes = _joined(boxes, field, shift, half if is_ordered else None)
            unchanged = unchanged + 1 if len(boxes) == before else 1
            if unchanged >= len(fields):
                break
        return boxes


def _joined(boxes: list[int], field: int, shift: int, half: int | None) -> list[int]:
    """Return *boxes* joined where all but their *field* is alike; half its width, where it is ordered."""
    alike: dict[int, int | list[int]] = {}
    for box in boxes:
        code = box & field
        rest = box ^ code
        others = alike.get(rest)
        if others is None:
            alike[rest] = code
        elif isinstance(others, int):
            alike[rest] = [others, code]
        else:
            others.append(code)
    if len(alike) == len(boxes):
        return boxes
    found = []
    for rest, codes in alike.items():
        if isinstance(codes, int):
            found.append(rest | codes)
        elif half is None:
            found.append(rest | reduce(or_, codes))
        else:
            found.extend(rest | code << shift for code in _side_by_side(codes, shift, half))
    return found


def _side_by_side(codes: list[int], shift: int, half: int) -> list[int]:
    """Return stretches of cells joined where one begins as another ends."""
    spans = sorted((code >> shift + half, code >> shift & (1 << half) - 1) for code in codes)
    found = [spans[0]]
    for first, last in spans[1:]:
        if first == found[-1][1] + 1:
            found[-1] = found[-1][0], last
        else:
            found.append((first, last))
    return [first << half | last for first, last in found]
