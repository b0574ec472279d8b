"""The short reasons of a verdict are true: they force it, and nothing shorter does."""

from __future__ import annotations

import json
from itertools import combinations
from math import prod

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from amends.engine.diagnostics import Problems
from amends.engine.reasons import Forcing, Standing, forcing, standing
from amends.engine.rulebase import HitPolicy, RuleBase
from tests.support import naive
from tests.support.changed import NOW, endings_with, stand
from tests.support.examples import moderately
from tests.support.shipped import CASES, shipped
from tests.support.strategies import cases, written_rule_bases
from tests.support.texts import FLAG, choice, files, names, rule, rule_base
from tests.support.written import Written, load, write
from tests.test_cli import ISP, amends

pytestmark = pytest.mark.proofs

MOST_BRUTE = 120
"""Combinations of values of all facts: each is read once for every subset of stated facts."""


def remedies(*rules: object, **more: object) -> dict[str, object]:
    """Return the decision `remedy` with *rules* by tier, the first the strongest."""
    tiers = [f"t{at}" for at in range(len(rules))]
    named = {f"r{at}": {**each, "tier": f"t{at}"} for at, each in enumerate(rules)}  # type: ignore[dict-item]
    return {"hit_policy": "priority", "tiers": tiers, "values": names(4), "rules": named, **more}


def named(found: Forcing | None) -> set[str]:
    assert found is not None
    return {each.fact for each in found.reasons}


def hold_to_brute_force(at: Standing, found: Forcing) -> None:
    kept = {each.fact for each in found.reasons}
    assert endings_with(at, kept) <= {found.value}, "the reasons force what was decided"
    if found.is_least:
        fewer = combinations(sorted(at.rulebase.facts), len(kept) - 1) if kept else ()
        assert not any(endings_with(at, names) <= {found.value} for names in fewer), "no smaller set does"


def test_a_rule_that_beats_all_others_is_reason_enough() -> None:
    """What the beaten rules read does not matter, and a reader is not troubled with it."""
    rulebase = rule_base(
        {"a": FLAG, "b": FLAG, "c": choice(3)},
        {"remedy": remedies(rule({"a": True}, "v0"), rule({"b": True}, "v1"), otherwise="v2")},
    )
    assert named(forcing(stand(rulebase, a=True, b=True, c="v0"))) == {"a"}
    assert named(forcing(stand(rulebase, a=False, b=True, c="v0"))) == {"a", "b"}


def test_of_two_facts_that_each_suffice_one_is_a_reason() -> None:
    """Two reasons where one would do are not the shortest; what was stated comes before what was assumed."""
    rulebase = rule_base(
        {"a": {**FLAG, "assume": True}, "b": FLAG},
        {"remedy": remedies(rule({"any": [{"a": True}, {"b": True}]}, "v0"), otherwise="v1")},
    )
    found = forcing(stand(rulebase, b=True))
    assert named(found) == {"b"}
    assert found is not None and found.is_least


def test_greed_is_mended_where_a_smaller_set_exists() -> None:
    """One fact that decides stands against two that also would, whichever is tried first."""
    rulebase = rule_base(
        {name: {**FLAG, **({"controls": "you"} if name != "z" else {})} for name in "abz"},
        {"remedy": remedies(rule({"any": [{"a": True, "b": True}, {"z": True}]}, "v0"), otherwise="v1")},
    )
    found = forcing(stand(rulebase, a=True, b=True, z=True))
    assert (named(found), found and found.is_least) == ({"z"}, True)


def test_what_holds_in_every_case_has_no_reasons() -> None:
    rulebase = rule_base({"a": FLAG}, {"remedy": remedies(rule("always", "v0"), rule({"a": True}, "v1"))})
    assert named(forcing(stand(rulebase, a=True))) == set()


def test_an_open_case_has_no_reasons_yet() -> None:
    rulebase = rule_base({"a": FLAG}, {"remedy": remedies(rule({"a": True}, "v0"), otherwise="v1")})
    assert forcing(stand(rulebase)) is None


def test_that_a_fact_was_not_told_can_be_a_reason() -> None:
    """A rule may ask whether a fact was stated, so its silence decides."""
    rulebase = rule_base(
        {"a": FLAG, "b": FLAG},
        {"remedy": remedies(rule({"a": {"known": False}}, "v0"), otherwise="v1")},
    )
    found = forcing(stand(rulebase, b=True))
    assert found is not None
    assert [(each.fact, each.value, each.is_stated) for each in found.reasons] == [("a", None, False)]


def test_what_a_constraint_rules_out_is_no_counterexample() -> None:
    """With the constraint `a` follows from `b`, so that to name it too would be idle."""
    facts, decisions = {"a": FLAG, "b": FLAG}, {"remedy": remedies(rule({"a": True}, "v0"), otherwise="v1")}
    never = {"b-without-a": {"never": {"b": True, "a": False}, "because": "no", "sources": ["S"]}}
    free = rule_base(facts, {"remedy": remedies(rule({"a": True, "b": True}, "v0"), otherwise="v1")})
    tied = rule_base(facts, decisions, constraints=never)
    assert named(forcing(stand(free, a=True, b=True))) == {"a", "b"}
    assert len(named(forcing(stand(tied, a=True, b=True)))) == 1


