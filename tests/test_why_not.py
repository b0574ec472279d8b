"""Why a remedy was not chosen: the rules that lead there, what they wanted, and what beat them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from amends.engine.reasons import Attempt, why_not
from amends.engine.rulebase import HitPolicy
from tests.support import naive
from tests.support.changed import ends_after, stand
from tests.support.examples import moderately
from tests.support.strategies import cases, written_rule_bases
from tests.support.texts import FLAG, choice, files, rule, rule_base
from tests.support.written import load, write
from tests.test_cli import FUMING, ISP, amends
from tests.test_reasons import remedies

pytestmark = pytest.mark.proofs

BASE = rule_base(
    {"gate": FLAG, "a": FLAG, "b": FLAG, "kind": choice(3)},
    {
        "remedy": {
            **remedies(
                rule({"gate": True}, "v3"),
                rule({"a": True, "b": True, "kind": "v1"}, "v0"),
                rule({"any": [{"a": True}, {"kind": ["v1", "v2"]}]}, "v1"),
                rule({"b": {"not": False}, "a": True}, "v0"),
                otherwise="v2",
            )
        }
    },
)


def failed(attempt: Attempt) -> list[list[tuple[str, bool]]]:
    return [[(miss.test.subject, miss.wanted) for miss in each.misses] for each in attempt.failed]


def test_the_nearest_rule_comes_first_with_each_condition_that_failed() -> None:
    """Fewest failing conditions first; conditions that hold are not told."""
    at = stand(BASE, gate=False, a=False, b=True, kind="v0")
    found = why_not(at, "v0")
    assert [(attempt.rule.name, failed(attempt)) for attempt in found.attempts] == [
        ("r3", [[("a", True)]]),
        ("r1", [[("a", True)], [("kind", True)]]),
    ]
    assert found.attempts[0].failed[0].misses[0].read == frozenset([False])


def test_of_alternatives_any_one_would_do() -> None:
    at = stand(BASE, gate=False, a=False, b=True, kind="v0")
    (attempt,) = why_not(at, "v1").attempts
    assert failed(attempt) == [[("a", True), ("kind", True)]]


def test_a_test_under_a_not_is_told_the_other_way_round() -> None:
    """It passed, and that is what was in the way."""
    at = stand(BASE, gate=False, a=True, b=False, kind="v0")
    nearest = why_not(at, "v0").attempts[0]
    assert nearest.rule.name == "r3" and failed(nearest) == [[("b", False)]]


def test_a_rule_that_speaks_is_shown_with_what_beats_it_and_why() -> None:
    at = stand(BASE, gate=True, a=True, b=True, kind="v1")
    nearest = why_not(at, "v0").attempts[0]
    assert (nearest.rule.name, nearest.failed) == ("r1", ())
    assert [(victor.rule.name, victor.because) for victor in nearest.beaten_by] == [
        ("r0", "tier `t0` comes before tier `t1`")
    ]


def test_an_override_is_named_as_what_decides() -> None:
    """In one tier nothing else orders two rules."""
    same = {"tier": "t"}
    rulebase = rule_base(
        {"a": FLAG},
        {
            "remedy": {
                "hit_policy": "priority",
                "tiers": ["t"],
                "values": {"v0": "0", "v1": "1"},
                "rules": {
                    "weak": rule("always", "v0", **same),
                    "strong": rule({"a": True}, "v1", overrides=["weak"], **same),
                },
            }
        },
    )
    (attempt,) = why_not(stand(rulebase, a=True), "v0").attempts
    assert [victor.because for victor in attempt.beaten_by] == ["it overrides it"]


def test_what_is_not_known_is_a_condition_that_does_not_hold_yet() -> None:
    at = stand(BASE, gate=False, b=True, kind="v1")
    found = why_not(at, "v0")
    assert found.is_possible
    assert found.attempts[0].failed[0].misses[0].read is None


def test_a_value_that_stands_otherwise_says_so_and_one_without_rules_has_none() -> None:
    at = stand(BASE, gate=True, a=False, b=False, kind="v0")
    found = why_not(at, "v2")
    assert (found.is_otherwise, found.attempts) == (True, ())
    assert [change.after for change in found.flips[0].changes] == [False]


@moderately
@given(st.data())
def test_a_rule_is_blocked_by_just_what_the_naive_reader_says(data: st.DataObject) -> None:
    """On complete cases: no failed condition if it speaks, some if it does not; the flips lead there."""
    rulebase = load(data.draw(written_rule_bases(remedy=True)))
    single = [name for name, each in rulebase.decisions.items() if each.hit_policy is HitPolicy.PRIORITY]
    assume(single)
    name = data.draw(st.sampled_from(sorted(single)))
    case = data.draw(cases(rulebase, complete=True))
    at = stand(rulebase, name, **case.facts)
    ended = naive.evaluate(rulebase, at.facts, frozenset(case.facts))
    decision = rulebase.decisions[name]
    for value in sorted({value for each in decision.rules for value in each.then}, key=str):
        found = why_not(at, value, most=1)
        for attempt in found.attempts:
            if not naive._Reader(rulebase, at.facts, frozenset(case.facts)).is_blocked(name):
                assert (not attempt.failed) == (attempt.rule.path in ended.firing[name])
                winners = {victor.rule.path for victor in attempt.beaten_by}
                assert winners == {
                    other.path
                    for other in decision.rules
                    if other.path in ended.firing[name] and naive._beats(decision, other, attempt.rule)
                } - {attempt.rule.path}
        for flip in found.flips:
            assert ends_after(at, {change.fact: change.after for change in flip.changes}) == value


def test_the_command_shows_rules_what_they_want_and_the_smallest_change() -> None:
    said = amends("why-not", FUMING, "hold_firm")
    assert said.returncode == 0
    lines = said.stdout.splitlines()
    assert lines[0] == "what to do: Put it right at your own cost"
    assert lines[2] == "the rules that lead to “Hold firm, politely”, the nearest first"
    assert lines[3].startswith("  remedy/nothing-owed-and-nothing-asked: ")
    assert lines[4].startswith("    wants Who is at fault: ") and lines[4].endswith("(it is yours)")
    assert "the smallest change that leads there" in lines


def test_json_has_every_rule() -> None:
    found = json.loads(amends("why-not", FUMING, "hold_firm", "--format", "json").stdout)
    assert (found["value"], found["why_not"], found["is_possible"]) == ("repair_own_cost", "hold_firm", False)
    assert found["rules"][0]["failed"][0]["reads"] == ["fault"]
    assert all(flip["becomes"] == "hold_firm" for flip in found["flips"])


def test_what_it_is_already_is_said_kindly() -> None:
    said = amends("why-not", "-f", "client_said_no=yes", "accept_no")
    assert (said.returncode, said.stderr) == (0, "")
    assert "that is what this case comes to already" in said.stdout


def test_an_open_case_says_that_it_is_still_possible_and_what_to_answer() -> None:
    said = amends("why-not", ISP, "reconnect", "-f", "deliverable_status=unknown").stdout
    assert "Write to them, and ask what would set it right is still possible" in said
    assert "Where is the work now? (deliverable_status)" in said


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([ISP, "recconect"], "`recconect` is no value of `remedy`\n  help: did you mean `reconnect`?"),
        ([ISP, "xyzzy"], "help: one of `accept_no`"),
        ([ISP], "Name a case file and the remedy that you expected."),
        (["reconnect"], "Name a case file and the remedy that you expected."),
        ([ISP, "full", "--decision", "companions"], "`companions` collects a set"),
        (["no-such-file.yaml", "reconnect"], "file-not-found"),
    ],
)
def test_a_wrong_word_is_refused_with_what_to_do(args: list[object], said: str) -> None:
    done = amends("why-not", *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_remedy_that_no_rule_leads_to_is_told_apart(tmp_path: Path) -> None:
    """In a base of one's own; the words are those of that base."""
    texts = files({"a": FLAG}, {"remedy": remedies(rule({"a": True}, "v0"), otherwise="v1")})
    write(texts, tmp_path)
    said = amends("why-not", "--base", tmp_path, "-f", "a=true", "v3").stdout
    assert "  there is none\n" in said
    assert "no change of up to 3 facts was found that does" in said
    stands = amends("why-not", "--base", tmp_path, "-f", "a=true", "v1", "--format", "markdown").stdout
    assert "- it is what stands where no rule speaks" in stands and "- a: yes → no (what nobody" in stands
