"""One case worked out to its end, as claims read it: values, money, messages, gates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from amends.engine.case import Case
from amends.engine.chain.outcome import Trace
from amends.engine.claim import NOTHING
from amends.engine.completion import Completed
from amends.engine.deciding import tell
from amends.engine.diagnostics import Problems
from amends.engine.diagram import read_exactly
from amends.engine.money import work_out
from amends.engine.rulebase import Condition, RuleBase, Value
from amends.engine.truth import Members, Reading, Truth, fact_reading, reading, truth
from amends.engine.values import plain
from amends.engine.verdict import Money

if TYPE_CHECKING:
    from amends.engine.draft import Draft

FIGURES = ("amount", "low", "high")


@dataclass(frozen=True)
class Run:
    """One case worked out as far as *read*, the names it is for, needs it; other decisions mean nothing."""

    rulebase: RuleBase
    case: Case
    completed: Completed
    trace: Trace
    read: frozenset[str]

    @cached_property
    def money(self) -> Money:
        """What the case costs."""
        return work_out(self.rulebase, self.trace, self.completed.facts, self.case.currency)

    def look(self, name: str) -> Reading:
        """Return what is known of a fact, measure or decision."""
        if name in self.rulebase.facts:
            return fact_reading(self.completed.facts.get(name), self.rulebase.facts[name].domain)
        if name in self.rulebase.measures:
            return reading(self.trace.measures[name])
        return self.trace.outcomes[name].found

    def truth(self, condition: Condition) -> Truth:
        """Return whether *condition* holds of the case."""
        return truth(condition, self.look, self.case.facts.__contains__)

    def written(self, name: str) -> str:
        """Return what is known of a fact, measure or decision, as an asker would write it."""
        found = self.look(name)
        values: Iterable[Value]
        if isinstance(found, Members):
            return f"[{', '.join(sorted(found.sure))}]"
        values = found or ()
        domain = self.rulebase.domain(name)
        return " or ".join(sorted(str(plain(value, domain)).lower() for value in values)) or "unknown"

    def number(self, name: str) -> Fraction | None:
        """Return the number that bounds money, or None if it is not known."""
        if name in self.rulebase.parameters:
            return self.rulebase.parameters[name].value
        if name == NOTHING:
            return Fraction(0)
        found = self.look(name)
        value = next(iter(found)) if isinstance(found, frozenset) and len(found) == 1 else None
        return value if isinstance(value, Fraction) else None

    def figures(self) -> dict[str, Fraction]:
        """Return the sums that the client gets, none unless they are decided."""
        if self.money.status != "decided":
            return {}
        if self.money.owed_to != "client":
            return dict.fromkeys(FIGURES, Fraction(0))
        texts = {name: getattr(self.money, name) for name in FIGURES}
        return {name: Fraction(text) for name, text in texts.items() if text is not None}

    @cached_property
    def messages(self) -> tuple[Draft, ...]:
        """What is written to the client, through each channel, before the guard has looked at it."""
        from amends.engine.draft.compose import write  # here, as few claims are about messages

        rulebase = unguarded(self.rulebase)
        if not rulebase.messages.channels or not rulebase.messages.skeletons:
            return ()
        facts, channels = self.completed.facts, rulebase.messages.channels.values()
        exact = read_exactly(self.rulebase, facts, frozenset(self.case.facts), self.trace)
        verdict = tell(self.rulebase, self.case, self.completed, exact, what_if=False)
        return tuple(
            write(rulebase, verdict, exact.trace, self.case, facts, channel, Problems())
            for channel in channels
        )

    def money_read(self) -> dict[str, str]:
        """Return the money as a finding tells it."""
        money = self.money
        return {
            "money_basis": money.basis or "none",
            "money": f"{money.amount} ({money.low} to {money.high})",
        }

    def gates(self) -> list[str]:
        """Return the rules of gates that are credited with what they decide."""
        return [
            path
            for name, decision in self.rulebase.decisions.items()
            for path in (self.trace.outcomes[name].deciding if decision.gates else ())
            if self.rulebase.rules[path].tier in decision.gates
        ]


@lru_cache(maxsize=8)
def unguarded(rulebase: RuleBase) -> RuleBase:
    """Return the rule base without a guard, so that a message can be read whatever it says.

    Raises `InputError` for templates that cannot be used, which loading does not try.
    """
    from amends.engine.draft.templates import check_templates

    problems = Problems()
    check_templates(rulebase, problems)
    problems.stop()
    channels = {
        name: replace(channel, most_words=None, most_sentences=None)
        for name, channel in rulebase.messages.channels.items()
    }
    return replace(rulebase, messages=replace(rulebase.messages, phrases={}, channels=channels))
