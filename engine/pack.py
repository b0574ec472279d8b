"""Packs: folders or files of YAML that are laid one on another."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from amends.engine.diagnostics import Problems
from amends.engine.source import read_bytes, yaml_files

BASE = "base"
LEVELS = (BASE, "niche", "platform", "house")
"""From the first to the last: in one tier the rule of a later level beats that of an earlier one."""
HOUSE = LEVELS.index("house")
CASES = "cases"
"""The folder of a pack that holds its cases, which are no part of what it says."""


@dataclass(frozen=True, slots=True)
class Pack:
    """Folders or files of YAML at one level: 0 base, 1 niche, 2 platform, 3 house.

    `place` says in words where it was found; empty where a path was given.
    """

    name: str
    level: int
    paths: tuple[Path, ...]
    place: str = ""

    def files(self, problems: Problems) -> list[Path]:
        """Return the files of knowledge and rules, in order of path."""
        folders = {path / CASES for path in self.paths}
        files = yaml_files(self.paths, problems)
        return [file for file in files if folders.isdisjoint(file.parents)]

    @property
    def cases(self) -> tuple[Path, ...]:
        """The folders of its cases that there are."""
        folders = (path / CASES for path in self.paths)
        return tuple(folder for folder in folders if folder.is_dir())

    def digest(self) -> str:
        """Return the SHA-256 of the names and texts of its files, wherever it lies. Raises `InputError`."""
        problems = Problems()
        files = self.files(problems)
        problems.stop()
        found = sha256()
        for file in files:
            inside = next(path for path in self.paths if path == file or path in file.parents)
            name = file.name if inside == file else file.relative_to(inside).as_posix()
            for part in (name.encode(), read_bytes(file)):
                found.update(len(part).to_bytes(8, "big") + part)
        return found.hexdigest()
