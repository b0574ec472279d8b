"""An interrupt that is heard: libraries outside Python can swallow one, or name it by another name."""

from __future__ import annotations

import sys
from _thread import interrupt_main
from collections.abc import Callable
from ctypes import ArgumentError
from threading import Event, Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

T = TypeVar("T")

SOON, AGAIN = 0.05, 1.0
"""Seconds until a swallowed interrupt is raised anew, and until it is once more if that was swallowed too."""


def until_interrupted(work: Callable[[], T]) -> T | None:
    """Return what *work* returns, or None once it is interrupted.

    Where a finalizer of some object swallowed the interrupt it is raised anew: Python reports what a
    finalizer raises and goes on, and a long proof would then never end.

    >>> until_interrupted(lambda: 6 * 7)
    42
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
        elif raised.exc_type is not AttributeError:  # one whose making was interrupted has nothing to free
            before(raised)

    sys.unraisablehook = hook
    try:
        return work()
    except KeyboardInterrupt:
        return None
    except ArgumentError as error:  # so ctypes calls whatever is raised while it reads an argument
        if KeyboardInterrupt.__name__ not in str(error):
            raise
        return None
    finally:
        is_over.set()
        sys.unraisablehook = before
