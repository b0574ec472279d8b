"""Mutants that no stored case notices: proved to change nothing, or shown with a case that would notice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec

from amends.engine.audit.circuit import Ends, TooManyValues
from amends.engine.audit.goals import Goals, Met
from amends.engine.audit.prover import Found, Prover
from amends.engine.audit.solver import OutOfTime
from amends.engine.audit.witness import NO_CLOCK
from amends.engine.case import Case
from amends.engine.chain.outcome import Outcome, Trace
from amends.engine.compare.locally import by_itself
from amends.engine.compare.words import end_words
from amends.engine.deciding import AVOID, COMPANIONS
from amends.engine.diagnostics import InputError
from amends.engine.diagram.forest import MOST_NODES
from amends.engine.exercise.about import expected
from amends.engine.exercise.judged import Judged, Kill, State
from amends.engine.exercise.killing import Tried
from amends.engine.exercise.mutants import Mutant
from amends.engine.exercise.playing import Played, played_case
from amends.engine.exercise.small import (
    NO_NUMBERS,
    NO_TIME,
    NOT_FOUND,
    UNWRITTEN,
    Facts,
    candidates,
    prover_of,
)
from amends.engine.exercise.twins import Twin, Twins, beside, parted
from amends.engine.rulebase import RuleBase
from amends.engine.truth import Members
from amends.engine.values import words

NO_VALUE = "it shows only where the decision has no value, of which a case can expect nothing"

VALUE, LACK = "value", "lack"


def judge(
    rulebase: RuleBase, mutants: tuple[Mutant, ...], *, is_shown: bool, deadline: float | None
) -> Iterator[Judged]:
    """Yield whether each of *mutants*, all of one decision, is proved equivalent or survives.

    Where *is_shown*, a survivor comes with a case that would kill it.
    """
    alike: frozenset[Mutant] = frozenset()
    try:
        alike = _alike_by_themselves(rulebase, mutants, deadline)
        left = [mutant for mutant in mutants if mutant not in alike]
        twins = beside(rulebase, left)
        prover = prover_of(twins.rulebase, deadline)
    except (TooManyValues, OutOfTime) as error:
        why = NO_TIME if isinstance(error, OutOfTime) else f"`{error}` takes too many values"
        yield from (Judged(mutant, State.UNDECIDED, why=why) for mutant in mutants)
        return
    yield from (Judged(mutant, State.EQUIVALENT) for mutant in mutants if mutant in alike)
    try:
        goals = _asked(prover, twins)
        for mutant in left:
            yield _judged(rulebase, prover, goals, mutant, twins.of[mutant], is_shown=is_shown)
    finally:
        prover.solver.close()


def _asked(prover: Prover, twins: Twins) -> Goals:
    goals = Goals(prover)
    ends = prover.circuit.ends
    for mutant, twin in twins.of.items():
        value, lack = parted(prover.clauses, twin, ends[twin.decision], ends[twin.name])
        goals.add((mutant, VALUE), value)
        goals.add((mutant, LACK), lack)
    goals.settle()
    return goals


def _alike_by_themselves(
    rulebase: RuleBase, mutants: tuple[Mutant, ...], deadline: float | None
) -> frozenset[Mutant]:
    """Return the mutants that change nothing whatever the decision reads; none where a solver is installed.

    A solver says the same of every possible case as quickly; diagrams of the whole may grow too large.
    """
    if find_spec("pysat") is not None:
        return frozenset()
    alone = by_itself(rulebase, mutants[0].rule.decision)
    twins = beside(alone, mutants)
    prover = Prover(twins.rulebase, deadline, by_diagrams=MOST_NODES)
    met = _asked(prover, twins).met
    return frozenset(mutant for mutant in mutants if {met[mutant, VALUE], met[mutant, LACK]} == {Met.NEVER})


def _judged(
    rulebase: RuleBase, prover: Prover, goals: Goals, mutant: Mutant, twin: Twin, *, is_shown: bool
) -> Judged:
    value, lack = goals.met[mutant, VALUE], goals.met[mutant, LACK]
    if value is Met.YES:
        if not is_shown:
            return Judged(mutant, State.SURVIVED)
        try:
            kill = _kill(rulebase, prover, goals.signals[mutant, VALUE], mutant, twin)
        except OutOfTime:
            return Judged(mutant, State.SURVIVED, why=NO_TIME)
        return Judged(mutant, State.SURVIVED, kill=kill, why=None if kill else NOT_FOUND)
    if Met.OPEN in (value, lack):
        return Judged(mutant, State.UNDECIDED, why=NO_TIME)
    if Met.UNCLEAR in (value, lack):
        return Judged(mutant, State.UNDECIDED, why=NO_NUMBERS)
    if lack is Met.YES:
        return Judged(mutant, State.SURVIVED, why=NO_VALUE)
    return Judged(mutant, State.EQUIVALENT)


def _kill(
    rulebase: RuleBase, prover: Prover, wanted: Sequence[int], mutant: Mutant, twin: Twin
) -> Kill | None:
    """Return the smallest case found that is as expected and fails with the mutant, replayed with both."""

    def shows(trace: Trace, _: Facts) -> bool:
        return twin.parts(trace.outcomes[twin.decision], trace.outcomes[twin.name])

    def settles(found: Found) -> list[int]:
        return _as_in(prover.circuit.ends[twin.decision], twin, found)

    tried = Tried(rulebase, mutant)
    for facts in candidates(prover, wanted, (twin.decision, twin.name), shows, settles):
        played = expecting(rulebase, facts, twin)
        if played is not None and tried.does_fail(played):
            return _told(rulebase, played, facts, tried, twin)
    return None


def _as_in(ends: Ends, twin: Twin, found: Found) -> list[int]:
    """Return the signals that hold a decision to how it ends in a case, as far as a case expects it."""
    members = ends.members
    if twin.members is not None and twin.decision in (COMPANIONS, AVOID):
        members = {name: signal for name, signal in members.items() if name in twin.members}
    return [
        signal if found.model.has(signal) else -signal
        for signal in (*members.values(), *ends.values.values())
    ]


def expecting(rulebase: RuleBase, facts: Facts, twin: Twin) -> Played | None:
    """Return a case that states *facts* and expects of the decision what it comes to; None if it is open."""
    try:
        played = played_case(rulebase, UNWRITTEN, Case(facts, NO_CLOCK))
    except InputError:
        return None
    expect = expected(played.exact.trace.outcomes[twin.decision], twin.members)
    return None if expect is None else replace(played, case=replace(played.case, expect=expect))


def _told(rulebase: RuleBase, played: Played, facts: Facts, tried: Tried, twin: Twin) -> Kill:
    before = played.exact.trace.outcomes[twin.decision]
    after = tried.outcome(played)
    assert played.case.expect is not None
    return Kill(
        facts=facts,
        expect=played.case.expect,
        before=_end(rulebase, before, twin.members),
        after=_end(rulebase, after, twin.members),
        deciding=before.deciding,
    )


def _end(rulebase: RuleBase, outcome: Outcome, members: frozenset[str] | None) -> str:
    domain = rulebase.domain(outcome.decision)
    if isinstance(outcome.found, Members):
        return words(outcome.found.sure & (members or frozenset()), domain)
    if outcome.value is not None:
        return words(outcome.value, domain)
    if outcome.has_no_value:
        return end_words(min(outcome.lacks), domain)
    return " or ".join(sorted(words(value, domain) for value in outcome.candidates))
