"""The exact reading: what every completion agrees on is decided, and what none allows is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.engine import Engine
from amends.engine.chain.outcome import Lack
from amends.engine.diagnostics import Code, InputError
from amends.engine.diagram import contradicting, partings, read_exactly
from tests.support import naive
from tests.support.examples import moderately
from tests.support.executors import by_memory
from tests.support.strategies import cases, rule_bases
from tests.support.texts import FLAG, choice, names, rule, rule_base

pytestmark = pytest.mark.proofs

REMEDIES = {name: {"title": name, "sources": ["S"]} for name in names(3)}


def base(facts: dict[str, Any], rules: dict[str, Any], **more: Any) -> Engine:
    decision = {"hit_policy": "any", "values": "remedies", "rules": rules}
    return Engine(rule_base(facts, {"remedy": decision}, remedies=REMEDIES, **more))


BOTH_WAYS = {"yes": rule({"late": True}, "v0"), "no": rule({"late": False}, "v0")}


def test_a_fact_that_changes_nothing_keeps_nothing_open() -> None:
    """Rule by rule neither surely speaks; but late or not, the remedy is one."""
    engine = base({"late": FLAG}, BOTH_WAYS)
    verdict = engine.decide({})
    assert (verdict.status, verdict.remedy, verdict.reading) == ("decided", "v0", "exact")
    assert verdict.open == ()
    assert verdict.undecided == ("remedy/no", "remedy/yes"), (
        "what the chain could not tell stays in the trace"
    )


def test_a_fact_is_asked_for_only_where_two_completions_part() -> None:
    rules = {**BOTH_WAYS, "hurt": rule({"hurt": True, "late": True}, "v1")}
    decision = {"hit_policy": "priority", "tiers": ["first", "last"], "values": "remedies"}
    decision["rules"] = {
        name: {**each, "tier": "first" if name == "hurt" else "last"} for name, each in rules.items()
    }
    engine = Engine(rule_base({"late": FLAG, "hurt": FLAG}, {"remedy": decision}, remedies=REMEDIES))
    assert {(fact.fact, fact.could_become) for fact in engine.decide({}).open} == {
        ("late", ("v0", "v1")),
        ("hurt", ("v0", "v1")),
    }
    assert [fact.fact for fact in engine.decide({"late": "true"}).open] == ["hurt"]
    assert engine.decide({"late": "false"}).remedy == "v0", "then nobody need ask who was hurt"


def test_a_constraint_leaves_out_what_cannot_be() -> None:
    """Unpaid work has no refund to talk of, so what paid work would get is no candidate."""
    facts = {"paid": FLAG, "kind": choice(2)}
    rules = {
        "paid": rule({"paid": True, "kind": "v0"}, "v0"),
        "unpaid": rule({"any": [{"paid": False}, {"kind": "v1"}]}, "v1"),
    }
    constraints = {"unpaid": {"never": {"paid": True, "kind": "v0"}, "because": "no", "sources": ["S"]}}
    assert base(facts, rules).decide({"kind": "v0"}).status == "open"
    assert base(facts, rules, constraints=constraints).decide({"kind": "v0"}).remedy == "v1"


def two_that_leave_nothing(*, assume: bool) -> Engine:
    """Whatever `paid` is, one of two constraints is broken once `kind` is v0."""
    facts = {"paid": FLAG, "kind": {**choice(2), **({"assume": "v0"} if assume else {})}}
    rules = {"one": rule({"kind": "v0"}, "v0"), "other": rule({"kind": "v1"}, "v1")}
    constraints = {
        "paid-so": {"never": {"paid": True, "kind": "v0"}, "because": "Paid means v1.", "sources": ["S"]},
        "unpaid-so": {
            "never": {"paid": False, "kind": "v0"},
            "because": "Unpaid means v1.",
            "sources": ["S"],
        },
        "beside": {"never": {"paid": True, "kind": "v1"}, "because": "A third one.", "sources": ["S"]},
    }
    return base(facts, rules, constraints=constraints)


def test_facts_that_leave_no_case_at_all_are_refused_with_the_constraints_that_do_it() -> None:
    with pytest.raises(InputError) as refused:
        two_that_leave_nothing(assume=False).decide({"kind": "v0"})
    (found,) = refused.value.diagnostics
    assert found.code is Code.BROKEN_CONSTRAINT
    assert found.message == "these facts cannot all be true, whatever else is: paid so; or unpaid so"
    assert found.help == "Paid means v1. Unpaid means v1."


def test_an_assumption_that_leaves_no_case_is_withdrawn() -> None:
    verdict = two_that_leave_nothing(assume=True).decide({})
    assert verdict.withdrawn == ("kind",)
    assert verdict.remedy == "v1", "which is what is left"


def test_measures_are_narrowed_by_what_is_known() -> None:
    """Three hours of work do not fit into what is at most two, however little of it is left."""
    facts = {
        "needed": {"kind": "number", "decimals": 2, "lowest": 0, "highest": 100},
        "left": {"kind": "number", "decimals": 2, "lowest": 0, "highest": 2},
    }
    rules = {"fits": rule({"in_time": True}, "v0"), "late": rule({"in_time": False}, "v1")}
    engine = base(facts, rules, measures={"in_time": {"formula": "needed <= left"}})
    assert engine.decide({"needed": 3}).remedy == "v1"
    assert engine.decide({"needed": 1}).status == "open"


@moderately
@given(st.data())
def test_what_is_asked_for_is_what_parts_two_completions(data: st.DataObject) -> None:
    """Against every completion: two that differ in one fact alone, and end differently."""
    rulebase = data.draw(rule_bases().filter(lambda found: not found.measures))
    case = data.draw(cases(rulebase))
    exact = read_exactly(rulebase, case.facts, case.stated, by_memory(rulebase, case))
    assert contradicting(exact) == ()
    completions = [tuple(sorted(facts.items())) for facts in naive.completions(rulebase, case.facts)]
    endings = {facts: naive.evaluate(rulebase, dict(facts), case.stated).decisions for facts in completions}
    for name, decision in rulebase.decisions.items():
        if decision.hit_policy == "collect":
            continue
        found = partings(exact, name)
        assert found is not None
        expected: dict[str, set[str]] = {}
        for missing in rulebase.facts.keys() - case.facts.keys():
            groups: dict[object, set[str]] = {}
            for facts in completions:
                others = tuple(item for item in facts if item[0] != missing)
                groups.setdefault(others, set()).add(written(endings[facts][name]))
            parted = [ends for ends in groups.values() if len(ends) > 1]
            if parted:
                expected[missing] = set().union(*parted)
        assert {one.fact: set(one.could_become) for one in found} == expected


def written(ending: naive.Ending) -> str:
    return str(Lack(ending.value)) if isinstance(ending, naive.NoValue) else str(ending)
