"""What a verdict says of facts that it does not know is what stating them does."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from amends.engine import Engine, Verdict, load

MENDABLE = {
    "failure_kind": "defective_work",
    "cause": "own_error",
    "skill_fit": "full",
    "fixable": "yes",
    "client_temperament": "disappointed",
    "client_aware": "true",
}


@cache
def shipped() -> Engine:
    return load()


def assumed(verdict: Verdict, fact: str) -> tuple[str, ...]:
    return next(found.could_become for found in verdict.assumptions if found.fact == fact)


def test_to_state_what_was_assumed_may_change_the_remedy_and_is_announced() -> None:
    """A discount is for trouble that the asker has told, not for trouble taken for granted."""
    told = {
        "failure_kind": "missed_deadline",
        "deliverable_status": "delivered",
        "client_temperament": "fuming",
        "cause": "own_error",
        "repeat_client": "true",
    }
    before = shipped().decide(told)
    after = shipped().decide({**told, "harm_kinds": "inconvenience"})
    assert (before.remedy, after.remedy) == ("own_only", "discount")
    assert "discount" in assumed(before, "harm_kinds")


def test_an_answer_that_withdraws_another_assumption_is_tried_too() -> None:
    """That the attempt failed means that there was one, which nobody had counted."""
    told = {**MENDABLE, "client_keeps_work": "rejects"}
    before = shipped().decide(told)
    after = shipped().decide({**told, "last_recovery_outcome": "failed"})
    assert after.withdrawn == ("recovery_attempts",)
    assert set(after.possible) - {before.remedy} <= set(assumed(before, "last_recovery_outcome"))
    assert "full_refund" in assumed(before, "last_recovery_outcome")


def test_a_fact_that_alone_would_decide_is_asked_for() -> None:
    """A documented loss above the whole fee turns into a claim, one below it does not."""
    told = {**MENDABLE, "direct_loss_amount": "400", "amount_paid": "500"}
    verdict = shipped().decide(told)
    assert verdict.status == "open"
    assert "fee_total" in [found.fact for found in verdict.open]
    assert shipped().decide({**told, "fee_total": "300", "amount_paid": "300"}).remedy == "insurer_first"
    assert shipped().decide({**told, "fee_total": "600"}).remedy == "repair_own_cost"


@pytest.mark.parametrize("unstated", ["", "unknown", '""'])
def test_an_empty_set_is_written_with_brackets(unstated: str) -> None:
    """Left out, blank and `unknown` are the same; only `[]` says that there was no harm."""
    case = shipped().case(f"facts:\n  cause: own_error\n  harm_kinds: {unstated}\n")
    assert "harm_kinds" not in case.facts
    assert shipped().case("facts:\n  harm_kinds: []\n").facts["harm_kinds"] == frozenset()


FORBIDDING = """
sources: {A: {title: a, where: w}}
facts: {late: {kind: flag, question: Late?}}
remedies: {wait: {title: Wait, sources: [A]}}
companions: {tip: {title: A tip, sources: [A]}, note: {title: A note, sources: [A]}}
avoid: {tip: {title: tips, sources: [A]}}
"""
DECISIONS = {
    "remedy": "hit_policy: any\nvalues: remedies\n"
    "rules: {r: {when: always, then: wait, because: b, sources: [A]}}\n",
    "companions": "hit_policy: collect\nvalues: companions\nwithout: avoid\n"
    "rules: {r: {when: always, then: [tip, note], because: b, sources: [A]}}\n",
    "avoid": "hit_policy: collect\nvalues: avoid\n"
    "rules: {r: {when: {late: true}, then: tip, because: b, sources: [A]}}\n",
}


def test_what_must_not_be_done_is_taken_out_and_shown_as_taken_out(tmp_path: Path) -> None:
    """An auditor sees that a companion was wanted, and that it was forbidden."""
    (tmp_path / "kb.yaml").write_text(FORBIDDING)
    for name, text in DECISIONS.items():
        (tmp_path / f"{name}.yaml").write_text(f"decides: {name}\ntitle: {name}\n{text}")
    verdict = load(tmp_path).decide({"late": True})
    assert verdict.companions == ("note",)
    assert verdict.taken_out == {"companions": ("tip",)}


def test_the_reason_for_what_stands_otherwise_is_told() -> None:
    """A decision for which no rule speaks still has a reason."""
    verdict = shipped().decide(MENDABLE)
    assert verdict.otherwise["tone"].startswith("Write as you would want")


def test_a_warning_names_only_what_its_event_would_lead_to() -> None:
    """That there was no date at all would change the remedy as well, and is no reason to stop."""
    told = {"failure_kind": "missed_deadline", "deliverable_status": "delivered", "cause": "own_error"}
    verdict = shipped().decide(told)
    (without,) = shipped().decide({**told, "deadline_kind": "none"}).possible
    assert without == "hold_firm"
    assert without not in assumed(verdict, "deadline_kind")
    ended = next(found for found in verdict.assumptions if found.fact == "client_demand")
    assert ended.stop_if is not None
    assert "accept_no" in ended.could_become
