"""A stored case that expects something else than its verdict is told so, at the place where it expects it."""

from __future__ import annotations

from functools import cache

import pytest

from amends.engine import Verdict
from amends.engine.diagnostics import Code, Diagnostic, Problems
from amends.engine.expect import hold
from tests.support.shipped import memory, shipped

PROMISED_TOO_MUCH = """
currency: USD
facts:
  failure_kind: wrong_work
  cause: misread_brief
  client_said_no: true
  deliverable_status: delivered
  promised_amount: 500
  payment_status: deposit
  fee_total: 900
  amount_paid: 300
  affected_share: 0.8
"""
"""120 would go back, 500 was promised, 300 was paid: both limits change the sum."""


@cache
def verdict_without(fact: str | None = None) -> Verdict:
    lines = [line for line in PROMISED_TOO_MUCH.splitlines() if fact is None or fact not in line]
    return shipped().decide("\n".join(lines), what_if=False, executor=memory())


def failures(verdict: Verdict, money: str) -> list[Diagnostic]:
    """Return what `expect: {money: …}` finds wrong with *verdict*."""
    expect = shipped().case(f"facts: {{}}\nexpect: {{money: {money}}}").expect
    assert expect is not None
    problems = Problems()
    hold(verdict, expect, problems)
    return problems.found


@pytest.mark.parametrize(
    "money",
    [
        "300",
        "{amount: 300, low: 300, high: 300, status: decided, basis: unearned_part}",
        "{at_least: 299.99, at_most: 300}",
        "{owed_to: client}",
        "{binds: [no_more_than_paid_and_lost, promised_amount]}",
        "{needs: []}",
    ],
)
def test_what_the_money_is_meets_the_expectation(money: str) -> None:
    """Each key is read, and the order of a list is none."""
    assert failures(verdict_without(), money) == []


@pytest.mark.parametrize(
    ("money", "message"),
    [
        ("299.99", "`money` is `300.00`"),
        ("{low: 120}", "`money low` is `300.00`"),
        ("{high: 500}", "`money high` is `300.00`"),
        ("{at_most: 299}", "`money` is `300.00`"),
        ("{basis: lost_value}", "`money basis` is `unearned_part`"),
        ("{owed_to: you}", "`money owed_to` is `client`"),
        ("{binds: []}", "`money binds` is `promised_amount, no_more_than_paid_and_lost`"),
        ("{binds: [amount_paid]}", "`money binds` is `promised_amount, no_more_than_paid_and_lost`"),
        ("{needs: [amount_paid]}", "`money needs` is ``"),
    ],
)
def test_any_other_money_fails_and_the_failure_says_what_it_is(money: str, message: str) -> None:
    """An expectation that holds of every verdict would test nothing."""
    (found,) = failures(verdict_without(), money)
    assert (found.code, found.message) == (Code.FAILED_EXPECTATION, message)


def test_money_that_waits_for_a_fact_is_expected_by_that_fact() -> None:
    """Open money has no figure, but what it waits for can be pinned."""
    waiting = verdict_without("amount_paid")
    assert failures(waiting, "{status: open, needs: [amount_paid], binds: []}") == []
    assert [found.message for found in failures(waiting, "{amount: 300, needs: [fee_total]}")] == [
        "`money amount` is not settled",
        "`money needs` is `amount_paid`",
    ]


def test_a_key_that_money_does_not_have_is_named_with_the_nearest() -> None:
    """A misspelt expectation must not pass for one that is met."""
    (found,) = failures(verdict_without(), "{bind: [amount_paid]}")
    assert (found.code, found.message) == (Code.UNKNOWN_KEY, "`money` has no key `bind`")
    assert found.help is not None and "binds" in found.help
