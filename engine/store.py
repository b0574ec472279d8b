"""What was worked out before, kept on disk under the hash of all that it was made from.

A file that is damaged, cut short or somebody else's is made anew; where nothing can be written,
everything is worked out each time. `AMENDS_CACHE` names another folder, and none if it is empty.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar
from weakref import WeakKeyDictionary

MOST_FILES = 300
"""The oldest beyond these are removed; a rule base has some twenty, and 6 MB."""

T = TypeVar("T")

_keys: WeakKeyDictionary[object, str] = WeakKeyDictionary()


def mark(thing: object, key: str) -> None:
    """Note the hash of all that *thing*, which is nothing but itself, was made from."""
    _keys[thing] = key


def key_of(thing: object) -> str | None:
    """Return the hash that *thing* was marked with; None for a thing made otherwise, a changed copy too."""
    return _keys.get(thing)


@cache
def folder() -> Path | None:
    """Return the folder of kept results, or None if nothing is to be kept."""
    named = os.environ.get("AMENDS_CACHE")
    if named is not None:
        return Path(named) if named else None
    from platformdirs import user_cache_path

    return user_cache_path("amends", appauthor=False)


def fingerprint(parts: Iterable[bytes]) -> str:
    """Return the hash of *parts*, and of the program that makes something of them.

    >>> fingerprint([b"a", b"b"]) == fingerprint([b"ab"])
    False
    """
    found = sha256(_program())
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()


@cache
def _program() -> bytes:
    """Return what tells this version of Python and of the engine's code from any other."""
    files = sorted(Path(__file__).parent.rglob("*.py"))
    stamps = [(file.name, (stat := file.stat()).st_size, stat.st_mtime_ns) for file in files]
    return repr((sys.version, stamps)).encode()


def recall(kind: str, key: str, unpack: Callable[[bytes], T]) -> T | None:
    """Return what was kept of this *kind* under *key*; None if there is nothing sound."""
    path = _path(kind, key)
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            if hasattr(os, "getuid") and os.fstat(file.fileno()).st_uid != os.getuid():
                return None
            data = file.read()
        if sha256(data[32:]).digest() != data[:32]:
            return None
        return unpack(data[32:])
    except OSError:
        return None
    except Exception:  # the hash fits, so another version wrote it: whatever it is, it is made anew
        return None


def recall_object(kind: str, key: str) -> object:
    """Return the object that was kept of this *kind* under *key*; None if there is nothing sound.

    It is taken from the user's own folder alone, whole as this program wrote it.
    """
    return recall(kind, key, lambda data: pickle.loads(data))  # noqa: S301 - our own file


def keep_object(kind: str, key: str, thing: object) -> None:
    """Keep *thing*, whole or not at all; in silence where that cannot be."""
    keep(kind, key, pickle.dumps(thing, pickle.HIGHEST_PROTOCOL))


def keep(kind: str, key: str, data: bytes) -> None:
    """Keep *data*, whole or not at all; in silence where that cannot be."""
    path = _path(kind, key)
    if path is None:
        return
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.write_bytes(sha256(data).digest() + data)
        part.replace(path)
        _forget_the_oldest(path.parent)
    except OSError:
        return
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _path(kind: str, key: str) -> Path | None:
    where = folder()
    return where / f"{kind}-{key[:40]}.kept" if where is not None else None


def _forget_the_oldest(where: Path) -> None:
    files = sorted(where.glob("*.kept"), key=lambda file: file.stat().st_mtime_ns)
    for file in files[:-MOST_FILES]:
        file.unlink(missing_ok=True)
