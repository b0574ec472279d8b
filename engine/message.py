"""What a message to the client is made of, as frozen values; `amends.engine.draft` writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from amends.engine.condition import AllOf, Condition
from amends.engine.diagnostics import Span

FORMS = ("letter", "talk", "note", "public")
"""A whole message, notes for a talk, a line or two, an answer that everybody reads."""

OF_VERDICT = "verdict."
"""How the `of` of a word begins that takes its value from the verdict."""

MESSAGE, REPLY_CHANNEL = "message", "reply_channel"
"""The decisions that choose what is written, and through what."""
HOLDING = "holding"
"""The skeleton that buys time: it says nothing that another remedy would take back."""

ALWAYS = AllOf(())

Order = tuple[tuple[str, ...], ...]
"""The blocks of each paragraph."""


@dataclass(frozen=True, slots=True)
class Word:
    """A name that a template may use, with the words of the blank that stands for it while it is unknown.

    `of` names what gives its value: a fact, a measure, a parameter in hours from now, or something of the
    verdict. Without it only the asker can say. One that is `money` is said only where money may be
    spoken of.
    """

    name: str
    title: str
    span: Span
    help: str | None = None
    of: str | None = None
    money: bool = False

    @property
    def is_bound(self) -> bool:
        """True if the verdict alone gives its value, so that the asker cannot say another."""
        return self.money or (self.of or "").startswith(OF_VERDICT)


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to say a block, for the cases in which its condition holds.

    One that is about `money` is said only where money may be spoken of, even if it names no sum.
    """

    when: Condition
    text: str
    span: Span
    money: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a message: the first of its variants whose condition surely holds, or nothing.

    An `aside` is a note to whoever talks, and not said to the client.
    """

    name: str
    title: str
    variants: tuple[Variant, ...]
    sources: tuple[str, ...]
    span: Span
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The order of blocks for one value of the decision `message`, by form."""

    name: str
    title: str
    orders: Mapping[str, Order]
    sources: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to reach the client: its form, what stands around the skeleton's blocks, and how long it may be.

    `chosen_as` is the value of the decision `reply_channel` that asks for it. `order` is used
    where the skeleton has none for the form.
    """

    name: str
    title: str
    form: str
    chosen_as: str
    sources: tuple[str, ...]
    span: Span
    subject: str | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    order: Order = ()
    most_words: int | None = None
    most_sentences: int | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that no message may hold (`block`), must hold one of (`require`), or may hold once (`once`).

    They count while the condition may hold, in the `forms` named, and of a message with `beside`
    only in the sentences that hold one of those words too.
    """

    name: str
    title: str
    rule: str
    words: tuple[str, ...]
    sources: tuple[str, ...]
    span: Span
    instead: str | None = None
    beside: tuple[str, ...] = ()
    forms: tuple[str, ...] = FORMS
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Messages:
    """Everything that messages are made of, by name."""

    words: Mapping[str, Word] = field(default_factory=dict)
    blocks: Mapping[str, Block] = field(default_factory=dict)
    skeletons: Mapping[str, Skeleton] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    phrases: Mapping[str, Phrase] = field(default_factory=dict)
