"""What durable_rules cannot carry is split, or is a diagnostic: never a hang or a crash.

The limits were found by crashing it: a failure here may end the process.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from amends.engine.chain import check_limits, run
from amends.engine.chain.joins import RULES_A_SET
from amends.engine.diagnostics import Code, InputError, Problems
from amends.engine.rulebase import RuleBase
from tests.support.executors import agreed, check_agreement, durable, durable_rules, fired, stating
from tests.support.texts import FLAG, choice, collecting, names, rule, rule_base
from tests.support.written import Given

UNSTATED = Given({}, frozenset())


@pytest.fixture(autouse=True, scope="module")
def _the_library() -> None:
    durable()


def refusals(rulebase: RuleBase) -> list[Code]:
    problems = Problems()
    check_limits(rulebase, problems)
    assert all(found.primary is not None and found.help for found in problems.found)
    return [found.code for found in problems.found]


def test_three_hundred_rules_on_one_pattern_all_fire() -> None:
    rulebase = rule_base({"x": choice(2)}, {"d": collecting(*[{"x": "v0"}] * 300)})
    with durable_rules(rulebase) as executor:
        assert len(fired(check_agreement(rulebase, executor, stating(x="v0")))) == 300
        sizes = [len(ruleset.get_definition()) for ruleset in executor._host._ruleset_list]
    assert max(sizes) <= RULES_A_SET + 1


def test_rules_that_begin_with_the_same_choice_do_not_pile_up() -> None:
    conditions = [{"x": ["v0", "v1"], "y": f"v{at}"} for at in range(150)]
    rulebase = rule_base({"x": choice(3), "y": choice(150)}, {"d": collecting(*conditions)})
    assert fired(agreed(rulebase, stating(x="v0", y="v7"))) == {"d/r7"}
    assert len(agreed(rulebase, stating(x="v0")).undecided) == 150


def test_a_case_with_more_properties_than_the_library_takes_is_shown_a_part_at_a_time() -> None:
    facts = {f"f{at}": FLAG for at in range(300)}
    rulebase = rule_base(facts, {"d": collecting(*({name: True} for name in facts))})
    assert len(fired(agreed(rulebase, stating(**dict.fromkeys(facts, True))))) == 300


def test_a_rule_of_many_conditions_is_joined_from_several_patterns() -> None:
    facts = {f"f{at}": choice(3) for at in range(20)}
    rulebase = rule_base(facts, {"d": collecting({name: ["v0", "v1"] for name in facts})})
    stated = dict.fromkeys(facts, "v1")
    assert fired(agreed(rulebase, stating(**stated))) == {"d/r0"}
    assert fired(agreed(rulebase, stating(**{**stated, "f19": "v2"}))) == set()
    assert agreed(rulebase, UNSTATED).undecided == ("d/r0",)


def test_a_rule_that_can_hold_in_many_ways_does_not_fire_once_for_each() -> None:
    every = {"kind": "set", "values": names(6)}
    rulebase = rule_base(
        {f"s{at}": every for at in range(6)},
        {"d": collecting({f"s{at}": {"has_any": list(every["values"])} for at in range(6)})},
    )
    noted: list[str] = []
    with durable_rules(rulebase) as executor:
        note = executor._host.note

        def count(path: str) -> None:
            noted.append(path)
            note(path)

        executor._host.note = count
        case = stating(**{f"s{at}": frozenset(every["values"]) for at in range(6)})
        assert fired(check_agreement(rulebase, executor, case)) == {"d/r0"}
    assert len(noted) < 6**6, "each way through the alternatives would be a firing of its own"


def test_as_many_values_and_constants_as_the_library_can_tell_apart_are_told_apart() -> None:
    rulebase = rule_base(
        {"x": choice(200), "n": {"kind": "count", "highest": 999}},
        {
            "d": collecting(*({"x": f"v{at}"} for at in range(200))),
            "e": collecting(*({"n": {"at_least": at + 1}} for at in range(110))),
        },
    )
    trace = agreed(rulebase, stating(x="v137", n=Fraction(70)))
    assert fired(trace) == {"d/r137", *(f"e/r{at}" for at in range(70))}
    assert refusals(rulebase) == []


@pytest.mark.parametrize(
    ("fact", "conditions"),
    [
        (choice(520), [{"f": "v0"}]),
        ({"kind": "count", "highest": 999}, [{"f": {"at_least": at + 1}} for at in range(130)]),
    ],
    ids=["values", "constants"],
)
def test_more_values_and_constants_than_that_are_a_diagnostic(fact: Any, conditions: list[Any]) -> None:
    assert refusals(rule_base({"f": fact}, {"d": collecting(*conditions)})) == [Code.TOO_LARGE_FOR_THE_CHAIN]


def many_decisions(count: int, when: Any) -> RuleBase:
    decision = {"hit_policy": "unique", "values": names(2), "otherwise": "v1"}
    decisions = {f"d{at}": {**decision, "rules": {"r": rule({"x": "v0"}, "v0")}} for at in range(count)}
    return rule_base({"x": choice(2)}, {**decisions, "last": collecting(when)})


def test_a_rule_reads_as_many_decisions_as_the_library_can_join_and_no_more() -> None:
    rulebase = many_decisions(14, {f"d{at}": "v0" for at in range(14)})
    assert refusals(rulebase) == []
    assert "last/r0" in fired(agreed(rulebase, stating(x="v0")))
    assert "last/r0" in agreed(rulebase, UNSTATED).undecided
    too_many = many_decisions(16, {f"d{at}": "v0" for at in range(16)})
    assert refusals(too_many) == [Code.TOO_LARGE_FOR_THE_CHAIN]


def test_a_rule_that_falls_apart_into_too_many_alternatives_is_a_diagnostic_and_no_hang() -> None:
    across = [{"any": [{f"d{at}": "v0"}, {f"d{at + 1}": "v0"}]} for at in range(24)]
    assert refusals(many_decisions(25, {"all": across})) == [Code.TOO_LARGE_FOR_THE_CHAIN]


def test_what_is_too_large_is_a_diagnostic_even_where_nobody_checked_first() -> None:
    rulebase = many_decisions(16, {f"d{at}": "v0" for at in range(16)})
    with durable_rules(rulebase) as executor, pytest.raises(InputError, match="too-large-for-the-chain"):
        run(rulebase, {"x": "v0"}, {"x"}, executor)
