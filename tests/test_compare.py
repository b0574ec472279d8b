"""What moves between two rule bases: counted against brute force, shown by a case, or proved to be none."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.engine import Engine, InputError, load
from amends.engine.chain import run
from amends.engine.chain.outcome import Lack
from amends.engine.compare import Change, Comparison, Move, Moves, compare
from amends.engine.compare.inputs import side
from amends.engine.compare.telling import rendered
from amends.engine.compare.words import LACKS
from amends.engine.diagram.joint import FOREIGN, joint_space
from amends.engine.rulebase import HitPolicy, Kind, Rule, RuleBase, Value
from amends.engine.truth import Members
from amends.engine.what_if import memory_of
from tests.support import naive
from tests.support.examples import examples
from tests.support.strategies import rule_bases
from tests.support.texts import FLAG, choice, collecting, files, names, rule, rule_base
from tests.support.written import write

pytestmark = pytest.mark.proofs

ROOT = Path(__file__).resolve().parents[1]
COUNT = {"kind": "count", "lowest": 0, "highest": 6}


def remedy(**rules: Any) -> dict[str, Any]:
    """Return a decision `remedy` with three remedies and the tiers `first` and `last`."""
    return {
        "hit_policy": "priority",
        "tiers": ["first", "last"],
        "values": names(3),
        "otherwise": "v2",
        "rules": rules,
    }


def base(facts: Mapping[str, Any] | None = None, *, more: Any = None, **rules: Any) -> RuleBase:
    known = facts or {"a": choice(3), "b": FLAG, "n": COUNT}
    return rule_base(known, {"remedy": remedy(**rules)}, **(more or {}))


def compared(first: RuleBase, second: RuleBase, decision: str = "remedy", **how: Any) -> Comparison:
    return compare(Engine(first), Engine(second), decisions=[decision], **how)


def moves(first: RuleBase, second: RuleBase, decision: str = "remedy", **how: Any) -> Moves:
    return compared(first, second, decision, **how).counted[0]


def counts(found: Moves) -> Counter[tuple[str, str]]:
    return Counter({(move.before, move.after): move.count.cases for move in found.moves})


# --- Brute force ----------------------------------------------------------------------------------


def said(ending: naive.Ending) -> str:
    if isinstance(ending, naive.NoValue):
        return LACKS[Lack(ending.value)]
    return str(ending)


def everything(first: RuleBase, second: RuleBase) -> Iterator[Mapping[str, Value]]:
    """Every case of the facts of both, each stated, that both sides can express and hold possible."""
    known: dict[str, list[Value]] = {}
    for rulebase, other in ((first, second), (second, first)):
        for name, fact in rulebase.facts.items():
            values = naive.values_of(rulebase, fact)
            if name in other.facts:
                theirs = naive.values_of(other, other.facts[name])
                if fact.domain.kind is Kind.DATE:  # any day can be stated; these are those told apart
                    values = sorted({*values, *theirs})
                else:
                    values = [value for value in values if value in theirs]
            known[name] = values
    for values in itertools.product(*known.values()):
        case = dict(zip(known, values, strict=True))
        if not any(breaks(rulebase, case) for rulebase in (first, second)):
            yield case


def breaks(rulebase: RuleBase, case: Mapping[str, Value]) -> bool:
    reader = naive._Reader(rulebase, case, frozenset(case))
    return any(reader.holds(constraint.never) for constraint in rulebase.constraints.values())


def own(rulebase: RuleBase, case: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in case.items() if name in rulebase.facts}


def ends(rulebase: RuleBase, case: Mapping[str, Value], decision: str = "remedy") -> naive.Ending:
    facts = own(rulebase, case)
    return naive.evaluate(rulebase, facts, frozenset(facts)).decisions[decision]


def kinds(first: RuleBase, second: RuleBase) -> dict[tuple[object, ...], Mapping[str, Value]]:
    """One case of each kind that the two rule bases, cut at the constants of both, tell apart."""
    joint = joint_space(first, second)
    found: dict[tuple[object, ...], Mapping[str, Value]] = {}
    for case in everything(first, second):
        key: list[object] = []
        for at in range(len(joint.first.variables)):
            space = joint.second if joint.side(at) else joint.first
            variable = space.variables[at]
            if variable.subject not in case or variable.is_known:
                continue
            value = case[variable.subject]
            if variable.member is None:
                key.append(space.place(variable.subject, value))
            else:
                assert isinstance(value, frozenset)
                key.append(variable.member in value)
        found.setdefault(tuple(key), case)
    return found


def by_brute_force(first: RuleBase, second: RuleBase, decision: str = "remedy") -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    is_set = first.decisions[decision].hit_policy is HitPolicy.COLLECT
    for case in kinds(first, second).values():
        pair = ends(first, case, decision), ends(second, case, decision)
        if is_set:
            one, other = (end if isinstance(end, frozenset) else frozenset() for end in pair)
            found.update((f"without {name}", f"with {name}") for name in other - one)
            found.update((f"with {name}", f"without {name}") for name in one - other)
        elif said(pair[0]) != said(pair[1]):
            found[said(pair[0]), said(pair[1])] += 1
    return found


def check_witnesses(first: RuleBase, second: RuleBase, found: Moves) -> None:
    """Every case that is shown ends as it says, by the chain of both sides, and by brute force."""
    for move in found.moves:
        for box in move.boxes:
            if box.witness is None:
                continue
            facts = box.witness.facts
            for rulebase, expected in ((first, move.before), (second, move.after)):
                stated = own(rulebase, facts)
                trace = run(
                    rulebase, stated, frozenset(stated), memory_of(rulebase, frozenset(rulebase.decisions))
                )
                outcome = trace.outcomes[found.decision]
                if move.member is not None:
                    has_it = isinstance(outcome.found, Members) and move.member in outcome.found.sure
                    assert has_it == expected.startswith("with ")
                    continue
                shown = LACKS[min(outcome.lacks)] if outcome.has_no_value else str(outcome.value)
                assert shown == expected
                for completed in naive.exact(rulebase, stated, frozenset(stated)):
                    assert said(completed.decisions[found.decision]) == expected


def check(first: RuleBase, second: RuleBase) -> Moves:
    found = moves(first, second, most_boxes=100)
    assert found.cases is not None and not found.cases.at_most
    assert found.cases.cases == len(kinds(first, second))
    assert counts(found) == by_brute_force(first, second)
    check_witnesses(first, second, found)
    for move in found.moves:
        assert move.is_shown, "a case exists, so one is found"
        assert all(box.witness for box in move.boxes)
        assert sum(box.count.cases for box in move.boxes) + move.rest == move.count.cases
    return found


# --- Small bases ------------------------------------------------------------------------------------

ONE = rule({"a": "v0"}, "v0", tier="first")
TWO = rule({"n": {"at_least": 3}}, "v1", tier="last")
THREE = rule({"b": True, "a": ["v1", "v2"]}, "v0", tier="last")


def test_a_rule_taken_away_moves_what_it_decided_and_nothing_else() -> None:
    found = check(base(one=ONE, two=TWO), base(two=TWO))
    assert set(counts(found)) == {("v0", "v1"), ("v0", "v2")}


def test_a_constant_that_moves_cuts_both_sides_at_both_constants() -> None:
    """Three kinds of number: below 3, between, and from 5; only that between moves."""
    found = check(base(two=TWO), base(two={**TWO, "when": {"n": {"at_least": 5}}}))
    assert counts(found) == {("v1", "v2"): 2}  # 3, and what lies between 3 and 5
    (move,) = found.moves
    assert move.boxes[0].where == ("n: at least 3 and less than 5",)


def test_a_conflict_and_a_gap_are_ends_like_any_other() -> None:
    rules = {"one": {**ONE, "tier": "last"}, "two": TWO}
    first, second = base(**rules), base(**rules, three={**THREE, "then": "v2"})
    found = check(first, second)
    assert ("v1", "rules conflict") in counts(found)
    without = replace(first.decisions["remedy"], otherwise=None)
    check(first, replace(first, decisions={"remedy": without}))


@pytest.mark.parametrize(
    ("what", "rules"),
    [
        ("order and names", {"zwei": TWO, "eins": ONE, "drei": THREE}),
        (
            "a rule split in two",
            {
                "one": ONE,
                "low": {**TWO, "when": {"n": {"at_least": 3, "less_than": 5}}},
                "high": {**TWO, "when": {"n": {"at_least": 5}}},
                "three": THREE,
            },
        ),
        (
            "a condition put otherwise",
            {"one": ONE, "two": {**TWO, "when": {"n": {"not": {"less_than": 3}}}}, "three": THREE},
        ),
        (
            "a rule that another covers",
            {"one": ONE, "wider": {**ONE, "when": {"a": "v0", "b": True}}, "two": TWO, "three": THREE},
        ),
    ],
)
def test_an_edit_that_changes_nothing_is_proved_to_change_nothing(what: str, rules: Any) -> None:
    comparison = compared(base(one=ONE, two=TWO, three=THREE), base(**rules))
    (found,) = comparison.counted
    assert found.nothing_moves, what
    assert not comparison.something_moves
    assert [changed.change for changed in comparison.changed] == [Change.SAME]
    assert "nothing moves in any of the" in rendered(comparison, "text")


def test_a_box_is_as_wide_as_it_can_be_and_says_only_what_matters() -> None:
    found = moves(base(one=ONE), base(one={**ONE, "then": "v1"}))
    ((where, count),) = [(box.where, box.count.cases) for box in found.moves[0].boxes]
    assert where == ("a: v0",)
    assert found.moves[0].rest == 0 and count == found.moves[0].count.cases


def test_boxes_that_are_not_shown_are_counted() -> None:
    first = base(one={**ONE, "when": {"any": [{"a": "v0"}, {"b": True}]}})
    found = moves(first, base(), most_boxes=1)
    (move,) = found.moves
    assert len(move.boxes) == 1
    assert move.rest == move.count.cases - move.boxes[0].count.cases > 0


def test_a_witness_states_no_more_than_both_chains_need() -> None:
    found = moves(base(one=ONE), base(one={**ONE, "then": "v1"}))
    witness = found.moves[0].boxes[0].witness
    assert witness is not None and witness.facts == {"a": "v0"}


# --- What only one side knows ------------------------------------------------------------------------


def test_a_value_that_one_side_lacks_is_new_and_not_moved() -> None:
    first = base({"a": choice(2), "b": FLAG}, one=ONE)
    second = base({"a": choice(3), "b": FLAG}, one=ONE, later=rule({"a": "v2"}, "v1", tier="last"))
    comparison = compared(first, second)
    (found,) = comparison.counted
    assert found.nothing_moves, "the new rule speaks of the new value alone"
    assert found.cases is not None and found.cases.cases == 2
    assert found.fresh is not None and found.fresh.cases == 1
    assert found.gone is not None and found.gone.cases == 0
    assert comparison.only_second.values == ("a=v2",)


def test_a_fact_that_one_side_lacks_moves_what_the_other_makes_of_it() -> None:
    """The side without it ends alike whatever it is."""
    first = base({"a": choice(3), "b": FLAG}, one=ONE)
    second = base({"a": choice(3), "b": FLAG, "c": FLAG}, one=ONE, two=rule({"c": True}, "v1", tier="last"))
    found = check(first, second)
    assert counts(found) == {("v2", "v1"): 2}
    assert compared(first, second).only_second.facts == ("c",)
    check(second, first)


def test_a_name_for_two_kinds_of_fact_is_two_facts() -> None:
    first = base({"a": choice(3), "b": FLAG}, one=ONE)
    second = base({"a": FLAG, "b": FLAG}, one=rule({"a": True}, "v1", tier="first"))
    found = moves(first, second)
    assert counts(found) == {("v0", "v1"): 1, ("v0", "v2"): 1, ("v2", "v1"): 2}
    witness = found.moves[0].boxes[0].witness
    assert witness is not None and {"a", f"{FOREIGN}a"} >= set(witness.facts)


def test_bounds_that_differ_make_kinds_that_one_side_lacks() -> None:
    first = base({"n": {**COUNT, "highest": 4}}, two=TWO)
    second = base({"n": COUNT}, two={**TWO, "when": {"n": {"at_least": 4}}})
    found = check(first, second)
    assert counts(found) == {("v1", "v2"): 1}
    assert found.fresh is not None and found.fresh.cases == 2, "5, and what lies beyond 4 up to 6"


def test_a_case_that_one_side_holds_impossible_is_left_out_and_counted_apart() -> None:
    never = {"constraints": {"no-such": {"never": {"a": "v0"}, "because": "so", "sources": ["S"]}}}
    first, second = base(one=ONE, two=TWO), base(two=TWO, more=never)
    found = check(first, second)
    assert found.nothing_moves, "all that the rule decided is impossible now"
    assert found.gone is not None and found.gone.cases > 0
    assert compared(first, second).only_second.constraints == ("no-such",)


def test_a_decision_that_one_side_lacks_is_not_compared_and_says_so() -> None:
    first = base(one=ONE)
    second = rule_base({"a": choice(3)}, {"other": remedy(one=ONE)})
    comparison = compared(first, second)
    assert comparison.counted[0].reason == "only the first side decides it"
    assert not comparison.is_finished
    assert comparison.only_second.decisions == ("other",)


# --- Measures and parameters -------------------------------------------------------------------------

PARAMETERS = {"limit": {"value": 3, "ours": True, "because": "so"}}
WIDE = {"kind": "money", "lowest": 0, "highest": 100, "decimals": 2}


def measured(formula: str, limit: int = 3, *, fact: Any = COUNT) -> RuleBase:
    more = {
        "parameters": {"limit": {**PARAMETERS["limit"], "value": limit}},
        "measures": {"m": {"kind": "number", "formula": formula}},
    }
    return base(
        {"n": fact, "b": FLAG},
        more=more,
        two=rule({"m": {"at_least": {"parameter": "limit"}}}, "v1", tier="first"),
    )


def test_a_parameter_that_moves_moves_the_cuts() -> None:
    found = check(measured("n + 1", 3), measured("n + 1", 5))
    assert counts(found) == {("v1", "v2"): 2}
    (altered,) = compared(measured("n + 1", 3), measured("n + 1", 5)).altered
    assert (altered.name, altered.before, altered.after) == ("limit", "3", "5")


def test_a_measure_of_few_values_is_worked_out_on_both_sides() -> None:
    check(measured("n + 1"), measured("n * 2"))
    assert moves(measured("n * 2"), measured("n + n")).nothing_moves


def test_a_wide_measure_is_bounded_from_above_and_shown_by_a_real_case() -> None:
    first, second = (measured("n / 2", limit, fact=WIDE) for limit in (3, 5))
    found = moves(first, second)
    assert found.cases is not None and found.cases.at_most
    ((pair, _),) = counts(found).items()
    assert pair == ("v1", "v2")
    check_witnesses(first, second, found)
    assert found.moves[0].is_shown


def test_a_wide_measure_put_otherwise_is_two_variables_that_arithmetic_ties() -> None:
    """Two formulas for one thing: every combination in which they differ is shown to be impossible."""
    first, second = (measured(formula, fact=WIDE) for formula in ("n * 2", "n + n"))
    assert moves(first, second).nothing_moves


def test_a_wide_measure_with_another_formula_moves_real_cases_alone() -> None:
    first, second = (measured(formula, fact=WIDE) for formula in ("n * 2", "n * 3"))
    found = moves(first, second)
    assert [(move.before, move.after) for move in found.moves] == [("v2", "v1")], "three times is never less"
    check_witnesses(first, second, found)


# --- Other decisions ---------------------------------------------------------------------------------


def chained(severity: Any, remedy_rules: Any, companions: Any) -> RuleBase:
    return rule_base(
        {"a": choice(3), "b": FLAG, "n": COUNT},
        {
            "severity": {"hit_policy": "unique", "values": names(2), "otherwise": "v0", "rules": severity},
            "remedy": remedy(**remedy_rules),
            "companions": companions,
        },
    )


SEVERE = {"high": rule({"n": {"at_least": 4}}, "v1")}
ON_SEVERITY = {"one": rule({"severity": "v1", "b": True}, "v0", tier="first")}
COMPANIONS = collecting({"remedy": "v0"}, {"b": True})


def test_a_decision_is_told_apart_from_those_that_follow_it() -> None:
    first = chained(SEVERE, ON_SEVERITY, COMPANIONS)
    second = chained({"high": rule({"n": {"at_least": 5}}, "v1")}, ON_SEVERITY, COMPANIONS)
    changed = {each.decision: each for each in compared(first, second).changed}
    assert {name: each.change for name, each in changed.items()} == {
        "severity": Change.OTHER,
        "remedy": Change.FOLLOWS,
        "companions": Change.FOLLOWS,
    }
    assert changed["severity"].altered == ("high",)
    check(first, second)


def test_of_a_set_the_members_whose_own_rules_changed_are_named_and_counted() -> None:
    first = chained(SEVERE, ON_SEVERITY, COMPANIONS)
    second = chained(SEVERE, ON_SEVERITY, collecting({"remedy": "v0"}, {"b": True, "a": "v0"}))
    (changed,) = compared(first, second).changed
    assert (changed.decision, changed.members) == ("companions", ("v1",))
    found = moves(first, second, "companions")
    assert [(move.before, move.after) for move in found.moves] == [("with v1", "without v1")]
    assert counts(found) == by_brute_force(first, second, "companions")
    check_witnesses(first, second, found)


def test_a_member_that_is_forbidden_now_moves_out() -> None:
    def forbidding(*conditions: Any) -> RuleBase:
        companions = {**collecting({"b": True}, {"a": "v0"}), "without": "avoid"}
        avoid = {**collecting(*conditions), "values": names(2)}
        return rule_base({"a": choice(3), "b": FLAG}, {"avoid": avoid, "companions": companions})

    first, second = forbidding({"a": "v1"}), forbidding({"a": ["v1", "v2"]})
    found = moves(first, second, "companions")
    assert counts(found) == {("with v0", "without v0"): 1}
    check_witnesses(first, second, found)


# --- Drawn bases -------------------------------------------------------------------------------------


@st.composite
def pairs(draw: st.DrawFn) -> tuple[RuleBase, RuleBase]:
    """Draw a rule base, and one in which a rule of it says something else, or is gone."""
    first = draw(rule_bases())
    path = draw(st.sampled_from([*first.rules] or [""]))
    if not path:
        return first, first
    edited = first.rules[path]
    decision = first.decisions[edited.decision]
    others = [rule for rule in decision.rules if rule is not edited]
    kinds = draw(st.integers(0, 2))
    new: list[Rule] = []
    if kinds and others:
        twin = draw(st.sampled_from(others))
        new = [replace(edited, when=twin.when)] if kinds == 1 else [replace(edited, then=twin.then)]
    rules = tuple(sorted([*others, *new], key=lambda rule: rule.path))
    second = replace(first, decisions={**first.decisions, decision.name: replace(decision, rules=rules)})
    return first, second


@examples(15)
@given(pairs())
def test_on_drawn_bases_every_move_is_real_and_every_real_move_is_found(
    drawn: tuple[RuleBase, RuleBase],
) -> None:
    first, second = drawn
    comparison = compare(Engine(first), Engine(second), decisions=first.decisions)
    every = kinds(first, second)
    for found in comparison.counted:
        assert found.cases is not None and found.is_finished
        expected = by_brute_force(first, second, found.decision)
        shown = {(move.before, move.after): move for move in found.moves}
        assert {pair for pair, move in shown.items() if move.is_shown} <= {*expected}
        assert {*expected} <= {*shown}
        assert found.cases.at_most or found.cases.cases == len(every)
        for pair, number in expected.items():
            move: Move = shown[pair]
            assert move.count.cases >= number if move.count.at_most else move.count.cases == number
        check_witnesses(first, second, found)
    changed = {each.decision for each in comparison.changed}
    moved = {found.decision for found in comparison.counted if found.shown}
    assert moved <= changed


@examples(15)
@given(rule_bases())
def test_a_rule_base_beside_itself_moves_nothing(rulebase: RuleBase) -> None:
    comparison = compare(Engine(rulebase), Engine(replace(rulebase)), decisions=rulebase.decisions)
    assert all(found.nothing_moves for found in comparison.counted)
    assert not comparison.changed and not comparison.altered


# --- The shipped base --------------------------------------------------------------------------------


def test_the_shipped_base_without_a_rule_and_with_another_parameter_moves(tmp_path: Path) -> None:
    shipped = load()
    gone = "remedy/they-cancel-and-the-agreement-lets-you-keep-it"
    decision = shipped.rulebase.decisions["remedy"]
    rules = tuple(rule for rule in decision.rules if rule.path != gone)
    shutil.copytree(ROOT / "kb", tmp_path / "kb")
    shutil.copytree(ROOT / "rules" / "base", tmp_path / "rules")
    parameters = tmp_path / "kb" / "parameters.yaml"
    text = parameters.read_text(encoding="utf-8")
    before = "title: claim that is high\n    value: 1.5"
    assert before in text
    parameters.write_text(text.replace(before, before.replace("1.5", "1.25")), encoding="utf-8")
    edited = load(tmp_path).rulebase
    edited = replace(
        edited, decisions={**edited.decisions, "remedy": replace(edited.decisions["remedy"], rules=rules)}
    )
    comparison = compare(shipped, Engine(edited))
    (found,) = comparison.counted
    assert found.is_finished and found.moves
    assert all(0 < move.count.cases < move.count.of for move in found.moves)
    assert {move.before for move in found.shown} >= {"hold_firm"}
    assert [altered.name for altered in comparison.altered] == ["high_claim_ratio"]
    changed = {each.decision: each for each in comparison.changed}
    assert changed["remedy"].removed == (gone.partition("/")[2],)
    assert changed["opportunism"].change is Change.OTHER


# --- The command -------------------------------------------------------------------------------------


def amends(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "amends.cli", "compare", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def written(folder: Path, **rules: Any) -> Path:
    """Write a rule base with a `remedy` of those rules."""
    remedies = {"remedies": {name: {"title": name, "sources": ["S"]} for name in names(3)}}
    decision = {**remedy(**rules), "values": "remedies"}
    write({"kb/remedies.yaml": remedies, **files({"a": choice(3), "b": FLAG}, {"remedy": decision})}, folder)
    return folder


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A folder with two rule bases, `old` and `new`, and a stored case that moves between them."""
    written(tmp_path / "old", one=ONE)
    written(tmp_path / "new", one={**ONE, "then": "v1"})
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "moves.yaml").write_text("facts: {a: v0}\n", encoding="utf-8")
    (tmp_path / "cases" / "stays.yaml").write_text("facts: {a: v1, b: true}\n", encoding="utf-8")
    return tmp_path


