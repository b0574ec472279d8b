"""The shipped rule base, loaded once, and random cases for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from amends.engine import Engine, Verdict, load
from amends.engine.case import Case
from amends.engine.chain.memory import WorkingMemory
from amends.engine.network import strata
from amends.engine.rulebase import Domain, Fact, Kind, Value
from amends.engine.what_if import kinds_of_value

CASES = sorted((Path(__file__).resolve().parents[1] / "cases").rglob("*.yaml"))
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SUMS = tuple(map(Fraction, (0, 0, 50, 100, 200, 250, 400, 500, 600, 800, 1000, 1200, 2000)))


@cache
def shipped() -> Engine:
    return load()


@cache
def memory() -> WorkingMemory:
    return WorkingMemory(shipped().rulebase, strata(shipped().rulebase))


def written(domain: Domain) -> st.SearchStrategy[str]:
    """Values of one fact, as they are written; amounts and counts stay near what people have."""
    match domain.kind:
        case Kind.FLAG:
            return st.sampled_from(["true", "false"])
        case Kind.CHOICE:
            return st.sampled_from(list(domain.values))
        case Kind.SET:
            members = st.sets(st.sampled_from(list(domain.values)), max_size=3)
            return members.map(lambda chosen: f"[{','.join(sorted(chosen))}]")
        case Kind.COUNT:
            return st.integers(0, 4).map(str)
        case Kind.DATE:
            return st.integers(1, 28).map(lambda day: f"2026-11-{day:02}")
    top = min(domain.highest or Fraction(1), Fraction(2000))
    steps = 10 if top <= 1 else 40
    return st.integers(0, steps).map(lambda step: str(float(top * step / steps)))


LEAVING = {
    "client_fit": "nightmare",
    "cancel_clause": True,
    "payment_status": "deposit",
    "deliverable_status": "in_progress",
    "fee_total": 1000,
    "amount_paid": 400,
    "affected_share": 1,
    "work_done_share": 0.1,
}
GREEDY = {
    "failure_kind": "defective_work",
    "cause": "own_error",
    "client_temperament": "exploitative",
    "client_demand": "full_refund",
    "demand_amount": 2000,
    "repeat_client": False,
    "payment_status": "paid",
    "fee_total": 500,
    "amount_paid": 500,
    "affected_share": 0.2,
    "work_done_share": 1,
    "insured_pi": "no",
}
KIND = {
    "failure_kind": "wrong_work",
    "cause": "own_error",
    "client_temperament": "understanding",
    "direct_loss_amount": 500,
    "deliverable_status": "delivered",
    "fee_total": 1000,
    "insured_pi": "no",
}
BEYOND = {
    "failure_kind": "wrong_work",
    "cause": "skill_gap",
    "skill_fit": "none",
    "payment_status": "deposit",
    "deliverable_status": "in_progress",
    "fee_total": 1000,
    "amount_paid": 300,
    "work_done_share": 0.2,
    "insured_pi": "no",
}
CORNERS = (
    BEYOND,
    {**BEYOND, "amount_paid": 900},
    {**BEYOND, "client_temperament": "fuming"},
    KIND,
    {**KIND, "client_wants_us_to_fix": "no", "affected_share": 0.5},
    LEAVING,
    {**LEAVING, "who_ends_it": "provider"},
    {**LEAVING, "client_fit": "poor", "who_ends_it": "provider"},
    {**LEAVING, "client_fit": "poor", "abuse_kind": "insults"},
    GREEDY,
    {**GREEDY, "client_keeps_work": "as_is"},
)
"""Facts that few stored cases hold together, and that some claims are about."""


@cache
def verdict_of(path: Path) -> Verdict:
    """The verdict of a stored case, worked out once a process."""
    return shipped().decide(shipped().case(path), what_if=False)


@cache
def stored() -> tuple[Mapping[str, Value], ...]:
    """The facts of every stored case, and of one in which nothing is stated."""
    return ({}, *(shipped().case(path).facts for path in CASES))


@cache
def corners() -> tuple[Mapping[str, Value], ...]:
    return tuple(shipped().case(corner).facts for corner in CORNERS)


@cache
def kinds(name: str) -> st.SearchStrategy[Value]:
    """One value of each kind that the rules tell apart, and of the sums that people have."""
    fact: Fact = shipped().rulebase.facts[name]
    match fact.domain.kind:
        case Kind.MONEY:
            return st.sampled_from(SUMS)
        case Kind.DATE:
            return st.sampled_from([date(2026, 11, day) for day in (1, 22, 28)])
    return st.sampled_from(kinds_of_value(shipped().rulebase, fact))


@st.composite
def near_cases(draw: st.DrawFn) -> Case:
    """Draw a case that differs in up to eight facts from a stored one, or a corner, one time in three.

    Stored cases reach what random facts seldom do: gates, exits, refunds after failed repairs.
    """
    facts = dict(draw(st.sampled_from(corners() if draw(st.integers(0, 2)) == 0 else stored())))
    names = sorted(shipped().rulebase.facts)
    for name in draw(st.lists(st.sampled_from(names), max_size=8, unique=True)):
        if name in facts and draw(st.integers(0, 3)) == 0:
            del facts[name]
        else:
            facts[name] = draw(kinds(name))
    return Case(dict(sorted(facts.items())), NOW, currency="EUR")
