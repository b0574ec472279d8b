"""What each value of a verdict rests on, and what stopped the remedies that were not chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from amends.engine.draw.grounds import Known, failing, grounds, holding
from amends.engine.draw.picture import short
from amends.engine.draw.wording import said
from amends.engine.formula import names
from amends.engine.rulebase import Rule, RuleBase
from amends.engine.truth import Truth
from amends.engine.verdict import Verdict

REMEDY = "remedy"
MOST_RIVALS = 2
LONGEST = 72
"""Columns of what stopped a rival."""


@dataclass(frozen=True, slots=True)
class Rival:
    """A rule of a remedy that was not chosen, and what stopped it."""

    rule: Rule
    stopped: str

    @property
    def value(self) -> str:
        """The remedy that it would have chosen."""
        return str(self.rule.then[0])


@dataclass(frozen=True, slots=True)
class Footing:
    """Answers, of one verdict, what followed from what."""

    verdict: Verdict
    rulebase: RuleBase
    known: Known

    def reads(self, name: str) -> list[str]:
        """Return the names on which the value of a measure or decision rests, what is open first.

        A decision that no rule decided rests on nothing that could be shown.
        """
        if name in self.rulebase.measures:
            formula = self.rulebase.measures[name].formula
            return [read for read in unique(names(formula)) if read not in self.rulebase.parameters]
        lack = self.verdict.without_value.get(name)
        if lack is not None and lack in self.rulebase.decisions:
            return [lack]
        rules = self._speaking(name)
        if name in self.verdict.decisions:
            found = [ground for rule in rules for ground in grounds(rule.when, self.known, Truth.YES)]
        elif lack is not None and not rules:
            near = [rival.rule for rival in self._near_misses(name)]
            found = [ground for rule in near for ground in failing(rule, self.known)]
        else:
            found = [ground for rule in rules for ground in grounds(rule.when, self.known, Truth.UNDECIDED)]
            found += [ground for rule in rules for ground in holding(rule, self.known)]
        return unique(ground.test.subject for ground in found)

    def _speaking(self, decision: str) -> list[Rule]:
        """Return the rules credited with the value, or those that may still speak."""
        fired = [reason for reason in self.verdict.fired if reason.decision == decision]
        if decision in self.verdict.decisions:
            paths = [reason.rule for reason in fired if reason.is_deciding]
        else:
            paths = [path for path in self.verdict.undecided if path.partition("/")[0] == decision]
            paths += [reason.rule for reason in fired if not reason.beaten_by]
        return [self.rulebase.rules[path] for path in paths]

    def rivals(self) -> list[Rival]:
        """Return rules of other remedies: those beaten by a rule, then those that one test stopped."""
        if self.verdict.status == "open":
            return []
        taken = {*self.verdict.possible, self.verdict.remedy}
        found: list[Rival] = []
        for rival in (*self._beaten(), *self._near_misses(REMEDY)):
            if rival.value not in taken:
                taken.add(rival.value)
                found.append(rival)
        return found[:MOST_RIVALS]

    def stopped_by(self, rival: Rival) -> list[str]:
        """Return the names that kept *rival* from holding, or, if it was beaten, that it rests on."""
        tests = failing(rival.rule, self.known) or holding(rival.rule, self.known)
        return unique(ground.test.subject for ground in tests)

    def _beaten(self) -> list[Rival]:
        found = []
        deciding = {reason.rule for reason in self.verdict.fired if reason.is_deciding}
        for reason in self.verdict.fired:
            if reason.decision == REMEDY and reason.beaten_by:
                winners = [path for path in reason.beaten_by if path in deciding] or reason.beaten_by
                winner = self.rulebase.rules[winners[0]].name.replace("-", " ")
                stopped = f"fits too, but this comes first: {short(winner, LONGEST)}"
                found.append(Rival(self.rulebase.rules[reason.rule], stopped))
        return found

    def _near_misses(self, decision: str) -> list[Rival]:
        """Return the rules that one test stopped, those of which most else holds first."""
        ranked = []
        for rule in self.rulebase.decisions[decision].rules:
            failed = failing(rule, self.known)
            held = len(holding(rule, self.known))
            if len(failed) == 1 and held:
                wanted = said(failed[0].test, self.rulebase, passes=not failed[0].passed)
                ranked.append((-held, rule.path, Rival(rule, f"it needs “{short(wanted, LONGEST)}”")))
        return [rival for _, _, rival in sorted(ranked, key=lambda item: item[:2])]


def unique(found: Iterable[str]) -> list[str]:
    """Return what was *found* once each, in order."""
    return list(dict.fromkeys(found))
