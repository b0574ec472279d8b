"""Packs laid on packs: what a later one may add, replace, disable and set anew, and what is refused."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from amends.engine import load, loading, network
from amends.engine.audit.structure import structure
from amends.engine.diagnostics import Code, Diagnostic, InputError, Problems
from amends.engine.discovery import find_pack
from amends.engine.ignore import Kind
from amends.engine.pack import HOUSE, Pack
from amends.engine.rulebase import RuleBase
from tests.support.texts import FLAG, files, rule
from tests.support.written import Yaml, write

NICHE, PLATFORM = 1, 2
DAY = date(2026, 11, 26)


def base() -> dict[str, Yaml]:
    facts = {
        "late": FLAG,
        "cause": {"kind": "choice", "values": {"own": "yours", "theirs": "theirs"}},
        "fee": {"kind": "money"},
    }
    tone = {
        "hit_policy": "priority",
        "tiers": ["law", "habit"],
        "gates": ["law"],
        "values": {"warm": "warmly", "plain": "plainly", "none": "not at all"},
        "otherwise": "plain",
        "rules": {
            "own-and-late": rule({"cause": "own", "late": True}, "warm", tier="habit", overrides=["dear"]),
            "dear": rule({"fee": {"more_than": {"parameter": "much"}}}, "plain", tier="habit"),
            "theirs": rule({"cause": "theirs"}, "none", tier="law"),
        },
    }
    much = {"title": "a large fee", "value": 100, "unit": "EUR", "ours": True, "because": "a round number"}
    return files(facts, {"tone": tone}, parameters={"much": much})


class Stack:
    """Packs in folders of their own, laid one on another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.packs: list[Pack] = []
        write(base(), folder / "base")
        self.packs.append(Pack("base", 0, (folder / "base",)))

    def lay(self, name: str, level: int, **sections: Yaml) -> Stack:
        write({"pack.yaml": sections}, self.folder / name)
        self.packs.append(Pack(name, level, (self.folder / name,)))
        return self

    def load(self) -> tuple[RuleBase, list[Diagnostic]]:
        problems = Problems()
        rulebase = loading.load(reversed(self.packs), problems)
        return rulebase, list(problems.found)

    def sound(self) -> RuleBase:
        rulebase, found = self.load()
        assert not found, [each.message for each in found]
        problems = Problems()
        network.check(rulebase, problems)
        assert not problems.found
        return rulebase

    def fault(self) -> Diagnostic:
        _, found = self.load()
        (only,) = found
        return only


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path)


def test_a_pack_adds_a_rule_that_beats_the_base_in_its_tier(stack: Stack) -> None:
    added = rule({"late": True}, "none", tier="habit")
    rulebase = stack.lay("shop", NICHE, rules={"tone/late-at-all": added}).sound()
    decision = rulebase.decisions["tone"]
    mine, other = rulebase.rules["tone/late-at-all"], rulebase.rules["tone/own-and-late"]
    assert (mine.pack, mine.level) == ("shop", NICHE)
    assert decision.beats(mine, other) and not decision.beats(other, mine)
    assert not decision.beats(mine, rulebase.rules["tone/theirs"]), "an earlier tier is an earlier tier"


def test_a_replacement_keeps_the_path_and_takes_nothing_else_over(stack: Stack) -> None:
    """Its reason, its pack and what was there before stay on record."""
    whole = rule({"late": True}, "plain", tier="habit", replaces="Here nobody minds.")
    rulebase = stack.lay("shop", NICHE, rules={"tone/own-and-late": whole}).sound()
    mine = rulebase.rules["tone/own-and-late"]
    assert (mine.then, mine.pack, mine.overrides) == (("plain",), "shop", ())
    (change,) = rulebase.changes
    assert (change.before.then, change.reason, change.disables) == (("warm",), "Here nobody minds.", False)


def test_a_disabled_rule_is_gone_and_the_overrides_that_name_it_mean_nothing(stack: Stack) -> None:
    rulebase = stack.lay("shop", NICHE, disables={"tone/dear": "No fee is dear here."}).sound()
    assert "tone/dear" not in rulebase.rules
    assert rulebase.rules["tone/own-and-late"].overrides == ()
    assert rulebase.changes[0].disables


def test_what_stands_where_no_rule_speaks_is_replaced_by_its_own_path(stack: Stack) -> None:
    other = {"then": "warm", "because": "Warm is the custom.", "replaces": "The trade is a warm one."}
    rulebase = stack.lay("shop", NICHE, rules={"tone/otherwise": other}).sound()
    decision = rulebase.decisions["tone"]
    assert (decision.otherwise, decision.otherwise_because) == ("warm", "Warm is the custom.")


def test_a_pack_sets_a_parameter_and_gives_a_fact_new_values(stack: Stack) -> None:
    much = {"title": "a large fee", "value": 7, "unit": "EUR", "ours": True, "because": "small shops"}
    rulebase = stack.lay(
        "shop",
        NICHE,
        parameters={"much": much},
        facts={"cause": {"values": {"weather": "the weather"}}},
        rules={"tone/rain": rule({"cause": "weather"}, "warm", tier="habit")},
    ).sound()
    assert rulebase.parameters["much"].value == Fraction(7)
    assert list(rulebase.facts["cause"].domain.values) == ["own", "theirs", "weather"]


