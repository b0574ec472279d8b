"""What the graph of a rule base shows: one thing planted in a sound base, and that one thing found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from amends.engine import InputError
from amends.engine.api import check
from amends.engine.audit.auditing import SEEN, settled
from amends.engine.audit.finding import Kind, Undecided
from amends.engine.audit.structure import structure
from amends.engine.ignore import IGNORABLE
from amends.engine.rulebase import RuleBase
from tests.support.audits import KNOWLEDGE, RULES, TODAY, found_in, loaded, seen, written
from tests.support.shipped import shipped

pytestmark = pytest.mark.proofs

PLANTED = {
    "weather": "facts: {weather: {kind: flag, question: Did it rain?}}",
    "double": "measures: {double: {formula: fee * 2}}",
    "spare": "parameters: {spare: {value: 3, ours: true, because: three}}",
    "remedies/wait": "remedies: {wait: {title: Wait, sources: [S]}}",
    "companions/call": "companions: {call: {title: Call them, sources: [S]}}",
    "avoid/shout": "avoid: {shout: {title: Do not shout, sources: [S]}}",
    "money/whole": "money: {whole: {title: all, amount: fee, formula: all of it, sources: [S]}}",
    "sources/T": "sources: {T: {title: Another book, where: a shelf}}",
    "words/day": "words: {day: {title: the day}}",
    "blocks/bye": "blocks: {bye: {title: goodbye, sources: [S], variants: [{text: Goodbye.}]}}",
    "phrases/no-if": "phrases: {no-if: {title: no if, block: [if], forms: [note], sources: [S]}}",
}

USES = {
    "a rule": ("weather", RULES["fault"].replace("{cause: own}", "{cause: own, weather: true}")),
    "a measure": (
        "weather",
        "measures: {wet: {formula: weather}}\nconstraints: {dry: {never: {wet: true}, because: b}}",
    ),
    "a constraint": ("weather", "constraints: {dry: {never: {weather: true}, because: it never rains}}"),
    "a claim": (
        "weather",
        "claims: {dry: {title: d, when: {weather: true}, never: {fault: yours}, because: b, sources: [S]}}",
    ),
    "a changed fact of a claim": (
        "weather",
        "claims: {dry: {title: d, change: {weather: any}, then: {fault: same}, because: b, sources: [S]}}",
    ),
    "a message": (
        "weather",
        "blocks: {wet: {title: w, sources: [S], variants: [{when: {weather: true}, text: Wet.}]}}\n"
        "channels: {post: {title: p, form: letter, chosen_as: email, sources: [S], before: [wet]}}",
    ),
    "a phrase": (
        "weather",
        "phrases: {dry: {title: d, block: [dry], when: {weather: true}, sources: [S]}}",
    ),
    "a word": (
        "weather",
        "words: {rain: {title: r, of: weather}}\n"
        'blocks: {wet: {title: w, sources: [S], variants: [{text: "{{ rain }}"}]}}\n'
        "channels: {post: {title: p, form: letter, chosen_as: email, sources: [S], subject: wet}}",
    ),
    "a limit of a step": (
        "spare",
        "remedies: {later: {title: r, sources: [S], steps: [{do: it, within_hours: {parameter: spare}}]}}",
    ),
    "a condition of a constraint": (
        "spare",
        "constraints: {few: {never: {hours: {more_than: {parameter: spare}}}, because: b}}",
    ),
    "an otherwise": (
        "spare",
        "decides: contact_deadline_h\ntitle: t\nhit_policy: unique\nlowest: 0\nhighest: 9\n"
        "otherwise: {parameter: spare}\n"
        "rules: {own: {when: {cause: own}, then: 1, because: b, sources: [S]}}",
    ),
    "the bound of a claim": (
        "spare",
        "claims: {cap: {title: c, money: {at_least: spare}, because: b, sources: [S]}}",
    ),
    "a conflict": (
        "sources/T",
        "conflicts: {c: {title: c, sides: [{advises: a, sources: [S]}, {advises: b, sources: [T]}], "
        "resolution: r, because: b, rules: [fault/own]}}",
    ),
}
"""What uses something, and that it does so."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> RuleBase:
    return check(written(tmp_path_factory.mktemp("sound")))


def test_the_sound_base_has_nothing_to_report(sound: RuleBase) -> None:
    assert seen(sound) == []


@pytest.mark.parametrize("subject", PLANTED)
def test_what_nothing_uses_is_found_and_nothing_else_is(subject: str, tmp_path: Path) -> None:
    found = found_in(loaded(written(tmp_path, PLANTED[subject])))
    assert (found.kind, found.subject) == (Kind.UNUSED, subject)
    assert found.primary is not None
    assert found.primary.source.name.endswith("more.yaml")
    assert found.witness is None, "that nothing uses it is no matter of cases"


