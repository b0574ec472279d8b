"""Cases in which signals are yes and formulas hold together: the solver proposes, arithmetic disposes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from amends.engine.audit.arithmetic import answer, has_no_reals
from amends.engine.audit.checks.common import Audit
from amends.engine.audit.prover import CannotTell, Found
from amends.engine.audit.question import Answer, Question, Unsettled
from amends.engine.audit.sums import order_of
from amends.engine.audit.ties import Ties, Way, leaves
from amends.engine.formula import Call, Formula, Name, names
from amends.engine.network import cone
from amends.engine.rulebase import RuleBase, Value

MOST_PROPOSALS = 60
"""Cases proposed for one relation."""
COMMON = 100
"""Sums that are told are no smaller, where a larger one shows the same."""


@dataclass(frozen=True, slots=True)
class Relation:
    """All of `wanted` is yes, and each of `demands` holds; what is in `read` has a value too."""

    wanted: Sequence[int]
    demands: tuple[Formula, ...]
    read: tuple[str, ...] = ()


def relate(audit: Audit, relation: Relation, ties: Ties | None = None) -> Found | None:
    """Return a possible case with the numbers that make *relation* so, or None if there is none.

    Raises `CannotTell`.
    """
    prover = audit.prover
    ties = ties or prover.ties
    # What is seen from the formulas spares arithmetic the search, above all where sums are rounded.
    known = _known(ties.rulebase, relation.demands)
    relation = replace(relation, demands=(*relation.demands, *known))
    if has_no_reals(ties.question((), relation.demands)):
        return None
    here = prover.clauses.fresh()
    wanted = [*relation.wanted, here]
    is_unsure = False
    for _ in range(MOST_PROPOSALS):
        found = prover.case(wanted)
        if found is None:
            if is_unsure:
                raise CannotTell
            return None
        way = _way(ties, found, relation)
        try:
            numbers = answer(ties.question(way, relation.demands, relation.read))
        except Unsettled:
            is_unsure = True
            numbers = None
            least = way
        else:
            if numbers is not None:
                numbers = _common(ties.question(way, relation.demands, relation.read)) or numbers
                return Found(found.model, {**found.numbers, **numbers})
            least = ties.least(way, relation.demands)
        prover.clauses.add(-here, *(-signal for signal in ties.signals(least)))
    raise CannotTell


def _common(question: Question) -> Answer | None:
    """Return an answer with sums as people have them, if there is one."""
    spans = {}
    for name, span in question.spans.items():
        least = COMMON * span.scale
        is_money = span.scale > 1 and span.last > 10 * least and span.first
        spans[name] = replace(span, first=max(span.first, least)) if is_money else span
    try:
        return answer(replace(question, spans=spans))
    except Unsettled:
        return None


def _known(rulebase: RuleBase, demands: Sequence[Formula]) -> Iterator[Formula]:
    """Yield which of the things that the demands rest on never exceed which, where that is plain to see."""
    read = {name for demand in demands for name in names(demand)}
    for name in list(read):
        read |= {below for below in cone(rulebase, name) if below in rulebase.measures}
        read |= {*leaves(rulebase, [name])}
    order = order_of(rulebase)
    rounded = sorted(name for name in read if name in rulebase.measures and rulebase.measures[name].round)
    others = sorted(
        name
        for name in read
        if name not in rulebase.parameters
        and name not in rulebase.decisions
        and rulebase.domain(name).kind.is_number
    )
    for name in rounded:
        for other in others:
            if name != other and order.never_above(Name(name, 1), Name(other, 1)):
                yield Call("<=", (Name(name, 1), Name(other, 1)), 1)


def _way(ties: Ties, found: Found, relation: Relation) -> Way:
    """Return in which cells a case has what the demands rest on, and all that is tied to it."""
    rulebase = ties.rulebase
    asked = [name for demand in relation.demands for name in names(demand)]
    read = leaves(rulebase, [*asked, *relation.read])
    parts: dict[str, Value | int] = {}
    for tie in ties.found:
        if not {*tie.facts}.isdisjoint(read):
            parts.update(dict(ties.way(tie, found.model)))
    for name in read:
        if name in rulebase.decisions:
            values = ties.circuit.values(name).items()
            parts.update((name, value) for value, signal in values if found.model.has(signal))
        elif (at := ties.space.level.get((name, None, False))) is not None:
            places = enumerate(ties.circuit.cells[at])
            parts[name] = next(place for place, signal in places if found.model.has(signal))
    return tuple(parts.items())
