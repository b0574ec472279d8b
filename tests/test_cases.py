"""Every stored case comes out as its file says, and every rule of the base decides some case."""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from pathlib import Path

import pytest

from amends.engine import Engine, load
from amends.engine.case import Case
from amends.engine.diagnostics import Problems, render_text
from amends.engine.discovery import find_pack
from amends.engine.expect import hold
from tests.support.shipped import shipped, verdict_of

ROOT = Path(__file__).resolve().parents[1]
# Where durable_rules ought to be built, only a set-up that said so may go on without it.
WITHOUT = "AMENDS_WITHOUT_DURABLE_RULES" in os.environ
EXECUTOR = "durable_rules" if sys.version_info < (3, 13) and not WITHOUT else None
CASES = sorted((ROOT / "tests" / "cases").rglob("*.yaml"))
VARIED = "variations"
"""The folder of cases that each notice one change of a rule; the told ones are enough on other Pythons."""
PARAMETERS = [
    pytest.param(path, id=path.stem, marks=[pytest.mark.knowledge] if path.parent.name == VARIED else [])
    for path in CASES
]
SEEDS = sorted((ROOT / "tests" / "cases" / "seeds").glob("*.yaml"))


@cache
def laid(niche: str) -> Engine:
    return load(packs=[find_pack(niche)])


@pytest.mark.parametrize("path", PARAMETERS)
def test_the_case_comes_out_as_its_file_says(path: Path) -> None:
    """The remedy, the money and the rules that decided are those that the source tells."""
    case, verdict = shipped().case(path), verdict_of(path)
    problems = Problems()
    assert case.expect is not None, "a stored case says what it expects"
    hold(verdict, case.expect, problems)
    assert [render_text(found) for found in problems.found] == []
    if EXECUTOR is not None:
        assert verdict.executor == EXECUTOR, "nothing may stand in for the chain"


@pytest.mark.knowledge
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_case_names_sources_that_resolve(path: Path) -> None:
    """A case is knowledge, and knowledge has a source: in the base, or in the pack of its trade."""
    case = shipped().case(path)
    assert case.sources
    for citation in case.sources:
        name, _, line = citation.partition(":L")
        sources = shipped().rulebase.sources
        if name not in sources:
            sources = laid(str(case.facts["niche"])).rulebase.sources
        assert name in sources, citation
        lines = sources[name].citable_lines
        assert (int(line) in lines) if line else not lines, citation


def test_every_incident_of_the_seeds_is_stored() -> None:
    """Twenty-five incidents are told, and one of them goes on after the insurer has cleared it."""
    assert len(SEEDS) == 26


@pytest.mark.knowledge
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_file_is_named_by_a_sentence(path: Path) -> None:
    """A name that is a sentence says what broke when the case fails."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+){2,}", path.stem), path.stem


# --- Rules ---------------------------------------------------------------------------


@cache
def deciding() -> tuple[tuple[Case, frozenset[str]], ...]:
    """Each stored case with the rules that are credited with some decision of it."""
    return tuple(
        (
            shipped().case(path),
            frozenset(reason.rule for reason in verdict_of(path).fired if reason.is_deciding),
        )
        for path in CASES
    )


def used_rules() -> list[str]:
    return sorted(frozenset().union(*(paths for _, paths in deciding())))


def test_every_rule_of_the_base_is_used_by_some_case() -> None:
    """A rule that no case uses could be wrong for years."""
    assert sorted(shipped().rulebase.rules.keys() - set(used_rules())) == []
