"""The stored cases that end otherwise on the other side: remedy, money or companions differ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from amends.engine.api import Engine
from amends.engine.compare.moved import ChangedCase, StoredCases
from amends.engine.diagnostics import InputError, Problems
from amends.engine.source import yaml_files
from amends.engine.verdict import Verdict
from amends.engine.what_if import memory_of

Ends = dict[str, str]


def stored_cases(first: Engine, second: Engine, folder: Path) -> StoredCases:
    """Decide every case below *folder* with both sides. Raises `InputError` if there is none."""
    problems = Problems()
    files = yaml_files([folder], problems)
    problems.stop()
    return StoredCases(str(folder), len(files), tuple(_changed(first, second, files, folder)))


def _changed(first: Engine, second: Engine, files: list[Path], folder: Path) -> Iterator[ChangedCase]:
    for file in files:
        before, after = (_ends(engine, file) for engine in (first, second))
        names = sorted(before.keys() | after.keys())
        differs = tuple(
            (name, before.get(name, "none"), after.get(name, "none"))
            for name in names
            if before.get(name) != after.get(name)
        )
        if differs:
            inside = file.relative_to(folder) if file != folder else Path(file.name)
            yield ChangedCase(inside.as_posix(), differs)


def _ends(engine: Engine, file: Path) -> Ends:
    try:
        # The plain working memory: both leave the same trace, and it takes half the time.
        memory = memory_of(engine.rulebase, frozenset(engine.rulebase.decisions))
        verdict = engine.decide(engine.case(file), what_if=False, executor=memory)
    except InputError as error:
        return {"read": f"refused: {error.diagnostics[0].message}"}
    return {
        "remedy": _remedy(verdict),
        "money": _money(verdict),
        "companions": ", ".join(verdict.companions) or "none",
    }


def _remedy(verdict: Verdict) -> str:
    if verdict.remedy is not None:
        return verdict.remedy
    return f"{verdict.status}: {', '.join(verdict.possible)}" if verdict.possible else verdict.status


def _money(verdict: Verdict) -> str:
    money = verdict.money
    sums = " to ".join(str(end) for end in dict.fromkeys((money.low, money.high)) if end is not None)
    parts = (money.status, money.form, money.amount, money.currency, f"({sums})" if sums else None)
    return " ".join(str(part) for part in parts if part is not None)
