"""Which changes of few facts can lead where: a search of the whole diagram near one case.

A *budget* is how many facts may change. A fact counts once, however many variables tell it: the members
of a set, whether it is known, and the measures that are worked out from it. What a changed number does to
a measure is not in the diagram, so a change found here is a candidate that is then tried on real values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from amends.engine.diagram import Diagrams
from amends.engine.reasons.place import Standing, links, support

MOST_STEPS = 5_000
"""Nodes that are passed while candidates for one end are listed."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Facts that change, and the cells in which what they tell must come to lie, by level."""

    facts: frozenset[str]
    cells: Mapping[int, int]


Facts = int
"""Some facts, a bit for each: they are looked up at every node."""
NONE: Facts = 0

_Option = tuple[tuple[int, ...], bool, int, Facts, Facts, str | None]
"""One way on: cells, whether one may be chosen or all must do, the budget then left, the facts that changed,
those that stay, and the one that it adds."""


@dataclass(frozen=True, slots=True)
class _Ways:
    """What can be done at one level: cells of the case, those after a change, those with which one begins.

    `facts` have a say on it, `may_change` are those that may begin to, and `stays` must not change
    further down if the case's own cells are taken.
    """

    facts: Facts
    own: tuple[int, ...]
    after: tuple[int, ...]
    others: tuple[int, ...]
    stays: Facts
    may_change: tuple[tuple[str, Facts], ...]


