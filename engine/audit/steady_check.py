"""Whether a change of one thing leaves alone what is claimed: two cases that share all it does not touch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from amends.engine.audit.checks.common import Audit
from amends.engine.audit.circuit import Circuit, Ends, may_conclude
from amends.engine.audit.clauses import NO, YES
from amends.engine.audit.money_check import candidate
from amends.engine.audit.prover import CannotTell
from amends.engine.audit.relation import Relation, relate
from amends.engine.audit.sums import bases, figures, numbers_of, order_of
from amends.engine.audit.ties import Ties
from amends.engine.audit.witness import Candidate, facts_behind
from amends.engine.claim import Keeps, Move, Steady
from amends.engine.formula import Call, Constant, Formula, Name
from amends.engine.money import BASIS
from amends.engine.network import cone, dependants
from amends.engine.rulebase import Kind, RuleBase, Value

AFTER = "′"
"""Marks the names of what is worked out anew in the second case."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cases: the signals of what must be so for the change to be one, and what was worked out anew."""

    after: Circuit
    change: tuple[int, ...]
    anew: frozenset[str]
    to: Move | Value
    moved: str | None = None
    """The fact that is stated otherwise."""


def broken(audit: Audit, says: Steady, when: int) -> Candidate | None:
    """Return a case that a change takes out of what is claimed, or None if there is none.

    The case states or assumes every fact. Raises `CannotTell`.
    """
    if says.keeps is Keeps.GATES:
        return _gates(audit, says, when)
    for name in [says.subject] if says.subject else sorted(audit.rulebase.facts):
        kept = [says.decision] if says.decision else [BASIS]
        if not any(name in cone(audit.rulebase, each) for each in kept) and not _in_money(audit, says, name):
            continue
        pair = _pair(audit, name, says.to)
        if pair is None:
            continue
        wanted = [when, *pair.change, audit.prover.plain]
        found = (
            _same(audit, str(says.decision), pair, wanted)
            if says.keeps is Keeps.SAME
            else _money(audit, says.keeps, pair, wanted)
        )
        if found is not None:
            return found
    return None


def _in_money(audit: Audit, says: Steady, name: str) -> bool:
    if says.keeps is Keeps.SAME:
        return False
    read = {number for value in bases(audit.rulebase) for number in numbers_of(audit.rulebase, value)}
    return any(
        name in cone(audit.rulebase, number) for number in read if number not in audit.rulebase.parameters
    )


# --- The second case ------------------------------------------------------------------------------


def _pair(audit: Audit, name: str, to: Move | Value) -> Pair | None:
    """Return the case after *name* has changed, None if it cannot."""
    if to is Move.UNKNOWN:
        raise CannotTell("what is forgotten is tried for gates only")
    if name in audit.rulebase.facts:
        return _stated_otherwise(audit, name, to)
    return _imposed(audit, name, to)


def _imposed(audit: Audit, name: str, to: Move | Value) -> Pair | None:
    """Return the case in which a decision has another value, and all that it reads is as it was."""
    before = audit.circuit.ends[name]
    if before.members:
        raise CannotTell("a set is not changed")
    values = may_conclude(audit.rulebase.decisions[name])
    if not values:
        return None
    now = dict(zip(values, audit.clauses.one_hot(len(values)), strict=True))
    change = _moves(audit, before.values, now, to)
    anew = dependants(audit.rulebase, name)
    ends = {other: end for other, end in audit.circuit.ends.items() if other not in anew}
    after = audit.circuit.again(audit.circuit.cells, {**ends, name: Ends(values=now)}, anew - {name})
    return Pair(after, (change,), anew - {name}, to)


