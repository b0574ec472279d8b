"""Which question is next, how many can follow, and when nothing that is open can change the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from amends.engine.diagram import NO, Diagrams, whole
from amends.engine.interview.information import entropy, exchanged, mutual, shares
from amends.engine.interview.known import cells_after
from amends.engine.interview.sheet import Layered, Weighed, sheet_of
from amends.engine.interview.state import Answer, Answers
from amends.engine.interview.weights import number, weights_of
from amends.engine.network import cone
from amends.engine.rulebase import Constraint, Fact, RuleBase, tests

REMEDY = "remedy"
FEW_QUESTIONS = "fast_questions"
FEW = 600
"""Nodes up to which plain lists are quick enough that numpy is not worth importing."""
REMEMBERED = 64
"""Diagrams kept, so that to go back costs nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """A fact to ask for: `information` in bits, `between` the two ends that it tells apart most."""

    fact: Fact
    information: float
    between: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an interview stands after some answers.

    `possible` are the ends that are left, `chances` how likely each is by the weights. `at_most` is how
    many facts can still be asked for. There is no question where it is finished, and none where `clash`
    names constraints of which every completion breaks one.
    """

    possible: tuple[str, ...]
    chances: Mapping[str, float]
    at_most: int
    question: Question | None = None
    clash: tuple[Constraint, ...] = ()

    @property
    def is_finished(self) -> bool:
        """True if no further answer can change how it ends."""
        return self.question is None and not self.clash


class Asker:
    """The interview over one rule base; all that it says is a function of the answers so far.

    Without *assume* what the asker does not know stays unknown to the end. With *fast* it asks for
    facts that nothing is assumed about, as long as they matter while all else is as assumed, and for the
    few others that tell the most, as many as the parameter `fast_questions` says. Raises `NotFinished`
    if the diagram of `remedy` needs more nodes than it may have.

    >>> from amends.engine import load
    >>> from amends.engine.interview import Answer, Answers
    >>> asker = Asker(load().rulebase)
    >>> asker.standing(Answers()).question.fact.name
    'failure_kind'
    >>> asker.standing(Answers().saying(Answer("client_said_no", True))).at_most < 80
    True
    """

    def __init__(
        self, rulebase: RuleBase, *, uniform: bool = False, assume: bool = True, fast: bool = False
    ) -> None:
        self.rulebase = rulebase
        self.assume = assume
        self.few = int(number(rulebase, FEW_QUESTIONS, Fraction(5))) if fast else None
        self.diagrams: Diagrams = whole(rulebase)
        self.weights = weights_of(rulebase, self.diagrams.space, uniform=uniform)
        self._whole = laid_out(rulebase)
        self._kept: dict[Answers, Layered] = {}
        self._last: tuple[Answers, Standing] | None = None

    def standing(self, answers: Answers) -> Standing:
        """Return how the interview stands after *answers*; their order makes no difference."""
        if self._last is None or self._last[0] != answers:
            self._last = (answers, self._standing(answers))
        return self._last[1]

    def _standing(self, answers: Answers) -> Standing:
        sheet = self.sheet(answers)
        ends = tuple(map(str, sheet.ends))
        if not ends:
            return Standing((), {}, 0, clash=self.clash(answers))
        asked = self.asked(answers)
        if len(ends) == 1 or not asked:
            return Standing(ends, {}, 0)
        weighed = sheet.weighed(self.weights)
        bits = self._bits(weighed, asked, answers)
        chances = dict(zip(ends, shares(weighed.total), strict=True))
        at_most = len(asked)
        if self.few is not None:
            asked, at_most = self._few(asked, bits, answers, self.few)
            if not asked:
                return Standing(ends, chances, 0)
        best = min(asked, key=lambda name: (-bits[name], not is_urgent(self.rulebase, name), name))
        between = exchanged(ends, [weighed.exchange(level) for level in asked[best]])
        question = Question(self.rulebase.facts[best], bits[best], between)
        return Standing(ends, chances, at_most, question)

    def sheet(self, answers: Answers) -> Layered:
        """Return the diagram that is left after *answers*."""
        found = self._kept.get(answers)
        if found is None:
            before = self._kept.get(Answers(answers.said[:-1])) if answers.said else None
            cells = cells_after(self.diagrams, answers, assume=self.assume)
            found = (before or self._whole).narrowed(cells)
            self._kept[answers] = found
            if len(self._kept) > REMEMBERED:
                del self._kept[next(iter(self._kept))]
        return found

    def asked(self, answers: Answers) -> Mapping[str, Sequence[int]]:
        """Return the facts that can still matter, each with the levels on which its answer bears."""
        done = {answer.fact for answer in answers.said}
        found: dict[str, list[int]] = {}
        for level in sorted(self.sheet(answers).support):
            for name in self._behind(level) - done:
                found.setdefault(name, []).append(level)
        return dict(sorted(found.items()))

    def clash(self, answers: Answers) -> tuple[Constraint, ...]:
        """Return a least set of constraints of which every completion of *answers* breaks one."""
        forest = self.diagrams.forest
        cells = cells_after(self.diagrams, answers, assume=False)

        def leaves_nothing(kept: Sequence[Constraint]) -> bool:
            broken = forest.any_of(self.diagrams.condition(constraint.never) for constraint in kept)
            return NO not in forest.leaves(broken, cells)

        kept = list(self.rulebase.constraints.values())
        for constraint in tuple(kept):
            fewer = [other for other in kept if other is not constraint]
            if leaves_nothing(fewer):
                kept = fewer
        return tuple(kept)

    def read_by(self, constraints: Iterable[Constraint]) -> frozenset[str]:
        """Return the facts that *constraints* read."""
        subjects = {test.subject for constraint in constraints for test in tests(constraint.never)}
        names = {name for subject in subjects for name in cone(self.rulebase, subject)}
        return frozenset(names & self.rulebase.facts.keys())

    def _few(
        self, asked: Mapping[str, Sequence[int]], bits: Mapping[str, float], answers: Answers, few: int
    ) -> tuple[Mapping[str, Sequence[int]], int]:
        """Return those in *asked* that a short interview asks for, and how many it can come to."""
        assumed = {name for name, fact in self.rulebase.facts.items() if fact.assume is not None}
        left = few - sum(answer.was_asked and answer.fact in assumed for answer in answers.said)
        others = asked.keys() - assumed
        # As if the asker knew none of what could be assumed.
        rest = Answers((*answers.said, *(Answer(name, None) for name in sorted(asked.keys() & assumed))))
        sheet = self.sheet(answers).narrowed(cells_after(self.diagrams, rest, assume=True))
        matter = others & {name for level in sheet.support for name in self._behind(level)}
        if len(sheet.ends) < 2:
            matter = set()
        telling = {name for name in asked.keys() & assumed if bits[name]} if left > 0 else set()
        kept = {name: levels for name, levels in asked.items() if name in matter or name in telling}
        return kept, (len(others) + min(left, len(telling)) if kept else 0)

    def _behind(self, level: int) -> frozenset[str]:
        """Return the facts that tell the cell of the variable at *level*: itself, or a measure's inputs."""
        subject = self.diagrams.space.variables[level].subject
        return cone(self.rulebase, subject) & self.rulebase.facts.keys()

    def _bits(
        self, weighed: Weighed, asked: Mapping[str, Sequence[int]], answers: Answers
    ) -> Mapping[str, float]:
        """Return the bits that an answer to each fact brings at least, rounded so that ties are ties.

        The members of a set, and whether it is known, are told by one answer: together they bring no
        less than the sum of what each brings alone, and no more than there is to know. A measure's bits
        are shared among the inputs that were not asked for.
        """
        done = {answer.fact for answer in answers.said}
        alone = {level: mutual(weighed.joint(level)) for levels in asked.values() for level in levels}
        most = entropy(shares(weighed.total))
        return {
            name: round(min(most, sum(alone[at] / len(self._behind(at) - done) for at in levels)), 9)
            for name, levels in asked.items()
        }


@lru_cache(maxsize=4)
def laid_out(rulebase: RuleBase) -> Layered:
    """Return the diagram of `remedy` by itself, in arrays where numpy is there."""
    diagrams = whole(rulebase)
    sheet = sheet_of(diagrams.forest, diagrams.masked(REMEDY))
    if sheet.size > FEW:
        try:
            from amends.engine.interview.columns import columns_of

            return columns_of(sheet)
        except ImportError:
            return sheet
    return sheet


@lru_cache(maxsize=256)
def is_urgent(rulebase: RuleBase, name: str) -> bool:
    """True for facts that a warning or a gate of `remedy` is about: asked first where all else is equal."""
    fact = rulebase.facts[name]
    decision = rulebase.decisions[REMEDY]
    gates = {subject for rule in decision.rules if rule.tier in decision.gates for subject in rule.subjects}
    return fact.stop_if is not None or any(name in cone(rulebase, subject) for subject in gates)
