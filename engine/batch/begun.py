"""Rows that the kernel leaves open, from where it left them: read exactly, and told in the parts asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amends.engine.batch.column import at
from amends.engine.batch.kernel import Chunk, Kernel
from amends.engine.batch.texts import said
from amends.engine.chain.outcome import Outcome, Trace
from amends.engine.deciding import AVOID, COMPANIONS, REMEDY, members_of, possible_of, settled_of, status_of
from amends.engine.diagram import read_exactly
from amends.engine.money import BASIS, work_out
from amends.engine.rulebase import RuleBase, Value
from amends.engine.truth import Members, Reading, one_value


@dataclass(frozen=True)
class Begun:
    """A row half decided: its facts with what is assumed, those that it states, and the kernel's trace."""

    facts: Mapping[str, Value]
    stated: frozenset[str]
    currency: str | None
    trace: Trace


def begun(
    kernel: Kernel, chunk: Chunk, stated: frozenset[str], currency: str | None, row: int
) -> Begun | None:
    """Return how far *row* of *chunk* got; *stated* are the facts that it states.

    None if some decision lacks a value: what that blocks is told by the chain.
    """
    columns = chunk.columns
    values = {name: _value(columns[name].reading(row)) for name in kernel.facts}
    facts = {name: value for name, value in values.items() if value is not None}
    outcomes: dict[str, Outcome] = {}
    measures: dict[str, Value | None] = {}
    for name in (name for layer in kernel.layers for name in layer):
        if name in kernel.rulebase.measures:
            measures[name] = one_value(columns[name].reading(row))
        elif name in chunk.decisions:
            codes, table = chunk.decisions[name]
            outcomes[name] = table[at(codes, row)]
            if outcomes[name].lacks:
                return None
        else:
            found = columns[name].reading(row)
            assert isinstance(found, Members)
            outcomes[name] = Outcome(name, found)
    return Begun(facts, stated, currency, Trace("columns", (), (), outcomes, measures))


def _value(found: Reading) -> Value | None:
    if isinstance(found, Members):
        return found.sure if found.sure == found.possible else None
    return one_value(found)


def finished(rulebase: RuleBase, row: Begun, *, assume: bool, is_whole: bool) -> Mapping[str, Any] | None:
    """Return the parts of the verdict of *row*; None if it has to be decided from the start.

    That is where what is stated or assumed cannot be, or *is_whole* asks for all that is said of money
    which is open.
    """
    exact = read_exactly(rulebase, row.facts, row.stated, row.trace)
    if not exact.is_possible:
        return None
    trace = exact.trace
    remedy = trace.outcomes[REMEDY]
    money = work_out(rulebase, trace, row.facts, row.currency) if BASIS in trace.outcomes else None
    if is_whole and (money is None or money.status == "open"):
        return None
    return {
        "status": status_of(remedy, trace),
        "remedy": None if remedy.value is None else str(remedy.value),
        "possible": list(possible_of(remedy)),
        "decisions": settled_of(rulebase, trace),
        "companions": list(members_of(trace.outcomes.get(COMPANIONS))),
        "avoid": list(members_of(trace.outcomes.get(AVOID))),
        "money": money.to_json() if money is not None else {},
        "assumptions": {
            name: said(fact.assume)
            for name, fact in sorted(rulebase.facts.items())
            if assume and fact.assume is not None and name not in row.stated
        },
    }
