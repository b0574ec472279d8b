"""Whether a stored case would notice a mutant: its decision worked out on what the case recorded.

Only where that decision ends otherwise is anything worked out after it, and only where what the case
expects is open to the chain are the diagrams asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from amends.engine.cells import literals, positive
from amends.engine.chain import rerun, run
from amends.engine.chain.exclusion import Exclusions, exclusions
from amends.engine.chain.outcome import Fired, Lack, Outcome, Trace
from amends.engine.chain.settle import Apart, settle
from amends.engine.deciding import tell
from amends.engine.diagnostics import Problems
from amends.engine.diagram import (
    IMPOSSIBLE,
    YES,
    Diagrams,
    Exact,
    Given,
    NotFinished,
    Space,
    cells_of,
    read_exactly,
)
from amends.engine.exercise.about import About, about_what
from amends.engine.exercise.mutants import Mutant
from amends.engine.exercise.playing import Played
from amends.engine.expect import hold
from amends.engine.network import dependants
from amends.engine.rulebase import Rule, RuleBase
from amends.engine.truth import Members, Truth, reading, truth
from amends.engine.verdict import Verdict
from amends.engine.what_if import memory_of


def killer(mutant: Mutant, cases: Sequence[Played]) -> Played | None:
    """Return a case that fails with *mutant*, those in which its rule decides tried first; None if none."""
    if not cases:
        return None
    tried = Tried(cases[0].rulebase, mutant)
    path = mutant.rule.path
    later: list[Callable[[], bool]] = []
    waiting: list[Played] = []
    for case in sorted(cases, key=lambda case: path not in case.deciding):
        found = tried.fails(case)
        if found is True:
            return case
        if found is not False:
            later.append(found)
            waiting.append(case)
    return next((case for case, fails in zip(waiting, later, strict=True) if fails()), None)


class Tried:
    """One mutant, tried on stored cases of the rule base that it is made of."""

    def __init__(self, rulebase: RuleBase, mutant: Mutant) -> None:
        self.rulebase = rulebase
        self.mutant = mutant
        self.name = mutant.rule.decision
        self.decision = mutant.decision(rulebase.decisions[self.name])
        self.below = dependants(rulebase, self.name) | {self.name}
        self._mutated: RuleBase | None = None
        self._exclusions: Exclusions | None = None

    @property
    def mutated(self) -> RuleBase:
        """The whole rule base with the mutant in it, made only if something has to be worked out anew."""
        if self._mutated is None:
            decisions = {**self.rulebase.decisions, self.name: self.decision}
            self._mutated = replace(self.rulebase, decisions=decisions)
        return self._mutated

    def fails(self, case: Played) -> bool | Callable[[], bool]:
        """Return whether *case* expects something that does not come with the mutant.

        Where only diagrams can tell, which takes longer, it returns what asks them.
        """
        about = about_what(case)
        if about is None or about.names.isdisjoint(self.below):
            return False
        found = self._outcome(case)
        if found is None:
            return lambda: self._fails_anew(case)
        outcome, said = found
        recorded = case.chain.outcomes
        is_same = outcome == recorded[self.name]
        if not is_same and about.lacks_credit(outcome):
            return True
        trace = case.chain if is_same else self._after(case, outcome, said, about)
        named = about.names & self.below
        if not all(about.is_clear(trace.outcomes[name]) for name in named):
            if is_same and self._is_surely_the_same(case, outcome):
                return False
            return lambda: self._fails_exactly(case, trace, about)
        if all(about.sees_alike(recorded[name], trace.outcomes[name]) for name in named):
            return False
        return self._unmet(case, trace, {})

    def does_fail(self, case: Played) -> bool:
        """Return whether *case* fails with the mutant, diagrams asked if they have to be."""
        found = self.fails(case)
        return found if isinstance(found, bool) else found()

    def outcome(self, case: Played) -> Outcome:
        """Return what the decision comes to in *case* with the mutant."""
        found = self._outcome(case)
        if found is not None and found[0].is_settled:
            return found[0]
        return self._anew(case).trace.outcomes[self.name]

    def _outcome(self, case: Played) -> tuple[Outcome, Truth] | None:
        """Return what the decision comes to, and what the changed rule says; None if it has to be run."""
        rule, changed = self.mutant.rule, self.mutant.changed
        recorded = case.chain.outcomes[self.name]
        is_blocked = Lack.BLOCKED in recorded.lacks
        if is_blocked and not self._reads_the_same:
            return None
        if is_blocked and recorded.has_no_value:
            return recorded, Truth.NO
        before = case.truths.get(rule.path, Truth.NO)
        now = before
        if changed is None:
            now = Truth.NO
        elif self.mutant.asks_otherwise:
            now = truth(changed.when, case.readings.get, case.is_stated)
        if before is now and (self.mutant.asks_otherwise or now is Truth.NO):
            return recorded, now
        truths = {**case.truths, rule.path: now}
        without = case.readings[self.decision.without] if self.decision.without else None
        found = settle(
            self.decision, truths, self._apart(), without if isinstance(without, Members) else None
        )
        return (replace(found, lacks=found.lacks | {Lack.BLOCKED}) if is_blocked else found), now

    @cached_property
    def _reads_the_same(self) -> bool:
        """True if the decision rests on the same things with the mutant, so that the same blocks it."""
        before, after = self.rulebase.decisions[self.name].rules, self.decision.rules
        read = [{subject for rule in rules for subject in rule.subjects} for rules in (before, after)]
        return read[0] == read[1]

    def _apart(self) -> Apart:
        known = exclusions(self.rulebase).apart

        def apart(rule: Rule, other: Rule) -> bool:
            if self.mutant.rule.path not in (rule.path, other.path):
                return known(rule, other)
            if self._exclusions is None:
                self._exclusions = Exclusions(self.mutated)
            return self._exclusions.apart(rule, other)

        return apart

    def _is_surely_the_same(self, case: Played, outcome: Outcome) -> bool:
        """True if the rule says no, changed or not, in every completion of the case, or all is settled."""
        rule, changed = self.mutant.rule, self.mutant.changed
        if outcome.is_settled:
            return True
        if case.truths.get(rule.path, Truth.NO) is not Truth.NO:
            return False
        return changed is None or truth(changed.when, case.readings.get, case.is_stated) is Truth.NO

    def _after(self, case: Played, outcome: Outcome, said: Truth, about: About) -> Trace:
        """Return the chain's trace, with what the case is about and rests on the decision worked out anew."""
        given = replace(case.chain, outcomes={**case.chain.outcomes, self.name: outcome})
        facts, stated = case.completed.facts, case.case.facts
        trace = rerun(self.rulebase, facts, stated, given, frozenset([self.name]), about.behind)
        others = [fired for fired in trace.fired if fired.rule.decision != self.name]
        own = [fired for fired in trace.fired if fired.rule.decision == self.name]
        return replace(trace, fired=(*others, *self._fired(own, said)))

    def _fired(self, own: Iterable[Fired], said: Truth) -> Iterable[Fired]:
        """Yield the rules of the decision that fired, the changed one among them if it did."""
        path, changed = self.mutant.rule.path, self.mutant.changed
        yield from (fired for fired in own if fired.rule.path != path)
        if said is Truth.YES and changed is not None:
            yield Fired(changed, 0, {}, (), ())

    def _unmet(self, case: Played, trace: Trace, narrowed: Mapping[str, Outcome]) -> bool:
        """True if the verdict of *trace*, and of what the diagrams say of all else, is not as expected."""
        exact = case.exact
        outcomes = {
            name: trace.outcomes[name] if name in self.below else outcome
            for name, outcome in exact.trace.outcomes.items()
        }
        measures = {
            name: trace.measures[name] if name in self.below else value
            for name, value in exact.trace.measures.items()
        }
        found = replace(exact, trace=replace(trace, outcomes={**outcomes, **narrowed}, measures=measures))
        verdict = tell(self.mutated, case.case, case.completed, found, what_if=False)
        return _is_unmet(verdict, case)

    def _fails_exactly(self, case: Played, trace: Trace, about: About) -> bool:
        """True if the case does not come out as expected where the diagrams have to say how it ends."""
        if about.measured & self.below or not self._fits(case.exact.diagrams.space):
            return self._fails_anew(case)
        names = {name for name in about.names & self.below if not about.is_clear(trace.outcomes[name])}
        try:
            narrowed = self._narrowed(case, trace, names)
        except NotFinished:
            return self._fails_anew(case)
        recorded = case.exact.trace.outcomes
        others = (about.names & self.below) - names
        if all(narrowed[name] == recorded[name] for name in names) and all(
            about.sees_alike(case.chain.outcomes[name], trace.outcomes[name]) for name in others
        ):
            return False
        return self._unmet(case, trace, narrowed)

    def _fits(self, space: Space) -> bool:
        """True if the changed rule asks nothing that the diagrams of the rule base cannot tell apart."""
        changed = self.mutant.changed
        asked = () if changed is None else literals(positive(changed.when, space.grids))
        derived = self.rulebase.decisions.keys() | space.expanded
        return all(
            literal.subject in derived or (literal.subject, literal.member, literal.is_known) in space.level
            for literal in asked
        )

    def _narrowed(self, case: Played, trace: Trace, names: Iterable[str]) -> dict[str, Outcome]:
        """Return how the decisions called *names* end over all completions, with what is compiled already."""
        before = case.exact.diagrams
        facts, stated = case.completed.facts, frozenset(case.case.facts)
        readings = {name: found for name, found in case.readings.items() if name in facts}
        readings |= {name: reading(value) for name, value in trace.measures.items() if value is not None}
        readings |= {name: outcome.found for name, outcome in trace.outcomes.items() if outcome.is_settled}
        diagrams = Diagrams(self.mutated, Given(readings, stated), space=before.space, forest=before.forest)
        compiled, _, possible, _ = before.compiled()
        kept = {name: found for name, found in compiled.items() if name not in self.below}
        diagrams.take_over(kept, {}, possible, {})
        found = Exact(trace, diagrams, cells_of(self.rulebase, facts, stated, trace), trace)
        return {name: _ends(trace.outcomes[name], found) for name in names}

    def _fails_anew(self, case: Played) -> bool:
        """True if the case, decided whole with the mutant, does not come out as expected."""
        verdict = tell(self.mutated, case.case, case.completed, self._anew(case), what_if=False)
        return _is_unmet(verdict, case)

    def _anew(self, case: Played) -> Exact:
        memory = memory_of(self.mutated, frozenset(self.mutated.decisions))
        facts, stated = case.completed.facts, frozenset(case.case.facts)
        return read_exactly(self.mutated, facts, stated, run(self.mutated, facts, stated, memory))