def _stated_otherwise(audit: Audit, name: str, to: Move | Value) -> Pair | None:
    """Return the case in which a fact is stated otherwise, and every other is as it was."""
    space, clauses = audit.prover.space, audit.clauses
    at = space.level.get((name, None, False))
    if audit.rulebase.facts[name].domain.kind is Kind.SET:
        raise CannotTell("a set is not changed")
    anew = dependants(audit.rulebase, name) | {name}
    cells = [list(signals) for signals in audit.circuit.cells]
    for level, variable in enumerate(space.variables):
        if variable.subject == name and variable.is_known:
            cells[level] = [NO, YES]
        elif variable.subject in anew:
            cells[level] = clauses.one_hot(len(variable.cells))
    change = YES
    if at is not None:
        before = audit.circuit.values(name)
        now = {space.sample(at, place): signal for place, signal in enumerate(cells[at])}
        change = _moves(audit, before, now, to, is_number=audit.rulebase.domain(name).kind.is_ordered)
    ends = {other: end for other, end in audit.circuit.ends.items() if other not in anew}
    after = audit.circuit.again(cells, ends, anew)
    possible = [-after.condition(each.never) for each in audit.rulebase.constraints.values()]
    return Pair(after, (change, *possible), anew, to, name)


def _moves(
    audit: Audit,
    before: Mapping[Value, int],
    now: Mapping[Value, int],
    to: Move | Value,
    *,
    is_number: bool = False,
) -> int:
    """Return yes where the value before and the value now differ as the claim says.

    A number may move within its cell.
    """

    def is_move(old: Value, new: Value) -> bool:
        if is_number and old == new:
            return True
        match to:
            case Move.LOWER:
                return new < old  # type: ignore[operator]
            case Move.HIGHER:
                return new > old  # type: ignore[operator]
            case Move():
                return new != old
        return new == to != old

    ways = [
        audit.clauses.all_of([was, signal])
        for old, was in before.items()
        for new, signal in now.items()
        if is_move(old, new)
    ]
    return audit.clauses.any_of(ways)


# --- What is kept ---------------------------------------------------------------------------------


def _same(audit: Audit, decision: str, pair: Pair, wanted: Sequence[int]) -> Candidate | None:
    """Return a case in which a decision does not stay the same."""
    clauses = audit.clauses
    before, after = audit.circuit.ends[decision], pair.after.ends[decision]
    if before.members:
        twins = [(signal, after.members[member]) for member, signal in before.members.items()]
        stays = clauses.all_of(clauses.same(*twin) for twin in twins)
    else:
        twins = [(signal, after.values[value]) for value, signal in before.values.items()]
        stays = clauses.any_of(clauses.all_of(twin) for twin in twins)
    asked = [*wanted, -before.lacks, -stays]
    found = audit.prover.case(asked)
    if found is None:
        return None
    needed = facts_behind(audit.rulebase, audit.rulebase.decisions)
    return Candidate(found, asked[:1], needed, is_sure=False)


def _money(audit: Audit, keeps: Keeps, pair: Pair, wanted: Sequence[int]) -> Candidate | None:
    """Return a case in which some figure does not stay on its side of what it was."""
    doubled = _doubled(audit.rulebase, pair.anew)
    order, ties = order_of(doubled), Ties(doubled, _Both(audit.circuit, pair.after))
    for value, then in _reached(audit, pair, wanted):
        before = figures(audit.rulebase, value)
        after = {figure: _renamed(each, pair.anew) for figure, each in figures(audit.rulebase, then).items()}
        ends = [audit.circuit.ends[BASIS].values[value], pair.after.ends[BASIS].values[then]]
        later = (mark(name, pair.anew) for name in numbers_of(audit.rulebase, then))
        read = (*numbers_of(audit.rulebase, value), *later)
        for figure, was in before.items():
            low, high = (after[figure], was) if keeps is Keeps.NO_MORE_MONEY else (was, after[figure])
            if order.never_above(low, high):
                continue
            demands = (Call(">", (low, high), 1), *_numbers_moved(audit.rulebase, pair))
            asked = [*wanted, *ends]
            found = relate(audit, Relation(asked, demands, read), ties)
            if found is not None:
                made = candidate(audit, found, wanted[:1], numbers_of(audit.rulebase, value))
                return replace(made, is_sure=False)
    return None


