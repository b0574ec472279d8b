"""Claims about two cases that differ in one thing: what the change leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from amends.engine.chain import rerun
from amends.engine.claim import Keeps, Move, Steady
from amends.engine.claims.worked import FIGURES, Run
from amends.engine.completion import complete, constrained
from amends.engine.diagnostics import Problems
from amends.engine.network import cone
from amends.engine.rulebase import RuleBase, Value
from amends.engine.truth import Members, Reading
from amends.engine.what_if import differing, kinds_of_value


def losses(says: Steady, made: Run) -> Iterator[tuple[str, dict[str, str] | None]]:
    """Yield, for each change that can be, the name of what changes and what it did not leave alone.

    The latter is empty where all is kept, and None where it cannot be told.
    """
    for name, other in _others(says, made):
        lost = _lost(says, name, made, other)
        yield name, {name: f"{made.written(name)} → {other.written(name)}", **lost} if lost else lost


def _others(says: Steady, made: Run) -> Iterator[tuple[str, Run]]:
    """Yield the name of what changes and the case after it, for each change that can be."""
    rulebase = made.rulebase
    names = [says.subject] if says.subject else _worth_forgetting(says, made)
    for name in names:
        if name in rulebase.facts:
            for value in _changes(says.to, name, made):
                other = _after(name, value, made)
                if other is not None:
                    yield name, other
        else:
            for value in _changes(says.to, name, made):
                if value is not None:
                    yield name, _imposed(name, value, made)


def _worth_forgetting(says: Steady, made: Run) -> list[str]:
    """Return the stated facts on which what is to be kept depends at all."""
    if says.keeps is not Keeps.GATES:
        return sorted(made.case.facts)
    needed = frozenset().union(*(cone(made.rulebase, path.split("/")[0]) for path in made.gates()))
    return sorted(needed.intersection(made.case.facts))


def _changes(to: Move | Value, name: str, made: Run) -> list[Value | None]:
    found = made.look(name)
    now = _one(found)
    match to:
        case Move.UNKNOWN:
            return [None] if name in made.case.facts else []
        case Move():
            if now is None:
                return []
            others = [value for value in _possible(name, made.rulebase) if value != now]
            if to is Move.OTHER:
                return list(others)
            numbers = [value for value in others if isinstance(value, Fraction)]
            assert isinstance(now, Fraction)
            return [value for value in numbers if (value < now) is (to is Move.LOWER)]
    return [to] if now is not None and to != now else []


def _one(found: Reading) -> Value | None:
    if isinstance(found, Members):
        return found.sure if found.sure == found.possible else None
    return next(iter(found)) if found and len(found) == 1 else None


def _possible(name: str, rulebase: RuleBase) -> list[Value]:
    """Return one value of each cell of a fact; of a decision, those that its rules conclude."""
    if name in rulebase.facts:
        return kinds_of_value(rulebase, rulebase.facts[name])
    decision = rulebase.decisions[name]
    otherwise = [] if decision.otherwise is None else [decision.otherwise]
    return list(dict.fromkeys([*otherwise, *(value for rule in decision.rules for value in rule.then)]))


def _after(name: str, value: Value | None, made: Run) -> Run | None:
    """Return the case with a fact stated otherwise, or None if it cannot be."""
    problems = Problems()
    case = made.case.stating(**{name: value})
    if value is None or name in constrained(made.rulebase):
        completed = complete(made.rulebase, case, problems, assume=made.completed.assumes)
    else:
        completed = replace(made.completed, facts={**made.completed.facts, name: value})
    if problems.found:
        return None
    changed = differing(made.completed.facts, completed.facts) | {name}
    trace = rerun(made.rulebase, completed.facts, case.facts, made.trace, changed, made.read)
    return Run(made.rulebase, case, completed, trace, made.read)


def _imposed(name: str, value: Value, made: Run) -> Run:
    """Return the case with a decision given another value, and all that it reads left as it is."""
    found = Members(value, value) if isinstance(value, frozenset) else frozenset([value])
    outcome = replace(made.trace.outcomes[name], found=found, deciding=(), by_otherwise=False)
    given = replace(made.trace, outcomes={**made.trace.outcomes, name: outcome})
    facts = made.completed.facts
    trace = rerun(made.rulebase, facts, made.case.facts, given, frozenset([name]), made.read)
    return replace(made, trace=trace)


def _lost(says: Steady, name: str, made: Run, other: Run) -> dict[str, str] | None:
    """Return what the change did not leave alone, nothing if it did, None if that cannot be told."""
    match says.keeps:
        case Keeps.GATES:
            gone = [path for path in made.gates() if _is_dropped(path, name, made, other)]
            return dict.fromkeys(gone, "dropped") if made.gates() else None
        case Keeps.SAME:
            assert says.decision is not None
            return _changed(says.decision, made, other)
    before, after = made.figures(), other.figures()
    if not before or not after:
        return None
    is_more = says.keeps is Keeps.NO_MORE_MONEY
    if all(after[of] <= before[of] if is_more else after[of] >= before[of] for of in FIGURES):
        return {}
    read, now = made.money_read(), other.money_read()
    return {key: f"{read[key]} → {now[key]}" for key in read}


def _changed(decision: str, made: Run, other: Run) -> dict[str, str] | None:
    before, after = made.trace.outcomes[decision], other.trace.outcomes[decision]
    if before.value is None or (after.value is None and before.value in after.candidates):
        return None
    if before.value == after.value:
        return {}
    return {decision: f"{made.written(decision)} → {other.written(decision)}"}


def _is_dropped(path: str, forgotten: str, made: Run, other: Run) -> bool:
    """True if a gate held and no longer can, nor any other, and no warning says what would shut it."""
    decision = made.rulebase.decisions[path.split("/")[0]]
    if forgotten in other.completed.assumed and made.rulebase.facts[forgotten].stop_if is not None:
        return False
    before, after = made.trace.outcomes[decision.name], other.trace.outcomes[decision.name]
    if before.value is None or before.value in after.candidates:
        return False
    gates = [rule for rule in decision.rules if rule.tier in decision.gates]
    if after.value is not None:
        return not any(rule.path in after.deciding for rule in gates)
    return not any(value in after.candidates for rule in gates for value in rule.then)
