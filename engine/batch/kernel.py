"""The chain over whole columns: a test for a whole column, a decision once for each way it can end.

What a rule says of a row hangs on what its tests say, and those on the values in a few columns. Of a column
that holds few distinct values a test is looked at for those alone, by the function of the chain; numbers are
compared as whole numbers. A decision is settled by the chain once for each distinct combination of what the
rules that no other strikes say, and what that came to is remembered; a set is collected member by member.

The reading is the cautious one. Where it leaves open what is asked for, or a constraint is in the way, the
row is not settled here, and whoever asks decides it by itself, exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Any

import numpy as np

from amends.engine.batch.column import Codes, Column, at, smallest, unstated
from amends.engine.batch.numbering import Numbering
from amends.engine.batch.numbers import Numbers, Truths, evaluated, passed, rounded
from amends.engine.chain.exclusion import exclusions
from amends.engine.chain.outcome import Outcome
from amends.engine.chain.settle import settle
from amends.engine.condition import AllOf, AnyOf, Condition, Not, Operator, Test, tests
from amends.engine.network import cone, strata
from amends.engine.rulebase import Decision, HitPolicy, Kind, Measure, Rule, RuleBase
from amends.engine.truth import Reading, Truth, one_value, truth

Asked = tuple[str, Operator, object]
"""What a test asks: of what, how, and with what it compares."""
MOST_REMEMBERED = 500_000
"""Ways in which decisions were settled, and what tests said of values."""
FEW = 6
"""So many comparisons of a column cost less than looking all its values up."""


@dataclass(frozen=True)
class Chunk:
    """What became of some rows: `is_settled` says of which all that was asked for is known.

    `may_break` says which of them may break a constraint, for all that is known, `is_broken` which surely do;
    those are not settled.
    """

    is_settled: Any
    may_break: Any
    is_broken: Any
    decisions: Mapping[str, tuple[Codes, Sequence[Outcome]]]
    """Those that have one value; of a collected set its column says what is in it."""
    columns: Mapping[str, Column]
    credited: Mapping[str, Any]
    """By path, in which rows a rule is credited with what its decision came to, if that was asked for."""

    def is_open(self, name: str) -> Any:
        """Return in which rows a decision is not settled; one answer alone may be for all."""
        members = self.columns[name].members
        if members is not None:
            return reduce(np.logical_or, [each == Truth.UNDECIDED for each in members.values()], np.False_)
        codes, table = self.decisions[name]
        found = np.array([not each.is_settled for each in table])
        return found[codes] if found.any() else np.False_


@dataclass
class _Ways:
    """How one decision was settled so far: what its rules said, numbered, and what that came to."""

    words: list[Numbering] = field(default_factory=list)
    joints: list[Numbering] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    """By number, the place of its end."""
    deciding: list[frozenset[str]] = field(default_factory=list)
    """By number, the rules that are credited with it."""

    def of(self, words: Sequence[Any]) -> tuple[Codes, list[int]]:
        """Return the number of what each row says, as *words* of 64 bits, and rows that say something new."""
        while len(self.words) < len(words):
            self.words.append(Numbering())
            self.joints.append(Numbering())
        codes, fresh = self.words[0].of(words[0])
        for place in range(1, len(words)):
            other, _ = self.words[place].of(words[place])
            pair = (codes.astype(np.uint64) << np.uint64(32)) | other.astype(np.uint64)
            codes, fresh = self.joints[place].of(pair)
        return codes, fresh


class Kernel:
    """A rule base over columns; it remembers how decisions were settled from one chunk to the next."""

    def __init__(
        self,
        rulebase: RuleBase,
        wanted: Sequence[str],
        *,
        assume: bool = True,
        also: Iterable[str] = (),
        credits: bool = False,
    ) -> None:
        self.rulebase = rulebase
        self.wanted = tuple(wanted)
        self.assume = assume
        self.credits = credits
        self.apart = exclusions(rulebase).apart
        self.needed = frozenset().union(
            *(cone(rulebase, name) for name in (*wanted, *also)), *self._of_constraints()
        )
        self.facts = tuple(name for name in rulebase.facts if name in self.needed)
        self.layers = [[name for name in layer if name in self.needed] for layer in strata(rulebase)]
        self.beaters = {
            name: _beaters(rulebase.decisions[name]) for name in rulebase.decisions if name in self.needed
        }
        self.said: dict[Asked, dict[Reading, int]] = {}
        self._ways: dict[tuple[str, bytes], _Ways] = {}
        self._tables: dict[str, dict[Outcome, int]] = {}

    def _of_constraints(self) -> list[frozenset[str]]:
        subjects = {test.subject for c in self.rulebase.constraints.values() for test in tests(c.never)}
        return [cone(self.rulebase, subject) for subject in subjects]

    def run(self, rows: int, facts: Mapping[str, Column]) -> Chunk:
        """Return what becomes of so many *rows*, of which *facts* are the columns that some state."""
        remembered = sum(len(ways.ends) for ways in self._ways.values())
        if remembered + sum(map(len, self.said.values())) > MOST_REMEMBERED:
            self._ways.clear()
            self._tables.clear()
            self.said.clear()
        under_way = UnderWay(self, rows, facts)
        for layer in self.layers:
            for name in layer:
                if name in self.rulebase.measures:
                    under_way.compute(self.rulebase.measures[name])
                else:
                    under_way.decide(self.rulebase.decisions[name])
        return under_way.chunk()

    def begun(self, rows: int, facts: Mapping[str, Column]) -> UnderWay:
        """Return so many *rows* with their facts and the measures of those, and no decision yet."""
        under_way = UnderWay(self, rows, facts)
        for name in (name for layer in self.layers for name in layer if name in self.rulebase.measures):
            under_way.compute(self.rulebase.measures[name])
        return under_way

    def broken(self, rows: int, facts: Mapping[str, Column]) -> list[Any]:
        """Return of each constraint which rows may break it, or do; what *facts* state may be supposed."""
        return [said != Truth.NO for said in self.begun(rows, facts).of_constraints()]

    def ways(self, decision: str, constant: bytes) -> _Ways:
        """Return how *decision* was settled where some of its rules said what is *constant*."""
        return self._ways.setdefault((decision, constant), _Ways())

    def end(self, decision: Decision, said: Sequence[int]) -> tuple[int, frozenset[str]]:
        """Return the place of what *decision* comes to where its rules say *said*, and the rules credited."""
        truths = {
            rule.path: Truth(value)
            for rule, value in zip(decision.rules, said, strict=True)
            if value != Truth.NO
        }
        outcome = settle(decision, truths, self.apart)
        # Ends that differ in what is credited alone are one.
        table = self._tables.setdefault(decision.name, {})
        end = Outcome(decision.name, outcome.found, outcome.lacks)
        return table.setdefault(end, len(table)), frozenset(outcome.deciding)

    def table(self, name: str) -> Sequence[Outcome]:
        """Return the ends that a decision came to so far, in the order of their places."""
        return tuple(self._tables[name])


Beaters = Sequence[Sequence[tuple[int, Sequence[int]]]]
"""Tier by tier its rules by place, each with those of its tier that strike it."""


def _beaters(decision: Decision) -> Beaters:
    if decision.hit_policy is not HitPolicy.PRIORITY:
        return ()
    tiers: dict[str | None, list[int]] = {tier: [] for tier in decision.tiers or (None,)}
    for place, rule in enumerate(decision.rules):
        tiers.setdefault(rule.tier, []).append(place)

    def strikers(rule: Rule, places: Sequence[int]) -> list[int]:
        return [place for place in places if decision.beats(decision.rules[place], rule)]

    return [
        [(place, strikers(decision.rules[place], places)) for place in places] for places in tiers.values()
    ]


class UnderWay:
    """One chunk on its way through the layers."""

    def __init__(self, kernel: Kernel, rows: int, facts: Mapping[str, Column]) -> None:
        self.kernel = kernel
        self.rulebase = kernel.rulebase
        self.rows = rows
        self.columns = {
            name: facts.get(name)
            or Column(readings=[unstated(self.rulebase.facts[name], assume=kernel.assume)])
            for name in kernel.facts
        }
        self.is_settled = np.ones(rows, bool)
        self.truths: dict[Asked, Truths] = {}
        self.credited: dict[str, Any] = {}

    # --- Conditions -----------------------------------------------------------------------

    def truth(self, condition: Condition) -> Truths:
        """Return what *condition* says of each row."""
        match condition:
            case Test():
                key = (condition.subject, condition.operator, condition.operand)
                found = self.truths.get(key)
                if found is None:
                    found = self.truths[key] = self._test(condition)
                return found
            case Not(part):
                return np.int8(Truth.YES) - self.truth(part)
            case AllOf(parts):
                return self._folded(np.minimum, parts, Truth.YES, Truth.NO)
            case AnyOf(parts):
                return self._folded(np.maximum, parts, Truth.NO, Truth.YES)

    def _folded(self, join: Any, parts: Sequence[Condition], start: Truth, end: Truth) -> Truths:
        found: Truths = np.int8(start)
        for part in parts:
            found = join(found, self.truth(part))
            if np.ndim(found) == 0 and found == end:
                break
        return found

    def _test(self, test: Test) -> Truths:
        column = self.columns[test.subject]
        if test.operator is Operator.KNOWN:
            return np.where(np.asarray(column.stated) == test.operand, Truth.YES, Truth.NO).astype(np.int8)
        if column.numbers is not None:
            return passed(column.numbers, test.operator, test.operand)
        if column.members is not None:
            return _among(column.members, test)
        memo = self.kernel.said.setdefault((test.subject, test.operator, test.operand), {})
        for found in column.readings:
            if found not in memo:
                memo[found] = int(truth(test, partial(_read, found), _never))
        said = [memo[found] for found in column.readings]
        if np.ndim(column.codes) == 0:
            return np.int8(said[int(column.codes)])
        return _spread(said, column.codes)

    # --- Measures and decisions -----------------------------------------------------------

    def compute(self, measure: Measure) -> None:
        """Work *measure* out."""
        found = evaluated(measure.formula, self._number)
        if isinstance(found, Numbers):
            self.columns[measure.name] = Column(numbers=rounded(found, measure.round))
        else:
            readings: list[Reading] = [frozenset([False]), None, frozenset([True])]
            self.columns[measure.name] = Column(np.asarray(found).astype(np.uint8), readings)

    def _number(self, name: str) -> Numbers | Truths:
        """Return what a formula reads under *name*: numbers, or truths of a yes or no."""
        if name in self.rulebase.parameters:
            return Numbers.one(self.rulebase.parameters[name].value)
        column = self.columns[name]
        if self.rulebase.domain(name).kind is not Kind.FLAG:
            return column.as_numbers()
        values = [one_value(each) for each in column.readings]
        told = [int(Truth.UNDECIDED) if value is None else 2 * bool(value) for value in values]
        return np.array(told, np.int8)[column.codes]

    def decide(self, decision: Decision) -> None:
        """Settle *decision*, once for each distinct combination of what its rules say."""
        truths = [self.truth(rule.when) for rule in decision.rules]
        if decision.hit_policy is HitPolicy.COLLECT:
            self.columns[decision.name] = Column(members=self._collected(decision, truths))
            if self.kernel.credits:
                for rule, each in zip(decision.rules, truths, strict=True):
                    self.credited[rule.path] = each == Truth.YES
            return
        truths = self._standing(decision, truths)
        words, constant = _packed(truths)
        ways = self.kernel.ways(decision.name, constant)
        codes, fresh = ways.of(words) if words else (0, [] if ways.ends else [0])
        for row in fresh:
            end, deciding = self.kernel.end(decision, [at(each, row) for each in truths])
            ways.ends.append(end)
            ways.deciding.append(deciding)
        if self.kernel.credits:
            for rule in decision.rules:
                self.credited[rule.path] = np.array([rule.path in each for each in ways.deciding])[codes]
        table = self.kernel.table(decision.name)
        ends = smallest(np.array(ways.ends, np.int32), len(table))[codes]
        self.columns[decision.name] = Column(ends, [each.found for each in table])
        lacks = np.array([bool(each.lacks) for each in table])
        if lacks.any():
            self.is_settled &= ~lacks[ends]

    def _collected(self, decision: Decision, truths: Sequence[Truths]) -> Mapping[str, Truths]:
        """Return of each member whether some rule adds it and nothing takes it out."""
        members: dict[str, Truths] = dict.fromkeys(decision.domain.values, np.int8(Truth.NO))
        for rule, said in zip(decision.rules, truths, strict=True):
            for value in rule.then:
                members[str(value)] = np.maximum(members.get(str(value), np.int8(Truth.NO)), said)
        taken = self.columns[decision.without].members if decision.without else None
        for name in members.keys() & (taken or {}).keys():
            assert taken is not None
            members[name] = np.minimum(members[name], np.int8(Truth.YES) - taken[name])
        return members

    def _standing(self, decision: Decision, truths: list[Truths]) -> list[Truths]:
        """Return what the rules say that no rule which surely speaks strikes; the others are silent."""
        standing = list(truths)
        above: Any = False
        for tier in self.kernel.beaters[decision.name]:
            sure = {place: truths[place] == Truth.YES for place, _ in tier}
            for place, strikers in tier:
                struck = above
                for other in strikers:
                    struck = struck | sure[other]
                if struck is not False:
                    standing[place] = np.multiply(truths[place], ~np.asarray(struck), dtype=np.int8)
            for each in sure.values():
                above = above | each
        return standing

    # --- What may be told -----------------------------------------------------------------

    def chunk(self) -> Chunk:
        """Return what is known of every row, once all layers are done."""
        may, does = self.broken()
        self.is_settled &= ~does
        decisions = {
            name: (self.columns[name].codes, self.kernel.table(name))
            for name in self.columns
            if name in self.rulebase.decisions and self.columns[name].members is None
        }
        found = Chunk(self.is_settled, may, does, decisions, self.columns, self.credited)
        for name in self.kernel.wanted:
            self.is_settled &= ~found.is_open(name)
        return found

    def broken(self) -> tuple[Any, Any]:
        """Return which rows may break a constraint, and which surely do."""
        worst = reduce(np.maximum, self.of_constraints(), np.zeros(self.rows, np.int8))
        return worst != Truth.NO, worst == Truth.YES

    def of_constraints(self) -> Iterator[Any]:
        """Yield what each constraint says of each row."""
        for constraint in self.rulebase.constraints.values():
            yield np.broadcast_to(self.truth(constraint.never), (self.rows,))


def _among(members: Mapping[str, Truths], test: Test) -> Truths:
    """Return what a test of a collected set says, from what is said of each member."""
    assert isinstance(test.operand, frozenset)
    wanted = [members.get(str(name), np.int8(Truth.NO)) for name in test.operand]
    if test.operator is Operator.HAS_ALL:
        return reduce(np.minimum, wanted, np.int8(Truth.YES))
    has_any = reduce(np.maximum, wanted, np.int8(Truth.NO))
    return np.int8(Truth.YES) - has_any if test.operator is Operator.HAS_NONE else has_any


def _never(_: str) -> bool:
    raise AssertionError("`known` is looked up by column")


def _read(found: Reading, _: str) -> Reading:
    return found


def _spread(said: Sequence[int], codes: Codes) -> Truths:
    """Return by row what is *said* of its code. Most tests name one value of many: that is compared with."""
    most = max(set(said), key=said.count)
    others = [code for code, truth in enumerate(said) if truth != most]
    if len(others) > FEW:
        return np.array(said, np.int8)[codes]
    found: Truths = np.int8(most)
    for code in others:
        found = found + (codes == code).view(np.int8) * np.int8(said[code] - most)
    return found


def _packed(truths: Sequence[Truths]) -> tuple[list[Any], bytes]:
    """Return what is said of each row in words of 64 bits, and what is said of all."""
    constant = bytes(255 if np.ndim(each) else int(each) for each in truths)
    moving = [each for each in truths if np.ndim(each)]
    if not moving:
        return [], constant
    words = -(-len(moving) // 32)
    stacked = np.zeros((len(moving[0]), 8 * words), np.uint8)
    for place in range(-(-len(moving) // 4)):
        byte: Any = 0
        for shift, each in enumerate(moving[4 * place : 4 * place + 4]):
            byte = byte | (each.view(np.uint8) << np.uint8(2 * shift))
        stacked[:, place] = byte
    wide = stacked.view(np.uint64)
    return [np.ascontiguousarray(wide[:, at]) for at in range(words)], constant
