"""The shortest true reasons: facts that by themselves force what was decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from amends.engine.completion import breaks
from amends.engine.reasons.changes import trace_of
from amends.engine.reasons.nearest import realised
from amends.engine.reasons.place import Standing, ends_in
from amends.engine.reasons.search import Search
from amends.engine.rulebase import Value

MOST_ROUNDS = 30
"""Of the search for a smaller set; past them what was found is said to be irreducible, not smallest."""

MOST_CHANGED = 4
"""Facts in which a case that proves a reason needed may differ."""
MOST_PROOFS = 12
"""Such cases that are tried for one end."""


@dataclass(frozen=True, slots=True)
class Given:
    """One fact of a case as a reason: its value, None if it is not known, and whether it was stated."""

    fact: str
    value: Value | None
    is_stated: bool


@dataclass(frozen=True, slots=True)
class Forcing:
    """Facts that force `value` whatever every other fact is.

    `is_least` says that it is proved that no smaller set does: for each fewer, a case that the chain
    decides otherwise, or one that differs in no number that a measure reads, is behind it.
    """

    value: Value
    reasons: tuple[Given, ...]
    is_least: bool


def forcing(standing: Standing) -> Forcing | None:
    """Return the reasons for what was decided, None if it is open or has no value.

    "Whatever" is over all values that break no constraint, stated or not. What is said of a measure
    that the diagrams keep as a variable is what arithmetic shows of it: the reasons always suffice, and
    where `is_least` is False there may be fewer.
    """
    value = standing.outcome.value
    if value is None:
        return None
    forest = standing.diagrams.forest
    fine = frozenset([forest.terminal(value), standing.impossible])

    def forces(kept: frozenset[str]) -> bool:
        return ends_in(forest, standing.root, standing.kept(kept), fine)

    every = frozenset(standing.links)
    if not forces(every):
        return None
    order = _in_order(standing)
    kept = every
    for name in order:
        if forces(kept - {name}):
            kept -= {name}
    kept, groups = _least(kept, every, order[::-1], forces)
    is_least = groups is not None and all(_is_genuine(standing, group, every, forces) for group in groups)
    stated = standing.case.facts
    reasons = (Given(name, standing.facts.get(name), name in stated) for name in sorted(kept))
    return Forcing(value, tuple(reasons), is_least)


def _least(
    found: frozenset[str],
    every: frozenset[str],
    order: Sequence[str],
    forces: Callable[[frozenset[str]], bool],
) -> tuple[frozenset[str], list[frozenset[str]] | None]:
    """Return the smallest set that forces, and the groups that prove it; *found* forces already.

    None for the groups where the search gave up. Whatever does not force leaves out some facts of which
    one is needed: a group. A set that has one of each group, and is the smallest to do so, is the answer
    as soon as it forces.
    """
    groups: list[frozenset[str]] = []
    for name in sorted(found):
        if not forces(every - {name}):
            groups.append(frozenset([name]))
    for _ in range(MOST_ROUNDS):
        hitting = smallest_hitting(groups, order, len(found))
        if hitting is None:
            return found, groups
        if forces(hitting):
            return hitting, groups
        rest = hitting
        for name in order:
            if name not in rest and not forces(rest | {name}):
                rest |= {name}
        groups.append(every - rest)
    return found, None


def _is_genuine(
    standing: Standing,
    group: frozenset[str],
    every: frozenset[str],
    forces: Callable[[frozenset[str]], bool],
) -> bool:
    """Return whether some case that differs in *group* alone is decided otherwise, ties of measures kept."""
    if not forces(every - (group - standing.measured)):
        return True
    unknown = standing.links.keys() - standing.facts.keys() - group
    search = Search(standing, group | unknown)
    budget = len(group) + min(len(unknown), 1)
    if budget > MOST_CHANGED:
        return False
    mine = standing.diagrams.forest.terminal(standing.outcome.value)
    return any(
        _is_otherwise(standing, group, changes)
        for leaf in sorted(standing.leaves - {mine})
        if search.reaches(leaf, budget)
        for candidate in islice(search.candidates(leaf, budget), MOST_PROOFS)
        for changes in realised(standing, candidate)
    )


def _is_otherwise(standing: Standing, group: frozenset[str], changes: Mapping[str, Value]) -> bool:
    """Return whether the chain decides otherwise with *changes*, of which those in *group* are stated."""
    facts = {**standing.facts, **changes}
    stated = dict.fromkeys([*standing.case.facts, *(group & changes.keys())], True)
    if breaks(standing.rulebase, facts, stated, frozenset(changes)):
        return False
    trace = trace_of(standing, facts, frozenset(stated), frozenset(changes))
    value = trace.outcomes[standing.decision].value
    return value is not None and value != standing.outcome.value


def smallest_hitting(
    groups: Sequence[frozenset[str]], order: Sequence[str], below: int
) -> frozenset[str] | None:
    """Return a smallest set with a member of each group, None if it has *below* members or more.

    >>> sorted(smallest_hitting([frozenset("ab"), frozenset("bc"), frozenset("d")], "abcd", 9))
    ['b', 'd']
    """
    rank = {name: at for at, name in enumerate(order)}

    def within(chosen: frozenset[str], size: int) -> frozenset[str] | None:
        open_groups = [group for group in groups if chosen.isdisjoint(group)]
        if not open_groups:
            return chosen
        apart = 0
        met: set[str] = set()
        for group in sorted(open_groups, key=lambda group: len(group)):
            if met.isdisjoint(group):
                apart += 1
                met |= group
        if len(chosen) + apart > size:
            return None
        smallest: frozenset[str] = min(open_groups, key=len)
        for name in sorted(smallest, key=rank.__getitem__):
            hitting = within(chosen | {name}, size)
            if hitting is not None:
                return hitting
        return None

    single = frozenset(name for group in groups if len(group) == 1 for name in group)
    for size in range(len(single), below):
        hitting = within(single, size)
        if hitting is not None:
            return hitting
    return None


def _in_order(standing: Standing) -> list[str]:
    """Return the facts in the order in which they are left out: those that say least to the asker first."""
    facts, stated = standing.facts, standing.case.facts
    return sorted(
        standing.links,
        key=lambda name: (
            name in stated,
            name in facts,
            standing.rulebase.facts[name].controls != "nobody",
            len(standing.links[name]),
            name,
        ),
    )
