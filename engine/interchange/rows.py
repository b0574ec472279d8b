"""Conditions as rows of cells: what alternatives ask of several things is split, one row for each way.

A row is met if all its cells are; a condition if one of its rows is. Nothing that a condition reads is
lost on the way, since a decision waits for all that it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from amends.engine.interchange.cells import Cell, both, either
from amends.engine.interchange.ranges import CannotSay
from amends.engine.rulebase import AllOf, AnyOf, Condition, Not, Test

MOST_ROWS = 300
"""Of one rule."""


class Column(NamedTuple):
    """What a column is about: the value of a thing, or whether a fact is known."""

    subject: str
    is_known: bool = False


Row = Mapping[Column, Cell]
"""What a row asks; a column that is missing is asked nothing."""
Reader = Callable[[Test], tuple[Column, Cell]]
"""What a test asks, and of what."""


def rows_of(condition: Condition, read: Reader, *, apart: bool = False) -> list[Row]:
    """Return the rows of *condition*, as few as joining and leaving out make them.

    With *apart* no case meets two of them. Raises `CannotSay`.
    """
    found = _split(condition, read, wanted=True)
    if not found:
        raise CannotSay("it can never hold")
    found = fewest(found)
    if apart:
        found = _merged(_made_apart(found))
    if columns_of(found) != {read(test)[0] for test in _tests(condition)}:
        raise CannotSay("a part of it can never hold, or never fail")
    return found


def columns_of(rows: Iterable[Row]) -> set[Column]:
    """Return the columns in which one of *rows* asks something."""
    return {column for row in rows for column in row}


def meeting(one: Row, other: Row) -> Row | None:
    """Return the row that asks for both, or None if nothing meets it. Raises `CannotSay`."""
    found, unsaid = dict(one), None
    for column, cell in other.items():
        try:
            found[column] = both(found[column], cell) if column in found else cell
        except CannotSay as error:  # another column may yet keep them apart
            unsaid = error
        if found[column].is_never:
            return None
    if unsaid is not None:
        raise unsaid
    return found


def overlap(one: Row, other: Row) -> bool:
    """True if some case may meet both rows."""
    try:
        return meeting(one, other) is not None
    except CannotSay:
        return True


def widened(rows: list[Row]) -> list[Row]:
    """Return *rows*, of which no case meets two, without the cells that only keep them apart."""
    found = [dict(row) for row in rows]
    for at, row in enumerate(found):
        for column in sorted(row):
            if len(row) == 1:
                break
            others = [other for place, other in enumerate(found) if place != at]
            beyond = {**row, column: row[column].opposite()}
            if not _outside(beyond, others):
                del row[column]
    return list(found)


def again_apart(rows: list[Row]) -> list[Row]:
    """Return the rows, no two met by one case, that a condition of these *rows* is exported as."""
    return _merged(_made_apart(fewest(rows)))


def fewest(rows: list[Row]) -> list[Row]:
    """Return *rows*, those joined that differ in one column alone, without what another covers."""
    return _without_narrower(_merged(rows))


def _tests(condition: Condition) -> Iterable[Test]:
    match condition:
        case Test():
            yield condition
        case Not(part):
            yield from _tests(part)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _tests(part)


def _split(condition: Condition, read: Reader, *, wanted: bool) -> list[Row]:
    match condition:
        case Test():
            column, cell = read(condition)
            cell = cell if wanted else cell.opposite()
            if cell.is_never or cell.is_always:
                never = "never" if cell.is_never else "always"
                raise CannotSay(f"the test of `{column.subject}` {never} holds")
            return [{column: cell}]
        case Not(part):
            return _split(part, read, wanted=not wanted)
        case AllOf(parts) | AnyOf(parts):
            each = [_split(part, read, wanted=wanted) for part in parts]
            if isinstance(condition, AllOf) is wanted:
                return _product(each)
            return _merged([row for rows in each for row in rows])


def _product(each: list[list[Row]]) -> list[Row]:
    found: list[Row] = [{}]
    for rows in each:
        met = (meeting(one, other) for one in found for other in rows)
        found = _merged([row for row in met if row is not None])
    return found


def _merged(rows: list[Row]) -> list[Row]:
    """Join rows that differ in one column alone, until none do."""
    found = rows
    while (fewer := _merged_once(found)) is not None:
        found = fewer
    if len(found) > MOST_ROWS:
        raise CannotSay(f"it needs more than {MOST_ROWS} rows")
    return found


def _merged_once(rows: list[Row]) -> list[Row] | None:
    for column in (None, *sorted(columns_of(rows))):
        kept: dict[frozenset[tuple[Column, Cell]], list[dict[Column, Cell]]] = {}
        found: list[dict[Column, Cell]] = []
        for row in map(dict, rows):
            rest = frozenset((name, cell) for name, cell in row.items() if name != column)
            alike = kept.setdefault(rest, [])
            if not any(_take_in(other, row, column) for other in alike):
                alike.append(row)
                found.append(row)
        if len(found) < len(rows):
            return list(found)
    return None


def _take_in(row: dict[Column, Cell], other: dict[Column, Cell], column: Column | None) -> bool:
    """Widen *row* so that it is met where *other* is too, which differs in *column* at most."""
    if column is None or (column in row) is not (column in other):
        return row == other
    if column not in row:
        return True
    cell = either(row[column], other[column])
    if cell.is_always:
        return False
    row[column] = cell
    return True


def _without_narrower(rows: list[Row]) -> list[Row]:
    """Leave out rows that are met only where another is, unless something would no longer be read."""
    kept = [
        row
        for at, row in enumerate(rows)
        if not any(_covers(other, row) for other in rows if other is not rows[at])
    ]
    return kept if columns_of(kept) == columns_of(rows) else rows


def _covers(wide: Row, narrow: Row) -> bool:
    try:
        return all(
            column in narrow and both(cell, narrow[column]) == narrow[column] for column, cell in wide.items()
        )
    except CannotSay:
        return False


def _made_apart(rows: list[Row]) -> list[Row]:
    """Cut away from each row what earlier ones are met by."""
    found: list[Row] = []
    for row in rows:
        found += _outside(row, found)
        if len(found) > MOST_ROWS:
            raise CannotSay(f"it needs more than {MOST_ROWS} rows that no case meets two of")
    return found


def _outside(row: Row, others: Iterable[Row]) -> list[Row]:
    """Return rows, no two met by one case, for all that meets *row* and none of *others*."""
    pieces: list[Row] = [row]
    for other in others:
        pieces = [left for piece in pieces for left in _minus(piece, other)]
        if len(pieces) > MOST_ROWS:
            raise CannotSay(f"it needs more than {MOST_ROWS} rows that no case meets two of")
    return pieces


def _minus(row: Row, other: Row) -> list[Row]:
    if meeting(row, other) is None:
        return [row]
    found: list[Row] = []
    inside = dict(row)
    for column, cell in sorted(other.items(), key=lambda entry: entry[0]):
        outside = cell.opposite()
        if column in inside:
            outside = both(inside[column], outside)
        if not outside.is_never:
            found.append({**inside, column: outside})
        inside[column] = both(inside[column], cell) if column in inside else cell
    return found
