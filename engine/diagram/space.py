"""What can be told apart: the variables of the diagrams, their cells, and the order in which they are asked.

A choice, flag, number or day is one variable, a set one for each member that something mentions,
and a fact that something asks to be known has one more, yes or no. A measure that reads few values
is worked out exactly (`expanded`); any other is a variable of its own, cut at the constants that it
is compared with, and its tie to what it reads is checked by arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import chain
from weakref import WeakKeyDictionary

from amends.engine import store
from amends.engine.cells import Grid, Literal, Positive, grids_for, literals, positive
from amends.engine.claim import Holds
from amends.engine.diagram.order import LEARNED
from amends.engine.network import reads, strata
from amends.engine.rulebase import Condition, HitPolicy, Kind, RuleBase, Test, Value, tests

MOST_COMBINATIONS = 4096
"""Of the values that a measure reads; measured in `docs/benchmarks.md`."""

_POSITIVE: WeakKeyDictionary[Space, dict[int, tuple[Condition, Positive]]] = WeakKeyDictionary()
"""Worked out once: a case compiles hundreds of conditions."""

Key = tuple[str, str | None, bool]
"""Subject, member of a set, and whether `known` is asked: what a literal names."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One thing that a diagram asks; `cells` are those of its grid in which a value can lie."""

    subject: str
    member: str | None
    is_known: bool
    cells: tuple[int, ...]

    @property
    def key(self) -> Key:
        """What a literal names."""
        return self.subject, self.member, self.is_known

    def __str__(self) -> str:
        return f"{self.subject}{f'.{self.member}' if self.member else ''}{'?' if self.is_known else ''}"


