"""Flips are the smallest changes: the chain confirms each, and brute force finds none smaller."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from itertools import count
from math import prod
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from amends.engine.diagnostics import Problems
from amends.engine.reasons import Flip, Flips, Standing, flips, standing
from amends.engine.rulebase import HitPolicy, RuleBase, Value
from tests.support import naive
from tests.support.changed import changes, ends_after, stand
from tests.support.examples import moderately
from tests.support.shipped import CASES, shipped
from tests.support.strategies import cases, written_rule_bases
from tests.support.texts import FLAG, choice, files, rule, rule_base
from tests.support.written import load, write
from tests.test_cli import FUMING, ISP, amends
from tests.test_reasons import MONEY, remedies

pytestmark = pytest.mark.proofs

MOST_BRUTE = 400
"""Combinations of values of all facts, each tried as a change of one fact and of two."""

EASE = ("you", "client", "nobody")
YOU, CLIENT = {"controls": "you"}, {"controls": "client"}


def stated(flip: Flip) -> dict[str, Value]:
    return {change.fact: change.after for change in flip.changes}


def listed(found: Flips) -> list[tuple[str, Value, dict[str, Value]]]:
    return [(flip.by, flip.becomes, stated(flip)) for flip in found.flips]


def by_brute_force(at: Standing, most: int) -> dict[int, dict[Value, set[frozenset[str]]]]:
    """Return, by number of facts and end, the sets of facts that some change of values brings there."""
    found: dict[int, dict[Value, set[frozenset[str]]]] = {}
    for size in range(1, most + 1):
        for change in changes(at, size):
            end = ends_after(at, dict(change))
            if end is not None and not isinstance(end, naive.NoValue) and end != at.outcome.value:
                found.setdefault(size, {}).setdefault(end, set()).add(frozenset(name for name, _ in change))
    return found


def hold_to_brute_force(at: Standing, most: int) -> None:
    found = flips(at, most)
    brute = by_brute_force(at, most)
    for flip in found.flips:
        assert ends_after(at, stated(flip)) == flip.becomes, "each does what it promises"
        hardest = max(
            (at.rulebase.facts[name].controls for name in stated(flip)), key=("you", "client", "nobody").index
        )
        assert flip.by == hardest, "a mixed change is as hard as its hardest part"
    ones: dict[Value, set[frozenset[str]]] = {}
    least: dict[Value, int] = {}
    for flip in found.flips:
        if len(flip.changes) == 1:
            ones.setdefault(flip.becomes, set()).add(frozenset(stated(flip)))
        least[flip.becomes] = min(len(flip.changes), least.get(flip.becomes, most))
    assert ones == brute.get(1, {}), "no single fact is missed, none is made up"
    smallest: dict[Value, int] = {}
    for size in sorted(brute):
        for end in brute[size]:
            smallest.setdefault(end, size)
    assert least == smallest, "none could be smaller"
    assert not set(found.not_reached) & least.keys()


WEATHER = rule_base(
    {
        "rain": {**FLAG, **YOU},
        "wind": {**choice(3), **CLIENT},
        "night": {**FLAG, "assume": False},
    },
    {
        "remedy": remedies(
            rule({"night": True, "wind": "v2"}, "v3"),
            rule({"rain": True}, "v0"),
            rule({"wind": "v1"}, "v1"),
            otherwise="v2",
        )
    },
)


def test_who_can_bring_it_about_is_told_the_easiest_first() -> None:
    """What you can do yourself is worth more than what you may only hope for."""
    at = stand(WEATHER, rain=False, wind="v0")
    assert listed(flips(at)) == [
        ("you", "v0", {"rain": True}),
        ("client", "v1", {"wind": "v1"}),
        ("nobody", "v3", {"night": True, "wind": "v2"}),
    ]
    hold_to_brute_force(at, 2)


def test_an_end_that_you_can_reach_alone_is_not_listed_again_with_more_facts() -> None:
    """A change of two facts is no news where one does; each single fact is."""
    at = stand(WEATHER, rain=True, wind="v1")
    found = flips(at)
    assert ("you", "v1", {"rain": False}) in listed(found)
    assert [flip for flip in found.flips if flip.becomes == "v1" and len(flip.changes) > 1] == []


def test_to_state_what_was_taken_for_granted_is_a_change() -> None:
    """A rule that asks whether a fact is known makes an assumption differ from its own value, stated."""
    rulebase = rule_base(
        {"a": {**FLAG, "assume": True}},
        {"remedy": remedies(rule({"a": {"known": True}}, "v0"), otherwise="v1")},
    )
    found = flips(stand(rulebase))
    assert [
        (change.before, change.after, change.was_stated) for flip in found.flips for change in flip.changes
    ] == [(True, True, False)]


def test_a_set_counts_once_however_many_members_change() -> None:
    rulebase = rule_base(
        {"harm": {"kind": "set", "values": {"x": "x", "y": "y", "z": "z"}}},
        {"remedy": remedies(rule({"harm": {"has_all": ["x", "y"]}}, "v0"), otherwise="v1")},
    )
    (flip,) = flips(stand(rulebase, harm=frozenset("z")), most=1).flips
    assert stated(flip) == {"harm": frozenset("xyz")}, "what was there stays there"


def test_a_number_moves_no_further_than_it_must() -> None:
    """The next value that can be stated, not a round one far off."""
    rulebase = rule_base(
        {"fee": MONEY, "share": {"kind": "number", "decimals": 2, "lowest": 0, "highest": 1}},
        {
            "remedy": remedies(
                rule({"fee": {"more_than": "500 EUR"}}, "v0"),
                rule({"share": {"less_than": 0.25}}, "v1"),
                otherwise="v2",
            )
        },
    )
    found = flips(stand(rulebase, fee=Fraction(100), share=Fraction(1, 2)))
    assert listed(found) == [
        ("nobody", "v0", {"fee": Fraction(50001, 100)}),
        ("nobody", "v1", {"share": Fraction(24, 100)}),
    ]


def test_a_number_behind_a_measure_is_moved_just_across_the_cut() -> None:
    """The cut is in the ratio; what can be stated are the amounts."""
    rulebase = rule_base(
        {"loss": MONEY, "fee": {**MONEY, "lowest": 1}},
        {
            "remedy": remedies(
                rule({"ratio": {"at_least": 2}}, "v0"),
                rule({"ratio": {"less_than": 0.5}}, "v1"),
                otherwise="v2",
            )
        },
        measures={"ratio": {"kind": "number", "formula": "loss / fee", "title": "ratio"}},
    )
    at = stand(rulebase, loss=Fraction(100), fee=Fraction(100))
    assert listed(flips(at, most=1)) == [
        ("nobody", "v0", {"fee": Fraction(50)}),
        ("nobody", "v0", {"loss": Fraction(200)}),
        ("nobody", "v1", {"fee": Fraction(20001, 100)}),
        ("nobody", "v1", {"loss": Fraction(4999, 100)}),
    ]


def test_two_measures_of_one_number_are_moved_together() -> None:
    """One amount in two ratios: a value has to be found that suits both."""
    rulebase = rule_base(
        {"loss": MONEY, "fee": {**MONEY, "lowest": 1}, "cap": MONEY},
        {
            "remedy": remedies(
                rule({"above_cap": True}, "v3"), rule({"above_fee": True}, "v0"), otherwise="v2"
            )
        },
        measures={
            "above_fee": {"kind": "flag", "formula": "loss > fee", "title": "above the fee"},
            "above_cap": {"kind": "flag", "formula": "loss * 2 > cap", "title": "above the cap"},
        },
    )
    at = stand(rulebase, loss=Fraction(100), fee=Fraction(500), cap=Fraction(2000))
    assert ("nobody", "v0", {"loss": Fraction(50001, 100)}) in listed(flips(at, most=1))
    assert ("nobody", "v3", {"loss": Fraction(100001, 100)}) in listed(flips(at, most=1))


def test_no_change_breaks_a_constraint() -> None:
    """What cannot be is no way out; with the fact that makes it possible it is."""
    never = {"b-without-a": {"never": {"b": True, "a": False}, "because": "no", "sources": ["S"]}}
    rulebase = rule_base(
        {"a": FLAG, "b": FLAG},
        {"remedy": remedies(rule({"b": True}, "v0"), otherwise="v1")},
        constraints=never,
    )
    assert listed(flips(stand(rulebase, a=False, b=False))) == [("nobody", "v0", {"a": True, "b": True})]
    hold_to_brute_force(stand(rulebase, a=False, b=False), 2)


def test_where_nothing_can_change_it_nothing_is_listed() -> None:
    rulebase = rule_base({"a": FLAG}, {"remedy": remedies(rule("always", "v0"), rule({"a": True}, "v1"))})
    found = flips(stand(rulebase, a=True))
    assert (found.flips, found.not_reached) == ((), ())


def test_of_an_open_case_the_flips_say_what_would_settle_it() -> None:
    """To answer the question that is open is the smallest change of all."""
    at = stand(WEATHER, rain=False)
    assert not at.outcome.is_settled
    assert ("client", "v1", {"wind": "v1"}) in listed(flips(at, most=1))
    hold_to_brute_force(at, 1)


@moderately
@given(st.data())
def test_on_random_rule_bases_no_change_is_missed_and_none_is_made_up(data: st.DataObject) -> None:
    """Every change of one fact and of two, of every decision with one value, complete cases and others."""
    written = data.draw(written_rule_bases(remedy=True))
    who = count()
    for fact in written.files["kb/facts.yaml"]["facts"].values():
        fact["controls"] = ("you", "client", "nobody")[next(who) % 3]
    rulebase: RuleBase = load(written)
    ways = prod(len(naive.values_of(rulebase, fact)) for fact in rulebase.facts.values())
    assume(ways <= MOST_BRUTE)
    case = data.draw(cases(rulebase))
    facts = {name: value for name, value in case.facts.items() if name in case.stated}
    single = [name for name, each in rulebase.decisions.items() if each.hit_policy is not HitPolicy.COLLECT]
    at = stand(rulebase, data.draw(st.sampled_from(sorted(single))), **facts)
    if not at.outcome.has_no_value:
        hold_to_brute_force(at, 2)


@pytest.mark.parametrize("path", CASES[::45], ids=lambda path: path.stem)
def test_a_stored_case_restated_as_each_flip_says_is_decided_so(path: Path) -> None:
    """Through the whole of `decide`, as somebody would who takes the advice."""
    engine = shipped()
    case = engine.case(path)
    at = standing(engine.rulebase, case, Problems())
    found = flips(at)
    assert found.flips
    for flip in found.flips:
        assert engine.decide(case.stating(**stated(flip)), what_if=False).remedy == flip.becomes


@pytest.mark.parametrize("path", [ISP, FUMING], ids=lambda path: path.stem)
def test_no_single_answer_that_flips_a_stored_case_is_missed(path: Path) -> None:
    """Every value of every choice and flag, tried one after another."""
    engine = shipped()
    case = engine.case(path)
    at = standing(engine.rulebase, case, Problems())
    mine = {(flip.becomes, *stated(flip)) for flip in flips(at, most=1).flips}
    for fact in engine.rulebase.facts.values():
        values: list[Value] = [False, True] if fact.domain.kind.value == "flag" else list(fact.domain.values)
        for value in values if fact.domain.kind.value in ("flag", "choice") else ():
            end = ends_of(at, {fact.name: value})
            if end not in (None, at.outcome.value):
                assert (end, fact.name) in mine


def ends_of(at: Standing, change: Mapping[str, Value]) -> Value | None:
    """Return the remedy that `decide` gives after *change*; None if it is open or withdraws an assumption."""
    from amends.engine.diagnostics import InputError

    try:
        verdict = shipped().decide(at.case.stating(**change), what_if=False)
    except InputError:
        return None
    return None if set(verdict.withdrawn) - set(at.completed.withdrawn) else verdict.remedy


def test_the_command_groups_by_who_can_do_it_and_shows_before_and_after() -> None:
    said = amends("flip", FUMING, "--most", "1")
    assert said.returncode == 0
    lines = said.stdout.splitlines()
    assert lines[0] == "what to do: Put it right at your own cost"
    assert lines[2:5] == [
        "what you can change",
        "  Find out first, and say by when",
        "    how sure the cause is: somewhat (taken for granted) → not at all",
    ]
    assert "what nobody can change, or not alone" in lines


def test_json_holds_what_the_text_says() -> None:
    found = json.loads(amends("flip", FUMING, "--most", "1", "--format", "json").stdout)
    assert (found["decision"], found["value"], found["most"]) == ("remedy", "repair_own_cost", 1)
    first = found["flips"][0]
    assert (first["by"], first["becomes"]) == ("you", "look_into_it")
    assert first["changes"] == [
        {
            "fact": "evidence_strength",
            "title": "how sure the cause is",
            "before": "weak",
            "after": "none",
            "was_stated": False,
            "words": "how sure the cause is: somewhat (taken for granted) → not at all",
        }
    ]


def test_an_open_case_is_told_what_to_answer_first() -> None:
    said = amends("flip", ISP, "-f", "deliverable_status=unknown", "--most", "1").stdout
    assert "not decided yet" in said.splitlines()[0]
    assert "Where is the work now? (deliverable_status)" in said


def test_markdown_has_headings_and_lists() -> None:
    said = amends("flip", FUMING, "--most", "1", "--format", "markdown").stdout
    assert "# what to do: Put it right at your own cost" in said
    assert "## what you can change\n\n- Find out first, and say by when\n  - how sure" in said


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (
            ["--decision", "remdy"],
            2,
            "there is no decision `remdy`\n  help: did you mean `remedy`?",
        ),
        (["--decision", "companions"], 2, "wrong-shape: `companions` collects a set"),
        (["--most", "9"], 2, "Invalid value for '--most'"),
        (["-f", "cause=nonsense"], 2, "unknown-value: `nonsense` is no value of `cause`"),
    ],
)
def test_a_wrong_option_is_refused_with_what_to_do(args: list[str], status: int, said: str) -> None:
    done = amends("flip", ISP, *args)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr


def test_a_case_without_a_remedy_says_why_and_what_would_give_it_one(tmp_path: Path) -> None:
    """No rule covers it, and the flips lead out."""
    texts = files({"a": FLAG}, {"remedy": remedies(rule({"a": True}, "v0"))})
    write(texts, tmp_path)
    said = amends("flip", "--base", tmp_path, "-f", "a=false").stdout
    assert said.startswith("remedy: no value (uncovered)")
    assert "what is a?" not in said and "a: no → yes" in said
