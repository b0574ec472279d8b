"""What the answers so far leave of every variable's cells; an answer more never leaves more."""

from __future__ import annotations

from collections.abc import Mapping

from amends.engine.chain.outcome import Trace
from amends.engine.diagram import NO, Diagrams, cells_of
from amends.engine.interview.state import Answers
from amends.engine.network import cone, strata
from amends.engine.rulebase import RuleBase, Value, tests
from amends.engine.truth import Reading, fact_reading, measured, reading

Cells = Mapping[int, tuple[int, ...]]


def cells_after(diagrams: Diagrams, answers: Answers, *, assume: bool) -> Cells:
    """Return the cells that are left; what may have any cell is left out.

    A stated fact has one. Of a fact that the asker does not know, the assumed value is sure to be used
    in the end, so with *assume* it has that cell, unless a constraint could still withdraw it. Whether
    a fact is known is open until it was asked for. A measure has the cells that arithmetic leaves it.
    """
    rulebase = diagrams.rulebase
    facts = answers.facts
    taken: dict[str, Value] = {}
    if assume:
        for name in sorted(answers.unknown):
            value = rulebase.facts[name].assume
            if value is not None:
                taken[name] = value
    while True:
        cells = _cells(diagrams, {**facts, **taken}, answers)
        withdrawn = _could_be_withdrawn(diagrams, taken, cells)
        if not withdrawn:
            return cells
        taken = {name: value for name, value in taken.items() if name not in withdrawn}


def _cells(diagrams: Diagrams, facts: Mapping[str, Value], answers: Answers) -> Cells:
    rulebase = diagrams.rulebase
    trace = Trace("", (), (), {}, _measures(rulebase, facts))
    cells = cells_of(rulebase, facts, answers.facts, trace)
    asked = {answer.fact for answer in answers.said}
    return {
        at: kept
        for at, kept in cells.items()
        if not diagrams.space.variables[at].is_known or diagrams.space.variables[at].subject in asked
    }


def _measures(rulebase: RuleBase, facts: Mapping[str, Value]) -> dict[str, Value | None]:
    """Return what every measure is by *facts* alone; None where that does not tell it."""
    readings: dict[str, Reading] = {
        name: fact_reading(facts.get(name), fact.domain) for name, fact in rulebase.facts.items()
    }
    found: dict[str, Value | None] = {}
    for layer in strata(rulebase):
        for name in layer:
            if name in rulebase.measures:
                found[name] = measured(rulebase.measures[name], rulebase.parameters, readings.get)
                readings[name] = reading(found[name])
    return found


def _could_be_withdrawn(diagrams: Diagrams, taken: Mapping[str, Value], cells: Cells) -> set[str]:
    """Return the facts in *taken* that are read by a constraint which some completion would break."""
    found: set[str] = set()
    for constraint in diagrams.rulebase.constraints.values():
        read = {
            name
            for test in tests(constraint.never)
            for name in cone(diagrams.rulebase, test.subject)
            if name in taken
        }
        if read and diagrams.forest.leaves(diagrams.condition(constraint.never), cells) != {NO}:
            found |= read
    return found