def test_the_command_says_what_moves_and_which_stored_cases_do(two: Path) -> None:
    done = amends("old", "new", "--cases", "cases", cwd=two)
    assert done.returncode == 0, done.stderr
    assert "Remedy: 1 of 3 kinds of case move (33.33 %)" in done.stdout
    assert "v0 to v1: 1 kind of case (33.33 %)" in done.stdout
    assert "for example a=v0" in done.stdout
    assert "Stored cases: 1 of 2 at cases ends otherwise" in done.stdout
    assert "remedy: v0, then v1" in done.stdout and "stays.yaml" not in done.stdout


def test_fail_on_change_is_for_a_build_that_must_not_move_cases(two: Path) -> None:
    assert amends("old", "new", "--fail-on-change", cwd=two).returncode == 1
    assert amends("old", "old", "--fail-on-change", "--cases", "cases", cwd=two).returncode == 0


def test_a_count_that_was_not_finished_is_said_and_fails(two: Path) -> None:
    done = amends("old", "new", "--max-nodes", "3", cwd=two)
    assert done.returncode == 1
    assert "Remedy: not compared, not finished within 3 nodes" in done.stdout
    assert "remedy: says something else" in done.stdout, "a decision by itself is small enough"


def test_json_carries_every_number_in_full(two: Path) -> None:
    done = amends("old", "new", "--format", "json", cwd=two)
    found = json.loads(done.stdout)
    assert found["schema"] == "amends/comparison/1"
    (moves_,) = found["counted"]
    assert moves_["cases"]["cases"] == "3"
    (move,) = moves_["moves"]
    assert (move["before"], move["after"], move["count"]["cases"]) == ("v0", "v1", "1")
    assert move["boxes"][0]["case"] == {"a": "v0"}


