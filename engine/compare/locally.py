"""Each decision taken by itself: whether its own rules say the same of what they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from amends.engine.compare.moved import Change, ChangedDecision, Moves
from amends.engine.compare.sides import Sides
from amends.engine.diagram.alike import alike, decision_key, rule_key
from amends.engine.diagram.forest import NotFinished
from amends.engine.network import reads
from amends.engine.rulebase import Decision, Domain, Fact, HitPolicy, RuleBase

MOST_NODES = 300_000
"""Of one decision by itself."""
DECIMALS = 9
"""Of a number that a decision gives; more than any rule writes."""


def changed_decisions(
    first: RuleBase, second: RuleBase, counted: Iterable[Moves] = ()
) -> Iterator[ChangedDecision]:
    """Yield every decision of both sides that is not word for word the same, and what it rests on too.

    What was *counted* already is not worked out again.
    """
    same = alike(first, second)
    known = {moves.decision: moves for moves in counted if moves.is_finished}
    for name in sorted(first.decisions.keys() & second.decisions.keys() - same):
        one, other = first.decisions[name], second.decisions[name]
        if decision_key(one) == decision_key(other):
            yield ChangedDecision(name, Change.FOLLOWS)
            continue
        before, after = ({rule.name: rule_key(rule) for rule in each.rules} for each in (one, other))
        is_known = name in known and same.issuperset({*reads(first)[name], *reads(second)[name]})
        change, members = _counted(known[name]) if is_known else _change(first, second, name)
        yield ChangedDecision(
            name,
            change,
            added=tuple(sorted(after.keys() - before.keys())),
            removed=tuple(sorted(before.keys() - after.keys())),
            altered=tuple(
                sorted(rule for rule in before.keys() & after.keys() if before[rule] != after[rule])
            ),
            members=members,
        )


def _counted(moves: Moves) -> tuple[Change, tuple[str, ...]]:
    """Return what the count says of a decision whose own rules are all that differs."""
    if moves.nothing_moves:
        return Change.SAME, ()
    members = {move.member for move in moves.moves if move.member is not None}
    return Change.OTHER if moves.shown else Change.MAY, tuple(sorted(members))


def _change(first: RuleBase, second: RuleBase, name: str) -> tuple[Change, tuple[str, ...]]:
    """Return what the edit of a decision does to it alone, and to which members of its set."""
    one, other = first.decisions[name], second.decisions[name]
    is_set = [decision.hit_policy is HitPolicy.COLLECT for decision in (one, other)]
    if is_set[0] is not is_set[1]:
        return Change.OTHER, ()
    sides = Sides(by_itself(first, name), by_itself(second, name), MOST_NODES)
    try:
        if is_set[0]:
            return _change_of_set(sides, one, other)
        roots = [diagrams.decision(name).root for diagrams in sides.diagrams]
        assert roots[0] is not None and roots[1] is not None
        return _told(sides, sides.parted(roots[0], roots[1])), ()
    except NotFinished:
        return Change.MAY, ()


def _change_of_set(sides: Sides, one: Decision, other: Decision) -> tuple[Change, tuple[str, ...]]:
    members = sorted({str(value) for each in (one, other) for rule in each.rules for value in rule.then})
    found: dict[str, Change] = {}
    for member in members:
        pair = [sides.member(side, sides.rulebases[side].decisions[one.name], member) for side in (0, 1)]
        change = _told(sides, sides.parted(pair[0], pair[1]))
        if change is not Change.SAME:
            found[member] = change
    if one.without != other.without or Change.OTHER in found.values():
        return Change.OTHER, tuple(found)
    return Change.MAY if found else Change.SAME, tuple(found)


def _told(sides: Sides, parted: int) -> Change:
    forest = sides.forest
    leaves = {forest.values[leaf] for leaf in forest.leaves(parted, sides.joint.first.stated)}
    if not any(hasattr(leaf, "before") for leaf in leaves):
        return Change.SAME
    apart = {at for at in sides.joint.measures if not sides.joint.is_common(at)}
    return Change.MAY if forest.support(parted) & apart else Change.OTHER


def by_itself(rulebase: RuleBase, name: str) -> RuleBase:
    """Return a rule base of one decision, for which the decisions that it reads are facts."""
    decision = rulebase.decisions[name]
    needed = {name}
    waiting = list(reads(rulebase)[name])
    while waiting:
        read = waiting.pop()
        if read not in needed:
            needed.add(read)
            if read in rulebase.measures:
                waiting += reads(rulebase)[read]
    facts = {read: rulebase.facts[read] for read in sorted(needed & rulebase.facts.keys())}
    for read in sorted(needed & rulebase.decisions.keys() - {name}):
        facts[read] = _as_fact(rulebase.decisions[read])
    return RuleBase(
        facts=facts,
        parameters=rulebase.parameters,
        measures={read: rulebase.measures[read] for read in sorted(needed & rulebase.measures.keys())},
        decisions={name: replace(decision, without=None)},
        catalogues={},
        money={},
        sources={},
        constraints={},
        conflicts={},
    )


def _as_fact(decision: Decision) -> Fact:
    domain = decision.domain
    if domain.kind.is_number:
        domain = Domain(
            domain.kind, unit=domain.unit, decimals=DECIMALS, lowest=domain.lowest, highest=domain.highest
        )
    return Fact(decision.name, decision.title, "", domain, (), decision.span)
