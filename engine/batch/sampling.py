"""Cases made up from the weights of a rule base, whole columns at a time; the same seed makes the same ones.

Facts are drawn one apart from another, but for multiples of each other. What breaks a constraint is drawn
again, and a row that goes on breaking one is drawn anew from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from amends.engine.batch.column import Column, smallest
from amends.engine.batch.columns import Layout
from amends.engine.batch.kernel import Kernel
from amends.engine.batch.numbers import Numbers
from amends.engine.batch.parts import decimals_of
from amends.engine.batch.running import writing
from amends.engine.batch.tables import Table, writer_of
from amends.engine.batch.texts import said
from amends.engine.completion import facts_read
from amends.engine.diagnostics import Code, Diagnostic, InputError, listed
from amends.engine.diagram import Space, space_of
from amends.engine.interview.weights import weights_of
from amends.engine.rulebase import Fact, Kind, RuleBase, Sample, Value
from amends.engine.truth import fact_reading

ROWS = 65_536
"""Cases that are drawn at once."""
TRIES = 60
"""Times that what breaks a constraint is drawn again, before all of the case is."""
MOST_TRIES = 20 * TRIES
TENTH = 1.2815515655446004
"""The 90th percentile of the normal distribution."""


@dataclass(frozen=True)
class _Drawn:
    """A column under way: codes of `values`, or a number's `tops` in units of its last decimal place."""

    values: Sequence[Value] | None
    numbers: Any


def sampled(
    rulebase: RuleBase, count: int, *, seed: int = 0, unknown: float = 0.0, rows: int = ROWS
) -> Iterator[Any]:
    """Yield *count* cases as Arrow tables: a number, `id`, and a column for each fact that can be drawn.

    A fact that nothing is assumed of is left out of a share of the cases, *unknown*.

    >>> from amends.engine import load
    >>> first, second = sampled(load().rulebase, 300, rows=200)
    >>> first.num_rows, second["id"][0].as_py(), "cause" in first.schema.names
    (200, 201, True)
    """
    sampler = _Sampler(rulebase, seed, unknown)
    for start in range(0, max(count, 1), rows):
        yield sampler.table(start, min(rows, count - start))


def write_sample(
    rulebase: RuleBase,
    count: int,
    output: Path,
    form: str,
    *,
    seed: int = 0,
    unknown: float = 0.0,
    force: bool = False,
    progress: Callable[[int], None] = lambda _rows: None,
) -> None:
    """Write *count* cases to *output*, a file of that form. Raises `InputError`; it is whole or not there."""
    tables = sampled(rulebase, count, seed=seed, unknown=unknown)
    with writing(output, force=force) as raw:
        first = next(tables)
        columns = Layout(tuple(first.schema.names), {}, {})
        given = Table(columns.columns, iter(()), first.schema)
        writer = writer_of(raw, form, columns, given, lambda _layout, schema: schema)
        for table in chain([first], tables):
            writer.write(table if form == "parquet" else table.to_pylist())
            progress(table.num_rows)
        writer.end()


