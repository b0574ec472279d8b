"""Packs: folders of YAML that are laid one on another, and where they are found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from amends.engine.diagnostics import Code, Diagnostic, InputError, did_you_mean, listed

BASE = "base"
LEVELS = (BASE, "niche", "platform", "house")
"""From the first to the last: in one tier the rule of a later level beats that of an earlier one."""
HOUSE = LEVELS.index("house")
_SHIPPED = {"niche": "niches", "platform": "platforms"}


@dataclass(frozen=True, slots=True)
class Pack:
    """Folders or files of YAML at one level: 0 base, 1 niche, 2 platform, 3 house."""

    name: str
    level: int
    paths: tuple[Path, ...]


def shipped_packs() -> dict[str, Pack]:
    """Return the packs that come with `amends`, by name; the base is not among them.

    >>> {LEVELS[pack.level] for pack in shipped_packs().values()} <= {"niche", "platform"}
    True
    """
    root = Path(__file__).parents[1] / "rules"
    found = {}
    for level, folder in _SHIPPED.items():
        for path in sorted((root / folder).glob("*")):
            if path.suffix == ".yaml" or path.is_dir():
                found[path.stem] = Pack(path.stem, LEVELS.index(level), (path,))
    return found


def find_pack(named: str) -> Pack:
    """Return the shipped pack of that name, or the house pack in that file or folder. Raises `InputError`.

    >>> find_pack("no-such-pack")
    Traceback (most recent call last):
    amends.engine.diagnostics.InputError: None: file-not-found: there is no pack `no-such-pack`
    """
    known = shipped_packs()
    if named in known:
        return known[named]
    path = Path(named)
    if path.exists():
        return Pack(path.stem, HOUSE, (path,))
    shipped = f", or one of {listed(known, 20)}" if known else ""
    near = did_you_mean(named, known) or f"name a file or a folder{shipped}"
    raise InputError([Diagnostic(Code.FILE_NOT_FOUND, f"there is no pack `{named}`", help=near)])
