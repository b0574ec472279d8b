"""What one side knows and the other does not, and what both name but mean otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from amends.engine.compare.moved import Altered, Known
from amends.engine.diagram.alike import condition_key, formula_key
from amends.engine.rulebase import Domain, Measure, RuleBase
from amends.engine.values import decimal_text, words


def known_only(own: RuleBase, other: RuleBase) -> Known:
    """Return what *own* knows and *other* does not."""
    return Known(
        facts=_more(own.facts, other.facts),
        values=tuple(_values(own, other)),
        measures=_more(own.measures, other.measures),
        parameters=_more(own.parameters, other.parameters),
        decisions=_more(own.decisions, other.decisions),
        constraints=_more(own.constraints, other.constraints),
    )


def altered(first: RuleBase, second: RuleBase) -> Iterator[Altered]:
    """Yield the parameters, measures, facts and constraints that both name and that differ."""
    for name in sorted(first.parameters.keys() & second.parameters.keys()):
        one, other = (decimal_text(side.parameters[name].value) for side in (first, second))
        if first.parameters[name].value != second.parameters[name].value:
            yield Altered("parameter", name, one, other)
    for name in sorted(first.measures.keys() & second.measures.keys()):
        before, after = first.measures[name], second.measures[name]
        if formula_key(before.formula) != formula_key(after.formula) or before.round != after.round:
            yield Altered("measure", name, _formula(before), _formula(after))
    for name in sorted(first.facts.keys() & second.facts.keys()):
        one, other = (_fact(side, name) for side in (first, second))
        if one != other:
            yield Altered("fact", name, one, other)
    for name in sorted(first.constraints.keys() & second.constraints.keys()):
        if condition_key(first.constraints[name].never) != condition_key(second.constraints[name].never):
            yield Altered("constraint", name, "as before", "another condition")


def _more(own: Mapping[str, object], other: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(sorted(own.keys() - other.keys()))


def _values(own: RuleBase, other: RuleBase) -> Iterator[str]:
    for kind in ("facts", "decisions"):
        mine, theirs = getattr(own, kind), getattr(other, kind)
        for name in sorted(mine.keys() & theirs.keys()):
            values: Mapping[str, str] = mine[name].domain.values
            yield from (
                f"{name}={value}" for value in sorted(values.keys() - theirs[name].domain.values.keys())
            )


def _formula(measure: Measure) -> str:
    return measure.text + (f", rounded to {decimal_text(measure.round)}" if measure.round else "")


def _fact(side: RuleBase, name: str) -> str:
    """Return what of a fact decides what a case of it ends in: kind, bounds, what is assumed."""
    fact = side.facts[name]
    assumed = "" if fact.assume is None else f", assumed {words(fact.assume, _bare(fact.domain))}"
    return f"{fact.domain.kind}{_bounds(fact.domain)}{assumed}"


def _bare(domain: Domain) -> Domain:
    return Domain(domain.kind, unit=domain.unit, decimals=domain.decimals)


def _bounds(domain: Domain) -> str:
    if not domain.kind.is_number:
        return ""
    ends = ["" if end is None else decimal_text(end) for end in (domain.lowest, domain.highest)]
    places = f", {domain.decimals} decimal places" if domain.decimals else ""
    return f" from {ends[0] or 'anywhere'} to {ends[1] or 'anywhere'}{places}"
