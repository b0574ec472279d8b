"""Cells are the form in which values reach durable_rules; a sample stands for all of its cell."""

from __future__ import annotations

from fractions import Fraction

import pytest

from amends.engine.api import Engine
from amends.engine.cells import Grid, cut
from amends.engine.diagram.space import space_of
from amends.engine.rulebase import Domain, Kind
from tests.support.executors import agreed
from tests.support.texts import collecting, names, rule, rule_base
from tests.support.written import Given

UNSTATED = Given({}, frozenset())


def grid(*cuts: int, decimals: int = 0) -> Grid:
    domain = Domain(Kind.NUMBER, decimals=decimals, lowest=Fraction(0), highest=Fraction(9))
    return Grid(domain, (), tuple(map(Fraction, cuts)))


@pytest.mark.parametrize("cuts", [(3, 6), (0, 9), (4,), (-2, 12), (2, 3)], ids=str)
@pytest.mark.parametrize("decimals", [0, 2])
def test_a_sample_lies_in_its_cell(cuts: tuple[int, ...], decimals: int) -> None:
    made = grid(*cuts, decimals=decimals)
    assert [made.cell(made.sample(cell)) for cell in range(made.size)] == list(range(made.size))


def test_a_sample_can_be_stated_where_any_value_of_its_cell_can() -> None:
    made = grid(3, 6)
    assert [made.sample(cell) for cell in range(made.size)] == [1, 3, 4, 6, 7]
    assert grid(3, 4).sample(2) == Fraction(7, 2), "no whole number lies between"


def test_a_count_that_matters_only_between_two_constants_is_open() -> None:
    between = {"n": {"more_than": 3, "less_than": 6}}
    remedies = {name: {"title": name, "sources": ["S"]} for name in names(2)}
    decision = {
        "hit_policy": "any",
        "values": "remedies",
        "otherwise": "v1",
        "rules": {"r": rule(between, "v0")},
    }
    count = {"kind": "count", "highest": 9}
    verdict = Engine(rule_base({"n": count}, {"remedy": decision}, remedies=remedies)).decide({})
    assert [(found.fact, found.could_become) for found in verdict.open] == [("n", ("v0", "v1"))]


def test_days_at_the_ends_of_the_calendar_can_be_compared() -> None:
    ends = [{"day": {"at_least": "0001-01-01"}}, {"day": {"more_than": "9999-12-31"}}]
    rulebase = rule_base({"day": {"kind": "date"}}, {"d": collecting(*ends)})
    assert agreed(rulebase, UNSTATED).undecided == ("d/r0", "d/r1")


def test_a_day_that_is_only_asked_to_be_known_has_one_cell() -> None:
    rulebase = rule_base({"day": {"kind": "date"}}, {"d": collecting({"day": {"known": False}})})
    made = cut(rulebase)["day"]
    assert made.size == 1
    assert made.cell(made.sample(0)) == 0


def test_a_parameter_outside_the_bounds_is_met_by_no_value_or_by_all() -> None:
    parameters = {"p": {"value": 12, "ours": True, "because": "it is so"}}
    rulebase = rule_base(
        {"n": {"kind": "count", "highest": 9}},
        {"d": collecting({"n": {"at_most": {"parameter": "p"}}}, {"n": {"parameter": "p"}})},
        parameters=parameters,
    )
    for value in (0, 9):
        trace = agreed(rulebase, Given({"n": Fraction(value)}, frozenset({"n"})))
        assert trace.outcomes["d"].value == frozenset({"v0"})


def test_a_measure_that_nothing_tests_cuts_nothing_of_what_it_reads() -> None:
    """A hundred counts that no rule tells apart are one cell, and not a hundred kinds of case."""
    count = {"kind": "count", "lowest": 0, "highest": 100}
    measures = {"twice": {"formula": "n + n"}}
    facts, many = {"n": count}, {"n": {"at_least": 3}}
    told = rule_base(facts, {"d": collecting(many)}, measures=measures)
    tested = rule_base(facts, {"d": collecting(many, {"twice": 8})}, measures=measures)
    assert (space_of(told).sizes, space_of(told).expanded) == ((3,), frozenset())
    assert (space_of(tested).sizes, space_of(tested).expanded) == ((101,), {"twice"})
