"""The exact reading of a case: how every decision ends over all completions that break no constraint.

Only what the chain left open is compiled, over what is not known; that is small for most cases.
Where it is not, the decisions that were not finished keep their cautious reading.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from amends.engine.chain.outcome import Lack, Outcome, Trace
from amends.engine.diagram.compiling import IMPOSSIBLE, Compiled, Diagrams, Given
from amends.engine.diagram.forest import NO, YES, NotFinished
from amends.engine.diagram.space import Space, space_of
from amends.engine.formula import COMPARISONS, Bounds, Call, Constant, Formula, Name, applied, bounds
from amends.engine.network import strata
from amends.engine.rulebase import Constraint, Kind, RuleBase, Value
from amends.engine.truth import Members, Reading, fact_reading, measured, reading

MOST_NODES = 300_000
"""For one case; a second of work at most."""


@dataclass(frozen=True)
class Exact:
    """What the diagrams make of one case.

    `is_possible` is False where every completion breaks a constraint: what is stated contradicts
    itself. `unfinished` names the decisions whose reading stayed cautious. `diagrams` are those
    over what is not known, `cells` the cells that are left to their variables. `chain` is the trace
    before anything was narrowed.
    """

    trace: Trace
    diagrams: Diagrams
    cells: Mapping[int, tuple[int, ...]]
    chain: Trace
    is_possible: bool = True
    unfinished: frozenset[str] = frozenset()


def read_exactly(
    rulebase: RuleBase,
    facts: Mapping[str, Value],
    stated: frozenset[str],
    trace: Trace,
    most_nodes: int = MOST_NODES,
) -> Exact:
    """Return *trace*, the chain's of *facts*, with every open decision narrowed to how it can end."""
    readings = _readings(rulebase, facts, trace)
    diagrams = Diagrams(rulebase, Given(readings, stated), most_nodes)
    cells = _cells_left(rulebase, diagrams.space, readings)
    found = Exact(trace, diagrams, cells, trace)
    if len(facts) == len(rulebase.facts):
        return found
    try:
        possible = diagrams.possible
    except NotFinished:
        return replace(found, unfinished=frozenset(trace.outcomes))
    if YES not in diagrams.forest.leaves(possible, cells):
        return replace(found, is_possible=False)
    return _narrowed(rulebase, found)


def contradicting(exact: Exact) -> tuple[Constraint, ...]:
    """Return a least set of constraints of which every completion of the case breaks one.

    Nothing can be left out of it. Empty if some completion breaks none.
    """
    forest = exact.diagrams.forest

    def leaves_nothing(kept: Collection[Constraint]) -> bool:
        broken = forest.any_of(exact.diagrams.condition(constraint.never) for constraint in kept)
        return NO not in forest.leaves(broken, exact.cells)

    kept = list(exact.diagrams.rulebase.constraints.values())
    if not leaves_nothing(kept):
        return ()
    for constraint in tuple(kept):
        fewer = [other for other in kept if other is not constraint]
        if leaves_nothing(fewer):
            kept = fewer
    return tuple(kept)


def _narrowed(rulebase: RuleBase, found: Exact) -> Exact:
    """Return *found* with the open outcomes narrowed, and the measures that follow from them."""
    trace, diagrams = found.trace, found.diagrams
    outcomes: dict[str, Outcome] = dict(trace.outcomes)
    measures: dict[str, Value | None] = dict(trace.measures)
    unfinished: set[str] = set()

    def look(name: str) -> Reading:
        if name in outcomes:
            return outcomes[name].found
        return reading(measures[name]) if name in measures else diagrams.given.readings.get(name)

    # `remedy` first, which all else is about: what it needs is compiled with it.
    for name in sorted(outcomes, key=lambda name: name != "remedy"):
        outcome = outcomes[name]
        if not outcome.is_settled and not (outcome.has_no_value and len(outcome.lacks) == 1):
            try:
                outcomes[name] = _outcome(outcome, diagrams.decision(name), found)
            except NotFinished:
                unfinished.add(name)
    for layer in strata(rulebase):
        for name in layer:
            if name in measures and measures[name] is None:
                measures[name] = measured(rulebase.measures[name], rulebase.parameters, look)
    narrowed = replace(trace, outcomes=outcomes, measures=measures)
    return replace(found, trace=narrowed, unfinished=frozenset(unfinished))


def _outcome(outcome: Outcome, compiled: Compiled, found: Exact) -> Outcome:
    forest = found.diagrams.forest
    possible = found.diagrams.possible

    def can_be(root: int) -> bool:
        return YES in forest.leaves(forest.both(possible, root), found.cells)

    if compiled.root is None:
        may_lack = compiled.lacks != NO and can_be(compiled.lacks)
        has_value = forest.no(compiled.lacks)
        members = {name for name, root in compiled.members.items() if can_be(root)}
        sure = {
            name for name in members if not can_be(forest.both(has_value, forest.no(compiled.members[name])))
        }
        if may_lack and not can_be(has_value):
            return replace(outcome, found=frozenset(), lacks=frozenset([Lack.BLOCKED]))
        lacks = frozenset([Lack.BLOCKED]) if may_lack else frozenset()
        return replace(outcome, found=Members(frozenset(sure), frozenset(members)), lacks=lacks)
    masked = forest.leaves(found.diagrams.masked(outcome.decision), found.cells)
    ends = [forest.values[end] for end in masked if forest.values[end] != IMPOSSIBLE]
    values = frozenset(end for end in ends if not isinstance(end, Lack))
    return replace(
        outcome,
        found=values,  # type: ignore[arg-type]
        lacks=frozenset(end for end in ends if isinstance(end, Lack)),
    )


