"""Every shipped pack keeps its cases and those of the base, and changes nothing that it does not say."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from amends.engine import Engine, load
from amends.engine.audit.auditing import audit
from amends.engine.audit.proving import EVERYTHING
from amends.engine.diagnostics import Problems, render_text
from amends.engine.discovery import SHIPPED, packs
from amends.engine.expect import hold
from amends.engine.pack import LEVELS, Pack
from amends.engine.source import yaml_files

ROOT = Path(__file__).resolve().parents[1]
TODAY = date(2026, 12, 1)
TOO_FEW_TO_COUNT = 1_000
"""Nodes of diagrams: shares are left uncounted, which takes the most time; the solver proves all else."""

PACKS = {pack.name: pack for pack in packs() if pack.place == SHIPPED}
NICHES = [name for name, pack in PACKS.items() if pack.level == LEVELS.index("niche")]
PLATFORMS = [name for name, pack in PACKS.items() if pack.level == LEVELS.index("platform")]
BASE_CASES = sorted((ROOT / "tests" / "cases").rglob("*.yaml"))


@cache
def laid(*names: str) -> Engine:
    return load(packs=[PACKS[name] for name in names])


def cases_of(pack: Pack) -> list[Path]:
    problems = Problems()
    found = list(yaml_files(pack.cases, problems))
    problems.stop()
    return found


def failures(engine: Engine, paths: list[Path]) -> list[str]:
    """What each of the cases expects and does not get."""
    problems = Problems()
    for path in paths:
        case = engine.case(path)
        assert case.expect is not None, path
        hold(engine.decide(case, what_if=False), case.expect, problems)
    return [render_text(found) for found in problems.found]


def test_every_line_of_work_and_every_platform_that_was_promised_is_there() -> None:
    assert sorted(NICHES) == [
        "accountant_tax",
        "coach_consultant",
        "copywriter",
        "designer",
        "event_vendor",
        "photo_video",
        "trades",
        "translator",
        "virtual_assistant",
        "web_developer",
    ]
    assert sorted(PLATFORMS) == ["card", "etsy_like", "fiverr", "upwork"]


@pytest.mark.knowledge
@pytest.mark.parametrize("name", PACKS)
def test_its_cases_come_out_as_their_files_say(name: str) -> None:
    cases = cases_of(PACKS[name])
    assert len(cases) >= 6
    assert failures(laid(name), cases) == []


@pytest.mark.knowledge
def test_the_cases_of_the_base_come_out_the_same_with_all_of_them_laid() -> None:
    """That each alone keeps them follows from its scope, which its audit proves."""
    assert failures(laid(*PACKS), BASE_CASES) == []


@pytest.mark.knowledge
@pytest.mark.parametrize("name", NICHES)
def test_the_cases_of_its_trade_in_the_base_come_out_the_same_with_it(name: str) -> None:
    """These are the only ones that it could move."""
    engine = laid(name)
    of_the_trade = [path for path in BASE_CASES if engine.case(path).facts.get("niche") == name]
    assert failures(engine, of_the_trade) == []


@pytest.mark.proofs
def test_none_has_a_finding_or_changes_anything_outside_its_scope_with_all_of_them_laid() -> None:
    """`make audits` goes through each line of work with each platform, and counts the cases besides."""
    report = audit(laid(*PACKS).rulebase, now=TODAY, most_nodes=TOO_FEW_TO_COUNT)
    assert [(each.kind.value, each.subject) for each in report.findings if not each.ignored] == []
    assert {each.subject for each in report.undecided} == {EVERYTHING}
    promised = [each for each in report.assurances if "changes nothing outside its scope" in each.statement]
    assert [each.holds for each in promised] == [True] * len(PACKS)
