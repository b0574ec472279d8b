"""A `collect sum` keeps its bounds, and no more sums than a run can keep apart; else it is refused."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import pytest

from amends.engine.diagnostics import Code, InputError
from amends.engine.loading.decisions import MOST_SUMS
from amends.engine.rulebase import RuleBase
from tests.support.executors import by_memory
from tests.support.texts import FLAG, rule, rule_base
from tests.support.written import Given, Yaml

UNSTATED = Given({}, frozenset())


def summing(numbers: Iterable[int], **bounds: int) -> RuleBase:
    added = list(numbers)
    facts = {f"f{at}": FLAG for at in range(len(added))}
    rules = {f"r{at}": rule({f"f{at}": True}, number) for at, number in enumerate(added)}
    decision: Yaml = {"hit_policy": "collect sum", "rules": rules, **bounds}
    return rule_base(facts, {"total": decision})


def codes(numbers: Iterable[int], **bounds: int) -> list[Code]:
    with pytest.raises(InputError) as refused:
        summing(numbers, **bounds)
    return [found.code for found in refused.value.diagnostics]


def test_twelve_rules_have_few_enough_sums_and_all_are_candidates() -> None:
    outcome = by_memory(summing(2**at for at in range(12)), UNSTATED).outcomes["total"]
    assert outcome.found == frozenset(Fraction(total) for total in range(2**12))


def test_rules_with_too_many_different_sums_are_refused() -> None:
    assert MOST_SUMS < 2**13
    assert codes(2**at for at in range(13)) == [Code.TOO_LARGE_FOR_THE_CHAIN]


def test_many_rules_that_add_the_same_numbers_have_few_sums() -> None:
    outcome = by_memory(summing([1, 2] * 30), UNSTATED).outcomes["total"]
    assert outcome.found == frozenset(Fraction(total) for total in range(91))


@pytest.mark.parametrize(
    ("numbers", "bounds"),
    [([2, 2], {"highest": 3}), ([-1, -1], {"lowest": -1}), ([1], {"lowest": 1})],
    ids=["above", "below", "of nothing"],
)
def test_a_sum_that_can_leave_its_bounds_is_refused(numbers: list[int], bounds: dict[str, int]) -> None:
    assert codes(numbers, **bounds) == [Code.OUT_OF_BOUNDS]
