"""The documentation does what it says: each command shown prints what is shown under it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from amends.cli.main import COMMANDS

pytestmark = pytest.mark.knowledge

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TUTORIAL = "make-a-pack.md"
"""Its commands stand in a folder of their own; another test runs them there, in order."""
IN_ORDER = ("simulate-a-policy.md",)
"""One command of these writes what the next reads."""
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def shown() -> list[tuple[str, str, str]]:
    """Every command of every page, with the output shown under it."""
    found = []
    for page in PAGES:
        if page.name in (TUTORIAL, *IN_ORDER):
            continue
        found += [(page.name, *each) for each in commands_of(page)]
    return found


def commands_of(page: Path) -> list[tuple[str, str]]:
    return [
        (command, output)
        for block in CONSOLE.findall(page.read_text())
        for command, _, output in (
            part.partition("\n") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
        )
    ]


@pytest.mark.parametrize(("page", "command", "output"), shown())
def test_the_command_prints_what_the_page_shows(page: str, command: str, output: str) -> None:
    """`...` stands for anything, as in a doctest; a reader may copy and paste the rest."""
    assert_prints(command, output, ROOT)


@pytest.mark.parametrize("page", IN_ORDER)
def test_the_commands_of_the_page_follow_each_other(page: str, tmp_path: Path) -> None:
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    for command, output in commands_of(ROOT / "docs" / page):
        assert_prints(command, output, tmp_path)


def assert_prints(command: str, output: str, folder: Path) -> None:
    words = shlex.split(command)
    assert words[0] in ("amends", ".venv/bin/amends"), command
    done = subprocess.run(
        [sys.executable, "-m", "amends.cli", *words[1:]],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "COLUMNS": "120"},
        check=False,
    )
    pattern = ".*".join(re.escape(part) for part in output.rstrip().split("..."))
    assert re.fullmatch(pattern, (done.stdout + done.stderr).rstrip(), re.DOTALL), done.stdout + done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_has_help_and_is_documented(name: str) -> None:
    """A command that no page names will not be found."""
    done = subprocess.run(
        [sys.executable, "-m", "amends.cli", name, "--help"], capture_output=True, text=True, check=True
    )
    assert "Usage: amends " + name in done.stdout
    assert any(f"amends {name}" in page.read_text() for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A dead link is a promise broken."""
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target
