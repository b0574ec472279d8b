"""The solver's port answered by diagrams, within a budget, where no satisfiability solver is installed."""

from __future__ import annotations

import time
from collections.abc import Iterable

from amends.engine.audit.clauses import YES, Clauses
from amends.engine.audit.solver import Model, OutOfTime
from amends.engine.diagram import forest as diagrams
from amends.engine.diagram.forest import Forest
from amends.engine.diagram.pricing import cheapest


class DiagramSolver:
    """Compiles signals to diagrams and takes models from their paths.

    Its methods raise `NotFinished` once the diagrams need more than *most_nodes* nodes.
    """

    def __init__(self, clauses: Clauses, most_nodes: int, deadline: float | None = None) -> None:
        self.clauses = clauses
        self.most_nodes = most_nodes
        self.deadline = deadline
        self._asked: list[int] = []
        self._forest = Forest(())
        self._nodes: dict[int, int] = {}
        self._demanded = diagrams.YES
        self._read = 0
        self._preferred: frozenset[int] = frozenset()

    def close(self) -> None:
        """Nothing is held outside Python."""

    def prefer(self, signals: Iterable[int]) -> None:
        """Try *signals* first wherever there is a choice."""
        self._preferred = frozenset(signals)

    def model(self, assumed: Iterable[int] = ()) -> Model | None:
        """Return a model in which all of *assumed* are yes, or None if there is none."""
        wanted = list(assumed)
        root = self._together(wanted)
        if root == diagrams.NO:
            self._asked = wanted
            return None
        choices = self.clauses.choices

        def price(level: int, place: int) -> int:
            return 0 if choices[level][place] in self._preferred else 1

        found = cheapest(self._forest, root, frozenset([diagrams.YES]), price)
        assert found is not None
        return Model(self._completed(found[1]))

    def core(self, assumed: Iterable[int]) -> list[int] | None:
        """Return some of *assumed* that cannot be yes together, or None if all can."""
        kept = list(assumed)
        if self._together(kept) != diagrams.NO:
            return None
        for signal in list(kept):
            fewer = [other for other in kept if other != signal]
            if self._together(fewer) == diagrams.NO:
                kept = fewer
        return sorted(kept, key=abs)

    @property
    def blamed(self) -> list[int]:
        """Those of the signals assumed last that cannot be yes together, where that was the answer."""
        return self.core(self._asked) or []

    def _together(self, signals: Iterable[int]) -> int:
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise OutOfTime
        if len(self._forest.sizes) != len(self.clauses.choices):
            self._begin()
        forest = self._forest
        for demand in self.clauses.demands[self._read :]:
            some = forest.any_of(self._node(signal) for signal in demand)
            self._demanded = forest.both(self._demanded, some)
            self._read += 1
        found = forest.all_of(self._node(signal) for signal in signals)
        return forest.both(found, self._demanded)

    def _begin(self) -> None:
        """Start anew over all choices that there are now."""
        self._forest = Forest([len(choice) for choice in self.clauses.choices], self.most_nodes)
        self._nodes = {YES: diagrams.YES}
        self._demanded, self._read = diagrams.YES, 0
        for level, choice in enumerate(self.clauses.choices):
            for place, signal in enumerate(choice):
                if signal > 0:
                    self._nodes[signal] = self._forest.literal(level, [place])

    def _node(self, signal: int) -> int:
        """Return the diagram of *signal*, gates from the lowest up."""
        waiting = [abs(signal)]
        while waiting:
            at = waiting[-1]
            if at in self._nodes:
                waiting.pop()
                continue
            parts = self.clauses.gates[at]
            missing = [abs(part) for part in parts if abs(part) not in self._nodes]
            if missing:
                waiting += missing
            else:
                self._nodes[at] = self._forest.all_of(self._signed(part) for part in parts)
        return self._signed(signal)

    def _signed(self, signal: int) -> int:
        node = self._nodes[abs(signal)]
        return node if signal > 0 else self._forest.no(node)

    def _completed(self, path: dict[int, int]) -> Iterable[int]:
        """Return every signal as it is where the path leads; what it does not ask is as preferred."""
        is_yes = {YES: True}
        for level, choice in enumerate(self.clauses.choices):
            liked = (place for place, signal in enumerate(choice) if signal in self._preferred)
            place = path.get(level, next(liked, 0))
            for other, signal in enumerate(choice):
                is_yes[abs(signal)] = (other == place) is (signal > 0)
        for gate, parts in self.clauses.gates.items():
            is_yes[gate] = all(is_yes[abs(part)] is (part > 0) for part in parts)
        return [signal if yes else -signal for signal, yes in is_yes.items()]
