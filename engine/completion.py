"""A case made ready to run: what is assumed, and what cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from amends.engine.case import Case
from amends.engine.diagnostics import Code, Label, Problems
from amends.engine.network import cone
from amends.engine.rulebase import Constraint, RuleBase, Value, tests
from amends.engine.truth import Reading, Truth, fact_reading, measured, reading, truth


@dataclass(frozen=True, slots=True)
class Completed:
    """A case with its assumptions: the facts to run, those assumed, and those withdrawn.

    `assumes` is whether anything was to be assumed at all.
    """

    facts: Mapping[str, Value]
    assumed: Mapping[str, Value]
    withdrawn: tuple[str, ...]
    assumes: bool


def complete(rulebase: RuleBase, case: Case, problems: Problems, *, assume: bool = True) -> Completed:
    """Return the facts to run. Constraints that the stated facts break are reported.

    A constraint broken only with the help of assumptions withdraws all those it reads.
    """
    for constraint in broken(rulebase, case.facts, case.facts):
        _report_broken(constraint, case, rulebase, problems)
    wanted = {
        name: f.assume
        for name, f in rulebase.facts.items()
        if name not in case.facts and f.assume is not None
    }
    assumed = wanted if assume else {}
    withdrawn = {
        name
        for constraint in broken(rulebase, {**case.facts, **assumed}, case.facts)
        for name in facts_read(constraint, rulebase)
        if name in assumed
    }
    assumed = {name: value for name, value in assumed.items() if name not in withdrawn}
    return Completed({**case.facts, **assumed}, assumed, tuple(sorted(withdrawn)), assume)


def without_assumptions(rulebase: RuleBase, completed: Completed, names: Iterable[str]) -> Completed:
    """Return *completed* with every assumption that one of the constraints called *names* reads withdrawn."""
    read = {name for each in names for name in facts_read(rulebase.constraints[each], rulebase)}
    gone = read & completed.assumed.keys()
    facts = {name: value for name, value in completed.facts.items() if name not in gone}
    assumed = {name: value for name, value in completed.assumed.items() if name not in gone}
    return Completed(facts, assumed, tuple(sorted({*completed.withdrawn, *gone})), completed.assumes)


def report_broken(
    constraints: Iterable[Constraint], case: Case, rulebase: RuleBase, problems: Problems
) -> None:
    """Report constraints of which every completion of *case* breaks one: the case cannot be."""
    found = sorted(constraints, key=lambda constraint: constraint.name)
    read = {name for constraint in found for name in facts_read(constraint, rulebase)}
    places = [
        Label(case.spans[name], f"`{name}` is stated here") for name in sorted(read & case.spans.keys())
    ]
    words = "; or ".join(constraint.name.replace("-", " ") for constraint in found)
    problems.add(
        Code.BROKEN_CONSTRAINT,
        f"these facts cannot all be true, whatever else is: {words}",
        places[0].span if places else found[0].span,
        others=places,
        help=" ".join(constraint.because for constraint in found),
    )


def broken(rulebase: RuleBase, facts: Mapping[str, Value], stated: Mapping[str, Value]) -> list[Constraint]:
    """Return the constraints that *facts*, of which *stated* were said by the asker, surely break."""
    return [c for c in rulebase.constraints.values() if _is_broken(c, facts, stated, rulebase)]


def breaks(
    rulebase: RuleBase, facts: Mapping[str, Value], stated: Mapping[str, Value], changed: frozenset[str]
) -> bool:
    """Return whether *facts* surely break a constraint that reads a fact in *changed*."""
    reading_it = _constraints_by_fact(rulebase)
    found = {c.name: c for name in changed for c in reading_it.get(name, ())}
    return any(_is_broken(constraint, facts, stated, rulebase) for constraint in found.values())


@lru_cache(maxsize=8)
def constrained(rulebase: RuleBase) -> frozenset[str]:
    """Return every fact that some constraint reads."""
    return frozenset(_constraints_by_fact(rulebase))


@lru_cache(maxsize=8)
def _constraints_by_fact(rulebase: RuleBase) -> Mapping[str, tuple[Constraint, ...]]:
    found: dict[str, tuple[Constraint, ...]] = {}
    for constraint in rulebase.constraints.values():
        for name in facts_read(constraint, rulebase):
            found[name] = (*found.get(name, ()), constraint)
    return found


def facts_read(constraint: Constraint, rulebase: RuleBase) -> frozenset[str]:
    """Return the facts that *constraint* rests on."""
    subjects = {test.subject for test in tests(constraint.never)}
    return frozenset(
        name for subject in subjects for name in cone(rulebase, subject) if name in rulebase.facts
    )


def _is_broken(
    constraint: Constraint, facts: Mapping[str, Value], stated: Mapping[str, Value], rulebase: RuleBase
) -> bool:
    def look(name: str) -> Reading:
        if name in rulebase.measures:
            return reading(measured(rulebase.measures[name], rulebase.parameters, look))
        return fact_reading(facts.get(name), rulebase.facts[name].domain)

    return truth(constraint.never, look, stated.__contains__) is Truth.YES


def _report_broken(constraint: Constraint, case: Case, rulebase: RuleBase, problems: Problems) -> None:
    named = sorted(facts_read(constraint, rulebase).intersection(case.spans))
    places = [Label(case.spans[name], f"`{name}` is stated here") for name in named]
    problems.add(
        Code.BROKEN_CONSTRAINT,
        f"these facts cannot all be true: {constraint.name.replace('-', ' ')}",
        places[0].span if places else constraint.span,
        others=places,
        help=constraint.because,
    )
