"""Both executors over one rule base, and the law that they leave the same trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from amends.engine.chain import run
from amends.engine.chain.memory import WorkingMemory
from amends.engine.chain.outcome import Trace
from amends.engine.network import strata
from amends.engine.rulebase import RuleBase, Value
from tests.support.written import Given


def durable() -> Any:
    """Return the module behind which durable_rules is met; skip the test where it cannot be."""
    return pytest.importorskip("amends.engine.chain.durable", exc_type=ImportError)


@contextmanager
def durable_rules(rulebase: RuleBase) -> Iterator[Any]:
    """Yield durable_rules over *rulebase*, and give its memory back."""
    executor = durable().DurableRules(rulebase, strata(rulebase))
    try:
        yield executor
    finally:
        executor.close()


def stating(**facts: Value) -> Given:
    """Return the case that states *facts*."""
    return Given(facts, frozenset(facts))


def by_memory(rulebase: RuleBase, case: Given) -> Trace:
    return run(rulebase, case.facts, case.stated, WorkingMemory(rulebase, strata(rulebase)))


def check_agreement(rulebase: RuleBase, executor: Any, case: Given) -> Trace:
    """Return the trace of *case*, having asserted that the working memory leaves the same."""
    trace = run(rulebase, case.facts, case.stated, executor)
    assert replace(trace, executor="working_memory") == by_memory(rulebase, case)
    return trace


def agreed(rulebase: RuleBase, case: Given) -> Trace:
    """Do what `check_agreement` does, with an executor for this case alone."""
    with durable_rules(rulebase) as executor:
        return check_agreement(rulebase, executor, case)


def fired(trace: Trace) -> set[str]:
    return {each.rule.path for each in trace.fired}


def decided(trace: Trace) -> Mapping[str, Value | None]:
    return {name: outcome.value for name, outcome in trace.outcomes.items()}
