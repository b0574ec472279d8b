"""A decision tree grown from a diagram: the most telling question first, where most is still open.

The tree is a drawing of the function and need not ask in the order of the diagram. What is chosen is
chosen by chances, every cell as likely as every other; what is printed is counted exactly elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import log2

from amends.engine.diagram import Diagrams
from amends.engine.draw.splits import Split, apart, split
from amends.engine.interview.information import entropy, shares
from amends.engine.interview.sheet import Layered, Weighed, sheet_of

Cells = Mapping[int, tuple[int, ...]]

FEW = 600
"""Nodes up to which plain lists are quick enough that numpy is not worth importing."""
FOLDED = 0.5
"""What a question costs, beside 2 for one of two answers, that goes into the box of the one before."""


@dataclass(eq=False)
class Spot:
    """One place in a tree under way: the cases in `box`, of which `share` is how many of all combinations.

    `question` is None where nothing is asked, or not yet; `after` holds then nothing. `is_path` says that
    the case that is followed comes by.
    """

    box: Cells
    layered: Layered
    weights: Mapping[int, Sequence[float]]
    share: float = 1.0
    is_path: bool = False
    near: Hashable = None
    """The end to which the question before leads if it does not lead here."""
    question: Split | None = None
    after: list[Spot] = field(default_factory=list)

    @cached_property
    def weighed(self) -> Weighed:
        """What is left, weighed."""
        return self.layered.weighed(self.weights)

    @property
    def ends(self) -> tuple[Hashable, ...]:
        """How cases in the box can end."""
        return self.layered.ends

    @cached_property
    def open(self) -> float:
        """How many bits are open here, by how many cases come here."""
        total = self.weighed.total
        return self.share * sum(total) * entropy(shares(total)) if len(self.ends) > 1 else 0.0

    def spots(self) -> Iterator[Spot]:
        """Yield this and every spot below it, the first answers first."""
        yield self
        for spot in self.after:
            yield from spot.spots()


class Tree:
    """A tree over the diagram at *root* for the cases in *base*, grown by one question at a time."""

    def __init__(self, diagrams: Diagrams, root: int, base: Cells) -> None:
        self.diagrams = diagrams
        self.base = base
        sizes = diagrams.forest.sizes
        weights = {at: (1.0 / size,) * size for at, size in enumerate(sizes)}
        self.top = Spot({}, _layered(diagrams, root).narrowed(base), weights)

    def cells(self, spot: Spot, level: int) -> tuple[int, ...]:
        """Return the cells that are left at *level*."""
        size = self.diagrams.forest.sizes[level]
        return tuple(spot.box.get(level, self.base.get(level, range(size))))

    def split(self, spot: Spot, level: int) -> Split:
        """Return the question about *level* at *spot*."""
        variable = self.diagrams.space.variables[level]
        is_ordered = variable.member is None and not self.diagrams.space.grids[variable.subject].values
        return split(level, self.cells(spot, level), spot.weighed.joint(level), is_ordered=is_ordered)

    def best(self, spot: Spot) -> Split | None:
        """Return the question that tells most for what it costs to draw; None if none tells anything."""
        found = [self.split(spot, level) for level in sorted(spot.layered.support)]
        telling = [each for each in found if len(each.groups) > 1 and each.bits > 1e-12]
        # Where two cells of a measure only look different, no question tells anything.
        return min(
            telling, key=lambda each: (-round(each.bits / _price(spot, each), 12), each.level), default=None
        )

    def ask(self, spot: Spot, question: Split) -> None:
        """Let *question* be asked at *spot*."""
        spot.question = question
        whole = len(self.cells(spot, question.level))
        for at, group in enumerate(question.groups):
            near = None
            if len(question.groups) == 2:
                end = question.ends[1 - at]
                near = None if end is None else spot.ends[end]
            spot.after.append(
                Spot(
                    {**spot.box, question.level: group},
                    spot.layered.narrowed({question.level: group}),
                    spot.weights,
                    spot.share * len(group) / whole,
                    near=near,
                )
            )
        # Large arrays are let go where they are read no more.
        spot.__dict__.pop("weighed", None)

    def grow(self, most: int, drawn: Callable[[Spot], int]) -> None:
        """Ask on, where most is open first, while *drawn* says that at most *most* boxes are shown."""
        done: set[int] = set()
        while True:
            waiting = [s for s in self.top.spots() if not s.after and not s.is_path and id(s) not in done]
            spot = max(waiting, key=lambda each: round(each.open, 15), default=None)
            if spot is None or spot.open <= 0.0:
                return
            question = self.best(spot)
            done.add(id(spot))
            if question is None:
                continue
            kept = spot.weighed
            self.ask(spot, question)
            if drawn(self.top) > most:
                spot.question = None
                spot.after.clear()
                spot.__dict__["weighed"] = kept

    def follow(
        self, where: Cells, wanted: frozenset[Hashable], most: int, drawn: Callable[[Spot], int]
    ) -> None:
        """Ask what leads a case, whose cells are *where*, to its end, one of *wanted*.

        A question is asked only if without it the case could end otherwise. Of those the most telling
        comes first, so that the path begins as the whole tree does. It stops where *drawn* says that more
        than *most* boxes would be shown.
        """
        spot = self.top
        spot.is_path = True
        needed = self._needed(spot, where, wanted)
        asked: set[int] = set()
        while not set(spot.ends) <= wanted:
            levels = sorted(needed & spot.layered.support)
            if not levels:
                levels = sorted(level for level in spot.layered.support if len(where.get(level, ())) == 1)
            found = [
                apart(
                    level,
                    self.cells(spot, level),
                    spot.weighed.joint(level),
                    where[level][0],
                    alone=level in asked,
                )
                for level in levels
            ]
            telling = [each for each in found if len(each.groups) > 1]
            if not telling:
                break
            best = min(telling, key=lambda each: (-round(each.bits, 12), each.level))
            asked.add(best.level)
            self.ask(spot, best)
            spot.after[0].is_path = True
            if drawn(self.top) > most:
                spot.question = None
                spot.after.clear()
                break
            spot = spot.after[0]

    def _needed(self, spot: Spot, where: Cells, wanted: frozenset[Hashable]) -> frozenset[int]:
        """Return levels whose cells in *where* alone lead to *wanted*, none of them to spare."""
        chosen: list[int] = []
        layered = spot.layered
        while not set(layered.ends) <= wanted:
            weighed = layered.weighed(spot.weights)
            places = [at for at, end in enumerate(layered.ends) if end in wanted]
            ranked: list[tuple[float, int]] = []
            for level in sorted(layered.support):
                if len(where.get(level, ())) == 1:
                    left = self.base.get(level, range(self.diagrams.forest.sizes[level]))
                    row = weighed.joint(level)[list(left).index(where[level][0])]
                    hit, whole = sum(row[at] for at in places), sum(row)
                    ranked.append((-round(log2(hit / whole) if hit > 0 else -1e9, 12), level))
            if not ranked:
                break
            _, level = min(ranked)
            chosen.append(level)
            layered = layered.narrowed({level: where[level]})
        goal = set(layered.ends)
        for level in tuple(chosen):
            fewer = [other for other in chosen if other != level]
            if set(spot.layered.narrowed({other: where[other] for other in fewer}).ends) <= goal:
                chosen = fewer
        return frozenset(chosen)


def _price(spot: Spot, question: Split) -> float:
    """Return how many boxes a question adds; less where it goes into the box of the one before."""
    if spot.near is not None and len(question.groups) == 2:
        ends = {spot.ends[end] for end in question.ends if end is not None}
        if spot.near in ends:
            return 2.0 * FOLDED
    return float(len(question.groups))


def _layered(diagrams: Diagrams, root: int) -> Layered:
    sheet = sheet_of(diagrams.forest, root)
    if sheet.size > FEW:
        try:
            from amends.engine.interview.columns import columns_of
        except ImportError:
            return sheet
        return columns_of(sheet)
    return sheet
