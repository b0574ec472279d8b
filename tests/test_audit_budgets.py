"""An audit that runs out of nodes or time ends, says so, and says nothing that is not so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache

import pytest

from amends.engine.audit.auditing import audit
from amends.engine.audit.finding import Report
from amends.engine.ignore import Kind
from amends.engine.rulebase import RuleBase
from tests.support.shipped import shipped

pytestmark = pytest.mark.proofs

DAY = date(2026, 11, 26)


@lru_cache
def whole() -> Report:
    return audit(base(), now=DAY)


def base() -> RuleBase:
    return shipped().rulebase


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_whenever_the_time_runs_out_the_report_is_marked_and_nothing_is_made_up(seconds: float) -> None:
    """Each moment ends another step; what a cut audit finds, a whole one finds too."""
    cut = audit(replace(base()), now=DAY, timeout=seconds)  # a copy, of which nothing was kept
    if cut.finished:  # a quick machine
        return
    assert cut.undecided, "what was not settled is said"
    assert not cut.is_clean
    found = {(each.kind, each.subject) for each in whole().findings}
    assert {(each.kind, each.subject) for each in cut.findings} <= found
    known = {each.statement: each.holds for each in whole().assurances}
    for each in cut.assurances:
        if each.holds is not None and each.statement in known:
            assert each.holds == known[each.statement]


def test_too_few_nodes_leave_the_shares_uncounted_and_say_so() -> None:
    """Counting is what takes nodes; what clauses prove is proved all the same."""
    cut = audit(base(), now=DAY, most_nodes=100)
    assert not cut.finished
    assert cut.cases is None
    assert [(each.kind, each.subject) for each in cut.undecided] == [(Kind.MISLEADING_RULE, "everything")]
    claims = {claim.title for claim in base().claims.values()}
    assert {each.statement for each in cut.assurances if each.holds} >= claims


def test_the_shipped_base_audits_clean() -> None:
    """What is left alone carries its reason."""
    report = whole()
    assert report.is_clean, [(each.kind, each.subject) for each in report.findings if not each.ignored]
    assert not report.undecided
    assert all(each.holds for each in report.assurances)
    assert all(each.ignored for each in report.findings)
