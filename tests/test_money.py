"""What must hold of the money of every verdict, tried on cases near the stored ones with sums to the cent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from amends.engine.case import Case
from amends.engine.completion import complete
from amends.engine.deciding import decide
from amends.engine.diagnostics import InputError, Problems
from amends.engine.rulebase import Kind, MoneyBasis, Value
from amends.engine.verdict import Money, Verdict
from tests.support.examples import examples
from tests.support.shipped import CASES, NOW, memory, near_cases, shipped, verdict_of

pytestmark = pytest.mark.knowledge

TRIED = 1000
AT_LEAST = 15
"""Cases of which each property must speak, or it would be kept for want of anything said."""
FEES = ("0", "79", "333.33", "899.99", "1240.30", "5000")
SHARES = ("0", "0.15", "0.3333", "0.5", "0.8", "1")
SUMS = ("0", "0.01", "60", "131.11", "700.05", "2600", "9000")
OTHER_SUMS = ("direct_loss_amount", "promised_amount", "costs_spent", "liability_cap")

# --- Cases in which money is told ------------------------------------------------------


@cache
def by_basis() -> Mapping[str, tuple[Case, ...]]:
    """The stored cases by what their money is for, so that each way of working it out comes up alike."""
    found: dict[str, list[Case]] = {}
    for path in CASES:
        case = Case(shipped().case(path).facts, NOW, currency="EUR")
        verdict = verdict_of(path)
        found.setdefault(verdict.money.basis or "none", []).append(case)
    return {name: tuple(cases) for name, cases in sorted(found.items())}


@st.composite
def cases_with_money(draw: st.DrawFn) -> Case:
    """Draw a stored case, or one near it, with another fee, what was paid of it, and odd sums else."""
    told = st.sampled_from(list(by_basis().values())).flatmap(st.sampled_from)
    case = draw(st.one_of(told, near_cases()))
    fee = Fraction(draw(st.sampled_from(FEES)))
    stated: dict[str, Value | None] = {"fee_total": fee, "amount_paid": draw(paid(case, fee))}
    for name in ("affected_share", "work_done_share"):
        if draw(st.booleans()):
            stated[name] = Fraction(draw(st.sampled_from(SHARES)))
    for name in OTHER_SUMS:
        if draw(st.booleans()):
            stated[name] = Fraction(draw(st.sampled_from(SUMS)))
    if draw(st.integers(0, 3)) == 0:
        stated["cash_buffer_ok"] = draw(st.booleans())
    return replace(case.stating(**stated), currency=draw(st.sampled_from(["EUR", "USD", "GBP"])))


def paid(case: Case, fee: Fraction) -> st.SearchStrategy[Fraction]:
    """What may have been paid of *fee* in this state of the payment; a wrong invoice may have asked more."""
    match case.facts.get("payment_status", "paid"):
        case "unpaid":
            return st.just(Fraction(0))
        case "paid" if case.facts.get("failure_kind") == "billing_error":
            return st.sampled_from([fee, fee + Fraction("0.01"), 2 * fee])
        case "paid":
            return st.just(fee)
    return st.sampled_from([Fraction(0), Fraction(round(fee * 100 / 3), 100), fee])


@dataclass(frozen=True)
class Tried:
    """A case, its verdict, and the basis of its money, if there is one."""

    case: Case
    verdict: Verdict
    basis: MoneyBasis | None

    @property
    def money(self) -> Money:
        return self.verdict.money

    def figure(self, name: str) -> Fraction:
        """Return the measure *name* as the verdict shows it, or the fact, stated or assumed."""
        if name in self.verdict.measures:
            return Fraction(str(self.verdict.measures[name]))
        found = complete(shipped().rulebase, self.case, Problems()).facts[name]
        assert isinstance(found, Fraction), name
        return found


@cache
def tried() -> tuple[Tried, ...]:
    rulebase = shipped().rulebase
    found: list[Tried] = []

    @examples(TRIED)
    @given(cases_with_money())
    def look(case: Case) -> None:
        try:
            verdict = decide(rulebase, case, memory(), Problems(), what_if=False)
        except InputError:
            assume(False)  # the facts contradict each other, which a constraint has said
            raise
        found.append(Tried(case, verdict, rulebase.money.get(verdict.money.basis or "")))

    look()
    return tuple(found)


def figured() -> Iterator[Tried]:
    """The cases with a sum that is worked out, not merely none."""
    return (each for each in tried() if each.money.status == "decided" and each.basis is not None)


def amounts(money: Money) -> tuple[Fraction, Fraction, Fraction]:
    """Return the lowest, the usual and the highest sum."""
    assert money.low is not None and money.amount is not None and money.high is not None
    return Fraction(money.low), Fraction(money.amount), Fraction(money.high)


# --- What must hold --------------------------------------------------------------------


def test_the_cases_reach_every_way_of_working_money_out() -> None:
    """Properties of sums that never come up would hold for nothing."""
    reached = Counter(each.money.basis for each in figured())
    assert {name for name in shipped().rulebase.money if not reached[name]} == set(), reached


def test_the_usual_sum_lies_between_the_lowest_and_the_highest_and_none_is_below_nothing() -> None:
    """A range that leaves out its own proposal would send people haggling from the wrong place."""
    for each in figured():
        low, amount, high = amounts(each.money)
        assert 0 <= low <= amount <= high, each.money


def test_no_sum_of_the_range_is_above_a_cap() -> None:
    """A cap is what was paid or what you are liable for; not even generosity goes above."""
    capped = 0
    for each in figured():
        for limit in each.money.limits:
            if limit.kind == "cap":
                capped += 1
                assert max(amounts(each.money)) <= Fraction(limit.value), each.money
    assert capped >= AT_LEAST


def test_no_sum_is_below_a_promise_unless_a_cap_is_lower() -> None:
    """What was promised is owed, as far as it can be."""
    floored = 0
    for each in figured():
        caps = [Fraction(limit.value) for limit in each.money.limits if limit.kind == "cap"]
        for limit in each.money.limits:
            if limit.kind == "floor":
                floored += 1
                assert min(amounts(each.money)) >= min([Fraction(limit.value), *caps]), each.money
    assert floored >= AT_LEAST


def test_a_limit_binds_exactly_when_the_bare_figure_crossed_it() -> None:
    """The verdict says which limit changed the sum, and blames none that did not."""
    binding = 0
    for each in figured():
        assert each.basis is not None
        bare = each.figure(each.basis.amount)
        floors = [each.figure(name) for name in each.basis.floors]
        raised = max([bare, *floors])
        caps = [each.figure(name) for name in each.basis.caps]
        crossed = [name for name in each.basis.floors if bare < each.figure(name) == raised]
        crossed += [name for name in each.basis.caps if raised > each.figure(name) == min(caps)]
        assert [limit.name for limit in each.money.limits if limit.binds] == crossed, each.money
        assert amounts(each.money)[1] == min([raised, *caps])
        binding += bool(crossed)
    assert binding >= AT_LEAST


def test_what_goes_back_is_never_more_than_was_paid_and_lost() -> None:
    """A refund is of a payment; beyond it only a loss that they can show is owed."""
    refunds = 0
    going_back = shipped().rulebase.decisions["money_basis"].domain.sets["back_to_payer"]
    for each in figured():
        if each.money.basis in going_back:
            refunds += 1
            most = each.figure("amount_paid") + each.figure("direct_loss_amount")
            assert max(amounts(each.money)) <= most, (each.money, dict(each.case.facts))
    assert refunds >= AT_LEAST


def test_the_money_is_in_the_currency_of_the_case() -> None:
    """Nothing is converted, and nothing is quoted in a currency that nobody named."""
    currencies = Counter(each.money.currency for each in tried())
    assert all(each.money.currency == each.case.currency for each in tried())
    assert len(currencies) == 3


def test_instalments_are_only_for_those_who_cannot_pay_at_once() -> None:
    """They change when it is paid; whoever can pay, pays."""
    instalments = [each for each in tried() if each.money.form == "instalments"]
    assert all(each.verdict.facts["cash_buffer_ok"] is False for each in instalments)
    assert len(instalments) >= AT_LEAST


def test_the_form_is_none_exactly_when_no_money_is_to_move() -> None:
    """A form without money, or money without a form, leaves people guessing what to do."""
    still = [each for each in tried() if each.money.form == "none" and each.money.status == "decided"]
    assert {each.money.basis for each in still} == {"none", "ceiling"}
    assert all(each.money.amount in (None, "0.00") for each in still)
    moving = [each for each in figured() if each.money.basis != "ceiling"]
    assert all(each.money.form != "none" for each in moving)


def test_every_sum_is_in_whole_cents() -> None:
    """Nobody can pay a third of a cent."""
    money = (Kind.MONEY, 2)
    for each in figured():
        assert each.basis is not None
        for name in (each.basis.amount, each.basis.low, each.basis.high):
            domain = shipped().rulebase.domain(name)
            assert (domain.kind, domain.decimals or 2) == money, name
        assert all((100 * sum_).denominator == 1 for sum_ in amounts(each.money))
