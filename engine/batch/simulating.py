"""What a policy makes of past cases: how many end in which remedy, and what that costs; two side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from amends.engine.batch.cells import tops_of
from amends.engine.batch.columns import Layout
from amends.engine.batch.deciding import REFUSED, Broken, Ground, decided, decided_batch
from amends.engine.batch.parts import as_arrow, type_of
from amends.engine.batch.running import chunks_of, in_order, reading, writing
from amends.engine.batch.tables import Table, Writer, read_table, writer_of
from amends.engine.batch.texts import in_money, text
from amends.engine.diagnostics import Code, Diagnostic, InputError, Span, did_you_mean, listed
from amends.engine.diagnostics import Source as Text
from amends.engine.exercise.sharing import shared_among

PARTS = ("status", "remedy", "money.amount", "money.currency", "money.owed_to")
"""What has to come out of each of the policies."""
TOLD = ("before.remedy", "before.amount", "after.remedy", "after.amount")
"""What is written beside a row that moves."""
YOU = "you"
_APART = "\x1f"

Key = tuple[str, ...]
"""The values of the columns by which cases are told apart, the remedy, and the currency."""


@dataclass
class Group:
    """Cases that are counted together. Amounts are in cents, of those cases in which the client gets some."""

    cases: int = 0
    to_you: int = 0
    """What clients owe, in cents."""
    _sorted: Any = field(default_factory=lambda: np.zeros(0, np.int64))
    _more: list[Any] = field(default_factory=list)

    def add(self, cases: int, amounts: Any, to_you: int) -> None:
        """Count *cases* more."""
        self.cases += cases
        self.to_you += to_you
        self._more.append(amounts)

    def take_in(self, other: Group) -> None:
        """Count the cases of *other* too."""
        self.add(other.cases, other.amounts, other.to_you)

    @property
    def amounts(self) -> Any:
        """All amounts, the smallest first."""
        if self._more:
            self._sorted = np.sort(np.concatenate([self._sorted, *self._more]))
            self._more.clear()
        return self._sorted

    @property
    def total(self) -> int:
        """The sum of the amounts."""
        return int(self.amounts.sum())

    def percentile(self, share: int) -> int:
        """Return the amount that is not exceeded in *share* of a hundred of the cases that have one, else 0.

        >>> group = Group()
        >>> group.add(3, np.array([500, 100, 300]), 0)
        >>> group.percentile(50), group.percentile(90), group.percentile(100), Group().percentile(50)
        (300, 500, 500, 0)
        """
        found = self.amounts
        return int(found[max(0, -(-share * len(found) // 100) - 1)]) if len(found) else 0


@dataclass
class Move:
    """Cases that end in one way with the first policy and in another with the second; money in cents."""

    cases: int = 0
    before: int = 0
    after: int = 0


@dataclass
class Simulation:
    """What became of so many *cases*: of each policy the groups, of two the moves between ends.

    `refused` rows are no cases. `otherwise` counts the rows whose end or amount is not the same.
    """

    by: tuple[str, ...]
    groups: tuple[dict[Key, Group], ...]
    cases: int = 0
    refused: int = 0
    otherwise: int = 0
    moves: dict[tuple[str, str], Move] = field(default_factory=dict)


@dataclass(frozen=True)
class _Ends:
    """How rows end: codes of `names`, amounts in cents where `is_paid`, and what is owed to you."""

    names: Sequence[str]
    codes: Any
    cents: Any
    is_paid: Any
    to_you: Any
    currency: Any


def simulate(
    grounds: Sequence[Ground],
    lay: Sequence[Callable[[Table], Layout]],
    given: Path,
    form: str,
    *,
    by: Sequence[str] = (),
    moved: tuple[Path, str] | None = None,
    force: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda _bytes, _rows: None,
) -> Simulation:
    """Return what each of *grounds*, one or two, makes of the cases in the file *given*, of that *form*.

    *lay* says for each how the columns are read; *by* names columns of the file. Rows that end otherwise
    with the second go to *moved*, a file and its form. Raises `InputError`.
    """
    found = Simulation(tuple(by), tuple({} for _ in grounds))
    with reading(given) as raw:
        table = read_table(raw, form, str(given), "\t" if given.suffix.lower() == ".tsv" else ",")
        _check_columns(by, table, given)
        laid = [replace(ground, layout=each(table)) for ground, each in zip(grounds, lay, strict=True)]
        place = nullcontext() if moved is None else writing(moved[0], force=force, given=given)
        with place as out, shared_among(jobs, tuple(laid)) as shares:
            writer = None
            if out is not None and moved is not None:
                beside = Layout(table.columns, {}, dict.fromkeys(TOLD, ""))
                writer = writer_of(out, moved[1], beside, table, _as_texts)
            begin = lambda chunk: shares.begin(_told, (chunk, tuple(by)))  # noqa: E731
            for chunk, cells, ends in in_order(begin, chunks_of(table), jobs):
                _count(found, cells, ends)
                if len(ends) == 2:
                    _compare(found, chunk, ends, writer)
                progress(raw.tell() if raw.seekable() else 0, found.cases)
            if writer is not None:
                writer.end()
    return found


def _check_columns(by: Sequence[str], table: Table, given: Path) -> None:
    for name in by:
        if name not in table.columns:
            help = did_you_mean(name, table.columns) or f"it has {listed(table.columns, 30)}"
            place = Span.whole(Text(str(given)))
            message = f"`{given}` has no column `{name}`"
            raise InputError([Diagnostic(Code.UNKNOWN_NAME, message, place, help=help)])


def _as_texts(layout: Layout, given: Any) -> Any:
    return pa.schema([*given, *((name, pa.string()) for name in layout.out)])


# --- Of one chunk ---------------------------------------------------------------------------------------


def _told(grounds: Sequence[Ground], asked: tuple[Any, Key]) -> tuple[Any, list[Any], list[_Ends]]:
    """Return a chunk, the cells by which its rows are told apart, and how they end with each policy."""
    chunk, by = asked
    return chunk, [_texts(chunk, name) for name in by], [_ends(ground, chunk) for ground in grounds]


def _texts(chunk: Any, name: str) -> Any:
    if isinstance(chunk, list):
        rows = (row.cells if isinstance(row, Broken) else row for row in chunk)
        return pa.array([text(row.get(name)) for row in rows], pa.string())
    cells = chunk.column(name)
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    return cells.cast(pa.string()).fill_null("")


def _ends(ground: Ground, chunk: Any) -> _Ends:
    name_of = {part: name for name, part in ground.layout.out.items()}
    if isinstance(chunk, list):
        rows = decided(ground, chunk)
        told = {
            part: as_arrow(
                [row[name_of[part]] for row in rows],
                type_of(ground.engine.rulebase, part, assume=ground.assume),
            )
            for part in PARTS
        }
    else:
        table = decided_batch(ground, chunk)
        told = {part: table.column(name_of[part]).combine_chunks() for part in PARTS}
    status, remedy = (_decoded(told[part]) for part in ("status", "remedy"))
    ends = pc.coalesce(remedy, pc.binary_join_element_wise("(", status, ")", "")).dictionary_encode()
    is_paid = told["money.amount"].is_valid().to_numpy(zero_copy_only=False)
    to_you = pc.equal(_decoded(told["money.owed_to"]), YOU).fill_null(False).to_numpy(zero_copy_only=False)
    return _Ends(
        ends.dictionary.to_pylist(),
        ends.indices.to_numpy(),
        np.where(is_paid, tops_of(told["money.amount"]), 0),
        is_paid & ~to_you,
        to_you,
        _decoded(told["money.currency"]).fill_null(""),
    )


def _decoded(array: Any) -> Any:
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


# --- Counting -------------------------------------------------------------------------------------------


def _count(found: Simulation, cells: Sequence[Any], ends: Sequence[_Ends]) -> None:
    for groups, each in zip(found.groups, ends, strict=True):
        names = pa.array(each.names, pa.string()).take(pa.array(each.codes))
        keys = pc.binary_join_element_wise(*cells, names, each.currency, _APART).dictionary_encode()
        codes = keys.indices.to_numpy()
        for code, key in enumerate(keys.dictionary.to_pylist()):
            here = codes == code
            amounts = each.cents[here & each.is_paid & (each.cents > 0)]
            owed = int(each.cents[here & each.to_you].sum())
            groups.setdefault(tuple(key.split(_APART)), Group()).add(int(here.sum()), amounts, owed)
    found.cases += len(ends[0].codes)
    found.refused += sum(
        int((ends[0].codes == code).sum())
        for code, name in enumerate(ends[0].names)
        if name == f"({REFUSED})"
    )


def _compare(found: Simulation, chunk: Any, ends: Sequence[_Ends], writer: Writer | None) -> None:
    one, other = ends
    pairs, places = np.unique(one.codes.astype(np.int64) << 32 | other.codes, return_inverse=True)
    for at, pair in enumerate(pairs.tolist()):
        here = places == at
        names = one.names[pair >> 32], other.names[pair & 0xFFFFFFFF]
        move = found.moves.setdefault(names, Move())
        move.cases += int(here.sum())
        move.before += int(one.cents[here & one.is_paid].sum())
        move.after += int(other.cents[here & other.is_paid].sum())
    same = np.array([[name == end for end in other.names] for name in one.names])[one.codes, other.codes]
    moves = np.flatnonzero(~same | (one.cents != other.cents) | (one.is_paid != other.is_paid))
    found.otherwise += len(moves)
    if writer is not None and len(moves):
        writer.write(list(_beside(chunk, moves, one, other)))


def _beside(chunk: Any, moves: Any, one: _Ends, other: _Ends) -> Iterator[Mapping[str, Any]]:
    if isinstance(chunk, list):
        rows = [row.cells if isinstance(row, Broken) else row for row in (chunk[at] for at in moves)]
    else:
        rows = chunk.take(pa.array(moves)).to_pylist()
    for row, at in zip(rows, moves.tolist(), strict=True):
        told = []
        for end in (one, other):
            is_amount = bool(end.is_paid[at] or end.to_you[at])
            told += [end.names[end.codes[at]], in_money(int(end.cents[at])) if is_amount else None]
        yield {**row, **dict(zip(TOLD, told, strict=True))}
