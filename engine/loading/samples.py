"""What cases look like for who has no history: how often each value of a fact is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from amends.engine.diagnostics import Code, Problems, did_you_mean
from amends.engine.loading.fields import Fields
from amends.engine.rulebase import Domain, Fact, Kind, Sample, Value
from amends.engine.source import ListNode, Node, ScalarNode
from amends.engine.values import read_value

_WEIGHT = Domain(Kind.NUMBER, decimals=6, lowest=Fraction(0), highest=Fraction(10**6))
_CHANCE = Domain(Kind.NUMBER, decimals=6, lowest=Fraction(0), highest=Fraction(1))
_TIMES = Domain(Kind.NUMBER, decimals=6, lowest=Fraction(0), highest=Fraction(10**6))
_AMONG = Domain(Kind.NUMBER, decimals=6, lowest=Fraction(1, 10**6), highest=Fraction(10**9))
SHAPES = ("weights", "percentiles")
"""A sample has one of these keys."""


def read_sample(key: ScalarNode, node: Node, facts: Mapping[str, Fact], problems: Problems) -> Sample | None:
    """Return the sample of the fact that *key* names, or None if it draws nothing."""
    fields = Fields(node, f"the sample `{key.text}`", problems, key.span)
    fact = facts.get(key.text)
    if fact is None:
        help = did_you_mean(key.text, facts) or "`amends facts` lists them"
        problems.add(Code.UNKNOWN_FACT, f"there is no fact `{key.text}` to draw", key.span, help=help)
        return None
    other = _read_of(fields, fact, facts)
    weights = _read_weights(fields, fact, other)
    percentiles = _read_percentiles(fields, fact)
    stated = [shape for shape in SHAPES if shape in fields.entries]
    if len(stated) > 1:
        help = "keep one of the two"
        fields.wrong(f"{fields.what} has `weights` and `percentiles`", fields.entries["percentiles"], help)
    elif not stated and fields.is_mapping:
        message = f"{fields.what} draws nothing"
        problems.add(Code.MISSING_KEY, message, key.span, help="add `weights: {value: 3}`, one a value")
    because = fields.text("because", required=True)
    fields.done()
    if len(stated) != 1 or because is None or not (weights or percentiles):
        return None
    return Sample(key.text, weights, percentiles, other, because, key.span)


def _read_of(fields: Fields, fact: Fact, facts: Mapping[str, Fact]) -> str | None:
    node = fields.node("of")
    if not isinstance(node, ScalarNode):
        return None
    other = facts.get(node.text)
    if other is None or other is fact or not (other.domain.kind.is_number and fact.domain.kind.is_number):
        numbers = [name for name, each in facts.items() if each.domain.kind.is_number and each is not fact]
        near = did_you_mean(node.text, numbers) if fact.domain.kind.is_number else None
        help = near or "it takes two facts that are numbers"
        fields.wrong(f"`{fact.name}` cannot be a multiple of `{node.text}`", node, help)
        return None
    return other.name


def _read_weights(fields: Fields, fact: Fact, other: str | None) -> Mapping[Value, Fraction]:
    domain = fact.domain
    each = Domain(Kind.CHOICE, domain.values) if domain.kind is Kind.SET else _TIMES if other else domain
    found: dict[Value, Fraction] = {}
    for key, node in fields.mapping("weights"):
        value = read_value(key, each, fact.name, fields.problems)
        weight = read_value(
            node, _CHANCE if domain.kind is Kind.SET else _WEIGHT, f"weight of {key.text}", fields.problems
        )
        if value is not None and isinstance(weight, Fraction):
            found[value] = weight
    if found and domain.kind is not Kind.SET and not any(found.values()):
        fields.wrong(f"{fields.what} draws nothing", fields.entries["weights"], "weigh one value above 0")
        return {}
    return found


def _read_percentiles(fields: Fields, fact: Fact) -> tuple[Fraction, ...]:
    node = fields.node("percentiles")
    if node is None:
        return ()
    items = node.items if isinstance(node, ListNode) else ()
    values = [read_value(item, _AMONG, "percentiles", fields.problems) for item in items]
    numbers = tuple(value for value in values if isinstance(value, Fraction))
    if not fact.domain.kind.is_number or len(items) != 3 or numbers != tuple(sorted(set(numbers))):
        help = "of a number: `[90, 600, 3500]`, that of the 10th, 50th and 90th of a hundred cases"
        fields.wrong(f"`percentiles` of {fields.what} must be three numbers that rise", node, help)
        return ()
    return numbers if len(numbers) == 3 else ()
