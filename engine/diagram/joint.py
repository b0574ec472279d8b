"""One space for two rule bases, cut at the constants of both, so that they compile into one forest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from amends.engine.cells import Grid
from amends.engine.diagram.alike import alike
from amends.engine.diagram.space import Key, Space, Variable, expanded_in, grids_of, in_order, points_of
from amends.engine.rulebase import Domain, Kind, RuleBase

FOREIGN = "the other's "
"""Begins the subject of a variable that only the other rule base asks."""


@dataclass(frozen=True, eq=False)
class Joint:
    """The variables of two rule bases at the same levels, each seen with one of them.

    What both ask is one variable: a fact of one kind, or a measure that means the same in both. Any
    other has a variable of its own, and stands in the space of the other as one that nothing asks.
    `alike` are the names that mean the same in both. `says` holds, for each rule base, the cells that
    it can express, where it cannot express them all; `measures` are the levels of the measures that
    are variables.
    """

    first: Space
    second: Space
    alike: frozenset[str]
    says: tuple[Mapping[int, tuple[int, ...]], Mapping[int, tuple[int, ...]]]
    measures: frozenset[int]

    def side(self, at: int) -> int:
        """Return 1 where only the second rule base asks what stands at a level, else 0."""
        return int(self.first.variables[at].subject.startswith(FOREIGN))

    def is_common(self, at: int) -> bool:
        """True if both rule bases ask what stands at a level."""
        return self.first.variables[at].subject == self.second.variables[at].subject


def joint_space(first: RuleBase, second: RuleBase) -> Joint:
    """Return the space of both rule bases, cut at the constants of both."""
    same = alike(first, second)
    sides = (first, second)
    natural = [expanded_in(side) for side in sides]
    points = [points_of(side, expanded) for side, expanded in zip(sides, natural, strict=True)]
    # A measure that means the same is worked out on both sides if it is on one: its inputs have few
    # values there, and a case with any other cannot be expressed by that side.
    common = {name for expanded in natural for name in expanded if name in same}
    expanded = [frozenset(names | common) for names in natural]
    grids = [dict(grids_of(*of)) for of in zip(sides, expanded, points, strict=True)]
    shared = {
        name for name in same if name in first.facts or (name in first.measures and name not in expanded[0])
    }
    for name in sorted(shared & {*grids[0], *grids[1]}):
        grids[0][name] = grids[1][name] = _joined(sides, grids, name)
    keys = [in_order(side, *of) for side, of in zip(sides, zip(grids, expanded, strict=True), strict=True)]
    order = _woven(keys[0], keys[1], shared)
    variables: tuple[list[Variable], list[Variable]] = ([], [])
    says: tuple[dict[int, tuple[int, ...]], dict[int, tuple[int, ...]]] = ({}, {})
    for at, (owner, key) in enumerate(order):
        owners = (0, 1) if owner is None else (owner,)
        able = [_cells(sides[side], grids[side], key) for side in owners]
        cells = tuple(sorted({cell for found in able for cell in found}))
        for side, found in zip(owners, able, strict=True):
            if len(found) < len(cells):
                says[side][at] = tuple(cells.index(cell) for cell in found)
        for side in (0, 1):
            own = Variable(*key, cells)
            variables[side].append(own if side in owners else replace(own, subject=FOREIGN + own.subject))
    spaces = [
        Space(
            tuple(found),
            grids[side],
            {variable.key: at for at, variable in enumerate(found) if side in _owners(order[at][0])},
            expanded[side],
        )
        for side, found in enumerate(variables)
    ]
    measures = {at for at, (owner, key) in enumerate(order) if key[0] in sides[owner or 0].measures}
    return Joint(spaces[0], spaces[1], same, says, frozenset(measures))


def _owners(owner: int | None) -> tuple[int, ...]:
    return (0, 1) if owner is None else (owner,)


def _woven(first: list[Key], second: list[Key], shared: set[str]) -> list[tuple[int | None, Key]]:
    """Return the keys of both in the order of the first; what only the second asks follows its neighbour."""

    def owned(side: int, key: Key) -> tuple[int | None, Key]:
        return (None if key[0] in shared else side, key)

    found = [owned(0, key) for key in first]
    placed = set(found)
    last: tuple[int | None, Key] | None = None
    for key in second:
        one = owned(1, key)
        if one not in placed:
            placed.add(one)
            twin = (0, key)
            beside = twin if twin in placed else last
            found.insert(0 if beside is None else found.index(beside) + 1, one)
        last = one
    return found


def _joined(sides: tuple[RuleBase, RuleBase], grids: list[dict[str, Grid]], name: str) -> Grid:
    """Return the grid of a fact or measure of both, cut wherever one of them cuts it or ends."""
    one, other = (side.domain(name) for side in sides)
    if one.kind in (Kind.CHOICE, Kind.FLAG):
        domain = replace(one, values={**one.values, **other.values})
        return Grid(domain, tuple(domain.values) or (False, True), ())
    cuts = {cut for found in grids if name in found for cut in found[name].cuts}
    if name in sides[0].facts:
        for low, high in ((one.lowest, other.lowest), (one.highest, other.highest)):
            cuts |= {end for end in (low, high) if end is not None} if low != high else set()
    return Grid(narrower(one, other), (), tuple(sorted(cuts)))


def narrower(one: Domain, other: Domain) -> Domain:
    """Return the domain of the numbers that both can state: of these are samples taken."""
    return replace(
        one,
        lowest=_of(max, one.lowest, other.lowest),
        highest=_of(min, one.highest, other.highest),
        decimals=min(one.decimals, other.decimals),
    )


def _of(pick: object, one: Fraction | None, other: Fraction | None) -> Fraction | None:
    if one is None or other is None:
        return other if one is None else one
    return pick(one, other)  # type: ignore[operator,no-any-return]


def _cells(rulebase: RuleBase, grids: Mapping[str, Grid], key: Key) -> tuple[int, ...]:
    """Return the cells in which a value lies that *rulebase* can express."""
    subject, member, is_known = key
    if is_known:
        return (0, 1)
    domain = rulebase.domain(subject)
    if member is not None:
        return (0, 1) if member in domain.values else (0,)
    grid = grids[subject]
    if grid.values:
        values = domain.values or grid.values
        return tuple(cell for cell, value in enumerate(grid.values) if value in values)
    return replace(grid, domain=domain).inhabited(is_stated=subject in rulebase.facts)
