"""The law, insurance and platform rules behind a verdict, which hold in one place and for a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from amends.engine.advice import Advice
from amends.engine.chain.outcome import Trace
from amends.engine.evidence import Citable
from amends.engine.rulebase import PLACEHOLDER, RuleBase


def general_information(
    rulebase: RuleBase, trace: Trace, chosen: Iterable[Advice], money: str | None
) -> tuple[Citable, ...]:
    """Return such sources of the rules that decided, the *chosen* entries and the *money* basis.

    Those of the parameters that these use are among them.
    """
    cited = {source.split(":")[0] for source in _cited(rulebase, trace, chosen, money)}
    found = (rulebase.sources.get(name) for name in sorted(cited))
    return tuple(source for source in found if source is not None and source.is_general_information)


def _cited(rulebase: RuleBase, trace: Trace, chosen: Iterable[Advice], money: str | None) -> Iterator[str]:
    names: set[str] = set()
    for outcome in trace.outcomes.values():
        for rule in map(rulebase.rules.__getitem__, outcome.deciding):
            yield from rule.sources
            names.update(rule.subjects, rule.parameters)
    for entry in chosen:
        yield from entry.sources
        for step in entry.steps:
            yield from step.sources
            names.update(step.parameters)
    basis = rulebase.money.get(money or "")
    if basis is not None:
        yield from basis.sources
        names.update(basis.numbers, PLACEHOLDER.findall(basis.formula))
    for name in _parameters(rulebase, names):
        yield from rulebase.parameters[name].sources


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
