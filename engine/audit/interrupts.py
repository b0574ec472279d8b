"""An interrupt that is heard: libraries that free memory outside Python can swallow one on the way."""

from __future__ import annotations

import sys
from _thread import interrupt_main
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

SOON = 0.05
"""Seconds after which a swallowed interrupt is raised anew, outside of what swallowed it."""


@contextmanager
def insisting() -> Iterator[None]:
    """Raise `KeyboardInterrupt` anew where a finalizer of some object has swallowed it.

    Python reports what a finalizer raises and goes on; a long proof would then never end.
    """
    before = sys.unraisablehook

    def hook(raised: UnraisableHookArgs) -> None:
        if raised.exc_type is KeyboardInterrupt:
            Timer(SOON, interrupt_main).start()
        else:
            before(raised)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before
