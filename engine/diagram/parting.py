"""Which unstated facts still matter: those in which alone two completions can differ and end differently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from amends.engine.diagram.compiling import IMPOSSIBLE, Diagrams
from amends.engine.diagram.forest import Forest
from amends.engine.diagram.reading import Exact
from amends.engine.network import cone

MOST_NODES = 4_000
"""Of the diagram that is looked through once a fact; past it, nothing is said."""


@dataclass(frozen=True, slots=True)
class Parting:
    """A fact whose answer parts the ends in `could_become`; `left` of them remain, on average."""

    fact: str
    could_become: frozenset[str]
    left: float


def partings(exact: Exact, decision: str) -> tuple[Parting, ...] | None:
    """Return the unstated facts on which *decision* hangs, the best question first.

    None where the diagrams were not finished, or are too large to be looked through for every fact.
    """
    if decision in exact.unfinished:
        return None
    diagrams = exact.diagrams
    forest = diagrams.forest
    root = forest.restricted(diagrams.masked(decision), exact.cells)
    if forest.size(root) > MOST_NODES:
        return None
    ends = forest.mapped(root, lambda leaf: _one(forest, leaf))
    support = forest.support(root)
    found = []
    for fact, levels in sorted(facts_behind(diagrams, support).items()):
        spread = _spread(forest, ends, levels, exact.cells)
        parted = frozenset().union(*(end for end in _sets(forest, spread) if len(end) > 1))
        if parted:
            found.append(Parting(fact, parted, _left(forest, ends, min(levels), exact.cells)))
    return tuple(sorted(found, key=lambda parting: (parting.left, parting.fact)))


def facts_behind(diagrams: Diagrams, levels: Iterable[int]) -> Mapping[str, frozenset[int]]:
    """Return the facts not given whose values the variables at *levels* tell, with the levels of each."""
    rulebase, given = diagrams.rulebase, diagrams.given.readings
    found: dict[str, set[int]] = {}
    for level in levels:
        variable = diagrams.space.variables[level]
        if not variable.is_known:
            for name in cone(rulebase, variable.subject):
                if name in rulebase.facts and name not in given:
                    found.setdefault(name, set()).add(level)
    return {name: frozenset(levels) for name, levels in found.items()}


def _one(forest: Forest, leaf: int) -> int:
    value = forest.values[leaf]
    return forest.terminal(frozenset() if value == IMPOSSIBLE else frozenset([str(value)]))


def _sets(forest: Forest, root: int) -> list[frozenset[str]]:
    return [end for leaf in forest.leaves(root) if isinstance(end := forest.values[leaf], frozenset)]


def _spread(forest: Forest, root: int, levels: frozenset[int], cells: Mapping[int, tuple[int, ...]]) -> int:
    """Return *root* with the ends of all cells of the variables at *levels* taken together."""
    memo: dict[int, int] = {}

    def together(one: int, other: int) -> int:
        left, right = forest.values[one], forest.values[other]
        assert isinstance(left, frozenset) and isinstance(right, frozenset)
        return forest.terminal(left | right)

    def go(at: int) -> int:
        level = forest.level[at]
        if level == forest.bottom:
            return at
        if at not in memo:
            children = [go(child) for child in forest.children[at]]
            if level in levels:
                kept = sorted({children[place] for place in cells.get(level, range(len(children)))})
                memo[at] = forest.folded(lambda a, b: forest.merged(together, a, b), kept, kept[0])
            else:
                memo[at] = forest.node(level, tuple(children))
        return memo[at]

    return go(root)


def _left(forest: Forest, root: int, level: int, cells: Mapping[int, tuple[int, ...]]) -> float:
    """Return how many ends are left, on average over the cells of a variable."""
    places = cells.get(level, range(forest.sizes[level]))
    ends = [
        len(frozenset().union(*_sets(forest, forest.restricted(root, {level: (place,)})))) for place in places
    ]
    return sum(ends) / len(ends)
