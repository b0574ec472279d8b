"""`when` mappings to conditions: every test compares one named thing with constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from amends.engine.diagnostics import Code, Problems, did_you_mean, listed
from amends.engine.rulebase import (
    AllOf,
    AnyOf,
    Condition,
    Domain,
    Kind,
    Not,
    Operator,
    Parameter,
    Test,
    Value,
)
from amends.engine.source import ListNode, MapNode, Node, ScalarNode
from amends.engine.values import read_money, read_value

_ORDERED = {
    "at_least": Operator.AT_LEAST,
    "more_than": Operator.MORE_THAN,
    "at_most": Operator.AT_MOST,
    "less_than": Operator.LESS_THAN,
}
_MEMBERSHIP = {
    "has": Operator.HAS_ANY,
    "has_any": Operator.HAS_ANY,
    "has_all": Operator.HAS_ALL,
    "has_none": Operator.HAS_NONE,
}
_WORDS = (*_ORDERED, *_MEMBERSHIP, "empty", "known", "not")


@dataclass(frozen=True, slots=True)
class Names:
    """What a condition may speak of: the domain of every testable name, and the parameters.

    `spoiled` are names whose definition is broken and reported; speaking of one is no second fault.
    """

    domains: Mapping[str, Domain]
    facts: frozenset[str]
    parameters: Mapping[str, Parameter]
    spoiled: frozenset[str] = frozenset()


def read_condition(node: Node, names: Names, problems: Problems, what: str = "`when`") -> Condition:
    """Return the condition that *what*, a `when` or its like, states; every fault in it is recorded."""
    if isinstance(node, ScalarNode) and node.text == "always":
        return AllOf(())
    if not isinstance(node, MapNode) or not node.entries:
        problems.add(
            Code.WRONG_SHAPE,
            f"{what} must be a mapping of tests",
            node.span,
            help="write `name: value`, or `when: always` for a rule without conditions",
        )
        return AllOf(())
    parts: list[Condition] = []
    for key, value in node:
        if key.text in ("any", "all"):
            parts.append(_read_group(key, value, names, problems))
        elif key.text in names.domains:
            parts.append(_read_test(key.text, value, names, problems))
        elif key.text in names.parameters:
            problems.add(
                Code.UNFIT_TEST,
                f"`{key.text}` is a parameter, the same in every case",
                key.span,
                help="test a fact, a measure or a decision",
            )
        elif key.text not in names.spoiled:
            near = did_you_mean(key.text, names.domains) or "define it as a fact, a measure or a decision"
            problems.add(Code.UNKNOWN_NAME, f"nothing is called `{key.text}`", key.span, help=near)
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _read_group(key: ScalarNode, node: Node, names: Names, problems: Problems) -> Condition:
    if not isinstance(node, ListNode) or not node.items:
        problems.add(
            Code.WRONG_SHAPE,
            f"`{key.text}` takes a list of mappings",
            node.span,
            help=f"write `{key.text}:` and `- name: value` lines below it",
        )
        return AllOf(())
    entry = f"an entry of `{key.text}`"
    parts = tuple(read_condition(item, names, problems, entry) for item in node.items)
    return AnyOf(parts) if key.text == "any" else AllOf(parts)


def _read_test(name: str, node: Node, names: Names, problems: Problems) -> Condition:
    domain = names.domains[name]
    if not isinstance(node, MapNode):
        return _read_membership(name, domain, node, problems)
    parts = [_read_operator(name, domain, key, value, names, problems) for key, value in node]
    if not parts:
        message = f"the test of `{name}` is empty"
        problems.add(Code.WRONG_SHAPE, message, node.span, help=f"write a value, or one of {listed(_WORDS)}")
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _read_operator(
    name: str, domain: Domain, key: ScalarNode, node: Node, names: Names, problems: Problems
) -> Condition:
    match key.text:
        case "not":
            return Not(_read_test(name, node, names, problems))
        case "known":
            return _read_known(name, key, node, names, problems)
        case "parameter":
            value = _read_parameter(name, domain, node, names, problems)
            return Test(name, Operator.ONE_OF, frozenset([value]), node.span)
        case word if word in _ORDERED:
            return _read_ordered(name, domain, key, node, names, problems)
        case "empty":
            return _read_empty(name, domain, key, node, problems)
        case word if word in _MEMBERSHIP:
            return _read_has(name, domain, key, node, problems)
    near = did_you_mean(key.text, _WORDS) or f"one of {listed(_WORDS)}"
    problems.add(Code.UNKNOWN_KEY, f"`{key.text}` is no test", key.span, help=near)
    return AllOf(())


def _read_membership(name: str, domain: Domain, node: Node, problems: Problems) -> Condition:
    if domain.kind is Kind.SET:
        problems.add(
            Code.UNFIT_TEST,
            f"`{name}` is a set, and a set is not equal to a value",
            node.span,
            help="write `{has: x}`, `{has_any: […]}`, `{has_all: […]}`, `{has_none: […]}` or `{empty: true}`",
        )
        return AllOf(())
    values: set[Value] = set()
    currency = None
    items = node.items if isinstance(node, ListNode) else (node,)
    if not items:
        message = f"the test of `{name}` lists no value"
        problems.add(Code.WRONG_SHAPE, message, node.span, help="list one at least, or remove the test")
    for item in items:
        if isinstance(item, ScalarNode) and item.text in domain.sets:
            values |= domain.sets[item.text]
        elif domain.kind is Kind.MONEY:
            amount, written = _read_amount(name, domain, item, problems)
            values.update([amount] if amount is not None else [])
            if written and currency and written != currency:
                message = f"one test compares amounts in `{currency}` and in `{written}`"
                problems.add(Code.CURRENCY_MISMATCH, message, item.span, help="a case has one currency")
            currency = currency or written
        else:
            value = read_value(item, domain, name, problems)
            values.update([value] if value is not None else [])
    return Test(name, Operator.ONE_OF, frozenset(values), node.span, currency)


def _read_amount(
    name: str, domain: Domain, node: Node, problems: Problems
) -> tuple[Fraction | None, str | None]:
    if not isinstance(node, ScalarNode):
        help = "write `500 EUR`"
        problems.add(Code.WRONG_SHAPE, f"`{name}` is compared with one amount", node.span, help=help)
        return None, None
    amount, currency = read_money(node, domain, name, problems)
    if amount is not None and currency is None and amount != 0:
        problems.add(
            Code.CURRENCY_MISMATCH,
            f"the amount `{node.text}` has no currency",
            node.span,
            help=f"write `{node.text} EUR`, or compare a ratio, which fits every currency",
        )
    return amount, currency


def _read_known(name: str, key: ScalarNode, node: Node, names: Names, problems: Problems) -> Condition:
    if name not in names.facts:
        problems.add(
            Code.UNFIT_TEST,
            f"`known` tests facts only, and `{name}` is derived",
            key.span,
            help="test the facts that it comes from",
        )
    value = read_value(node, Domain(Kind.FLAG), "known", problems)
    return Test(name, Operator.KNOWN, value is True, node.span)


def _read_ordered(
    name: str, domain: Domain, key: ScalarNode, node: Node, names: Names, problems: Problems
) -> Condition:
    if not domain.kind.is_ordered:
        problems.add(
            Code.UNFIT_TEST,
            f"`{key.text}` needs a number or a date, and `{name}` is a {domain.kind}",
            key.span,
            help="list the values instead",
        )
        return AllOf(())
    value: Value | None
    currency = None
    if isinstance(node, MapNode):
        fields = {k.text: v for k, v in node}
        if list(fields) != ["parameter"]:
            problems.add(
                Code.WRONG_SHAPE,
                f"`{key.text}` takes a constant",
                node.span,
                help="write a number, or `{parameter: name}`",
            )
            return AllOf(())
        value = _read_parameter(name, domain, fields["parameter"], names, problems)
    elif domain.kind is Kind.MONEY:
        value, currency = _read_amount(name, domain, node, problems)
    else:
        value = read_value(node, domain, name, problems)
    if not isinstance(value, (Fraction, date)):
        return AllOf(())
    return Test(name, _ORDERED[key.text], value, node.span, currency)


def _read_parameter(name: str, domain: Domain, node: Node, names: Names, problems: Problems) -> Fraction:
    text = node.text if isinstance(node, ScalarNode) else ""
    if not domain.kind.is_number:
        message = f"`{name}` is a {domain.kind}, and parameters are numbers"
        problems.add(Code.UNFIT_TEST, message, node.span, help="write the value itself")
    if text in names.parameters:
        return names.parameters[text].value
    if text in names.spoiled:
        return Fraction(0)
    near = did_you_mean(text, names.parameters) or "define it under `parameters:`"
    problems.add(Code.UNKNOWN_NAME, f"no parameter is called `{text}`", node.span, help=near)
    return Fraction(0)


def _read_empty(name: str, domain: Domain, key: ScalarNode, node: Node, problems: Problems) -> Condition:
    if domain.kind is not Kind.SET:
        help = "write `{known: false}` to ask whether it was stated"
        problems.add(Code.UNFIT_TEST, f"`{name}` is no set, it cannot be empty", key.span, help=help)
    value = read_value(node, Domain(Kind.FLAG), "empty", problems)
    every: frozenset[Value] = frozenset(domain.values)
    return Test(name, Operator.HAS_NONE if value is True else Operator.HAS_ANY, every, node.span)


def _read_has(name: str, domain: Domain, key: ScalarNode, node: Node, problems: Problems) -> Condition:
    if domain.kind is not Kind.SET:
        problems.add(
            Code.UNFIT_TEST, f"`{name}` is no set, it has one value", key.span, help=f"write `{name}: value`"
        )
        return AllOf(())
    wanted: set[Value] = set()
    items = node.items if isinstance(node, ListNode) else (node,)
    for item in items:
        if isinstance(item, ScalarNode) and item.text in domain.sets:
            wanted |= domain.sets[item.text]
        elif isinstance(item, ScalarNode):
            value = read_value(item, Domain(Kind.CHOICE, domain.values), name, problems)
            wanted.update([value] if value is not None else [])
        else:
            help = f"write `{key.text}: [one, other]`"
            problems.add(Code.WRONG_SHAPE, f"`{key.text}` takes words", item.span, help=help)
    if not items:
        help = "list one at least, or write `{empty: true}`"
        problems.add(Code.WRONG_SHAPE, f"`{key.text}` lists no value", node.span, help=help)
    return Test(name, _MEMBERSHIP[key.text], frozenset(wanted), node.span)
