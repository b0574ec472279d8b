"""`packs.lock`: the packs that are in force in a folder, as they were when somebody looked at them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from amends.engine.diagnostics import Code, Problems, Span
from amends.engine.discovery import find_pack
from amends.engine.pack import LEVELS, Pack
from amends.engine.source import MapNode, Node, ScalarNode, decode, read_bytes, scan

LOCK = Path("packs.lock")
_HEAD = "# The packs in force in this folder. `amends packs lock NAME` writes it; keep it with your cases.\n"
_KEYS = ("level", "version", "sha256", "path")


@dataclass(frozen=True, slots=True)
class Locked:
    """One pack as it was: what it said of its version, and the SHA-256 of its files.

    `named` is what finds it, its name or a path.
    """

    name: str
    named: str
    level: str
    version: str | None
    sha256: str
    span: Span | None = None


def read_lock(path: Path = LOCK) -> Mapping[str, Locked]:
    """Return the packs that the file locks, by name; none if there is no such file. Raises `InputError`."""
    if not path.is_file():
        return {}
    problems = Problems()
    node = scan(decode(read_bytes(path), str(path)), problems)
    found: dict[str, Locked] = {}
    if isinstance(node, MapNode):
        for key, value in node:
            entry = _read(key, value, problems)
            if entry is not None:
                found[key.text] = entry
    elif node is not None:
        help = "write it by `amends packs lock`"
        problems.add(Code.WRONG_SHAPE, "a lock is a mapping", node.span, help=help)
    problems.stop()
    return found


def locked(pack: Pack, named: str, version: str | None) -> Locked:
    """Return the lock of *pack* as it is now; *named* is what found it. Raises `InputError`."""
    return Locked(pack.name, named, LEVELS[pack.level], version, pack.digest())


def write_lock(entries: Iterable[Locked], path: Path = LOCK) -> None:
    """Write the lock of *entries*, in order of level and name."""
    lines = [_HEAD]
    for each in sorted(entries, key=lambda each: (LEVELS.index(each.level), each.name)):
        lines.append(f"{each.name}:\n  level: {each.level}\n")
        if each.version is not None:
            lines.append(f"  version: {json.dumps(each.version)}\n")
        if each.named != each.name:
            lines.append(f"  path: {json.dumps(each.named)}\n")
        lines.append(f"  sha256: {each.sha256}\n")
    path.write_text("".join(lines), encoding="utf-8")


def in_force(path: Path = LOCK) -> tuple[Pack, ...]:
    """Return the packs that the lock names, which are as they were. Raises `InputError` if one is not."""
    problems = Problems()
    found = []
    for each in read_lock(path).values():
        pack = find_pack(each.named)
        if (LEVELS[pack.level], pack.digest()) == (each.level, each.sha256):
            found.append(pack)
            continue
        message = f"the pack `{each.name}` is not what it was when it was locked"
        help = (
            f"look at what it does with `amends compare base base+{each.named}`, "
            f"then take it with `amends packs lock {each.named}`"
        )
        problems.add(Code.PACK_CHANGED, message, each.span, help=help)
    problems.stop()
    return tuple(found)


def _read(key: ScalarNode, node: Node, problems: Problems) -> Locked | None:
    texts = {}
    for name, value in node if isinstance(node, MapNode) else ():
        if name.text in _KEYS and isinstance(value, ScalarNode):
            texts[name.text] = value.text
        else:
            message = f"a lock has no `{name.text}`"
            problems.add(Code.UNKNOWN_KEY, message, name.span, help="lock the pack anew")
    if texts.get("level") not in LEVELS or "sha256" not in texts:
        message = f"the lock of `{key.text}` has no level or no SHA-256"
        problems.add(Code.MISSING_KEY, message, key.span, help=f"write it by `amends packs lock {key.text}`")
        return None
    named = texts.get("path", key.text)
    return Locked(key.text, named, texts["level"], texts.get("version"), texts["sha256"], key.span)
