"""The money of a verdict, from the decision `money_basis` and the measures that it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from amends.engine.chain.outcome import Trace
from amends.engine.rulebase import PLACEHOLDER, Domain, Kind, MoneyBasis, RuleBase, Value
from amends.engine.values import decimal_text, words
from amends.engine.verdict import Limit, Money

BASIS = "money_basis"
FORM = "money_form"


def work_out(rulebase: RuleBase, trace: Trace, facts: Mapping[str, Value], currency: str | None) -> Money:
    """Return the money of one run: decided, or open with the facts that it needs.

    A rule base without `money_basis` has no money, which is not the same as none to pay.
    """
    outcome = trace.outcomes.get(BASIS)
    form = trace.outcomes.get(FORM)
    chosen = None if form is None or form.value is None else str(form.value)
    if outcome is None:
        return Money(status="none")
    if outcome.value is None:
        return Money(
            status="open", currency=currency, form=chosen, needs=_missing(rulebase, [BASIS], trace, facts)
        )
    basis = rulebase.money.get(str(outcome.value))
    if basis is None:
        zero = decimal_text(Fraction(0), 2)
        return Money("decided", str(outcome.value), zero, zero, zero, currency, chosen, "nothing to pay")
    values = {name: _value(name, rulebase, trace, facts) for name in basis.numbers}
    if None in values.values():
        unknown = [name for name, value in values.items() if value is None]
        return Money(
            "open",
            basis.name,
            currency=currency,
            form=chosen,
            owed_to=basis.owed_to,
            needs=_missing(rulebase, unknown, trace, facts),
            sources=basis.sources,
        )
    numbers = {name: value for name, value in values.items() if isinstance(value, Fraction)}
    figures = (basis.amount, basis.low, basis.high)
    amount, low, high = (_within(numbers[name], basis, numbers) for name in figures)
    return Money(
        status="decided",
        basis=basis.name,
        amount=decimal_text(amount, 2),
        low=decimal_text(low, 2),
        high=decimal_text(high, 2),
        currency=currency,
        form=chosen,
        formula=_formula(basis, rulebase, trace, facts),
        owed_to=basis.owed_to,
        limits=tuple(_limits(basis, numbers)),
        sources=basis.sources,
    )


def _raised(figure: Fraction, basis: MoneyBasis, numbers: Mapping[str, Fraction]) -> Fraction:
    return max([figure, *(numbers[name] for name in basis.floors)])


def _within(figure: Fraction, basis: MoneyBasis, numbers: Mapping[str, Fraction]) -> Fraction:
    return min([_raised(figure, basis, numbers), *(numbers[name] for name in basis.caps)])


def _limits(basis: MoneyBasis, numbers: Mapping[str, Fraction]) -> Iterator[Limit]:
    """Yield the floors and caps of *basis*, and which of them the amount would have crossed."""
    bare = numbers[basis.amount]
    raised = _raised(bare, basis, numbers)
    for name in basis.floors:
        yield Limit("floor", name, decimal_text(numbers[name], 2), bare < numbers[name] == raised)
    least = min((numbers[name] for name in basis.caps), default=raised)
    for name in basis.caps:
        yield Limit("cap", name, decimal_text(numbers[name], 2), raised > numbers[name] == least)


def _value(name: str, rulebase: RuleBase, trace: Trace, facts: Mapping[str, Value]) -> Value | None:
    if name in rulebase.parameters:
        return rulebase.parameters[name].value
    return trace.measures.get(name) if name in rulebase.measures else facts.get(name)


def _formula(basis: MoneyBasis, rulebase: RuleBase, trace: Trace, facts: Mapping[str, Value]) -> str:
    def said(name: str) -> str:
        value = _value(name, rulebase, trace, facts)
        if name in rulebase.parameters:
            unit = rulebase.parameters[name].unit
            domain = Domain(Kind.NUMBER, unit=unit)
        else:
            domain = rulebase.domain(name)
        if domain.unit == "share" and isinstance(value, Fraction):
            return f"{decimal_text(value * 100)} %"
        return words(value, domain)

    return PLACEHOLDER.sub(lambda match: said(match[1]), basis.formula)


def _missing(
    rulebase: RuleBase, names: Iterable[str], trace: Trace, facts: Mapping[str, Value]
) -> tuple[str, ...]:
    """Return the facts not known on which *names* still hang.

    What has a value needs no more facts, and no more does a rule that surely fires, or surely does not.
    """
    found: set[str] = set()
    waiting = list(dict.fromkeys(names))
    seen = set(waiting)
    for name in waiting:
        read: Iterable[str] = ()
        if name in rulebase.decisions:
            if not trace.outcomes[name].is_settled:
                rules = [rule for rule in rulebase.decisions[name].rules if rule.path in trace.undecided]
                read = [subject for rule in rules for subject in rule.subjects]
        elif name in rulebase.measures:
            if trace.measures.get(name) is None:
                read = rulebase.measures[name].inputs
        elif name in rulebase.facts and name not in facts:
            found.add(name)
        fresh = set(read) - seen
        waiting += sorted(fresh)
        seen |= fresh
    return tuple(sorted(found))
