"""Two rule bases compiled into one forest, and where one decision parts them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from amends.engine.audit.finding import Count
from amends.engine.compare.boxes import box_of
from amends.engine.diagram.compiling import Diagrams, decisions_read
from amends.engine.diagram.forest import MOST_NODES, NO, Cells, Forest
from amends.engine.diagram.joint import joint_space
from amends.engine.rulebase import Decision, HitPolicy, RuleBase

OUTSIDE = "outside"
"""The leaf of what is not compared: impossible on a side, or nothing that it can express."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The leaf of what moves: the leaf on the first side, and that on the second."""

    before: int
    after: int


class Sides:
    """Two rule bases over one space and in one forest. What compiles raises `NotFinished`."""

    def __init__(self, first: RuleBase, second: RuleBase, most_nodes: int = MOST_NODES) -> None:
        self.rulebases = (first, second)
        self.joint = joint_space(first, second)
        self.forest = Forest(self.joint.first.sizes, most_nodes)
        self.spaces = (self.joint.first, self.joint.second)
        self.diagrams = tuple(
            Diagrams(rulebase, space=space, forest=self.forest)
            for rulebase, space in zip(self.rulebases, self.spaces, strict=True)
        )
        self.outside = self.forest.terminal(OUTSIDE)

    @property
    def universe(self) -> int:
        """Yes for the cases that both sides can express and hold possible."""
        return self.forest.both(self._has(0), self._has(1))

    def alone(self, side: int) -> int:
        """Return yes for the cases that only one side has."""
        return self.forest.both(self._has(side), self.forest.no(self._has(1 - side)))

    def apart(self, *roots: int) -> tuple[str, ...]:
        """Return the measures that *roots* ask for and that only one side works out so."""
        asked = frozenset().union(*map(self.forest.support, roots)) & self.joint.measures
        own = (at for at in asked if not self.joint.is_common(at))
        spaces = (self.joint.first, self.joint.second)
        names = {space.variables[at].subject for at in own for space in spaces}
        known = {name for rulebase in self.rulebases for name in rulebase.measures}
        return tuple(sorted(names & known))

    def _has(self, side: int) -> int:
        says = box_of(self.forest, self.joint.says[side])
        return self.forest.both(self.diagrams[side].possible, says)

    def parted(self, one: int, other: int) -> int:
        """Return where two diagrams part: no where they end alike, `Shift` leaves, `OUTSIDE`."""
        return self.forest.choose(self.universe, self._shifted(one, other), self.outside)

    def _shifted(self, one: int, other: int) -> int:
        forest, memo = self.forest, dict[tuple[int, int], int]()
        level, children = forest.level, forest.children

        def go(one: int, other: int) -> int:
            if one == other:
                return NO
            found = memo.get((one, other))
            if found is None:
                at = min(level[one], level[other])
                if at == forest.bottom:
                    found = forest.terminal(Shift(one, other))
                else:
                    size = forest.sizes[at]
                    ones, others = (
                        children[root] if level[root] == at else (root,) * size for root in (one, other)
                    )
                    found = forest.node(at, tuple(map(go, ones, others)))
                memo[one, other] = found
            return found

        return go(one, other)

    def member(self, side: int, decision: Decision, member: str) -> int:
        """Return yes where a collected set has *member*: what gives it, where nothing takes it out."""
        forest, diagrams = self.forest, self.diagrams[side]
        rulebase = self.rulebases[side]
        read = decisions_read(rulebase, decision.name)
        blocked = forest.any_of(self._lacks(side, name) for name in read)
        giving = [diagrams.condition(rule.when) for rule in decision.rules if member in rule.then]
        found = forest.both(forest.any_of(giving), forest.no(blocked))
        if decision.without is not None and found != NO:
            taken = self.member(side, rulebase.decisions[decision.without], member)
            found = forest.both(found, forest.no(taken))
        return found

    def _lacks(self, side: int, name: str) -> int:
        """Return where a decision has no value; of a set only what it reads has to be looked at."""
        rulebase = self.rulebases[side]
        if rulebase.decisions[name].hit_policy is not HitPolicy.COLLECT:
            return self.diagrams[side].decision(name).lacks
        return self.forest.any_of(self._lacks(side, read) for read in decisions_read(rulebase, name))

    # --- Counting -----------------------------------------------------------------------------

    def counted(self, *roots: int) -> Cells:
        """Return the cells to count *roots* in: every fact stated, and once what a measure hides.

        A measure that none of them asks for does not make one kind of case several.
        """
        asked = frozenset().union(*map(self.forest.support, roots))
        return {**self.joint.first.stated, **dict.fromkeys(self.joint.measures - asked, (0,))}

    def number(self, root: int, leaves: Iterable[int], cells: Cells) -> int:
        """Return how many kinds of case end in one of *leaves*."""
        found = self.forest.counts(root, cells)
        return sum(found.get(leaf, 0) for leaf in leaves)

    def count(self, number: int, of: int, cells: Cells) -> Count:
        """Return *number* as it is told: "at most" where measures may hide that two go together."""
        return Count(number, of, any(at not in cells for at in self.joint.measures))