MONEY = {"kind": "money", "decimals": 2, "lowest": 0, "highest": 100000}


def test_a_number_behind_a_measure_is_a_reason_only_where_it_can_tip_it() -> None:
    """The measure is a variable of the diagrams; its tie to the numbers is arithmetic."""
    rulebase = rule_base(
        {"loss": MONEY, "fee": MONEY, "a": FLAG},
        {"remedy": remedies(rule({"above": True}, "v0"), rule({"a": True}, "v1"), otherwise="v2")},
        measures={"above": {"kind": "flag", "formula": "loss > fee", "title": "above"}},
    )
    tipped = forcing(stand(rulebase, loss=naive.Fraction(500), fee=naive.Fraction(400), a=True))
    assert (named(tipped), tipped and tipped.is_least) == ({"loss", "fee"}, True)
    never = forcing(stand(rulebase, loss=naive.Fraction(0), fee=naive.Fraction(400), a=True))
    assert named(never) == {"loss", "a"}, "no fee is below a loss of nothing"


@moderately
@given(st.data())
def test_the_reasons_force_and_nothing_smaller_does(data: st.DataObject) -> None:
    """Every subset of the facts, against every completion of it, stated or not."""
    rulebase: RuleBase = load(data.draw(written_rule_bases(remedy=True)))
    ways = prod(len(naive.values_of(rulebase, fact)) for fact in rulebase.facts.values())
    assume(ways <= MOST_BRUTE)
    case = data.draw(cases(rulebase))
    single = [name for name, each in rulebase.decisions.items() if each.hit_policy is not HitPolicy.COLLECT]
    decision = data.draw(st.sampled_from(sorted(single)))
    facts = {name: value for name, value in case.facts.items() if name in case.stated}
    at = stand(rulebase, decision, **facts)
    found = forcing(at)
    if found is not None:
        hold_to_brute_force(at, found)


SAMPLE = CASES[::12]


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.stem)
def test_of_a_stored_case_the_reasons_alone_lead_to_its_remedy(path: object) -> None:
    """Whoever states the reasons and nothing else gets that answer, or one that can still become it."""
    engine = shipped()
    at = standing(engine.rulebase, engine.case(path), Problems())  # type: ignore[arg-type]
    found = forcing(at)
    if found is None:
        assert not at.outcome.is_settled
        return
    stated = {each.fact: each.value for each in found.reasons if each.is_stated}
    kept = {each.fact: each.value for each in found.reasons if each.value is not None}
    alone = standing(engine.rulebase, engine.case(path).__class__(stated, NOW), Problems())  # type: ignore[arg-type]
    assert found.value in alone.outcome.candidates
    if all(alone.facts.get(name) == value for name, value in kept.items()):
        assert alone.outcome.value == found.value


def test_why_opens_with_the_reasons_and_json_carries_them() -> None:
    """The list of decisions stays as it was; the reasons stand with the decision that they are for."""
    said = amends("why", ISP)
    assert said.returncode == 0
    lines = said.stdout.splitlines()
    assert lines[0] == "in short: Write to them, and ask what would set it right"
    assert "  cause: an internet outage" in lines[: lines.index("")]
    found = json.loads(amends("why", ISP, "--format", "json").stdout)
    short = {part["decision"]: part.get("in_short") for part in found}
    assert short["remedy"]["value"] == "reconnect"
    assert {"fact": "cause", "value": "isp_outage"}.items() <= {
        **next(reason for reason in short["remedy"]["reasons"] if reason["fact"] == "cause")
    }.items()
    assert short["fault"] is None


def test_why_of_a_set_or_an_open_case_has_no_short_reasons_and_shows_the_rest() -> None:
    sets = amends("why", ISP, "--decision", "companions")
    assert sets.returncode == 0 and "in short" not in sets.stdout
    opened = amends("why", ISP, "-f", "deliverable_status=unknown")
    assert opened.returncode == 0 and "in short" not in opened.stdout and "open" in opened.stdout


def test_why_of_a_small_base_names_its_own_words(tmp_path: object) -> None:
    """Nothing in it is about the shipped rules."""
    texts = files(
        {"a": {**FLAG, "title": "the weather"}}, {"remedy": remedies(rule({"a": True}, "v0"), otherwise="v1")}
    )
    write(Written(texts, {}).files, tmp_path)  # type: ignore[arg-type]
    said = amends("why", "--base", tmp_path, "-f", "a=true").stdout
    assert said.startswith(
        "in short: value 0\n  the weather: yes\n"
        "  these decide it, whatever else is true; no fewer facts would\n"
    )
