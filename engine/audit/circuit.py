"""What a rule base makes of one case, as signals: cells, conditions, rules and how each decision ends.

Everything is a function of the cells, so that two circuits over the same cells are one, and a second
case that differs in one thing shares with the first all that does not depend on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

from amends.engine.audit.clauses import NO, YES, Clauses
from amends.engine.cells import Both, Either, Literal, Positive, positive
from amends.engine.diagram.compiling import decisions_read
from amends.engine.diagram.space import Key, Space, space_of
from amends.engine.formula import Number, evaluate
from amends.engine.network import strata
from amends.engine.rulebase import Condition, Decision, HitPolicy, Rule, RuleBase, Value

MOST_SUMS = 5_000
"""Values that one sum may take; past it a rule base is not encoded."""


class TooManyValues(Exception):
    """A decision takes more values than can be told apart one by one."""


@dataclass(slots=True)
class Ends:
    """How one decision ends: a signal for each value, or each member of its set, and each lack.

    `wins` are the rules that speak and are not beaten, `silent` where none speaks though nothing that
    is read lacks a value; `gathered` are the members before any are taken out;
    of a rule in `beaten`, some signal is yes where a rule that speaks beats it.
    """

    values: dict[Value, int] = field(default_factory=dict)
    members: dict[str, int] = field(default_factory=dict)
    gathered: dict[str, int] = field(default_factory=dict)
    blocked: int = NO
    uncovered: int = NO
    conflict: int = NO
    silent: int = NO
    lacks: int = NO
    wins: dict[str, int] = field(default_factory=dict)
    beaten: dict[str, tuple[int, ...]] = field(default_factory=dict)


class Circuit:
    """One case of a rule base as signals over its cells.

    `cells` holds the signals of each variable of the space; `ends` and `speaks` those of decisions
    and of rules, whatever beats them.
    """

    def __init__(
        self,
        clauses: Clauses,
        rulebase: RuleBase,
        cells: Sequence[Sequence[int]],
        given: Mapping[str, Ends] | None = None,
        only: frozenset[str] | None = None,
    ) -> None:
        self.clauses = clauses
        self.rulebase = rulebase
        self.space: Space = space_of(rulebase)
        self.cells = cells
        self.ends: dict[str, Ends] = dict(given or {})
        self.speaks: dict[str, int] = {}
        self._measures: dict[str, dict[Value, int]] = {}
        self._literals: dict[tuple[Key, tuple[int, ...]], int] = {}
        self._work_out(only)

    def _work_out(self, only: frozenset[str] | None) -> None:
        for layer in strata(self.rulebase):
            for name in layer:
                if only is not None and name not in only:
                    continue
                if name in self.rulebase.decisions and name not in self.ends:
                    self.ends[name] = self._decided(self.rulebase.decisions[name])

    def again(
        self, cells: Sequence[Sequence[int]], given: Mapping[str, Ends], anew: frozenset[str]
    ) -> Circuit:
        """Return a second case over *cells*: what is in *anew* is worked out, what is *given* is taken."""
        other = Circuit(self.clauses, self.rulebase, cells, given, frozenset())
        other._measures = {name: values for name, values in self._measures.items() if name not in anew}
        other._work_out(anew)
        return other

    def condition(self, condition: Condition, *, negated: bool = False) -> int:
        """Return yes where *condition* holds; no where it reads what has no value."""
        return self.positive(positive(condition, self.space.grids, negated=negated))

    def positive(self, condition: Positive) -> int:
        """Return yes where a condition without `not` holds."""
        match condition:
            case Literal():
                return self._literal(condition)
            case Both(parts):
                return self.clauses.all_of(self.positive(part) for part in parts)
            case Either(parts):
                return self.clauses.any_of(self.positive(part) for part in parts)

    def values(self, name: str) -> dict[Value, int]:
        """Return the signal of each value of a decision, a measure or a fact that has a few."""
        if name in self.ends:
            return self.ends[name].values
        if name in self.space.expanded:
            if name not in self._measures:
                self._measures[name] = self._measured(name)
            return self._measures[name]
        if name in self.rulebase.parameters:
            return {self.rulebase.parameters[name].value: YES}
        at = self.space.level[name, None, False]
        return {self.space.sample(at, place): signal for place, signal in enumerate(self.cells[at])}

    def _literal(self, literal: Literal) -> int:
        key = (literal.subject, literal.member, literal.is_known), literal.cells
        found = self._literals.get(key)
        if found is None:
            found = self._literals[key] = self._asked(literal)
        return found

    def _asked(self, literal: Literal) -> int:
        name = literal.subject
        if name in self.ends:
            ends = self.ends[name]
            if literal.member is not None:
                inside = ends.members.get(literal.member, NO)
                return inside if literal.cells == (1,) else self.clauses.all_of([-inside, -ends.lacks])
            return self._where(ends.values, literal)
        if name in self.space.expanded:
            return self._where(self.values(name), literal)
        at, places = self.space.positions(literal)
        signals = self.cells[at]
        if 2 * len(places) <= len(signals):
            return self.clauses.any_of(signals[place] for place in places)
        others = set(range(len(signals))).difference(places)
        return -self.clauses.any_of(signals[place] for place in sorted(others))

    def _where(self, values: Mapping[Value, int], literal: Literal) -> int:
        grid = self.space.grids[literal.subject]
        return self.clauses.any_of(
            signal for value, signal in values.items() if grid.cell(value) in literal.cells
        )

    def _measured(self, name: str) -> dict[Value, int]:
        measure = self.rulebase.measures[name]
        inputs = [self.values(read) for read in measure.inputs]
        parts: dict[Value, list[int]] = {}
        for combination in product(*(values.items() for values in inputs)):
            known: dict[str, Number | None] = {
                read: value  # type: ignore[misc]
                for read, (value, _) in zip(measure.inputs, combination, strict=True)
            }
            value = evaluate(measure.formula, known)
            assert value is not None
            value = measure.rounded(value) if isinstance(value, Fraction) else value
            together = self.clauses.all_of(signal for _, signal in combination)
            parts.setdefault(value, []).append(together)
        return {value: self.clauses.any_of(signals) for value, signals in parts.items()}

    # --- Decisions ----------------------------------------------------------------------------

    def _decided(self, decision: Decision) -> Ends:
        clauses = self.clauses
        read = decisions_read(self.rulebase, decision.name)
        ends = Ends(blocked=clauses.any_of(self.ends[name].lacks for name in read))
        for rule in decision.rules:
            holds = self.condition(rule.when)
            self.speaks[rule.path] = clauses.all_of([holds, -ends.blocked])
        ends.silent = clauses.all_of([-ends.blocked, *(-self.speaks[rule.path] for rule in decision.rules)])
        ends.wins = {rule.path: self.speaks[rule.path] for rule in decision.rules}
        match decision.hit_policy:
            case HitPolicy.COLLECT:
                self._collect(decision, ends)
            case HitPolicy.COLLECT_SUM | HitPolicy.COLLECT_COUNT:
                self._add_up(decision, ends)
            case HitPolicy.COLLECT_MAX | HitPolicy.COLLECT_MIN:
                self._reach(decision, ends)
            case _:
                self._single(decision, ends)
        ends.lacks = clauses.any_of([ends.blocked, ends.uncovered, ends.conflict])
        return ends

    def _collect(self, decision: Decision, ends: Ends) -> None:
        for member, rules in saying(decision).items():
            gathered = self.clauses.any_of(self.speaks[rule.path] for rule in rules)
            ends.gathered[str(member)] = gathered
            out = self.ends[decision.without].members.get(str(member), NO) if decision.without else NO
            ends.members[str(member)] = self.clauses.all_of([gathered, -out])

    def _add_up(self, decision: Decision, ends: Ends) -> None:
        is_count = decision.hit_policy is HitPolicy.COLLECT_COUNT
        totals: dict[Fraction, int] = {Fraction(0): -ends.blocked}
        for rule in decision.rules:
            amount = Fraction(1) if is_count else rule.then[0]
            assert isinstance(amount, Fraction)
            speaks = self.speaks[rule.path]
            parts: dict[Fraction, list[int]] = {}
            for total, signal in totals.items():
                parts.setdefault(total, []).append(self.clauses.all_of([signal, -speaks]))
                parts.setdefault(total + amount, []).append(self.clauses.all_of([signal, speaks]))
            totals = {total: self.clauses.any_of(signals) for total, signals in parts.items()}
            if len(totals) > MOST_SUMS:
                raise TooManyValues(decision.name)
        ends.values = dict(totals.items())

    def _reach(self, decision: Decision, ends: Ends) -> None:
        is_max = decision.hit_policy is HitPolicy.COLLECT_MAX
        beyond = NO
        for value, rules in sorted(saying(decision).items(), reverse=is_max):
            here = self.clauses.any_of(self.speaks[rule.path] for rule in rules)
            ends.values[value] = self.clauses.all_of([here, -beyond])
            for rule in rules:
                ends.wins[rule.path] = self.clauses.all_of([self.speaks[rule.path], -beyond])
            beyond = self.clauses.any_of([beyond, here])
        self._otherwise(decision, ends)

    def _single(self, decision: Decision, ends: Ends) -> None:
        clauses = self.clauses
        if decision.hit_policy is HitPolicy.PRIORITY:
            above = NO
            for rules in by_precedence(decision):
                for rule in rules:
                    stronger = [self.speaks[other.path] for other in rules if decision.beats(other, rule)]
                    ends.beaten[rule.path] = (above, *stronger)
                    unbeaten = [self.speaks[rule.path], -above, *(-signal for signal in stronger)]
                    ends.wins[rule.path] = clauses.all_of(unbeaten)
                above = clauses.any_of([above, *(self.speaks[rule.path] for rule in rules)])
        said = {
            value: clauses.any_of(ends.wins[rule.path] for rule in rules)
            for value, rules in saying(decision).items()
        }
        rivals = ends.wins if decision.hit_policy is HitPolicy.UNIQUE else said
        ends.conflict = clauses.two_of(list(rivals.values()))
        ends.values = {value: clauses.all_of([signal, -ends.conflict]) for value, signal in said.items()}
        self._otherwise(decision, ends)

    def _otherwise(self, decision: Decision, ends: Ends) -> None:
        if decision.otherwise is None:
            ends.uncovered = ends.silent
        else:
            said = ends.values.get(decision.otherwise, NO)
            ends.values[decision.otherwise] = self.clauses.any_of([said, ends.silent])


def saying(decision: Decision) -> dict[Value, list[Rule]]:
    """Return the rules that conclude each value."""
    found: dict[Value, list[Rule]] = {}
    for rule in decision.rules:
        for value in rule.then:
            found.setdefault(value, []).append(rule)
    return found


def by_precedence(decision: Decision) -> list[list[Rule]]:
    """Return the rules of a `priority` decision by tier and level, the strongest first."""
    groups: dict[tuple[int, int], list[Rule]] = {}
    for rule in decision.rules:
        assert rule.tier is not None
        groups.setdefault((decision.tiers.index(rule.tier), -rule.level), []).append(rule)
    return [rules for _, rules in sorted(groups.items())]


def free_cells(clauses: Clauses, space: Space) -> list[list[int]]:
    """Return new signals for every variable of *space*, one a cell."""
    return [clauses.one_hot(len(variable.cells)) for variable in space.variables]


def free_ends(clauses: Clauses, rulebase: RuleBase, names: Iterable[str]) -> dict[str, Ends]:
    """Return decisions of which nothing is known but what they may conclude."""
    found = {}
    for name in names:
        decision = rulebase.decisions[name]
        if decision.hit_policy is HitPolicy.COLLECT:
            members = {member: clauses.fresh() for member in decision.domain.values}
            found[name] = Ends(members=members, gathered=members)
            continue
        values = list(dict.fromkeys([*may_conclude(decision), *decision.domain.values]))
        found[name] = Ends(values=dict(zip(values, clauses.one_hot(len(values)), strict=True)))
    return found


def may_conclude(decision: Decision) -> list[Value]:
    """Return every value that *decision* may come to."""
    is_count = decision.hit_policy is HitPolicy.COLLECT_COUNT
    if is_count or decision.hit_policy is HitPolicy.COLLECT_SUM:
        sums = {Fraction(0)}
        for rule in decision.rules:
            amount = Fraction(1) if is_count else rule.then[0]
            assert isinstance(amount, Fraction)
            sums |= {total + amount for total in sums}
        return sorted(sums)
    otherwise = [] if decision.otherwise is None else [decision.otherwise]
    return list(dict.fromkeys([*saying(decision), *otherwise]))
