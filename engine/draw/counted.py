"""The decision graph as numbers: what is asked, where it leads, and how many kinds of case go there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from amends.engine.case import Case
from amends.engine.chain.outcome import Lack
from amends.engine.deciding import reach
from amends.engine.diagnostics import Problems
from amends.engine.diagram import IMPOSSIBLE, Diagrams, Given, NotFinished, cells_of, whole
from amends.engine.draw.folding import Box, folded
from amends.engine.draw.growing import Cells, Spot, Tree
from amends.engine.interview.known import cells_after
from amends.engine.interview.sheet import Layered, Sheet
from amends.engine.interview.state import Answer, Answers
from amends.engine.rulebase import RuleBase, Value
from amends.engine.truth import fact_reading
from amends.engine.what_if import memory_of

MOST = 40
"""Boxes that one can still find one's way among."""
LEAST = 3
"""A question and two ends."""

End = Value | Lack


@dataclass(frozen=True, eq=False)
class Graph:
    """The decision graph of one decision, collapsed.

    `counts` says for each box how many kinds of case come by and end in what. They are counted for the
    cells in `base`; `at_most` says that a measure is in the diagram whose tie to its inputs is not, so
    that some of what is counted cannot be. `ends` are those of the case that is followed, if one is.
    """

    rulebase: RuleBase
    decision: str
    diagrams: Diagrams
    base: Cells
    top: Box
    counts: Mapping[Box, Mapping[End, int]]
    at_most: bool
    given: Case | None = None
    case: Case | None = None
    ends: frozenset[End] = frozenset()

    @property
    def total(self) -> int:
        """How many kinds of case are counted."""
        return sum(self.counts[self.top].values())

    def among(self, spot: Spot, level: int) -> tuple[int, ...]:
        """Return the cells that are left at *level* where *spot* asks."""
        size = self.diagrams.forest.sizes[level]
        return tuple(spot.box.get(level, self.base.get(level, range(size))))


def decision_counts(
    rulebase: RuleBase,
    decision: str,
    *,
    given: Case | None = None,
    case: Case | None = None,
    assume: bool = True,
    most: int = MOST,
) -> Graph:
    """Return the graph of *decision*, which has one value, in at most *most* boxes.

    It is about the cases that state what *given* does. With *case* it follows that one to its end, and
    is about the cases in which the same facts are stated. Raises `InputError` for a case that cannot be
    and `NotFinished` where the diagram is too large.
    """
    problems = Problems()
    space_cells: Cells = {}
    where: Cells = {}
    if case is not None:
        executor = memory_of(rulebase, frozenset(rulebase.decisions))
        completed, exact = reach(rulebase, case, executor, problems, assume=assume)
        where = cells_of(rulebase, completed.facts, frozenset(case.facts), exact.trace)
    if given is not None:
        reach(rulebase, given, memory_of(rulebase, frozenset(rulebase.decisions)), problems, assume=False)
    diagrams, root = _diagram(rulebase, decision, given)
    variables = diagrams.space.variables
    if given is not None:
        answers = Answers(tuple(Answer(name, value) for name, value in sorted(given.facts.items())))
        space_cells = cells_after(diagrams, answers, assume=False)
    known = {at: where.get(at, (1,)) for at, variable in enumerate(variables) if variable.is_known}
    base = {**space_cells, **known}
    tree = Tree(diagrams, root, base)

    def drawn(spot: Spot) -> int:
        return sum(1 for _ in folded(spot).boxes())

    ends: frozenset[End] = frozenset()
    forest = diagrams.forest
    if case is not None:
        leaves = forest.leaves(root, {**base, **where})
        ends = frozenset(forest.values[leaf] for leaf in leaves) - {IMPOSSIBLE}  # type: ignore[assignment]
        tree.follow(where, ends, max(most, LEAST), drawn)
    tree.grow(max(most, LEAST), drawn)
    top = folded(tree.top)
    measures = {at for at, variable in enumerate(variables) if variable.subject in rulebase.measures}
    hidden = measures & tree.top.layered.support
    return Graph(
        rulebase,
        decision,
        diagrams,
        base,
        top,
        _counts(tree, top),
        bool(hidden),
        given,
        case,
        ends,
    )


def _diagram(rulebase: RuleBase, decision: str, given: Case | None) -> tuple[Diagrams, int]:
    try:
        diagrams = whole(rulebase)
        return diagrams, diagrams.masked(decision)
    except NotFinished:
        if given is None:
            raise
    # What is known is asked no more, so that less has to be compiled.
    readings = {name: fact_reading(value, rulebase.facts[name].domain) for name, value in given.facts.items()}
    diagrams = Diagrams(rulebase, Given(readings))
    return diagrams, diagrams.masked(decision)


def _counts(tree: Tree, top: Box) -> Mapping[Box, Mapping[End, int]]:
    """Return what ends where, exact: counted where the tree ends, and added up above."""
    found: dict[Box, dict[End, int]] = {}

    def at(box: Box) -> dict[End, int]:
        total: dict[End, int] = {}
        parts = [at(way.box) for way in box.ways] or [_exact(tree, spot) for spot in box.spots]
        for part in parts:
            for end, number in part.items():
                total[end] = total.get(end, 0) + number
        found[box] = total
        return total

    at(top)
    return found


def _exact(tree: Tree, spot: Spot) -> dict[End, int]:
    """Return how many combinations of cells in the box of *spot* end in what, the impossible left out."""
    sheet = _sheet(spot.layered)
    # Begun with all of them at the leaves, and divided on the way up: each division leaves no rest, and
    # what a path does not ask needs no thought.
    every = prod(len(tree.cells(spot, level)) for level in range(tree.diagrams.forest.bottom))
    below: list[dict[End, int]] = [
        {} if value == IMPOSSIBLE else {value: every}  # type: ignore[dict-item]
        for value in sheet.leaves
    ]
    for layer in sheet.layers:
        size = len(layer.cells)
        for row in layer.rows:
            total: dict[End, int] = {}
            for child in row:
                for end, number in below[child].items():
                    total[end] = total.get(end, 0) + number
            below.append({end: number // size for end, number in total.items()})
    return below[sheet.root]


def _sheet(layered: Layered) -> Sheet:
    if isinstance(layered, Sheet):
        return layered
    from amends.engine.interview.columns import Columns, sheet_from

    assert isinstance(layered, Columns)
    return sheet_from(layered)
