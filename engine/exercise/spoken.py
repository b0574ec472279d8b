"""Which parts of messages a case uses, through every channel; no message is put into words for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from amends.engine.draft.templates import names_in
from amends.engine.draft.words import Words
from amends.engine.exercise.playing import Played
from amends.engine.message import HOLDING, MESSAGE, Messages, Skeleton
from amends.engine.truth import Reading, Truth, truth


def skeleton_of(case: Played) -> str | None:
    """Return the skeleton of the message for *case*, None in a rule base without messages."""
    skeletons = case.rulebase.messages.skeletons
    outcome = case.exact.trace.outcomes.get(MESSAGE)
    if case.verdict.status != "decided" or outcome is None or outcome.value is None:
        return HOLDING if HOLDING in skeletons else None
    return str(outcome.value) if outcome.value in skeletons else None


@lru_cache(maxsize=4096)
def spoken(case: Played) -> frozenset[str]:
    """Return the blocks that have something to say in the messages for *case*."""
    chosen = skeleton_of(case)
    messages = case.rulebase.messages
    if chosen is None:
        return frozenset()

    def look(name: str) -> Reading:
        return frozenset([chosen]) if name == MESSAGE else case.look(name)

    given = {name: node.text for name, node in case.case.words.items()}
    trace, facts = case.exact.trace, case.completed.facts
    words = Words(case.rulebase, case.verdict, trace, facts, given, look)

    def is_said(name: str) -> bool:
        return any(
            truth(variant.when, look, case.is_stated) is Truth.YES
            and words.fit(variant, names_in(variant.text))
            for variant in messages.blocks[name].variants
        )

    names = frozenset(blocks_of(messages, messages.skeletons[chosen]))
    return frozenset(name for name in names if is_said(name))


def blocks_of(messages: Messages, skeleton: Skeleton) -> Iterator[str]:
    """Yield the blocks that a message of this skeleton can have, through any channel."""
    for channel in messages.channels.values():
        yield from (*channel.before, *channel.after)
        if channel.subject is not None:
            yield channel.subject
        for paragraph in skeleton.orders.get(channel.form) or channel.order:
            yield from paragraph
