"""The rules that would have led elsewhere: what they wanted, what they read, and what would beat them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from amends.engine.reasons.changes import Flip, flips
from amends.engine.reasons.place import Standing
from amends.engine.rulebase import AllOf, AnyOf, Condition, Decision, Not, Rule, Test, Value
from amends.engine.truth import Reading, Truth, truth

MOST_FACTS = 3
"""In a change that would lead to the value that is asked about."""
MOST_FLIPS = 3
"""Changes of several facts that are shown."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A test that did not come out as the rule wants: it was to pass, or not; `read` is what it found."""

    test: Test
    wanted: bool
    read: Reading


@dataclass(frozen=True, slots=True)
class Failed:
    """One condition of a rule that does not hold; any of `misses` may be what is in its way."""

    misses: tuple[Miss, ...]


@dataclass(frozen=True, slots=True)
class Victor:
    """A rule that speaks and beats another, and what makes it the stronger."""

    rule: Rule
    because: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A rule that would lead to the value: the conditions that failed, and the rules that beat it."""

    rule: Rule
    failed: tuple[Failed, ...]
    beaten_by: tuple[Victor, ...]


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a decision did not come to `value`; the nearest attempt and the smallest change come first.

    `is_otherwise` says that the value stands where no rule speaks, `is_possible` that the case is
    open and may still come to it. `most` is how many facts a change was let have.
    """

    value: Value
    attempts: tuple[Attempt, ...]
    flips: tuple[Flip, ...]
    is_otherwise: bool
    is_possible: bool
    most: int


def why_not(standing: Standing, value: Value, most: int = MOST_FACTS) -> WhyNot:
    """Return why the decision did not come to *value*, one that it can conclude."""
    decision = standing.rulebase.decisions[standing.decision]
    attempts = [_attempt(standing, decision, rule) for rule in decision.rules if value in rule.then]
    attempts.sort(key=lambda attempt: (len(attempt.failed), len(attempt.beaten_by), attempt.rule.path))
    found = flips(standing, most, only=value, alike=MOST_FLIPS)
    return WhyNot(
        value,
        tuple(attempts),
        found.flips,
        decision.otherwise == value,
        value in standing.outcome.candidates,
        most,
    )


def _attempt(standing: Standing, decision: Decision, rule: Rule) -> Attempt:
    parts = rule.when.parts if isinstance(rule.when, AllOf) else (rule.when,)
    misses = [tuple(dict.fromkeys(_missed(standing, part, Truth.YES))) for part in parts]
    victors = [
        Victor(fired.rule, _precedence(fired.rule, rule))
        for fired in standing.exact.trace.fired
        if fired.rule.decision == rule.decision and decision.beats(fired.rule, rule)
    ]
    return Attempt(rule, tuple(Failed(found) for found in misses if found), tuple(victors))


def _missed(standing: Standing, condition: Condition, wanted: Truth) -> Iterator[Miss]:
    """Yield what keeps *condition* from coming out as *wanted*; nothing if it does."""
    if truth(condition, standing.look, standing.case.facts.__contains__) is wanted:
        return
    match condition:
        case Test():
            yield Miss(condition, wanted is Truth.YES, standing.look(condition.subject))
        case Not(part):
            yield from _missed(standing, part, Truth(2 - wanted))
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _missed(standing, part, wanted)


def _precedence(rule: Rule, other: Rule) -> str:
    """Return why *rule* beats *other*, in words."""
    if rule.tier != other.tier:
        return f"tier `{rule.tier}` comes before tier `{other.tier}`"
    if rule.level != other.level:
        return f"pack `{rule.pack}` comes after pack `{other.pack}`"
    return "it overrides it"
