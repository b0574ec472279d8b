"""All that the audit asks for: whether some possible case shows it, settled with few questions.

Each case that answers one question is held against all those that are still open.
"""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum

from amends.engine.audit.prover import CannotTell, Prover
from amends.engine.audit.solver import OutOfTime


class Met(Enum):
    """Whether some possible case meets a goal; `OPEN` is a goal that there was no time for."""

    YES = "yes"
    NEVER = "never"
    UNCLEAR = "unclear"
    OPEN = "open"


class Goals:
    """Signals by name, each to be met by some possible case."""

    def __init__(self, prover: Prover) -> None:
        self.prover = prover
        self.signals: dict[Hashable, tuple[int, ...]] = {}
        self.met: dict[Hashable, Met] = {}

    def add(self, name: Hashable, *signals: int) -> None:
        """Ask whether some possible case makes all of *signals* yes."""
        self.signals[name] = signals

    @property
    def is_open(self) -> bool:
        """True if there was no time for some of what was asked."""
        return any(met is Met.OPEN for met in self.met.values())

    def settle(self) -> None:
        """Answer everything that was asked. Where time runs out the rest stays open."""
        waiting = {name: signal for name, signal in self.signals.items() if name not in self.met}
        try:
            while waiting:
                name = next(iter(waiting))
                self._settle(name, waiting)
        except OutOfTime:
            self.met.update(dict.fromkeys(waiting, Met.OPEN))

    def _settle(self, name: Hashable, waiting: dict[Hashable, tuple[int, ...]]) -> None:
        try:
            found = self.prover.case(waiting[name])
        except CannotTell:
            self.met[name] = Met.UNCLEAR
            del waiting[name]
            return
        if found is None:
            self.met[name] = Met.NEVER
            del waiting[name]
            return
        signals = found.model.signals
        for other in [other for other, wanted in waiting.items() if signals.issuperset(wanted)]:
            self.met[other] = Met.YES
            del waiting[other]
