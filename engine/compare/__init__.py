"""Two rule bases beside each other: every kind of case that an edit moves, counted, or the proof of none."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from amends.engine.api import Engine
from amends.engine.compare.known import altered, known_only
from amends.engine.compare.locally import changed_decisions
from amends.engine.compare.moved import (
    Altered,
    Box,
    Change,
    ChangedCase,
    ChangedDecision,
    Comparison,
    Known,
    Move,
    Moves,
    StoredCases,
)
from amends.engine.compare.moving import MOST_BOXES, moves_of
from amends.engine.compare.sides import Sides
from amends.engine.compare.stored import stored_cases
from amends.engine.diagram.forest import MOST_NODES


def compare(
    first: Engine,
    second: Engine,
    *,
    names: tuple[str, str] = ("first", "second"),
    decisions: Iterable[str] = ("remedy",),
    cases: Path | None = None,
    most_nodes: int = MOST_NODES,
    most_boxes: int = MOST_BOXES,
) -> Comparison:
    """Return what changes from *first* to *second*: the *decisions* counted, every other one named.

    *cases* is a folder of stored cases to decide with both. What needs more than *most_nodes* nodes is
    marked as not finished. Raises `InputError` if *cases* holds none.

    >>> from amends.engine import load
    >>> same = compare(load(), load(), decisions=["fault"])
    >>> same.counted[0].nothing_moves, same.changed
    (True, ())
    """
    one, other = first.rulebase, second.rulebase
    stored = stored_cases(first, second, cases) if cases is not None else None
    sides = Sides(one, other, most_nodes)
    counted = tuple(moves_of(sides, name, most_boxes) for name in dict.fromkeys(decisions))
    return Comparison(
        first=names[0],
        second=names[1],
        counted=counted,
        changed=tuple(changed_decisions(one, other, counted)),
        altered=tuple(altered(one, other)),
        only_first=known_only(one, other),
        only_second=known_only(other, one),
        stored=stored,
    )


__all__ = [
    "Altered",
    "Box",
    "Change",
    "ChangedCase",
    "ChangedDecision",
    "Comparison",
    "Known",
    "Move",
    "Moves",
    "StoredCases",
    "compare",
]
