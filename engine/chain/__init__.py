"""The reference execution: a case is forward-chained through the rules, stratum by stratum.

An executor says which rules of a stratum fire; what follows from that, hit policies and
measures, is settled here, the same for every executor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from amends.engine.chain.exclusion import exclusions
from amends.engine.chain.joins import LimitError
from amends.engine.chain.memory import Memory, WorkingMemory, speaking
from amends.engine.chain.outcome import Fired, Lack, Outcome, Trace
from amends.engine.chain.settle import settle
from amends.engine.diagnostics import Problems
from amends.engine.network import dependants, reads, strata
from amends.engine.rulebase import Decision, Measure, Rule, RuleBase, Value
from amends.engine.truth import Members, Reading, Truth, fact_reading, measured, reading


class Executor(Protocol):
    """What the chain asks of an engine."""

    name: str

    def fire(self, stratum: int, memory: Memory, /) -> Mapping[str, Truth]:
        """Return each rule of *stratum* that says yes or is undecided, by path."""
        ...

    def close(self) -> None:
        """Give back what is held outside Python."""
        ...


def best_executor(rulebase: RuleBase) -> Executor:
    """Return durable_rules where it can be imported, else the plain working memory."""
    try:
        from amends.engine.chain.durable import DurableRules
    except ImportError:
        return WorkingMemory(rulebase, strata(rulebase))
    return DurableRules(rulebase, strata(rulebase))


def durable_rules_fault() -> str | None:
    """Return why durable_rules cannot fire rules here, or None if it can."""
    try:
        from amends.engine.chain import durable
    except ImportError as error:
        return f"it cannot be imported: {error}"
    return durable.fault()


def check_limits(rulebase: RuleBase, problems: Problems) -> None:
    """Report what durable_rules could not carry, where a hang or a crash would say nothing."""
    try:
        from amends.engine.chain.durable import DurableRules
    except ImportError:
        return
    try:
        executor = DurableRules(rulebase, strata(rulebase))
        try:
            executor.load()
        finally:
            executor.close()
    except LimitError as error:
        problems.found += error.diagnostics


def run(rulebase: RuleBase, facts: Mapping[str, Value], stated: Iterable[str], executor: Executor) -> Trace:
    """Return the trace of *facts*, of which *stated* were said by the asker, not assumed.

    Every decision gets an outcome. The trace does not depend on the executor, but for its
    name, nor on any order.
    """
    progress = _Progress(rulebase, _remember(rulebase, facts, stated))
    for index, layer in enumerate(strata(rulebase)):
        said = executor.fire(index, progress.memory)
        for name in layer:
            progress.settle(name, said, index)
    return progress.trace(executor.name)


def rerun(
    rulebase: RuleBase,
    facts: Mapping[str, Value],
    stated: Iterable[str],
    given: Trace,
    changed: frozenset[str],
    wanted: frozenset[str],
) -> Trace:
    """Return the trace of *facts*, working out no more than what differs from *given*.

    *changed* must hold every fact in which the two differ, or that only one of them states, and may
    hold decisions: what these come to is not worked out anew, but what reads them is. What is not in
    *wanted* is taken from *given* as it is, differ or not. Where *given* was narrowed by constraints,
    these must not read what has changed.
    """
    progress = _Progress(rulebase, _remember(rulebase, facts, stated))
    progress.outcomes.update(given.outcomes)
    progress.measures.update(given.measures)
    read = reads(rulebase)
    differing = set(changed)
    lacking: set[str] = set()  # what differs and rests on a decision that may have no value, or might have
    anew: set[str] = set()
    said = given.said
    for index, name, may_differ in _on_the_way(rulebase, changed, wanted):
        if not may_differ or differing.isdisjoint(read[name]):
            progress.keep(name, given)
            continue
        anew.add(name)
        if name in rulebase.measures:
            progress.settle(name, {}, index)
            found = progress.measures[name]
            if not lacking.isdisjoint(read[name]):
                lacking.add(name)
                differing.add(name)
            elif found is None or found != given.measures[name]:
                differing.add(name)
            continue
        before, rules = given.outcomes[name], rulebase.decisions[name].rules
        if before.blocked_by is None:
            speak = _said_anew(rules, said, differing, progress.memory)
        else:
            speak = speaking(rules, progress.memory)  # none of them was asked before
        progress.settle(name, speak, index)
        after = progress.outcomes[name]
        # Two that are open may be the same in what they can come to, and differ in when they do.
        if not (before.is_settled and after.is_settled and before.found == after.found):
            differing.add(name)
            if before.lacks or after.lacks:
                lacking.add(name)
    return progress.beside(given, anew)


def _said_anew(
    rules: Sequence[Rule], said: Mapping[str, Truth], differing: Set[str], memory: Memory
) -> dict[str, Truth]:
    """Return the rules that say yes or are undecided; what was sure and reads nothing that differs stays."""
    found = {}
    asked = []
    for rule in rules:
        before = said.get(rule.path, Truth.NO)
        if before is Truth.UNDECIDED or not differing.isdisjoint(rule.subjects):
            asked.append(rule)
        elif before is Truth.YES:
            found[rule.path] = before
    return found | speaking(asked, memory)


@lru_cache(maxsize=1024)
def _on_the_way(
    rulebase: RuleBase, changed: frozenset[str], wanted: frozenset[str]
) -> tuple[tuple[int, str, bool], ...]:
    """Return, in order, what may differ and what that reads: its stratum, name and whether it may differ."""
    may_differ = wanted & frozenset().union(*(dependants(rulebase, each) for each in changed)) - changed
    found: set[str] = set(may_differ)
    waiting = list(may_differ)
    for name in waiting:
        more = reads(rulebase)[name] - found - rulebase.facts.keys()
        found |= more
        waiting += [other for other in more if other in rulebase.measures]
    return tuple(
        (index, name, name in may_differ)
        for index, layer in enumerate(strata(rulebase))
        for name in layer
        if name in found
    )


@lru_cache(maxsize=8)
def _places(rulebase: RuleBase) -> Mapping[str, int]:
    """Return the place of each measure and decision in the order in which they are worked out."""
    return {name: place for place, name in enumerate(name for layer in strata(rulebase) for name in layer)}


def _remember(rulebase: RuleBase, facts: Mapping[str, Value], stated: Iterable[str]) -> Memory:
    memory = Memory(frozenset(stated))
    for name, fact in rulebase.facts.items():
        memory.readings[name] = fact_reading(facts.get(name), fact.domain)
    return memory


class _Progress:
    """One run under way: what has been decided, computed and fired so far."""

    def __init__(self, rulebase: RuleBase, memory: Memory) -> None:
        self.rulebase = rulebase
        self.memory = memory
        self.outcomes: dict[str, Outcome] = {}
        self.measures: dict[str, Value | None] = {}
        self.fired: list[Fired] = []
        self.undecided: list[str] = []
        self.blocked: dict[str, str] = {}
        self.may_block: set[str] = set()
        self.apart = exclusions(rulebase).apart

    def settle(self, name: str, said: Mapping[str, Truth], stratum: int) -> None:
        """Compute the measure or settle the decision called *name*."""
        if name in self.rulebase.measures:
            self._compute(self.rulebase.measures[name])
        else:
            self._decide(self.rulebase.decisions[name], said, stratum)

    def trace(self, executor: str) -> Trace:
        """Return the record of the run."""
        return Trace(
            executor=executor,
            fired=tuple(self.fired),
            undecided=tuple(self.undecided),
            outcomes=self.outcomes,
            measures=self.measures,
        )

    def beside(self, given: Trace, anew: Collection[str]) -> Trace:
        """Return the record of the run, with the rules of *given* that are of no decision in *anew*."""
        place = _places(self.rulebase)
        fired = [each for each in given.fired if each.rule.decision not in anew] + self.fired
        rules = self.rulebase.rules
        undecided = [path for path in given.undecided if rules[path].decision not in anew] + self.undecided
        return Trace(
            executor=given.executor,
            fired=tuple(sorted(fired, key=lambda each: place[each.rule.decision])),
            undecided=tuple(sorted(undecided, key=lambda path: place[rules[path].decision])),
            outcomes=self.outcomes,
            measures=self.measures,
        )

    def keep(self, name: str, given: Trace) -> None:
        """Take over what a measure or decision came to in *given*."""
        if name in self.rulebase.measures:
            self._keep_measure(name, given.measures[name])
        else:
            self._keep_outcome(given.outcomes[name])

    def _keep_outcome(self, outcome: Outcome) -> None:
        name = outcome.decision
        if outcome.has_no_value:
            self.blocked[name] = outcome.blocked_by or name
        if outcome.lacks:
            self.may_block.add(name)
        self.outcomes[name] = outcome
        self.memory.readings[name] = outcome.found

    def _keep_measure(self, name: str, value: Value | None) -> None:
        self._inherit_blocks(name)
        self.measures[name] = value
        self.memory.readings[name] = reading(value)

    def _compute(self, measure: Measure) -> None:
        value = measured(measure, self.rulebase.parameters, self.memory.look)
        self._keep_measure(measure.name, value)

    def _decide(self, decision: Decision, said: Mapping[str, Truth], stratum: int) -> None:
        self._inherit_blocks(decision.name)
        blocker = self.blocked.get(decision.name)
        if blocker is not None:
            outcome = Outcome(decision.name, frozenset(), frozenset([Lack.BLOCKED]), blocked_by=blocker)
        else:
            without = self.memory.look(decision.without) if decision.without else None
            outcome = settle(decision, said, self.apart, without if isinstance(without, Members) else None)
            if decision.name in self.may_block:
                outcome = _with_lack(outcome, Lack.BLOCKED)
            self._record(decision, said, stratum)
        self._keep_outcome(outcome)

    def _inherit_blocks(self, name: str) -> None:
        if not self.blocked and not self.may_block:
            return
        read = reads(self.rulebase)[name]
        blockers = sorted(self.blocked[other] for other in read if other in self.blocked)
        if blockers:
            self.blocked[name] = blockers[0]
        if not self.may_block.isdisjoint(read):
            self.may_block.add(name)

    def _record(self, decision: Decision, said: Mapping[str, Truth], stratum: int) -> None:
        sure = [rule for rule in decision.rules if said.get(rule.path) is Truth.YES]
        self.undecided += [rule.path for rule in decision.rules if said.get(rule.path) is Truth.UNDECIDED]
        for rule in sure:
            self.fired.append(
                Fired(
                    rule=rule,
                    stratum=stratum,
                    read=self._read(rule),
                    beats=tuple(other.path for other in sure if decision.beats(rule, other)),
                    beaten_by=tuple(other.path for other in sure if decision.beats(other, rule)),
                )
            )

    def _read(self, rule: Rule) -> dict[str, Reading]:
        return {name: self.memory.look(name) for name in rule.subjects}


def _with_lack(outcome: Outcome, lack: Lack) -> Outcome:
    return replace(outcome, lacks=outcome.lacks | {lack})