@pytest.mark.parametrize("user", USES)
def test_what_something_uses_is_not_reported(user: str, tmp_path: Path) -> None:
    """Each of these alone keeps the planted thing in use; another may fall idle, but not this one."""
    subject, use = USES[user]
    use = {"fault": use} if use.startswith("decides: fault") else {"use": use}
    base = loaded(written(tmp_path, PLANTED[subject], **use))
    assert ("unused", subject) not in seen(base)


def test_a_skeleton_that_no_rule_chooses_is_unused_and_the_one_that_buys_time_is_not(tmp_path: Path) -> None:
    """The engine falls back on `holding`, whatever rules say."""
    more = "skeletons: {grand: {title: grandly, sources: [S], letter: [[sorry]]}}"
    message = RULES["message"].replace("holding: more soon}", "holding: more soon, grand: grandly}")
    message = message.replace("otherwise: holding", "otherwise: plain")
    base = loaded(written(tmp_path, more, message=message))
    assert seen(base) == [("unused", "skeletons/grand")]


def test_a_parameter_that_the_engine_reads_is_in_use(tmp_path: Path) -> None:
    more = "parameters: {hours_to_reply: {value: 24, ours: true, because: a day}}"
    assert seen(loaded(written(tmp_path, more))) == []


def test_a_value_concluded_by_otherwise_alone_is_in_use(tmp_path: Path) -> None:
    more = "remedies: {wait: {title: Wait, sources: [S]}}"
    remedy = RULES["remedy"].replace("otherwise: refund", "otherwise: wait")
    assert seen(loaded(written(tmp_path, more, remedy=remedy))) == []


MOOD = """\
decides: mood
title: how they feel
values: {good: good, bad: bad}
otherwise: bad
rules:
  own: {when: {cause: outage}, then: good, because: It was not you., sources: [S]}
"""


def test_a_decision_that_nothing_reads_is_a_dead_end(tmp_path: Path) -> None:
    found = found_in(loaded(written(tmp_path, mood=MOOD)))
    assert (found.kind, found.subject) == (Kind.DEAD_END_DECISION, "mood")
    assert found.message.endswith("nothing reads it")


def test_a_decision_read_by_dead_ends_only_is_one_too(tmp_path: Path) -> None:
    """A chain of them changes no answer, however long it is."""
    temper = MOOD.replace("decides: mood", "decides: temper").replace("{cause: outage}", "{mood: good}")
    base = loaded(written(tmp_path, mood=MOOD, temper=temper))
    assert seen(base) == [("dead-end-decision", "mood"), ("dead-end-decision", "temper")]


@pytest.mark.parametrize(
    "use",
    [
        "claims: {c: {title: c, never: {mood: bad}, because: b, sources: [S]}}",
        "claims: {c: {title: c, one_value: mood, because: b, sources: [S]}}",
        "blocks: {wet: {title: w, sources: [S], variants: [{when: {mood: bad}, text: Oh.}]}}\n"
        "channels: {post: {title: p, form: letter, chosen_as: email, sources: [S], before: [wet]}}",
    ],
    ids=["a claim", "a claim of one value", "a message"],
)
def test_a_decision_read_by_what_is_no_rule_is_no_dead_end(use: str, tmp_path: Path) -> None:
    assert seen(loaded(written(tmp_path, use, mood=MOOD))) == []


def test_a_decision_whose_number_the_money_needs_is_no_dead_end(tmp_path: Path) -> None:
    rate = MOOD.replace("decides: mood", "decides: rate").replace("then: good", "then: 1")
    rate = rate.replace(
        "values: {good: good, bad: bad}\notherwise: bad", "lowest: 0\nhighest: 1\notherwise: 0"
    )
    knowledge = KNOWLEDGE.replace("formula: share * fee", "formula: share * rate * fee")
    assert seen(loaded(written(tmp_path, rate=rate, knowledge=knowledge))) == []


def test_a_base_without_known_answers_is_asked_for_what_nothing_reads(tmp_path: Path) -> None:
    """Tables of somebody else's trade have other answers than a remedy; none of them is a dead end."""
    (tmp_path / "base.yaml").write_text(
        "sources: {S: {title: t, where: w}}\n"
        "facts: {cause: {kind: choice, question: q, values: {own: o, outage: u}}}\n"
    )
    (tmp_path / "mood.yaml").write_text(MOOD)
    assert seen(loaded(tmp_path)) == []


