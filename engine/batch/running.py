"""A file of cases to a file of verdicts: beside it first, then in its place, and never half of it."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from amends.engine.batch.columns import Layout
from amends.engine.batch.deciding import Ground, Left, decided, decided_batch, each_alone
from amends.engine.batch.tables import Table, Types, Writer, read_table, writer_of
from amends.engine.diagnostics import Code, Diagnostic, InputError, Span
from amends.engine.diagnostics import Source as Text
from amends.engine.exercise.sharing import Shares, shared_among

T = TypeVar("T")

WAITING = 2
"""Chunks that wait to be written."""
PIECE = 64
"""Rows that a process decides one by one before it tells."""
FIRST, CHUNK = 32, 4096
"""Rows that are decided and written at once: few at first, so that somebody who waits sees some."""
PART = ".part"
"""What the name of a file ends in while it is written."""


@dataclass(frozen=True)
class Told:
    """How many rows came out, and how many of them were refused."""

    rows: int = 0
    refused: int = 0

    def and_also(self, other: Told) -> Told:
        """Return both together."""
        return Told(self.rows + other.rows, self.refused + other.refused)


Progress = Callable[[int, int], None]
"""Told after each chunk: the bytes read so far and the rows written."""


def decide_file(
    ground: Ground,
    lay: Callable[[Table], Layout],
    given: Path,
    form: str,
    output: Path,
    out_form: str,
    *,
    jobs: int = 1,
    force: bool = False,
    progress: Progress = lambda _bytes, _rows: None,
) -> Told:
    """Decide the rows of *given* (`-` for standard input) into *output* (`-` for standard output).

    *lay* says what the columns are. Raises `InputError`; whatever happens, *output* is whole or not there.
    """
    source = "<stdin>" if str(given) == "-" else str(given)
    delimiter = "\t" if given.suffix.lower() == ".tsv" else ","
    with reading(given) as raw:
        table = read_table(raw, form, source, delimiter)
        layout = lay(table)
        with writing(output, force=force, given=given) as out:
            writer = writer_of(out, out_form, layout, table, _types(ground), delimiter)
            told, reason = Told(), list(layout.out)[-1]
            with shared_among(jobs, replace(ground, layout=layout)) as shares, _behind(writer, jobs) as write:
                # What is read as rows, or written as such, is decided as rows.
                if table.batches is not None and out_form == "parquet":
                    alone = partial(_shared, shares)
                    batches = _ahead(table.batches) if jobs > 1 else table.batches
                    found: Iterator[Any] = (decided_batch(shares.ground, each, alone) for each in batches)
                else:
                    chunks = chunks_of(replace(table, batches=None))
                    found = in_order(partial(shares.begin, decided), chunks, jobs)
                for some in found:
                    write(some)
                    told = told.and_also(_counted(some, reason))
                    progress(raw.tell() if raw.seekable() else 0, told.rows)
            writer.end()
    return told


def decide_folder(
    inputs: Sequence[tuple[Path, str]],
    output: Path,
    decide_one: Callable[[Path, str, Path], Told],
    *,
    resume: bool = False,
) -> tuple[Told, int]:
    """Decide each file into one of its name in *output*; with *resume* leave out those that are there.

    A file that is there is whole, for it got its name last. Also returns how many were left out.
    """
    output.mkdir(parents=True, exist_ok=True)
    told, skipped = Told(), 0
    for given, form in inputs:
        there = output / given.name
        if resume and there.exists():
            skipped += 1
            continue
        told = told.and_also(decide_one(given, form, there))
    return told, skipped


@contextmanager
def _behind(writer: Writer, jobs: int) -> Iterator[Callable[[Any], None]]:
    """Yield what writes; of several jobs in a thread of its own, while what is next is decided."""
    if jobs == 1:
        yield writer.write
        return
    with ThreadPoolExecutor(1) as thread:
        under_way: deque[Future[None]] = deque()

        def write(some: Any) -> None:
            under_way.append(thread.submit(writer.write, some))
            if len(under_way) > WAITING:
                under_way.popleft().result()

        yield write
        for each in under_way:
            each.result()


def _ahead(chunks: Iterator[Any]) -> Iterator[Any]:
    """Yield *chunks*, each of which is read while the one before is decided."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = thread.submit(next, chunks, None)
            yield chunk


def _shared(shares: Shares[Ground], rows: Sequence[Left]) -> list[Mapping[str, Any]]:
    """Return what is written beside *rows*, which are decided one by one, shared among the processes."""
    pieces = [rows[start : start + PIECE] for start in range(0, len(rows), PIECE)]
    return [beside for piece in shares.over(each_alone, pieces) for beside in piece]


def _types(ground: Ground) -> Types:
    def types(layout: Layout, given: Any) -> Any:
        from amends.engine.batch.arrow import schema_of

        return schema_of(ground.engine.rulebase, layout, given, assume=ground.assume)

    return types


def _counted(some: Any, reason: str) -> Told:
    if isinstance(some, list):
        return Told(len(some), sum(row[reason] is not None for row in some))
    return Told(some.num_rows, some.num_rows - some.column(reason).null_count)


def chunks_of(table: Table) -> Iterator[Any]:
    """Yield the rows of *table* some at a time: as Arrow batches where it has them, else as lists."""
    if table.batches is not None:
        yield from table.batches
        return
    most = FIRST
    while chunk := list(islice(table.rows, most)):
        yield chunk
        most = CHUNK


def in_order(begin: Callable[[Any], Callable[[], T]], chunks: Iterator[Any], jobs: int) -> Iterator[T]:
    """Yield what becomes of *chunks*, in order; a few are under way, never all."""
    under_way: deque[Callable[[], T]] = deque()
    for at, chunk in enumerate(chunks):
        under_way.append(begin(chunk))
        if len(under_way) > 2 * jobs or at == 0:
            yield under_way.popleft()()
    for result in under_way:
        yield result()


@contextmanager
def reading(given: Path) -> Iterator[BinaryIO]:
    """Yield the bytes of *given*, of standard input for `-`. Raises `InputError`."""
    if str(given) == "-":
        yield sys.stdin.buffer
        return
    try:
        file = given.open("rb")
    except OSError as error:
        message = f"`{given}` cannot be read: {(error.strerror or str(error)).lower()}"
        code = Code.FILE_NOT_FOUND if isinstance(error, FileNotFoundError) else Code.NOT_A_FILE
        raise InputError([Diagnostic(code, message, Span.whole(Text(str(given))))]) from None
    with file:
        yield file


@contextmanager
def writing(output: Path, *, force: bool, given: Path | None = None) -> Iterator[BinaryIO]:
    """Yield what is renamed to *output* once all is well, and removed if anything is not.

    `-` is standard output. Raises `InputError`, also if *output* is what is read, *given*.
    """
    if str(output) == "-":
        yield sys.stdout.buffer
        return
    if given is not None and output.exists() and str(given) != "-" and output.samefile(given):
        raise _cannot(output, "it is what is read", "name another file with -o")
    if output.is_dir():
        raise _cannot(output, "it is a folder", "name a file in it")
    if output.exists() and not force:
        raise _cannot(output, "it is there already", "name another with -o, or write over it with --force")
    part = output.with_name(output.name + PART)
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(output)
    except OSError as error:
        raise _cannot(output, (error.strerror or str(error)).lower(), "make room, or name another") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _cannot(output: Path, why: str, help: str) -> InputError:
    return InputError([Diagnostic(Code.CANNOT_WRITE, f"`{output}` cannot be written: {why}", help=help)])
