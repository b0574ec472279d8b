"""A table as CSV that no spreadsheet takes for formulas, and back, with the place of each cell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from amends.engine.diagnostics import Code, Problems, Source, Span
from amends.engine.interchange.grid import MOST_COLUMNS, MOST_ROWS, Grid
from amends.engine.interchange.sheet import Entry

GUARD = "'"
"""Stands before what a spreadsheet would take for a formula, as spreadsheets write it themselves."""
DELIMITERS = ",;\t"

_FORMULA = re.compile(rf"{GUARD}*\s*[=+@＝＋－＠-]")
_QUOTED = re.compile(r'"((?:[^"]++|"")*+)"')


def csv_text(grid: Grid) -> str:
    """Return *grid* as CSV: commas, LF, quotes where they must be.

    >>> print(csv_text(Grid(("rule", "because"), (("one", "=1+1, surely"),))), end="")
    rule,because
    one,"'=1+1, surely"
    """
    rows = (grid.header, *grid.rows)
    return "".join(",".join(map(_cell, row)) + "\n" for row in rows)


def _cell(text: str) -> str:
    guarded = f"{GUARD}{text}" if _FORMULA.match(text) else text
    quoted = guarded.replace('"', '""')
    return f'"{quoted}"' if re.search(r'[",\r\n;\t]', guarded) or guarded != guarded.strip() else guarded


def csv_rows(source: Source, problems: Problems) -> list[list[Entry]]:
    """Return the cells of a CSV text, with commas, semicolons or tabs between; faults go to *problems*."""
    head = source.text.partition("\n")[0]
    between = max(DELIMITERS, key=lambda sign: len(re.sub(r'"[^"]*"', "", head).split(sign)))
    rows: list[list[Entry]] = [[]]
    for text, span, ends_row in _cells(source, between, problems):
        row = rows[-1]
        where = f"row {len(rows)}, column {len(row) + 1}"
        is_guarded = text.startswith(GUARD) and _FORMULA.match(text)
        row.append(Entry(text[1:] if is_guarded else text, span, where))
        if len(row) > MOST_COLUMNS or len(rows) > MOST_ROWS:
            message = f"a table has at most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns"
            problems.add(Code.TOO_MANY_NODES, message, span, help="split the decision in two")
            return []
        if ends_row:
            rows.append([])
    return [row for row in rows if row]


def _cells(source: Source, between: str, problems: Problems) -> Iterator[tuple[str, Span, bool]]:
    """Yield each cell, its place, and whether its row ends with it."""
    plain = re.compile(rf"[^{re.escape(between)}\r\n]*")
    text, at, line, start = source.text, 0, 1, 0
    while at < len(text):
        column, first = at - start + 1, line
        if text[at] == '"':
            found = _QUOTED.match(text, at)
            if found is None:
                span = Span(source, line, column, line, column + 1)
                problems.add(Code.WRONG_SHAPE, "this quote is not closed", span, help='close it with `"`')
                return
            said, at = found[1].replace('""', '"'), found.end()
            line += found[0].count("\n")
            if "\n" in found[0]:
                start = found.start() + found[0].rfind("\n") + 1
        else:
            found = plain.match(text, at)
            assert found is not None, "it matches nothing at all, too"
            said, at = found[0], found.end()
        span = Span(source, first, column, line, at - start + 1)
        rest = text[at : at + 2]
        if rest[:1] == between:
            yield said, span, False
            at += 1
            if at == len(text):
                yield "", Span(source, line, at - start + 1, line, at - start + 1), True
        elif rest[:1] in ("\r", "\n", ""):
            yield said, span, True
            at += 2 if rest == "\r\n" else 1
            line, start = line + 1, at
        else:
            problems.add(
                Code.WRONG_SHAPE,
                "something stands after a closing quote",
                span,
                help="double the quotes within",
            )
            return
