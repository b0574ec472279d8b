"""One row to what is written beside it: the parts of its verdict, or the reason why it is no case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from itertools import repeat
from typing import TYPE_CHECKING, Any

from amends.engine.api import Engine
from amends.engine.batch.columns import CURRENCY, REASON, Layout
from amends.engine.batch.texts import is_currency, said, text
from amends.engine.case import read_case
from amends.engine.deciding import reach, tell
from amends.engine.diagnostics import InputError, Problems
from amends.engine.what_if import memory_of

if TYPE_CHECKING:
    from amends.engine.batch.begun import Begun
    from amends.engine.batch.columnwise import Columns

REFUSED = "refused"
FEWEST_ROWS = 8
"""Fewer are as quickly decided one by one."""
MOST_REMEMBERED = 50_000
"""Rows that state the same come out the same, and are decided once as long as they are remembered."""

Row = Mapping[str, Any]
"""A row by column; what is empty or None states nothing."""


Left = tuple[Row, "Begun | None"]
"""A row that is decided by itself, and how far it got."""
Alone = Callable[[Sequence[Left]], list[Mapping[str, Any]]]
"""What is written beside rows that are decided by themselves."""


@dataclass(frozen=True)
class Broken:
    """What can be read of a row that is none, and why it is none."""

    cells: Row
    reason: str


@dataclass(frozen=True)
class Ground:
    """What every row is decided with: the rules, the layout, and facts that all rows state."""

    engine: Engine
    layout: Layout
    stated: Mapping[str, str] = field(default_factory=dict)
    assume: bool = True
    remembered: dict[tuple[str, ...], Mapping[str, Any]] = field(default_factory=dict, compare=False)
    _columns: list[Columns | None] = field(default_factory=list, compare=False)

    def columns(self) -> Columns | None:
        """Return what decides many rows at once, made once; None without pyarrow, or for other parts."""
        if not self._columns:
            self._columns.append(self._make_columns())
        return self._columns[0]

    def _make_columns(self) -> Columns | None:
        if find_spec("numpy") is None or find_spec("pyarrow") is None:
            return None
        from amends.engine.batch.columnwise import Columns

        return Columns.over(self.engine.rulebase, self.layout, self.stated, assume=self.assume)


def facts_for_all(engine: Engine, options: Sequence[str]) -> dict[str, str]:
    """Return what texts `fact=value` state, which is looked at once. Raises `InputError`."""
    engine.case({}, options=options)
    return {name.strip(): said.strip() for name, _, said in (option.partition("=") for option in options)}


def decided(ground: Ground, rows: Sequence[Row | Broken]) -> list[dict[str, Any]]:
    """Return each of *rows* with what is written beside it."""
    said = [_Said(ground, row) for row in rows]
    columns = ground.columns() if len(rows) >= FEWEST_ROWS else None
    beside: Iterable[_AtOnce] = repeat((None, None), len(rows))
    if columns is not None:
        beside = _in_columns(columns, ground.layout, said)
    return [
        {**row.cells, **(row.beside or at_once or _alone(ground, row, half))}
        for row, (at_once, half) in zip(said, beside, strict=True)
    ]


def decided_batch(ground: Ground, batch: Any, by_themselves: Alone | None = None) -> Any:
    """Return an Arrow batch of rows as a table, with the columns of what is written beside each row.

    *by_themselves* decides those rows that are not decided at once, for which this process is the default.
    """
    from amends.engine.batch.arrow import beside_batch

    return beside_batch(ground, batch, by_themselves or partial(each_alone, ground))


def each_alone(ground: Ground, rows: Sequence[Left]) -> list[Mapping[str, Any]]:
    """Return what is written beside each of *rows*, which are decided one by one."""
    said = [(_Said(ground, row), half) for row, half in rows]
    return [row.beside or _alone(ground, row, half) for row, half in said]


class _Said:
    """What one row says, as texts by fact; `beside` is what is written beside one that is refused."""

    def __init__(self, ground: Ground, row: Row | Broken) -> None:
        self.cells = row.cells if isinstance(row, Broken) else row
        self.beside: Mapping[str, Any] | None = None
        self.texts: dict[str, str] = {}
        self.currency = ""
        if isinstance(row, Broken):
            self.beside = _refusal(ground, row.reason)
            return
        try:
            for column, fact in ground.layout.facts.items():
                if said := text(row.get(column)):
                    self.texts[fact] = said
            if CURRENCY in ground.layout.columns:
                self.currency = text(row.get(CURRENCY))
        except TypeError as error:
            self.beside = _refusal(ground, str(error))

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two rows the same case."""
        return (self.currency, *(f"{fact}={said}" for fact, said in self.texts.items()))


