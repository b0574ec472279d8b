"""What becomes of one decision: every kind of case that moves, counted, in boxes, each with a case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from amends.engine.audit.finding import Count
from amends.engine.compare.boxes import Regions, box_of, boxes
from amends.engine.compare.moved import Box, Move, Moves
from amends.engine.compare.numbers import facts_of
from amends.engine.compare.sides import Shift, Sides
from amends.engine.compare.witness import End, search
from amends.engine.compare.words import box_words, end_words
from amends.engine.diagram.forest import YES, Cells, NotFinished
from amends.engine.rulebase import HitPolicy

MOST_BOXES = 1
"""Shown of each move, unless asked otherwise; the rest is counted."""
MOST_ROUNDS = 20
"""Rounds a move in which combinations of measures that cannot be are found and left out."""


def moves_of(sides: Sides, decision: str, most_boxes: int = MOST_BOXES) -> Moves:
    """Return what becomes of *decision*, which one side may not know; never raises `NotFinished`."""
    known = [decision in rulebase.decisions for rulebase in sides.rulebases]
    if not all(known):
        side = "second" if known[1] else "first"
        return Moves(
            decision, None, reason=f"only the {side} side decides it" if any(known) else "no side has it"
        )
    policies = [rulebase.decisions[decision].hit_policy for rulebase in sides.rulebases]
    is_set = [policy is HitPolicy.COLLECT for policy in policies]
    if is_set[0] is not is_set[1]:
        return Moves(decision, None, reason="it gathers a set on one side only")
    try:
        if not is_set[0]:
            roots = [diagrams.decision(decision).root for diagrams in sides.diagrams]
            assert roots[0] is not None and roots[1] is not None
            return _moves(sides, decision, {None: (roots[0], roots[1])}, most_boxes)
        return _moves(sides, decision, dict(_members(sides, decision)), most_boxes)
    except NotFinished:
        return Moves(decision, None, reason=f"not finished within {sides.forest.most_nodes:,} nodes")


def _members(sides: Sides, name: str) -> Iterator[tuple[str | None, tuple[int, int]]]:
    """Yield the diagrams of every member of a collected set, by its name."""
    decisions = [rulebase.decisions[name] for rulebase in sides.rulebases]
    members = {str(value) for decision in decisions for rule in decision.rules for value in rule.then}
    for member in sorted(members):
        one, other = (sides.member(side, decision, member) for side, decision in enumerate(decisions))
        yield member, (one, other)


def _moves(
    sides: Sides, decision: str, roots: Mapping[str | None, tuple[int, int]], most_boxes: int
) -> Moves:
    parted = {member: sides.parted(*pair) for member, pair in roots.items()}
    universe, alone = sides.universe, (sides.alone(1), sides.alone(0))
    # Of what the decision rests on, not of what moves alone: the total is then that of no edit too.
    cells = sides.counted(universe, *alone, *(root for pair in roots.values() for root in pair))
    total = sides.number(universe, [YES], cells)
    moves: list[Move] = []
    for member, root in parted.items():
        held = _without_impossible(sides, decision, member, root)
        left = sides.forest.leaves(held, cells)
        regions = Regions(sides.forest, held)
        for leaf, number in sorted(sides.forest.counts(root, cells).items()):
            if leaf in left and isinstance(sides.forest.values[leaf], Shift):
                ends = _ends(sides, decision, member, leaf)
                count = sides.count(number, total, cells)
                moves.append(_move(sides, regions, leaf, ends, count, cells, most_boxes))
    moves.sort(key=lambda move: (-move.count.cases, move.before, move.after))
    cases = sides.count(total, total, cells)
    if apart := sides.apart(*alone):
        return Moves(decision, cases, tuple(moves), apart=apart)
    fresh, gone = (sides.count(sides.number(root, [YES], cells), total, cells) for root in alone)
    return Moves(decision, cases, tuple(moves), fresh, gone)


def _without_impossible(sides: Sides, decision: str, member: str | None, root: int) -> int:
    """Return *root* without combinations of measures that cannot be, as far as a move hangs on them.

    It goes on until each move has a case, has none left, or nothing more can be shown of it.
    """
    forest = sides.forest
    if not forest.support(root) & sides.joint.measures:
        return root
    cannot: list[int] = []
    regions = Regions(forest, root)
    for leaf in sorted(forest.leaves(root)):
        if not isinstance(forest.values[leaf], Shift):
            continue
        ends = _ends(sides, decision, member, leaf)
        # Each region is narrowed by itself, and the whole diagram once at the end: it is far larger.
        region = forest.both(regions.of(leaf), forest.no(forest.any_of(cannot)))
        for _ in range(MOST_ROUNDS):
            result = search(sides, region, ends)
            if result.witness is not None or not result.impossible:
                break
            found = [box_of(forest, allowed) for allowed in result.impossible]
            cannot += found
            region = forest.both(region, forest.no(forest.any_of(found)))
    return forest.choose(forest.any_of(cannot), sides.outside, root)


def _ends(sides: Sides, decision: str, member: str | None, leaf: int) -> tuple[End, End]:
    values = sides.forest.values
    shift = values[leaf]
    assert isinstance(shift, Shift)
    return End(decision, values[shift.before], member), End(decision, values[shift.after], member)


def _words(sides: Sides, ends: tuple[End, End]) -> tuple[str, str]:
    said = []
    for end, rulebase in zip(ends, sides.rulebases, strict=True):
        if end.member is not None:
            said.append(f"{'with' if end.value else 'without'} {end.member}")
        else:
            said.append(end_words(end.value, rulebase.domain(end.decision)))  # type: ignore[arg-type]
    return said[0], said[1]


def _move(
    sides: Sides,
    regions: Regions,
    leaf: int,
    ends: tuple[End, End],
    count: Count,
    cells: Cells,
    most_boxes: int,
) -> Move:
    before, after = _words(sides, ends)
    found: list[Box] = []
    rest = count.cases
    for part in boxes(sides.forest, regions, leaf, sides.outside, cells):
        needed = facts_of(sides, part.allowed)
        shows = f"{ends[0].decision}: {before}, then {after}"
        witness = search(sides, part.inside, ends, shows, needed).witness
        where = box_words(sides, part.allowed)
        found.append(Box(where, sides.count(part.count, count.of, cells), witness))
        rest -= part.count
        if len(found) >= most_boxes:
            break
    return Move(before, after, count, tuple(found), rest, ends[0].member)
