"""What the words of a template stand for: the verdict's sums and dates, a fact, or what the asker said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from fractions import Fraction

from amends.engine.chain.outcome import Trace
from amends.engine.message import Variant, Word
from amends.engine.plan import REPLY, after
from amends.engine.rulebase import RuleBase, Value
from amends.engine.truth import Reading
from amends.engine.values import words as in_words
from amends.engine.verdict import Verdict

ACTS_BEFORE = 60
"""The `order` of a remedy's steps from which it is only looked over, followed up, or decided again."""
NO_CURRENCY = "currency"
OPEN_GATES = ("goodwill_only", "open", "owed")
MONEY_GATE, POLICY = "money_gate", "admission_policy"
"""The decisions that say whether a message may speak of money."""


@dataclass(frozen=True, slots=True)
class Blank:
    """What the asker has still to fill in: the word, what stands in the text for it, and how to supply it."""

    word: str
    title: str
    help: str


class Words:
    """The words of one draft; remembers none of what it was asked."""

    def __init__(
        self,
        rulebase: RuleBase,
        verdict: Verdict,
        trace: Trace,
        facts: Mapping[str, Value],
        given: Mapping[str, str],
        look: Callable[[str], Reading],
    ) -> None:
        self.rulebase = rulebase
        self.verdict = verdict
        self.trace = trace
        self.facts = facts
        self.given = given
        self.money_is_open = _may_speak_of_money(verdict, look)

    def fit(self, variant: Variant, names: Iterable[str]) -> bool:
        """Return whether *variant*, which uses *names*, may be said: of money, only where that is open."""
        words = self.rulebase.messages.words
        return self.money_is_open or not (variant.money or any(words[name].money for name in names))

    def say(self, names: Iterable[str]) -> tuple[dict[str, str], tuple[Blank, ...]]:
        """Return the text of each of *names*, with a marked blank for what is not known, and the blanks."""
        said: dict[str, str] = {}
        blanks: list[Blank] = []
        for name in sorted(names):
            word = self.rulebase.messages.words[name]
            text = self.given.get(name) or self._value(word)
            if text is None:
                text = f"[{word.title}]"
                blanks.append(Blank(name, word.title, self._help(word)))
            elif word.of == "verdict.amount" and self.verdict.money.currency is None:
                blanks.append(Blank(NO_CURRENCY, "the currency", "say it in the case: `currency: EUR`"))
            said[name] = text
        return said, tuple(blanks)

    def _help(self, word: Word) -> str:
        if word.of == "verdict.amount" and self.verdict.money.needs:
            return "state " + ", ".join(f"-f {name}=…" for name in self.verdict.money.needs)
        if word.of is not None and word.of in self.rulebase.facts:
            return f"-f {word.of}=…, or --word {word.name}=…"
        supply = "the verdict has none" if word.is_bound else f"--word {word.name}=…"
        return f"{supply}; {word.help}" if word.help else supply

    def _value(self, word: Word) -> str | None:
        match word.of:
            case None:
                return None
            case "verdict.amount":
                return self._amount()
            case "verdict.next_contact":
                contact = self.verdict.next_contact
                return None if contact is None else self._day(contact.by)
            case "verdict.next_word":
                return self._next_word()
            case "verdict.act_by":
                return self._act_by()
            case name if name in self.rulebase.parameters:
                return self._day(after(self.verdict.now, self.rulebase.parameters[name].value))
            case name:
                value = (
                    self.trace.measures.get(name) if name in self.rulebase.measures else self.facts.get(name)
                )
                return self._text(name, value)

    def _text(self, name: str, value: Value | None) -> str | None:
        if value is None:
            return None
        if isinstance(value, date):
            is_over = value < self.verdict.now.date()
            return None if is_over else self._day(datetime.combine(value, time(23, 59, 59), UTC), whole=True)
        return in_words(value, self.rulebase.domain(name))

    def _amount(self) -> str | None:
        money = self.verdict.money
        if money.status != "decided" or money.amount is None:
            return None
        figure = money.amount.removesuffix(".00")
        return f"{figure} {money.currency or '[the currency]'}"

    def _next_word(self) -> str | None:
        """Return by when they hear more: this message is the first that the verdict promises them."""
        contact = self.verdict.next_contact
        if contact is None:
            return None
        promised = [s.by for s in self.verdict.steps if s.promise and s.by is not None and s.by > contact.by]
        reply = self.rulebase.parameters.get(REPLY)
        hours = reply.value if reply is not None else Fraction(0)
        return self._day(min(promised, default=max(contact.by, after(self.verdict.now, hours))))

    def _act_by(self) -> str | None:
        remedy = self.rulebase.catalogues.get("remedies", {}).get(self.verdict.remedy or "")
        acts = {step.do for step in remedy.steps if step.order < ACTS_BEFORE} if remedy else set()
        limits = [step.by for step in self.verdict.steps if step.do in acts and step.by is not None]
        return self._day(max(limits)) if limits else None

    def _day(self, moment: datetime, *, whole: bool = False) -> str:
        """Return *moment* as one says it: the hour if it is today, else the day; and a year not this."""
        local, now = (
            (moment, self.verdict.now) if whole else (moment.astimezone(), self.verdict.now.astimezone())
        )
        if local.date() == now.date() and not whole:
            return f"{local:%H:%M} today"
        year = f" {local.year}" if local.year != now.year else ""
        return f"{local:%A} {local.day} {local:%B}{year}"


def _may_speak_of_money(verdict: Verdict, look: Callable[[str], Reading]) -> bool:
    """True where money goes to the client, nothing keeps it back, and it is not known to be nothing."""
    gate, policy = look(MONEY_GATE), look(POLICY)
    if not isinstance(gate, frozenset) or not gate or not gate.issubset(OPEN_GATES):
        return False
    if policy is not None and policy != frozenset(["full_ownership"]):
        return False
    money = verdict.money
    is_something = money.status == "open" or (money.amount is not None and Fraction(money.amount) > 0)
    return is_something and money.owed_to != "you"
