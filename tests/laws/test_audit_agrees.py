"""The law of the audit: over every possible case it finds what trying them all finds, and nothing else."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod

import pytest
from hypothesis import assume, given, note

from amends.engine.audit.checks.idle import shorter
from amends.engine.audit.finding import Finding, Kind, Proofs, Witness
from amends.engine.audit.proving import prove
from amends.engine.audit.witness import replay
from amends.engine.diagram import Diagrams, space_of
from amends.engine.rulebase import AllOf, Decision, HitPolicy, Rule, RuleBase, Value
from tests.laws.test_diagrams_agree import cells_of
from tests.support import naive
from tests.support.examples import examples
from tests.support.strategies import rule_bases
from tests.support.written import Given

pytestmark = pytest.mark.proofs

MOST_CASES = 400
MOST_NODES = 200_000


@dataclass(frozen=True)
class Tried:
    """One case of one rule base, and how it ends."""

    case: Given
    ends: naive.Endings

    @property
    def is_stated(self) -> bool:
        return self.case.stated == frozenset(self.case.facts)


def every_case(rulebase: RuleBase) -> list[Tried]:
    """Return every complete case, each with every part of what `known` asks for left unstated."""
    asked = sorted({v.subject for v in space_of(rulebase).variables if v.is_known})
    found = []
    for facts in naive.completions(rulebase, {}):
        for size in range(len(asked) + 1):
            for untold in itertools.combinations(asked, size):
                stated = frozenset(facts) - frozenset(untold)
                found.append(Tried(Given(facts, stated), naive.evaluate(rulebase, facts, stated)))
    return found


def is_small(rulebase: RuleBase) -> bool:
    sizes = [len(naive.values_of(rulebase, fact)) for fact in rulebase.facts.values()]
    asked = sum(1 for variable in space_of(rulebase).variables if variable.is_known)
    return prod(sizes) * 2**asked <= MOST_CASES


def heard(decision: Decision, tried: Tried) -> set[str]:
    """Return the rules that speak in a case and are kept from nothing: by precedence or a number beyond."""
    firing = [rule for rule in decision.rules if rule.path in tried.ends.firing[decision.name]]
    match decision.hit_policy:
        case HitPolicy.PRIORITY:
            return {
                rule.path
                for rule in firing
                if not any(naive._beats(decision, other, rule) for other in firing)
            }
        case HitPolicy.COLLECT_MAX | HitPolicy.COLLECT_MIN:
            ending = tried.ends.decisions[decision.name]
            return {rule.path for rule in firing if rule.then[0] == ending}
        case HitPolicy.COLLECT:
            members = tried.ends.decisions[decision.name]
            assert not firing or isinstance(members, frozenset)
            return {rule.path for rule in firing if not members.isdisjoint(rule.then)}  # type: ignore[union-attr]
    return {rule.path for rule in firing}


def overlaps(decision: Decision, cases: list[Tried]) -> set[tuple[str, str]]:
    found = set()
    for rule, other in itertools.combinations(decision.rules, 2):
        if decision.hit_policy in (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.PRIORITY):
            differ = decision.hit_policy is HitPolicy.UNIQUE or rule.then != other.then
            if differ and any({rule.path, other.path} <= heard(decision, tried) for tried in cases):
                found.add((rule.path, other.path))
    return found


def unreached(rulebase: RuleBase, decision: Decision, cases: list[Tried]) -> set[str]:
    if decision.hit_policy in (HitPolicy.COLLECT_SUM, HitPolicy.COLLECT_COUNT):
        return set()
    wanted: set[Value] = {value for rule in decision.rules for value in rule.then}
    wanted |= {*decision.domain.values} | ({decision.otherwise} if decision.otherwise is not None else set())
    for tried in cases:
        ending = tried.ends.decisions[decision.name]
        wanted -= ending if isinstance(ending, frozenset) else {ending}
    return {f"{decision.name}/{value}" for value in wanted}


def subjects(proofs: Proofs, *kinds: Kind) -> set[str]:
    return {found.subject for found in proofs.findings if found.kind in kinds}


def paths_in(found: Finding) -> tuple[str, str]:
    one, other = re.findall(r"`([^`]*/[^`]*)`", found.message)[:2]
    return one, other


@examples(60)
@given(rule_bases())
def test_what_every_case_shows_is_found_and_nothing_else(rulebase: RuleBase) -> None:
    assume(is_small(rulebase))
    cases = every_case(rulebase)
    proofs = prove(rulebase, most_nodes=MOST_NODES, deadline=None)
    note(str(proofs.findings))
    assert proofs.finished and not proofs.undecided
    decisions = rulebase.decisions.values()
    gaps = {
        d.name for d in decisions if any(t.ends.decisions[d.name] is naive.NoValue.UNCOVERED for t in cases)
    }
    assert subjects(proofs, Kind.GAP) == gaps
    pairs = {paths_in(found) for found in proofs.findings if found.kind is Kind.OVERLAP}
    assert pairs == set().union(*(overlaps(decision, cases) for decision in decisions))
    alive = set().union(*(heard(decision, tried) for decision in decisions for tried in cases))
    assert subjects(proofs, Kind.DEAD_RULE, Kind.DEAD_IN_CONTEXT) == rulebase.rules.keys() - alive
    missing = set().union(*(unreached(rulebase, decision, cases) for decision in decisions))
    assert subjects(proofs, Kind.UNREACHABLE_OUTCOME) == {_plain(subject) for subject in missing}


def _plain(subject: str) -> str:
    """A number is written as a decimal in what a finding is about."""
    from fractions import Fraction

    from amends.engine.values import decimal_text

    decision, value = subject.split("/", 1)
    try:
        return f"{decision}/{decimal_text(Fraction(value))}"
    except ValueError:
        return subject


@examples(20)
@given(rule_bases())
def test_what_is_called_needless_can_be_taken_out_and_nothing_changes(rulebase: RuleBase) -> None:
    assume(is_small(rulebase))
    cases = every_case(rulebase)
    proofs = prove(rulebase, most_nodes=MOST_NODES, deadline=None)
    for found in proofs.findings:
        note(found.message)
        match found.kind:
            case Kind.DEAD_RULE | Kind.DEAD_IN_CONTEXT | Kind.MASKED_RULE | Kind.SUBSUMED_RULE:
                rule = rulebase.rules[found.subject]
                assert_same(rulebase, _without_rule(rulebase, rule), rule.decision, cases)
            case Kind.IDLE_TEST:
                rule = rulebase.rules[found.subject]
                for shorter_rule in _without_test(rule, found):
                    assert_same(rulebase, _with_rule(rulebase, shorter_rule), rule.decision, cases)
            case Kind.LOOSE_HIT_POLICY:
                policy = HitPolicy.UNIQUE if "`unique`" in found.message else HitPolicy.ANY
                decision = replace(rulebase.decisions[found.subject], hit_policy=policy)
                assert_same(rulebase, _with_decision(rulebase, decision), decision.name, cases)


def assert_same(before: RuleBase, after: RuleBase, decision: str, cases: list[Tried]) -> None:
    for tried in cases:
        if tried.ends.decisions[decision] is naive.NoValue.BLOCKED:
            continue  # by what it reads, which is less without a rule that reads it
        ends = naive.evaluate(after, tried.case.facts, tried.case.stated).decisions[decision]
        assert ends == tried.ends.decisions[decision], tried.case


def _with_decision(rulebase: RuleBase, decision: Decision) -> RuleBase:
    return replace(rulebase, decisions={**rulebase.decisions, decision.name: decision})


def _without_rule(rulebase: RuleBase, rule: Rule) -> RuleBase:
    decision = rulebase.decisions[rule.decision]
    kept = tuple(other for other in decision.rules if other.path != rule.path)
    return _with_decision(rulebase, replace(decision, rules=kept))


def _with_rule(rulebase: RuleBase, rule: Rule) -> RuleBase:
    decision = rulebase.decisions[rule.decision]
    kept = tuple(rule if other.path == rule.path else other for other in decision.rules)
    return _with_decision(rulebase, replace(decision, rules=kept))


def _without_test(rule: Rule, found: Finding) -> Iterator[Rule]:
    """Yield the rule without the test; a set that several names stand for is one place and several tests."""
    for test, without in shorter(rule.when):
        if test.span is found.primary and f"`{test.subject}`" in found.message:
            yield replace(rule, when=AllOf(()) if without is None else without)


@examples(40)
@given(rule_bases())
def test_every_count_is_the_number_of_kinds_of_case(rulebase: RuleBase) -> None:
    assume(is_small(rulebase))
    diagrams = Diagrams(rulebase)
    has_tie = any(v.subject in rulebase.measures for v in diagrams.space.variables)
    kinds = {
        tuple(cells_of(diagrams, tried.case, dict(tried.ends.measures))): tried
        for tried in every_case(rulebase)
        if tried.is_stated
    }
    proofs = prove(rulebase, most_nodes=MOST_NODES, deadline=None)
    assert proofs.cases == len(kinds) or (has_tie and proofs.cases is not None and proofs.cases >= len(kinds))
    for found in proofs.findings:
        if found.count is None:
            continue
        if found.kind is Kind.GAP:
            touched = [
                t for t in kinds.values() if t.ends.decisions[found.subject] is naive.NoValue.UNCOVERED
            ]
        elif found.kind is Kind.OVERLAP:
            decision = rulebase.decisions[found.subject.split("/")[0]]
            touched = [t for t in kinds.values() if {*paths_in(found)} <= heard(decision, t)]
        else:
            continue
        note(f"{found.message} {found.count}")
        assert found.count.cases == len(touched) or (
            found.count.at_most and found.count.cases >= len(touched)
        )


@examples(25)
@given(rule_bases())
def test_diagrams_find_what_the_solver_finds(rulebase: RuleBase) -> None:
    assume(is_small(rulebase))
    with_solver = prove(rulebase, most_nodes=MOST_NODES, deadline=None)
    by_diagrams = prove(rulebase, most_nodes=MOST_NODES, deadline=None, with_solver=False)

    def told(proofs: Proofs) -> set[tuple[Kind, str]]:
        return {(found.kind, found.subject) for found in proofs.findings}

    assert told(by_diagrams) == told(with_solver)


@examples(40)
@given(rule_bases())
def test_every_witness_is_as_small_as_it_says_and_ends_so_whatever_is_left_out(rulebase: RuleBase) -> None:
    assume(is_small(rulebase))
    for found in prove(rulebase, most_nodes=MOST_NODES, deadline=None).findings:
        if found.witness is not None and found.kind in (Kind.GAP, Kind.OVERLAP):
            note(f"{found.message} {found.witness}")
            decision = found.subject.split("/")[0]
            lack = naive.NoValue.UNCOVERED if found.kind is Kind.GAP else naive.NoValue.CONFLICT
            assert ends(rulebase, found.witness, decision) == {lack}
            assert replay(rulebase, found.witness.facts, found.witness.stated).outcomes[decision].lacks


def ends(rulebase: RuleBase, found: Witness, decision: str) -> set[naive.Ending]:
    return {
        naive.evaluate(rulebase, facts, found.stated).decisions[decision]
        for facts in naive.completions(rulebase, found.facts)
    }
