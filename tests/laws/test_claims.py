"""What is claimed of every verdict, tried on many cases; and each shape catches rules that break it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.engine.case import Case
from amends.engine.claim import Claim, Guarded
from amends.engine.claims import Finding, Standing, check
from amends.engine.diagnostics import InputError, Problems, render_text
from amends.engine.rulebase import RuleBase, Value
from tests.support.examples import examples
from tests.support.shipped import CASES, NOW, corners, near_cases, shipped, stored
from tests.support.texts import FLAG, rule, rule_base

pytestmark = pytest.mark.knowledge

# --- The shipped claims ------------------------------------------------------------------

TRIED = 1000
TRIED_IN_WORDS = 150
"""Fewer for claims about messages, each of which is written for every channel."""
AT_LEAST = 3
"""Cases of which a claim must speak, or it would be kept for want of anything said."""

TEMPTATIONS = ("external", "blame_client", "blame_staff", "minimise", "deny", "hide")
"""Claims that the rules do not keep yet, each with the smallest case known that breaks it."""


@dataclass
class Tried:
    """What many cases show: how often each claim speaks, and the smallest case that breaks it."""

    spoken: Counter[str] = field(default_factory=Counter)
    broken: dict[str, Case] = field(default_factory=dict)

    def take(self, case: Case, only: Callable[[Claim], bool]) -> None:
        for finding in findings(case, only):
            name = finding.claim.name
            self.spoken[name] += finding.standing is not Standing.SILENT
            if finding.standing is Standing.BROKEN:
                best = self.broken.get(name, case)
                self.broken[name] = min(best, case, key=lambda found: len(found.facts))


def findings(case: Case, only: Callable[[Claim], bool] = lambda _: True) -> tuple[Finding, ...]:
    """Return what *case* shows of each shipped claim that *only* names; nothing if it cannot be."""
    rulebase = shipped().rulebase
    return check(rulebase, case, Problems(), of=filter(only, rulebase.claims.values()))


def breaks(case: Case, name: str) -> Finding | None:
    found = findings(case, lambda claim: claim.name == name)
    return next((finding for finding in found if finding.standing is Standing.BROKEN), None)


def is_of_words(claim: Claim) -> bool:
    return isinstance(claim.says, Guarded)


def smallest(case: Case, claim: str) -> Case:
    """Return *case* without the facts that it can lose and still break *claim*."""
    for name in sorted(case.facts):
        less = case.stating(**{name: None})
        if breaks(less, claim):
            case = less
    return case


def try_many() -> Tried:
    found = Tried()

    @examples(TRIED)
    @given(near_cases())
    def look(case: Case) -> None:
        found.take(case, lambda claim: not is_of_words(claim))

    @examples(TRIED_IN_WORDS)
    @given(near_cases(), st.sampled_from(TEMPTATIONS), st.sampled_from([None, None, None, True]))
    def read(case: Case, temptation: str, letter: bool | None) -> None:
        found.take(case.stating(excuse_temptation=temptation, lawyer_letter=letter), is_of_words)

    for facts in (*stored(), *corners()):  # drawn ones alone would speak of the rarest claims by luck
        found.take(Case(facts, NOW, currency="EUR"), lambda claim: not is_of_words(claim))
    look()
    read()
    return found


@pytest.mark.knowledge
def test_no_case_breaks_a_claim_and_none_is_kept_for_want_of_cases() -> None:
    """A claim is a promise about every case; the smallest case that breaks one is shown."""
    found = try_many()
    shown = []
    for name in sorted(found.broken):
        least = smallest(found.broken[name], name)
        finding = breaks(least, name)
        assert finding is not None
        shown.append(f"{name}: {dict(least.facts)}\n  read {dict(finding.read)}")
    assert not shown, "\n".join(shown)
    spoken = {name: found.spoken[name] for name in shipped().rulebase.claims}
    assert {name: times for name, times in spoken.items() if times < AT_LEAST} == {}


@pytest.mark.knowledge
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_stored_case_keeps_every_claim(path: Path) -> None:
    """An incident that was told, or made up to show a rule, is a case like any other."""
    found = findings(shipped().case(path))
    assert found, "a stored case can be"
    assert [finding for finding in found if finding.standing is Standing.BROKEN] == []


# --- Each shape, and the rule base that breaks it ----------------------------------------

MONEY = {
    "no_money": {"kind": "money", "formula": "0 * fee", "sources": ["S"]},
    "half": {"kind": "money", "formula": "fee / 2", "sources": ["S"]},
}
BASES = {"part": {"title": "a part", "amount": "half", "high": "fee", "formula": "half", "sources": ["S"]}}
SAID = {"title": "so it is", "because": "it must be so", "sources": ["S"]}


def priority(tiers: list[str], rules: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"hit_policy": "priority", "tiers": tiers, "rules": rules, **more}


def house(claim: Mapping[str, Any], **decisions: Any) -> RuleBase:
    """Return a small rule base with one claim; *decisions* replace or add to its own."""
    facts = {
        "harm": {"kind": "count", "highest": 3},
        "fee": {"kind": "money"},
        "sued": {**FLAG, "assume": False, "stop_if": "a letter has come"},
        "insured": {**FLAG, "assume": True},
        "trade": {
            "kind": "choice",
            "values": {"any_trade": "any", "printer": "a printer"},
            "assume": "any_trade",
        },
    }
    own = {
        "gravity": {
            "hit_policy": "collect max",
            "lowest": 0,
            "highest": 2,
            "otherwise": 0,
            "rules": {"some": rule({"harm": {"at_least": 1}}, 1), "much": rule({"harm": {"at_least": 3}}, 2)},
        },
        "money_basis": {
            "hit_policy": "any",
            "values": {"none": "nothing", "part": "a part"},
            "otherwise": "none",
            "rules": {"grave": rule({"gravity": {"at_least": 1}}, "part")},
        },
        "remedy": priority(
            ["gate", "rest"],
            {
                "a-letter": rule({"sued": True, "insured": True}, "wait", tier="gate"),
                "all-else": rule("always", "mend", tier="rest"),
            },
            gates=["gate"],
            values={"wait": "wait", "mend": "mend it"},
        ),
    }
    return rule_base(
        facts, {**own, **decisions}, measures=MONEY, money=BASES, claims={"c": {**SAID, **claim}}
    )


def standing(rulebase: RuleBase, **facts: Value) -> Standing:
    problems = Problems()
    case = Case(facts, datetime(2026, 1, 1, tzinfo=UTC), currency="EUR")
    found = check(rulebase, case, problems)
    assert [render_text(problem) for problem in problems.found] == []
    return found[0].standing


def by_harm(when: Any) -> dict[str, Any]:
    """Return a decision on money that pays a part when *when* holds."""
    return {
        "hit_policy": "any",
        "values": {"none": "nothing", "part": "a part"},
        "otherwise": "none",
        "rules": {"r": rule(when, "part")},
    }


FEE = Fraction(100)
HURT: dict[str, Value] = {"harm": Fraction(1), "fee": FEE}
SUED: dict[str, Value] = {"sued": True, "insured": True, "harm": Fraction(0)}
ALWAYS_MENDS = priority(
    ["gate", "rest"],
    {"all-else": rule("always", "mend", tier="rest"), "much-harm": rule({"harm": 3}, "wait", tier="gate")},
    gates=["gate"],
    values={"wait": "wait", "mend": "mend it"},
)
GATE_ON = {"a-letter": rule({"sued": True, "insured": True}, "wait", tier="gate")}


@dataclass(frozen=True)
class Mutant:
    """A claim, a case for which the house keeps it, and other rules under which the same case breaks it."""

    claim: Mapping[str, Any]
    facts: Mapping[str, Value]
    other: Mapping[str, Any]


MUTANTS = {
    "never": Mutant({"when": {"sued": True}, "never": {"remedy": "mend"}}, SUED, {"remedy": ALWAYS_MENDS}),
    "always": Mutant({"when": {"sued": True}, "always": {"remedy": "wait"}}, SUED, {"remedy": ALWAYS_MENDS}),
    "one value": Mutant(
        {"one_value": "remedy"},
        {"sued": False, "insured": True},
        {"remedy": priority(["gate"], GATE_ON, gates=["gate"], values={"wait": "wait", "mend": "mend it"})},
    ),
    "no two values": Mutant(
        {"one_value": "remedy"},
        SUED,
        {
            "remedy": {
                "hit_policy": "any",
                "values": {"wait": "wait", "mend": "mend it"},
                "rules": {"a": rule({"sued": True}, "wait"), "b": rule({"insured": True}, "mend")},
            }
        },
    ),
    "at most": Mutant(
        {"when": {"sued": True}, "money": {"at_most": 0}},
        {**SUED, "fee": FEE},
        {"money_basis": by_harm({"sued": True})},
    ),
    "at least": Mutant(
        {"when": {"harm": 1}, "money": {"at_least": "half"}},
        HURT,
        {"money_basis": by_harm({"harm": 3})},
    ),
    "lower": Mutant(
        {"change": {"gravity": "lower"}, "then": {"money": "not_higher"}},
        HURT,
        {"money_basis": by_harm({"gravity": {"at_most": 0}})},
    ),
    "higher": Mutant(
        {"change": {"harm": "higher"}, "then": {"money": "not_lower"}},
        HURT,
        {"money_basis": by_harm({"harm": {"at_most": 1}})},
    ),
    "to a value": Mutant(
        {"when": {"harm": 1}, "change": {"sued": True}, "then": {"money": "not_lower"}},
        HURT,
        {"money_basis": by_harm({"harm": {"at_least": 1}, "sued": False})},
    ),
    "to any value": Mutant(
        {"change": {"trade": "any"}, "then": {"remedy": "same"}},
        SUED,
        {
            "remedy": {
                "hit_policy": "any",
                "values": {"wait": "wait", "mend": "mend it"},
                "otherwise": "wait",
                "rules": {"printer": rule({"trade": "printer"}, "mend")},
            }
        },
    ),
    "to unknown": Mutant(
        {"change": {"any": "unknown"}, "then": {"gates": "kept"}},
        SUED,
        {
            "remedy": priority(
                ["gate", "rest"],
                {
                    "told": rule({"insured": {"known": True}, "sued": True}, "wait", tier="gate"),
                    "all-else": rule("always", "mend", tier="rest"),
                },
                gates=["gate"],
                values={"wait": "wait", "mend": "mend it"},
            )
        },
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_rule_base_that_breaks_a_claim_is_caught_and_one_that_keeps_it_is_not(name: str) -> None:
    """The same case, the same claim: only the rules differ."""
    mutant = MUTANTS[name]
    assert standing(house(mutant.claim), **mutant.facts) is Standing.KEPT
    assert standing(house(mutant.claim, **mutant.other), **mutant.facts) is Standing.BROKEN


CALM = {"failure_kind": "defective_work", "cause": "own_error", "skill_fit": "full", "fixable": "yes"}


@pytest.mark.parametrize(
    ("claim", "sentence", "facts"),
    [
        pytest.param("written-as-you-would-want-it", "Obviously you misunderstood.", {}, id="scorn"),
        pytest.param(
            "no-excuse-gets-through",
            "It was out of my hands.",
            {"excuse_temptation": "external"},
            id="excuse",
        ),
        pytest.param(
            "no-word-of-it-before-the-insurer-agrees",
            "I offer you a refund.",
            {"lawyer_letter": True},
            id="offer",
        ),
    ],
)
def test_a_message_that_says_what_none_may_say_is_caught(
    claim: str, sentence: str, facts: Mapping[str, Value]
) -> None:
    """Someone has written it into a block that every letter has."""
    rulebase, case = shipped().rulebase, shipped().case({**CALM, **facts})
    messages = rulebase.messages
    greeting = messages.blocks["greeting"]
    rude = tuple(replace(variant, text=f"{variant.text} {sentence}") for variant in greeting.variants)
    blocks = {**messages.blocks, "greeting": replace(greeting, variants=rude)}
    mutant = replace(rulebase, messages=replace(messages, blocks=blocks))

    def found(base: RuleBase) -> list[Standing]:
        return [each.standing for each in check(base, case, Problems(), of=[base.claims[claim]])]

    assert found(rulebase) == [Standing.KEPT]
    assert found(mutant) == [Standing.BROKEN]


def test_a_rule_whose_source_is_not_listed_breaks_the_claim_that_all_are() -> None:
    """Loading refuses such a base, a rule base that was put together otherwise need not be loaded."""
    sound = house({"cited": True})
    assert standing(sound, **SUED) is Standing.KEPT
    assert standing(replace(sound, sources={}), **SUED) is Standing.BROKEN


@pytest.mark.parametrize(
    ("claim", "facts"),
    [
        pytest.param({"when": {"sued": True}, "never": {"remedy": "mend"}}, {}, id="when does not hold"),
        pytest.param({"always": {"gravity": {"at_least": 1}}}, {}, id="what decides it is not known"),
        pytest.param({"money": {"at_most": "half"}}, {"harm": Fraction(1)}, id="the money is not known"),
        pytest.param({"one_value": "money_basis"}, {}, id="the decision is open"),
        pytest.param(
            {"change": {"gravity": "lower"}, "then": {"money": "not_higher"}}, {}, id="nothing to lower"
        ),
        pytest.param(
            {"change": {"any": "unknown"}, "then": {"gates": "kept"}}, {"sued": False}, id="no gate holds"
        ),
    ],
)
def test_where_nothing_is_sure_nothing_is_said(claim: Mapping[str, Any], facts: Mapping[str, Value]) -> None:
    """A claim is broken only by a case that surely breaks it, and kept only by one that speaks of it."""
    assert standing(house(claim), **facts) is Standing.SILENT


def test_a_gate_that_a_warning_guards_is_not_dropped() -> None:
    """A letter that nobody told of is assumed not to have come, and the verdict says what to stop for."""
    kept = house({"change": {"sued": "unknown"}, "then": {"gates": "kept"}})
    assert standing(kept, **SUED) is Standing.KEPT
    silent = {**kept.facts, "sued": replace(kept.facts["sued"], stop_if=None)}
    assert standing(replace(kept, facts=silent), **SUED) is Standing.BROKEN


def test_a_decision_that_changes_can_drop_a_gate_too() -> None:
    """No warning guards what follows from rules."""
    remedy = {
        "a-harm": rule({"gravity": 1}, "wait", tier="gate"),
        "all-else": rule("always", "mend", tier="rest"),
    }
    gated = priority(["gate", "rest"], remedy, gates=["gate"], values={"wait": "wait", "mend": "mend it"})
    claim = {"change": {"gravity": "higher"}, "then": {"gates": "kept"}}
    assert standing(house(claim, remedy=gated), **HURT) is Standing.BROKEN


def test_a_claim_about_messages_names_the_template_that_cannot_be_used() -> None:
    """Loading tries no template; whoever tests the rules is shown the place and no traceback."""
    rulebase, case = shipped().rulebase, shipped().case(CALM)
    messages = rulebase.messages
    greeting = messages.blocks["greeting"]
    for text in ("{{ client", "{{ clint }}"):
        broken = replace(
            greeting, variants=tuple(replace(variant, text=text) for variant in greeting.variants)
        )
        blocks = {**messages.blocks, "greeting": broken}
        with pytest.raises(InputError) as error:
            check(replace(rulebase, messages=replace(messages, blocks=blocks)), case, Problems())
        assert {found.primary for found in error.value.diagnostics} == {v.span for v in broken.variants}


def test_money_that_comes_to_you_is_none_for_the_client() -> None:
    """A bill is no refund, whatever its sum."""
    claim = {"when": {"harm": 1}, "money": {"at_most": 0}}
    theirs = house(claim)
    assert standing(theirs, **HURT) is Standing.BROKEN
    billed = {"part": replace(theirs.money["part"], owed_to="you")}
    assert standing(replace(theirs, money=billed), **HURT) is Standing.KEPT


def test_what_was_read_is_told() -> None:
    """Whoever mends the rule sees which values led to it."""
    rulebase = house({"when": {"sued": True}, "never": {"remedy": "mend"}}, remedy=ALWAYS_MENDS)
    found = check(rulebase, Case(SUED, NOW), Problems())
    assert dict(found[0].read) == {"sued": "true", "remedy": "mend"}
