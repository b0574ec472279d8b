"""The hook and the action run the commands that there are, and fail where those fail."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from amends.cli.main import COMMANDS

pytestmark = pytest.mark.knowledge

ROOT = Path(__file__).resolve().parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"] if "name" in step}
WRONG = "parameters: {hours_normally: {value: twelve, ours: true, because: We are quick.}}\n"
RIGHT = WRONG.replace("twelve", "12")


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_the_hook_runs_a_command_that_there_is(hook: dict[str, Any], tmp_path: Path) -> None:
    """pre-commit installs this repository and runs `entry` with the user's `args`."""
    assert {"id", "name", "entry", "language"} <= hook.keys()
    assert hook["language"] == "python"
    assert hook["pass_filenames"] is False, "a pack is checked whole"
    program, command, *options = shlex.split(hook["entry"])
    assert (program, command in COMMANDS) == ("amends", True)
    (tmp_path / "ours.yaml").write_text(WRONG)
    done = run([sys.executable, "-m", "amends.cli", command, *options, "--pack", "ours.yaml"], tmp_path)
    assert done.returncode != 0
    assert "not-a-number" in done.stdout + done.stderr


def run(command: list[str], folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def step(name: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does, in a shell that stops at the first fault."""
    needed = {"PACKS": "", "BASE": "", "CASES": "", "TIMEOUT": "600", **env}
    assert set(STEPS[name]["env"]) <= needed.keys()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]]
    return run(script, folder, **needed, PATH=path)


@pytest.mark.skipif(not shutil.which("bash"), reason="the action runs in bash")
def test_the_action_puts_findings_beside_their_lines(tmp_path: Path) -> None:
    (tmp_path / "our pack.yaml").write_text(WRONG)
    (tmp_path / "ours.yaml").write_text(RIGHT)
    wrong = step("Check", tmp_path, PACKS="our pack.yaml\n")
    assert "is no name of a pack" in wrong.stderr, "a name with a space reaches the command as one"
    (tmp_path / "our pack.yaml").rename(tmp_path / "wrong.yaml")
    wrong = step("Check", tmp_path, PACKS="ours.yaml\nwrong.yaml\n")
    assert wrong.returncode == 1
    assert wrong.stdout.startswith("::error file=wrong.yaml,line=1,")
    right = step("Check", tmp_path, PACKS="ours.yaml\n")
    assert (right.returncode, right.stdout[:14]) == (0, "nothing wrong:")


@pytest.mark.skipif(not shutil.which("bash"), reason="the action runs in bash")
def test_the_action_fails_where_a_case_does(tmp_path: Path) -> None:
    (tmp_path / "told").mkdir()
    (tmp_path / "told" / "no.yaml").write_text("facts: {client_said_no: true}\nexpect: {remedy: accept_no}\n")
    assert step("Test", tmp_path, CASES="told").returncode == 0
    (tmp_path / "told" / "no.yaml").write_text("facts: {client_said_no: true}\nexpect: {remedy: redo}\n")
    done = step("Test", tmp_path, CASES="told")
    assert done.returncode == 1
    assert "failed-expectation" in done.stdout


def test_nothing_of_the_user_s_becomes_part_of_a_script() -> None:
    """An input that is pasted into a script is run with it."""
    assert all("${{" not in step.get("run", "") for step in STEPS.values())
    inputs = {name for step in STEPS.values() for name in ACTION["inputs"] if f"inputs.{name} " in str(step)}
    assert {"packs", "base", "cases", "timeout", "audit", "test"} <= inputs | {"test"}
