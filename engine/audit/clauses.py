"""Yes-or-no signals joined by gates, as the clauses that a satisfiability solver reads.

A signal is a whole number, its negation the number with the other sign; `YES` and `NO` are two of
them. Equal gates are one signal, so that what is written twice is asked once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

YES, NO = 1, -1
PAIRS = 8
"""Up to so many signals are kept apart pair by pair; more by a ladder, which needs fewer clauses."""


class Clauses:
    """Signals and the clauses that define them.

    >>> clauses = Clauses()
    >>> wet, cold = clauses.fresh(), clauses.fresh()
    >>> clauses.all_of([wet, YES]) == wet, clauses.any_of([wet, -wet]) == YES
    (True, True)
    >>> clauses.all_of([wet, cold]) == clauses.all_of([cold, wet])
    True
    """

    def __init__(self) -> None:
        self.made: list[list[int]] = [[YES]]
        self.last = YES
        self.demands: list[tuple[int, ...]] = []
        """What was demanded, apart from what defines gates and choices: some of each is yes."""
        self.choices: list[tuple[int, ...]] = []
        """Signals of which exactly one is yes; a pair for one that may be either."""
        self.gates: dict[int, tuple[int, ...]] = {}
        """The parts of each signal that is yes where all of them are."""
        self._known: dict[tuple[int, ...], int] = {}

    def fresh(self) -> int:
        """Return a signal that may be either."""
        found = self._new()
        self.choices.append((-found, found))
        return found

    def _new(self) -> int:
        self.last += 1
        return self.last

    def add(self, *signals: int) -> None:
        """Demand that at least one of *signals* is yes."""
        self.made.append(list(signals))
        self.demands.append(signals)

    def all_of(self, signals: Iterable[int]) -> int:
        """Return the signal that is yes where all are."""
        parts = {signal for signal in signals if signal != YES}
        if NO in parts:
            return NO
        if len(parts) < 2:
            return parts.pop() if parts else YES
        key = tuple(sorted(parts))
        found = self._known.get(key)
        if found is None:
            if any(-part in parts for part in key):
                found = NO
            else:
                found = self._new()
                self.gates[found] = key
                self.made += [[-found, part] for part in key]
                self.made.append([found, *(-part for part in key)])
            self._known[key] = found
        return found

    def any_of(self, signals: Iterable[int]) -> int:
        """Return the signal that is yes where some is."""
        return -self.all_of(-signal for signal in signals)

    def same(self, one: int, other: int) -> int:
        """Return the signal that is yes where both are yes or both are no."""
        return self.any_of([self.all_of([one, other]), self.all_of([-one, -other])])

    def two_of(self, signals: Sequence[int]) -> int:
        """Return the signal that is yes where at least two are."""
        before = NO
        pairs = []
        for signal in signals:
            pairs.append(self.all_of([signal, before]))
            before = self.any_of([signal, before])
        return self.any_of(pairs)

    def one_hot(self, count: int) -> list[int]:
        """Return *count* signals of which exactly one is yes, if there are any."""
        if count < 2:
            return [YES] * count
        if count == 2:
            signal = self.fresh()
            return [-signal, signal]
        found = [self._new() for _ in range(count)]
        self.choices.append(tuple(found))
        self.made.append(list(found))
        if count <= PAIRS:
            self.made += [[-one, -other] for at, one in enumerate(found) for other in found[:at]]
        else:
            self.made.append([-self.two_of(found)])
        return found