def _reached(audit: Audit, pair: Pair, wanted: Sequence[int]) -> Iterator[tuple[Value, Value]]:
    """Yield each pair of bases that a change leads from and to."""
    if BASIS not in audit.rulebase.decisions:
        return
    before, after = audit.circuit.ends[BASIS].values, pair.after.ends[BASIS].values
    here = audit.clauses.fresh()
    while (found := audit.prover.case([*wanted, here])) is not None:
        was = [value for value, signal in before.items() if found.model.has(signal)]
        now = [value for value, signal in after.items() if found.model.has(signal)]
        if was and now:
            yield was[0], now[0]
        lacks = [audit.circuit.ends[BASIS].lacks] if not was else [before[was[0]]]
        lacks += [pair.after.ends[BASIS].lacks] if not now else [after[now[0]]]
        audit.clauses.add(-here, *(-signal for signal in lacks))


def mark(name: str, anew: frozenset[str]) -> str:
    """Return how *name* is called in the second case."""
    return name + AFTER if name in anew else name


def _renamed(formula: Formula, anew: frozenset[str]) -> Formula:
    match formula:
        case Name(name, column):
            return Name(mark(name, anew), column)
        case Call(sign, parts, column):
            return Call(sign, tuple(_renamed(part, anew) for part in parts), column)
    return formula


def _doubled(rulebase: RuleBase, anew: frozenset[str]) -> RuleBase:
    """Return *rulebase* with what is worked out anew in it twice."""
    measures = {
        mark(name, anew): replace(measure, name=mark(name, anew), formula=_renamed(measure.formula, anew))
        for name, measure in rulebase.measures.items()
        if name in anew
    }
    decisions = {mark(name, anew): each for name, each in rulebase.decisions.items() if name in anew}
    facts = {mark(name, anew): fact for name, fact in rulebase.facts.items() if name in anew}
    return replace(
        rulebase,
        facts={**rulebase.facts, **facts},
        measures={**rulebase.measures, **measures},
        decisions={**rulebase.decisions, **decisions},
    )


def _numbers_moved(rulebase: RuleBase, pair: Pair) -> tuple[Formula, ...]:
    """Return the demand that a number which was stated otherwise has moved as claimed."""
    if pair.moved is None or not rulebase.facts[pair.moved].domain.kind.is_number:
        return ()
    was, now = Name(pair.moved, 1), Name(pair.moved + AFTER, 1)
    match pair.to:
        case Move.LOWER:
            return (Call("<", (now, was), 1),)
        case Move.HIGHER:
            return (Call(">", (now, was), 1),)
        case Fraction():
            return (Call("==", (now, Constant(pair.to)), 1),)
    return (Call("not", (Call("==", (now, was), 1),), 1),)


class _Both:
    """Two circuits as one: a name that is marked is the second's."""

    def __init__(self, before: Circuit, after: Circuit) -> None:
        self.space = before.space
        self.cells = before.cells
        self._before, self._after = before, after

    def values(self, name: str) -> dict[Value, int]:
        """Return the signal of each value of a decision, in one case or the other."""
        if name.endswith(AFTER):
            return self._after.values(name.removesuffix(AFTER))
        return self._before.values(name)


# --- Gates ----------------------------------------------------------------------------------------