class Search:
    """Searches the diagram of *standing* for changes of the facts in *allowed*."""

    def __init__(self, standing: Standing, allowed: frozenset[str]) -> None:
        self.standing = standing
        self.allowed = allowed
        self.forest = standing.diagrams.forest
        self.root = standing.root
        self.case = standing.cells
        frame = _frame(standing.diagrams, standing.root)
        self.pending = frame.pending
        self.ways = {level: self._ways(level, frame) for level in frame.says}
        self.bit = {leaf: 1 << at for at, leaf in enumerate(sorted(standing.leaves))}
        self.gone = 1 << len(self.bit)
        """The bit of what breaks a constraint."""
        self.all = 2 * self.gone - 1
        self._memo: dict[tuple[int, int, Facts, Facts], int] = {}

    def reaches(self, leaf: int, budget: int) -> bool:
        """Return whether some change of at most *budget* facts may end in *leaf*; False is sure."""
        return self._ends(self.root, budget, NONE, NONE) & self.bit.get(leaf, 0) > 0

    def candidates(self, leaf: int, budget: int) -> Iterator[Candidate]:
        """Yield changes of at most *budget* facts that may end in *leaf*, in order of level and cell.

        It gives up after `MOST_STEPS` nodes, which only a case with many unknown facts needs.
        """
        wanted = self.bit[leaf]
        path: dict[int, int] = {}
        facts: list[str] = []
        steps = count()

        def go(
            node: int, budget: int, changed: Facts, kept: Facts, good: int
        ) -> Iterator[tuple[int, Facts, Facts]]:
            """Yield what is left to change, what changed and what must stay, for each way to a *good* end."""
            level = self.forest.level[node]
            if level == self.forest.bottom:
                yield budget, changed, kept
                return
            if next(steps) > MOST_STEPS:
                return
            children = self.forest.children[node]
            for cells, is_free, left, after, staying, added in self._options(level, budget, changed, kept):
                if not is_free:
                    below = list(dict.fromkeys(children[cell] for cell in cells))
                    if len(below) > 1:
                        yield from all_of(below, left, after, staying)
                    elif self._ends(below[0], left, after, staying) & good:
                        yield from go(below[0], left, after, staying, good)
                    continue
                if added:
                    facts.append(added)
                seen = set()
                for cell in [path[level]] if level in path else cells:
                    child = children[cell]
                    # Cells that lead to one node are tried once, the nearest first.
                    if child in seen or not self._ends(child, left, after, staying) & good:
                        continue
                    seen.add(child)
                    is_new = level not in path
                    path[level] = cell
                    yield from go(child, left, after, staying, good)
                    if is_new:
                        del path[level]
                if added:
                    facts.pop()

        def all_of(
            below: list[int], budget: int, changed: Facts, kept: Facts
        ) -> Iterator[tuple[int, Facts, Facts]]:
            """Yield ways in which every node of *below* comes to a good end, one after another."""
            # Of what is not known, those that need no change are left to the proof on real values.
            needy = [node for node in below if not self._ends(node, 0, changed, kept) & (wanted | self.gone)]
            if not needy:
                yield budget, changed, kept
                return
            for state in go(needy[0], budget, changed, kept, wanted | self.gone):
                yield from all_of(needy[1:], *state)

        if self.reaches(leaf, budget):
            # What was changed is on `facts` and `path` while its way is being yielded.
            for _ in go(self.root, budget, NONE, NONE, wanted):
                yield Candidate(frozenset(facts), dict(path))

    def _ends(self, node: int, budget: int, changed: Facts, kept: Facts) -> int:
        """Return the leaves that at most *budget* more changes may reach, as bits.

        What is not known must end there whatever it is; each of its cells may do with another change.
        """
        level = self.forest.level[node]
        if level == self.forest.bottom:
            return self.bit.get(node, self.gone)
        changed &= self.pending[level]
        kept = kept & self.pending[level] if budget else NONE
        key = (node, budget, changed, kept)
        found = self._memo.get(key)
        if found is None:
            children = self.forest.children[node]
            found = 0
            for cells, is_free, left, after, staying, _ in self._options(level, budget, changed, kept):
                if len(cells) == 1:
                    found |= self._ends(children[cells[0]], left, after, staying)
                    continue
                ends = [
                    self._ends(child, left, after, staying) for child in {children[cell] for cell in cells}
                ]
                some, every = 0, self.all
                for end in ends:
                    some |= end
                    # What cannot be is no obstacle, as long as something can be.
                    every &= end | (self.all if end & self.gone else 0)
                found |= some if is_free else every & some
            self._memo[key] = found
        return found

    def _options(self, level: int, budget: int, changed: Facts, kept: Facts) -> list[_Option]:
        ways = self.ways[level]
        if changed & ways.facts:
            return [(ways.after, True, budget, changed, kept, None)]
        found: list[_Option] = [(ways.own, False, budget, changed, kept | ways.stays, None)]
        if budget:
            for name, fact in ways.may_change:
                if not fact & kept:
                    found.append((ways.others, True, budget - 1, changed | fact, kept, name))
        return found

    def _ways(self, level: int, frame: _Frame) -> _Ways:
        rulebase, variable = self.standing.rulebase, self.standing.diagrams.space.variables[level]
        every = tuple(range(len(variable.cells)))
        own = self.case.get(level, every)
        after = _nearest_first(len(variable.cells), own)
        names = frame.says[level]
        facts = frame.bits(names)
        may_change = tuple((name, frame.fact[name]) for name in names if name in self.allowed)
        if variable.subject not in rulebase.facts:
            return _Ways(facts, own, after, after, NONE, may_change)
        others = after = (1,) if variable.is_known else after
        is_pending = frame.last.get(variable.subject, level) > level
        if not is_pending and not variable.is_known and len(own) == 1:
            # With no more to come, its own cell would be no change.
            others = after[1:]
            may_change = may_change if others else ()
        return _Ways(facts, own, after, others, facts if is_pending else NONE, may_change)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is alike in every search of one diagram: which facts have a say where, and the bit of each.

    `says` has them by level, in order of name, `last` is the lowest level of each, and `pending` those
    that have a say at a level or further down.
    """

    fact: Mapping[str, Facts]
    last: Mapping[str, int]
    says: Mapping[int, tuple[str, ...]]
    pending: Mapping[int, Facts]

    def bits(self, names: Iterable[str]) -> Facts:
        """Return the facts called *names*."""
        return sum([self.fact[name] for name in names])


@lru_cache(maxsize=32)
def _frame(diagrams: Diagrams, root: int) -> _Frame:
    found = links(diagrams, root)
    fact = {name: 1 << at for at, name in enumerate(found)}
    last = {name: max(levels) for name, levels in found.items()}
    asked = support(diagrams, root)
    says = {level: tuple(name for name in found if level in found[name]) for level in asked}
    pending = {level: sum([fact[name] for name in found if last[name] >= level]) for level in asked}
    return _Frame(fact, last, says, pending)


@lru_cache(maxsize=4096)
def _nearest_first(cells: int, own: tuple[int, ...]) -> tuple[int, ...]:
    """Return all cells, those nearest to *own* first: a number is changed no more than it must be."""
    far = {cell: min(abs(cell - mine) for mine in own) for cell in range(cells)}
    return tuple(sorted(far, key=lambda cell: (far[cell], cell)))
