"""`amends doctor` tells what is broken from what is merely missing."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from amends.cli import doctor
from amends.engine import Engine, InputError
from amends.engine.diagnostics import Code, Diagnostic
from amends.engine.draw import render


def run(*options: str) -> Result:
    return CliRunner().invoke(doctor.command, list(options))


def told(done: Result) -> dict[str, dict[str, Any]]:
    """The checks of a run with `--format json`, by name."""
    return {check["name"]: check for check in json.loads(done.output)["checks"]}


@pytest.fixture(scope="module")
def sound() -> Result:
    return run("--format", "json")


@pytest.fixture
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes a second and is not asked about."""
    monkeypatch.setattr(doctor, "_drawing", lambda: iter(()))


@pytest.fixture
def no_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Callable[[str], str | None] = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "pygraphviz" else known(name))
    monkeypatch.setattr(render, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")


def test_a_sound_installation_is_ready_and_counts_what_is_in_force(sound: Result) -> None:
    assert sound.exit_code == 0
    assert json.loads(sound.output)["ready"] is True
    assert re.fullmatch(r"\d+ facts, .*\d+ rules, .*", told(sound)["base pack"]["found"])


def test_the_executor_in_use_is_durable_rules_exactly_where_it_fires(sound: Result) -> None:
    found = told(sound)
    fires = found["durable_rules"]["state"] == "ok"
    assert found["executor"]["found"] == ("durable_rules" if fires else "plain working memory")


def test_text_tells_all_that_json_tells(sound: Result) -> None:
    found = [doctor.Check(**check) for check in told(sound).values()]
    lines = doctor.as_text(found).splitlines()
    for check in found:
        assert any(check.name in line and check.found in line for line in lines)
    assert lines[-1].startswith("ready")


@pytest.mark.usefixtures("no_renderer")
def test_a_missing_renderer_is_told_with_its_fix_but_is_no_failure() -> None:
    done = run("--format", "json")
    assert done.exit_code == 0
    found = told(done)
    for form in ("png", "pdf"):
        assert found[form]["state"] == "missing"
        assert 'pip install "amends[draw]"' in found[form]["fix"]
    assert found["svg"]["found"] == "by the built-in layout"


@pytest.mark.usefixtures("no_drawing")
def test_a_missing_calendar_library_is_told_with_its_fix_but_is_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known: Callable[[str], str | None] = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "icalendar" else known(name))
    done = run("--format", "json")
    assert done.exit_code == 0
    found = told(done)["icalendar"]
    assert (found["state"], found["fix"]) == ("missing", 'pip install "amends[calendar]"')


@pytest.mark.usefixtures("no_drawing")
def test_without_durable_rules_it_is_ready_and_says_that_verdicts_are_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "durable_rules_fault", lambda: "it cannot be imported: no such symbol")
    monkeypatch.setattr(doctor, "_version", lambda name: "2.0.28")
    done = run()
    assert done.exit_code == 0
    assert "2.0.28, it cannot be imported: no such symbol" in done.output
    assert "verdicts are the same without it" in done.output
    assert done.output.splitlines()[-1] == "ready; optional and missing: durable_rules"


@pytest.mark.usefixtures("no_drawing")
def test_a_base_that_does_not_load_is_broken_and_names_the_first_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load() -> Engine:
        raise InputError([Diagnostic(Code.UNKNOWN_FACT, f"there is no fact `{name}`") for name in "ab"])

    monkeypatch.setattr(doctor, "load", load)
    done = run()
    assert done.exit_code == 1
    assert "there is no fact `a`, and 1 more" in done.output
    assert done.output.splitlines()[-1] == "broken: base pack"
    assert json.loads(run("--format", "json").output)["ready"] is False


@pytest.mark.usefixtures("no_drawing")
def test_an_executor_that_fails_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> Engine:
        raise RuntimeError("no executor")

    monkeypatch.setattr(doctor, "load", load)
    done = run()
    assert done.exit_code == 1
    assert "RuntimeError: no executor" in done.output
