"""A case worked out anew from one beside it is the same as worked out from nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from amends.engine import Engine
from amends.engine.chain import rerun
from amends.engine.diagram.reading import read_exactly
from amends.engine.network import reads
from amends.engine.rulebase import RuleBase
from amends.engine.what_if import differing, trace_before
from tests.laws.test_executions_agree import check_contained
from tests.support import naive
from tests.support.examples import moderately
from tests.support.executors import by_memory
from tests.support.strategies import cases, rule_bases
from tests.support.texts import FLAG, names, rule, rule_base
from tests.support.written import Given

REMEDIES = {name: {"title": name, "sources": ["S"]} for name in names(3)}


@st.composite
def neighbours(draw: st.DrawFn, rulebase: RuleBase) -> tuple[Given, Given]:
    """Draw a case and another with the same facts, of which few differ in value or in being stated."""
    one, other = draw(cases(rulebase)), draw(cases(rulebase, complete=True))
    turned = draw(st.sets(st.sampled_from(sorted(one.facts) or ["none"]), max_size=2))
    facts = {name: other.facts[name] if name in turned else value for name, value in one.facts.items()}
    return one, Given(facts, (one.stated - turned) | (other.stated & turned & facts.keys()))


def changed(one: Given, other: Given) -> frozenset[str]:
    return differing(one.facts, other.facts) | (one.stated ^ other.stated)


@moderately
@given(st.data())
def test_from_the_trace_of_the_chain_the_whole_trace_is_the_same(data: st.DataObject) -> None:
    rulebase = data.draw(rule_bases())
    one, other = data.draw(neighbours(rulebase))
    everything = frozenset(reads(rulebase))
    before = by_memory(rulebase, one)
    anew = rerun(rulebase, other.facts, other.stated, before, changed(one, other), everything)
    assert anew == by_memory(rulebase, other)


@moderately
@given(st.data())
def test_from_what_the_diagrams_narrowed_every_completion_is_still_allowed(data: st.DataObject) -> None:
    """Two open decisions may come to the same values and yet come to them in different cases."""
    rulebase = data.draw(rule_bases())
    one, other = data.draw(neighbours(rulebase))
    exact = read_exactly(rulebase, one.facts, one.stated, by_memory(rulebase, one))
    differ = changed(one, other)
    given_ = trace_before(exact, differ)
    anew = rerun(rulebase, other.facts, other.stated, given_, differ, frozenset(reads(rulebase)))
    for endings in naive.exact(rulebase, other.facts, other.stated):
        check_contained(anew, endings)


def two_valued(value: str, **rules: dict[str, Any]) -> dict[str, Any]:
    """Return a decision that comes to *value* where one of *rules* speaks, else to `other`."""
    written = {name: {**rule(when, value), "tier": "only"} for name, when in rules.items()}
    values = {each: each for each in (value, "other")}
    return {
        "hit_policy": "priority",
        "tiers": ["only"],
        "values": values,
        "otherwise": "other",
        "rules": written,
    }


def remedied(facts: dict[str, Any], when: dict[str, Any], beside: dict[str, Any], **more: Any) -> Engine:
    """Return an engine whose remedy is `v1` where *when* holds, else `v0`."""
    remedy = {**two_valued("v1", only=when), "values": "remedies", "otherwise": "v0"}
    return Engine(rule_base(facts, {**beside, "remedy": remedy}, remedies=REMEDIES, **more))


def could_become(engine: Engine, fact: str) -> tuple[str, ...]:
    verdict = engine.decide({})
    assert verdict.remedy == "v0"
    return next(each.could_become for each in verdict.assumptions if each.fact == fact)


def test_what_a_constraint_ruled_out_may_be_once_the_fact_that_it_reads_has_changed() -> None:
    """With `calm` as assumed they are never late; without it they may be, and that changes the remedy."""
    engine = remedied(
        {"late": FLAG, "calm": {**FLAG, "assume": True}},
        {"lateness": "so", "calm": False},
        {"lateness": two_valued("so", late={"late": True})},
        constraints={"calm": {"never": {"calm": True, "late": True}, "because": "so", "sources": ["S"]}},
    )
    assert could_become(engine, "calm") == ("v1",)


def test_an_open_decision_that_still_comes_to_the_same_values_may_do_so_in_other_cases() -> None:
    """`agrees` is yes or no before and after; but it goes with `late` in one and against it in the other."""
    engine = remedied(
        {"late": FLAG, "calm": {**FLAG, "assume": True}},
        {"odd": "so"},
        {
            "agrees": two_valued(
                "so", calm={"calm": True, "late": True}, cross={"calm": False, "late": False}
            ),
            "odd": two_valued("so", only={"agrees": "so", "late": False}),
        },
    )
    assert could_become(engine, "calm") == ("v1",)
