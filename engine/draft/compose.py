"""From a case to the message: which skeleton, through which channel, in which words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from amends.engine.case import Case
from amends.engine.chain import Executor
from amends.engine.chain.outcome import Trace
from amends.engine.deciding import reach, tell
from amends.engine.diagnostics import Code, Problems, Span, did_you_mean, listed
from amends.engine.draft import guard
from amends.engine.draft.templates import TooLong, check_templates, names_in, render
from amends.engine.draft.words import Blank, Words
from amends.engine.message import HOLDING, MESSAGE, REPLY_CHANNEL, Block, Channel, Order, Skeleton, Variant
from amends.engine.rulebase import Condition, RuleBase, Value
from amends.engine.truth import Reading, Truth, fact_reading, reading, truth
from amends.engine.verdict import Verdict

SCHEMA = "amends/draft/1"
USUAL = "email"


@dataclass(frozen=True, slots=True)
class Draft:
    """A message ready to be looked over: its text, and the blanks that are left to fill in.

    `holds_back` says that too little is decided for the whole message, so that it only buys time.
    """

    verdict: Verdict
    skeleton: str
    channel: str
    form: str
    subject: str | None
    paragraphs: tuple[str, ...]
    blanks: tuple[Blank, ...]
    holds_back: bool = False

    @property
    def text(self) -> str:
        """The whole message, the subject first."""
        head = [f"Subject: {self.subject}"] if self.subject else []
        is_list = self.form == "talk"
        body = [f"- {part}" for part in self.paragraphs] if is_list else list(self.paragraphs)
        return "\n\n".join([*head, *(["\n".join(body)] if is_list else body)])

    @property
    def whole(self) -> str:
        """The message as the guard reads it: its subject is a sentence of its own."""
        head = [f"{self.subject}."] if self.subject else []
        return "\n\n".join([*head, *self.paragraphs])

    def to_json(self) -> dict[str, object]:
        """Return the draft in the shape of `amends/draft/1`."""
        return {
            "schema": SCHEMA,
            "status": self.verdict.status,
            "remedy": self.verdict.remedy,
            "message": self.skeleton,
            "only_buys_time": self.holds_back,
            "channel": self.channel,
            "subject": self.subject,
            "paragraphs": list(self.paragraphs),
            "text": self.text,
            "fill_in": [{"word": b.word, "title": b.title, "help": b.help} for b in self.blanks],
        }


def draft(
    rulebase: RuleBase,
    case: Case,
    executor: Executor,
    problems: Problems,
    *,
    channel: str | None = None,
    assume: bool = True,
) -> Draft:
    """Return the message that *case* asks for, through *channel* or the one that the rules choose.

    Templates that cannot be used, an unknown channel and what the phrase guard finds are
    reported to *problems*, which then stops.
    """
    check_templates(rulebase, problems)
    found = _channel(rulebase, channel, problems)
    problems.stop()
    completed, exact = reach(rulebase, case, executor, problems, assume=assume)
    verdict = tell(rulebase, case, completed, exact, what_if=False)
    return write(rulebase, verdict, exact.trace, case, completed.facts, found, problems)


def write(
    rulebase: RuleBase,
    verdict: Verdict,
    trace: Trace,
    case: Case,
    facts: Mapping[str, Value],
    channel: Channel | None,
    problems: Problems,
) -> Draft:
    """Return the message for a verdict that is already there; its templates have been checked."""
    messages = rulebase.messages
    chosen = _chosen(trace, verdict)
    skeleton = messages.skeletons[chosen or HOLDING]
    channel = channel or _channel_of(rulebase, trace)
    look = _looker(rulebase, trace, facts, skeleton.name)

    def holds(condition: Condition) -> Truth:
        return truth(condition, look, case.facts.__contains__)

    given = {name: node.text for name, node in case.words.items()}
    writer = _Writer(rulebase, Words(rulebase, verdict, trace, facts, given, look), holds, problems)
    order = (channel.before, *_order(skeleton, channel), channel.after)
    paragraphs = tuple(
        text for names in order if (text := writer.paragraph(names, quoted=channel.form == "talk"))
    )
    subject = writer.paragraph((channel.subject,)) if channel.subject else None
    done = Draft(
        verdict=verdict,
        skeleton=skeleton.name,
        channel=channel.name,
        form=channel.form,
        subject=subject or None,
        paragraphs=paragraphs,
        blanks=tuple(dict.fromkeys(writer.blanks)),
        holds_back=chosen is None,
    )
    for finding in guard.check(done.whole, channel, messages.phrases.values(), holds):
        message = f"the message cannot be sent as it is: {finding.message}"
        help = f"write {finding.instead}" if finding.instead else None
        problems.add(Code.UNFIT_MESSAGE, message, _place(finding, case, writer.used), help=help)
    problems.stop()
    return done


def _place(finding: guard.Finding, case: Case, used: Iterable[tuple[Span, str]]) -> Span | None:
    """Return where what *finding* is about is written: a word of the asker, or else a template."""
    if finding.said is None:
        return None
    written = [(node.span, node.text) for node in case.words.values()]
    return next((span for span, text in (*written, *used) if guard.says(text, finding.said)), None)


def _channel(rulebase: RuleBase, name: str | None, problems: Problems) -> Channel | None:
    channels = rulebase.messages.channels
    if not channels or not rulebase.messages.skeletons:
        help = "add `channels:`, `skeletons:` and `blocks:` to the knowledge folder"
        problems.add(Code.MISSING_KEY, "this rule base has no messages", help=help)
    elif name is not None and name not in channels:
        help = did_you_mean(name, channels) or f"one of {listed(sorted(channels), 20)}"
        problems.add(Code.UNKNOWN_NAME, f"there is no channel `{name}`", help=help)
    return channels.get(name) if name is not None else None


def _channel_of(rulebase: RuleBase, trace: Trace) -> Channel:
    """Return the channel that the rules choose; while that is open, the usual one."""
    channels = rulebase.messages.channels
    outcome = trace.outcomes.get(REPLY_CHANNEL)
    chosen = None if outcome is None else outcome.value
    fitting = [channel for channel in channels.values() if channel.chosen_as == chosen]
    return fitting[0] if fitting else channels.get(USUAL) or next(iter(channels.values()))


def _chosen(trace: Trace, verdict: Verdict) -> str | None:
    outcome = trace.outcomes.get(MESSAGE)
    if verdict.status != "decided" or outcome is None or outcome.value is None:
        return None
    return str(outcome.value)


def _order(skeleton: Skeleton, channel: Channel) -> Order:
    return skeleton.orders.get(channel.form) or channel.order


def _looker(
    rulebase: RuleBase, trace: Trace, facts: Mapping[str, Value], skeleton: str
) -> Callable[[str], Reading]:
    def look(name: str) -> Reading:
        if name == MESSAGE:
            return frozenset([skeleton])
        if name in trace.outcomes:
            return trace.outcomes[name].found or None
        if name in rulebase.measures:
            return reading(trace.measures.get(name))
        return fact_reading(facts.get(name), rulebase.facts[name].domain) if name in rulebase.facts else None

    return look


class _Writer:
    """Puts blocks into words, and remembers the blanks and where each text came from."""

    def __init__(
        self, rulebase: RuleBase, words: Words, holds: Callable[[Condition], Truth], problems: Problems
    ) -> None:
        self.blocks = rulebase.messages.blocks
        self.words = words
        self.holds = holds
        self.problems = problems
        self.blanks: list[Blank] = []
        self.used: list[tuple[Span, str]] = []

    def paragraph(self, names: Sequence[str], *, quoted: bool = False) -> str:
        """Return the blocks called *names* as one paragraph; a block with nothing to say is left out."""
        text = " ".join(text for name in names if (text := self._block(self.blocks[name])))
        is_said = quoted and text and not all(self.blocks[name].aside for name in names)
        return f"“{text}”" if is_said else text

    def _block(self, block: Block) -> str:
        for variant in block.variants:
            names = names_in(variant.text)
            if self.holds(variant.when) is Truth.YES and self.words.fit(variant, names):
                said, blanks = self.words.say(names)
                self.blanks += blanks
                text = self._render(variant, said)
                if variant.text.startswith("{{"):
                    text = text[:1].upper() + text[1:]
                self.used.append((variant.span, text))
                return text
        return ""

    def _render(self, variant: Variant, said: Mapping[str, str]) -> str:
        try:
            return render(variant.text, said)
        except TooLong:
            message = "this text grows beyond all measure when it is filled in"
            self.problems.add(Code.UNFIT_MESSAGE, message, variant.span, help="shorten the words in it")
            self.problems.stop()
            raise
