"""The chain over whole columns: a test once for each distinct value, a decision once for each way it can end.

What a rule says of a row hangs on what its tests say, and those on the values in a few columns. So a test is
looked at for the distinct values alone, and a decision is settled once for each distinct combination of what
its rules say. Tests, measures and decisions are judged by the functions of the chain: nothing is said twice.

The reading is the cautious one. Where it leaves open what is asked for, or a constraint is in the way, the
row is not settled here, and whoever asks decides it by itself, exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from amends.engine.chain.exclusion import exclusions
from amends.engine.chain.outcome import Outcome
from amends.engine.chain.settle import settle
from amends.engine.condition import AllOf, AnyOf, Condition, Not, Operator, Test, tests
from amends.engine.network import cone, strata
from amends.engine.rulebase import Decision, Measure, RuleBase, Value
from amends.engine.truth import Members, Reading, Truth, fact_reading, measured, reading, truth

MOST_REMEMBERED = 200_000
"""Ways in which decisions were settled."""

Codes = Any
"""One number a row, an index into what a column holds; 0 alone where all rows hold the same."""
Truths = Any
"""One `Truth` a row as a small number, or one for all rows."""


@dataclass
class Column:
    """What one name reads in each row: an index into the distinct `readings`."""

    codes: Codes
    readings: list[Reading]
    stated: Codes = False
    """Of a fact, whether the row states it."""


@dataclass(frozen=True)
class Chunk:
    """What became of some rows: `is_settled` says of which all that was asked for is known.

    `may_break` says which of them may break a constraint, for all that is known; those that surely do are
    not settled.
    """

    is_settled: Any
    may_break: Any
    decisions: Mapping[str, tuple[Codes, list[Outcome]]]
    measures: Mapping[str, tuple[Codes, list[Value | None]]]

    def settled(self, name: str, row: int) -> Outcome:
        """Return what a decision came to in *row*."""
        codes, found = self.decisions[name]
        return found[int(codes[row])]

    def measure(self, name: str, row: int) -> Value | None:
        """Return what a measure is in *row*."""
        codes, found = self.measures[name]
        return found[int(codes[row])]


class Kernel:
    """A rule base over columns; it remembers how decisions were settled from one chunk to the next."""

    def __init__(
        self, rulebase: RuleBase, wanted: Sequence[str], *, assume: bool = True, also: Iterable[str] = ()
    ) -> None:
        self.rulebase = rulebase
        self.wanted = tuple(wanted)
        self.assume = assume
        self.apart = exclusions(rulebase).apart
        self.needed = frozenset().union(
            *(cone(rulebase, name) for name in (*wanted, *also)), *self._of_constraints()
        )
        self.layers = [[name for name in layer if name in self.needed] for layer in strata(rulebase)]
        self._ways: dict[str, dict[bytes, int]] = {}
        self._tables: dict[str, dict[Outcome, int]] = {}

    def _of_constraints(self) -> list[frozenset[str]]:
        subjects = {test.subject for c in self.rulebase.constraints.values() for test in tests(c.never)}
        return [cone(self.rulebase, subject) for subject in subjects]

    def run(self, rows: int, stated: Mapping[str, Sequence[Value | None]]) -> Chunk:
        """Return what becomes of so many *rows*, of which *stated* says by fact what each states."""
        if sum(map(len, self._ways.values())) > MOST_REMEMBERED:
            self._ways.clear()
            self._tables.clear()
        under_way = _UnderWay(self, rows, stated)
        for layer in self.layers:
            for name in layer:
                if name in self.rulebase.measures:
                    under_way.compute(self.rulebase.measures[name])
                else:
                    under_way.decide(self.rulebase.decisions[name])
        return under_way.chunk()

    def broken(
        self, rows: int, values: Mapping[str, Sequence[Value | None]], is_stated: Mapping[str, Any]
    ) -> list[Any]:
        """Return of each constraint which rows of these *values* may break it, or do.

        *is_stated* says by fact which rows state it; values may be supposed.
        """
        under_way = _UnderWay(self, rows, values)
        for name, column in under_way.columns.items():
            column.stated = is_stated.get(name, False)
        for name in (name for layer in self.layers for name in layer if name in self.rulebase.measures):
            under_way.compute(self.rulebase.measures[name])
        return [said != Truth.NO for said in under_way.of_constraints()]

    def way(self, decision: Decision, key: bytes, said: bytes, without: Members | None) -> int:
        """Return the place of what *decision* comes to where its rules say *said*."""
        known = self._ways.setdefault(decision.name, {})
        found = known.get(key)
        if found is None:
            truths = {
                rule.path: Truth(value)
                for rule, value in zip(decision.rules, said, strict=True)
                if value != Truth.NO
            }
            outcome = settle(decision, truths, self.apart, without)
            # Which rules are credited is not told here, and ways that differ in that alone are one.
            end = Outcome(decision.name, outcome.found, outcome.lacks)
            table = self._tables.setdefault(decision.name, {})
            found = known[key] = table.setdefault(end, len(table))
        return found

    def table(self, name: str) -> list[Outcome]:
        """Return the ends that a decision came to so far, in the order of their places."""
        return [*self._tables[name]]


class _UnderWay:
    """One chunk on its way through the layers."""

    def __init__(self, kernel: Kernel, rows: int, stated: Mapping[str, Sequence[Value | None]]) -> None:
        self.kernel = kernel
        self.rulebase = kernel.rulebase
        self.rows = rows
        self.columns = {
            name: self._fact(name, stated.get(name)) for name in self.rulebase.facts if name in kernel.needed
        }
        self.is_settled = np.ones(rows, bool)
        self.measures: dict[str, tuple[Codes, list[Value | None]]] = {}
        self.truths: dict[Test, Truths] = {}

    def _fact(self, name: str, values: Sequence[Value | None] | None) -> Column:
        fact = self.rulebase.facts[name]
        unstated = fact_reading(fact.assume if self.kernel.assume else None, fact.domain)
        if values is None:
            return Column(np.zeros(1, np.int32), [unstated])
        places: dict[Value | None, int] = {None: 0}
        codes = np.fromiter((places.setdefault(value, len(places)) for value in values), np.int32, self.rows)
        readings = [unstated, *(fact_reading(value, fact.domain) for value in [*places][1:])]
        return Column(codes, readings, codes != 0)

    # --- Conditions -----------------------------------------------------------------------

    def truth(self, condition: Condition) -> Truths:
        """Return what *condition* says of each row."""
        match condition:
            case Test():
                found = self.truths.get(condition)
                if found is None:
                    found = self.truths[condition] = self._test(condition)
                return found
            case Not(part):
                return Truth.YES - self.truth(part)
            case AllOf(parts):
                return self._folded(np.minimum, parts, Truth.YES, Truth.NO)
            case AnyOf(parts):
                return self._folded(np.maximum, parts, Truth.NO, Truth.YES)

    def _folded(
        self, join: Callable[..., Any], parts: Sequence[Condition], found: Truths, end: Truth
    ) -> Truths:
        for part in parts:
            found = join(found, self.truth(part))
            if np.ndim(found) == 0 and found == end:
                break
        return found

    def _test(self, test: Test) -> Truths:
        column = self.columns[test.subject]
        if test.operator is Operator.KNOWN:
            return np.where(np.asarray(column.stated) == test.operand, Truth.YES, Truth.NO).astype(np.int8)
        said = np.array(
            [truth(test, lambda _, found=found: found, _never) for found in column.readings],  # type: ignore[misc]
            np.int8,
        )
        return said[column.codes[0]] if len(column.codes) == 1 else said[column.codes]

    # --- Measures and decisions -----------------------------------------------------------

    def compute(self, measure: Measure) -> None:
        """Work *measure* out, once for each distinct combination of what it reads."""
        names = [name for name in measure.inputs if name not in self.rulebase.parameters]
        moving = [name for name in names if len(self.columns[name].codes) > 1]
        places, first = _distinct([self.columns[name].codes for name in moving])
        values: list[Value | None] = []
        for row in first:
            at = {
                name: self.columns[name].readings[int(self.columns[name].codes[row if name in moving else 0])]
                for name in names
            }
            values.append(measured(measure, self.rulebase.parameters, at.__getitem__))
        self.measures[measure.name] = (places, values)
        self.columns[measure.name] = Column(places, [reading(value) for value in values])

    def decide(self, decision: Decision) -> None:
        """Settle *decision*, once for each distinct combination of what its rules say."""
        said = [
            np.broadcast_to(np.asarray(self.truth(rule.when), np.int8), (self.rows,))
            for rule in decision.rules
        ]
        taking = self.columns[decision.without] if decision.without else None
        if taking is not None:
            codes = np.ascontiguousarray(np.broadcast_to(taking.codes, (self.rows,)), np.int32)
            said += list(codes.view(np.int8).reshape(self.rows, 4).T)
        places, first = _distinct(said)
        ways = []
        for row in first:
            without = None
            if taking is not None:
                found = taking.readings[int(taking.codes[row if len(taking.codes) > 1 else 0])]
                without = found if isinstance(found, Members) else None
            key = bytes(int(column[row]) & 0xFF for column in said)
            ways.append(self.kernel.way(decision, key, key[: len(decision.rules)], without))
        codes = np.broadcast_to(np.asarray(ways, np.int32)[places], (self.rows,))
        table = self.kernel.table(decision.name)
        self.columns[decision.name] = Column(codes, [each.found for each in table])
        lacks = np.array([bool(each.lacks) for each in table])
        self.is_settled &= ~lacks[codes]

    # --- What may be told -----------------------------------------------------------------

    def chunk(self) -> Chunk:
        """Return what is known of every row, once all layers are done."""
        worst = np.zeros(self.rows, np.int8)
        for said in self.of_constraints():
            worst = np.maximum(worst, said)
        self.is_settled &= worst != Truth.YES
        decisions = {}
        for name in self.kernel.wanted:
            codes, table = self.columns[name].codes, self.kernel.table(name)
            is_settled = np.array([each.is_settled for each in table])
            self.is_settled &= is_settled[codes]
            decisions[name] = (codes, table)
        measures = {
            name: (np.broadcast_to(codes, (self.rows,)), values)
            for name, (codes, values) in self.measures.items()
        }
        return Chunk(self.is_settled, worst != Truth.NO, decisions, measures)

    def of_constraints(self) -> list[Any]:
        """Return what each constraint says of each row."""
        return [
            np.broadcast_to(self.truth(constraint.never), (self.rows,))
            for constraint in self.rulebase.constraints.values()
        ]


def _never(_: str) -> bool:
    raise AssertionError("`known` is looked up by column")


def _distinct(columns: Sequence[Any]) -> tuple[Codes, Sequence[int]]:
    """Return which distinct combination of what *columns* hold each row has, and a row that has each."""
    if not columns:
        return np.zeros(1, np.int32), [0]
    stacked = np.ascontiguousarray(np.stack(columns, axis=1))
    keys = stacked.view(np.dtype((np.void, stacked.itemsize * stacked.shape[1]))).ravel()
    _, first, places = np.unique(keys, return_index=True, return_inverse=True)
    return places.astype(np.int32), first.tolist()
