"""The sections that messages are made of."""

from __future__ import annotations

from amends.engine.author.schema.shapes import (
    FLAG,
    KEBAB,
    SNAKE,
    TEXT,
    Schema,
    entry,
    named,
    one_of,
    one_or_several,
    ref,
    told,
)
from amends.engine.loading.messages import OF_THE_VERDICT
from amends.engine.message import FORMS, REPLY_CHANNEL
from amends.engine.rulebase import RuleBase

_WORDS = told(one_or_several(TEXT), "Plain words, whatever their case.")
_SOURCES = ref("cited")


def sections(rulebase: RuleBase) -> dict[str, Schema]:
    """Return words, blocks, skeletons, channels and phrases."""
    return {
        "words": told(named(SNAKE, _word(rulebase)), "Names that a template may use."),
        "blocks": told(named(SNAKE, _block()), "Parts of a message, each in one or more variants."),
        "skeletons": told(named(SNAKE, _skeleton(rulebase)), "The order of blocks, by form."),
        "channels": told(named(SNAKE, _channel(rulebase)), "How a message reaches the client."),
        "phrases": told(named(KEBAB, _phrase()), "What no message may hold, or must."),
    }


def _word(rulebase: RuleBase) -> Schema:
    of = {
        **{name: each.title for name, each in rulebase.facts.items()},
        **{name: each.title for name, each in rulebase.measures.items()},
        **{name: each.title for name, each in rulebase.parameters.items()},
        **dict.fromkeys(OF_THE_VERDICT, ""),
    }
    return entry(
        {
            "title": told(TEXT, "What stands in its place while it is unknown."),
            "of": one_of(of, "What gives its value; without it the asker says it."),
            "help": TEXT,
            "money": told(FLAG, "Left out where money may not be spoken of."),
        },
        ("title",),
    )


def _block() -> Schema:
    variant = entry(
        {
            "when": told(ref("condition"), "The first variant that surely holds is said."),
            "text": told({"type": "string"}, "Text and {{ words }}."),
            "money": told(FLAG, "Left out where money may not be spoken of."),
        },
        ("text",),
        ignorable=False,
    )
    return entry(
        {
            "title": TEXT,
            "variants": {"type": "array", "items": variant, "minItems": 1},
            "aside": told(FLAG, "A note for whoever talks."),
            "sources": _SOURCES,
        },
        ("title", "variants", "sources"),
    )


def _order(rulebase: RuleBase) -> Schema:
    block = one_of({name: each.title for name, each in rulebase.messages.blocks.items()}, "A block.")
    return told(one_or_several(one_or_several(block)), "Paragraphs of blocks.")


def _skeleton(rulebase: RuleBase) -> Schema:
    order = _order(rulebase)
    return entry({"title": TEXT, "sources": _SOURCES, **dict.fromkeys(FORMS, order)}, ("title", "sources"))


def _channel(rulebase: RuleBase) -> Schema:
    decision = rulebase.decisions.get(REPLY_CHANNEL)
    block = one_of({name: each.title for name, each in rulebase.messages.blocks.items()}, "A block.")
    size: Schema = {"type": "integer", "minimum": 1, "maximum": 1000}
    return entry(
        {
            "title": TEXT,
            "form": one_of(FORMS),
            "chosen_as": one_of(decision.domain.values, "The value of reply_channel that asks for it.")
            if decision
            else TEXT,
            "subject": block,
            "before": one_or_several(block),
            "after": one_or_several(block),
            "order": _order(rulebase),
            "most_words": size,
            "most_sentences": size,
            "sources": _SOURCES,
        },
        ("title", "form", "chosen_as", "sources"),
    )


def _phrase() -> Schema:
    found = entry(
        {
            "title": TEXT,
            "block": _WORDS,
            "require": _WORDS,
            "once": _WORDS,
            "beside": _WORDS,
            "instead": TEXT,
            "forms": one_or_several(one_of(FORMS)),
            "when": told(ref("condition"), "Where it counts."),
            "sources": _SOURCES,
        },
        ("title", "sources"),
    )
    return {**found, "oneOf": [{"required": [rule]} for rule in ("block", "require", "once")]}
