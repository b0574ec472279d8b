"""What no stored case exercises is listed with its line and a case that would, or proved impossible."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from amends.cli.main import app
from amends.engine import load
from amends.engine.api import Engine
from amends.engine.exercise.coverage import Can, Coverage, Missing, cover
from amends.engine.exercise.goals import HARD, Comes, Decides, Fires, Goal, Said, Way, goals_of, is_met
from amends.engine.exercise.playing import play
from amends.engine.exercise.suggesting import of_missing, write
from tests.support.texts import FLAG, choice, files, names, rule
from tests.support.written import write as write_files

ROOT = Path(__file__).resolve().parents[1]
RULES = {
    "first": rule({"a": "v1"}, "v1", tier="first"),
    "second": rule({"a": ["v2", "v3"], "b": True}, "v2", tier="last"),
    "never": rule({"a": "v1", "b": True}, "v3", tier="last"),
}


def written(rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the files of a rule base whose decision `remedy` has these rules."""
    decision = {
        "hit_policy": "priority",
        "tiers": ["first", "last"],
        "values": names(4),
        "otherwise": "v0",
        "rules": rules,
    }
    return files({"a": choice(4), "b": FLAG}, {"remedy": decision}, **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A rule base in `base` and one case of the first rule in `cases`."""
    write_files(written(RULES), tmp_path / "base")
    store(tmp_path, "one", "a: v1, b: false", "remedy: v1")
    return tmp_path


def store(folder: Path, name: str, facts: str, expect: str) -> None:
    (folder / "cases").mkdir(exist_ok=True)
    text = f"title: {name}\nfacts: {{{facts}}}\nexpect: {{{expect}}}\n"
    (folder / "cases" / f"{name}.yaml").write_text(text, encoding="utf-8")


def covered(folder: Path, **how: Any) -> tuple[Engine, Coverage]:
    engine = load(folder / "base")
    cases = play(engine, [folder / "cases"])
    return engine, cover(engine.rulebase, cases, goals_of(engine.rulebase), **how)


def ran(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def missing(found: Coverage, kind: type[Goal], **of: object) -> Missing:
    """Return the one missing goal of a kind with these properties."""
    (each,) = (
        each
        for each in found.missing
        if isinstance(each.goal, kind) and all(getattr(each.goal, key) == value for key, value in of.items())
    )
    return each


def test_a_rule_in_no_case_is_listed_with_its_line_and_a_case_that_fires_it(folder: Path) -> None:
    """Where it stands and how to reach it is all that somebody needs to write the case."""
    engine, found = covered(folder)
    second = engine.rulebase.rules["remedy/second"]
    each = missing(found, Decides, rule=second)
    assert each.facts is not None
    facts = [f"{name}={str(value).lower()}" for name, value in each.facts.items()]
    verdict = engine.decide(engine.case(None, options=facts))
    assert verdict.remedy == "v2"
    assert [fired.rule for fired in verdict.fired] == ["remedy/second"]
    done = ran("coverage", folder / "cases", "--base", folder / "base")
    lines = (folder / "base" / "rules" / "remedy.yaml").read_text().splitlines()
    assert done.exit_code == 1
    found_line = re.search(
        r"remedy\.yaml:(\d+):\d+: `remedy/second` decides in no case", " ".join(done.output.split())
    )
    assert found_line is not None
    assert "second" in lines[int(found_line.group(1)) - 1]


def test_the_case_is_the_smallest(folder: Path) -> None:
    """Brute force finds none that states fewer facts."""
    _, found = covered(folder)
    for each in found.missing:
        if isinstance(each.goal, Way):
            assert each.facts is not None
            assert len(each.facts) == 1, each


def test_what_no_case_can_exercise_is_proved_and_left_out_of_the_share(folder: Path) -> None:
    """Nobody can write a case for a rule that is always beaten; `amends audit` says why."""
    engine, found = covered(folder)
    never = engine.rulebase.rules["remedy/never"]
    assert missing(found, Decides, rule=never).can is Can.NEVER
    fires = missing(found, Fires, rule=never)
    assert (fires.can, fires.facts and dict(fires.facts)) == (Can.YES, {"a": "v1", "b": True})
    assert found.counts(Decides) == (1, 2), "of three rules one can not decide, and one does"


def test_each_outcome_and_each_way_of_a_test_is_counted(folder: Path) -> None:
    """A value that is never reached, or a test that is never false, may be wrong for years."""
    engine, found = covered(folder)
    reached = {goal.value for goal, number in found.seen.items() if isinstance(goal, Comes) and number}
    assert reached == {"v1"}
    test = engine.rulebase.rules["remedy/first"].when
    ways = {
        (goal.rule.name, goal.test.subject, goal.is_true): n
        for goal, n in found.seen.items()
        if isinstance(goal, Way)
    }
    assert ways["first", "a", True] == 1
    assert ways["first", "a", False] == 0, test
    assert ways["second", "b", False] == 1


def test_every_suggested_case_exercises_what_it_is_for(folder: Path) -> None:
    """With all of them kept, nothing is missing that can be."""
    engine, before = covered(folder)
    paths = write(engine.rulebase, of_missing(engine.rulebase, before), folder / "cases")
    assert 0 < len(paths) < len(before.missing), "one case may do for several"
    _, after = covered(folder)
    assert [each.goal for each in after.missing if each.can is not Can.NEVER] == []
    assert after.reaches(after.share(Decides) * 100)
    done = ran("test", folder / "cases", "--base", folder / "base")
    assert done.exit_code == 0, done.output


def test_suggest_writes_until_the_command_is_content(folder: Path) -> None:
    """The command, its suggestions kept, and the command again: exit 1, then 0."""
    where = ("coverage", folder / "cases", "--base", folder / "base")
    first = ran(*where, "--suggest", folder / "cases")
    assert first.exit_code == 1
    assert "into" in first.stderr
    again = ran(*where)
    assert again.exit_code == 0, again.output
    assert "100 % of rules that decide (2 of 2)" in again.output


def test_json_says_the_same_as_text(folder: Path) -> None:
    """A tool reads what a person reads."""
    where = ("coverage", folder / "cases", "--base", folder / "base")
    data = json.loads(ran(*where, "--format", "json").stdout)
    _, found = covered(folder)
    assert data["kinds"]["rules that decide"] == {"exercised": 1, "of": 2}
    assert len(data["missing"]) == len(found.missing)
    (second,) = (
        each
        for each in data["missing"]
        if each["subject"] == "remedy/second" and each["kind"].endswith("decide")
    )
    assert second["case"] == {"a": "v2", "b": True}
    assert second["place"]["line"] > 1


def test_at_least_lets_a_build_pass_with_less(folder: Path) -> None:
    """Half of the rules decide: 50 is met, 51 is not."""
    where = ("coverage", folder / "cases", "--base", folder / "base", "--at-least")
    assert ran(*where, 33).exit_code == 0
    assert ran(*where, 51).exit_code == 1


def test_no_time_is_said_and_nothing_is_claimed(folder: Path) -> None:
    """What was not proved is undecided, neither possible nor impossible."""
    _, found = covered(folder, deadline=0.0)
    assert found.missing
    assert {each.can for each in found.missing} == {Can.UNDECIDED}


# --- For build servers ------------------------------------------------------------------------


def test_junit_says_of_each_case_what_became_of_it(folder: Path) -> None:
    """A build server shows which case failed, and why, without reading the log."""
    store(folder, "wrong <b>", "a: v1, b: false", "remedy: v2")
    report = folder / "report.xml"
    done = ran("test", folder / "cases", "--base", folder / "base", "--junit", report)
    assert done.exit_code == 1
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    failed = {case.get("name"): case.findtext("failure") for case in suite}
    assert failed["one"] is None
    assert "expected" in (failed["wrong <b>"] or "")


# --- The shipped base -------------------------------------------------------------------------


@pytest.mark.knowledge
def test_the_stored_cases_exercise_every_rule_outcome_and_block_of_the_shipped_base() -> None:
    """What no case uses could be wrong for years; each thing was looked for in every case."""
    engine = load()
    cases = play(engine, [ROOT / "tests" / "cases"])
    kinds = (*HARD, Fires, Said)
    wanted = [goal for goal in goals_of(engine.rulebase) if isinstance(goal, kinds)]
    left = [goal for goal in wanted if not any(is_met(goal, case) for case in cases)]
    found = cover(engine.rulebase, cases, left)
    assert [each for each in found.missing if each.can is not Can.NEVER] == []
