"""A table as a spreadsheet, the same bytes for the same table; and back, from sheets that compute nothing."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any

from amends.engine.diagnostics import Code, Problems, Source, Span
from amends.engine.interchange.feel import flag_text, point_text
from amends.engine.interchange.files import NeedsLibrary, refused
from amends.engine.interchange.grid import ABOUT, MOST_COLUMNS, MOST_ROWS, Grid
from amends.engine.interchange.sheet import Entry

TABLE, ABOUT_SHEET = "table", "about"
LARGEST_UNPACKED = 20_000_000
MOST_PARTS = 200
MAGIC = b"PK\x03\x04"

_THEN = datetime(
    2000, 1, 1
)  # a spreadsheet has a day on which it was made, and ours is to be the same each time
_WIDTHS = {"because": 60, "rule": 34, "overrides": 30, "sources": 24}


def xlsx_bytes(grid: Grid) -> bytes:
    """Return *grid* as a spreadsheet: the rules on one sheet, what is said of the decision on another."""
    try:
        from openpyxl import Workbook
        from openpyxl.styles import Alignment, Font
        from openpyxl.utils import get_column_letter
    except ImportError:
        raise NeedsLibrary("openpyxl") from None
    book = Workbook()
    book.properties.creator = "amends"
    book.properties.created = book.properties.modified = _THEN
    table, about = book.active, book.create_sheet(ABOUT_SHEET)
    table.title = TABLE
    names, because = grid.header.index("rule"), grid.header.index("because")
    sheets: dict[Any, list[tuple[str, ...]]] = {
        table: [grid.header, *(row for row in grid.rows if not row[names].startswith(ABOUT))],
        about: [
            ("what", "said"),
            *((r[names][len(ABOUT) :], r[because]) for r in grid.rows if r[names].startswith(ABOUT)),
        ],
    }
    for sheet, rows in sheets.items():
        for number, row in enumerate(rows, start=1):
            for column, text in enumerate(row, start=1):
                if not text:
                    continue
                cell = sheet.cell(number, column)
                cell.value = text
                cell.data_type = "s"  # a text is no formula, whatever it begins with
                cell.quotePrefix = text[0] in "=+-@"
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                if number == 1:
                    cell.font = Font(bold=True)
        for column, name in enumerate(rows[0], start=1):
            sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS.get(
                name, 60 if name == "said" else 22
            )
        sheet.freeze_panes = "B2"
    stream = io.BytesIO()
    book.save(stream)
    return _timeless(stream.getvalue())


def _timeless(data: bytes) -> bytes:
    """Return a zipped file with each time in it set to the same."""
    made = io.BytesIO()
    stamp = _THEN.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, content)
            new.writestr(zipfile.ZipInfo(name, _THEN.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def xlsx_rows(data: bytes, name: str, problems: Problems) -> list[list[Entry]]:
    """Return the cells of the sheet `table`, or of the first, after those that tell of the decision.

    Raises `InputError` for a file that hides more than a table; other faults go to *problems*.
    """
    _check_parts(data, name)
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise NeedsLibrary("openpyxl") from None
    try:
        import defusedxml  # noqa: F401  (with it openpyxl takes no entities)
    except ImportError:
        raise NeedsLibrary("defusedxml") from None
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        table = book[TABLE] if TABLE in book.sheetnames else book.worksheets[0]
        rows = _rows(table, name, problems)
        about = _rows(book[ABOUT_SHEET], name, problems) if ABOUT_SHEET in book.sheetnames else []
    except Exception as error:  # whatever openpyxl stumbles over, the file is none of the kind
        if hasattr(error, "diagnostics"):
            raise
        raise refused(
            Code.NOT_TEXT, "this is no spreadsheet that can be read", name, "save it as XLSX anew"
        ) from None
    if not rows or not about:
        return rows
    header = [entry.text for entry in rows[0]]
    places = [header.index(key) if key in header else None for key in ("rule", "because")]
    if None in places:
        problems.add(
            Code.MISSING_KEY,
            "the sheet needs the columns `rule` and `because`, in which the sheet `about` is read",
            rows[0][0].span,
            help="add them",
        )
        return []
    said: list[list[Entry]] = []
    for row in about[1:]:
        line = [Entry("", row[0].span, row[0].where)] * len(header)
        key, text = row[0], row[1] if len(row) > 1 else Entry("", row[0].span, row[0].where)
        if key.text.strip():
            line[places[0] or 0] = Entry(f"{ABOUT}{key.text}", key.span, key.where)
            line[places[1] or 0] = text
            said.append(line)
    return [rows[0], *said, *rows[1:]]


def _check_parts(data: bytes, name: str) -> None:
    """Refuse what unpacks to too much, is locked, or declares entities."""
    help = "save the table as a plain XLSX file"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                message = f"this file unpacks to more than {LARGEST_UNPACKED:,} bytes or {MOST_PARTS} parts"
                raise refused(Code.FILE_TOO_LARGE, message, name, help)
            for part in parts:
                content = packed.read(part)
                if not part.filename.endswith((".xml", ".rels")):
                    continue
                if b"\0" in content or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
                    raise refused(
                        Code.WRONG_ENCODING, f"`{part.filename}` in this file is not UTF-8", name, help
                    )
                if re.search(rb"<!\s*(DOCTYPE|ENTITY)", content, re.IGNORECASE):
                    message = f"`{part.filename}` in this file declares entities"
                    raise refused(Code.TAG_NOT_ALLOWED, message, name, help)
                if b"<mergeCell " in content:
                    message = "cells of this table are merged, and which rows they speak for is not said"
                    raise refused(Code.WRONG_SHAPE, message, name, "split them, and fill each in")
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError):
        raise refused(Code.NOT_TEXT, "this is no spreadsheet that can be read", name, help) from None


def _rows(sheet: Any, name: str, problems: Problems) -> list[list[Entry]]:
    source = Source(name)
    found: list[list[Entry]] = []
    sheet.reset_dimensions()  # or what stands outside those that the file claims is passed over
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if number > MOST_ROWS or len(row) > MOST_COLUMNS:
            message = f"a table has at most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns"
            raise refused(
                Code.TOO_MANY_NODES, message, name, "empty the cells far out, or split the decision"
            )
        entries = []
        for column, cell in enumerate(row, start=1):
            where = f"cell {_letters(column)}{number}" + (
                "" if sheet.title == TABLE else f" of `{sheet.title}`"
            )
            span = Span(source, number, column, number, column + 1)
            entries.append(Entry(_text(cell, span, where, problems), span, where))
        if any(entry.text for entry in entries):
            found.append(entries)
    return found


def _letters(column: int) -> str:
    """Return how a spreadsheet calls a column.

    >>> _letters(1), _letters(28)
    ('A', 'AB')
    """
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _text(cell: Any, span: Span, where: str, problems: Problems) -> str:
    """Return what a cell says, as text; a formula says nothing that could be relied on."""
    value = cell.value
    if cell.data_type in ("f", "e"):
        what = "a formula" if cell.data_type == "f" else "an error"
        problems.add(
            Code.UNFIT_TEST, f"{where}: this is {what}", span, help="write what it comes to, as text"
        )
        return ""
    match value:
        case None:
            return ""
        case bool():
            return flag_text(value)
        case int():
            return str(value)
        case float():
            return point_text(Fraction(repr(value)))
        case datetime() if value.time() == time():
            return point_text(value.date())
        case date() if not isinstance(value, datetime):
            return point_text(value)
        case str():
            return value
    problems.add(
        Code.UNFIT_TEST, f"{where}: `{value}` is no text, number or day", span, help="write it as text"
    )
    return ""