def _gates(audit: Audit, says: Steady, when: int) -> Candidate | None:
    """Return a case in which a fact that is no longer known opens a gate.

    A fact that is forgotten is as assumed, or keeps its value unsaid; then how the decision ends is among
    the candidates of the cautious reading, so that a gate which stays shut in all such cases is kept.
    """
    if says.to is not Move.UNKNOWN:
        raise CannotTell("only what is forgotten is tried for gates")
    names = [says.subject] if says.subject else sorted(audit.rulebase.facts)
    gated = [name for name, decision in audit.rulebase.decisions.items() if decision.gates]
    below = frozenset().union(*(cone(audit.rulebase, name) for name in gated))
    forgotten = [name for name in names if name in below and _may_open(audit, name)]
    if not gated or not forgotten:
        return None
    chosen = dict(zip(forgotten, audit.clauses.one_hot(len(forgotten)), strict=True))
    after = _forgetting(audit, chosen, below)
    opens = []
    for name in gated:
        decision, before, then = audit.rulebase.decisions[name], audit.circuit.ends[name], after.ends[name]
        gates = [rule for rule in decision.rules if rule.tier in decision.gates]
        holds = audit.clauses.any_of(then.wins[rule.path] for rule in gates)
        for rule in gates:
            value = rule.then[0]
            is_other = audit.clauses.all_of([before.values[value], -then.values[value]])
            opens.append(audit.clauses.all_of([before.wins[rule.path], is_other, -holds]))
    # Where the assumed value cannot be it is not assumed, and what was so is possible still.
    possible = (-after.condition(each.never) for each in audit.rulebase.constraints.values())
    asked = [when, audit.prover.plain, audit.clauses.any_of(opens), *possible, *_all_stated(audit, chosen)]
    found = audit.prover.case(asked)
    if found is None:
        return None
    needed = facts_behind(audit.rulebase, audit.rulebase.decisions)
    return Candidate(found, asked[:1], needed, is_sure=False)


def _may_open(audit: Audit, name: str) -> bool:
    """True if forgetting a fact changes anything, and no warning says what would shut the gate."""
    fact = audit.rulebase.facts[name]
    if fact.assume is None:
        return (name, None, True) in audit.prover.space.level
    return fact.stop_if is None


def _all_stated(audit: Audit, chosen: Mapping[str, int]) -> Iterator[int]:
    """Yield that what is forgotten had been stated."""
    for name, signal in chosen.items():
        at = audit.prover.space.level.get((name, None, True))
        if at is not None:
            yield audit.clauses.any_of([-signal, audit.circuit.cells[at][1]])


def _forgetting(audit: Audit, chosen: Mapping[str, int], below: frozenset[str]) -> Circuit:
    """Return the case in which the chosen fact is forgotten, and every other is as it was."""
    space, clauses, rulebase = audit.prover.space, audit.clauses, audit.rulebase
    cells = []
    for level, variable in enumerate(space.variables):
        before = audit.circuit.cells[level]
        gone = chosen.get(variable.subject)
        if variable.subject in rulebase.measures:
            # What nothing is assumed about keeps its value, though nobody says it.
            read = cone(rulebase, variable.subject)
            assumed = (name for name in chosen if rulebase.facts[name].assume is not None)
            moving = [chosen[name] for name in assumed if name in read]
            cells.append(_loosened(audit, before, clauses.any_of(moving)))
        elif gone is None:
            cells.append([*before])
        elif variable.is_known:
            cells.append([clauses.any_of([before[0], gone]), clauses.all_of([before[1], -gone])])
        elif rulebase.facts[variable.subject].assume is None:
            cells.append([*before])
        else:
            first = audit.prover.first[level]
            cells.append(
                [
                    clauses.any_of([signal, gone]) if place == first else clauses.all_of([signal, -gone])
                    for place, signal in enumerate(before)
                ]
            )
    return audit.circuit.again(cells, {}, below)


def _loosened(audit: Audit, before: Sequence[int], moving: int) -> list[int]:
    """Return cells that are as before, or any where a measure moves with what was forgotten."""
    if moving == NO:
        return [*before]
    free = audit.clauses.one_hot(len(before))
    return [
        audit.clauses.any_of([audit.clauses.all_of([-moving, was]), audit.clauses.all_of([moving, may])])
        for was, may in zip(before, free, strict=True)
    ]
