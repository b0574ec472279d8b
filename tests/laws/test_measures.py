"""Measures are exact, rounded only where they say so, and three-valued only in their logic."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from amends.engine.api import Engine
from amends.engine.diagnostics import Code, InputError
from amends.engine.rulebase import RuleBase
from tests.support.executors import agreed, by_memory, stating
from tests.support.texts import FLAG, collecting, rule, rule_base
from tests.support.written import Given, Yaml

AMOUNT = {"kind": "money", "lowest": -10, "highest": 10}


def money(formula: str, unit: float) -> Yaml:
    return {"kind": "money", "formula": formula, "round": unit}


@pytest.mark.parametrize(
    ("amount", "unit", "rounded"),
    [("2.5", 1, "3"), ("2.49", 1, "2"), ("-2.5", 1, "-2"), ("1.25", 0.5, "1.5"), ("1.24", 0.5, "1")],
)
def test_half_a_unit_is_rounded_up(amount: str, unit: float, rounded: str) -> None:
    rulebase = rule_base({"a": AMOUNT}, {"d": collecting({"m": 0})}, measures={"m": money("a", unit)})
    assert by_memory(rulebase, stating(a=Fraction(amount))).measures["m"] == Fraction(rounded)


def test_a_rounded_measure_is_rounded_wherever_it_is_read() -> None:
    rulebase = rule_base(
        {"a": AMOUNT},
        {"d": collecting({"m": "3 EUR"}, {"twice": {"more_than": "5 EUR"}})},
        measures={"m": money("a", 1), "twice": {"kind": "money", "formula": "m + m"}},
    )
    trace = agreed(rulebase, stating(a=Fraction("2.5")))
    assert trace.outcomes["d"].value == frozenset({"v0", "v1"})


def test_a_divisor_that_only_rounding_makes_zero_is_refused() -> None:
    measures = {"m": money("max(a, 0.01)", 1), "ratio": {"formula": "1 / m"}}
    with pytest.raises(InputError) as refused:
        rule_base({"a": AMOUNT}, {"d": collecting({"ratio": 1})}, measures=measures)
    assert [found.code for found in refused.value.diagnostics] == [Code.DIVISION_BY_ZERO]


def test_a_constant_that_only_rounding_makes_possible_can_be_compared() -> None:
    measures = {"m": money("a / 4", 1)}
    rulebase = rule_base({"a": AMOUNT}, {"d": collecting({"m": "3 EUR"})}, measures=measures)
    assert agreed(rulebase, stating(a=Fraction(10))).outcomes["d"].value == frozenset({"v0"})


def test_a_constraint_reads_the_rounded_measure_too() -> None:
    remedies = {"v0": {"title": "do it", "sources": ["S"]}}
    decision = {"hit_policy": "any", "values": "remedies", "rules": {"r": rule("always", "v0")}}
    rulebase = rule_base(
        {"a": AMOUNT},
        {"remedy": decision},
        measures={"m": money("a", 1)},
        remedies=remedies,
        constraints={"no-three": {"never": {"m": "3 EUR"}, "because": "no", "sources": ["S"]}},
    )
    engine = Engine(rulebase)
    assert engine.decide({"a": "2.49"}).remedy == "v0"
    with pytest.raises(InputError) as refused:
        engine.decide({"a": "2.50"})
    assert [found.code for found in refused.value.diagnostics] == [Code.BROKEN_CONSTRAINT]


@pytest.mark.parametrize(
    ("formula", "flag", "value"),
    [
        ("(n < 1) and f", False, False),
        ("(n < 1) and f", True, None),
        ("(n < 1) or f", True, True),
        ("(n < 1) or f", False, None),
        ("not (n < 1)", True, None),
        ("n - n < 1", True, None),
    ],
)
@pytest.mark.parametrize("lacking", ["unstated", "uncovered"])
def test_only_logic_can_do_without_one_of_its_parts(
    formula: str, flag: bool, value: bool | None, lacking: str
) -> None:
    rulebase = reading_what_lacks(formula, lacking)
    trace = agreed(rulebase, Given({"f": flag}, frozenset({"f"})))
    assert trace.measures["m"] is value


def reading_what_lacks(formula: str, lacking: str) -> RuleBase:
    """Return a rule base whose measure reads `n`, a fact not stated or a decision that no rule covers."""
    facts: dict[str, Any] = {"f": FLAG}
    decisions: dict[str, Yaml] = {"d": collecting({"m": True})}
    if lacking == "unstated":
        facts["n"] = {"kind": "count", "highest": 3}
    else:
        decisions["n"] = {"hit_policy": "unique", "lowest": 0, "highest": 3, "rules": {}}
    return rule_base(facts, decisions, measures={"m": {"kind": "flag", "formula": formula}})


def test_a_decision_that_reads_a_measure_of_what_no_rule_covers_has_no_value() -> None:
    rulebase = reading_what_lacks("(n < 1) and f", "uncovered")
    outcome = agreed(rulebase, stating(f=False)).outcomes["d"]
    assert outcome.has_no_value
    assert outcome.blocked_by == "n"
