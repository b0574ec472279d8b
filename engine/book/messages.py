"""The page of messages: in which order the blocks stand, how each is worded, and what no message may say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from amends.engine.book.conditions import condition_lines
from amends.engine.book.page import Page, code, plain, sentence
from amends.engine.book.places import MESSAGES, cited, listed, place
from amends.engine.draw.wording import capital
from amends.engine.message import Block, Channel, Order, Phrase, Word
from amends.engine.rulebase import AllOf, RuleBase

_FORMS = {
    "letter": "a whole message",
    "talk": "notes for a talk",
    "note": "a line or two",
    "public": "an answer that everybody reads",
}
_RULES = {
    "block": "No message says",
    "require": "Every message says one of",
    "once": "A message says once at most",
}


def messages_page(rulebase: RuleBase) -> Page:
    """Return the page of everything that messages to the client are made of."""
    page = Page(MESSAGES, "Messages")
    found = rulebase.messages
    page.say("What messages to the client are made of. A block is left out where none of its wordings fits.")
    _section(page, "In which order", found.skeletons)
    for name, skeleton in sorted(found.skeletons.items()):
        page.heading(f"Order {code(name)}", 3)
        page.say(sentence(skeleton.title), cited(page, skeleton.sources))
        page.bullets(
            f"{plain(_FORMS.get(form, form))}: {_order(order, page, found.blocks)}"
            for form, order in sorted(skeleton.orders.items())
        )
    _section(page, "Over which channel", found.channels)
    for name, channel in sorted(found.channels.items()):
        page.heading(f"Channel {code(name)}", 3)
        page.say(sentence(channel.title), cited(page, channel.sources))
        page.bullets(_channel_lines(channel, page, found.blocks))
    _section(page, "How each block is worded", found.blocks)
    for _, block in sorted(found.blocks.items()):
        _block(block, page, rulebase)
    _section(page, "What no message may say, or must", found.phrases)
    for name, phrase in sorted(found.phrases.items()):
        page.heading(f"Phrase {code(name)}", 3)
        page.say(sentence(phrase.title), cited(page, phrase.sources))
        page.bullets(_phrase_lines(phrase, page, rulebase))
    _section(page, "The blanks", found.words)
    page.bullets(_word(word, page, rulebase) for _, word in sorted(found.words.items()))
    return page


def _section(page: Page, title: str, entries: Mapping[str, object]) -> None:
    if entries:
        page.heading(title)


def _order(order: Order, page: Page, blocks: Mapping[str, Block]) -> str:
    """Return the blocks of each paragraph, paragraphs apart."""
    return "; ".join(_blocks(paragraph, page, blocks) for paragraph in order) or "nothing"


def _blocks(names: Sequence[str], page: Page, blocks: Mapping[str, Block]) -> str:
    return listed(
        page.link(plain(blocks[name].title), f"{MESSAGES}#block-{name}") if name in blocks else code(name)
        for name in names
    )


def _channel_lines(channel: Channel, page: Page, blocks: Mapping[str, Block]) -> Iterator[str]:
    yield plain(_FORMS.get(channel.form, channel.form))
    if channel.subject is not None:
        yield f"its subject: {code(channel.subject)}"
    for said, names in (("before all else", channel.before), ("after all else", channel.after)):
        if names:
            yield f"{said}: {_blocks(names, page, blocks)}"
    if channel.order:
        yield f"where no order is given: {_order(channel.order, page, blocks)}"
    for most, unit in ((channel.most_words, "words"), (channel.most_sentences, "sentences")):
        if most is not None:
            yield f"at most {most} {unit}"


def _block(block: Block, page: Page, rulebase: RuleBase) -> None:
    page.heading(f"Block {code(block.name)}", 3)
    page.say(sentence(block.title), cited(page, block.sources))
    for variant in block.variants:
        if variant.when == AllOf(()):
            page.say("Else" if variant is not block.variants[0] else "Always")
        else:
            page.say("When")
            page.bullets(condition_lines(variant.when, page, rulebase))
        if variant.text.strip():
            page.fence("text", variant.text)
        else:
            page.say("it is left out.")


def _phrase_lines(phrase: Phrase, page: Page, rulebase: RuleBase) -> Iterator[str]:
    yield f"{_RULES.get(phrase.rule, phrase.rule)}: {listed(f'“{plain(words)}”' for words in phrase.words)}"
    if phrase.beside:
        yield f"in a sentence that also says {listed(f'“{plain(words)}”' for words in phrase.beside)}"
    if phrase.instead:
        yield f"better: {plain(phrase.instead)}"
    if phrase.when != AllOf(()):
        yield "where this may hold:"
        yield from condition_lines(phrase.when, page, rulebase, 1)


def _word(word: Word, page: Page, rulebase: RuleBase) -> str:
    """Return what stands for a word in a template, and where its value comes from."""
    said = f"{code(word.name)}: {plain(word.title)}"
    try:
        of = page.link(code(word.of), place(word.of, rulebase)) if word.of else "only you can say it"
    except KeyError:
        of = f"{code((word.of or '').rpartition('.')[2])} of the verdict"
    return f"{said} ({of}). {sentence(capital(word.help or ''))}".rstrip()
