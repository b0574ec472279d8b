"""Tables of cases read and written row by row: CSV, JSON Lines, and Parquet, whatever their length.

What is no row comes as `Broken`; what is no such file at all raises `InputError`.
"""

from __future__ import annotations

import csv
import io
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from amends.engine.batch.columns import Layout
from amends.engine.batch.deciding import Broken, Row
from amends.engine.batch.texts import as_json, flat
from amends.engine.diagnostics import Code, Diagnostic, InputError, Span
from amends.engine.diagnostics import Source as Text
from amends.engine.interchange.files import NeedsLibrary

FORMS = ("csv", "jsonl", "parquet")
ENDINGS = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
LONGEST_LINE = 10_000_000
"""Characters; a line that is longer is no row of facts, and would fill the memory."""
ROWS = 32_768
"""Rows of Parquet that are held at once."""

Types = Callable[[Layout, Any], Any]
"""From a layout and the schema of the input to the schema of the output."""


def form_of(path: Path) -> str | None:
    """Return the form that the ending of *path* says.

    >>> form_of(Path("cases.CSV")), form_of(Path("cases"))
    ('csv', None)
    """
    return ENDINGS.get(path.suffix.lower())


@dataclass(frozen=True)
class Table:
    """A table under way: its columns, and its rows in order.

    `schema` is that of Parquet, which its output keeps; its rows come in `batches` too, either of the two.
    """

    columns: tuple[str, ...]
    rows: Iterator[Row | Broken]
    schema: Any = None
    batches: Iterator[Any] | None = None


class Lines:
    """The lines of a text, counted; one that is too long or no UTF-8 ends the reading with its number."""

    def __init__(self, raw: BinaryIO, source: str) -> None:
        self.source = source
        self.number = 0
        self._raw = raw

    def __iter__(self) -> Iterator[str]:
        while line := self._raw.readline(LONGEST_LINE):
            self.number += 1
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                raise self.wrong(
                    Code.FILE_TOO_LARGE, "the line is too long for a row", "check the quotes above it"
                )
            try:
                yield line.decode("utf-8-sig" if self.number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise self.wrong(
                    Code.WRONG_ENCODING, "the line is no UTF-8", "save the file as UTF-8"
                ) from None

    def wrong(self, code: Code, message: str, help: str) -> InputError:
        """Return *message* at the line that was read last."""
        number = max(self.number, 1)
        return InputError(
            [Diagnostic(code, message, Span(Text(self.source), number, 1, number, 1), help=help)]
        )


def read_table(raw: BinaryIO, form: str, source: str, delimiter: str = ",") -> Table:
    """Return *raw* as a table of that form; *source* is its name in diagnostics."""
    if form == "parquet":
        return _parquet(raw, source)
    return _json_lines(raw, source) if form == "jsonl" else _csv(raw, source, delimiter)


def _csv(raw: BinaryIO, source: str, delimiter: str) -> Table:
    lines = Lines(raw, source)
    reader = csv.reader(lines, strict=True, delimiter=delimiter)
    csv.field_size_limit(LONGEST_LINE)
    try:
        head = next(reader, None)
    except csv.Error as error:
        raise lines.wrong(Code.WRONG_SHAPE, f"the line is no CSV: {error}", "close each quote") from None
    if head is None:
        raise lines.wrong(Code.WRONG_SHAPE, "the file is empty", "begin it with the names of the columns")
    return Table(tuple(name.strip() for name in head), _csv_rows(reader, lines, head))


def _csv_rows(reader: Iterator[list[str]], lines: Lines, head: Sequence[str]) -> Iterator[Row | Broken]:
    names = [name.strip() for name in head]
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # What comes after a quote that is never closed could be anything: no row of it is made up.
            raise lines.wrong(Code.WRONG_SHAPE, f"the line is no CSV: {error}", "close each quote") from None
        if not cells:
            continue
        row = dict(zip(names, cells, strict=False))
        if len(cells) == len(names):
            yield row
        else:
            more = f", the last {', '.join(cells[len(names) :])}" if len(cells) > len(names) else ""
            yield Broken(row, f"it has {len(cells)} cells, and the head {len(names)}{more}")


def _json_lines(raw: BinaryIO, source: str) -> Table:
    """Return objects, a line each. Their keys are looked up in a first reading, which needs a file."""
    if not raw.seekable():
        raw = io.BytesIO(raw.read())
    start = raw.tell()
    columns: dict[str, None] = {}
    for found in _objects(Lines(raw, source)):
        if isinstance(found, dict):
            columns.update(dict.fromkeys(found))
    raw.seek(start)
    return Table(tuple(columns), _objects(Lines(raw, source)))


def _objects(lines: Lines) -> Iterator[Row | Broken]:
    for line in lines:
        if not line.strip():
            continue
        try:
            found = json.loads(line, parse_float=Decimal)
        except ValueError as error:
            yield Broken({}, f"line {lines.number} is no JSON: {error}")
            continue
        except RecursionError:
            yield Broken({}, f"line {lines.number} is nested too deeply")
            continue
        is_row = isinstance(found, dict)
        yield found if is_row else Broken({}, f"line {lines.number} is no JSON object: {line.strip()[:200]}")


def _parquet(raw: BinaryIO, source: str) -> Table:
    pyarrow, parquet = _arrow()
    try:
        schema = parquet.read_schema(raw)
        texts = [each.name for each in schema if each.type in (pyarrow.string(), pyarrow.large_string())]
        raw.seek(0)
        file = parquet.ParquetFile(raw, read_dictionary=texts)
    except (pyarrow.ArrowException, OSError) as error:
        raise _broken(source, error) from None

    def batches() -> Iterator[Any]:
        try:
            yield from file.iter_batches(batch_size=ROWS)
        except (pyarrow.ArrowException, OSError) as error:
            raise _broken(source, error) from None
        finally:
            file.close()

    rows = (row for batch in batches() for row in batch.to_pylist())
    return Table(tuple(schema.names), rows, schema, batches())


def _broken(source: str, error: Exception) -> InputError:
    said = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
    message = f"`{source}` is no whole Parquet file: {said}"
    help = "it may have been cut off; write it anew"
    return InputError([Diagnostic(Code.WRONG_SHAPE, message, Span.whole(Text(source)), help=help)])


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise NeedsLibrary("pyarrow") from None
    return pyarrow, pyarrow.parquet


# --- Writing ----------------------------------------------------------------------------


class Writer(Protocol):
    """Writes rows of columns that are known, some at a time."""

    def write(self, found: Any) -> None:
        """Write rows, or of Parquet an Arrow table too, after those before."""

    def end(self) -> None:
        """Write what has to come last."""


def writer_of(
    raw: BinaryIO, form: str, layout: Layout, table: Table, types: Types, delimiter: str = ","
) -> Writer:
    """Return what writes the columns of *layout* to *raw*; of Parquet those of *table* keep their types."""
    if form == "parquet":
        return _ParquetWriter(raw, layout, table, types)
    return _JsonWriter(raw) if form == "jsonl" else _CsvWriter(raw, layout.written, delimiter)


class _CsvWriter:
    def __init__(self, raw: BinaryIO, columns: Sequence[str], delimiter: str) -> None:
        self._text = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True)
        self._columns = columns
        self._writer = csv.writer(self._text, delimiter=delimiter, lineterminator="\n")
        self._writer.writerow(columns)

    def write(self, rows: Sequence[Row]) -> None:
        self._writer.writerows([flat(row.get(name)) for name in self._columns] for row in rows)
        self._text.flush()

    def end(self) -> None:
        self._text.detach()


