"""A decision as a decision table: every rule a box, one set of cells a column.

An ordered diagram over many numeric columns grows out of all bounds, so wide tables are read as
they are: pairs that overlap here, what no row covers in `cuts`. Everything is said of the
decision alone, over every cell of what it reads, the decisions among it included.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from amends.engine.cells import Both, Either, Literal, Positive, literals, positive
from amends.engine.diagram.space import Key, Space, Variable
from amends.engine.rulebase import Decision, RuleBase

Row = tuple[int | None, ...]
"""A box: for each column the allowed cells as bits, None for any."""


@dataclass(frozen=True, slots=True)
class Table:
    """The number of cells of each column, and the rows; `columns` say what is asked, if a rule base asks.

    Bit *k* of a row's mask stands for cell *k* of the column; a row with an empty mask says nothing.
    """

    sizes: tuple[int, ...]
    rows: tuple[Row, ...]
    columns: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Which rows share a cell in every column: for each row the later ones, as bits.

    Its length is the number of pairs, which may be large; iterating makes them one by one, in order.
    """

    later: tuple[int, ...]

    def __len__(self) -> int:
        return sum(found.bit_count() for found in self.later)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        for row, found in enumerate(self.later):
            if found:
                yield from ((row, other) for other in _ones(found))


def table_of(decision: Decision, space: Space, rulebase: RuleBase) -> Table | None:
    """Return *decision* as a table, a row a rule in their order; None if a rule is no box or nothing is read.

    A rule is a box if all its tests must hold together; alternatives within one column are one set of cells.
    """
    conditions = [positive(rule.when, space.grids) for rule in decision.rules]
    keys = list(dict.fromkeys(_key(literal) for condition in conditions for literal in literals(condition)))
    columns = tuple(_column(key, space, rulebase) for key in keys)
    at = {key: column for column, key in enumerate(keys)}
    rows = []
    for condition in conditions:
        box = _box(condition, columns, at)
        if box is None:
            return None
        rows.append(tuple(box.get(column) for column in range(len(columns))))
    return Table(tuple(len(column.cells) for column in columns), tuple(rows), columns) if columns else None


def _key(literal: Literal) -> Key:
    return literal.subject, literal.member, literal.is_known


def _column(key: Key, space: Space, rulebase: RuleBase) -> Variable:
    at = space.level.get(key)
    if at is not None:
        return space.variables[at]
    # Decisions and measures that are worked out are no variables of the diagrams.
    subject, member, _ = key
    if member is not None:
        return Variable(*key, (0, 1))
    return Variable(*key, space.grids[subject].inhabited(is_stated=subject in rulebase.facts))


def _box(condition: Positive, columns: Sequence[Variable], at: dict[Key, int]) -> dict[int, int] | None:
    """Return the mask of each column that *condition* restricts; None if it is no box."""
    match condition:
        case Literal():
            column = at[_key(condition)]
            inside = frozenset(condition.cells)
            return {column: sum(1 << n for n, cell in enumerate(columns[column].cells) if cell in inside)}
        case Both(parts):
            found: dict[int, int] = {}
            for part in parts:
                box = _box(part, columns, at)
                if box is None:
                    return None
                for column, mask in box.items():
                    found[column] = found.get(column, mask) & mask
            return found
        case Either(parts):
            boxes = [_box(part, columns, at) for part in parts]
            if len(boxes) == 1:
                return boxes[0]
            union: dict[int, int] = {}
            for box in boxes:
                if box is None or len(box) != 1 or (union and box.keys() != union.keys()):
                    return None
                for column, mask in box.items():
                    union[column] = union.get(column, 0) | mask
            return union or None


# --- Overlaps ---------------------------------------------------------------------------------


def overlapping(table: Table) -> Overlaps:
    """Return every pair of rows that some combination of cells satisfies together.

    >>> table = Table((3, 2), ((0b011, None), (0b110, 0b01), (0b100, 0b10)))
    >>> list(overlapping(table))
    [(0, 1)]
    """
    everything = sum(1 << at for at, row in enumerate(table.rows) if 0 not in row)
    later = [everything >> at + 1 << at + 1 if 0 not in row else 0 for at, row in enumerate(table.rows)]
    for column, size in enumerate(table.sizes):
        masks = [row[column] for row in table.rows]
        if size == 0:
            return Overlaps((0,) * len(masks))
        meets = _Meeting(masks, size)
        for at, mask in enumerate(masks):
            if mask is not None and later[at]:
                later[at] &= meets.rows(mask)
    return Overlaps(tuple(later))


class _Meeting:
    """Which rows meet a mask in one column.

    Rows that meet an interval start no later than its end and end no sooner than its start, so two
    unions along the column answer for every interval; any other mask gathers the rows of its cells.
    """

    def __init__(self, masks: Sequence[int | None], size: int) -> None:
        self.size = size
        self.everywhere = sum(1 << row for row, mask in enumerate(masks) if mask is None)
        self.known: dict[int, int] = {}
        self.cells: list[int] | None = None
        self.masks = masks
        if all(mask is None or is_interval(mask) for mask in masks):
            starting, ending = [0] * size, [0] * size
            for row, mask in enumerate(masks):
                if mask:
                    first, last = ends_of(mask)
                    starting[first] |= 1 << row
                    ending[last] |= 1 << row
            self.started, self.to_end = starting, ending
            for cell in range(1, size):
                starting[cell] |= starting[cell - 1]
                ending[size - 1 - cell] |= ending[size - cell]
        else:
            self.cells = [0] * size
            for row, mask in enumerate(masks):
                for cell in _ones(mask or 0):
                    self.cells[cell] |= 1 << row

    def rows(self, mask: int) -> int:
        """Return the rows that share a cell with *mask*, as bits."""
        found = self.known.get(mask)
        if found is None:
            if self.cells is None:
                first, last = ends_of(mask)
                found = self.started[last] & self.to_end[first] | self.everywhere
            else:
                found = self.everywhere
                for cell in _ones(mask):
                    found |= self.cells[cell]
            self.known[mask] = found
        return found


def is_interval(mask: int) -> bool:
    """True if the cells of *mask* lie side by side; of no cell too."""
    return mask & (mask + (mask & -mask)) == 0


def ends_of(mask: int) -> tuple[int, int]:
    """Return the first and the last cell of *mask*, which has one."""
    return (mask & -mask).bit_length() - 1, mask.bit_length() - 1


def _ones(mask: int) -> Iterator[int]:
    """Yield the places of the bits of *mask*, the lowest first."""
    written = bin(mask)[:1:-1]
    at = written.find("1")
    while at >= 0:
        yield at
        at = written.find("1", at + 1)
