"""Reasons and changes by brute force: every subset of facts, every change, every completion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import combinations, product

from amends.engine.case import Case
from amends.engine.diagnostics import Problems
from amends.engine.reasons import Standing, standing
from amends.engine.rulebase import RuleBase, Value
from tests.support import naive

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)

Change = tuple[tuple[str, Value], ...]


def stand(rulebase: RuleBase, decision: str = "remedy", **facts: Value) -> Standing:
    """Return where the case that states *facts* stands."""
    return standing(rulebase, Case(facts, NOW), Problems(), decision)


def is_possible(rulebase: RuleBase, facts: Mapping[str, Value], known: frozenset[str]) -> bool:
    """Return whether a complete case breaks no constraint."""
    reader = naive._Reader(rulebase, facts, known)
    return not any(reader.holds(constraint.never) for constraint in rulebase.constraints.values())


def endings(
    rulebase: RuleBase, facts: Mapping[str, Value], known: frozenset[str], decision: str
) -> set[naive.Ending]:
    """Return how *decision* ends over all completions that break no constraint."""
    return {
        naive.evaluate(rulebase, completed, known).decisions[decision]
        for completed in naive.completions(rulebase, facts)
        if is_possible(rulebase, completed, known)
    }


def endings_with(at: Standing, kept: Iterable[str]) -> set[naive.Ending]:
    """Return how the decision ends if only the facts in *kept* are as in the case, stated as there."""
    rulebase, held = at.rulebase, frozenset(kept)
    facts = {name: value for name, value in at.facts.items() if name in held}
    free = sorted(rulebase.facts.keys() - held)
    found: set[naive.Ending] = set()
    for size in range(len(free) + 1):
        for also in combinations(free, size):
            known = frozenset(at.case.facts.keys() & held) | frozenset(also)
            found |= endings(rulebase, facts, known, at.decision)
    return found


def changes(at: Standing, size: int) -> Iterator[Change]:
    """Yield every change that states exactly *size* facts anew: another value, or one not stated before."""
    stated = at.case.facts
    for names in combinations(sorted(at.rulebase.facts), size):
        choices = [
            [(name, value) for value in naive.values_of(at.rulebase, at.rulebase.facts[name])]
            for name in names
        ]
        for change in product(*choices):
            if not any(name in stated and stated[name] == value for name, value in change):
                yield change


def ends_after(at: Standing, change: Mapping[str, Value]) -> naive.Ending | None:
    """Return how the decision ends after *change*; None if that stays open, or cannot be."""
    facts = {**at.facts, **change}
    known = frozenset(at.case.facts) | change.keys()
    found = endings(at.rulebase, facts, known, at.decision)
    return found.pop() if len(found) == 1 else None
