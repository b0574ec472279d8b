"""What messages are made of: words, blocks, skeletons, channels and phrases, read and held together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from amends.engine.diagnostics import Code, Problems, Span, did_you_mean, listed
from amends.engine.loading.conditions import Names, read_condition
from amends.engine.loading.fields import KEBAB, RESERVED, SNAKE, Fields, check_name
from amends.engine.message import (
    ALWAYS,
    FORMS,
    HOLDING,
    MESSAGE,
    OF_VERDICT,
    REPLY_CHANNEL,
    Block,
    Channel,
    Messages,
    Order,
    Phrase,
    Skeleton,
    Variant,
    Word,
)
from amends.engine.rulebase import Condition, Domain, Kind, RuleBase
from amends.engine.source import ListNode, Node, ScalarNode

SECTIONS = ("words", "blocks", "skeletons", "channels", "phrases")
OF_THE_VERDICT = tuple(f"{OF_VERDICT}{name}" for name in ("amount", "next_contact", "next_word", "act_by"))
"""What a word can take from the verdict: its money, by when they must hear something, by when they hear
more once they have, and by when the remedy acts."""
RULES = ("block", "require", "once")
SHAPES = ("{date}", "{amount}")
"""What stands among the words of a phrase for any day or moment, and for any sum or percentage."""
LONGEST_TEMPLATE = 2_000
OF_TEMPLATES = frozenset({"self", "true", "false", "none"})
"""Names that mean something else in a template."""
_SIZE = Domain(Kind.COUNT, lowest=Fraction(1), highest=Fraction(1_000))

Entries = Mapping[str, tuple[ScalarNode, Node]]


def read_messages(sections: Mapping[str, Entries], names: Names, problems: Problems) -> Messages:
    """Return what *sections* say of messages; whatever is wrong with it is reported."""
    readers: dict[str, Callable[[Fields, ScalarNode], object]] = {
        "words": _read_word,
        "blocks": lambda fields, key: _read_block(fields, key, names),
        "skeletons": _read_skeleton,
        "channels": _read_channel,
        "phrases": lambda fields, key: _read_phrase(fields, key, names),
    }
    kinds = {"blocks": "block", "skeletons": "skeleton", "channels": "channel", "phrases": "phrase"}
    found: dict[str, dict[str, object]] = {}
    for section in SECTIONS:
        found[section] = {}
        for name, (key, node) in sorted(sections[section].items()):
            fields = Fields(node, f"the {kinds.get(section, 'word')} `{name}`", problems, key.span)
            entry = readers[section](fields, key)
            fields.done()
            reserved = RESERVED | OF_TEMPLATES if section == "words" else RESERVED
            check_name(key, KEBAB if section == "phrases" else SNAKE, problems, reserved)
            found[section][name] = entry
    return Messages(**found)  # type: ignore[arg-type]


def _read_word(fields: Fields, key: ScalarNode) -> Word:
    return Word(
        name=key.text,
        title=fields.text("title", required=True) or key.text.replace("_", " "),
        span=key.span,
        help=fields.text("help"),
        of=fields.text("of"),
        money=fields.flag("money"),
    )


def _read_block(fields: Fields, key: ScalarNode, names: Names) -> Block:
    return Block(
        name=key.text,
        title=fields.text("title", required=True) or key.text,
        variants=_read_variants(fields, names),
        sources=fields.texts("sources", required=True),
        span=key.span,
        aside=fields.flag("aside"),
    )


def _read_variants(fields: Fields, names: Names) -> tuple[Variant, ...]:
    listing = fields.node("variants", required=True)
    if not isinstance(listing, ListNode) or not listing.items:
        if listing is not None:
            help = "write `- {when: …, text: …}` lines below it"
            fields.wrong(f"`variants` of {fields.what} must be a list", listing, help)
        return ()
    found: list[Variant] = []
    for item in listing.items:
        inner = Fields(item, f"a variant of {fields.what}", fields.problems)
        when = _read_when(inner, names)
        written = inner.node("text", required=True)
        if isinstance(written, ScalarNode):
            text = "\n".join(" ".join(line.split()) for line in written.text.strip().splitlines())
            if len(text) > LONGEST_TEMPLATE:
                message = f"this text has more than {LONGEST_TEMPLATE:,} characters"
                help = "a message has a hundred words; make two blocks of it"
                fields.problems.add(Code.OUT_OF_BOUNDS, message, written.span, help=help)
            else:
                found.append(Variant(when, text, written.span, inner.flag("money")))
        elif written is not None:
            inner.wrong(f"`text` of {inner.what} must be a text", written, "write `text: some words`")
        inner.done()
    return tuple(found)


def _read_when(fields: Fields, names: Names) -> Condition:
    node = fields.node("when")
    return ALWAYS if node is None else read_condition(node, names, fields.problems)


def _read_skeleton(fields: Fields, key: ScalarNode) -> Skeleton:
    return Skeleton(
        name=key.text,
        title=fields.text("title", required=True) or key.text,
        orders={form: order for form in FORMS if (order := _read_order(fields, form))},
        sources=fields.texts("sources", required=True),
        span=key.span,
    )


def _read_order(fields: Fields, key: str) -> Order:
    """Return paragraphs of block names; one name alone is a paragraph."""
    node = fields.node(key)
    if node is None:
        return ()
    paragraphs: list[tuple[str, ...]] = []
    for item in node.items if isinstance(node, ListNode) else (node,):
        names = item.items if isinstance(item, ListNode) else (item,)
        if not names or not all(isinstance(name, ScalarNode) for name in names):
            fields.wrong(f"`{key}` of {fields.what} lists paragraphs", item, "write `- [block, block]` lines")
        paragraphs.append(tuple(name.text for name in names if isinstance(name, ScalarNode)))
    return tuple(paragraphs)


def _read_channel(fields: Fields, key: ScalarNode) -> Channel:
    form = fields.text("form", required=True) or FORMS[0]
    if form not in FORMS:
        _report_value(fields, "form", form, "form", FORMS)
        form = FORMS[0]
    return Channel(
        name=key.text,
        title=fields.text("title", required=True) or key.text,
        form=form,
        chosen_as=fields.text("chosen_as", required=True) or "",
        sources=fields.texts("sources", required=True),
        span=key.span,
        subject=fields.text("subject"),
        before=fields.texts("before"),
        after=fields.texts("after"),
        order=_read_order(fields, "order"),
        most_words=_size(fields, "most_words"),
        most_sentences=_size(fields, "most_sentences"),
    )


def _size(fields: Fields, key: str) -> int | None:
    number = fields.number(key, _SIZE)
    return None if number is None else int(number)


def _read_phrase(fields: Fields, key: ScalarNode, names: Names) -> Phrase:
    stated = [rule for rule in RULES if rule in fields.entries]
    words = {rule: fields.texts(rule) for rule in RULES}
    if len(stated) != 1 and fields.is_mapping:
        message = f"{fields.what} {'says two things' if stated else 'says nothing'}"
        fields.problems.add(Code.WRONG_SHAPE, message, key.span, help=f"give it one of {listed(RULES)}")
    rule = stated[0] if stated else RULES[0]
    for scalar in fields.scalars(rule):
        if "{" in scalar.text and scalar.text not in SHAPES:
            help = did_you_mean(scalar.text, SHAPES) or f"one of {listed(SHAPES)}"
            fields.problems.add(Code.UNKNOWN_VALUE, f"`{scalar.text}` is no phrase", scalar.span, help=help)
    forms = fields.texts("forms") or FORMS
    for form in forms:
        if form not in FORMS:
            _report_value(fields, "forms", form, "form", FORMS)
    return Phrase(
        name=key.text,
        title=fields.text("title", required=True) or key.text,
        rule=rule,
        words=words[rule],
        sources=fields.texts("sources", required=True),
        span=key.span,
        instead=fields.text("instead"),
        beside=fields.texts("beside"),
        forms=forms,
        when=_read_when(fields, names),
    )


def _report_value(fields: Fields, key: str, text: str, what: str, allowed: Iterable[str]) -> None:
    node = fields.entries[key]
    near = did_you_mean(text, allowed) or f"one of {listed(allowed)}"
    fields.problems.add(Code.UNKNOWN_VALUE, f"`{text}` is no {what}", node.span, help=near)


def check_messages(rulebase: RuleBase, spoiled: frozenset[str], problems: Problems) -> None:
    """Report what names a block, a value or a fact that does not exist, and a message without a skeleton."""
    messages = rulebase.messages

    def missing(name: str, known: Iterable[str], what: str, span: Span) -> None:
        if name not in known and name not in spoiled:
            near = did_you_mean(name, known) or "define it, or name another"
            problems.add(Code.UNKNOWN_NAME, f"there is no {what} `{name}`", span, help=near)

    for word in messages.words.values():
        if word.of is not None and word.of not in OF_THE_VERDICT:
            known = [*rulebase.facts, *rulebase.measures, *rulebase.parameters, *OF_THE_VERDICT]
            missing(word.of, known, "fact, measure or parameter", word.span)
    for channel in messages.channels.values():
        orders = [(channel.before,), (channel.after,), channel.order]
        named = [name for order in orders for paragraph in order for name in paragraph]
        for name in [*named, *([channel.subject] if channel.subject else [])]:
            missing(name, messages.blocks, "block", channel.span)
        if REPLY_CHANNEL in rulebase.decisions:
            values = rulebase.decisions[REPLY_CHANNEL].domain.values
            missing(channel.chosen_as, values, f"value of `{REPLY_CHANNEL}`", channel.span)
    forms = {channel.form for channel in messages.channels.values() if not channel.order}
    for skeleton in messages.skeletons.values():
        for name in {n for order in skeleton.orders.values() for paragraph in order for n in paragraph}:
            missing(name, messages.blocks, "block", skeleton.span)
        for form in sorted(forms - skeleton.orders.keys()):
            message = f"the skeleton `{skeleton.name}` has no {form}, and a channel needs it"
            problems.add(Code.MISSING_KEY, message, skeleton.span, help=f"add `{form}:` with its blocks")
    if messages.skeletons and HOLDING not in {*messages.skeletons, *spoiled}:
        first = next(iter(messages.skeletons.values()))
        help = "add it: it is said while a case is not decided"
        problems.add(Code.MISSING_KEY, f"there is no skeleton `{HOLDING}`", first.span, help=help)
    decision = rulebase.decisions.get(MESSAGE)
    if decision is not None and messages.skeletons:
        for value in decision.domain.values:
            missing(value, messages.skeletons, "skeleton", decision.span)
        for skeleton in messages.skeletons.values():
            missing(skeleton.name, decision.domain.values, f"value of `{MESSAGE}`", skeleton.span)


__all__ = [
    "OF_THE_VERDICT",
    "SECTIONS",
    "check_messages",
    "read_messages",
]
