"""What changes among the files of packs and bases, seen by looking again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

EVERY = 0.3
"""Seconds between two looks: some hundred files are looked at in a few milliseconds."""
_ENDINGS = (".yaml", ".yml")

Seen = Mapping[Path, tuple[int, int]]


def seen(paths: Iterable[Path]) -> Seen:
    """Return the moment and the size of every file of YAML at or below *paths*."""
    found: dict[Path, tuple[int, int]] = {}
    for path in paths:
        below = path.rglob("*") if path.is_dir() else (path,)
        for file in below:
            if file.suffix in _ENDINGS or file == path:
                try:
                    state = file.stat()
                except OSError:  # gone since, or never there
                    continue
                found[file] = (state.st_mtime_ns, state.st_size)
    return found


def changes(paths: Iterable[Path], sleep: Callable[[float], None] = time.sleep) -> Iterator[list[Path]]:
    """Yield nothing at first; then, for ever, the files that have changed, come or gone, once all is quiet.

    A change while the caller looks at what was yielded is yielded next, from the first look on.
    """
    watched = tuple(paths)
    before = seen(watched)
    yield []
    while True:
        sleep(EVERY)
        now = seen(watched)
        if now == before:
            continue
        while True:  # an editor writes in several steps, and a branch is changed in many
            sleep(EVERY / 3)
            later = seen(watched)
            if later == now:
                break
            now = later
        yield sorted(path for path in {*now, *before} if now.get(path) != before.get(path))
        before = now
