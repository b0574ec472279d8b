"""Numbers behind the measures of both sides at once: which facts put each of them in its cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from amends.engine.audit.arithmetic import in_cell, span_of
from amends.engine.audit.question import Question, Span
from amends.engine.compare.sides import Sides
from amends.engine.diagram.joint import narrower
from amends.engine.formula import Bounds, Call, Constant, Formula, Name
from amends.engine.rulebase import Domain, Kind, Measure


def named(sides: Sides, side: int, name: str) -> str:
    """Return the name of a thing where both sides stand together: its own only if it is alike on both."""
    return name if name in sides.joint.alike else f"{name} {('before', 'after')[side]}"


def tied_to(sides: Sides, path: Mapping[int, int]) -> dict[int, int]:
    """Return what of *path* is about measures: them, and the facts that they are worked out from."""
    tied = {at: place for at, place in path.items() if at in sides.joint.measures}
    for at in tuple(tied):
        side = sides.joint.side(at)
        for name in _leaves(sides, side, sides.spaces[side].variables[at].subject):
            levels = sides.spaces[side].levels_of(name)
            tied |= {level: path[level] for level in levels if level in path}
    return tied


def facts_of(sides: Sides, levels: Iterable[int]) -> frozenset[str]:
    """Return the facts that the variables at *levels* tell of, those behind a measure among them."""
    found: set[str] = set()
    for at in levels:
        side = sides.joint.side(at)
        found.update(_leaves(sides, side, sides.spaces[side].variables[at].subject))
    return frozenset(found)


def question(sides: Sides, tied: Mapping[int, int]) -> Question:
    """Return the question of the numbers that put every measure, and every fact, in its cell in *tied*."""
    measures: dict[str, Measure] = {}
    spans: dict[str, Span] = {}
    flags: dict[str, bool] = {}
    between: dict[str, Bounds] = {}
    demands: list[Formula] = []
    for at, place in tied.items():
        if at not in sides.joint.measures:
            continue
        side = sides.joint.side(at)
        rulebase, space = sides.rulebases[side], sides.spaces[side]
        variable = space.variables[at]
        subject = variable.subject
        demands += in_cell(named(sides, side, subject), space.grids[subject], variable.cells[place])
        for name in _below(sides, side, subject):
            known = named(sides, side, name)
            if name in rulebase.measures:
                measure = rulebase.measures[name]
                measures[known] = replace(measure, name=known, formula=_renamed(sides, side, measure.formula))
            elif name in rulebase.parameters:
                between[known] = (rulebase.parameters[name].value,) * 2
            elif name in rulebase.decisions:
                domain = rulebase.domain(name)
                assert domain.lowest is not None and domain.highest is not None
                between[known] = domain.lowest, domain.highest
            else:
                _bound(sides, side, name, known, tied, spans, flags)
    return Question(measures, spans, flags, between, tuple(demands))


def _bound(
    sides: Sides,
    side: int,
    name: str,
    known: str,
    tied: Mapping[int, int],
    spans: dict[str, Span],
    flags: dict[str, bool],
) -> None:
    space = sides.spaces[side]
    grid = space.grids.get(name)
    levels = [at for at in space.levels_of(name) if at in tied]
    domain = grid.domain if grid is not None else _common(sides, name, side)
    cell = space.variables[levels[0]].cells[tied[levels[0]]] if levels else None
    if domain.kind is not Kind.FLAG:
        spans[known] = span_of(domain) if cell is None else span_of(domain, grid, cell)
    elif cell is not None and grid is not None:
        flags[known] = bool(grid.values[cell])


def _common(sides: Sides, name: str, side: int) -> Domain:
    """Return the domain of a fact that nothing tests, as narrow as each side that knows it has it."""
    own = sides.rulebases[side].facts[name].domain
    other = sides.rulebases[1 - side].facts.get(name)
    if other is None or name not in sides.joint.alike:
        return own
    return narrower(own, other.domain)


def _leaves(sides: Sides, side: int, name: str) -> Iterator[str]:
    facts = sides.rulebases[side].facts
    yield from (found for found in _below(sides, side, name) if found in facts)


def _below(sides: Sides, side: int, name: str) -> Iterator[str]:
    """Yield a measure and all that its formula rests on, down to facts, parameters and decisions."""
    yield name
    measure = sides.rulebases[side].measures.get(name)
    for read in measure.inputs if measure is not None else ():
        yield from _below(sides, side, read)


def _renamed(sides: Sides, side: int, formula: Formula) -> Formula:
    match formula:
        case Constant():
            return formula
        case Name(name):
            return replace(formula, name=named(sides, side, name))
        case Call(_, parts):
            return replace(formula, parts=tuple(_renamed(sides, side, part) for part in parts))
