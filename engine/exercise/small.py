"""The smallest case that shows something: stated facts alone, the rest as it is assumed or unknown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from amends.engine.audit.prover import CannotTell, Found, Prover
from amends.engine.audit.solver import NoSolver
from amends.engine.audit.witness import NO_CLOCK, facts_behind
from amends.engine.case import Case
from amends.engine.chain import run
from amends.engine.chain.outcome import Trace
from amends.engine.completion import complete
from amends.engine.diagnostics import Problems
from amends.engine.diagram.forest import MOST_NODES
from amends.engine.network import cone
from amends.engine.rulebase import RuleBase, Value
from amends.engine.what_if import memory_of

NO_TIME = "the time ran out"
NO_NUMBERS = "arithmetic could tell neither that such a case can be nor that it cannot"
NOT_FOUND = "a possible case shows it, but none was found that states facts alone"
UNWRITTEN = Path("suggested")
"""The file of a case that nobody has written yet."""

Facts = Mapping[str, Value]
Shows = Callable[[Trace, Facts], bool]
"""Whether a trace, of a case that states these facts, shows what it should."""
Settles = Callable[[Found], Iterable[int]]
"""What else has to be so in a case, by the case that was found."""


def prover_of(rulebase: RuleBase, deadline: float | None) -> Prover:
    """Return a prover, by diagrams where no solver is installed. Raises `TooManyValues` and `OutOfTime`."""
    try:
        return Prover(rulebase, deadline)
    except NoSolver:
        return Prover(rulebase, deadline, by_diagrams=MOST_NODES)


def candidates(
    prover: Prover,
    wanted: Sequence[int],
    about: Collection[str],
    shows: Shows,
    settles: Settles = lambda _: (),
) -> Iterator[Facts]:
    """Yield cases, the smallest first, in which all of *wanted* is yes; some case must have it.

    The first states what leaves no other end, the second what shows it to the chain alone. *about* names
    the decisions that are looked at. Raises `OutOfTime`.
    """
    rulebase = prover.rulebase
    needed = facts_behind(rulebase, about)
    try:
        found = prover.nearest(wanted, needed)
        wanted = [*wanted, *settles(found)]
        values, stated = prover.facts(found)
        names, said = prover.forcing(found, wanted)
    except CannotTell:
        return
    yield {
        name: values[name]
        for name in sorted(names & stated)
        if name in said or values[name] != rulebase.facts[name].assume
    }
    only = frozenset().union(*(cone(rulebase, name) for name in about)).intersection(rulebase.decisions)

    def passes(facts: Facts) -> bool:
        trace = _tried(rulebase, facts, only)
        return trace is not None and shows(trace, facts)

    told = {
        name: value
        for name, value in sorted(values.items())
        if name in needed & stated and (name in said or value != rulebase.facts[name].assume)
    }
    if passes(told):
        yield _fewest(told, list(told), passes)


def _fewest(facts: Facts, spare: Sequence[str], passes: Callable[[Facts], bool]) -> Facts:
    """Return *facts* without those of *spare* that it passes without, left out in halves."""
    if not spare:
        return facts
    fewer = {name: value for name, value in facts.items() if name not in spare}
    if passes(fewer):
        return fewer
    if len(spare) == 1:
        return facts
    middle = len(spare) // 2
    return _fewest(_fewest(facts, spare[:middle], passes), spare[middle:], passes)


def _tried(rulebase: RuleBase, facts: Facts, only: frozenset[str]) -> Trace | None:
    """Return the chain's trace of a case through the decisions in *only*; None for a case that cannot be."""
    problems = Problems()
    completed = complete(rulebase, Case(facts, NO_CLOCK), problems)
    if problems.found:
        return None
    return run(rulebase, completed.facts, facts, memory_of(rulebase, only))