def test_a_decision_that_no_fact_leads_to_is_unreachable(tmp_path: Path) -> None:
    fixed = MOOD.replace("decides: mood", "decides: tone").replace("{cause: outage}", "always")
    found = found_in(loaded(written(tmp_path, tone=fixed)))
    assert (found.kind, found.subject) == (Kind.UNREACHABLE_DECISION, "tone")


def test_a_loop_is_a_finding_with_the_places_of_its_edges(tmp_path: Path) -> None:
    """A base that is loaded from files never gets so far; one that a program made may."""
    more = "measures: {egg: {formula: hen + 1}, hen: {formula: egg + 1}}"
    folder = written(tmp_path, more)
    found = found_in(loaded(folder))
    assert (found.kind, found.subject) == (Kind.CYCLE, "hen")
    assert len(found.others) == 2
    with pytest.raises(InputError, match="cycle"):
        check(folder)


@pytest.mark.parametrize(
    ("more", "rules", "subject"),
    [
        ("parameters: {spare: {value: 3, ours: true, because: b, review_by: 2026-11-30}}", {}, "spare"),
        ("sources: {T: {title: t, where: w, review_by: 2026-11-30}}", {}, "sources/T"),
        ("", {"fault": RULES["fault"].replace("sources:", "review_by: 2026-11-30, sources:")}, "fault/own"),
    ],
    ids=["parameter", "source", "rule"],
)
def test_what_is_past_its_review_is_found_from_the_day_after(
    more: str, rules: Mapping[str, str], subject: str, tmp_path: Path
) -> None:
    base = loaded(written(tmp_path, more, **rules))
    assert ("past-review", subject) in seen(base, date(2026, 12, 1))
    assert ("past-review", subject) not in seen(base, date(2026, 11, 30)), "the day itself is in time"


def promoted(rulebase: RuleBase, path: str, level: int) -> RuleBase:
    """Return *rulebase* with one rule as if a later pack had added it."""
    name = path.split("/")[0]
    decision = rulebase.decisions[name]
    rules = tuple(
        replace(rule, level=level, pack="niche") if rule.path == path else rule for rule in decision.rules
    )
    return replace(rulebase, decisions={**rulebase.decisions, name: replace(decision, rules=rules)})


NOT_SO_LONG = """\
  not-so-long: {tier: guard, when: WHEN, then: redo, because: We work nights., sources: [S]}
"""


@pytest.mark.parametrize(
    ("tier", "when", "is_found"),
    [
        ("guard", "{hours: {more_than: 20}}", True),
        ("usual", "{hours: {more_than: 20}}", False),
    ],
)
def test_a_later_rule_that_beats_a_gate_is_found_and_one_below_it_is_not(
    tier: str, when: str, is_found: bool, tmp_path: Path
) -> None:
    more = NOT_SO_LONG.replace("WHEN", when).replace("guard", tier)
    base = loaded(written(tmp_path, remedy=RULES["remedy"] + more))
    found = seen(promoted(base, "remedy/not-so-long", 1))
    assert found == ([("weakened-gate", "remedy/not-so-long")] if is_found else [])
    assert seen(base) == [], "in the base itself it is its own affair"


def test_a_later_rule_that_cannot_meet_the_gate_or_says_the_same_weakens_nothing(tmp_path: Path) -> None:
    gate = RULES["remedy"].replace("{hours: {more_than: {parameter: most_hours}}}", "{cause: own}")
    gate = gate.replace("parameters:", "")
    apart = NOT_SO_LONG.replace("WHEN", "{cause: outage}")
    same = NOT_SO_LONG.replace("WHEN", "{cause: own}").replace("then: redo", "then: refund")
    for number, more in enumerate((apart, same)):
        (folder := tmp_path / str(number)).mkdir()
        base = promoted(loaded(written(folder, remedy=gate + more)), "remedy/not-so-long", 1)
        assert [found for found in seen(base) if found[0] == "weakened-gate"] == []


