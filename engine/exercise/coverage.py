"""What stored cases exercise of a rule base; of what they do not, a case that would, or that none can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from amends.engine.audit.checks.common import Audit
from amends.engine.audit.checks.reach import wins
from amends.engine.audit.circuit import TooManyValues
from amends.engine.audit.clauses import NO
from amends.engine.audit.counting import Counts
from amends.engine.audit.goals import Goals, Met
from amends.engine.audit.solver import OutOfTime
from amends.engine.audit.witness import NO_CLOCK
from amends.engine.case import Case
from amends.engine.diagnostics import InputError
from amends.engine.diagram.forest import MOST_NODES
from amends.engine.exercise.goals import (
    HARD,
    KINDS,
    Comes,
    Decides,
    Fires,
    Goal,
    Said,
    Way,
    Written,
    is_met,
)
from amends.engine.exercise.playing import Played, played_case
from amends.engine.exercise.probes import asking, decisions_of, probe_of
from amends.engine.exercise.small import (
    NO_NUMBERS,
    NO_TIME,
    NOT_FOUND,
    UNWRITTEN,
    Facts,
    candidates,
    prover_of,
)
from amends.engine.exercise.spoken import blocks_of
from amends.engine.message import HOLDING, MESSAGE
from amends.engine.rulebase import HitPolicy, RuleBase

WHILE_OPEN = "only cases that are still open could say it"


class Can(StrEnum):
    """Whether some case could exercise what none of the stored ones does."""

    YES = "yes"
    NEVER = "never"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Missing:
    """What no stored case exercises: the smallest case that would, or that none can, or why neither."""

    goal: Goal
    can: Can
    facts: Facts | None = None
    why: str | None = None


@dataclass(frozen=True)
class Coverage:
    """All that can be exercised of a rule base, in how many cases each is, and what is in none."""

    seen: Mapping[Goal, int]
    missing: tuple[Missing, ...]
    cases: int

    def counts(self, kind: type[Goal]) -> tuple[int, int]:
        """Return how many of a kind are exercised, and how many could be: what no case can is left out."""
        never = sum(isinstance(each.goal, kind) and each.can is Can.NEVER for each in self.missing)
        numbers = [number for goal, number in self.seen.items() if isinstance(goal, kind)]
        return sum(map(bool, numbers)), len(numbers) - never

    def share(self, kind: type[Goal]) -> Fraction:
        """Return which part of what could be exercised of a kind is; all of nothing."""
        seen, of = self.counts(kind)
        return Fraction(seen, of) if of else Fraction(1)

    def reaches(self, percent: Fraction) -> bool:
        """True if of rules and of outcomes at least *percent* are exercised."""
        return all(100 * self.share(kind) >= percent for kind in HARD)


def cover(
    rulebase: RuleBase,
    cases: Sequence[Played],
    goals: Iterable[Goal],
    *,
    most_cases: int | None = None,
    deadline: float | None = None,
) -> Coverage:
    """Return which of *goals* the *cases* exercise, with *most_cases* cases for what they do not.

    Nothing new is proved after *deadline*, a time of `time.monotonic`.
    """
    seen = {goal: sum(is_met(goal, case) for case in cases) for goal in goals}
    order = list(KINDS)
    left = sorted((goal for goal in seen if not seen[goal]), key=lambda goal: order.index(type(goal)))
    found = dict(_looked_up(rulebase, left, most_cases, deadline)) if left else {}
    told = tuple(found[goal] for goal in left if not _is_told(goal, found))
    return Coverage(seen, told, len(cases))


def _is_told(goal: Goal, found: Mapping[Goal, Missing]) -> bool:
    """True for a rule that does not even fire, if it is told that it does not decide, and that it can."""
    if not isinstance(goal, Fires):
        return False
    deciding = found.get(Decides(goal.rule))
    return deciding is not None and deciding.can is not Can.NEVER


def _looked_up(
    rulebase: RuleBase, left: Sequence[Goal], most_cases: int | None, deadline: float | None
) -> Iterator[tuple[Goal, Missing]]:
    try:
        prover = prover_of(asking(rulebase, left), deadline)
    except (TooManyValues, OutOfTime) as error:
        why = NO_TIME if isinstance(error, OutOfTime) else f"`{error}` takes too many values"
        yield from ((goal, Missing(goal, Can.UNDECIDED, why=why)) for goal in left)
        return
    asked = Goals(prover)
    audit = Audit(prover.rulebase, prover, asked, Counts(prover.rulebase, MOST_NODES))
    try:
        for goal in left:
            asked.add(goal, _signal(audit, goal))
        asked.settle()
        room = len(left) if most_cases is None else most_cases
        for goal in left:
            found = _missing(rulebase, audit, goal, is_shown=room > 0)
            room -= found.facts is not None
            yield goal, found
    finally:
        prover.solver.close()


def _signal(audit: Audit, goal: Goal) -> int:
    circuit = audit.circuit
    match goal:
        case Decides(rule):
            return wins(audit, audit.rulebase.decisions[rule.decision], rule)
        case Fires(rule):
            return circuit.speaks[rule.path]
        case Way(_, test, is_true):
            return circuit.condition(test, negated=not is_true)
        case Comes(decision, value, _):
            ends = circuit.ends[decision.name]
            is_set = decision.hit_policy is HitPolicy.COLLECT
            return ends.members.get(str(value), NO) if is_set else ends.values.get(value, NO)
        case Said(block):
            rules = audit.rulebase.decisions[probe_of(block)].rules
            return audit.clauses.any_of(circuit.speaks[rule.path] for rule in rules)
        case Written(skeleton):
            if MESSAGE not in circuit.ends:
                return NO
            return circuit.ends[MESSAGE].values.get(skeleton.name, NO)


def _missing(rulebase: RuleBase, audit: Audit, goal: Goal, *, is_shown: bool) -> Missing:
    match audit.goals.met[goal]:
        case Met.OPEN:
            return Missing(goal, Can.UNDECIDED, why=NO_TIME)
        case Met.UNCLEAR:
            return Missing(goal, Can.UNDECIDED, why=NO_NUMBERS)
        case Met.NEVER:
            if not _is_for_open_cases(rulebase, goal):
                return Missing(goal, Can.NEVER)
            if _met_by(rulebase, goal, {}):
                return Missing(goal, Can.YES, {})
            return Missing(goal, Can.UNDECIDED, why=WHILE_OPEN)
        case _ if not is_shown:
            return Missing(goal, Can.YES)
    try:
        facts = _case(rulebase, audit, goal)
    except OutOfTime:
        return Missing(goal, Can.YES, why=NO_TIME)
    return Missing(goal, Can.YES, facts, None if facts is not None else NOT_FOUND)


def _is_for_open_cases(rulebase: RuleBase, goal: Goal) -> bool:
    """True for what is written while a case is open, which no case in which all is known shows."""
    messages = rulebase.messages
    if isinstance(goal, Written):
        return goal.skeleton.name == HOLDING
    holding = messages.skeletons.get(HOLDING)
    return isinstance(goal, Said) and holding is not None and goal.block.name in blocks_of(messages, holding)


def _case(rulebase: RuleBase, audit: Audit, goal: Goal) -> Facts | None:
    """Return the smallest case found that exercises *goal*, decided as any case is."""
    about = decisions_of(goal)
    found = candidates(
        audit.prover,
        audit.goals.signals[goal],
        about,
        lambda _, facts: _met_by(rulebase, goal, facts),
    )
    return next((facts for facts in found if _met_by(rulebase, goal, facts)), None)


def _met_by(rulebase: RuleBase, goal: Goal, facts: Facts) -> bool:
    try:
        return is_met(goal, played_case(rulebase, UNWRITTEN, Case(facts, NO_CLOCK)))
    except InputError:
        return False
