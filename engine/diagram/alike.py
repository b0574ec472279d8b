"""What two rule bases say alike, word for word: no place, reason or source is looked at."""

from __future__ import annotations

from collections.abc import Hashable

from amends.engine.formula import Call, Constant, Formula, Name
from amends.engine.network import reads, strata
from amends.engine.rulebase import AllOf, AnyOf, Condition, Decision, Not, Rule, RuleBase, Test


def alike(first: RuleBase, second: RuleBase) -> frozenset[str]:
    """Return the names that mean the same in both: all that they rest on does too.

    Facts are alike if they are of one kind, whatever their values; parameters if they are equal.
    """
    found = {
        name
        for name in first.facts.keys() & second.facts.keys()
        if first.facts[name].domain.kind is second.facts[name].domain.kind
    }
    found |= {
        name
        for name in first.parameters.keys() & second.parameters.keys()
        if first.parameters[name].value == second.parameters[name].value
    }
    for layer in strata(first):
        for name in layer:
            if name in first.measures and name in second.measures:
                one, other = first.measures[name], second.measures[name]
                same = formula_key(one.formula) == formula_key(other.formula) and one.round == other.round
                if same and found.issuperset(one.inputs):
                    found.add(name)
            elif name in first.decisions and name in second.decisions:
                same = decision_key(first.decisions[name]) == decision_key(second.decisions[name])
                if same and found.issuperset(reads(first)[name]):
                    found.add(name)
    return frozenset(found)


def formula_key(formula: Formula) -> Hashable:
    """Return *formula* without its columns.

    >>> from amends.engine.formula import parse
    >>> formula_key(parse("a+ b")) == formula_key(parse("a + b"))
    True
    """
    match formula:
        case Constant(value):
            return value
        case Name(name):
            return name
        case Call(sign, parts):
            return (sign, *map(formula_key, parts))


def condition_key(condition: Condition) -> Hashable:
    """Return *condition* without its places."""
    match condition:
        case Test(subject, operator, operand, _, currency):
            return (subject, operator, operand, currency)
        case Not(part):
            return ("not", condition_key(part))
        case AllOf(parts):
            return ("all", frozenset(map(condition_key, parts)))
        case AnyOf(parts):
            return ("any", frozenset(map(condition_key, parts)))


def rule_key(rule: Rule) -> Hashable:
    """Return what *rule* does: its condition, its value, and what it beats."""
    overrides = frozenset(rule.overrides)
    return (rule.name, condition_key(rule.when), frozenset(rule.then), rule.tier, rule.level, overrides)


def decision_key(decision: Decision) -> Hashable:
    """Return what *decision* does, whatever the order of its rules."""
    policy = (decision.hit_policy, decision.tiers, decision.otherwise, decision.without)
    return (policy, frozenset(map(rule_key, decision.rules)))