def test_packs_lie_in_order_of_level_however_they_are_named(stack: Stack) -> None:
    """The house has the last word, a platform one before it."""
    for name, level, value in (("mine", HOUSE, "plain"), ("site", PLATFORM, "none")):
        stack.lay(
            name,
            level,
            rules={"tone/dear": rule({"late": True}, value, tier="habit", replaces=f"{name} says so")},
        )
    rulebase = stack.sound()
    assert rulebase.rules["tone/dear"].then == ("plain",)
    assert [change.pack for change in rulebase.changes] == ["site", "mine"]


@pytest.mark.parametrize(
    ("sections", "code", "said"),
    [
        (
            {"rules": {"tone/dear": rule({"late": True}, "warm", tier="habit")}},
            Code.DUPLICATE_NAME,
            "there is a rule `tone/dear` already",
        ),
        (
            {"rules": {"tone/deer": rule({"late": True}, "warm", tier="habit", replaces="It is so.")}},
            Code.UNKNOWN_NAME,
            "there is no rule `tone/deer` to replace",
        ),
        (
            {"disables": {"tone/deer": "It is so."}},
            Code.UNKNOWN_NAME,
            "there is no rule `tone/deer` to disable",
        ),
        (
            {"disables": {"tone/dear": ""}},
            Code.MISSING_KEY,
            "`tone/dear` does not say why the pack disables it",
        ),
        (
            {"rules": {"tune/late": rule({"late": True}, "warm", tier="habit")}},
            Code.UNKNOWN_NAME,
            "`tune/late` names no decision that there is",
        ),
        (
            {"facts": {"cause": {"assume": "own"}}},
            Code.DUPLICATE_NAME,
            "a later pack adds values to `cause`, and changes nothing else of it",
        ),
        (
            {"facts": {"cause": {"values": {"own": "mine"}}}},
            Code.DUPLICATE_NAME,
            "`own` is a value of `cause` already",
        ),
        (
            {"sources": {"S": {"title": "another", "where": "there"}}},
            Code.DUPLICATE_NAME,
            "`S` under `sources` is defined by the packs `base` and `shop`",
        ),
    ],
)
def test_what_a_pack_may_not_do_is_one_diagnostic(
    stack: Stack, sections: Yaml, code: Code, said: str
) -> None:
    found = stack.lay("shop", NICHE, **sections).fault()
    assert (found.code, found.message) == (code, said)
    assert found.primary is not None and "shop" in found.primary.source.name


def test_two_packs_of_one_level_that_disagree_are_both_named(stack: Stack) -> None:
    for name, value in (("a", "warm"), ("b", "none")):
        changed = rule({"late": True}, value, tier="habit", replaces="It is so.")
        stack.lay(name, NICHE, rules={"tone/dear": changed})
    found = stack.fault()
    assert found.code is Code.DUPLICATE_NAME
    assert "the packs `a` and `b`" in found.message
    assert [("a" in label.span.source.name) for label in found.others] == [True]


def test_a_pack_that_touches_a_gate_is_always_a_finding(stack: Stack) -> None:
    """It may be right; whoever reads the report has to see it, with the reason."""
    rulebase = stack.lay("shop", NICHE, disables={"tone/theirs": "Theirs is no reason here."}).sound()
    (found,) = [each for each in structure(rulebase, DAY) if each.kind is Kind.WEAKENED_GATE]
    assert found.subject == "tone/theirs"
    assert found.message == "the pack `shop` disables `tone/theirs`, which guards: Theirs is no reason here."


def test_a_pack_that_is_named_by_its_path_is_of_the_house(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("sources: {S: {title: a, where: b}}", encoding="utf-8")
    assert find_pack(str(path)) == Pack("mine", HOUSE, (path,))


def test_a_rule_of_a_pack_decides_and_is_told_like_any_other() -> None:
    """With the pack on it, the one new fact changes how to reply; without, it is no fact at all."""
    pack = find_pack("docs/examples/corner-shop.yaml")
    told = {"client_said_no": "true", "channel_in": "email", "is_neighbour": "true"}
    verdict = load(packs=[pack]).decide(told)
    assert verdict.decisions["reply_channel"] == "owner_voice_call"
    assert "reply_channel/you-meet-in-the-street" in [reason.rule for reason in verdict.fired]
    assert load(packs=[pack]).rulebase.parameters["hours_normally"].value == 12
    with pytest.raises(InputError, match="is_neighbour"):
        load().decide(told)


def test_two_packs_of_one_level_that_set_one_parameter_are_both_named(stack: Stack) -> None:
    for name, value in (("a", 1), ("b", 2)):
        much = {"title": "a large fee", "value": value, "unit": "EUR", "ours": True, "because": "it is so"}
        stack.lay(name, NICHE, parameters={"much": much})
    assert "by the packs `a` and `b`" in stack.fault().message
