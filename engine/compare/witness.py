"""The case that shows a move: found in the diagram, borne out with numbers, replayed by both chains."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from amends.engine.audit.arithmetic import answer
from amends.engine.audit.finding import Witness
from amends.engine.audit.question import Answer, Unsettled
from amends.engine.chain import run
from amends.engine.chain.outcome import Lack, Outcome
from amends.engine.compare.boxes import box_of
from amends.engine.compare.numbers import named, question, tied_to
from amends.engine.compare.sides import Sides
from amends.engine.diagram.forest import NO, YES, Cells
from amends.engine.diagram.joint import FOREIGN
from amends.engine.diagram.pricing import cheapest
from amends.engine.rulebase import Fact, Kind, Value
from amends.engine.truth import Members
from amends.engine.what_if import memory_of

MOST_TRIES = 60
"""Combinations of cells that are tried for one move."""

Facts = tuple[dict[str, Value], dict[str, Value]]
"""The facts of one case as each side states them."""


@dataclass(frozen=True, slots=True)
class End:
    """How a decision ends on one side: a value, a lack, or, for a *member*, whether the set has it."""

    decision: str
    value: Hashable
    member: str | None = None

    def is_met(self, outcome: Outcome) -> bool:
        """True if the chain came to this end, and to no other."""
        if self.member is not None:
            if outcome.has_no_value:
                return not self.value
            found = outcome.found
            assert isinstance(found, Members)
            is_in, may_be_in = self.member in found.sure, self.member in found.possible
            return not outcome.lacks and (is_in if self.value else not may_be_in)
        if isinstance(self.value, Lack):
            return outcome.has_no_value and outcome.lacks == {self.value}
        return outcome.is_settled and outcome.value == self.value


@dataclass(frozen=True)
class Search:
    """What a search came to: a witness, the combinations that cannot be, and whether any are left open."""

    witness: Witness | None
    impossible: tuple[Cells, ...]
    is_exhausted: bool


def search(
    sides: Sides, region: int, ends: tuple[End, End], shows: str = "", needed: frozenset[str] | None = None
) -> Search:
    """Look for a case in *region* that ends as *ends* say, on each side, and replay it.

    Facts that are not *needed*, and without which the chains end alike, are left out; None keeps all.
    """
    forest, joint = sides.forest, sides.joint
    impossible: list[Cells] = []
    is_exhausted = True
    stated = joint.first.stated
    careful = _careful(sides)

    def price(at: int, place: int) -> int | None:
        if at in stated:
            return 0 if place in stated[at] else None
        return int(careful.get(at, 0) != place)

    for _ in range(MOST_TRIES):
        found = cheapest(forest, region, frozenset([YES]), price)
        if found is None:
            return Search(None, tuple(impossible), is_exhausted)
        path = {at: place for at, place in found[1].items() if at not in stated}
        tied = tied_to(sides, path)
        numbers: Answer | None = {}
        if tied:
            try:
                numbers = answer(question(sides, tied))
            except Unsettled:
                is_exhausted = False
                numbers = None
            else:
                if numbers is None:
                    impossible.append({at: (place,) for at, place in tied.items()})
        if numbers is not None:
            facts = _facts(sides, path, numbers, careful)
            if _is_shown(sides, facts, ends):
                kept = facts if needed is None else _fewest(sides, facts, needed, ends)
                return Search(_told(kept, shows), tuple(impossible), False)
            is_exhausted = False
            tied = path
        region = forest.both(region, forest.no(box_of(forest, {at: (place,) for at, place in tied.items()})))
        if region == NO:
            break
    return Search(None, tuple(impossible), is_exhausted and region == NO)


def _careful(sides: Sides) -> dict[int, int]:
    """Return the cell of each variable that is tried first: what the facts assume."""
    found = {}
    for at in range(sides.forest.bottom):
        side = sides.joint.side(at)
        variable, space = sides.spaces[side].variables[at], sides.spaces[side]
        fact = sides.rulebases[side].facts.get(variable.subject)
        if fact is None or fact.assume is None or variable.is_known:
            continue
        if variable.member is not None:
            assert isinstance(fact.assume, frozenset)
            found[at] = int(variable.member in fact.assume)
        else:
            found[at] = space.place(variable.subject, fact.assume)
    return found


def _facts(sides: Sides, path: Mapping[int, int], numbers: Answer, careful: Mapping[int, int]) -> Facts:
    """Return a value for every fact of each side: from *numbers*, from the path, else the careful one."""
    found: Facts = ({}, {})
    for side, rulebase in enumerate(sides.rulebases):
        space = sides.spaces[side]
        for name, fact in sorted(rulebase.facts.items()):
            searched = numbers.get(named(sides, side, name))
            levels = space.levels_of(name)
            places = {at: path[at] if at in path else _default(sides, at, careful) for at in levels}
            if searched is not None:
                found[side][name] = searched
            elif not levels:
                found[side][name] = _untested(sides, fact)
            elif fact.domain.kind is Kind.SET:
                members = {space.variables[at].member for at, place in places.items() if place}
                found[side][name] = frozenset(map(str, members))
            else:
                ((at, place),) = places.items()
                found[side][name] = space.sample(at, place)
    return found


def _default(sides: Sides, at: int, careful: Mapping[int, int]) -> int:
    able = [set(says.get(at, range(sides.forest.sizes[at]))) for says in sides.joint.says]
    both = sorted(able[0] & able[1])
    wanted = careful.get(at, 0)
    return wanted if wanted in both else both[0]


def _untested(sides: Sides, fact: Fact) -> Value:
    """Return a value of a fact that nothing tests, one that every side that knows it can state."""
    domains = [side.facts[fact.name].domain for side in sides.rulebases if fact.name in side.facts]
    domains = [domain for domain in domains if domain.kind is fact.domain.kind]
    match fact.domain.kind:
        case Kind.FLAG:
            return False
        case Kind.SET:
            return frozenset()
        case Kind.CHOICE:
            both = [
                value for value in fact.domain.values if all(value in domain.values for domain in domains)
            ]
            return both[0] if both else next(iter(fact.domain.values))
        case Kind.DATE:
            return date(2026, 1, 1)
    return max(domain.lowest if domain.lowest is not None else Fraction(0) for domain in domains)


def _is_shown(sides: Sides, facts: Facts, ends: tuple[End, End]) -> bool:
    """True if the chain of each side comes to its end."""
    for rulebase, stated, end in zip(sides.rulebases, facts, ends, strict=True):
        memory = memory_of(rulebase, frozenset(rulebase.decisions))
        if not end.is_met(run(rulebase, stated, frozenset(stated), memory).outcomes[end.decision]):
            return False
    return True


def _fewest(sides: Sides, facts: Facts, needed: frozenset[str], ends: tuple[End, End]) -> Facts:
    """Leave out, in halves, the facts that are not *needed* and without which both chains end alike."""
    spare = sorted({*facts[0], *facts[1]} - needed)

    def without(kept: Facts, dropped: Sequence[str]) -> Facts:
        return (
            {name: value for name, value in kept[0].items() if name not in dropped},
            {name: value for name, value in kept[1].items() if name not in dropped},
        )

    def fewer(kept: Facts, block: Sequence[str]) -> Facts:
        if not block:
            return kept
        tried = without(kept, block)
        if _is_shown(sides, tried, ends):
            return tried
        if len(block) == 1:
            return kept
        middle = len(block) // 2
        return fewer(fewer(kept, block[:middle]), block[middle:])

    return fewer(facts, spare)


def _told(facts: Facts, shows: str) -> Witness:
    """Return the case as one mapping; where a name means two things, the second side's is marked."""
    told = dict(facts[0])
    for name, value in facts[1].items():
        told[name if told.get(name, value) == value else FOREIGN + name] = value
    told = dict(sorted(told.items()))
    return Witness(told, frozenset(told), shows)
