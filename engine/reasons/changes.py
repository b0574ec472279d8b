"""The smallest changes of facts that change what is decided, each tried on real values by the chain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

from amends.engine.chain import rerun
from amends.engine.chain.outcome import Lack, Trace
from amends.engine.completion import breaks, complete
from amends.engine.diagnostics import Problems
from amends.engine.network import cone
from amends.engine.reasons.nearest import realised
from amends.engine.reasons.place import Standing
from amends.engine.reasons.search import Candidate, Search
from amends.engine.rulebase import Value
from amends.engine.values import sort_key
from amends.engine.what_if import differing, trace_before

MOST_FACTS = 2
"""That a change has, unless more are asked for."""
MOST_CANDIDATES = 60
"""Candidates of one size that are tried for one end."""

Changes = tuple[tuple[str, Value], ...]
"""New values of facts, in the order of their names."""

EASE = ("you", "client", "nobody")
"""Who can bring a change about, the easiest first."""


@dataclass(frozen=True, slots=True)
class Change:
    """One fact before and after; `before` is None where it is not known."""

    fact: str
    before: Value | None
    after: Value
    was_stated: bool


@dataclass(frozen=True, slots=True)
class Flip:
    """Changes that together make the decision come to `becomes`; `by` is who can bring all of them about."""

    becomes: Value
    changes: tuple[Change, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Flips:
    """The smallest changes for each other end, the easiest first, then the smallest.

    Every fact that alone leads to an end is there, once. An end to which no single fact leads has a
    change of the least number of facts, up to `most`, by whoever can most easily bring it about, and
    one by each of the others who can do it with fewer facts. `not_reached` are the values to which
    no change of so few facts was found.
    """

    value: Value | None
    flips: tuple[Flip, ...]
    most: int
    not_reached: tuple[Value, ...]


def flips(standing: Standing, most: int = MOST_FACTS, only: Value | None = None, alike: int = 1) -> Flips:
    """Return the smallest changes to other values, or to *only*; every one was replayed.

    Of changes of several facts, *alike* are kept for one end.

    A change states its facts; every other fact, assumptions among them, stays as it is, and no
    constraint is broken. A change of one fact is missed only where a measure reads the fact on both
    sides of a sign.
    """
    value = standing.outcome.value
    forest = standing.diagrams.forest
    leaves: dict[int, Value] = {
        leaf: end  # type: ignore[misc]
        for leaf in standing.leaves
        if not isinstance(end := forest.values[leaf], Lack) and end != value and (only is None or end == only)
    }
    found: list[Flip] = []

    @cache  # some changes are candidates for many ends
    def reached(changes: Changes) -> Value | None:
        stated = dict(changes)
        return replayed(standing, stated) if standing.may_settle(stated) else None

    least = dict.fromkeys(leaves, most + 1)
    for ease, by in enumerate(EASE):
        search = Search(standing, _allowed(standing, ease))
        for leaf in sorted(leaves, key=lambda leaf: str(leaves[leaf])):
            for size in range(1, most + 1):
                if size > 1 and size >= least[leaf]:
                    break
                if search.reaches(leaf, size):
                    more = list(_tried(standing, search, leaf, size, by, alike, reached))
                    found += more
                    if more:
                        least[leaf] = min(size, least[leaf])
                        break
    found.sort(key=lambda flip: (EASE.index(flip.by), len(flip.changes), str(flip.becomes)))
    done = {flip.becomes for flip in found}
    left = sorted((leaves[leaf] for leaf in leaves if leaves[leaf] not in done), key=sort_key)
    return Flips(value, tuple(found), most, tuple(left))


def _allowed(standing: Standing, ease: int) -> frozenset[str]:
    facts = standing.rulebase.facts
    return frozenset(name for name in standing.links if EASE.index(facts[name].controls) <= ease)


def _tried(
    standing: Standing,
    search: Search,
    leaf: int,
    size: int,
    by: str,
    alike: int,
    reached: Callable[[Changes], Value | None],
) -> Iterator[Flip]:
    """Yield flips of exactly *size* facts that end in *leaf*, one for each set of facts."""
    becomes = cast(Value, standing.diagrams.forest.values[leaf])
    seen: set[frozenset[str]] = set()
    tried = 0
    for candidate in search.candidates(leaf, size):
        facts = candidate.facts
        if len(facts) != size or facts in seen or _by(standing, candidate) != by:
            continue
        tried += 1
        changes = _confirmed(standing, candidate, becomes, reached)
        if changes is not None:
            seen.add(facts)
            yield Flip(becomes, changes, by)
        if (size > 1 and len(seen) >= alike) or (size > 1 and tried >= MOST_CANDIDATES):
            return


def _by(standing: Standing, candidate: Candidate) -> str:
    return max((standing.rulebase.facts[name].controls for name in candidate.facts), key=EASE.index)


def _confirmed(
    standing: Standing, candidate: Candidate, becomes: Value, reached: Callable[[Changes], Value | None]
) -> tuple[Change, ...] | None:
    for changes in realised(standing, candidate):
        if reached(tuple(changes.items())) == becomes:
            stated, facts = standing.case.facts, standing.facts
            return tuple(
                Change(name, facts.get(name), value, name in stated)
                for name, value in sorted(changes.items())
            )
    return None


def replayed(standing: Standing, changes: Mapping[str, Value]) -> Value | None:
    """Return what the chain decides with *changes* stated.

    None if it stays open or has no value, and where the change breaks a constraint or has an assumption
    withdrawn.
    """
    rulebase, before = standing.rulebase, standing.completed
    case = standing.case.stating(**changes)
    facts = {**before.facts, **changes}
    if breaks(rulebase, facts, case.facts, frozenset(changes)):
        return None
    if before.withdrawn:
        # What was withdrawn may be assumed again, now that what stood against it has changed.
        problems = Problems()
        again = complete(rulebase, case, problems, assume=before.assumes)
        if problems.found or not set(again.withdrawn) <= set(before.withdrawn):
            return None
        facts = dict(again.facts)
    trace = trace_of(standing, facts, frozenset(case.facts), frozenset(changes))
    outcome = trace.outcomes[standing.decision]
    if outcome.is_settled:
        return outcome.value
    # What the chain left open, the diagrams may settle: over all completions, as `decide` reads it.
    ends = standing.ends(facts, frozenset(case.facts), trace)
    return ends.pop() if len(ends) == 1 else None


def trace_of(
    standing: Standing, facts: Mapping[str, Value], stated: frozenset[str], changed: frozenset[str]
) -> Trace:
    """Return what the chain makes of *facts*, which differ from those of the case in *changed*."""
    rulebase = standing.rulebase
    differ = differing(standing.facts, facts) | changed
    given = trace_before(standing.exact, differ)
    return rerun(rulebase, facts, stated, given, differ, cone(rulebase, standing.decision))
