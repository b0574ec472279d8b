"""What a verdict rests on that may not hold elsewhere or any more: law, insurance, platforms, old reviews."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from amends.engine.advice import Advice
from amends.engine.chain.outcome import Trace
from amends.engine.evidence import Citable
from amends.engine.rulebase import PLACEHOLDER, Rule, RuleBase
from amends.engine.verdict import PastReview


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a verdict rests on: the rules that decided, the parameters in use, and the sources of both."""

    rules: tuple[Rule, ...]
    parameters: frozenset[str]
    sources: frozenset[str]


def grounds(rulebase: RuleBase, trace: Trace, chosen: Iterable[Advice], money: str | None) -> Grounds:
    """Return what the rules that decided, the *chosen* entries and the *money* basis rest on."""
    rules = tuple(rulebase.rules[path] for outcome in trace.outcomes.values() for path in outcome.deciding)
    names = {name for rule in rules for name in (*rule.subjects, *rule.parameters)}
    cited = {source for rule in rules for source in rule.sources}
    for entry in chosen:
        cited.update(entry.sources, *(step.sources for step in entry.steps))
        names.update(*(step.parameters for step in entry.steps))
    basis = rulebase.money.get(money or "")
    if basis is not None:
        cited.update(basis.sources)
        names.update(basis.numbers, PLACEHOLDER.findall(basis.formula))
    parameters = _parameters(rulebase, names)
    cited.update(*(rulebase.parameters[name].sources for name in parameters))
    known = {name for source in cited if (name := source.split(":")[0]) in rulebase.sources}
    return Grounds(rules, frozenset(parameters), frozenset(known))


def general_information(rulebase: RuleBase, found: Grounds) -> tuple[Citable, ...]:
    """Return the sources that hold in one place and for a time."""
    sources = (rulebase.sources[name] for name in sorted(found.sources))
    return tuple(source for source in sources if source.is_general_information)


def past_review(rulebase: RuleBase, found: Grounds, day: date) -> tuple[PastReview, ...]:
    """Return what was to be looked at again before *day*, the longest ago first."""
    return tuple(sorted(_past(rulebase, found, day), key=lambda each: (each.review_by, each.kind, each.name)))


def _past(rulebase: RuleBase, found: Grounds, day: date) -> Iterator[PastReview]:
    dated: list[tuple[str, str, str, date | None]] = [
        ("rule", rule.path, rule.because, rule.review_by) for rule in found.rules
    ]
    for name in found.parameters:
        parameter = rulebase.parameters[name]
        dated.append(("parameter", name, parameter.title, parameter.review_by))
    for name in found.sources:
        dated.append(("source", name, rulebase.sources[name].title, rulebase.sources[name].review_by))
    for kind, name, title, review_by in dated:
        if review_by is not None and review_by < day:
            yield PastReview(kind, name, title, review_by)


def _parameters(rulebase: RuleBase, names: Iterable[str]) -> set[str]:
    """Return the parameters among *names* and in the formulas of the measures among them."""
    waiting = list(names)
    seen = set(waiting)
    for name in waiting:
        measure = rulebase.measures.get(name)
        more = set(measure.inputs) - seen if measure else set()
        waiting += more
        seen |= more
    return seen & rulebase.parameters.keys()