def cells_of(
    rulebase: RuleBase, facts: Mapping[str, Value], stated: Collection[str], trace: Trace
) -> dict[int, tuple[int, ...]]:
    """Return what a case, of which *trace* is the chain's, leaves of the cells of every variable.

    A fact that is known has one cell, a measure those that arithmetic leaves it; what may have any
    cell is left out.
    """
    space = space_of(rulebase)
    readings = _readings(rulebase, facts, trace)
    left = _cells_left(rulebase, space, readings)
    for at, variable in enumerate(space.variables):
        found = readings.get(variable.subject)
        if variable.is_known:
            left[at] = (int(variable.subject in stated),)
        elif isinstance(found, Members):
            assert variable.member is not None
            left[at] = (int(variable.member in found.sure),)
        elif found is not None:
            left[at] = (space.place(variable.subject, next(iter(found))),)
    return left


def _readings(rulebase: RuleBase, facts: Mapping[str, Value], trace: Trace) -> dict[str, Reading]:
    readings = {name: fact_reading(value, rulebase.facts[name].domain) for name, value in facts.items()}
    readings |= {name: reading(value) for name, value in trace.measures.items() if value is not None}
    readings |= {name: outcome.found for name, outcome in trace.outcomes.items() if outcome.is_settled}
    return readings


def _cells_left(
    rulebase: RuleBase, space: Space, readings: Mapping[str, Reading]
) -> dict[int, tuple[int, ...]]:
    """Return the cells that arithmetic leaves to each measure that is a variable and not known."""
    left = {}
    for at, variable in enumerate(space.variables):
        if variable.subject in rulebase.measures and readings.get(variable.subject) is None:
            kept = cells_of_measure(rulebase, space, at, readings)
            if len(kept) < len(variable.cells):
                left[at] = kept
    return left


def cells_of_measure(
    rulebase: RuleBase, space: Space, at: int, readings: Mapping[str, Reading]
) -> tuple[int, ...]:
    """Return the cells that arithmetic leaves to a measure that is not known, the variable at level *at*."""

    def of_number(name: str) -> Bounds:
        if name in rulebase.parameters:
            value = rulebase.parameters[name].value
            return value, value
        found = readings.get(name)
        numbers = (
            [value for value in found if isinstance(value, Fraction)] if isinstance(found, frozenset) else []
        )
        if numbers:
            return min(numbers), max(numbers)
        domain = rulebase.domain(name)
        assert domain.lowest is not None and domain.highest is not None
        return domain.lowest, domain.highest

    def of_flag(name: str) -> bool | None:
        found = readings.get(name)
        if isinstance(found, frozenset) and len(found) == 1:
            return bool(next(iter(found)))
        return None

    variable = space.variables[at]
    measure, grid = rulebase.measures[variable.subject], space.grids[variable.subject]
    if measure.domain.kind is Kind.FLAG:
        sure = surely(measure.formula, of_number, of_flag)
        return tuple(
            place for place, cell in enumerate(variable.cells) if sure is None or grid.values[cell] is sure
        )
    low, high = map(measure.rounded, bounds(measure.formula, of_number))
    first, last = grid.cell(low), grid.cell(high)
    return tuple(place for place, cell in enumerate(variable.cells) if first <= cell <= last)


def surely(formula: Formula, of_number: object, of_flag: object) -> bool | None:
    """Return what a yes-or-no *formula* surely is, from the bounds of its numbers; None if either.

    >>> from amends.engine.formula import parse
    >>> between = {"a": (Fraction(0), Fraction(3)), "b": (Fraction(4), Fraction(5))}
    >>> surely(parse("a < b"), between.__getitem__, None), surely(parse("a < 2"), between.__getitem__, None)
    (True, None)
    """
    match formula:
        case Name(name):
            return of_flag(name)  # type: ignore[operator,no-any-return]
        case Call("and" | "or" | "not" as sign, parts):
            found = applied(sign, [surely(part, of_number, of_flag) for part in parts])
            return None if found is None else bool(found)
        case Call(sign, (left, right)):
            (low, high), (least, most) = (bounds(part, of_number) for part in (left, right))  # type: ignore[arg-type]
            if sign == "==":
                if high < least or most < low:
                    return False
                return True if low == high == least == most else None
            # Between the ends nothing new can be: the sides that lie nearest and farthest settle it.
            compare = COMPARISONS[sign]
            near, far = ((high, least), (low, most)) if sign in ("<", "<=") else ((low, most), (high, least))
            return True if compare(*near) else None if compare(*far) else False
        case Constant():
            raise AssertionError("a number is no yes or no")
    raise AssertionError(formula)