class _Sampler:
    def __init__(self, rulebase: RuleBase, seed: int, unknown: float) -> None:
        self.rulebase = rulebase
        self.seed = seed
        self.unknown = unknown
        self.space: Space = space_of(rulebase)
        self.weights = weights_of(rulebase, self.space)
        self.kernel = Kernel(rulebase, ())
        self.read = [facts_read(constraint, rulebase) for constraint in rulebase.constraints.values()]
        self.facts = {name: rulebase.facts[name] for name in self._in_order()}

    def _in_order(self) -> list[str]:
        """Return the facts that can be drawn, those first that others are multiples of."""
        names = [name for name in self.rulebase.facts if self._can_be_drawn(name)]
        return sorted(names, key=lambda name: self._depth(name, ()))

    def _can_be_drawn(self, name: str) -> bool:
        if self.rulebase.facts[name].domain.kind is Kind.DATE:
            return False  # a day is near to now, and that is not stored
        return name in self.rulebase.samples or bool(self.space.levels_of(name))

    def _depth(self, name: str, above: tuple[str, ...]) -> int:
        sample = self.rulebase.samples.get(name)
        if sample is None or sample.of is None or name in above:
            return 0
        return 1 + self._depth(sample.of, (*above, name))

    def table(self, start: int, count: int) -> Any:
        """Return so many cases, the first of them that after *start*; each chunk has a seed of its own."""
        rng = np.random.default_rng([self.seed, start])
        drawn: dict[str, _Drawn] = {}
        for name in self.facts:
            drawn[name] = self._draw(name, count, rng, drawn)
        self._mend(drawn, count, rng)
        columns = {"id": pa.array(np.arange(start + 1, start + count + 1))}
        for name in self.rulebase.facts:
            if name in drawn:
                columns[name] = self._arrow(self.facts[name], drawn[name], rng)
        return pa.table(columns)

    # --- Drawing --------------------------------------------------------------------------

    def _draw(self, name: str, count: int, rng: Any, others: Mapping[str, _Drawn]) -> _Drawn:
        fact, sample = self.facts[name], self.rulebase.samples.get(name)
        if fact.domain.kind is Kind.SET:
            return self._members(fact, sample, count, rng)
        if sample is None:
            (level,) = self.space.levels_of(name)
            places = range(len(self.weights[level]))
            values: Sequence[Value] = [self.space.sample(level, place) for place in places]
            weights = np.array(self.weights[level])
        elif sample.percentiles:
            return self._among(fact, sample, count, rng, others)
        else:
            values = list(sample.weights)
            weights = np.array([float(each) for each in sample.weights.values()])
        codes = rng.choice(len(values), count, p=weights / weights.sum())
        if not fact.domain.kind.is_number:
            return _Drawn(values, codes)
        numbers = np.array([float(value) for value in values if isinstance(value, Fraction)])[codes]
        return self._number(fact, sample, numbers, others)

    def _members(self, fact: Fact, sample: Sample | None, count: int, rng: Any) -> _Drawn:
        if sample is not None:
            chances = {str(value): float(weight) for value, weight in sample.weights.items()}
        else:
            levels = self.space.levels_of(fact.name)
            chances = {str(self.space.variables[at].member): self.weights[at][1] for at in levels}
        bits = np.zeros(count, np.int64)
        for place, chance in enumerate(chances.values()):
            bits |= (rng.random(count) < chance).astype(np.int64) << place
        distinct = range(1 << len(chances))
        sets: list[Value] = [
            frozenset(name for place, name in enumerate(chances) if each >> place & 1) for each in distinct
        ]
        return _Drawn(sets, bits)

    def _among(
        self, fact: Fact, sample: Sample, count: int, rng: Any, others: Mapping[str, _Drawn]
    ) -> _Drawn:
        """Draw as incomes are: the logarithm is normal, as wide on each side of the middle as is said."""
        low, middle, high = map(float, sample.percentiles)
        away = rng.standard_normal(count) / TENTH
        numbers = middle * np.where(away > 0, high / middle, middle / low) ** away
        # As people state them: what is large in round figures.
        digits = np.floor(np.log10(np.maximum(numbers, 1e-9))).astype(np.int64) - 1
        step = 10.0 ** np.maximum(digits, -fact.domain.decimals)
        return self._number(fact, sample, np.rint(numbers / step) * step, others)

    def _number(
        self, fact: Fact, sample: Sample | None, numbers: Any, others: Mapping[str, _Drawn]
    ) -> _Drawn:
        scale = 10**fact.domain.decimals
        if sample is not None and sample.of is not None:
            other = self.facts[sample.of]
            numbers = numbers * others[sample.of].numbers / 10**other.domain.decimals
        lowest = -np.inf if fact.domain.lowest is None else float(fact.domain.lowest)
        highest = np.inf if fact.domain.highest is None else float(fact.domain.highest)
        return _Drawn(None, np.rint(np.clip(numbers, lowest, highest) * scale).astype(np.int64))

    # --- What can be ----------------------------------------------------------------------

    def _mend(self, drawn: Mapping[str, _Drawn], count: int, rng: Any) -> None:
        """Draw again what breaks a constraint. Raises `InputError` if it goes on to."""
        rows = np.arange(count)
        for tries in range(1, MOST_TRIES):
            columns = {name: self._column(self.facts[name], each, rows) for name, each in drawn.items()}
            broken = self.kernel.broken(len(rows), columns)
            nothing = np.zeros(len(rows), bool)
            is_broken = np.logical_or.reduce([nothing, *broken])
            if not is_broken.any():
                return
            for name in self.facts:
                breaks = [said for said, names in zip(broken, self.read, strict=True) if name in names]
                hit = is_broken if tries % TRIES == 0 else np.logical_or.reduce([nothing, *breaks])
                if hit.any():
                    at = rows[hit]
                    others = {other: _Drawn(each.values, each.numbers[at]) for other, each in drawn.items()}
                    drawn[name].numbers[at] = self._draw(name, len(at), rng, others).numbers
            rows = rows[is_broken]
        names = [each for each, said in zip(self.rulebase.constraints, broken, strict=True) if said.any()]
        message = f"no case could be drawn that keeps {listed(names)}"
        help = "weigh what it asks of the facts under `samples`"
        raise InputError([Diagnostic(Code.BROKEN_CONSTRAINT, message, help=help)])

    def _column(self, fact: Fact, drawn: _Drawn, rows: Any) -> Column:
        numbers = drawn.numbers[rows]
        if drawn.values is None:
            return Column(numbers=Numbers.in_units(numbers, 10**fact.domain.decimals, True), stated=True)
        readings = [fact_reading(value, fact.domain) for value in drawn.values]
        return Column(smallest(numbers, len(readings)), readings, stated=True)

    # --- Arrow ----------------------------------------------------------------------------

    def _arrow(self, fact: Fact, drawn: _Drawn, rng: Any) -> Any:
        mask = None
        if self.unknown and fact.assume is None:
            mask = rng.random(len(drawn.numbers)) < self.unknown
        if drawn.values is not None:
            if fact.domain.kind is Kind.FLAG:
                return pa.array(np.array(drawn.values, bool)[drawn.numbers], mask=mask)
            texts = pa.array([said(value) or "[]" for value in drawn.values], pa.string())
            return pa.DictionaryArray.from_arrays(pa.array(drawn.numbers.astype(np.int32), mask=mask), texts)
        if fact.domain.kind is Kind.COUNT:
            return pa.array(drawn.numbers, mask=mask)
        known = True if mask is None else ~mask
        return decimals_of(drawn.numbers, known, pa.decimal128(18, fact.domain.decimals))
