"""From a case to its verdict: assumptions, the chain, and what is still open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from amends.engine.case import Case
from amends.engine.chain import Executor, run
from amends.engine.chain.cells import Grid, cut
from amends.engine.chain.memory import WorkingMemory
from amends.engine.chain.outcome import Fired, Lack, Outcome, Trace
from amends.engine.diagnostics import Code, Label, Problems
from amends.engine.money import work_out
from amends.engine.network import cone, strata
from amends.engine.rulebase import Constraint, Fact, Kind, RuleBase, Value, tests
from amends.engine.truth import Members, Reading, Truth, reading, truth
from amends.engine.values import plain, sort_key, words
from amends.engine.verdict import Assumption, OpenFact, Plain, PlannedStep, Reason, Verdict

REMEDY = "remedy"
COMPANIONS = "companions"
AVOID = "avoid"


@dataclass(frozen=True, slots=True)
class Completed:
    """A case with its assumptions: the facts to run, those assumed, and those withdrawn."""

    facts: Mapping[str, Value]
    assumed: Mapping[str, Value]
    withdrawn: tuple[str, ...]


def complete(rulebase: RuleBase, case: Case, problems: Problems, *, assume: bool = True) -> Completed:
    """Return the facts to run. Constraints that the stated facts break are reported.

    A constraint broken only with the help of assumptions withdraws all those it reads.
    """
    for constraint in rulebase.constraints.values():
        if _is_broken(constraint, case.facts, case.facts, rulebase):
            _report_broken(constraint, case, rulebase, problems)
    wanted = {
        name: f.assume
        for name, f in rulebase.facts.items()
        if name not in case.facts and f.assume is not None
    }
    assumed = wanted if assume else {}
    broken = [
        c
        for c in rulebase.constraints.values()
        if _is_broken(c, {**case.facts, **assumed}, case.facts, rulebase)
    ]
    withdrawn = {name for c in broken for name in _facts_read(c, rulebase) if name in assumed}
    assumed = {name: value for name, value in assumed.items() if name not in withdrawn}
    return Completed({**case.facts, **assumed}, assumed, tuple(sorted(withdrawn)))


def _facts_read(constraint: Constraint, rulebase: RuleBase) -> frozenset[str]:
    subjects = {test.subject for test in tests(constraint.never)}
    return frozenset(
        name for subject in subjects for name in cone(rulebase, subject) if name in rulebase.facts
    )


def _is_broken(
    constraint: Constraint, facts: Mapping[str, Value], stated: Mapping[str, Value], rulebase: RuleBase
) -> bool:
    from amends.engine.formula import evaluate, names

    def value(name: str) -> Value | None:
        if name in rulebase.measures:
            measure = rulebase.measures[name]
            inputs = {n: value(n) for n in names(measure.formula)}
            found = evaluate(
                measure.formula,
                {n: v if isinstance(v, (Fraction, bool)) else None for n, v in inputs.items()},
            )
            return measure.rounded(found) if isinstance(found, Fraction) else found
        if name in rulebase.parameters:
            return rulebase.parameters[name].value
        return facts.get(name)

    def look(name: str) -> Reading:
        found = value(name)
        if found is None and rulebase.domain(name).kind is Kind.SET:
            return Members(frozenset(), frozenset(rulebase.domain(name).values))
        return reading(found)

    return truth(constraint.never, look, stated.__contains__) is Truth.YES


def _report_broken(constraint: Constraint, case: Case, rulebase: RuleBase, problems: Problems) -> None:
    named = sorted(_facts_read(constraint, rulebase).intersection(case.spans))
    places = [Label(case.spans[name], f"`{name}` is stated here") for name in named]
    problems.add(
        Code.BROKEN_CONSTRAINT,
        f"these facts cannot all be true: {constraint.name.replace('-', ' ')}",
        places[0].span if places else constraint.span,
        others=places,
        help=constraint.because,
    )


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
    if REMEDY not in rulebase.decisions:
        help = "write a file that says `decides: remedy`, or load the folder that has one"
        problems.add(Code.MISSING_KEY, "no file decides `remedy`", help=help)
        problems.stop()
    completed = complete(rulebase, case, problems, assume=assume)
    problems.stop()
    trace = run(rulebase, completed.facts, case.facts, executor)
    remedy = trace.outcomes[REMEDY]
    other = _WhatIf(rulebase, case, completed) if what_if else None
    settled = {name: outcome for name, outcome in trace.outcomes.items() if outcome.is_settled}
    companions = _members(trace.outcomes.get(COMPANIONS))
    avoid = _members(trace.outcomes.get(AVOID))
    return Verdict(
        status=_status(remedy),
        remedy=None if remedy.value is None else str(remedy.value),
        possible=tuple(str(value) for value in sorted(_candidates(remedy), key=sort_key)),
        reading="cautious",
        executor=trace.executor,
        now=case.now,
        decisions={
            name: plain(outcome.value, rulebase.domain(name)) for name, outcome in sorted(settled.items())
        },
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
        avoid=avoid,
        steps=_steps(rulebase, case, remedy, companions),
        money=work_out(rulebase, trace, completed.facts, case.currency),
        assumptions=other.assumptions(remedy) if other else (),
        withdrawn=completed.withdrawn,
        open=other.open() if other and not remedy.is_settled else (),
        fired=tuple(_reason(fired, trace, rulebase) for fired in trace.fired),
        undecided=trace.undecided,
        facts={name: plain(value, rulebase.domain(name)) for name, value in sorted(case.facts.items())},
        titles=_titles(rulebase, trace, completed.facts),
        case_title=case.title,
    )


def _status(remedy: Outcome) -> str:
    if remedy.is_settled:
        return "decided"
    if not remedy.has_no_value:
        return "open"
    return "conflict" if Lack.CONFLICT in remedy.lacks else "uncovered"


def _candidates(outcome: Outcome) -> frozenset[Value]:
    return outcome.found.possible if isinstance(outcome.found, Members) else outcome.found


def _plain_candidates(outcome: Outcome, rulebase: RuleBase, name: str) -> tuple[Plain, ...]:
    domain = rulebase.domain(name)
    return tuple(plain(value, domain) for value in sorted(_candidates(outcome), key=sort_key))


def _members(outcome: Outcome | None) -> tuple[str, ...]:
    if outcome is None or not isinstance(outcome.found, Members):
        return ()
    return tuple(sorted(outcome.found.sure))


def _steps(
    rulebase: RuleBase, case: Case, remedy: Outcome, companions: tuple[str, ...]
) -> tuple[PlannedStep, ...]:
    chosen = [("companions", name) for name in companions]
    chosen += [("remedies", str(remedy.value))] if remedy.value is not None else []
    entries = [rulebase.catalogues[catalogue].get(name) for catalogue, name in chosen]
    steps = sorted(
        (step for entry in entries if entry for step in entry.steps), key=lambda step: (step.order, step.do)
    )
    return tuple(
        PlannedStep(
            do=step.do,
            by=None if step.within_hours is None else case.now + timedelta(hours=float(step.within_hours)),
            sources=step.sources,
        )
        for step in steps
    )


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


class _WhatIf:
    """Answers what the remedy becomes when one fact takes another value, by the working memory."""

    def __init__(self, rulebase: RuleBase, case: Case, completed: Completed) -> None:
        self.rulebase = rulebase
        self.case = case
        self.completed = completed
        self.grids = cut(rulebase)
        self.executor = WorkingMemory(rulebase, strata(rulebase))
        self.cone = cone(rulebase, REMEDY)

    def remedy(self, name: str, value: Value) -> Outcome:
        facts = {**self.completed.facts, name: value}
        return run(self.rulebase, facts, {*self.case.facts, name}, self.executor, only=self.cone).outcomes[
            REMEDY
        ]

    def values(self, fact: Fact) -> list[Value]:
        """Return one value of each cell of *fact*; a set with each member alone, and empty."""
        if fact.domain.kind is Kind.SET:
            return [frozenset(), *(frozenset([name]) for name in fact.domain.values)]
        grid = self.grids.get(fact.name)
        if grid is None:
            return _ends(fact)
        return [grid.sample(cell) for cell in range(grid.size) if _inside(grid, cell, fact)]

    def assumptions(self, remedy: Outcome) -> tuple[Assumption, ...]:
        found = []
        for name, assumed in sorted(self.completed.assumed.items()):
            fact = self.rulebase.facts[name]
            others: set[str] = set()
            if name in self.cone:
                for value in self.values(fact):
                    if value != assumed:
                        others |= {str(v) for v in _candidates(self.remedy(name, value))}
            others -= {str(value) for value in _candidates(remedy)}
            found.append(Assumption(name, plain(assumed, fact.domain), tuple(sorted(others)), fact.stop_if))
        return tuple(found)

    def open(self) -> tuple[OpenFact, ...]:
        """Return the unstated facts whose answers part the candidates, the sharpest question first."""
        ranked: list[tuple[float, str, OpenFact]] = []
        for name, fact in self.rulebase.facts.items():
            if name in self.completed.facts or name not in self.cone:
                continue
            ends = [_ends_of(self.remedy(name, value)) for value in self.values(fact)]
            if len(set(ends)) > 1:
                parted = frozenset().union(*ends) - frozenset.intersection(*ends)
                left = sum(len(end) for end in ends) / len(ends)
                ranked.append((left, name, OpenFact(name, fact.question, tuple(sorted(parted)))))
        return tuple(found for _, _, found in sorted(ranked, key=lambda item: item[:2]))


def _ends_of(outcome: Outcome) -> frozenset[str]:
    """Every way in which a decision can end: its candidates, and the reasons for having none."""
    return frozenset(map(str, _candidates(outcome))) | {lack.value for lack in outcome.lacks}


def _ends(fact: Fact) -> list[Value]:
    if fact.domain.kind is Kind.FLAG:
        return [False, True]
    if fact.domain.kind is Kind.CHOICE:
        return list(fact.domain.values)
    return [end for end in (fact.domain.lowest, fact.domain.highest) if end is not None]


def _inside(grid: Grid, cell: int, fact: Fact) -> bool:
    value = grid.sample(cell)
    if not isinstance(value, Fraction):
        return True
    low, high = fact.domain.lowest, fact.domain.highest
    can_be_stated = (value * 10**fact.domain.decimals).denominator == 1
    return can_be_stated and (low is None or value >= low) and (high is None or value <= high)
