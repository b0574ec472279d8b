"""An interrupt that is heard: libraries that free memory outside Python can swallow one on the way."""

from __future__ import annotations

import sys
from _thread import interrupt_main
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

SOON, AGAIN = 0.05, 1.0
"""Seconds until a swallowed interrupt is raised anew, and until it is once more if that was swallowed too."""


@contextmanager
def insisting() -> Iterator[None]:
    """Raise `KeyboardInterrupt` anew where a finalizer of some object has swallowed it.

    Python reports what a finalizer raises and goes on; a long proof would then never end.
    """
    before = sys.unraisablehook
    is_over = Event()

    def insist() -> None:
        wait = SOON
        while not is_over.wait(wait):
            interrupt_main()
            wait = AGAIN  # on a busy machine the first may come while this very hook still runs

    def hook(raised: UnraisableHookArgs) -> None:
        if raised.exc_type is KeyboardInterrupt:
            Thread(target=insist, daemon=True).start()
        else:
            before(raised)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        is_over.set()
        sys.unraisablehook = before
