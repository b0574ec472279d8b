"""What holds in one place and for a time says so: in the knowledge, and in every verdict that rests on it."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from amends.cli import report
from amends.engine import Engine, Verdict, load
from tests.support.shipped import CASES, shipped, verdict_of

pytestmark = pytest.mark.knowledge

PLAIN = "General information, no legal, tax or insurance advice."

KNOWLEDGE = """\
sources:
  BOOK: {title: How to make amends, where: a book}
  ACT: {kind: law, title: An act, where: a statute book, jurisdiction: Utopia, as_of: 2026-11-01}
  CODE: {kind: law, title: A code, where: a statute book, jurisdiction: Utopia, as_of: 2026-11-01}
  GATE: {kind: insurance, title: A policy, where: a broker, jurisdiction: Utopia, as_of: 2026-10-01}
  CLOCK: {kind: platform, title: Days to answer, where: help pages, jurisdiction: Gigs, as_of: 2026-11-01}
  CAP: {kind: law, title: A cap, where: a statute book, jurisdiction: Arcadia, as_of: 2026-11-01}
  DAYS: {kind: law, title: A delay, where: a statute book, jurisdiction: Arcadia, as_of: 2026-11-01}
  SHARE: {kind: law, title: A share, where: a statute book, jurisdiction: Arcadia, as_of: 2026-11-01}
facts:
  cause: {kind: choice, question: What broke?, values: {own: yours, fate: fate, law: law, late: late}}
  weeks: {kind: count, question: How late?}
  fee: {kind: money, question: How much was agreed?}
parameters:
  most_weeks: {value: 2, sources: [CAP], as_of: 2026-11-01}
  hours: {value: 8, sources: [DAYS], as_of: 2026-11-01}
  share: {value: 0.5, sources: [SHARE], as_of: 2026-11-01}
measures:
  half: {kind: money, formula: share * fee, round: 0.01}
remedies:
  repair: {title: Repair it, sources: [BOOK], steps: [{do: repair it, within_hours: {parameter: hours}}]}
  refund: {title: Refund it, sources: [ACT], steps: [{do: pay it back, sources: [CLOCK]}]}
  wait: {title: Wait, sources: [BOOK]}
money:
  half: {title: half the fee, amount: half, formula: half of it, sources: [GATE]}
"""
REMEDY = """\
decides: remedy
title: what to do
hit_policy: priority
tiers: [first, last]
values: remedies
rules:
  own: {tier: first, when: {cause: own}, then: repair, because: b, sources: [BOOK]}
  law: {tier: first, when: {cause: law}, then: refund, because: b, sources: [CODE]}
  late:
    tier: first
    when: {weeks: {more_than: {parameter: most_weeks}}}
    then: wait
    because: b
    sources: [BOOK]
  rest: {tier: last, when: always, then: wait, because: b, sources: [ACT]}
"""
MONEY = """\
decides: money_basis
title: what is paid
values: {half: half, none: nothing}
rules:
  law: {when: {cause: law}, then: half, because: b, sources: [BOOK]}
otherwise: none
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    for name, text in (("knowledge", KNOWLEDGE), ("remedy", REMEDY), ("money", MONEY)):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def decide(folder: Path, **facts: object) -> Verdict:
    return load(folder).decide({"cause": "fate", "weeks": 1, "fee": 100, **facts})


def rests_on(verdict: Verdict) -> list[str]:
    return [source.name for source in verdict.general_information]


def test_a_verdict_names_the_law_behind_its_rule_its_remedy_its_steps_and_its_money(folder: Path) -> None:
    assert rests_on(decide(folder, cause="law")) == ["ACT", "CLOCK", "CODE", "GATE", "SHARE"]


def test_a_parameter_counts_where_a_deciding_rule_or_a_chosen_step_names_it(folder: Path) -> None:
    assert rests_on(decide(folder, weeks=3)) == ["CAP"]
    assert rests_on(decide(folder, cause="own")) == ["DAYS"]


def test_a_rule_that_was_beaten_brings_in_nothing(folder: Path) -> None:
    assert rests_on(decide(folder)) == ["ACT"], "the last tier speaks alone"
    assert "ACT" not in rests_on(decide(folder, cause="own")), "now it is beaten"


