"""Work in a process that goes on beside this one, where a processor is free for it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import current_process, get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

T = TypeVar("T")

_THREADS = Path("/proc/self/task")
PATIENCE = 0.5
"""Seconds that a process has to clear up in after it was told to end."""


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def beside(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Yield what waits for the result of *work*, which a copy of this process begins at once.

    The copy knows all that this process knows by now, and ends with the block. Where there can be none, or
    where *work* fails in it, *work* is done here when its result is asked for, and fails here.

    >>> with beside(lambda: 6 * 7) as product:
    ...     product()
    42
    """
    if not _can_copy():
        yield cache(work)
        return
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(work, theirs), daemon=True)
    _start(process)
    theirs.close()

    @cache
    def result() -> T:
        try:
            found: T = ours.recv()
        except EOFError:
            return work()
        return found

    try:
        yield result
    finally:
        ours.close()
        process.terminate()
        process.join(PATIENCE)
        process.kill()
        process.join()


def _can_copy() -> bool:
    """True on Linux, with a second processor, while there is one thread: a copy has none of the others."""
    if processors() == 1 or not _THREADS.is_dir() or current_process().daemon:
        return False
    return sum(1 for _ in _THREADS.iterdir()) == 1


def _start(process: BaseProcess) -> None:
    """Start a copy that no interrupt reaches: whoever interrupts means this process, which ends it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _send(work: Callable[[], T], to: Connection) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that no file is left half written
    sys.unraisablehook = lambda _: None  # nobody asks what it complains of at its end
    with suppress(Exception):
        to.send(work())
