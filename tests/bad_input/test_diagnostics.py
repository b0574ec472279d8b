"""Every bad input has a folder, and what is said about it is compared whole; README.md says how."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from amends.engine import InputError, load
from amends.engine.diagnostics import render_text

HERE = Path(__file__).parent
CASES = sorted(folder for folder in (HERE / "cases").iterdir() if folder.is_dir())
EXPECTED = "expected.txt"


def said_about(situation: Path, workplace: Path) -> str:
    """Return all diagnostics of *situation*, laid over the sound base in *workplace*."""
    shutil.copytree(HERE / "sound", workplace, dirs_exist_ok=True)
    shutil.copytree(situation, workplace, dirs_exist_ok=True, ignore=shutil.ignore_patterns(EXPECTED))
    given = [Path(line) for line in _lines(situation / "given.txt")]
    given += [Path("case.yaml")] if (situation / "case.yaml").exists() else []
    try:
        engine = load(Path("kb"), Path("rules"))
        case = engine.case(given[0] if given else None, options=_lines(situation / "options.txt"))
        engine.decide(case)
    except InputError as error:
        return "\n\n".join(render_text(found) for found in error.diagnostics) + "\n"
    return ""


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@pytest.mark.parametrize("situation", CASES, ids=lambda folder: folder.name)
def test_what_is_said_about_a_bad_input(
    situation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = said_about(situation, tmp_path)
    expected = situation / EXPECTED
    if os.environ.get("AMENDS_REWRITE") == "1":
        expected.write_text(said, encoding="utf-8", newline="\n")
    assert said == expected.read_text(encoding="utf-8")
    assert said, "a bad input is refused"


def test_the_sound_base_below_the_cases_is_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert said_about(HERE / "sound", tmp_path) == ""
