"""A case with its assumptions, placed in the whole space of one decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from amends.engine.case import Case
from amends.engine.chain.outcome import Lack, Outcome, Trace
from amends.engine.completion import Completed
from amends.engine.deciding import reach
from amends.engine.diagnostics import Problems
from amends.engine.diagram import IMPOSSIBLE, Diagrams, Exact, Forest, cells_of, cells_of_measure, whole
from amends.engine.network import cone
from amends.engine.rulebase import RuleBase, Value
from amends.engine.truth import Reading, fact_reading, measured, one_value, reading
from amends.engine.what_if import memory_of

Cells = Mapping[int, tuple[int, ...]]


@dataclass(frozen=True)
class Standing:
    """What the chain and the diagrams make of *case*, and where it stands in the diagram of *decision*.

    `diagrams` are those of the whole rule base, `root` that of the decision, with a leaf of its own
    for what breaks a constraint.
    """

    rulebase: RuleBase
    case: Case
    completed: Completed
    exact: Exact
    decision: str
    diagrams: Diagrams
    root: int

    @property
    def outcome(self) -> Outcome:
        """What the decision came to."""
        return self.exact.trace.outcomes[self.decision]

    @property
    def facts(self) -> Mapping[str, Value]:
        """Every fact with a value, stated or assumed."""
        return self.completed.facts

    def look(self, name: str) -> Reading:
        """Return what is known of a fact, measure or decision."""
        trace = self.exact.trace
        if name in trace.outcomes:
            return trace.outcomes[name].found
        if name in trace.measures:
            return reading(trace.measures[name])
        return fact_reading(self.facts.get(name), self.rulebase.facts[name].domain)

    @cached_property
    def cells(self) -> dict[int, tuple[int, ...]]:
        """The cells that the case leaves to every variable; one left out may be in any."""
        return cells_of(self.rulebase, self.facts, frozenset(self.case.facts), self.exact.trace)

    @property
    def links(self) -> Mapping[str, frozenset[int]]:
        """The levels, of those that the decision asks, on which each fact has a say."""
        return links(self.diagrams, self.root)

    @cached_property
    def impossible(self) -> int:
        """The leaf of what breaks a constraint."""
        return self.diagrams.forest.terminal(IMPOSSIBLE)

    @property
    def leaves(self) -> frozenset[int]:
        """Every leaf in which some case ends that breaks no constraint."""
        return leaves(self.diagrams, self.root) - {self.impossible}

    def ends(self, facts: Mapping[str, Value], stated: frozenset[str], trace: Trace) -> set[Value]:
        """Return how the decision ends over all completions of another case, of which *trace* is the chain's.

        Empty if some completion has no value.
        """
        forest = self.diagrams.forest
        cells = cells_of(self.rulebase, facts, stated, trace)
        found = {forest.values[leaf] for leaf in forest.leaves(self.root, cells) - {self.impossible}}
        return set() if any(isinstance(end, Lack) for end in found) else found  # type: ignore[return-value]

    def may_settle(self, changes: Mapping[str, Value]) -> bool:
        """Return whether every completion ends in one value once *changes* are stated; False is sure.

        Told from the diagram alone, which is much quicker than the chain.
        """
        if self.completed.withdrawn:
            return True
        space, forest = self.diagrams.space, self.diagrams.forest
        cells = dict(self.cells)
        for name, changed in changes.items():
            for level in self.links.get(name, ()):
                variable = space.variables[level]
                if variable.is_known:
                    cells[level] = (1,)
                elif variable.member is not None:
                    assert isinstance(changed, frozenset)
                    cells[level] = (int(variable.member in changed),)
                elif variable.subject == name:
                    cells[level] = (space.place(name, changed),)
        for level, inputs in self._measured:
            if inputs.isdisjoint(changes):
                continue
            if not cone(self.rulebase, space.variables[level].subject).isdisjoint(self.rulebase.decisions):
                return True  # the change may change those too
            cells[level] = self._measured_with(level, changes)
        return ends_alike(forest, self.root, cells, self.impossible)

    def _measured_with(self, level: int, changes: Mapping[str, Value]) -> tuple[int, ...]:
        """Return the cells that *changes* leave to the measure at *level*, which reads no decision."""
        space = self.diagrams.space
        name = space.variables[level].subject
        readings = self.readings_with(changes, name)
        value = one_value(readings[name])
        if value is not None:
            return (space.place(name, value),)
        return cells_of_measure(self.rulebase, space, level, readings)

    def readings_with(self, changes: Mapping[str, Value], measure: str) -> dict[str, Reading]:
        """Return what is known of *measure*, and of all that it rests on, once *changes* are stated.

        Decisions that it reads are as in the case.
        """
        rulebase, facts = self.rulebase, {**self.facts, **changes}
        readings: dict[str, Reading] = {}

        def look(name: str) -> Reading:
            if name not in readings:
                if name in rulebase.facts:
                    readings[name] = fact_reading(facts.get(name), rulebase.facts[name].domain)
                elif name in rulebase.measures:
                    readings[name] = reading(measured(rulebase.measures[name], rulebase.parameters, look))
                else:
                    readings[name] = self.exact.trace.outcomes[name].found
            return readings[name]

        look(measure)
        return readings

    def kept(self, names: frozenset[str]) -> dict[int, tuple[int, ...]]:
        """Return the cells that are left if only the facts called *names* are as in the case.

        Any other fact may have any value, stated or not; a measure has the cells that arithmetic
        leaves it. Only what the decision asks is there.
        """
        left: dict[int, tuple[int, ...]] = {}
        for name in names:
            left.update(self._own.get(name, {}))
        for level, inputs in self._measured:
            key = level, names & inputs
            if key not in self._left:
                self._left[key] = self._arithmetic(*key)
            if found := self._left[key]:
                left[level] = found
        return left

    @cached_property
    def _own(self) -> Mapping[str, dict[int, tuple[int, ...]]]:
        """The cells of each fact as it is in the case, by level."""
        found: dict[str, dict[int, tuple[int, ...]]] = {}
        for level in support(self.diagrams, self.root):
            name = self.diagrams.space.variables[level].subject
            if name in self.rulebase.facts and level in self.cells:
                found.setdefault(name, {})[level] = self.cells[level]
        return found

    @cached_property
    def _measured(self) -> list[tuple[int, frozenset[str]]]:
        """The levels of the measures that the decision asks, each with the facts behind it."""
        variables = self.diagrams.space.variables
        names = {level: variables[level].subject for level in support(self.diagrams, self.root)}
        return [
            (level, frozenset(read for read in cone(self.rulebase, name) if read in self.rulebase.facts))
            for level, name in names.items()
            if name in self.rulebase.measures
        ]

    @cached_property
    def measured(self) -> frozenset[str]:
        """The facts behind the measures that the decision asks."""
        return frozenset().union(*(inputs for _, inputs in self._measured))

    @cached_property
    def _left(self) -> dict[tuple[int, frozenset[str]], tuple[int, ...]]:
        return {}

    def _arithmetic(self, level: int, names: frozenset[str]) -> tuple[int, ...]:
        """Return the cells that the facts called *names* leave to the measure at *level*; none for any."""
        known = {name: value for name, value in self.facts.items() if name in names}

        def follows(name: str) -> bool:
            return all(read in known for read in cone(self.rulebase, name) if read in self.rulebase.facts)

        trace = self.exact.trace
        measures = {name: value if follows(name) else None for name, value in trace.measures.items()}
        outcomes = {name: outcome for name, outcome in trace.outcomes.items() if follows(name)}
        less = replace(trace, measures=measures, outcomes=outcomes)
        return cells_of(self.rulebase, known, frozenset(self.case.facts), less).get(level, ())


def standing(
    rulebase: RuleBase,
    case: Case,
    problems: Problems,
    decision: str = "remedy",
    *,
    assume: bool = True,
) -> Standing:
    """Return where *case* stands. *decision* has one value, it collects no set.

    Raises `InputError` for a case that cannot be, and `NotFinished` where the whole diagram is too large.
    """
    executor = memory_of(rulebase, frozenset(rulebase.decisions))
    completed, exact = reach(rulebase, case, executor, problems, assume=assume)
    diagrams = whole(rulebase)
    return Standing(rulebase, case, completed, exact, decision, diagrams, diagrams.masked(decision))


@lru_cache(maxsize=32)
def support(diagrams: Diagrams, root: int) -> tuple[int, ...]:
    """Return the levels that *root* asks, in order, worked out once."""
    return tuple(sorted(diagrams.forest.support(root)))


@lru_cache(maxsize=32)
def leaves(diagrams: Diagrams, root: int) -> frozenset[int]:
    """Return the leaves of *root*, worked out once."""
    return diagrams.forest.leaves(root)


@lru_cache(maxsize=32)
def links(diagrams: Diagrams, root: int) -> Mapping[str, frozenset[int]]:
    """Return each fact that has a say on some variable that *root* asks, with the levels of those."""
    found: dict[str, set[int]] = {}
    for level in support(diagrams, root):
        for name in cone(diagrams.rulebase, diagrams.space.variables[level].subject):
            if name in diagrams.rulebase.facts:
                found.setdefault(name, set()).add(level)
    return {name: frozenset(found[name]) for name in sorted(found)}


def ends_in(forest: Forest, root: int, cells: Cells, fine: frozenset[int]) -> bool:
    """Return whether every case in *cells* ends in a leaf of *fine*."""
    return all(leaf in fine for leaf in forest.met(root, cells))


def ends_alike(forest: Forest, root: int, cells: Cells, aside: int) -> bool:
    """Return whether the cases in *cells* all end in one leaf, the leaf *aside* left out."""
    ends: set[int] = set()
    for leaf in forest.met(root, cells):
        if leaf != aside:
            ends.add(leaf)
        if len(ends) > 1:
            return False
    return len(ends) == 1
