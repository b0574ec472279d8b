"""The money of many rows: what `money_basis` names, worked out for all rows of a basis at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from amends.engine.batch.cells import Stated
from amends.engine.batch.column import Codes, at
from amends.engine.batch.kernel import Chunk
from amends.engine.batch.numbers import Numbers, joined, whole_units
from amends.engine.batch.parts import Amounts, Coded, Part
from amends.engine.chain.outcome import Outcome, Trace
from amends.engine.money import BASIS, FORM, work_out
from amends.engine.network import cone
from amends.engine.rulebase import PLACEHOLDER, MoneyBasis, RuleBase, Value
from amends.engine.truth import one_value
from amends.engine.verdict import Money

FIGURES = ("amount", "low", "high")
DECIDED, OPEN = 0, 1
MOST_REMEMBERED = 200_000
"""Sums that were put in words."""


def numbers_of(basis: MoneyBasis) -> tuple[str, ...]:
    """Return what the sum of *basis* rests on, and what its formula names besides."""
    return tuple(sorted({*basis.numbers, *PLACEHOLDER.findall(basis.formula)}))


@dataclass
class Sums:
    """The money of a rule base, of which *parts* of a verdict are asked for."""

    rulebase: RuleBase
    parts: frozenset[str]
    _told: dict[tuple[Any, ...], Money] = field(default_factory=dict)

    def told(
        self, rows: int, chunk: Chunk, stated: Stated, is_settled: Any
    ) -> tuple[Mapping[str, Part], Any]:
        """Return the parts of the money by their paths, and of which rows more has to be looked at."""
        currency = Coded(stated.currency, stated.currencies)
        if BASIS not in self.rulebase.decisions:
            nothing = Money("none").to_json()
            parts = {f"money.{name}": Coded(0, [value]) for name, value in nothing.items()}
            return parts, np.zeros(rows, bool)
        codes, table = chunk.decisions[BASIS]
        bases = [self.rulebase.money.get(str(each.value)) for each in table]
        asked = [figure for figure in FIGURES if f"money.{figure}" in self.parts]
        cents = {figure: np.zeros(rows, np.int64) for figure in asked}
        is_open, is_unclear = np.zeros(rows, bool), np.zeros(rows, bool)
        every = np.broadcast_to(codes, (rows,))
        for place, basis in enumerate(bases):
            if basis is None:
                continue
            here = np.flatnonzero((every == place) & is_settled)
            if len(here):
                self._of(basis, here, chunk, cents, is_open, is_unclear)
        found: dict[str, Part] = {
            f"money.{figure}": Amounts(each, ~is_open) for figure, each in cents.items()
        }
        found["money.status"] = Coded(is_open.view(np.int8), ["decided", "open"])
        found["money.basis"] = _named(codes, table)
        found["money.owed_to"] = Coded(codes, [None if each is None else each.owed_to for each in bases])
        found["money.currency"] = currency
        form = chunk.decisions.get(FORM)
        found["money.form"] = _named(*form) if form else Coded(0, [None])
        if "money" in self.parts:
            is_unclear |= is_open  # the facts that it needs are told of one case at a time
        return found, is_unclear

    def _of(
        self,
        basis: MoneyBasis,
        here: Any,
        chunk: Chunk,
        cents: Mapping[str, Any],
        is_open: Any,
        is_unclear: Any,
    ) -> None:
        """Work out the sums of the rows *here*, all of one basis."""
        numbers = {name: self._numbers(name, chunk).of(here) for name in basis.numbers}
        known: Any = np.ones(len(here), bool)
        for name, each in numbers.items():
            known = known & each.known
            if not np.all(each.known):
                # What a decision that is still open would make of it is told of one case at a time.
                unclear = np.zeros(len(here), bool)
                for decision in cone(self.rulebase, name) & self.rulebase.decisions.keys():
                    is_open_there = chunk.is_open(decision)
                    unclear |= is_open_there[here] if np.ndim(is_open_there) else is_open_there
                is_unclear[here] |= unclear & ~np.asarray(each.known)
        is_open[here] = ~known
        for figure, told in cents.items():
            found = numbers[getattr(basis, figure)]
            if basis.floors:
                found = joined("max", [found, *(numbers[name] for name in basis.floors)])
            if basis.caps:
                found = joined("min", [found, *(numbers[name] for name in basis.caps)])
            told[here] = whole_units(found, 2)

    def _numbers(self, name: str, chunk: Chunk) -> Numbers:
        if name in self.rulebase.parameters:
            return Numbers.one(self.rulebase.parameters[name].value)
        return chunk.columns[name].as_numbers()

    def in_words(self, row: int, chunk: Chunk, stated: Stated) -> Money:
        """Return all that is said of the money of one row, which takes its time."""
        if BASIS not in self.rulebase.decisions:
            return Money("none")
        outcomes: dict[str, Outcome] = {}
        for name in (BASIS, FORM):
            if name in chunk.decisions:
                codes, table = chunk.decisions[name]
                outcomes[name] = table[at(codes, row)]
        basis = self.rulebase.money.get(str(outcomes[BASIS].value))
        names = numbers_of(basis) if basis is not None else ()
        values = {name: _value(name, row, chunk) for name in names if name not in self.rulebase.parameters}
        currency = stated.currencies[int(stated.currency[row])]
        key = (*(outcome.value for outcome in outcomes.values()), currency, *values.values())
        found = self._told.get(key)
        if found is None:
            measures = {name: value for name, value in values.items() if name in self.rulebase.measures}
            facts = {
                name: value
                for name, value in values.items()
                if name in self.rulebase.facts and value is not None
            }
            found = work_out(self.rulebase, Trace("columns", (), (), outcomes, measures), facts, currency)
            if len(self._told) >= MOST_REMEMBERED:
                self._told.clear()
            self._told[key] = found
        return found


def _named(codes: Codes, table: Sequence[Outcome]) -> Coded:
    return Coded(codes, [None if each.value is None else str(each.value) for each in table])


def _value(name: str, row: int, chunk: Chunk) -> Value | None:
    return one_value(chunk.columns[name].reading(row))
