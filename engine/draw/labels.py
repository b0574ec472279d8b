"""What the nodes of a case's path say, in the plain words of its verdict."""

from __future__ import annotations

from dataclasses import dataclass

from amends.engine.draw.footing import REMEDY
from amends.engine.draw.grounds import Known
from amends.engine.draw.picture import short
from amends.engine.draw.wording import capital, listing
from amends.engine.rulebase import HitPolicy, Kind, RuleBase
from amends.engine.verdict import Plain, Verdict

BECAUSE = 96
"""Columns: three lines of a label."""
VALUE = 56
_LACKS = {"uncovered": "no rule covers it", "conflict": "its rules disagree"}
_HEADLINES = {"open": "still open, more facts are needed", "conflict": "the rules disagree"}


@dataclass(frozen=True, slots=True)
class Labels:
    """Words of one verdict; every method returns paragraphs or a part of one, no identifiers."""

    verdict: Verdict
    rulebase: RuleBase
    known: Known

    def headline(self) -> str:
        """Return the answer in one line."""
        if self.verdict.remedy is not None:
            return self.verdict.title(REMEDY, self.verdict.remedy)
        return _HEADLINES.get(self.verdict.status, "no rule covers this case")

    def of(self, name: str) -> list[str]:
        """Return what the node of a fact, measure or decision says."""
        title = capital(self.verdict.title(name))
        if name in self.rulebase.decisions:
            return self.remedy() if name == REMEDY else [f"{title}: {self.value(name)}", self.why(name)]
        if self.known.has(name):
            is_assumed = any(assumed.fact == name for assumed in self.verdict.assumptions)
            return [f"{title}: {self.value(name)}", "(assumed, not stated)" if is_assumed else ""]
        if name in self.rulebase.measures:
            return [f"{title}: not known yet"]
        asked = [f"ask: {short(fact.question, BECAUSE)}" for fact in self.verdict.open if fact.fact == name]
        return [f"{title}: not stated", *asked]

    def remedy(self) -> list[str]:
        """Return what the node of the remedy says, or what stands in its place."""
        if self.verdict.remedy is not None:
            return [self.remedy_title(self.verdict.remedy), self.why(REMEDY)]
        value = "still open?" if self.verdict.status == "open" else self.value(REMEDY)
        return [f"{capital(self.verdict.title(REMEDY))}: {value}"]

    def remedy_title(self, value: str) -> str:
        """Return the name of one remedy."""
        return capital(self.verdict.title(REMEDY, value))

    def money(self) -> list[str]:
        """Return how much is to be paid and how that was worked out; no line where money is no matter."""
        money = self.verdict.money
        if money.basis is None or (money.status == "decided" and money.basis not in self.rulebase.money):
            return []
        if money.amount is None:
            asked = listing([capital(self.verdict.title(name)) for name in money.needs], "and", 3)
            return ["Money: not known yet", f"it needs: {asked}"] if asked else ["Money: not known yet"]
        return [f"Money: {money.amount} {money.currency or ''}".rstrip(), short(money.formula or "", BECAUSE)]

    def value(self, name: str) -> str:
        """Return the value of *name*, or its candidates, or why it has none."""
        verdict = self.verdict
        if name in verdict.possible_decisions:
            either = " or ".join(self._words(name, value) for value in verdict.possible_decisions[name])
            return f"{either if len(either) <= VALUE else 'still open'}?"
        if name in verdict.without_value:
            return _LACKS.get(verdict.without_value[name], "cannot be told")
        assumed = {fact.fact: fact.value for fact in verdict.assumptions}
        found = next(
            group[name]
            for group in (verdict.facts, assumed, verdict.measures, verdict.decisions)
            if name in group
        )
        is_money = self.rulebase.domain(name).kind is Kind.MONEY
        currency = f" {verdict.money.currency}" if is_money and verdict.money.currency else ""
        return self._words(name, found) + currency

    def _words(self, name: str, value: Plain) -> str:
        values = value if isinstance(value, list) else [value]
        return short(", ".join(self.verdict.title(name, each) for each in values) or "none", VALUE)

    def why(self, name: str) -> str:
        """Return, shortened, why a decision has its value; nothing if it has none."""
        if name not in self.verdict.decisions:
            return ""
        because = [r.because for r in self.verdict.fired if r.decision == name and r.is_deciding]
        others = len(set(because)) - 1
        if because:
            return short(because[0], BECAUSE) + (f" (and {others} more)" if others else "")
        decision = self.rulebase.decisions[name]
        if decision.hit_policy is HitPolicy.COLLECT or decision.otherwise is None:
            return "none of its rules holds"
        return f"otherwise: {short(decision.otherwise_because or 'none of its rules holds', BECAUSE)}"
