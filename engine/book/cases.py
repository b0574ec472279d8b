"""The stored cases that a book shows: told incidents and the remedy that each is held to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from amends.engine.case import read_case
from amends.engine.diagnostics import Problems
from amends.engine.rulebase import RuleBase
from amends.engine.source import MapNode, ScalarNode, decode, parse, read_bytes, yaml_files


@dataclass(frozen=True, slots=True)
class StoredCase:
    """One case file: where it lies below its folder, its title, the remedy and the rules it expects."""

    path: str
    title: str
    remedy: str
    because: tuple[str, ...]


def stored(folders: Iterable[Path], rulebase: RuleBase) -> tuple[StoredCase, ...]:
    """Return the cases below *folders* that expect a remedy, in order of path.

    Raises `InputError` with everything that is wrong in any of them.
    """
    problems = Problems()
    found: list[StoredCase] = []
    for folder in folders:
        for file in yaml_files([folder], problems):
            case = read_case(parse(decode(read_bytes(file), str(file))), rulebase, problems)
            expect = dict(_texts(case.expect)) if case.expect is not None else {}
            where = file.relative_to(folder).as_posix() if folder.is_dir() else file.name
            title = case.title or file.stem.replace("-", " ")
            found += [
                StoredCase(where, title, remedy, expect.get("because", ()))
                for remedy in expect.get("remedy", ())
            ]
    problems.stop()
    return tuple(sorted(found, key=lambda case: case.path))


def _texts(expect: MapNode) -> Iterable[tuple[str, tuple[str, ...]]]:
    for key, node in expect:
        items = getattr(node, "items", (node,))
        if key.text in ("remedy", "because") and isinstance(items, tuple):
            yield key.text, tuple(item.text for item in items if isinstance(item, ScalarNode))