_AtOnce = tuple[Mapping[str, Any] | None, "Begun | None"]


def _in_columns(columns: Columns, layout: Layout, said: Sequence[_Said]) -> Iterator[_AtOnce]:
    """Yield what is written beside each row that the kernel settles; of the others how far they got."""
    import pyarrow as pa

    cells = {
        fact: pa.array([row.texts.get(fact) for row in said], pa.string()) for fact in layout.facts.values()
    }
    currency = pa.array([row.currency for row in said]) if CURRENCY in layout.columns else None
    parts, is_told, begin = columns.told(len(said), cells, currency)
    found = zip(*(part.objects(len(said)) for part in parts.values()), strict=True)
    for at, (row, is_one) in enumerate(zip(found, is_told.tolist(), strict=True)):
        yield (dict(zip(parts, row, strict=True)), None) if is_one else (None, begin(at))


def _alone(ground: Ground, said: _Said, half: Begun | None) -> Mapping[str, Any]:
    """Return what is written beside a row that is decided by itself, or was before."""
    found = ground.remembered.get(said.key)
    if found is None:
        found = _taken_up(ground, half) if half is not None else None
        found = found or _worked_out(ground, said.texts, said.currency)
        if len(ground.remembered) >= MOST_REMEMBERED:
            ground.remembered.clear()
        ground.remembered[said.key] = found
    return found


def _taken_up(ground: Ground, half: Begun) -> Mapping[str, Any] | None:
    """Return what is written beside a row that the kernel left open; None if that is not to be told so."""
    from amends.engine.batch.begun import finished

    is_whole = "money" in ground.layout.out.values()
    told = finished(ground.engine.rulebase, half, assume=ground.assume, is_whole=is_whole)
    return None if told is None else written(ground.layout, told)


def _worked_out(ground: Ground, texts: Mapping[str, str], currency: str) -> Mapping[str, Any]:
    rulebase, problems = ground.engine.rulebase, Problems()
    options = [f"{fact}={said}" for fact, said in {**ground.stated, **texts}.items()]
    # The plain working memory: the same trace, in half the time.
    memory = memory_of(rulebase, frozenset(rulebase.decisions))
    try:
        case = read_case(None, rulebase, problems, options=options)
        if currency and not is_currency(currency):
            return _refusal(ground, f"`{currency}` is no currency: write three capital letters, such as EUR")
        if currency and case.currency not in (None, currency):
            return _refusal(ground, f"an amount is in {case.currency}, and the row in {currency}")
        problems.stop()
        case = replace(case, currency=currency or case.currency)
        completed, exact = reach(rulebase, case, memory, problems, assume=ground.assume)
    except InputError as error:
        return _refusal(ground, "; ".join(dict.fromkeys(each.message for each in error.diagnostics)))
    if (columns := ground.columns()) is not None:
        columns.learn(case.facts, is_possible=not completed.withdrawn)
    verdict = tell(rulebase, case, completed, exact, what_if=False)
    told = verdict.to_json()
    told["fired"] = [reason.rule for reason in verdict.fired if reason.is_deciding]
    told["assumptions"] = {name: said(value) for name, value in sorted(completed.assumed.items())}
    return written(ground.layout, told)


def written(layout: Layout, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a verdict that *layout* asks for, under the names of their columns."""
    return {name: None if part == REASON else _part(told, part) for name, part in layout.out.items()}


def _part(told: Mapping[str, Any], path: str) -> Any:
    name, _, inner = path.partition(".")
    found = told[name]
    return found.get(inner) if inner else found


def _refusal(ground: Ground, reason: str) -> Mapping[str, Any]:
    said = {"status": REFUSED, REASON: reason.replace("`", "")}
    return {name: said.get(part) for name, part in ground.layout.out.items()}
