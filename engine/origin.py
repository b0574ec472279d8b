"""Which pack set what: every parameter, rule and other entry of a stack, with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from amends.engine.diagnostics import Span
from amends.engine.ignore import subject_of
from amends.engine.pack import BASE
from amends.engine.rulebase import Domain, Kind, RuleBase, Value
from amends.engine.values import words


@dataclass(frozen=True, slots=True)
class Origin:
    """One thing of a stack: what it is, the pack that set it last, what it says, and what it was before."""

    kind: str
    name: str
    pack: str
    says: str
    span: Span
    before: str | None = None


def origins(rulebase: RuleBase) -> tuple[Origin, ...]:
    """Return every parameter and rule, what packs took out, and the facts and entries that packs brought.

    >>> from amends.engine import load
    >>> {origin.pack for origin in origins(load().rulebase)}
    {'base'}
    """
    return (*_parameters(rulebase), *_rules(rulebase), *_brought(rulebase))


def _parameters(rulebase: RuleBase) -> Iterator[Origin]:
    was = {reset.name: reset.before for reset in rulebase.resets}
    for name, parameter in rulebase.parameters.items():
        unit = f" {parameter.unit}" if parameter.unit else ""
        before = _number(was[name]) + unit if name in was else None
        pack = rulebase.origins.get(name, BASE)
        yield Origin("parameter", name, pack, _number(parameter.value) + unit, parameter.span, before)


def _number(value: Value | None) -> str:
    return words(value, Domain(Kind.NUMBER, decimals=6))


def _rules(rulebase: RuleBase) -> Iterator[Origin]:
    changes = {change.before.path: change for change in rulebase.changes}
    for path, rule in rulebase.rules.items():
        domain = rulebase.decisions[rule.decision].domain
        says = ", ".join(words(value, domain) for value in rule.then)
        change = changes.get(path)
        before = None if change is None else f"that of `{change.before.pack}`: {change.reason}"
        yield Origin("rule", path, rule.pack, says, rule.span, before)
    for change in rulebase.changes:
        if change.disables:
            yield Origin("taken out", change.before.path, change.pack, change.reason, change.span)
    for reset in rulebase.resets:
        decision = rulebase.decisions.get(reset.name.partition("/")[0])
        if decision is not None:
            now, before = (words(value, decision.domain) for value in (decision.otherwise, reset.before))
            yield Origin("otherwise", reset.name, reset.pack, now, reset.span, before)


def _brought(rulebase: RuleBase) -> Iterator[Origin]:
    for name, fact in rulebase.facts.items():
        if name in rulebase.origins:
            yield Origin("fact", name, rulebase.origins[name], fact.question, fact.span)
    for name, measure in rulebase.measures.items():
        if name in rulebase.origins:
            yield Origin("measure", name, rulebase.origins[name], measure.title, measure.span)
    for section, entries in rulebase.catalogues.items():
        for name, entry in entries.items():
            subject = subject_of(section, name)
            if subject in rulebase.origins:
                yield Origin(section, name, rulebase.origins[subject], entry.title, entry.span)
