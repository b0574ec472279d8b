"""The chain over whole columns: a test once for each distinct value, a decision once for each way it can end.

What a rule says of a row hangs on what its tests say, and those on the values in a few columns. So a test is
looked at for the distinct values alone, and a decision is settled once for each distinct combination of what
its rules say. Tests, measures and decisions are judged by the functions of the chain: nothing is said twice.

The reading is the cautious one. Where it leaves open what is asked for, or a constraint is in the way, the
row is not settled here, and whoever asks decides it by itself, exactly.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from amends.engine.chain.exclusion import exclusions
from amends.engine.chain.settle import settle
from amends.engine.completion import constrained
from amends.engine.condition import AllOf, AnyOf, Condition, Not, Operator, Test, tests
from amends.engine.network import cone, strata
from amends.engine.rulebase import Decision, Domain, Measure, RuleBase, Value
from amends.engine.truth import Members, Reading, Truth, fact_reading, measured, reading, truth
from amends.engine.what_if import kinds_of_value

MOST_REMEMBERED = 200_000
"""Ways in which a decision was settled, and combinations of facts that were found to be possible."""

TRIES = 40
"""Draws of what is not known, to see that a row can be as it is."""

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
class Settled:
    """How a decision ended in some rows: what was found, and whether it may have no value."""

    found: frozenset[Value] | Members
    lacks: bool

    @property
    def is_settled(self) -> bool:
        """True if it has one value, or one set of members."""
        if self.lacks:
            return False
        return (
            self.found.sure == self.found.possible
            if isinstance(self.found, Members)
            else len(self.found) == 1
        )


@dataclass(frozen=True)
class Chunk:
    """What became of some rows: `is_settled` says of which all that was asked for is known."""

    is_settled: Any
    decisions: Mapping[str, tuple[Codes, list[Settled]]]
    measures: Mapping[str, tuple[Codes, list[Value | None]]]

    def settled(self, name: str, row: int) -> Settled:
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
        self.constrained = tuple(sorted(constrained(rulebase)))
        self._ways: dict[str, dict[bytes, int]] = {}
        self._tables: dict[str, dict[Settled, int]] = {}
        self._kinds: dict[str, tuple[Value, ...]] = {}
        self._possible: dict[tuple[Value | None, ...], bool] = {}

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
        return under_way.chunk(stated)

    def learn(self, facts: Mapping[str, Value], *, is_possible: bool) -> None:
        """Note whether a row that states *facts* can be as it is, with all that is assumed of it."""
        if len(self._possible) >= MOST_REMEMBERED:
            self._possible.clear()
        self._possible[tuple(facts.get(name) for name in self.constrained)] = is_possible

    @cached_property
    def constraints(self) -> Kernel:
        """The same rule base with nothing but what its constraints read, or this one if it is that."""
        return Kernel(self.rulebase, (), assume=self.assume) if self.wanted else self

    @cached_property
    def facts_read(self) -> list[frozenset[str]]:
        """The facts that each constraint rests on."""
        return [
            frozenset().union(*(cone(self.rulebase, test.subject) for test in tests(constraint.never)))
            for constraint in self.rulebase.constraints.values()
        ]

    def kinds(self, name: str) -> tuple[Value, ...]:
        """Return a value of each kind that the rules tell apart in a fact, and of amounts those of all facts.

        Constraints compare amounts with each other, and two that are equal have to come up.
        """
        if name not in self._kinds:
            own = self.rulebase.facts[name].domain
            facts = [self.rulebase.facts[other] for other in self.constrained]
            alike = [fact for fact in facts if own.kind.is_number and fact.domain.kind is own.kind]
            values = [
                value
                for fact in (self.rulebase.facts[name], *alike)
                for value in kinds_of_value(self.rulebase, fact)
            ]
            self._kinds[name] = tuple(value for value in dict.fromkeys(values) if _is_within(value, own))
        return self._kinds[name]

    def can_be(self, facts: tuple[Value | None, ...]) -> bool:
        """Return whether rows with these constrained facts are known to be possible."""
        return self._possible.get(facts, False)

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
            end = Settled(outcome.found, bool(outcome.lacks))
            table = self._tables.setdefault(decision.name, {})
            found = known[key] = table.setdefault(end, len(table))
        return found

    def table(self, name: str) -> list[Settled]:
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
        places, first = self._distinct([self.columns[name].codes for name in moving])
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
        parts = [np.stack(said, axis=1)] if said else [np.zeros((self.rows, 0), np.int8)]
        taking = self.columns[decision.without] if decision.without else None
        if taking is not None:
            codes = np.broadcast_to(taking.codes, (self.rows,)).astype(np.int32)
            parts.append(codes.view(np.int8).reshape(self.rows, 4))
        whole = np.ascontiguousarray(np.concatenate(parts, axis=1))
        keys = whole.view(np.dtype((np.void, max(whole.shape[1], 1)))).ravel() if whole.shape[1] else None
        if keys is None:
            first, places = np.zeros(1, np.int64), np.zeros(self.rows, np.int64)
        else:
            _, first, places = np.unique(keys, return_index=True, return_inverse=True)
        ways = []
        for row in first:
            without = None
            if taking is not None:
                found = taking.readings[int(taking.codes[row if len(taking.codes) > 1 else 0])]
                without = found if isinstance(found, Members) else None
            key = whole[row].tobytes()
            ways.append(self.kernel.way(decision, key, key[: len(decision.rules)], without))
        codes = np.asarray(ways, np.int32)[places]
        table = self.kernel.table(decision.name)
        self.columns[decision.name] = Column(codes, [each.found for each in table])
        lacks = np.array([each.lacks for each in table])
        self.is_settled &= ~lacks[codes]

    def _distinct(self, codes: Sequence[Codes]) -> tuple[Codes, Sequence[int]]:
        """Return which distinct combination of *codes* each row has, and a row that has each."""
        if not codes:
            return np.zeros(1, np.int32), [0]
        stacked = np.ascontiguousarray(np.stack(codes, axis=1).astype(np.int32))
        keys = stacked.view(np.dtype((np.void, 4 * stacked.shape[1]))).ravel()
        _, first, places = np.unique(keys, return_index=True, return_inverse=True)
        return places.astype(np.int32), first.tolist()

    # --- What may be told -----------------------------------------------------------------

    def chunk(self, stated: Mapping[str, Sequence[Value | None]]) -> Chunk:
        """Return what is known of every row, once all layers are done."""
        self._constrain(stated)
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
        return Chunk(self.is_settled, decisions, measures)

    def _constrain(self, stated: Mapping[str, Sequence[Value | None]]) -> None:
        """Leave unsettled what breaks a constraint, or may break one and is not seen to be possible."""
        worst = self.worst()
        self.is_settled &= worst != Truth.YES
        left = self._unseen(np.flatnonzero(self.is_settled & (worst == Truth.UNDECIDED)), stated)
        nothing = (None,) * self.rows
        columns = [stated.get(name, nothing) for name in self.kernel.constrained]
        for row in left:
            if not self.kernel.can_be(tuple(column[row] for column in columns)):
                self.is_settled[row] = False

    def worst(self) -> Any:
        """Return what the constraints say of each row: `YES` where one is broken, `NO` where none is."""
        worst = np.zeros(self.rows, np.int8)
        for constraint in self.rulebase.constraints.values():
            worst = np.maximum(worst, self.truth(constraint.never))
        return worst

    def _unseen(self, rows: Any, stated: Mapping[str, Sequence[Value | None]]) -> Any:
        """Return those of *rows* of which no way was drawn in which they can be.

        Values are drawn for what is not known, and drawn again where they break a constraint. A way that
        breaks none shows that what is known can be, and so do the ways that lead elsewhere.
        """
        kernel = self.kernel
        draw = random.Random(0)  # noqa: S311 - not for secrets; the same each time
        known = {name: self._known(name, rows, stated) for name in kernel.constrained}
        drawn = {
            name: [draw.choice(kernel.kinds(name)) if value is None else value for value in values]
            for name, values in known.items()
        }
        for _ in range(TRIES):
            if not len(rows):
                break
            filled = self._filled(rows, drawn)
            broken = [
                np.broadcast_to(filled.truth(constraint.never), (len(rows),)) != Truth.NO
                for constraint in self.rulebase.constraints.values()
            ]
            for name, values in drawn.items():
                read = [at for at, names in enumerate(kernel.facts_read) if name in names]
                again = np.logical_or.reduce([broken[at] for at in read])
                for at in np.flatnonzero(again):
                    if known[name][at] is None:
                        values[at] = draw.choice(kernel.kinds(name))
            kept = np.flatnonzero(np.logical_or.reduce(broken))
            rows = rows[kept]
            known = {name: [values[at] for at in kept] for name, values in known.items()}
            drawn = {name: [values[at] for at in kept] for name, values in drawn.items()}
        return rows

    def _known(
        self, name: str, rows: Any, stated: Mapping[str, Sequence[Value | None]]
    ) -> list[Value | None]:
        """Return what each of *rows* states of a fact, or what is assumed of it."""
        assumed = self.rulebase.facts[name].assume if self.kernel.assume else None
        told = stated.get(name)
        if told is None:
            return [assumed] * len(rows)
        return [assumed if told[row] is None else told[row] for row in rows]

    def _filled(self, rows: Any, drawn: Mapping[str, Sequence[Value | None]]) -> _UnderWay:
        """Return *rows* with the measures that their constraints read, of facts as they were *drawn*."""
        filled = _UnderWay(self.kernel.constraints, len(rows), drawn)
        for name, column in filled.columns.items():
            own = self.columns[name].stated  # what is drawn is not stated
            column.stated = own[rows] if np.ndim(own) else own
        for layer in self.kernel.constraints.layers:
            for name in layer:
                filled.compute(self.rulebase.measures[name])
        return filled


def _never(_: str) -> bool:
    raise AssertionError("`known` is looked up by column")


def _is_within(value: Value, domain: Domain) -> bool:
    if not isinstance(value, Fraction):
        return True
    low, high = domain.lowest, domain.highest
    return (low is None or value >= low) and (high is None or value <= high)
