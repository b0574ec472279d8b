"""The tutorial works for somebody who has nothing but the page: its files and commands, in order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.knowledge

PAGE = Path(__file__).resolve().parents[1] / "docs" / "make-a-pack.md"
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def steps() -> Iterator[tuple[str, str]]:
    """Yield each file that the page gives, by its path, and each command, after `$ `, with its output."""
    for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        if block["language"] == "console":
            for part in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                yield f"$ {command}", output
        else:
            first, _, rest = block["text"].partition("\n")
            yield first.removeprefix("# "), rest


def test_somebody_with_nothing_but_the_page_gets_a_tested_proved_and_packaged_pack(tmp_path: Path) -> None:
    bin_folder = str(Path(sys.executable).parent)
    env = {
        **os.environ,
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "120",
        "PIP_NO_BUILD_ISOLATION": "0",  # what builds is installed, so that nothing is fetched
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    (project := tmp_path / "project").mkdir()
    ran = 0
    for name, text in steps():
        if not name.startswith("$ "):
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(text, encoding="utf-8")
            continue
        done = subprocess.run(
            ["bash", "-c", name[2:]],
            cwd=project,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        pattern = ".*".join(re.escape(part) for part in text.rstrip().split("..."))
        said = done.stdout + done.stderr
        assert re.fullmatch(pattern, said.rstrip(), re.DOTALL), f"{name}\n{said}"
        ran += 1
    assert ran > 10
    assert "dist" in {path.name for path in project.iterdir()}