def _ends(outcome: Outcome, found: Exact) -> Outcome:
    """Return *outcome* narrowed to how the diagrams let it end."""
    diagrams, forest = found.diagrams, found.diagrams.forest
    compiled = diagrams.decision(outcome.decision)
    if compiled.root is not None:
        leaves = forest.leaves(diagrams.masked(outcome.decision), found.cells)
        ends = [forest.values[leaf] for leaf in leaves if forest.values[leaf] != IMPOSSIBLE]
        values = frozenset(end for end in ends if not isinstance(end, Lack))
        lacks = frozenset(end for end in ends if isinstance(end, Lack))
        return replace(outcome, found=values, lacks=lacks)  # type: ignore[arg-type]

    def can_be(root: int) -> bool:
        return YES in forest.leaves(forest.both(diagrams.possible, root), found.cells)

    if can_be(compiled.lacks):
        return outcome
    members = {name for name, root in compiled.members.items() if can_be(root)}
    sure = {name for name in members if not can_be(forest.no(compiled.members[name]))}
    return replace(outcome, found=Members(frozenset(sure), frozenset(members)))


def _is_unmet(verdict: Verdict, case: Played) -> bool:
    problems = Problems()
    assert case.case.expect is not None
    hold(verdict, case.case.expect, problems)
    return bool(problems.found)
