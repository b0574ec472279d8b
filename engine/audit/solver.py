"""The satisfiability solver behind a small port; `python-sat` is met in this module only."""

from __future__ import annotations

import time
from collections.abc import Iterable

from amends.engine.audit.clauses import Clauses

CONFLICTS = 2_000
"""So many contradictions are met between two looks at the clock."""


class OutOfTime(Exception):
    """The deadline has passed."""


class NoSolver(Exception):
    """`python-sat` is not installed."""


class Model:
    """One way to satisfy all clauses.

    >>> Model([1, -2, 3]).has(-2)
    True
    """

    def __init__(self, signals: Iterable[int]) -> None:
        self.signals = frozenset(signals)

    def has(self, signal: int) -> bool:
        """True if *signal* is yes; one that came after the model was found is neither yes nor no."""
        return signal in self.signals


class Solver:
    """An incremental solver over growing clauses. Raises `NoSolver` where there is none."""

    def __init__(self, clauses: Clauses, deadline: float | None = None) -> None:
        try:
            from pysat.solvers import Minisat22
        except ImportError as error:
            raise NoSolver from error
        self.clauses = clauses
        self.deadline = deadline
        self._read = 0
        self._inner = Minisat22()

    def close(self) -> None:
        """Give back the memory that is held outside Python."""
        self._inner.delete()

    def prefer(self, signals: Iterable[int]) -> None:
        """Try *signals* first wherever there is a choice."""
        self._inner.set_phases(list(signals))

    def model(self, assumed: Iterable[int] = ()) -> Model | None:
        """Return a model in which all of *assumed* are yes, or None if there is none.

        Raises `OutOfTime` once the deadline has passed.
        """
        if not self._solve(list(assumed)):
            return None
        return Model(self._inner.get_model())

    def core(self, assumed: Iterable[int]) -> list[int] | None:
        """Return some of *assumed* that cannot be yes together, or None if all can."""
        return None if self._solve(list(assumed)) else self.blamed

    @property
    def blamed(self) -> list[int]:
        """Those of the signals assumed last that cannot be yes together, where that was the answer."""
        return sorted(self._inner.get_core() or [], key=abs)

    def _solve(self, assumed: list[int]) -> bool:
        made = self.clauses.made
        if self._read < len(made):
            for clause in made[self._read :]:
                self._inner.add_clause(clause)
            self._read = len(made)
        while True:
            if self.deadline is not None and time.monotonic() > self.deadline:
                raise OutOfTime
            self._inner.conf_budget(CONFLICTS)
            # So that an interrupt reaches Python, and not a handler of the solver that leaves it half done.
            found = self._inner.solve_limited(assumptions=assumed, expect_interrupt=True)
            if found is not None:
                return bool(found)
