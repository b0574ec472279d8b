"""A rule to start from: one that decides, and a small case in which it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from zlib import crc32

from amends.engine.case import Case
from amends.engine.chain import run
from amends.engine.chain.outcome import Outcome
from amends.engine.completion import complete
from amends.engine.diagnostics import Problems, Source, Span
from amends.engine.network import cone, has_cycle
from amends.engine.pack import HOUSE
from amends.engine.rulebase import (
    AllOf,
    Condition,
    Decision,
    HitPolicy,
    Kind,
    Operator,
    Rule,
    RuleBase,
    Test,
    Value,
)
from amends.engine.truth import Members
from amends.engine.what_if import kinds_of_value, memory_of

ATTEMPTS = 60
"""Cases tried for each tier and value, before another is."""
STATING_ALL = 20
"""From here on every other attempt also states what would be assumed."""
MOST_VALUES = 4
"""Values tried where nobody says which."""
_NOWHERE = Span.whole(Source("a new rule"))
_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)  # no rule reads it

Facts = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Start:
    """A rule, and the facts of a case in which its decision rests on it; they include what it tests."""

    rule: Rule
    facts: Facts


def start(
    rulebase: RuleBase,
    decision: Decision,
    name: str,
    tested: Facts,
    *,
    stated: Facts,
    tier: str | None = None,
    then: Value | None = None,
    pack: str = "",
    level: int = HOUSE,
) -> Start | None:
    """Return a rule of *decision* that tests *tested*, with a case, or None if no case was found.

    The case states *stated* too. Without *tier* the weakest tier in which it can decide is taken, a gate
    last; without *then* the first value that is not what stands otherwise.
    """
    for each_tier in _tiers(decision, tier):
        for value in _values(decision, then):
            rule = Rule(
                decision=decision.name,
                name=name,
                when=_condition(rulebase, tested),
                then=() if value is None else (value,),
                because="",
                sources=(),
                span=_NOWHERE,
                tier=each_tier,
                pack=pack,
                level=level,
            )
            facts = _case_of(rulebase, rule, {**stated, **tested})
            if facts is not None:
                return Start(rule, facts)
    return None


def _condition(rulebase: RuleBase, tested: Facts) -> Condition:
    parts: list[Condition] = []
    for name, value in tested.items():
        if isinstance(value, frozenset):
            parts.append(Test(name, Operator.HAS_ALL, frozenset(value), _NOWHERE))
        else:
            parts.append(Test(name, Operator.ONE_OF, frozenset([value]), _NOWHERE))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _tiers(decision: Decision, wanted: str | None) -> tuple[str | None, ...]:
    if decision.hit_policy is not HitPolicy.PRIORITY:
        return (None,)
    if wanted is not None:
        return (wanted,)
    weakest = tuple(reversed(decision.tiers))
    return (
        *(tier for tier in weakest if tier not in decision.gates),
        *(tier for tier in weakest if tier in decision.gates),
    )


def _values(decision: Decision, wanted: Value | None) -> list[Value | None]:
    if decision.hit_policy is HitPolicy.COLLECT_COUNT:
        return [None]
    if wanted is not None:
        return [wanted]
    domain = decision.domain
    if domain.kind.is_number:
        ends = [domain.lowest, domain.highest]
        if decision.hit_policy is HitPolicy.COLLECT_SUM:
            ends = [Fraction(0)]
        return list(reversed(ends) if decision.hit_policy is HitPolicy.COLLECT_MAX else ends)
    others: list[Value | None] = [value for value in domain.values if value != decision.otherwise]
    return others[:MOST_VALUES]


def _case_of(rulebase: RuleBase, rule: Rule, facts: Facts) -> Facts | None:
    """Return the fewest facts found, *facts* among them, with which the decision rests on *rule*."""
    with_it = with_rule(rulebase, rule)
    if has_cycle(with_it):
        return None
    for more in _fillings(rulebase, rule, facts):
        found = {**facts, **more}
        if rests_on(with_it, rule, found):
            for name in sorted(more):
                fewer = {other: value for other, value in found.items() if other != name}
                if rests_on(with_it, rule, fewer):
                    found = fewer
            return found
    return None


def with_rule(rulebase: RuleBase, rule: Rule) -> RuleBase:
    """Return *rulebase* with one rule more."""
    decision = rulebase.decisions[rule.decision]
    rules = tuple(sorted((*decision.rules, rule), key=lambda each: each.path))
    return replace(rulebase, decisions={**rulebase.decisions, rule.decision: replace(decision, rules=rules)})


def _fillings(rulebase: RuleBase, rule: Rule, facts: Facts) -> Iterator[Facts]:
    """Yield what else could be stated: nothing, then what matters to the decision, in ever other ways."""
    yield {}
    read = cone(rulebase, rule.decision) & rulebase.facts.keys() - facts.keys()
    choices = {name: kinds_of_value(rulebase, rulebase.facts[name]) for name in sorted(read)}
    for attempt in range(ATTEMPTS):
        yields_all = attempt >= STATING_ALL and attempt % 2 == 1
        yield {
            name: values[crc32(f"{attempt} {name}".encode()) % len(values)]
            for name, values in choices.items()
            if values and (yields_all or rulebase.facts[name].assume is None)
        }


def rests_on(rulebase: RuleBase, rule: Rule, facts: Facts) -> bool:
    """True if the case that states *facts* can be, and the decision of *rule* rests on it."""
    problems = Problems()
    case = Case(facts=facts, now=_MOMENT)
    completed = complete(rulebase, case, problems)
    if problems.found:
        return False
    memory = memory_of(rulebase, cone(rulebase, rule.decision).intersection(rulebase.decisions))
    outcome = run(rulebase, completed.facts, facts, memory).outcomes[rule.decision]
    return rule.path in outcome.deciding and _says(outcome, rule)


def _says(outcome: Outcome, rule: Rule) -> bool:
    if isinstance(outcome.found, Members):
        return outcome.found.sure.issuperset(map(str, rule.then))
    return outcome.is_settled


def own_trigger(rulebase: RuleBase, folder: Path) -> dict[str, Value]:
    """Return a test of a fact that the pack in *folder* adds and no rule tests, for a value not assumed."""
    tested = {name for rule in rulebase.rules.values() for name in rule.subjects}
    for name, fact in rulebase.facts.items():
        is_own = name not in tested and folder in Path(fact.span.source.name).parents
        if not is_own or fact.domain.kind not in (Kind.FLAG, Kind.CHOICE):
            continue
        values = [True, False] if fact.domain.kind is Kind.FLAG else list(fact.domain.values)
        for value in values:
            if fact.assume is not None and value != fact.assume:
                return {name: value}
    return {}
