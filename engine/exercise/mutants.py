"""What a slip of the hand could make of a rule: each part of it changed a little, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from amends.engine.condition import AllOf, AnyOf, Condition, Not, Operator, Test, Value, tests
from amends.engine.diagnostics import Span
from amends.engine.diagram.alike import condition_key, rule_key
from amends.engine.rulebase import Decision, HitPolicy, Kind, Rule, RuleBase
from amends.engine.values import sort_key, words

STRICT = {
    Operator.AT_LEAST: Operator.MORE_THAN,
    Operator.MORE_THAN: Operator.AT_LEAST,
    Operator.AT_MOST: Operator.LESS_THAN,
    Operator.LESS_THAN: Operator.AT_MOST,
}
"""What a bound becomes when it moves by one step: the constant itself falls on its other side."""
LISTS = (Operator.ONE_OF, Operator.HAS_ANY, Operator.HAS_ALL, Operator.HAS_NONE)


class Change(StrEnum):
    """What is changed of a rule."""

    DELETED = "deleted"
    THEN = "another value"
    DROPPED = "a test dropped"
    NEGATED = "a test turned round"
    BOUND = "a bound shifted"
    SWAPPED = "all and any swapped"
    SHORTER = "a value left out"
    LONGER = "a value added"
    TIER = "another tier"
    OVERRIDE = "an override removed"


@dataclass(frozen=True, eq=False)
class Mutant:
    """A rule and what becomes of it, None if it is deleted; `said` says so in words, `span` where.

    `reads` is what the changed test reads, None if no single test is changed.
    """

    rule: Rule
    change: Change
    said: str
    span: Span
    changed: Rule | None
    reads: str | None = None

    @property
    def asks_otherwise(self) -> bool:
        """True if its condition is another."""
        return self.changed is not None and self.changed.when is not self.rule.when

    def decision(self, decision: Decision) -> Decision:
        """Return *decision* with the changed rule in place of the rule, or without it."""
        put = () if self.changed is None else (self.changed,)
        rules = (put if rule.path == self.rule.path else (rule,) for rule in decision.rules)
        return replace(decision, rules=tuple(rule for part in rules for rule in part))


def mutants_of(rulebase: RuleBase, rule: Rule) -> tuple[Mutant, ...]:
    """Return every mutant of *rule*; those that say the same as the rule or as another are left out.

    >>> from amends.engine import load
    >>> base = load().rulebase
    >>> len({mutant.change for rule in base.rules.values() for mutant in mutants_of(base, rule)})
    10
    """
    seen = {rule_key(rule)}
    found = []
    for mutant in _made(rulebase, rule):
        key = None if mutant.changed is None else rule_key(mutant.changed)
        if key not in seen:
            seen.add(key)
            found.append(mutant)
    return tuple(found)


def _made(rulebase: RuleBase, rule: Rule) -> Iterator[Mutant]:
    decision = rulebase.decisions[rule.decision]
    yield Mutant(rule, Change.DELETED, "the rule is deleted", rule.span, None)
    yield from _thens(rule, decision)
    yield from _conditions(rulebase, rule)
    if rule.tier is not None:
        at = decision.tiers.index(rule.tier)
        for tier in (*decision.tiers[max(at - 1, 0) : at], *decision.tiers[at + 1 : at + 2]):
            said = f"it moves from the tier `{rule.tier}` to `{tier}`"
            yield Mutant(rule, Change.TIER, said, rule.span, replace(rule, tier=tier))
    for name in rule.overrides:
        left = tuple(other for other in rule.overrides if other != name)
        said = f"it no longer overrides `{name}`"
        yield Mutant(rule, Change.OVERRIDE, said, rule.span, replace(rule, overrides=left))


def _thens(rule: Rule, decision: Decision) -> Iterator[Mutant]:
    """Yield *rule* with another of the values that the decision comes to, for each that it concludes."""
    if decision.hit_policy is HitPolicy.COLLECT_COUNT:
        return
    others = {value for other in decision.rules for value in other.then if value not in rule.then}
    own = [value for value in decision.domain.values if value not in rule.then]
    if decision.otherwise is not None and decision.otherwise not in rule.then:
        others.add(decision.otherwise)
    for value in rule.then:
        other = _nearest(value, sorted(others, key=sort_key), own, decision)
        if other is None:
            continue
        then = tuple(other if each == value else each for each in rule.then)
        domain = decision.domain
        said = f"it concludes “{words(other, domain)}” instead of “{words(value, domain)}”"
        yield Mutant(rule, Change.THEN, said, rule.span, replace(rule, then=then))


def _nearest(value: Value, used: list[Value], own: list[str], decision: Decision) -> Value | None:
    if isinstance(value, Fraction):
        numbers = [number for number in used if isinstance(number, Fraction)]
        if numbers:
            return min(numbers, key=lambda number: (abs(number - value), number))
        low, high = decision.domain.lowest, decision.domain.highest
        return next((end for end in (high, low) if end is not None and end != value), value + 1)
    order = list(decision.domain.values)
    listed = [other for other in used if other in order] or list(own)
    if not listed or value not in order:
        return listed[0] if listed else None
    at = order.index(str(value))
    # The next in the order in which they are declared: neighbours are the likeliest slips.
    return min(listed, key=lambda other: (order.index(str(other)) - at) % len(order))


# --- Conditions -------------------------------------------------------------------------------


def _conditions(rulebase: RuleBase, rule: Rule) -> Iterator[Mutant]:
    for place, part in _parts(rule.when):
        test = part.part if isinstance(part, Not) else part
        if not isinstance(test, Test):
            continue
        what = f"the test of `{test.subject}`"
        changes = [
            (Change.DROPPED, f"{what} is dropped", None),
            (Change.NEGATED, f"{what} is turned round", test if isinstance(part, Not) else Not(part)),
        ]
        for change, said, tried in _shifted(rulebase, test):
            changes.append((change, f"{what} {said}", Not(tried) if isinstance(part, Not) else tried))
        for change, said, tried_part in changes:
            when = place(tried_part)
            if condition_key(when) != condition_key(rule.when):
                yield Mutant(rule, change, said, test.span, replace(rule, when=when), test.subject)
    for when, group in _swapped(rule.when):
        was, now = ("all", "any") if isinstance(group, AllOf) else ("any", "all")
        said = f"of {len(group.parts)} conditions `{now}` has to hold instead of `{was}`"
        first = next(tests(group), None)
        span = rule.span if first is None or group is rule.when else first.span
        yield Mutant(rule, Change.SWAPPED, said, span, replace(rule, when=when))


def _swapped(condition: Condition) -> Iterator[tuple[Condition, AllOf | AnyOf]]:
    """Yield *condition* with one of its groups turned from `all` to `any` or back, and that group."""
    match condition:
        case Not(inner):
            yield from ((Not(other), group) for other, group in _swapped(inner))
        case AllOf(parts) | AnyOf(parts):
            kind, other_kind = (AllOf, AnyOf) if isinstance(condition, AllOf) else (AnyOf, AllOf)
            if len(parts) > 1:
                yield other_kind(parts), condition
            for at, part in enumerate(parts):
                for other, group in _swapped(part):
                    yield kind((*parts[:at], other, *parts[at + 1 :])), group


Place = Callable[[Condition | None], Condition]
"""Makes the whole condition with another part, or none, in one place."""


def _parts(condition: Condition) -> Iterator[tuple[Place, Condition]]:
    """Yield every test of *condition*, with the `not` before it, and what puts another in its place."""
    match condition:
        case Test() | Not(Test()):
            yield (lambda part: AllOf(()) if part is None else part), condition
        case Not(inner):
            for place, part in _parts(inner):
                yield (lambda other, place=place: Not(place(other))), part  # type: ignore[misc]
        case AllOf(parts) | AnyOf(parts):
            group = AllOf if isinstance(condition, AllOf) else AnyOf
            for at, each in enumerate(parts):
                before, after = parts[:at], parts[at + 1 :]
                if isinstance(each, Test) or (isinstance(each, Not) and isinstance(each.part, Test)):

                    def put(
                        part: Condition | None,
                        group: type[AllOf] | type[AnyOf] = group,
                        before: tuple[Condition, ...] = before,
                        after: tuple[Condition, ...] = after,
                    ) -> Condition:
                        return group((*before, *(() if part is None else (part,)), *after))

                    yield put, each
                    continue
                for place, part in _parts(each):

                    def put_inside(
                        other: Condition | None,
                        place: Place = place,
                        group: type[AllOf] | type[AnyOf] = group,
                        before: tuple[Condition, ...] = before,
                        after: tuple[Condition, ...] = after,
                    ) -> Condition:
                        return group((*before, place(other), *after))

                    yield put_inside, part


def _shifted(rulebase: RuleBase, test: Test) -> Iterator[tuple[Change, str, Test]]:
    """Yield *test* with its bound shifted, or with one value less or more."""
    domain = rulebase.domain(test.subject)
    if test.operator in STRICT:
        other = STRICT[test.operator]
        said = f"says `{other.value}` instead of `{test.operator.value}`"
        yield Change.BOUND, said, replace(test, operator=other)
    if test.operator not in LISTS or domain.kind not in (Kind.CHOICE, Kind.SET):
        return
    assert isinstance(test.operand, frozenset)
    order = list(domain.values)
    if len(test.operand) == len(order):  # "empty", which is no list
        return
    listed = sorted(test.operand, key=lambda value: order.index(str(value)))
    if len(listed) > 1:
        for value in listed:
            said = f"no longer lists “{words(value, domain)}”"
            yield Change.SHORTER, said, replace(test, operand=test.operand - {value})
    if test.operator is Operator.ONE_OF and len(test.operand) == len(order) - 1:
        return  # with all of them it asks nothing, as if it were dropped
    last = order.index(str(listed[-1]))
    added = next(value for value in (*order[last + 1 :], *order) if value not in test.operand)
    said = f"lists “{domain.values[added]}” too"
    yield Change.LONGER, said, replace(test, operand=test.operand | {added})
