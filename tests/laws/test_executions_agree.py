"""The law of the engine: durable_rules, the working memory and the naive reader say the same.

On a complete case all three agree on every decision, measure and firing rule. On an
incomplete one the chain's cautious reading contains how every completion ends.
"""

from __future__ import annotations

import pytest
from hypothesis import given, note, reject
from hypothesis import strategies as st

from amends.engine.chain import joins, limits
from amends.engine.chain.outcome import Lack, Outcome, Trace
from amends.engine.truth import Members
from tests.support import naive
from tests.support.examples import moderately
from tests.support.executors import by_memory, check_agreement, durable_rules
from tests.support.strategies import cases, rule_bases

CASES_A_RULE_BASE = 3
"""Drawing a rule base costs more than running it."""


@moderately
@given(st.data())
def test_durable_rules_and_the_working_memory_leave_the_same_trace(data: st.DataObject) -> None:
    rulebase = data.draw(rule_bases())
    with durable_rules(rulebase) as executor:
        for complete in (True, *[False] * (CASES_A_RULE_BASE - 1)):
            case = data.draw(cases(rulebase, complete=complete))
            check_agreement(rulebase, executor, case)


@moderately
@given(st.data())
def test_conditions_too_large_for_the_library_fall_apart_without_a_change_of_meaning(
    data: st.DataObject,
) -> None:
    rulebase = data.draw(rule_bases())
    with pytest.MonkeyPatch.context() as patch:
        # As if durable_rules could carry next to nothing, every condition is split and packed.
        patch.setattr(limits, "MOST_EXPRESSIONS", 2)
        patch.setattr(limits, "MOST_WAYS", 2)
        patch.setattr(joins, "RULES_A_SET", 2)
        try:
            with durable_rules(rulebase) as executor:
                executor.load()
                for _ in range(CASES_A_RULE_BASE):
                    check_agreement(rulebase, executor, data.draw(cases(rulebase)))
        except joins.LimitError:
            reject()


@moderately
@given(st.data())
def test_a_complete_case_ends_as_the_naive_reader_says(data: st.DataObject) -> None:
    rulebase = data.draw(rule_bases())
    for _ in range(CASES_A_RULE_BASE):
        case = data.draw(cases(rulebase, complete=True))
        trace = by_memory(rulebase, case)
        endings = naive.evaluate(rulebase, case.facts, case.stated)
        assert {name: ending_of(outcome) for name, outcome in trace.outcomes.items()} == endings.decisions
        assert trace.measures == endings.measures
        assert {fired.rule.path for fired in trace.fired} == firing(endings)
        assert trace.undecided == ()


@moderately
@given(st.data())
def test_the_cautious_reading_contains_how_every_completion_ends(data: st.DataObject) -> None:
    rulebase = data.draw(rule_bases())
    for _ in range(CASES_A_RULE_BASE):
        case = data.draw(cases(rulebase))
        trace = by_memory(rulebase, case)
        completions = naive.exact(rulebase, case.facts, case.stated)
        assert completions, "an incomplete case can be completed"
        for endings in completions:
            check_contained(trace, endings)


def check_contained(trace: Trace, endings: naive.Endings) -> None:
    """Assert that *trace* allows *endings*, and rules out whatever it says it rules out."""
    for name, ending in endings.decisions.items():
        outcome = trace.outcomes[name]
        note(f"{name}: {outcome} and {ending}")
        assert is_allowed(outcome, ending)
        assert not outcome.has_no_value or isinstance(ending, naive.NoValue)
        assert not outcome.is_settled or outcome.value == ending
        if ending != naive.NoValue.BLOCKED:
            sure = {fired.rule.path for fired in trace.fired if fired.rule.decision == name}
            assert sure <= set(endings.firing[name]) <= sure | set(trace.undecided)
    for name, value in trace.measures.items():
        is_lacking = any(isinstance(ending, naive.NoValue) for ending in endings.decisions.values())
        note(f"{name}: {value} and {endings.measures[name]}")
        assert value is None or value == endings.measures[name] or is_lacking


def is_allowed(outcome: Outcome, ending: naive.Ending) -> bool:
    """True if *outcome* leaves room for *ending*."""
    if isinstance(ending, naive.NoValue):
        return Lack(ending.value) in outcome.lacks
    if isinstance(outcome.found, Members):
        return isinstance(ending, frozenset) and outcome.found.sure <= ending <= outcome.found.possible
    return ending in outcome.found


def ending_of(outcome: Outcome) -> naive.Ending | None:
    """Return how a decision of a complete case ended; None if it was left open."""
    if outcome.has_no_value and len(outcome.lacks) == 1:
        return naive.NoValue(next(iter(outcome.lacks)).value)
    return outcome.value


def firing(endings: naive.Endings) -> set[str]:
    return {path for paths in endings.firing.values() for path in paths}
