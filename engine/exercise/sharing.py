"""Work on many things shared out among processes, in the order of the things; with one job, none is begun."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

T = TypeVar("T")
S = TypeVar("S")
R = TypeVar("R")

_ground: object = None
"""What this process was given to work on: sent once, and not with each thing."""


@dataclass(frozen=True)
class Shares(Generic[S]):
    """Processes that all know the same ground; without a pool, this one alone."""

    ground: S
    pool: ProcessPoolExecutor | None

    def over(self, function: Callable[[S, T], R], things: Sequence[T]) -> Iterator[R]:
        """Yield what *function* returns for the ground and each of *things*, in their order."""
        if self.pool is None:
            return (function(self.ground, thing) for thing in things)
        return self.pool.map(_call, [function] * len(things), things)

    def begin(self, function: Callable[[S, T], R], thing: T) -> Callable[[], R]:
        """Begin what *function* makes of the ground and *thing*, and return what waits for it."""
        if self.pool is None:
            return partial(function, self.ground, thing)
        return self.pool.submit(_call, function, thing).result


@contextmanager
def shared_among(jobs: int, ground: S) -> Iterator[Shares[S]]:
    """Give *jobs* processes that know *ground*, and end them."""
    if jobs == 1:
        yield Shares(ground, None)
        return
    with ProcessPoolExecutor(jobs, initializer=_begin, initargs=(ground,)) as pool:
        try:
            yield Shares(ground, pool)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _begin(ground: object) -> None:
    global _ground
    _ground = ground


def _call(function: Callable[[Any, T], R], thing: T) -> R:
    return function(_ground, thing)
