"""From a possible case that the solver found to a small one of facts alone that the chain bears out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from amends.engine.audit.finding import Witness
from amends.engine.audit.prover import Found, Prover
from amends.engine.chain import run
from amends.engine.chain.outcome import Trace
from amends.engine.completion import broken
from amends.engine.diagnostics import listed
from amends.engine.network import cone
from amends.engine.rulebase import RuleBase, Value
from amends.engine.what_if import memory_of

NO_CLOCK = datetime(2000, 1, 1, tzinfo=UTC)
"""The moment of every case that is tried: no rule and no claim reads it."""
Shows = Callable[[Trace], bool]
Passes = Callable[[Mapping[str, Value], frozenset[str]], bool]
"""Whether a case, of facts of which some are stated, still shows what it should."""


class Disagreement(Exception):
    """The chain does not end as the clauses say: a fault of this program, never of a rule base."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a witness is to show: of which decisions, by what test of the trace, in words."""

    about: frozenset[str]
    test: Shows
    words: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that should break a claim: all of *wanted* is yes in it, for the facts in *needed*.

    `numbers` are facts of which the very value matters. Where it is not `is_sure`, the clauses only say
    that it may.
    """

    case: Found
    wanted: Sequence[int]
    needed: frozenset[str]
    numbers: frozenset[str] = frozenset()
    is_sure: bool = True


def witness(prover: Prover, wanted: Sequence[int], shown: Shown) -> Witness:
    """Return the smallest case that could be made in which all of *wanted* is yes, and some case has it.

    It departs from what is assumed as little as it must, and holds a value for those facts alone without
    which the chain would not show it. Raises `Disagreement` if the chain does not show it at all.
    """
    rulebase = prover.rulebase
    trial = _Trial(rulebase, shown)
    needed = facts_behind(rulebase, shown.about)
    facts, stated = smallest(
        prover, prover.nearest(wanted, needed), wanted, needed, trial.passes, shown.words
    )
    said = {name: facts[name] for name in stated}
    if not shown.test(replay(rulebase, facts, stated)) or broken(rulebase, facts, said):
        raise Disagreement(f"{shown.words}: {facts}, stated {sorted(stated)}")
    return Witness(facts, stated, shown.words + untold(rulebase, facts, stated))


def smallest(
    prover: Prover,
    found: Found,
    wanted: Sequence[int],
    needed: frozenset[str],
    passes: Passes,
    words: str,
    also: frozenset[str] | None = None,
) -> tuple[dict[str, Value], frozenset[str]]:
    """Return the facts of *found* that suffice for *passes*, and which of them must be stated.

    Only those in *needed* are tried; those in *also* are kept beside what forces *wanted*, and then what
    passes without is left out. Raises `Disagreement` if not even all of them pass.
    """
    rulebase = prover.rulebase
    values, stated = prover.facts(found)
    names, said = prover.forcing(found, wanted)
    facts = {
        name: value for name, value in values.items() if name in (names | (also or frozenset())) & needed
    }
    told = frozenset(name for name in facts if name in said or values[name] != rulebase.facts[name].assume)
    if not passes(facts, told & stated):
        # The chain's reading is cautious: it may need more than follows from what is possible.
        facts = {name: value for name, value in values.items() if name in needed}
        told = stated.intersection(facts)
        if not passes(facts, told):
            raise Disagreement(f"{words}: {facts}, stated {sorted(stated)}")
        facts, told = _fewer(rulebase, passes, facts, told)
    elif also is not None:
        facts, told = _fewer(rulebase, passes, facts, told & stated)
    return dict(sorted(facts.items())), told & stated


def untold(rulebase: RuleBase, facts: Mapping[str, Value], stated: frozenset[str]) -> str:
    """Return in words which facts nobody stated, though they are not as assumed; empty if none."""
    names = [name for name in facts if name not in stated and facts[name] != rulebase.facts[name].assume]
    return f", while nobody has said of {listed(f'`{name}`' for name in names)} what is so" if names else ""


def replay(rulebase: RuleBase, facts: Mapping[str, Value], stated: Iterable[str]) -> Trace:
    """Return the chain's trace of a case, by the plain working memory."""
    return run(rulebase, facts, stated, memory_of(rulebase, frozenset(rulebase.decisions)))


def facts_behind(rulebase: RuleBase, about: Iterable[str]) -> frozenset[str]:
    """Return the facts on which any of *about* depends."""
    found = frozenset().union(*(cone(rulebase, name) for name in about))
    return found.intersection(rulebase.facts)


class _Trial:
    """Runs a case through the decisions that matter, and asks whether it still shows what it should."""

    def __init__(self, rulebase: RuleBase, shown: Shown) -> None:
        self.rulebase = rulebase
        self.shown = shown
        names = frozenset().union(*(cone(rulebase, name) for name in shown.about))
        self._memory = memory_of(rulebase, names.intersection(rulebase.decisions))
        self.assumed = {name: fact.assume for name, fact in rulebase.facts.items() if fact.assume is not None}

    def passes(self, facts: Mapping[str, Value], stated: frozenset[str]) -> bool:
        """True if the chain shows it of the case, and what would be assumed beside it breaks nothing."""
        said = {name: facts[name] for name in stated}
        if not self.shown.test(run(self.rulebase, facts, stated, self._memory)):
            return False
        return not broken(self.rulebase, {**self.assumed, **facts}, said)


def _fewer(
    rulebase: RuleBase, passes: Passes, facts: Mapping[str, Value], stated: frozenset[str]
) -> tuple[dict[str, Value], frozenset[str]]:
    """Return what is left of *facts* once nothing more can be left out, or left unstated."""
    kept, said = dict(facts), stated
    for name in sorted(facts, key=lambda name: (rulebase.facts[name].assume is not None, name)):
        fewer = {other: value for other, value in kept.items() if other != name}
        if passes(fewer, said - {name}):
            kept, said = fewer, said - {name}
        elif name in said and kept[name] == rulebase.facts[name].assume and passes(kept, said - {name}):
            said -= {name}
    return kept, said