def ignoring(rulebase: RuleBase, **more: object) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return kind and subject of what stands and of what is ignored, after the whole of an audit."""
    report = settled(rulebase, structure(rulebase, TODAY), (), (), 1, finished=True, **more)  # type: ignore[arg-type]
    named = [((found.kind.value, found.subject), found.ignored) for found in report.findings]
    return [each for each, reason in named if not reason], [each for each, reason in named if reason]


def test_an_ignore_on_a_thing_with_its_reason_takes_the_finding_out_of_the_count(tmp_path: Path) -> None:
    more = "facts: {weather: {kind: flag, question: q, ignore: {unused: a niche will ask it}}}"
    base = loaded(written(tmp_path, more))
    assert ignoring(base) == ([], [("unused", "weather")])
    (found,) = settled(base, structure(base, TODAY), (), (), 1, finished=True).findings
    assert found.ignored == "a niche will ask it"


def test_an_ignore_on_a_decision_and_on_a_rule_is_met_by_their_findings(tmp_path: Path) -> None:
    mood = MOOD.replace("rules:", "ignore: {dead-end-decision: it is for the asker}\nrules:")
    rule = "review_by: 2026-11-30, ignore: {past-review: looked at and not yet noted}, sources:"
    fault = RULES["fault"].replace("sources:", rule)
    base = loaded(written(tmp_path, mood=mood, fault=fault))
    assert ignoring(base) == ([], [("past-review", "fault/own"), ("dead-end-decision", "mood")])


def test_one_reason_at_the_top_of_a_file_serves_several_things_of_it(tmp_path: Path) -> None:
    more = (
        "sources: {T: {title: t, where: w}, U: {title: u, where: w}}\n"
        "ignore: {unused: {of: [T, sources/U], because: niches to come cite them}}\n"
    )
    base = loaded(written(tmp_path, more))
    assert ignoring(base) == ([], [("unused", "sources/T"), ("unused", "sources/U")])


def test_a_value_of_a_decision_can_be_named_by_an_ignore(tmp_path: Path) -> None:
    """A finding about an outcome is about neither the decision nor a rule."""
    top = "ignore: {unreachable-outcome: {of: [nobodys], because: packs to come need it}}\nrules:"
    base = loaded(written(tmp_path, fault=RULES["fault"].replace("rules:", top)))
    assert [(ignore.kind, ignore.subject) for ignore in base.ignores] == [
        (Kind.UNREACHABLE_OUTCOME, "fault/nobodys")
    ]


def test_an_ignore_that_met_nothing_is_a_finding_at_its_own_place(tmp_path: Path) -> None:
    fault = RULES["fault"].replace("sources:", "ignore: {dead-rule: it is dead}, sources:")
    base = loaded(written(tmp_path, fault=fault))
    report = settled(base, (), (), (), 1, finished=True)
    (found,) = report.findings
    assert (found.kind, found.subject) == (Kind.UNUSED_IGNORE, "fault/own")
    assert found.primary is not None
    assert found.primary.source.line(found.primary.line)[found.primary.column - 1 :].startswith("dead-rule")


def test_an_ignore_of_what_was_not_settled_is_not_called_unused(tmp_path: Path) -> None:
    """A run that stopped early has not shown that there is nothing to ignore."""
    fault = RULES["fault"].replace("sources:", "ignore: {dead-rule: it is dead}, sources:")
    base = loaded(written(tmp_path, fault=fault))
    assert settled(base, (), (), (), None, finished=False).findings == ()
    undecided = [Undecided(Kind.DEAD_RULE, "fault/own", "too many nodes")]
    assert settled(base, (), (), undecided, 1, finished=True).findings == ()


def test_an_ignore_of_what_the_graph_shows_is_settled_even_by_a_run_that_stopped(tmp_path: Path) -> None:
    more = "facts: {rain: {kind: flag, question: q, ignore: {unused: for later}}}"
    base = loaded(
        written(tmp_path, more, fault=RULES["fault"].replace("{cause: own}", "{cause: own, rain: true}"))
    )
    (found,) = settled(base, structure(base, TODAY), (), (), None, finished=False).findings
    assert (found.kind, found.subject) == (Kind.UNUSED_IGNORE, "rain")


def test_every_kind_that_needs_no_proof_is_looked_for_by_the_structure() -> None:
    assert set(Kind) >= SEEN
    assert {Kind.UNUSED_IGNORE, Kind.CYCLE}.isdisjoint(IGNORABLE)


def test_the_shipped_base_has_nothing_that_its_ignores_do_not_give_a_reason_for() -> None:
    """Whatever falls idle from now on is news; each reason is met, so none hides what is to come."""
    base = shipped().rulebase
    about = tuple(ignore for ignore in base.ignores if ignore.kind in SEEN)
    standing, ignored = ignoring(replace(base, ignores=about))
    assert standing == []
    assert len(ignored) == len(about)


def test_findings_do_not_depend_on_the_order_in_which_things_are_written(tmp_path: Path) -> None:
    more = "\n".join(PLANTED[name] for name in ("weather", "double", "spare", "sources/T"))
    turned = "\n".join(PLANTED[name] for name in ("sources/T", "spare", "double", "weather"))
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, text in ((one, more), (other, turned)):
        folder.mkdir()
        written(folder, text)
    assert seen(loaded(one)) == seen(loaded(other))
