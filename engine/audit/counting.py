"""How many kinds of case something touches, by the diagrams, where these stay small."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property

from amends.engine.audit.finding import Count
from amends.engine.diagram.compiling import Diagrams
from amends.engine.diagram.forest import YES, NotFinished
from amends.engine.diagram.keeping import unmasked
from amends.engine.network import cone, strata
from amends.engine.rulebase import RuleBase

REMEDY = "remedy"
FEW_NODES = 300_000
"""For a rule base without that decision, of which nothing is kept: counts are worth a few seconds."""


class Counts:
    """Counts over the diagrams of a rule base, with every fact stated and no constraint broken.

    What rests on `remedy` is not counted: it would have to be compiled whole once for each thing.
    """

    def __init__(
        self,
        rulebase: RuleBase,
        most_nodes: int,
        deadline: float | None = None,
        *,
        after: Callable[[], object] = lambda: None,
    ) -> None:
        """Count in diagrams that are first compiled, or taken from where they are kept, *after* that."""
        self.rulebase = rulebase
        self.most_nodes = most_nodes
        self.deadline = deadline
        self._after = after
        self._is_spent = False

    @cached_property
    def diagrams(self) -> Diagrams:
        """The diagrams that are counted."""
        self._after()
        if REMEDY in self.rulebase.decisions:
            return unmasked(self.rulebase, self.most_nodes)
        return unmasked(self.rulebase, min(self.most_nodes, FEW_NODES))

    def is_counted(self, name: str) -> bool:
        """True if a decision does not rest on another's being compiled whole."""
        return REMEDY not in cone(self.rulebase, name) or name == REMEDY

    @property
    def is_spent(self) -> bool:
        """True once the nodes or the time are used up: what comes after would only fail again."""
        return self._is_spent or (self.deadline is not None and time.monotonic() > self.deadline)

    @cached_property
    def total(self) -> Count | None:
        """How many kinds of case are possible, of all combinations; None if that was not finished."""
        try:
            return self._count(self.diagrams.possible)
        except NotFinished:
            return None

    def of(self, build: Callable[[Diagrams], int], name: str) -> Count | None:
        """Return how many possible kinds of case the diagram that *build* makes says yes to.

        *name* is the decision that it needs. None if it is not counted.
        """
        if not self.is_counted(name) or self.is_spent or self.total is None:
            return None
        try:
            for layer in strata(self.rulebase):  # from the first on, as chains of decisions can be long
                for read in sorted(cone(self.rulebase, name).intersection(layer, self.rulebase.decisions)):
                    self.diagrams.decision(read)
            return self.count(self.possible(build(self.diagrams)))
        except NotFinished:
            self._is_spent = True
            return None

    def count(self, root: int) -> Count:
        """Return how many of the possible kinds of case *root*, which holds in no others, says yes to."""
        assert self.total is not None
        found = self._count(root)
        return Count(found.cases, self.total.cases, found.at_most or self.total.at_most)

    def possible(self, root: int) -> int:
        """Return *root* where no constraint is broken. Raises `NotFinished`."""
        return self.diagrams.forest.both(root, self.diagrams.possible)

    @cached_property
    def _stated(self) -> Callable[[int], int]:
        """What counts the cases of a diagram in which every fact is stated."""
        return self.diagrams.forest.counter(YES, self.diagrams.space.stated)

    def _count(self, root: int) -> Count:
        variables = self.diagrams.space.variables
        cases = self._stated(root)
        asked = (variables[at].subject for at in self.diagrams.forest.support(root))
        return Count(cases, cases, any(name in self.rulebase.measures for name in asked))