class _JsonWriter:
    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw

    def write(self, rows: Sequence[Row]) -> None:
        lines = (json.dumps(row, ensure_ascii=False, default=as_json) + "\n" for row in rows)
        self._raw.write("".join(lines).encode())
        self._raw.flush()

    def end(self) -> None:
        self._raw.flush()


def settings(schema: Any) -> dict[str, Any]:
    """Return how Parquet of *schema* is written.

    The least and the greatest of a few texts in no order would spare a reader nothing, and take a
    fifth of the time: they are kept of numbers, dates and what is yes or no.
    """
    pyarrow, _ = _arrow()
    kinds = pyarrow.types
    told = [
        each.name for each in schema if not (kinds.is_dictionary(each.type) or kinds.is_struct(each.type))
    ]
    return {"store_schema": False, "write_statistics": told}


class _ParquetWriter:
    """Writes what has few values as codes of a dictionary; who reads the file finds plain texts."""

    def __init__(self, raw: BinaryIO, layout: Layout, table: Table, types: Types) -> None:
        self._arrow, self._parquet = _arrow()
        given = table.schema or self._arrow.schema([(name, self._arrow.string()) for name in table.columns])
        self._typed = types(layout, given)
        self._raw = raw
        self._writer: Any = None

    def write(self, found: Any) -> None:
        if isinstance(found, list):
            from amends.engine.batch.parts import as_arrow

            fields = [self._typed.field(at) for at in range(len(self._typed))]
            arrays = [as_arrow([row.get(each.name) for row in found], each.type) for each in fields]
            found = self._arrow.Table.from_arrays(arrays, schema=self._typed)
        if self._writer is None:
            self._begin(found.schema)
        self._writer.write_table(found)

    def _begin(self, schema: Any) -> None:
        self._writer = self._parquet.ParquetWriter(self._raw, schema, **settings(schema))
        from amends.engine.batch.arrow import plain_schema

        told = plain_schema(self._typed)
        # By this key Arrow finds the types of the columns again.
        self._writer.add_key_value_metadata(
            {"ARROW:schema": b64encode(told.serialize().to_pybytes()).decode()}
        )

    def end(self) -> None:
        if self._writer is None:
            self._begin(self._typed)
        self._writer.close()