def test_the_place_and_the_day_go_with_each_source(folder: Path) -> None:
    data = decide(folder, cause="law").to_json()["general_information"]
    assert isinstance(data, list)
    assert data[1] == {
        "source": "CLOCK",
        "title": "Days to answer",
        "jurisdiction": "Gigs",
        "as_of": "2026-11-01",
    }


def test_the_last_line_names_them_by_place_and_day(folder: Path) -> None:
    assert report.footer(decide(folder, cause="law")) == (
        "General information, not advice; it rests on: "
        "CLOCK (Gigs, 2026-11-01); CODE (Utopia, 2026-11-01); GATE (Utopia, 2026-10-01)."
    )
    assert report.markdown(decide(folder, cause="law")).endswith("GATE (Utopia, 2026-10-01).*")


def overdue(folder: Path, tmp_path: Path, day: str) -> Engine:
    """Return an engine over a copy of the base in which a platform's clock was to be looked at by *day*."""
    shutil.copytree(folder, tmp_path / "base")
    file = tmp_path / "base" / "knowledge.yaml"
    old = "title: Days to answer"
    file.write_text(
        file.read_text(encoding="utf-8").replace(old, f"{old}, review_by: {day}"), encoding="utf-8"
    )
    return load(tmp_path / "base")


@pytest.mark.parametrize(("now", "is_told"), [("2027-05-01", False), ("2027-05-02", True)])
def test_what_should_have_been_looked_at_again_is_a_warning_from_the_next_day_on(
    folder: Path, tmp_path: Path, now: str, is_told: bool
) -> None:
    """A platform's clock that changed unseen costs somebody their case."""
    engine = overdue(folder, tmp_path, "2027-05-01")
    moment = datetime.fromisoformat(f"{now}T00:00:00+00:00")
    verdict = engine.decide(engine.case({"cause": "law", "weeks": 1, "fee": 100}, now=moment))
    told = verdict.to_json()["past_review"]
    assert told == ([{"kind": "source", "name": "CLOCK", "review_by": "2027-05-01"}] if is_told else [])
    warning = "overdue: Days to answer (CLOCK, by 2027-05-01)."
    assert report.footer(verdict).endswith(warning) is is_told


def test_what_is_overdue_and_decides_nothing_is_not_told(folder: Path, tmp_path: Path) -> None:
    engine = overdue(folder, tmp_path, "2020-01-01")
    assert engine.decide({"cause": "own", "weeks": 1, "fee": 100}).past_review == ()


def test_a_verdict_that_rests_on_none_keeps_the_plain_last_line(folder: Path) -> None:
    verdict = decide(folder, cause="own")
    assert report.footer(verdict) == PLAIN
    assert report.text(verdict).endswith(PLAIN)


def test_every_shipped_source_says_of_what_kind_it_is() -> None:
    """One without a kind would pass for what holds everywhere and for ever."""
    assert [s.name for s in shipped().rulebase.sources.values() if s.kind is None] == []


def test_every_shipped_parameter_has_a_source_and_its_day_or_says_why_it_is_ours() -> None:
    """A bare number in a rule base is somebody's habit."""
    for parameter in shipped().rulebase.parameters.values():
        if parameter.ours:
            assert parameter.because, parameter.name
        else:
            assert parameter.sources, parameter.name
            assert isinstance(parameter.as_of, date), parameter.name


def test_what_a_shipped_verdict_cites_of_law_is_general_information() -> None:
    """Over every stored case: a cited law that is missing there would be given as a rule without a place."""
    sources = shipped().rulebase.sources
    seen: set[str] = set()
    for path in CASES:
        verdict = verdict_of(path)
        cited = {name for reason in verdict.fired if reason.is_deciding for name in reason.sources}
        cited |= {name for step in verdict.steps for name in step.sources} | set(verdict.money.sources)
        law = {name for name in cited if sources[name.split(":")[0]].is_general_information}
        assert law <= set(rests_on(verdict)), path.name
        seen |= law
    assert {sources[name].kind for name in seen} == {"law", "insurance", "platform"}
