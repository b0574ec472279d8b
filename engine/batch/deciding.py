"""One row to what is written beside it: the parts of its verdict, or the reason why it is no case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from amends.engine.api import Engine
from amends.engine.batch.columns import CURRENCY, REASON, Layout
from amends.engine.case import read_case
from amends.engine.deciding import reach, tell
from amends.engine.diagnostics import InputError, Problems
from amends.engine.what_if import memory_of

REFUSED = "refused"
MOST_REMEMBERED = 50_000
"""Rows that state the same come out the same, and are decided once as long as they are remembered."""

Row = Mapping[str, Any]
"""A row by column; what is empty or None states nothing."""


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


def facts_for_all(engine: Engine, options: Sequence[str]) -> dict[str, str]:
    """Return what texts `fact=value` state, which is looked at once. Raises `InputError`."""
    engine.case({}, options=options)
    return {name.strip(): said.strip() for name, _, said in (option.partition("=") for option in options)}


def decided(ground: Ground, rows: Sequence[Row | Broken]) -> list[dict[str, Any]]:
    """Return each of *rows* with what is written beside it."""
    return [
        {**row.cells, **_refusal(ground, row.reason)}
        if isinstance(row, Broken)
        else {**row, **_beside(ground, row)}
        for row in rows
    ]


def _beside(ground: Ground, row: Row) -> Mapping[str, Any]:
    try:
        texts = {fact: text(row.get(column)) for column, fact in ground.layout.facts.items()}
    except TypeError as error:
        return _refusal(ground, str(error))
    currency = text(row.get(CURRENCY)) if CURRENCY in ground.layout.columns else ""
    key = (currency, *texts.values())
    found = ground.remembered.get(key)
    if found is None:
        found = _worked_out(ground, texts, currency)
        if len(ground.remembered) >= MOST_REMEMBERED:
            ground.remembered.clear()
        ground.remembered[key] = found
    return found


def _worked_out(ground: Ground, texts: Mapping[str, str], currency: str) -> Mapping[str, Any]:
    rulebase, problems = ground.engine.rulebase, Problems()
    stated = {**ground.stated, **{fact: said for fact, said in texts.items() if said}}
    options = [f"{fact}={said}" for fact, said in stated.items()]
    # The plain working memory: the same trace, in half the time.
    memory = memory_of(rulebase, frozenset(rulebase.decisions))
    try:
        case = read_case(None, rulebase, problems, options=options)
        if currency and not (len(currency) == 3 and currency.isascii() and currency.isupper()):
            return _refusal(ground, f"`{currency}` is no currency: write three capital letters, such as EUR")
        if currency and case.currency not in (None, currency):
            return _refusal(ground, f"an amount is in {case.currency}, and the row in {currency}")
        problems.stop()
        case = replace(case, currency=currency or case.currency)
        completed, exact = reach(rulebase, case, memory, problems, assume=ground.assume)
    except InputError as error:
        return _refusal(ground, "; ".join(dict.fromkeys(each.message for each in error.diagnostics)))
    verdict = tell(rulebase, case, completed, exact, what_if=False)
    told = verdict.to_json()
    told["fired"] = [reason.rule for reason in verdict.fired if reason.is_deciding]
    told["assumptions"] = {
        name: ", ".join(sorted(value)) if isinstance(value, frozenset) else text(value)
        for name, value in sorted(completed.assumed.items())
    }
    return {name: None if part == REASON else _part(told, part) for name, part in ground.layout.out.items()}


def _part(told: Mapping[str, Any], path: str) -> Any:
    name, _, inner = path.partition(".")
    found = told[name]
    return found.get(inner) if inner else found


def _refusal(ground: Ground, reason: str) -> Mapping[str, Any]:
    said = {"status": REFUSED, REASON: reason.replace("`", "")}
    return {name: said.get(part) for name, part in ground.layout.out.items()}


def text(value: object) -> str:
    """Return a cell as one writes it in a case. Raises `TypeError` for what no case holds.

    >>> text(True), text(None), text(2.5), text(["safety", "emotional"])
    ('true', '', '2.5', 'safety, emotional')
    """
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case bool():
            return "true" if value else "false"
        case float():
            return "" if value != value else f"{Decimal(repr(value)):f}"
        case int() | Decimal():
            return f"{value:f}" if isinstance(value, Decimal) else str(value)
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case list() | tuple() | set() | frozenset():
            return ", ".join(map(text, value))
        case _ if hasattr(value, "numerator") and hasattr(value, "denominator"):
            return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
    raise TypeError(f"a cell holds {type(value).__name__}, which no fact is")