@dataclass(frozen=True, eq=False)
class Space:
    """The variables of a rule base in their order, and how each thing is cut.

    `expanded` names the measures that are worked out and are no variable.
    """

    variables: tuple[Variable, ...]
    grids: Mapping[str, Grid]
    level: Mapping[Key, int]
    expanded: frozenset[str]

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many cells each variable has."""
        return tuple(len(variable.cells) for variable in self.variables)

    def positive(self, condition: Condition) -> Positive:
        """Return *condition* without any `not`; of one condition the same object each time."""
        known = _POSITIVE.setdefault(self, {})
        found = known.get(id(condition))
        if found is None or found[0] is not condition:
            found = known[id(condition)] = condition, positive(condition, self.grids)
        return found[1]

    def positions(self, literal: Literal) -> tuple[int, list[int]]:
        """Return the level of what *literal* asks, and the positions of its cells there."""
        at = self.level[literal.subject, literal.member, literal.is_known]
        inside = frozenset(literal.cells)
        return at, [place for place, cell in enumerate(self.variables[at].cells) if cell in inside]

    def place(self, name: str, value: Value) -> int:
        """Return the position of *value* among the cells of a fact, flag or number called *name*."""
        cell = self.grids[name].cell(value)
        return self.variables[self.level[name, None, False]].cells.index(cell)

    def sample(self, at: int, place: int) -> Value:
        """Return a value in a cell of the variable at a level; yes or no for a member and for `known`."""
        variable = self.variables[at]
        cell = variable.cells[place]
        if variable.member is not None or variable.is_known:
            return bool(cell)
        return self.grids[variable.subject].sample(cell)

    def levels_of(self, subject: str) -> tuple[int, ...]:
        """Return the levels of the variables that tell the value of *subject*; none if nothing asks it."""
        return self._levels.get(subject, ())

    @property
    def _levels(self) -> Mapping[str, tuple[int, ...]]:
        return _levels_of(self)

    @property
    def stated(self) -> dict[int, tuple[int]]:
        """The cells of the cases in which every fact is stated: what is counted."""
        return {at: (1,) for at, variable in enumerate(self.variables) if variable.is_known}


@lru_cache(maxsize=16)
def _levels_of(space: Space) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for at, variable in enumerate(space.variables):
        if not variable.is_known:
            found.setdefault(variable.subject, []).append(at)
    return {name: tuple(levels) for name, levels in found.items()}


@lru_cache(maxsize=8)
def space_of(rulebase: RuleBase) -> Space:
    """Return the space of everything that rules, constraints and claims ask; the same object each time."""
    key = store.key_of(rulebase)
    found = store.recall_object("space", key) if key else None
    if not isinstance(found, Space):
        found = _space(rulebase)
        if key:
            store.keep_object("space", key, found)
    return found


def _space(rulebase: RuleBase) -> Space:
    expanded = expanded_in(rulebase)
    grids = grids_of(rulebase, expanded, points_of(rulebase, expanded))
    keys = in_order(rulebase, grids, expanded)
    variables = tuple(_variable(rulebase, grids, key) for key in keys)
    return Space(variables, grids, {key: at for at, key in enumerate(keys)}, expanded)


def conditions(rulebase: RuleBase) -> Iterator[Condition]:
    """Yield every condition of rules, constraints, claims and the scopes of packs."""
    yield from (rule.when for rule in rulebase.rules.values())
    yield from (constraint.never for constraint in rulebase.constraints.values())
    for claim in rulebase.claims.values():
        yield claim.when
        if isinstance(claim.says, Holds):
            yield claim.says.condition
    yield from (pack.scope for pack in rulebase.packs if pack.scope is not None)


def grids_of(
    rulebase: RuleBase, expanded: frozenset[str], points: Mapping[str, Iterable[Fraction]]
) -> Mapping[str, Grid]:
    """Return the grid of all that anything tests and of what *expanded* reads, cut at *points* too."""
    grids = grids_for(rulebase, _all_tests(rulebase), points)
    flags = _flags_of(rulebase, expanded) - grids.keys()
    return {**grids, **{name: Grid(rulebase.domain(name), (False, True), ()) for name in sorted(flags)}}


def points_of(rulebase: RuleBase, expanded: frozenset[str]) -> Mapping[str, list[Fraction]]:
    """Return every value of each number that a measure in *expanded* reads."""
    return {
        name: _values(rulebase, name)
        for measure in sorted(expanded)
        for name in rulebase.measures[measure].inputs
        if name in rulebase.facts and rulebase.facts[name].domain.kind.is_number
    }


def _all_tests(rulebase: RuleBase) -> Iterator[Test]:
    for condition in conditions(rulebase):
        yield from tests(condition)


def _variable(rulebase: RuleBase, grids: Mapping[str, Grid], key: Key) -> Variable:
    subject, member, is_known = key
    if member is not None or is_known:
        return Variable(subject, member, is_known, (0, 1))
    return Variable(*key, grids[subject].inhabited(is_stated=subject in rulebase.facts))


def expanded_in(rulebase: RuleBase) -> frozenset[str]:
    """Return the measures that something tests, or that such a one reads, and that read few values.

    Few are at most `MOST_COMBINATIONS` combinations. What nothing tests would only cut what it reads
    into cells that nothing tells apart.
    """
    ways: dict[str, int] = {}
    for layer in strata(rulebase):
        for name in layer:
            if name in rulebase.measures:
                total = 1
                for read in rulebase.measures[name].inputs:
                    total *= _ways(rulebase, read, ways)
                    if total > MOST_COMBINATIONS:
                        break
                ways[name] = total
    few = {name for name, total in ways.items() if total <= MOST_COMBINATIONS}
    waiting = [test.subject for test in _all_tests(rulebase)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in few and name not in found:
            found.add(name)
            waiting += rulebase.measures[name].inputs
    return frozenset(found)


def _ways(rulebase: RuleBase, name: str, ways: Mapping[str, int]) -> int:
    """Return how many values a thing can have, `MOST_COMBINATIONS` and one for too many."""
    too_many = MOST_COMBINATIONS + 1
    if name in rulebase.parameters:
        return 1
    if name in rulebase.measures:
        if rulebase.measures[name].domain.kind is Kind.FLAG:
            return min(2, ways[name])
        return ways[name]
    if name in rulebase.decisions:
        decision = rulebase.decisions[name]
        if decision.hit_policy is HitPolicy.COLLECT_COUNT:
            return len(decision.rules) + 1
        if decision.hit_policy is HitPolicy.COLLECT_SUM:
            return min(1 << min(len(decision.rules), 20), too_many)
        return len({value for rule in decision.rules for value in rule.then}) + 1
    domain = rulebase.facts[name].domain
    if domain.kind is Kind.FLAG:
        return 2
    if domain.lowest is None or domain.highest is None:
        return too_many
    return min(int((domain.highest - domain.lowest) * 10**domain.decimals) + 1, too_many)


def _values(rulebase: RuleBase, name: str) -> list[Fraction]:
    domain = rulebase.facts[name].domain
    assert domain.lowest is not None and domain.highest is not None
    scale = 10**domain.decimals
    first, last = -(-domain.lowest * scale // 1), domain.highest * scale // 1
    return [Fraction(number, scale) for number in range(int(first), int(last) + 1)]


def _flags_of(rulebase: RuleBase, expanded: frozenset[str]) -> set[str]:
    """Return the flags that an expanded measure reads: facts, and measures that are variables."""
    return {
        name
        for measure in expanded
        for name in rulebase.measures[measure].inputs
        if name not in expanded
        and name not in rulebase.parameters
        and name not in rulebase.decisions
        and rulebase.domain(name).kind is Kind.FLAG
    }


def in_order(rulebase: RuleBase, grids: Mapping[str, Grid], expanded: frozenset[str]) -> list[Key]:
    """Return what is asked, in the learned order as far as it goes; the rest after what it stands by.

    Before all of it comes what the scopes of packs ask and what packs bring: cases outside a scope then
    leave on one branch, and share the diagrams of the base. Asked last, it would double them instead.
    """
    met = list(dict.fromkeys(_met(rulebase, grids, expanded)))
    names = {str(Variable(*key, ())): key for key in met}
    learned = [names[name] for name in LEARNED if name in names]
    scopes = {test.subject for about in rulebase.packs if about.scope for test in tests(about.scope)}
    known = {*learned}
    later = [key for key in met if key not in known]
    scoped = [key for key in later if key[0] in scopes]
    brought = [key for key in later if key[0] in rulebase.origins and key not in scoped]
    found = [*scoped, *brought, *learned]
    placed = set(found)
    last: Key | None = None
    for key in met:
        if key not in placed:
            placed.add(key)
            found.insert(found.index(last) + 1 if last is not None else 0, key)
        last = key
    return found


def _met(rulebase: RuleBase, grids: Mapping[str, Grid], expanded: frozenset[str]) -> Iterator[Key]:
    """Yield what is asked as one meets it, the last decisions first, by tiers, what they rest on in place."""
    seen: set[str] = set()

    # A name stands for what it rests on: chains of decisions may be longer than Python's calls are deep.
    def of_name(name: str) -> Iterator[Key | str]:
        if name in rulebase.facts or (name in rulebase.measures and name not in expanded):
            yield (name, None, False)
        elif name not in seen and name not in rulebase.parameters:
            seen.add(name)
            if name in expanded:
                yield from rulebase.measures[name].inputs
                return
            decision = rulebase.decisions[name]
            tier = {tier: at for at, tier in enumerate(decision.tiers)}
            for rule in sorted(decision.rules, key=lambda rule: tier.get(rule.tier or "", 0)):
                yield from of_condition(rule.when)
            if decision.without:
                yield decision.without

    def of_condition(condition: Condition) -> Iterator[Key | str]:
        for literal in literals(positive(condition, grids)):
            if literal.subject in rulebase.decisions or literal.subject in expanded:
                yield literal.subject
            else:
                yield (literal.subject, literal.member, literal.is_known)

    waiting: list[Iterator[Key | str]] = [
        chain(_from_the_last(rulebase), *map(of_condition, conditions(rulebase)))
    ]
    while waiting:
        met = next(waiting[-1], None)
        if met is None:
            waiting.pop()
        elif isinstance(met, str):
            waiting.append(of_name(met))
        else:
            yield met


def _from_the_last(rulebase: RuleBase) -> Iterable[str]:
    """Return the decisions, `remedy` first, then those that nothing reads, then the others."""
    read = {name for names in reads(rulebase).values() for name in names}
    derived = [name for layer in reversed(strata(rulebase)) for name in layer if name in rulebase.decisions]
    return sorted(derived, key=lambda name: (name != "remedy", name in read))
