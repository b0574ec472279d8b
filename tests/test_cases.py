"""Every stored case comes out as its file says, and would notice a change to any rule it uses."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from amends.engine import Engine, load
from amends.engine.case import Case
from amends.engine.chain.memory import WorkingMemory
from amends.engine.deciding import decide
from amends.engine.diagnostics import InputError, Problems, render_text
from amends.engine.expect import hold
from amends.engine.network import strata
from amends.engine.rulebase import Decision, HitPolicy, Rule, RuleBase, Value
from tests.support.examples import TIMES

ROOT = Path(__file__).resolve().parents[1]
# Where durable_rules ought to be built, only a set-up that said so may go on without it.
WITHOUT = "AMENDS_WITHOUT_DURABLE_RULES" in os.environ
EXECUTOR = "durable_rules" if sys.version_info < (3, 13) and not WITHOUT else None
CASES = sorted((ROOT / "tests" / "cases").rglob("*.yaml"))
SEEDS = sorted((ROOT / "tests" / "cases" / "seeds").glob("*.yaml"))


@cache
def shipped() -> Engine:
    return load()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_case_comes_out_as_its_file_says(path: Path) -> None:
    """The remedy, the money and the rules that decided are those that the source tells."""
    engine = shipped()
    case = engine.case(path)
    verdict = engine.decide(case)
    problems = Problems()
    assert case.expect is not None, "a stored case says what it expects"
    hold(verdict, case.expect, problems)
    assert [render_text(found) for found in problems.found] == []
    if EXECUTOR is not None:
        assert verdict.executor == EXECUTOR, "nothing may stand in for the chain"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_case_names_sources_that_resolve(path: Path) -> None:
    """A case is knowledge, and knowledge has a source."""
    sources = shipped().rulebase.sources
    cited = shipped().case(path).sources
    assert cited
    for citation in cited:
        name, _, line = citation.partition(":L")
        assert name in sources, citation
        lines = sources[name].citable_lines
        assert (int(line) in lines) if line else not lines, citation


def test_every_incident_of_the_seeds_is_stored() -> None:
    """Twenty-five incidents are told, and one of them goes on after the insurer has cleared it."""
    assert len(SEEDS) == 26


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_file_is_named_by_a_sentence(path: Path) -> None:
    """A name that is a sentence says what broke when the case fails."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+){2,}", path.stem), path.stem


# --- Mutants -------------------------------------------------------------------------


@cache
def stored() -> tuple[Case, ...]:
    return tuple(shipped().case(path) for path in CASES)


@cache
def deciding() -> tuple[tuple[Case, frozenset[str]], ...]:
    """Each stored case with the rules that are credited with some decision of it."""
    rulebase = shipped().rulebase
    executor = WorkingMemory(rulebase, strata(rulebase))
    found = []
    for case in stored():
        verdict = decide(rulebase, case, executor, Problems(), what_if=False)
        found.append((case, frozenset(reason.rule for reason in verdict.fired if reason.is_deciding)))
    return tuple(found)


def used_rules() -> list[str]:
    return sorted(frozenset().union(*(paths for _, paths in deciding())))


def likeliest_first(path: str) -> tuple[Case, ...]:
    """The stored cases, those first in which *path* decides, as they are the ones to notice."""
    return tuple(case for case, _ in sorted(deciding(), key=lambda pair: path not in pair[1]))


def survives(rulebase: RuleBase, cases: tuple[Case, ...]) -> bool:
    """True if every case still comes out as expected under *rulebase*."""
    executor = WorkingMemory(rulebase, strata(rulebase))
    for case in cases:
        problems = Problems()
        try:
            verdict = decide(rulebase, case, executor, problems, what_if=False)
        except InputError:
            return False
        assert case.expect is not None
        hold(verdict, case.expect, problems)
        if problems.found:
            return False
    return True


def with_rules(rules: tuple[Rule, ...], decision: Decision) -> RuleBase:
    rulebase = shipped().rulebase
    changed = {**rulebase.decisions, decision.name: replace(decision, rules=rules)}
    return replace(rulebase, decisions=changed)


def other_value(rule: Rule, decision: Decision) -> Value | None:
    """Return some other value that the decision could take, or None if there is none."""
    if decision.hit_policy.is_aggregate:
        then = rule.then[0]
        assert not isinstance(then, (str, bool, frozenset))
        return decision.domain.highest if then != decision.domain.highest else decision.domain.lowest
    return next((value for value in reversed(list(decision.domain.values)) if value not in rule.then), None)


def test_the_unchanged_rules_survive() -> None:
    """Otherwise the mutants below would prove nothing."""
    assert survives(shipped().rulebase, stored())


@pytest.mark.knowledge
@pytest.mark.parametrize("path", used_rules()[:: 3 if TIMES <= 1 else 1])
def test_deleting_a_rule_that_cases_use_makes_one_fail(path: str) -> None:
    """A rule that can go unnoticed is not tested; each third is tried, all with `AMENDS_EXAMPLES=2`."""
    rule = shipped().rulebase.rules[path]
    decision = shipped().rulebase.decisions[rule.decision]
    left = tuple(other for other in decision.rules if other is not rule)
    assert not survives(with_rules(left, decision), likeliest_first(path))


@pytest.mark.knowledge
@pytest.mark.parametrize("path", used_rules())
def test_changing_what_a_used_rule_concludes_makes_a_case_fail(path: str) -> None:
    """What a rule concludes is what it is for."""
    rule = shipped().rulebase.rules[path]
    decision = shipped().rulebase.decisions[rule.decision]
    if decision.hit_policy is HitPolicy.COLLECT_COUNT:
        pytest.skip("a counted rule concludes nothing but itself")
    other = other_value(rule, decision)
    assert other is not None
    changed = tuple(replace(r, then=(other,)) if r is rule else r for r in decision.rules)
    assert not survives(with_rules(changed, decision), likeliest_first(path))


def test_every_rule_of_the_base_is_used_by_some_case() -> None:
    """A rule that no case uses could be wrong for years."""
    assert sorted(shipped().rulebase.rules.keys() - set(used_rules())) == []