def test_markdown_is_a_list_under_headings(two: Path) -> None:
    lines = amends("old", "new", "--format", "markdown", cwd=two).stdout.splitlines()
    assert [line for line in lines if line.startswith("#")] == [
        "## From old to new",
        "## Remedy: 1 of 3 kinds of case move (33.33 %)",
    ]
    assert "- v0 to v1: 1 kind of case (33.33 %)" in lines


@pytest.mark.parametrize(
    ("words", "said_"),
    [
        (("old", "nowhere"), "file-not-found: there is no file or folder `nowhere`"),
        (("old", "new", "--decision", "remedi"), "help: did you mean `remedy`?"),
        (("old", "new", "--cases", "nowhere"), "file-not-found: there is no file or folder `nowhere`"),
        (("old", "git:HEAD"), "git:HEAD:1:1: no-revision: there is no git repository here"),
    ],
)
def test_bad_input_is_one_diagnostic(two: Path, words: tuple[str, ...], said_: str) -> None:
    done = amends(*words, cwd=two)
    assert done.returncode == 2
    assert said_ in done.stderr and not done.stdout
    assert "Traceback" not in done.stderr


# --- Revisions ---------------------------------------------------------------------------------------

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")


def git(*words: str, cwd: Path) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with `kb` and `rules/base` in two revisions, the first tagged `v1`."""
    git("init", "--quiet", cwd=tmp_path)
    for tag, then in (("v1", "v0"), ("v2", "v1")):
        written(tmp_path / "made", one={**ONE, "then": then})
        shutil.rmtree(tmp_path / "kb", ignore_errors=True)
        shutil.rmtree(tmp_path / "rules", ignore_errors=True)
        shutil.move(tmp_path / "made" / "kb", tmp_path / "kb")
        shutil.move(tmp_path / "made" / "rules", tmp_path / "rules" / "base")
        git("add", "kb", "rules", cwd=tmp_path)
        git("commit", "--quiet", "-m", tag, cwd=tmp_path)
        git("tag", tag, cwd=tmp_path)
    return tmp_path


@needs_git
def test_a_revision_is_read_without_touching_the_folder(repository: Path) -> None:
    done = amends("git:v1", "kb+rules/base", cwd=repository)
    assert done.returncode == 0, done.stderr
    assert "v0 to v1: 1 kind of case" in done.stdout
    done = amends("v1:kb+rules/base", "git:HEAD~1", "--fail-on-change", cwd=repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing moves" in done.stdout


@needs_git
def test_the_whole_project_is_meant_from_any_folder_of_it(repository: Path) -> None:
    assert amends("git:v1", "git:v2", cwd=repository / "kb").returncode == 0
    assert amends("v1:.", "v2:.", cwd=repository / "rules").returncode == 2, "rules alone know no facts"


@needs_git
@pytest.mark.parametrize(
    ("named", "said_"),
    [
        ("git:v9", "git:v9:1:1: no-revision: there is no such revision"),
        ("v9:kb", "v9:kb:1:1: no-revision: there is no such revision"),
        ("--output=x:kb", "no-revision: there is no such revision"),
        ("v1:nowhere", "v1:nowhere:1:1: no-revision: this revision has no `nowhere`"),
    ],
)
def test_a_revision_that_is_not_there_is_one_diagnostic(repository: Path, named: str, said_: str) -> None:
    done = amends("--", "git:v1", named, cwd=repository)
    assert done.returncode == 2
    assert done.stderr.count("no-revision") == 1 and said_ in done.stderr
    assert not (repository / "x").exists()


@needs_git
def test_a_fault_in_a_revision_is_placed_in_it(repository: Path) -> None:
    """Not in the folder into which it was read, which is gone by then."""
    (repository / "rules" / "base" / "remedy.yaml").write_text("decides: remedy\n", encoding="utf-8")
    git("commit", "--quiet", "-a", "-m", "broken", cwd=repository)
    done = amends("git:v2", "git:HEAD", cwd=repository)
    assert done.returncode == 2
    assert done.stderr.startswith("HEAD:rules/base/remedy.yaml:1:")


def test_without_git_a_revision_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError) as error:
        side("git:HEAD")
    assert [found.message for found in error.value.diagnostics] == ["git cannot be run here"]
