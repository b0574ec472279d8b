"""DOT to SVG, PNG and PDF, by the system's `dot` or by pygraphviz in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from amends.engine.diagnostics import Code, Diagnostic, InputError
from amends.engine.draw.child import FORMATS

SECONDS = 60
"""A picture that one can read is laid out in a tenth of a second; this stops a hang."""
HELP = 'run `pip install "amends[draw]"`, or install the Debian package graphviz; html needs neither'


def render(source: str, form: str) -> bytes:
    """Return the DOT *source* drawn as *form*, one of `FORMATS`.

    Raises `InputError` with `no-renderer` if nothing here can draw it.
    """
    if form not in FORMATS:
        raise ValueError(form)
    faults = []
    for name, command in _renderers(form):
        try:
            done = subprocess.run(  # noqa: S603
                command, input=source.encode(), capture_output=True, timeout=SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            faults.append(f"{name}: {error}")
            continue
        if done.returncode == 0 and done.stdout:
            return done.stdout
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        faults.append(f"{name}: {lines[-1] if lines else f'it ended with {done.returncode}'}")
    why = f": {'; '.join(faults)}" if faults else ", neither `dot` nor pygraphviz"
    raise InputError([Diagnostic(Code.NO_RENDERER, f"nothing here draws {form}{why}", help=HELP)])


def _renderers(form: str) -> Iterator[tuple[str, list[str]]]:
    dot = shutil.which("dot")
    if dot:
        yield "dot", [dot, f"-T{form}"]
    if find_spec("pygraphviz"):
        yield "pygraphviz", [sys.executable, "-m", "amends.engine.draw.child", form]
