"""From a case to its verdict: assumptions, the chain, and what is still open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from amends.engine.advice import Advice
from amends.engine.case import Case
from amends.engine.caveats import general_information, grounds, past_review
from amends.engine.chain import Executor, run
from amends.engine.chain.outcome import Fired, Lack, Outcome, Trace
from amends.engine.completion import Completed, complete, report_broken, without_assumptions
from amends.engine.diagnostics import Code, Problems
from amends.engine.diagram import Exact, contradicting, read_exactly
from amends.engine.money import work_out
from amends.engine.plan import due_contact, next_contact, plan
from amends.engine.rulebase import RuleBase, Value
from amends.engine.truth import Members, Reading, reading
from amends.engine.values import plain, sort_key, words
from amends.engine.verdict import Plain, Reason, Verdict
from amends.engine.what_if import WhatIf

REMEDY = "remedy"
COMPANIONS = "companions"
AVOID = "avoid"


def decide(
    rulebase: RuleBase,
    case: Case,
    executor: Executor,
    problems: Problems,
    *,
    assume: bool = True,
    what_if: bool = True,
) -> Verdict:
    """Return the verdict of *case*; a case that cannot be is reported to *problems*.

    Without *what_if* it leaves out what assumed and unstated facts could change, which is
    most of the work.
    """
    completed, exact = reach(rulebase, case, executor, problems, assume=assume)
    return tell(rulebase, case, completed, exact, what_if=what_if)


def reach(
    rulebase: RuleBase, case: Case, executor: Executor, problems: Problems, *, assume: bool = True
) -> tuple[Completed, Exact]:
    """Return *case* with its assumptions, and what the chain and the diagrams make of it.

    Raises `InputError` for a case that cannot be, and for a rule base without `remedy`.
    """
    if REMEDY not in rulebase.decisions:
        help = "write a file that says `decides: remedy`, or load the folder that has one"
        problems.add(Code.MISSING_KEY, "no file decides `remedy`", help=help)
        problems.stop()
    completed = complete(rulebase, case, problems, assume=assume)
    problems.stop()
    exact = _read(rulebase, case, completed, executor)
    if not exact.is_possible:
        # No one constraint is broken, but whatever is still unknown breaks one of several.
        against = contradicting(exact)
        completed = without_assumptions(rulebase, completed, (constraint.name for constraint in against))
        exact = _read(rulebase, case, completed, executor)
        if not exact.is_possible:
            report_broken(contradicting(exact), case, rulebase, problems)
            problems.stop()
    return completed, exact


def _read(rulebase: RuleBase, case: Case, completed: Completed, executor: Executor) -> Exact:
    trace = run(rulebase, completed.facts, case.facts, executor)
    return read_exactly(rulebase, completed.facts, frozenset(case.facts), trace)


def tell(
    rulebase: RuleBase, case: Case, completed: Completed, exact: Exact, *, what_if: bool = True
) -> Verdict:
    """Return the verdict that *exact* comes to."""
    trace = exact.trace
    remedy = trace.outcomes[REMEDY]
    other = WhatIf(rulebase, case, completed, exact, REMEDY) if what_if else None
    companions = members_of(trace.outcomes.get(COMPANIONS))
    avoid = members_of(trace.outcomes.get(AVOID))
    contact = due_contact(rulebase, trace, case.now)
    chosen = tuple(_chosen(rulebase, remedy, companions))
    planned = plan((step for entry in chosen for step in entry.steps), completed.facts, case.now, contact)
    money = work_out(rulebase, trace, completed.facts, case.currency)
    rests_on = grounds(rulebase, trace, chosen, money.basis)
    return Verdict(
        status=status_of(remedy, trace),
        remedy=None if remedy.value is None else str(remedy.value),
        possible=possible_of(remedy),
        reading="cautious" if exact.unfinished else "exact",
        executor=trace.executor,
        now=case.now,
        decisions=settled_of(rulebase, trace),
        possible_decisions={
            name: _plain_candidates(outcome, rulebase, name)
            for name, outcome in sorted(trace.outcomes.items())
            if not outcome.is_settled and not outcome.has_no_value
        },
        without_value={
            name: outcome.blocked_by or min(outcome.lacks).value
            for name, outcome in sorted(trace.outcomes.items())
            if outcome.has_no_value
        },
        may_lack={
            name: tuple(sorted(lack.value for lack in outcome.lacks))
            for name, outcome in sorted(trace.outcomes.items())
            if outcome.lacks and not outcome.has_no_value
        },
        measures={
            name: plain(value, rulebase.domain(name))
            for name, value in sorted(trace.measures.items())
            if value is not None
        },
        companions=companions,
        taken_out={
            name: tuple(sorted(outcome.taken_out))
            for name, outcome in sorted(trace.outcomes.items())
            if outcome.taken_out
        },
        otherwise={
            name: rulebase.decisions[name].otherwise_because or ""
            for name, outcome in sorted(trace.outcomes.items())
            if outcome.by_otherwise and outcome.is_settled
        },
        avoid=avoid,
        steps=planned,
        money=money,
        assumptions=other.assumptions() if other else (),
        withdrawn=completed.withdrawn,
        open=other.open() if other else (),
        fired=tuple(_reason(fired, trace, rulebase) for fired in trace.fired),
        undecided=trace.undecided,
        facts={name: plain(value, rulebase.domain(name)) for name, value in sorted(case.facts.items())},
        titles=_titles(rulebase, trace, completed.facts),
        case_title=case.title,
        next_contact=next_contact(planned, trace, contact),
        general_information=general_information(rulebase, rests_on),
        past_review=past_review(rulebase, rests_on, case.now.date()),
        is_dated=case.is_dated,
    )


def status_of(remedy: Outcome, trace: Trace) -> str:
    """Return how the decision *remedy* of a run ended, in a word of the verdict."""
    if remedy.is_settled:
        return "decided"
    if not remedy.has_no_value:
        return "open"
    # What blocks it says why: rules that disagree upstream are no gap.
    cause = trace.outcomes.get(remedy.blocked_by or "", remedy)
    return "conflict" if Lack.CONFLICT in cause.lacks else "uncovered"


def possible_of(remedy: Outcome) -> tuple[str, ...]:
    """Return the remedies that are still possible, in order."""
    return tuple(str(value) for value in sorted(remedy.candidates, key=sort_key))


def settled_of(rulebase: RuleBase, trace: Trace) -> dict[str, Plain]:
    """Return the values of the decisions that have one, as JSON carries them."""
    return {
        name: plain(outcome.value, rulebase.domain(name))
        for name, outcome in sorted(trace.outcomes.items())
        if outcome.is_settled
    }


def _plain_candidates(outcome: Outcome, rulebase: RuleBase, name: str) -> tuple[Plain, ...]:
    domain = rulebase.domain(name)
    return tuple(plain(value, domain) for value in sorted(outcome.candidates, key=sort_key))


def members_of(outcome: Outcome | None) -> tuple[str, ...]:
    """Return what a collected set surely holds, in order."""
    if outcome is None or not isinstance(outcome.found, Members):
        return ()
    return tuple(sorted(outcome.found.sure))


def _chosen(rulebase: RuleBase, remedy: Outcome, companions: tuple[str, ...]) -> Iterator[Advice]:
    names = [("companions", name) for name in companions]
    names += [("remedies", str(remedy.value))] if remedy.value is not None else []
    for catalogue, name in names:
        entry = rulebase.catalogues[catalogue].get(name)
        if entry is not None:
            yield entry


def _reason(fired: Fired, trace: Trace, rulebase: RuleBase) -> Reason:
    rule = fired.rule
    domain = rulebase.domain(rule.decision)
    return Reason(
        rule=rule.path,
        decision=rule.decision,
        then=tuple(plain(value, domain) for value in rule.then),
        because=rule.because,
        sources=rule.sources,
        read={name: _plain_reading(found, rulebase, name) for name, found in fired.read.items()},
        beats=fired.beats,
        beaten_by=fired.beaten_by,
        is_deciding=rule.path in trace.outcomes[rule.decision].deciding,
    )


def _plain_reading(found: Reading, rulebase: RuleBase, name: str) -> Plain:
    if isinstance(found, Members):
        return sorted(found.sure) if found.sure == found.possible else None
    return plain(next(iter(found)), rulebase.domain(name)) if found and len(found) == 1 else None


def _titles(rulebase: RuleBase, trace: Trace, facts: Mapping[str, Value]) -> dict[str, str]:
    titles = {
        name: rulebase.title(name) for name in (*rulebase.facts, *rulebase.measures, *rulebase.decisions)
    }
    readings = [(name, reading(value)) for name, value in (*facts.items(), *trace.measures.items())]
    readings += [(name, outcome.found) for name, outcome in trace.outcomes.items()]
    for name, found in readings:
        domain = rulebase.domain(name)
        members = found.possible if isinstance(found, Members) else found or ()
        for value in members:
            titles[f"{name}={plain(value, domain)}"] = words(value, domain)
    for name, decision in rulebase.decisions.items():
        titles |= {f"{name}={value}": title for value, title in decision.domain.values.items()}
    return titles
