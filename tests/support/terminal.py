"""A terminal as a person has it: what is typed is echoed, and the program may ask."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PATIENCE = 60.0
"""Seconds without a sign of life after which a session is given up."""


def session(arguments: Sequence[str], typed: Sequence[str], cwd: Path, prompt: str = "> ") -> tuple[str, int]:
    """Return what a terminal of 88 columns shows of `amends` with *arguments*, and its exit code.

    Each of *typed* is entered when *prompt* begins a line; a control character is sent alone.
    """
    terminal, inside = pty.openpty()
    environment = {**os.environ, "COLUMNS": "88", "LINES": "40"}
    process = subprocess.Popen(
        [sys.executable, "-m", "amends.cli", *arguments],
        stdin=inside, stdout=inside, stderr=inside, cwd=cwd, env=environment, start_new_session=True,
        preexec_fn=_controlling,
    )  # fmt: skip
    os.close(inside)
    shown, waiting = b"", list(typed)
    seen = 0
    while True:
        if not select.select([terminal], [], [], PATIENCE)[0]:
            process.kill()
            raise TimeoutError(shown.decode())
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the program has closed its end
            break
        if not part:
            break
        shown += part
        if shown.endswith(b"\n" + prompt.encode()) and len(shown) > seen and waiting:
            seen = len(shown)
            text = waiting.pop(0)
            os.write(terminal, (text if text and text < " " else text + "\n").encode())
    os.close(terminal)
    return shown.decode().replace("\r\n", "\n"), process.wait(PATIENCE)


def _controlling() -> None:
    """Make the terminal the one whose Ctrl-C reaches the program."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
