"""One of each finding, planted in a copy of the shipped base: it is found, shown, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path

import pytest

from amends.engine import Engine, InputError, claims
from amends.engine.api import check
from amends.engine.audit.auditing import audit
from amends.engine.audit.finding import Finding, Kind, Report, Witness
from amends.engine.case import Case
from amends.engine.claims import Standing
from amends.engine.diagnostics import Problems
from amends.engine.rulebase import RuleBase, Value
from amends.engine.verdict import Reason, Verdict
from tests.support.planted import COPIES, Plant, copied

pytestmark = pytest.mark.proofs

TODAY = date(2026, 12, 1)
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
UNEDITED = "unedited"

PLANTS = {plant.kind.value: (copy, plant) for copy, plants in COPIES.items() for plant in plants}

SHOWN = {
    Kind.GAP,
    Kind.OVERLAP,
    Kind.MASKED_RULE,
    Kind.SUBSUMED_RULE,
    Kind.BROKEN_CLAIM,
    Kind.OUT_OF_SCOPE,
}
"""The kinds that a case shows; of the others no case is left, or no case is what they are about."""
COUNTED = {*SHOWN, Kind.MISLEADING_RULE, Kind.BUSY_OTHERWISE} - {Kind.BROKEN_CLAIM}


@dataclass(frozen=True)
class Copy:
    """A copy of the shipped base in a folder, with whatever is planted in it, and its audit."""

    folder: Path
    rulebase: RuleBase

    @cached_property
    def report(self) -> Report:
        return audit(self.rulebase, now=TODAY)

    @cached_property
    def engine(self) -> Engine:
        return Engine(self.rulebase)

    @property
    def reported(self) -> list[Finding]:
        """What is found and not ignored."""
        return [found for found in self.report.findings if not found.ignored]

    def of(self, kind: Kind) -> list[Finding]:
        return [found for found in self.reported if found.kind is kind]

    def witness(self, kind: Kind) -> Witness:
        (found,) = self.of(kind)
        assert found.witness is not None
        return found.witness

    def decide(self, stated: Mapping[str, Value]) -> Verdict:
        return self.engine.decide(Case(dict(stated), NOW, currency="EUR"), what_if=False)


Copies = Callable[[str], Copy]


@pytest.fixture(scope="module")
def copy_of(tmp_path_factory: pytest.TempPathFactory) -> Copies:
    """Make each copy once: to audit the whole base takes seconds."""

    @cache
    def made(name: str) -> Copy:
        folder = tmp_path_factory.mktemp("copy")
        return Copy(folder, copied(folder, *COPIES.get(name, ())))

    return made


def named(found: Finding) -> tuple[str, str]:
    return found.kind.value, found.subject


def stated_in(witness: Witness) -> dict[str, Value]:
    return {name: witness.facts[name] for name in sorted(witness.stated)}


def reason(verdict: Verdict, path: str) -> Reason:
    (found,) = [each for each in verdict.fired if each.rule == path]
    return found


# What is found ---------------------------------------------------------------------------------------------


def test_each_kind_of_finding_is_planted_once() -> None:
    kinds = [plant.kind.value for plants in COPIES.values() for plant in plants]
    assert sorted(kinds) == sorted(kind.value for kind in Kind)


def test_the_copy_with_nothing_planted_is_clean(copy_of: Copies) -> None:
    """What each of the others reports is therefore there by its plants alone."""
    report = copy_of(UNEDITED).report
    assert [named(found) for found in copy_of(UNEDITED).reported] == []
    assert report.undecided == ()
    assert report.finished and report.is_clean
    assert [each.statement for each in report.assurances if not each.holds] == []


@pytest.mark.parametrize("kind", PLANTS)
def test_what_is_planted_is_found_where_it_stands(kind: str, copy_of: Copies) -> None:
    name, plant = PLANTS[kind]
    copy = copy_of(name)
    found = copy.of(plant.kind)
    assert {each.subject for each in found} == {*plant.subjects}
    for each in found:
        assert plant.says in each.message
        assert places(each) & edited(copy.folder, plant), "the reader is led to what was edited"
        assert (each.witness is not None) == (plant.kind in SHOWN)
        assert (each.count is not None) == (plant.kind in COUNTED)
        assert each.count is None or 0 < each.count.cases < each.count.of


def places(found: Finding) -> set[Path]:
    """Return the files that a finding names; a loop is told edge by edge, all else at its own place."""
    spans = [label.span for label in found.others] if found.kind is Kind.CYCLE else [found.primary]
    return {Path(span.source.name) for span in spans if span is not None}


def edited(folder: Path, plant: Plant) -> set[Path]:
    """Return the files in which *plant* is; the rules may lie anywhere that break a claim."""
    if plant.kind is Kind.BROKEN_CLAIM:
        return {folder / "kb" / "claims.yaml"}
    return {folder / edit.file for edit in plant.edits}


@pytest.mark.parametrize("name", COPIES)
def test_nothing_else_is_reported_and_nothing_more_is_ignored(name: str, copy_of: Copies) -> None:
    """No plant has a companion, and none makes the reasons for which other findings are left alone idle."""
    copy = copy_of(name)
    planted = {(plant.kind.value, subject) for plant in COPIES[name] for subject in plant.subjects}
    reported = [named(found) for found in copy.reported]
    assert sorted(reported) == sorted(planted)
    assert copy.report.undecided == ()
    assert not copy.report.is_clean
    if Kind.CYCLE.value in dict(planted):
        assert not copy.report.finished, "a base with a loop has no meaning that could be proved anything of"
        return
    assert copy.report.finished
    left_alone = [named(found) for found in copy_of(UNEDITED).report.findings]
    if name == "a later pack":
        left_alone.remove(("unused", "niche"))  # the pack asks for it
    assert [named(found) for found in copy.report.findings if found.ignored] == left_alone


def test_a_loop_keeps_the_base_from_being_loaded(copy_of: Copies) -> None:
    folder = copy_of("a loop").folder
    with pytest.raises(InputError, match="cycle"):
        check(folder / "kb", folder / "rules")


# What its case shows ---------------------------------------------------------------------------------------


def test_the_case_of_a_gap_has_no_value_there(copy_of: Copies) -> None:
    stated = stated_in(copy_of("one").witness(Kind.GAP))
    assert stated == {"failure_kind": "no_failure"}
    verdict = copy_of("one").decide(stated)
    assert verdict.without_value == {"failure_mode": "uncovered"}
    assert [each for each in verdict.fired if each.decision == "failure_mode"] == []
    assert copy_of(UNEDITED).decide(stated).decisions["failure_mode"] == "none"


def test_the_case_of_an_overlap_makes_both_rules_speak_and_is_a_conflict(copy_of: Copies) -> None:
    stated = stated_in(copy_of("two").witness(Kind.OVERLAP))
    assert stated == {"failure_kind": "billing_error", "client_aware": False}
    verdict = copy_of("two").decide(stated)
    assert verdict.without_value == {"failure_mode": "conflict"}
    said = {each.rule: each.then for each in verdict.fired if each.decision == "failure_mode"}
    assert said == {
        "failure_mode/the-client-was-not-attended-to": ("attention",),
        "failure_mode/the-invoice-was-wrong": ("monetary",),
    }
    assert copy_of(UNEDITED).decide(stated).decisions["failure_mode"] == "monetary"


def test_the_case_of_a_masked_rule_is_decided_alike_without_it(copy_of: Copies) -> None:
    """It is heard there, and so is one of the two that say the same."""
    stated = stated_in(copy_of("one").witness(Kind.MASKED_RULE))
    assert len(stated) == 1
    verdict = copy_of("one").decide(stated)
    said = {each.rule: each.then for each in verdict.fired if each.decision == "tone"}
    assert said.pop("tone/hot-blood-on-both-sides") == ("neutral",)
    assert said and {*said} <= {"tone/abuse-or-a-threat", "tone/hot-blood-on-your-side"}
    assert {*said.values()} == {("neutral",)}
    assert verdict.decisions["tone"] == "neutral"
    assert copy_of(UNEDITED).decide(stated).decisions["tone"] == "neutral"


def test_neither_of_those_that_mask_a_rule_covers_it_alone(copy_of: Copies) -> None:
    """Or the rule would be subsumed, which says more."""
    for stated, other in (
        ({"provider_emotion": "panicked"}, "tone/hot-blood-on-your-side"),
        ({"abuse_kind": "threats"}, "tone/abuse-or-a-threat"),
    ):
        fired = copy_of("one").decide(stated).fired
        said = {each.rule for each in fired if each.decision == "tone"}
        assert said == {"tone/hot-blood-on-both-sides", other}


def test_the_case_of_a_subsumed_rule_makes_the_wider_one_speak_too(copy_of: Copies) -> None:
    stated = stated_in(copy_of("one").witness(Kind.SUBSUMED_RULE))
    assert stated == {"provider_emotion": "angry", "client_temperament": "fuming"}
    verdict = copy_of("one").decide(stated)
    said = {each.rule: each.is_deciding for each in verdict.fired if each.decision == "first_reply"}
    assert said == {
        "first_reply/you-are-angry-at-night": True,
        "first_reply/you-are-in-no-state-to-write": True,
    }
    assert verdict.decisions["first_reply"] == "holding_note"
    assert copy_of(UNEDITED).decide(stated).decisions["first_reply"] == "holding_note"


def test_the_case_of_a_broken_claim_breaks_it_and_no_other(copy_of: Copies) -> None:
    """There is a second pitch after a no, and by the planted rule alone."""
    copy = copy_of("two")
    stated = stated_in(copy.witness(Kind.BROKEN_CLAIM))
    assert stated == {"client_said_no": True, "track_record": "excellent"}, "a case holds what it needs"
    verdict = copy.decide(stated)
    assert "two_options" in verdict.companions
    assert reason(verdict, "companions/a-no-that-may-be-none").then == ("two_options",)
    assert broken_by(copy, stated) == {"a-no-ends-the-selling"}
    assert "two_options" not in copy_of(UNEDITED).decide(stated).companions
    assert broken_by(copy_of(UNEDITED), stated) == set()


def broken_by(copy: Copy, stated: Mapping[str, Value]) -> set[str]:
    """Return the claims that a case breaks, judged as tests judge stored cases."""
    problems = Problems()
    case = Case(dict(stated), NOW, currency="EUR")
    found = claims.check(copy.rulebase, case, problems)
    problems.stop()
    return {each.claim.name for each in found if each.standing is Standing.BROKEN}


@pytest.mark.parametrize("kind", sorted(SHOWN))
def test_what_a_case_leaves_unstated_is_as_assumed(kind: Kind, copy_of: Copies) -> None:
    """Or the case as the asker would state it were another than the one that is shown."""
    copy = copy_of(PLANTS[kind.value][0])
    witness = copy.witness(kind)
    unstated = {name: value for name, value in witness.facts.items() if name not in witness.stated}
    assert unstated == {name: copy.rulebase.facts[name].assume for name in unstated}


# What shows it where the audit has no case -----------------------------------------------------------------


def test_a_dead_rule_is_beaten_by_what_is_named_where_it_speaks(copy_of: Copies) -> None:
    (found,) = copy_of("one").of(Kind.DEAD_RULE)
    assert [label.caption for label in found.others] == ["beats it"]
    verdict = copy_of("one").decide({"preventable": "yes", "evidence_strength": "strong"})
    planted = reason(verdict, "controllability/you-looked-twice")
    assert planted.beaten_by == ("controllability/you-could-have",)
    assert verdict.decisions["controllability"] == "high"


def test_a_rule_that_is_dead_in_context_is_silent_where_either_half_of_it_holds(copy_of: Copies) -> None:
    """Its halves are possible, each by itself."""
    theirs = {"cause": "client_input", "evidence_strength": "strong", "failure_kind": "wrong_work"}
    for stated, fault in ((theirs, "client"), ({**theirs, "cause": "own_error"}, "provider_full")):
        verdict = copy_of("one").decide(stated)
        assert verdict.decisions["fault"] == fault
        assert "deficit/their-own-doing" not in {each.rule for each in verdict.fired}


def test_a_misleading_rule_is_beaten_in_a_common_case(copy_of: Copies) -> None:
    (found,) = copy_of("two").of(Kind.MISLEADING_RULE)
    stated: dict[str, Value] = {
        "cause": "own_error",
        "failure_kind": "wrong_work",
        "brief_met": False,
        "client_type": "consumer",
    }
    verdict = copy_of("two").decide(stated)
    beaten = reason(verdict, found.subject)
    assert beaten.beaten_by == ("trust_violation/a-mistake-is-human",)
    assert verdict.decisions["trust_violation"] == "none"
    assert copy_of(UNEDITED).decide(stated).decisions["trust_violation"] == "competence"
    rare = copy_of("two").decide({**stated, "client_type": "business"})
    assert rare.decisions["trust_violation"] == "competence", "it is not dead"


def test_a_busy_otherwise_decides_where_a_rule_did_before(copy_of: Copies) -> None:
    stated: dict[str, Value] = {
        "relationship_value": "high",
        "preventable": "yes",
        "recurrence_count": Fraction(1),
    }
    assert copy_of(UNEDITED).decide(stated).decisions["love_turns_to_hate"] == "yes"
    verdict = copy_of("two").decide(stated)
    assert "love_turns_to_hate" in verdict.otherwise
    assert verdict.decisions["love_turns_to_hate"] == "no"


def test_an_idle_test_changes_no_verdict_and_a_loose_policy_no_value(copy_of: Copies) -> None:
    """Where it speaks the rule says the same with the test and without it."""
    stated: dict[str, Value] = {"failure_kind": "taste_dissatisfaction", "client_demand": "full_refund"}
    for name in (UNEDITED, "two"):
        verdict = copy_of(name).decide(stated)
        assert "tone/you-hold-firm" in {each.rule for each in verdict.fired}
        assert (verdict.decisions["tone"], verdict.decisions["recovery_stage"]) == ("neutral", "first")
    with pytest.raises(InputError):
        copy_of("two").decide({**stated, "client_aware": False})


def test_a_weakened_gate_lets_through_what_it_held(copy_of: Copies) -> None:
    stated: dict[str, Value] = {
        "insured_pi": "yes",
        "insurer_notified": False,
        "claim_likelihood": "stated",
        "failure_kind": "wrong_work",
        "niche": "event_vendor",
    }
    assert copy_of(UNEDITED).decide(stated).decisions["message"] == "insurer_hold"
    verdict = copy_of("a later pack").decide(stated)
    held = reason(verdict, "message/a-claim-before-the-insurer-knows")
    assert held.beaten_by == ("message/the-insurer-can-wait",)
    assert verdict.decisions["message"] == "holding"
