"""Stored cases decided once, with all that the chain recorded of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from amends.engine.api import Engine
from amends.engine.case import Case
from amends.engine.chain import run
from amends.engine.chain.outcome import Trace
from amends.engine.completion import Completed, complete
from amends.engine.deciding import reach, tell
from amends.engine.diagnostics import Code, Diagnostic, InputError, Problems, Source, Span
from amends.engine.diagram import YES, Diagrams, Exact, Given, cells_of, read_exactly
from amends.engine.expect import hold
from amends.engine.rulebase import RuleBase
from amends.engine.source import yaml_files
from amends.engine.truth import Reading, Truth, fact_reading, reading
from amends.engine.verdict import Verdict
from amends.engine.what_if import memory_of


@dataclass(frozen=True, eq=False)
class Played:
    """One stored case with its run: `chain` is the cautious trace, that of `exact` the narrowed one."""

    path: Path
    rulebase: RuleBase
    case: Case
    completed: Completed
    chain: Trace

    @cached_property
    def exact(self) -> Exact:
        """What the diagrams make of what is open; for most questions the chain's trace will do."""
        return read_exactly(self.rulebase, self.completed.facts, frozenset(self.case.facts), self.chain)

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict, without what other facts would change."""
        return tell(self.rulebase, self.case, self.completed, self.exact, what_if=False)

    @cached_property
    def fails(self) -> Diagnostic | None:
        """The first of its expectations that it does not meet."""
        problems = Problems()
        if self.case.expect is not None:
            hold(self.verdict, self.case.expect, problems)
        return next(iter(problems.found), None)

    @cached_property
    def readings(self) -> Mapping[str, Reading]:
        """What the rules read in the chain: facts, measures and decisions, by name."""
        facts, domains = self.completed.facts, self.rulebase.facts
        found = {name: fact_reading(facts.get(name), fact.domain) for name, fact in domains.items()}
        found |= {name: reading(value) for name, value in self.chain.measures.items()}
        return found | {name: outcome.found for name, outcome in self.chain.outcomes.items()}

    @cached_property
    def truths(self) -> Mapping[str, Truth]:
        """Each rule that says yes or is undecided, by path."""
        return self.chain.said

    @cached_property
    def deciding(self) -> frozenset[str]:
        """The rules that are credited with some decision of it."""
        return frozenset(path for outcome in self.chain.outcomes.values() for path in outcome.deciding)

    def look(self, name: str) -> Reading:
        """Return what is known of a fact, measure or decision once the diagrams have narrowed it."""
        outcome = self.exact.trace.outcomes.get(name)
        if outcome is not None:
            return outcome.found
        if name in self.rulebase.measures:
            return reading(self.exact.trace.measures[name])
        return self.readings.get(name)

    def is_stated(self, name: str) -> bool:
        """True if the case states the fact."""
        return name in self.case.facts


def play(engine: Engine, paths: Iterable[Path]) -> tuple[Played, ...]:
    """Return every case below *paths*, decided. Raises `InputError` with each that cannot be."""
    paths = tuple(paths)
    problems = Problems()
    files = yaml_files(paths, problems)
    if not files and not problems.found:
        where = ", ".join(map(str, paths))
        message, help = f"there is no case at `{where}`", "name a folder of cases"
        problems.add(Code.FILE_NOT_FOUND, message, Span.whole(Source(where)), help=help)
    played: list[Played] = []
    for file in files:
        try:
            played.append(played_case(engine.rulebase, file, engine.case(file)))
        except InputError as error:
            problems.found += error.diagnostics
    problems.stop()
    return tuple(played)


def played_case(rulebase: RuleBase, path: Path, case: Case) -> Played:
    """Return *case* with its run. Raises `InputError` if it cannot be."""
    # The plain working memory: the same trace, in half the time.
    memory = memory_of(rulebase, frozenset(rulebase.decisions))
    problems = Problems()
    completed = complete(rulebase, case, problems)
    problems.stop()
    chain = run(rulebase, completed.facts, case.facts, memory)
    if not _can_be(rulebase, case, completed, chain):
        completed, _ = reach(rulebase, case, memory, problems)  # which withdraws assumptions, or says why not
        chain = run(rulebase, completed.facts, case.facts, memory)
    return Played(path, rulebase, case, completed, chain)


def _can_be(rulebase: RuleBase, case: Case, completed: Completed, chain: Trace) -> bool:
    """True if some completion of the case breaks no constraint."""
    facts, stated = completed.facts, frozenset(case.facts)
    readings = {name: fact_reading(value, rulebase.facts[name].domain) for name, value in facts.items()}
    readings |= {name: reading(value) for name, value in chain.measures.items() if value is not None}
    diagrams = Diagrams(rulebase, Given(readings, stated))
    return YES in diagrams.forest.leaves(diagrams.possible, cells_of(rulebase, facts, stated, chain))
