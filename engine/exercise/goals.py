"""What a case can exercise of a rule base: rules, tests, outcomes and parts of messages, as values."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from amends.engine.diagnostics import Span
from amends.engine.exercise.playing import Played
from amends.engine.exercise.spoken import skeleton_of, spoken
from amends.engine.message import Block, Skeleton
from amends.engine.rulebase import Decision, HitPolicy, Rule, RuleBase, Test, Value, tests
from amends.engine.truth import Members, Truth, truth
from amends.engine.values import words


@dataclass(frozen=True, slots=True)
class Decides:
    """A rule is credited with what its decision comes to."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class Fires:
    """A rule speaks, whatever beats it."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class Way:
    """A test of a rule comes out true, or false."""

    rule: Rule
    test: Test
    is_true: bool


@dataclass(frozen=True, eq=False)
class Comes:
    """A decision comes to a value, or a set to a member."""

    decision: Decision
    value: Value
    rules: tuple[Rule, ...]
    """Those that conclude it."""


@dataclass(frozen=True, eq=False)
class Said:
    """A block is said in some message."""

    block: Block


@dataclass(frozen=True, eq=False)
class Written:
    """A message has this skeleton."""

    skeleton: Skeleton


Goal = Decides | Fires | Way | Comes | Said | Written
KINDS: dict[type[Goal], str] = {
    Decides: "rules that decide",
    Fires: "rules that fire",
    Comes: "outcomes",
    Way: "tests, each way",
    Said: "message blocks",
    Written: "message skeletons",
}
"""Each kind of goal in plain words, in the order in which they are told."""
HARD = (Decides, Comes)
"""The kinds that a rule base has to have exercised."""


def goals_of(rulebase: RuleBase, packs: Collection[str] = (), files: Collection[str] = ()) -> Iterator[Goal]:
    """Yield all that can be exercised; where *packs* are named, of them and the messages in their *files*."""
    rules = [rule for rule in rulebase.rules.values() if not packs or rule.pack in packs]
    yield from map(Decides, rules)
    yield from map(Fires, rules)
    for decision in rulebase.decisions.values():
        for goal in _outcomes(rulebase, decision):
            if not packs or any(rule.pack in packs for rule in goal.rules):
                yield goal
    for rule in rules:
        for test in dict.fromkeys(tests(rule.when)):
            yield from (Way(rule, test, is_true) for is_true in (True, False))
    messages = rulebase.messages
    yield from (Said(b) for b in messages.blocks.values() if not packs or b.span.source.name in files)
    yield from (Written(s) for s in messages.skeletons.values() if not packs or s.span.source.name in files)


def _outcomes(rulebase: RuleBase, decision: Decision) -> Iterator[Comes]:
    """Yield the values that *decision* should come to: those concluded, and its own; no sums and counts.

    A value of a catalogue that no rule concludes is unused, which the audit says.
    """
    if decision.hit_policy in (HitPolicy.COLLECT_SUM, HitPolicy.COLLECT_COUNT):
        return
    concluding: dict[Value, list[Rule]] = {}
    for rule in decision.rules:
        for value in rule.then:
            concluding.setdefault(value, []).append(rule)
    catalogued = {name for group in rulebase.catalogues.values() for name in group} | rulebase.money.keys()
    own = [value for value in decision.domain.values if value not in catalogued]
    otherwise = [] if decision.otherwise is None else [decision.otherwise]
    for value in dict.fromkeys([*concluding, *otherwise, *own]):
        yield Comes(decision, value, tuple(concluding.get(value, ())))


def is_met(goal: Goal, case: Played) -> bool:
    """Return whether *case* exercises *goal*."""
    match goal:
        case Decides(rule):
            return rule.path in case.deciding
        case Fires(rule):
            return case.truths.get(rule.path) is Truth.YES
        case Way(_, test, is_true):
            wanted = Truth.YES if is_true else Truth.NO
            return truth(test, case.look, case.is_stated) is wanted
        case Comes(decision, value, _):
            outcome = case.exact.trace.outcomes[decision.name]
            if isinstance(outcome.found, Members):
                return not outcome.lacks and str(value) in outcome.found.sure
            return outcome.is_settled and outcome.value == value
        case Said(block):
            return block.name in spoken(case)
        case Written(skeleton):
            return skeleton_of(case) == skeleton.name


def place(goal: Goal) -> Span:
    """Return where the thing is written."""
    match goal:
        case Decides(rule) | Fires(rule):
            return rule.span
        case Way(_, test, _):
            return test.span
        case Comes(decision, _, rules):
            return rules[0].span if rules else decision.span
        case Said(thing) | Written(thing):
            return thing.span


def subject(goal: Goal) -> str:
    """Return the name of the thing, by which a reader finds it."""
    match goal:
        case Decides(rule) | Fires(rule) | Way(rule, _, _):
            return rule.path
        case Comes(decision, value, _):
            return f"{decision.name}/{value if isinstance(value, str) else words(value, decision.domain)}"
        case Said(block):
            return f"blocks/{block.name}"
        case Written(skeleton):
            return f"skeletons/{skeleton.name}"


def missing(goal: Goal) -> str:
    """Return in words that no case exercises *goal*."""
    match goal:
        case Decides(rule):
            return f"`{rule.path}` decides in no case"
        case Fires(rule):
            return f"`{rule.path}` fires in no case"
        case Way(rule, test, is_true):
            way = "true" if is_true else "false"
            return f"the test of `{test.subject}` in `{rule.path}` is {way} in no case"
        case Comes(decision, value, _):
            return f"no case comes to “{words(value, decision.domain)}” in `{decision.name}`"
        case Said(block):
            return f"the block `{block.name}` is said in no message"
        case Written(skeleton):
            return f"no message is written as `{skeleton.name}`"
