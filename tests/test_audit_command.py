"""`amends audit` as people type it: what it prints, how it ends, and that a limit never ends in a lie."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from amends.cli.main import app
from amends.engine.audit import proving
from amends.engine.audit.finding import Assurance, Finding, Kind, Proofs, Severity, Undecided
from amends.engine.diagnostics import InputError
from amends.engine.rulebase import RuleBase
from tests.support.audits import RULES, written

pytestmark = pytest.mark.proofs

IDLE = "facts: {weather: {kind: flag, question: Did it rain?}}"

Prove = Callable[..., Proofs]


def proofs(*found: Finding, undecided: tuple[Undecided, ...] = (), finished: bool = True) -> Proofs:
    return Proofs(found, undecided, (Assurance("no two rules tie", True),), 96, finished)


@pytest.fixture
def prove(monkeypatch: pytest.MonkeyPatch) -> Callable[[Prove], None]:
    """Let the proofs come to what a test says; what they come to by themselves is for other tests."""

    def set_to(made: Prove) -> None:
        monkeypatch.setattr(proving, "prove", made)

    set_to(lambda *_, **__: proofs())
    return set_to


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path)


def amends(*arguments: object) -> Result:
    found = CliRunner().invoke(app, ["audit", *map(str, arguments)])
    assert found.exception is None or isinstance(found.exception, SystemExit), "never a traceback"
    return found


def overlap(folder: Path) -> Finding:
    return Finding(Kind.OVERLAP, Severity.ERROR, "fault/own", "two rules disagree", None, "order them")


def test_a_base_without_a_fault_ends_with_0(folder: Path, prove: object) -> None:
    done = amends(folder)
    assert done.exit_code == 0
    assert done.stdout.startswith("Of 96 kinds of case that can be:\n  holds          no two rules tie\n")
    assert done.stdout.endswith("nothing found and nothing undecided\n")
    assert done.stderr == "", "progress is for terminals"


def test_a_finding_ends_with_1_whether_the_graph_or_a_proof_shows_it(
    folder: Path, prove: Callable[[Prove], None]
) -> None:
    prove(lambda *_, **__: proofs(overlap(folder)))
    assert amends(folder).exit_code == 1
    prove(lambda *_, **__: proofs())
    (folder / "more.yaml").write_text(IDLE)
    done = amends(folder)
    assert done.exit_code == 1
    assert f"{folder / 'more.yaml'}:1:9: unused: nothing uses the fact `weather`" in done.stdout


def test_what_is_undecided_ends_with_1_and_is_no_finding(
    folder: Path, prove: Callable[[Prove], None]
) -> None:
    prove(lambda *_, **__: proofs(undecided=(Undecided(Kind.GAP, "fault", "too many nodes"),)))
    done = amends(folder, "--format", "json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["findings"] == []


def test_an_unfinished_audit_ends_with_1_and_says_so_first(
    folder: Path, prove: Callable[[Prove], None]
) -> None:
    prove(lambda *_, **__: proofs(finished=False))
    done = amends(folder)
    assert done.exit_code == 1
    assert "This audit was not finished" in done.stdout
    assert done.stdout.endswith("not finished, so far nothing found\n")


def test_an_ignored_finding_ends_with_0_and_is_counted(folder: Path, prove: object) -> None:
    (folder / "more.yaml").write_text(IDLE.replace("}}", ", ignore: {unused: a niche will ask}}}"))
    done = amends(folder)
    assert done.exit_code == 0
    assert "unused, 1: a niche will ask" in done.stdout


def test_the_base_can_be_named_either_way_and_not_twice(folder: Path, prove: object) -> None:
    assert amends(folder).stdout == amends("--base", folder).stdout
    done = amends(folder, "--base", folder)
    assert done.exit_code == 2
    assert "Name the rule base once" in done.stderr


def test_a_kind_that_is_asked_for_alone_decides_alone(folder: Path, prove: object) -> None:
    (folder / "more.yaml").write_text(IDLE)
    assert amends(folder, "-k", "unused").exit_code == 1
    assert amends(folder, "-k", "gap", "-k", "overlap").exit_code == 0


def test_a_kind_that_there_is_not_is_refused_with_the_nearest(folder: Path, prove: object) -> None:
    done = amends(folder, "-k", "overlaps")
    assert done.exit_code == 2
    assert "did you mean `overlap`?" in done.stderr


def test_the_limits_reach_the_proofs(folder: Path, prove: Callable[[Prove], None]) -> None:
    given: dict[str, Any] = {}

    def noted(_: RuleBase, **limits: Any) -> Proofs:
        given.update(limits)
        return proofs()

    prove(noted)
    amends(folder)
    assert given["deadline"] is None, "without a limit the proofs run to their end"
    amends(folder, "--max-nodes", 7, "--timeout", 0)
    assert given["most_nodes"] == 7
    assert given["deadline"] is not None


@pytest.mark.parametrize("limit", [("--max-nodes", 0), ("--timeout", -1), ("--now", "soon")])
def test_a_limit_that_is_none_is_refused(limit: tuple[str, object], folder: Path) -> None:
    assert amends(folder, *limit).exit_code == 2


def test_an_interrupt_leaves_what_was_found_so_far_and_marks_it(
    folder: Path, prove: Callable[[Prove], None]
) -> None:
    """Whoever stops a long run keeps what the graph has shown already."""

    def interrupted(*_: object, **__: object) -> Proofs:
        raise KeyboardInterrupt

    prove(interrupted)
    (folder / "more.yaml").write_text(IDLE)
    done = amends(folder)
    assert done.exit_code == 1
    assert "`weather`" in done.stdout
    assert "not finished" in done.stdout


def test_now_decides_what_is_past_its_review_and_is_today_if_left_out(folder: Path, prove: object) -> None:
    fault = RULES["fault"].replace("sources:", "review_by: 2026-06-01, sources:")
    (folder / "fault.yaml").write_text(fault)
    assert amends(folder, "--now", "2026-06-02").exit_code == 1
    assert amends(folder, "--now", "2026-06-01").exit_code == 0
    assert amends(folder).exit_code == int(datetime.now(UTC).date().isoformat() > "2026-06-01")


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("measures: {egg: {formula: hen + 1}, hen: {formula: egg + 1}}", "cycle"),
        ("facts: {weather: {kind: flag}}", "missing-key"),
        ("facts: [", "broken-yaml"),
        (
            "blocks: {wet: {title: w, sources: [S], variants: [{text: '{{ a }'}]}}\n"
            "channels: {post: {title: p, form: letter, chosen_as: email, sources: [S], before: [wet]}}",
            "broken-template",
        ),
    ],
)
def test_a_base_that_does_not_load_gives_its_diagnostics_with_2(
    broken: str, code: str, folder: Path, prove: object
) -> None:
    (folder / "more.yaml").write_text(broken)
    done = CliRunner().invoke(app, ["audit", str(folder), "--format", "json"])
    assert done.exit_code == 2
    assert f": {code}: " in done.stderr
    assert done.stdout == "", "half a report would be taken for one"
    assert not isinstance(done.exception, InputError)


def test_a_folder_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    done = amends(tmp_path / "nothing")
    assert done.exit_code == 2
    assert "file-not-found" in done.stderr


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "markdown"])
def test_every_form_of_a_real_run_is_the_same_twice(form: str, folder: Path) -> None:
    """With the proofs as they are; nothing in a report depends on the order of a set."""
    (folder / "more.yaml").write_text(IDLE)
    one, other = (amends(folder, "--format", form, "--now", "2026-12-01") for _ in range(2))
    assert one.exit_code == 1
    assert one.stdout_bytes == other.stdout_bytes


class Swallowing:
    """What a finalizer does to an interrupt that comes while it runs."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_an_interrupt_that_a_finalizer_swallows_still_ends_the_run(
    folder: Path, prove: Callable[[Prove], None]
) -> None:
    """Solvers free their memory in finalizers, thousands of times a run."""

    def unlucky(*_: object, **__: object) -> Proofs:
        Swallowing()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            time.sleep(0.01)
        return proofs()

    prove(unlucky)
    done = amends(folder)
    assert done.exit_code == 1
    assert "not finished" in done.stdout
    assert "Traceback" not in done.stderr
