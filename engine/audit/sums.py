"""The money of a verdict as formulas: the figures of each basis, within its floors and caps."""

from __future__ import annotations

from fractions import Fraction

from amends.engine.audit.order import Order
from amends.engine.claim import NOTHING
from amends.engine.formula import Bounds, Call, Constant, Formula, Name
from amends.engine.money import BASIS
from amends.engine.rulebase import RuleBase, Value

NO_MONEY: Formula = Constant(Fraction(0))


def figures(rulebase: RuleBase, value: Value) -> dict[str, Formula]:
    """Return what the client gets where `money_basis` is *value*: amount, low and high."""
    basis = rulebase.money.get(str(value))
    if basis is None or basis.owed_to != "client":
        return dict.fromkeys(("amount", "low", "high"), NO_MONEY)
    found = {}
    for figure, name in (("amount", basis.amount), ("low", basis.low), ("high", basis.high)):
        raised: Formula = Name(name, 1)
        if basis.floors:
            raised = Call("max", (raised, *(Name(floor, 1) for floor in basis.floors)), 1)
        if basis.caps:
            raised = Call("min", (raised, *(Name(cap, 1) for cap in basis.caps)), 1)
        found[figure] = raised
    return found


def numbers_of(rulebase: RuleBase, value: Value) -> tuple[str, ...]:
    """Return all that the money of a basis is worked out from; without any of it there is no sum."""
    basis = rulebase.money.get(str(value))
    return () if basis is None else basis.numbers


def bases(rulebase: RuleBase) -> list[Value]:
    """Return the values of `money_basis`; none in a rule base without money."""
    decision = rulebase.decisions.get(BASIS)
    if decision is None:
        return []
    said = [value for rule in decision.rules for value in rule.then]
    return list(dict.fromkeys([*said, *([] if decision.otherwise is None else [decision.otherwise])]))


def named(name: str) -> Formula:
    """Return the number that a claim names."""
    return NO_MONEY if name == NOTHING else Name(name, 1)


def order_of(rulebase: RuleBase) -> Order:
    """Return the order of formulas over the facts, parameters and decisions of *rulebase*."""

    def look(name: str) -> Bounds:
        if name in rulebase.parameters:
            return rulebase.parameters[name].value, rulebase.parameters[name].value
        domain = rulebase.domain(name)
        assert domain.lowest is not None and domain.highest is not None
        return domain.lowest, domain.highest

    def step(name: str) -> Fraction | None:
        if name in rulebase.parameters:
            return rulebase.parameters[name].value or None
        return Fraction(1, 10 ** rulebase.domain(name).decimals) if name in rulebase.facts else None

    return Order(rulebase.measures, look, step)
