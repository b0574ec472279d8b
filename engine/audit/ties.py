"""What ties the measures that are variables of their own to the facts that they are worked out from.

A model says in which cell a measure lies and in which cells its inputs lie; here numbers are found
that bear it out, or it is shown that there are none, and a clause keeps the solver from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

from amends.engine.audit.arithmetic import (
    answer,
    at_odds,
    compared,
    constants,
    has_none,
    in_cell,
    refuted,
    span_of,
)
from amends.engine.audit.question import Answer, Question, Unsettled
from amends.engine.audit.solver import Model
from amends.engine.audit.sums import order_of
from amends.engine.diagram.space import Space
from amends.engine.formula import Bounds, Formula, names
from amends.engine.rulebase import Kind, Measure, RuleBase, Value
from amends.engine.truth import Reading, measured, reading


@dataclass(frozen=True, slots=True)
class Tie:
    """Measures that share facts, with the facts and the decisions that they are worked out from."""

    measures: tuple[str, ...]
    facts: tuple[str, ...]
    decisions: tuple[str, ...]


Part = tuple[str, Value | int]
"""A fact or measure in a cell, by the position of its cell, or a decision with a value."""
Way = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Impossible:
    """A combination that no numbers bear out."""

    parts: Way


class Signals(Protocol):
    """The signals of cases, as far as ties read them."""

    space: Space
    cells: Sequence[Sequence[int]]

    def values(self, name: str) -> dict[Value, int]:
        """Return the signal of each value of a decision."""
        ...


class Ties:
    """Finds the numbers behind models; what was asked once is not worked out again."""

    def __init__(self, rulebase: RuleBase, circuit: Signals) -> None:
        self.rulebase = rulebase
        self.circuit = circuit
        self.space: Space = circuit.space
        self.found = tuple(_tied(rulebase, self.space))
        self._known: dict[Way, Answer | Impossible | None] = {}
        self._constants = constants(rulebase)
        self._measures = _plain(rulebase)

    def behind(self, way: Way) -> Answer | Impossible | None:
        """Return the facts that bear out *way*, the part of it that is impossible, or None if unsettled."""
        if way not in self._known:
            try:
                found = answer(self.question(way))
                self._known[way] = Impossible(self.least(way)) if found is None else found
            except Unsettled:
                self._known[way] = None
        return self._known[way]

    def way(self, tie: Tie, model: Model) -> Way:
        """Return what *model* says of a tie; a decision without a value is left out."""
        parts: list[Part] = []
        for name in tie.decisions:
            values = self.circuit.values(name).items()
            parts += [(name, value) for value, signal in values if model.has(signal)]
        lacking = set(tie.decisions) - {name for name, _ in parts}
        for name in (*tie.facts, *tie.measures):
            at = self.space.level.get((name, None, False))
            if at is None or (lacking and name in self.rulebase.measures):
                continue
            places = enumerate(self.circuit.cells[at])
            parts.append((name, next(place for place, signal in places if model.has(signal))))
        return tuple(parts)

    def places_from(self, places: Sequence[int]) -> dict[str, int]:
        """Return the cell of each tied measure for facts in these cells, and decisions at their lowest."""
        found = {}
        for tie in self.found:
            levels = {name: self.space.level.get((name, None, False)) for name in tie.facts}
            way = tuple((name, places[at]) for name, at in levels.items() if at is not None)
            numbers = answer(self.question(way, read=tie.measures))
            assert numbers is not None
            readings: dict[str, Reading] = {name: reading(value) for name, value in numbers.items()}
            for name in tie.decisions:
                readings[name] = reading(self.rulebase.domain(name).lowest)

            def look(name: str, readings: dict[str, Reading] = readings) -> Reading:
                if name not in readings:
                    measure = self.rulebase.measures[name]
                    readings[name] = reading(measured(measure, self.rulebase.parameters, look))
                return readings[name]

            for name in tie.measures:
                value = look(name)
                assert isinstance(value, frozenset)
                found[name] = self.space.place(name, next(iter(value)))
        return found

    def signals(self, way: Way) -> list[int]:
        """Return the signals that are all yes where *way* is so."""
        found = []
        for name, value in way:
            if name in self.rulebase.decisions:
                assert isinstance(value, Fraction)
                found.append(self.circuit.values(name)[value])
            else:
                assert isinstance(value, int)
                found.append(self.circuit.cells[self.space.level[name, None, False]][value])
        return found

    def question(self, way: Way, more: tuple[Formula, ...] = (), read: Iterable[str] = ()) -> Question:
        """Return the question of the numbers behind *way* that make *more* hold too.

        It looks for the facts behind measures of *way* and of *more*, and behind those in *read*.
        """
        rulebase, grids = self.rulebase, self.space.grids
        between: dict[str, Bounds] = dict(self._constants)
        demands = list(more)
        cells: dict[str, int] = {}
        below = [*read, *(name for formula in more for name in names(formula))]
        for name, value in way:
            if name in rulebase.decisions:
                assert isinstance(value, Fraction)
                between[name] = value, value
                continue
            assert isinstance(value, int)
            cells[name] = self._cell(name, value)
            if name in rulebase.measures:
                demands += in_cell(name, grids[name], cells[name])
                below.append(name)
        spans, flags = {}, {}
        for name in leaves(rulebase, below):
            domain = rulebase.domain(name)
            if name in rulebase.decisions:
                assert domain.lowest is not None and domain.highest is not None
                between.setdefault(name, (domain.lowest, domain.highest))
            elif domain.kind is not Kind.FLAG:
                grid = grids[name] if name in cells else None
                spans[name] = span_of(domain, grid, cells.get(name, 0))
            elif name in cells:
                flags[name] = bool(grids[name].values[cells[name]])
        return Question(self._measures, spans, flags, between, tuple(demands))

    def least(self, way: Way, demands: tuple[Formula, ...] = ()) -> Way:
        """Return a part of *way* in which the demands cannot hold, from which little can be left out."""
        shown = refuted if refuted(self.question(way, demands)) else has_none
        if shown is has_none:
            asked = self.question((), demands, read=[name for name, _ in way])
            needed = at_odds(asked, [self._demands(part) for part in way])
            if needed is not None:
                return tuple(way[at] for at in needed)
        kept = list(way)
        size = (len(kept) + 1) // 2  # that nothing at all is impossible was asked before
        while size:
            # Large parts first: what is not needed goes at once. What is needed stays needed.
            start = 0
            while start < len(kept):
                fewer = kept[:start] + kept[start + size :]
                if shown(self.question(tuple(fewer), demands)):
                    kept = fewer
                else:
                    start += size
            size //= 2
        return tuple(kept)

    def _demands(self, part: Part) -> tuple[Formula, ...]:
        """Return what has to hold for a part of a way to be so."""
        name, value = part
        if name in self.rulebase.decisions:
            assert isinstance(value, Fraction)
            return (compared(name, "==", value),)
        assert isinstance(value, int)
        return in_cell(name, self.space.grids[name], self._cell(name, value))

    def _cell(self, name: str, place: int) -> int:
        return self.space.variables[self.space.level[name, None, False]].cells[place]


def leaves(rulebase: RuleBase, read: Iterable[str]) -> tuple[str, ...]:
    """Return the facts and decisions that the things *read* rest on, through measures; no parameters."""
    found: dict[str, None] = {}
    for name in read:
        if name in rulebase.measures:
            found.update(dict.fromkeys(leaves(rulebase, rulebase.measures[name].inputs)))
        elif name not in rulebase.parameters:
            found[name] = None
    return tuple(found)


def _plain(rulebase: RuleBase) -> dict[str, Measure]:
    """Return the measures, and no rounding where sums are whole units anyway."""
    order = order_of(rulebase)
    return {
        name: replace(measure, round=None)
        if measure.round is not None and order.is_whole(measure.formula, measure.round)
        else measure
        for name, measure in rulebase.measures.items()
    }


def _tied(rulebase: RuleBase, space: Space) -> Iterator[Tie]:
    """Yield the measures that are variables, those that share a fact together."""
    groups: list[tuple[set[str], set[str], set[str]]] = []
    for variable in space.variables:
        if variable.subject not in rulebase.measures:
            continue
        below = leaves(rulebase, [variable.subject])
        facts = {name for name in below if name in rulebase.facts}
        joined = ({variable.subject}, facts, set(below) - facts)
        apart = []
        for group in groups:
            if group[1].isdisjoint(facts):
                apart.append(group)
            else:
                for mine, theirs in zip(joined, group, strict=True):
                    mine |= theirs
        groups = [*apart, joined]
    for measures, facts, decisions in groups:
        yield Tie(tuple(sorted(measures)), tuple(sorted(facts)), tuple(sorted(decisions)))
