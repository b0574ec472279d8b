"""From the rules that speak to one outcome: hit policies, tiers, levels and overrides.

Precedence is settled here, from the set of rules that fired, so that no verdict can
depend on the order in which an engine fires them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import combinations

from amends.engine.chain.outcome import Lack, Outcome
from amends.engine.rulebase import Decision, HitPolicy, Rule, Value
from amends.engine.truth import Members, Truth

Apart = Callable[[Rule, Rule], bool]


def settle(
    decision: Decision, truths: Mapping[str, Truth], apart: Apart, without: Members | None = None
) -> Outcome:
    """Return the outcome of *decision* where each rule, by path, is yes, undecided or (absent) no.

    *apart* says of two rules that they cannot both fire; *without* holds the members of the
    decision that takes members out.
    """
    sure = [rule for rule in decision.rules if truths.get(rule.path) is Truth.YES]
    perhaps = [rule for rule in decision.rules if truths.get(rule.path) is Truth.UNDECIDED]
    match decision.hit_policy:
        case HitPolicy.COLLECT:
            return _collect(decision, sure, perhaps, without)
        case policy if policy.is_aggregate:
            return _aggregate(decision, sure, perhaps)
        case HitPolicy.PRIORITY:
            return _priority(decision, sure, perhaps, apart)
        case _:
            return _single(decision, sure, perhaps, apart)


def subset_sums(start: Fraction, numbers: list[Fraction]) -> frozenset[Fraction]:
    """Return every sum of *start* and some of *numbers*."""
    sums = {start}
    for number in numbers:
        sums |= {total + number for total in sums}
    return frozenset(sums)


def _values(rules: list[Rule]) -> frozenset[Value]:
    return frozenset(value for rule in rules for value in rule.then)


def _paths(rules: list[Rule]) -> tuple[str, ...]:
    return tuple(rule.path for rule in rules)


def _collect(decision: Decision, sure: list[Rule], perhaps: list[Rule], without: Members | None) -> Outcome:
    certain = frozenset(str(value) for value in _values(sure))
    possible = certain | frozenset(str(value) for value in _values(perhaps))
    out = without or Members(frozenset(), frozenset())
    return Outcome(
        decision.name,
        Members(certain - out.possible, possible - out.sure),
        deciding=_paths(sure),
        taken_out=possible & out.possible,
    )


def _aggregate(decision: Decision, sure: list[Rule], perhaps: list[Rule]) -> Outcome:
    certain = [Fraction(rule.then[0]) for rule in sure if rule.then and isinstance(rule.then[0], Fraction)]
    possible = [
        Fraction(rule.then[0]) for rule in perhaps if rule.then and isinstance(rule.then[0], Fraction)
    ]
    found: frozenset[Value]
    match decision.hit_policy:
        case HitPolicy.COLLECT_COUNT:
            found = frozenset(Fraction(count) for count in range(len(sure), len(sure) + len(perhaps) + 1))
        case HitPolicy.COLLECT_SUM:
            found = frozenset(subset_sums(sum(certain, Fraction(0)), possible))
        case _:
            pick = max if decision.hit_policy is HitPolicy.COLLECT_MAX else min
            if certain:
                best = pick(certain)
                found = frozenset({best} | {value for value in possible if pick(best, value) != best})
            else:
                assert decision.otherwise is not None
                found = frozenset({decision.otherwise, *possible})
    silent = not sure and not perhaps
    is_extreme = decision.hit_policy in (HitPolicy.COLLECT_MAX, HitPolicy.COLLECT_MIN)
    # Of a highest or lowest value, those that reach it are credited; of a sum or count, all.
    credited = [rule for rule in sure if not is_extreme or not found.isdisjoint(rule.then)]
    return Outcome(decision.name, found, deciding=_paths(credited), by_otherwise=silent)


def _single(decision: Decision, sure: list[Rule], perhaps: list[Rule], apart: Apart) -> Outcome:
    """`unique`, where two firing rules conflict, and `any`, where two different values do."""

    def clash(rule: Rule, other: Rule) -> bool:
        differ = decision.hit_policy is HitPolicy.UNIQUE or rule.then != other.then
        return differ and not apart(rule, other)

    if _some(clash, sure):
        return Outcome(decision.name, frozenset(), frozenset([Lack.CONFLICT]), _paths(sure))
    lacks = {Lack.CONFLICT} if _some(clash, sure + perhaps) else set()
    found = _values(sure) if sure else _values(perhaps)
    return _with_otherwise(decision, found, lacks, sure, perhaps)


def _priority(decision: Decision, sure: list[Rule], perhaps: list[Rule], apart: Apart) -> Outcome:
    def stands(rule: Rule) -> bool:
        return not any(decision.beats(other, rule) for other in sure)

    def clash(rule: Rule, other: Rule) -> bool:
        ordered = decision.beats(rule, other) or decision.beats(other, rule)
        return rule.then != other.then and not ordered and not apart(rule, other)

    left = [rule for rule in (*sure, *perhaps) if stands(rule)]
    winners = [rule for rule in sure if stands(rule)]
    if _some(clash, winners) and len(left) == len(winners):
        return Outcome(decision.name, frozenset(), frozenset([Lack.CONFLICT]), _paths(winners))
    lacks = {Lack.CONFLICT} if _some(clash, left) else set()
    return _with_otherwise(decision, _values(left), lacks, winners, perhaps if not sure else [])


def _some(clash: Apart, rules: list[Rule]) -> bool:
    return any(clash(rule, other) for rule, other in combinations(rules, 2))


def _with_otherwise(
    decision: Decision, found: frozenset[Value], lacks: set[Lack], sure: list[Rule], perhaps: list[Rule]
) -> Outcome:
    by_otherwise = False
    if not sure:
        if decision.otherwise is None:
            lacks = lacks | {Lack.UNCOVERED}
        else:
            found |= {decision.otherwise}
            by_otherwise = not perhaps
    return Outcome(decision.name, found, frozenset(lacks), _paths(sure), by_otherwise)
