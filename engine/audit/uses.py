"""What uses what in a rule base: names in tests and formulas, citations, conclusions, blocks and words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from amends.engine.book.citations import citers
from amends.engine.claim import Guarded, Holds, MoneyWithin, OneValue, Statement, Steady
from amends.engine.deciding import AVOID, COMPANIONS, REMEDY
from amends.engine.draft.templates import names_in
from amends.engine.draft.words import MONEY_GATE, POLICY
from amends.engine.ignore import subject_of
from amends.engine.interview.asking import FEW_QUESTIONS
from amends.engine.interview.weights import ASSUMED, EVENT, KNOWN
from amends.engine.message import HOLDING, MESSAGE, REPLY_CHANNEL
from amends.engine.money import BASIS, FORM
from amends.engine.network import arrows
from amends.engine.plan import DEADLINE, REPLY
from amends.engine.rulebase import PLACEHOLDER, Condition, Decision, RuleBase, tests

ANSWERS = frozenset(
    {
        REMEDY,
        COMPANIONS,
        AVOID,
        BASIS,
        FORM,
        MONEY_GATE,
        POLICY,
        MESSAGE,
        REPLY_CHANNEL,
        DEADLINE,
        "tone",
        "tone_intensity",
    }
)
"""The decisions that somebody reads who is no rule: verdict, plan, money, message, the asker."""

OF_THE_INTERVIEW = frozenset({"assumed_weight", "event_weight", "known_weight", "fast_questions"})
OF_THE_ENGINE = (
    frozenset({REPLY, FEW_QUESTIONS, ASSUMED, EVENT, KNOWN, "largest_number", "largest_amount"})
    | OF_THE_INTERVIEW
)
"""The parameters that the engine itself reads."""


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """*user* needs *used*; both as findings call them. A measure or decision that reads is `derived`."""

    used: str
    user: str
    derived: bool = False


def uses(rulebase: RuleBase) -> frozenset[Use]:
    """Return every use of something by something else; templates have been checked before."""
    return frozenset(_uses(rulebase))


def _uses(rulebase: RuleBase) -> Iterator[Use]:
    yield from (Use(arrow.read, arrow.reader, derived=True) for arrow in arrows(rulebase))
    for measure in rulebase.measures.values():
        yield from (Use(name, measure.name, derived=True) for name in measure.inputs)
    yield from (Use(name, "a constant") for name in rulebase.constants)
    yield from (Use(name, "the engine") for name in OF_THE_ENGINE)
    for constraint in rulebase.constraints.values():
        yield from _tested(constraint.never, constraint.name)
    for claim in rulebase.claims.values():
        yield from _tested(claim.when, claim.name)
        yield from (Use(name, claim.name) for name in _said(claim.says))
    for basis in rulebase.money.values():
        named = (*basis.numbers, *PLACEHOLDER.findall(basis.formula))
        yield from (Use(name, f"money/{basis.name}") for name in named)
    for catalogue, entries in rulebase.catalogues.items():
        for entry in entries.values():
            days = (step.by for step in entry.steps if step.by)
            yield from (Use(day, subject_of(catalogue, entry.name)) for day in days)
    for decision in rulebase.decisions.values():
        yield from (Use(used, decision.name) for used in _concluded(decision, rulebase))
    for citation, citing in citers(rulebase).items():
        source = subject_of("sources", citation.split(":")[0])
        yield from (Use(source, citer.name) for citer in citing)
    yield from _in_messages(rulebase)


def _tested(condition: Condition, user: str) -> Iterator[Use]:
    return (Use(test.subject, user) for test in tests(condition))


def _said(says: Statement) -> Iterable[str]:
    match says:
        case Holds(condition):
            return [test.subject for test in tests(condition)]
        case MoneyWithin(least, most):
            return [name for name in (least, most) if name]
        case OneValue(decision):
            return [decision]
        case Guarded(phrases):
            return [subject_of("phrases", name) for name in phrases]
        case Steady(subject=subject, decision=decision):
            return [name for name in (subject, decision) if name]
    return []


def _concluded(decision: Decision, rulebase: RuleBase) -> Iterator[str]:
    """Yield the entries, money bases and skeletons that rules of *decision* lead to."""
    values = {value for rule in decision.rules for value in rule.then} | {decision.otherwise}
    for value in sorted(value for value in values if isinstance(value, str)):
        for catalogue, entries in rulebase.catalogues.items():
            if value in entries and decision.domain.values.get(value) == entries[value].title:
                yield subject_of(catalogue, value)
        if decision.name == BASIS:
            yield subject_of("money", value)
        if decision.name == MESSAGE:
            yield subject_of("skeletons", value)


def _in_messages(rulebase: RuleBase) -> Iterator[Use]:
    messages = rulebase.messages
    if messages.skeletons:
        yield Use(subject_of("skeletons", HOLDING), "the engine")
    for word in messages.words.values():
        if word.of is not None:
            yield Use(word.of, subject_of("words", word.name))
    for block in messages.blocks.values():
        user = subject_of("blocks", block.name)
        for variant in block.variants:
            yield from _tested(variant.when, user)
            yield from (Use(subject_of("words", name), user) for name in names_in(variant.text))
    for skeleton in messages.skeletons.values():
        named = {name for order in skeleton.orders.values() for paragraph in order for name in paragraph}
        user = subject_of("skeletons", skeleton.name)
        yield from (Use(subject_of("blocks", name), user) for name in named)
    forms = {channel.form for channel in messages.channels.values()}
    for channel in messages.channels.values():
        named = {*channel.before, *channel.after, *(name for part in channel.order for name in part)}
        named |= {channel.subject} if channel.subject else set()
        user = subject_of("channels", channel.name)
        yield from (Use(subject_of("blocks", name), user) for name in named)
    for phrase in messages.phrases.values():
        yield from _tested(phrase.when, subject_of("phrases", phrase.name))
        if forms.intersection(phrase.forms):
            yield Use(subject_of("phrases", phrase.name), "the phrase guard")
