"""Decisions as tables of other makers: out and in again they decide the same; nothing slips by in silence."""

from __future__ import annotations

import csv
import io
import re
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from amends.cli.main import app
from amends.engine import Engine, InputError, load
from amends.engine.compare import Change
from amends.engine.compare.locally import changed_decisions
from amends.engine.diagnostics import Diagnostic, Problems, Source
from amends.engine.discovery import find_pack
from amends.engine.interchange import decision_in, export, with_decision
from amends.engine.interchange.cells import Cell, Members, OneOf, YesNo, has_all, has_any
from amends.engine.interchange.csv_form import csv_rows, csv_text
from amends.engine.interchange.feel import cell_text
from amends.engine.interchange.grid import Grid
from amends.engine.interchange.ranges import CannotSay, End, Ranges, Stretch, point
from amends.engine.interchange.rows import Column, overlap
from amends.engine.interchange.unary import read_cell
from amends.engine.rulebase import Domain, HitPolicy, Kind, RuleBase
from tests.support.examples import examples
from tests.support.strategies import rule_bases
from tests.support.texts import FLAG, choice, names, rule, rule_base

pytest.importorskip("openpyxl")
pytest.importorskip("defusedxml")
pytestmark = pytest.mark.proofs

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "tests" / "interchange"
BASE = load()
FORMS = ("csv", "dmn", "xlsx")


def comes_back(rulebase: RuleBase, name: str, form: str) -> str:
    """Export a decision, import it, and export that: the same bytes. Return the file that it became."""
    written = export(rulebase, name, form)
    found = decision_in(written, f"a.{form}", rulebase)
    assert export(with_decision(rulebase, found.decision), name, form) == written
    return found.text


def differences(rulebase: RuleBase, text: str, name: str) -> list[Change]:
    """What the diagrams say of a decision, taken by itself, against the one that *text* is."""
    found = decision_in(export(rulebase, name, "csv"), "a.csv", rulebase)
    assert found.text == text
    changed = changed_decisions(rulebase, with_decision(rulebase, found.decision))
    return [each.change for each in changed if each.decision == name]


def refusals(data: bytes, rulebase: RuleBase = BASE.rulebase, **how: Any) -> tuple[Diagnostic, ...]:
    with pytest.raises(InputError) as caught:
        decision_in(data, "a table", rulebase, **how)
    return caught.value.diagnostics


def refusal(data: bytes, rulebase: RuleBase = BASE.rulebase, **how: Any) -> Diagnostic:
    """The one diagnostic with which a table is refused."""
    (found,) = refusals(data, rulebase, **how)
    return found


# --- The shipped base -------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", BASE.rulebase.decisions)
def test_a_decision_of_the_base_comes_back_from_its_table(name: str, form: str) -> None:
    text = comes_back(BASE.rulebase, name, form)
    if form == "csv":
        assert set(differences(BASE.rulebase, text, name)) <= {Change.SAME}


def test_a_decision_imported_into_its_file_leaves_the_base_as_it_was(tmp_path: Path) -> None:
    """Also what the head says beside the rules: tiers, gates, words, and what an audit leaves alone."""
    for part in ("kb", "rules/base"):
        shutil.copytree(ROOT / part, tmp_path / part)
    for name, place in (("money_gate", "money"), ("companions", "remedy"), ("fault", "ownership")):
        text = comes_back(BASE.rulebase, name, "dmn")
        (tmp_path / "rules/base" / place / f"{name}.yaml").write_text(text)
    again = load(tmp_path / "kb", tmp_path / "rules/base").rulebase
    for name in ("money_gate", "companions", "fault"):
        for attribute in (
            "title",
            "domain",
            "hit_policy",
            "tiers",
            "gates",
            "without",
            "tier_words",
            "sources",
        ):
            before, after = (getattr(base.decisions[name], attribute) for base in (BASE.rulebase, again))
            assert before == after, (name, attribute)
        assert {change.change for change in changed_decisions(BASE.rulebase, again)} <= {
            Change.SAME,
            Change.FOLLOWS,
        }
        for base in (BASE.rulebase, again):
            assert export(base, name, "csv") == export(BASE.rulebase, name, "csv")

    def left_alone(base: RuleBase) -> set[tuple[str, str, str]]:
        return {(str(each.kind), each.subject, each.because) for each in base.ignores}

    assert left_alone(again) == left_alone(BASE.rulebase)


def test_a_pack_that_beats_a_rule_of_its_tier_comes_back_as_an_override() -> None:
    packed = load(packs=[find_pack(str(ROOT / "docs/examples/corner-shop.yaml"))]).rulebase
    text = comes_back(packed, "reply_channel", "csv")
    assert "overrides: [" in text[text.index("you-meet-in-the-street:") :].split("\n\n")[0]
    found = decision_in(export(packed, "reply_channel", "csv"), "a.csv", packed)
    changed = changed_decisions(packed, with_decision(packed, found.decision))
    assert [each.change for each in changed if each.decision == "reply_channel"] == [Change.SAME]


# --- Made-up bases ----------------------------------------------------------------------------------


@given(rule_bases())
@examples(20)
def test_whatever_can_be_exported_comes_back_and_decides_the_same(rulebase: RuleBase) -> None:
    for name in rulebase.decisions:
        for form in ("csv", "dmn"):
            try:
                export(rulebase, name, form)
            except InputError as error:
                assert all(found.help for found in error.diagnostics)
                continue
            text = comes_back(rulebase, name, form)
            if form == "csv":
                assert set(differences(rulebase, text, name)) <= {Change.SAME}


def nested(**rules: Any) -> RuleBase:
    facts = {"a": choice(3), "b": FLAG, "c": FLAG, "s": {"kind": "set", "values": names(3)}}
    return rule_base(facts, {"d": {"values": names(3), "otherwise": "v2", **rules}})


def test_rows_that_share_a_limit_which_a_parameter_sets_are_known_to_be_apart() -> None:
    """Whatever the parameter is, nothing is below it and not below it."""
    when = {"f": {"not": {"at_least": {"parameter": "p"}, "at_most": 0, "known": True}}}
    facts = {"f": {"kind": "count", "lowest": 0, "highest": 2}}
    decision = {"hit_policy": "collect sum", "lowest": 0, "highest": 3, "rules": {"one": rule(when, 0)}}
    parameter = {"title": "the p", "value": 0, "ours": True, "because": "so"}
    text = comes_back(rule_base(facts, {"d": decision}, parameters={"p": parameter}), "d", "csv")
    assert "less_than: {parameter: p}" in text and "at_least: {parameter: p}" in text


def test_rows_that_one_column_keeps_apart_may_hang_on_a_parameter_in_another() -> None:
    """Which of two limits is the narrower is not asked of rows that no case meets both of."""
    hangs = Ranges((Stretch(End(Fraction(1, 5), "p"), with_low=True), Stretch(End(Fraction(1)))))
    below, above = Stretch(high=End(Fraction(0))), Stretch(End(Fraction(0)), with_low=True)
    one, other = ({Column("f"): hangs, Column("g"): Ranges((part,))} for part in (below, above))
    assert not overlap(one, other)
    assert overlap(one, one), "which is not known, and so it may be"


def test_alternatives_become_rows_of_one_name_and_one_rule_again() -> None:
    when = {"any": [{"a": "v0", "b": True}, {"c": True}], "s": {"not": {"has_all": ["v0", "v1"]}}}
    rulebase = nested(hit_policy="any", rules={"one": rule(when, "v0")})
    table = export(rulebase, "d", "csv").decode()
    assert [line.split(",")[0] for line in table.splitlines() if line.startswith("one")] == ["one", "one"]
    text = comes_back(rulebase, "d", "dmn")
    assert "when: {s: {not: {has_all: [v0, v1]}}, any: [{a: v0, b: true}, {c: true}]}" in text, (
        "what all rows ask is said once"
    )


@pytest.mark.parametrize("policy", ["unique", "collect sum", "collect count"])
def test_where_every_row_counts_no_case_meets_two_of_one_rule(policy: str) -> None:
    """An outside engine would call the second an error, or add it up twice."""
    then: dict[str, Any] = {} if policy == "collect count" else {"then": 2 if "sum" in policy else "v0"}
    one = {"when": {"any": [{"a": "v0"}, {"b": True}]}, "because": "x", "sources": ["S"], **then}
    head: dict[str, Any] = {"lowest": 0, "highest": 9} if "sum" in policy else {"values": names(3)}
    if policy == "collect count":
        head = {}
    facts = {"a": choice(3), "b": FLAG}
    rulebase = rule_base(facts, {"d": {"hit_policy": policy, "rules": {"one": one}, **head}})
    rows = [line for line in export(rulebase, "d", "csv").decode().splitlines() if line.startswith("one")]
    assert len(rows) == 2 and sum("not(" in row for row in rows) == 1
    assert "when: {any: [{a: v0}, {b: true}]}" in comes_back(rulebase, "d", "csv"), "and it is one rule again"


def test_rules_that_could_disagree_are_not_put_in_an_order_that_nobody_gave_them() -> None:
    rules = {"one": rule({"a": "v0"}, "v0", tier="t"), "two": rule({"b": True}, "v1", tier="t")}
    rulebase = nested(hit_policy="priority", tiers=["t"], rules=rules)
    with pytest.raises(InputError, match="`d/one` and `d/two` can disagree"):
        export(rulebase, "d", "dmn")
    assert "hit_policy: priority" in comes_back(rulebase, "d", "csv"), (
        "a table of ours keeps tiers as they are"
    )
    rules["one"]["overrides"] = ["two"]
    ordered = nested(hit_policy="priority", tiers=["t"], rules=rules)
    assert 'hitPolicy="FIRST"' in export(ordered, "d", "dmn").decode()
    assert "overrides: [two]" in comes_back(ordered, "d", "dmn")


def test_a_rule_that_can_never_hold_is_refused_with_its_place() -> None:
    rules = {"one": rule({"all": [{"a": "v0"}, {"a": "v1"}]}, "v0"), "two": rule({"b": True}, "v0")}
    with pytest.raises(InputError, match="no row can say `d/one`: it can never hold") as caught:
        export(nested(hit_policy="any", rules=rules), "d", "csv")
    assert caught.value.diagnostics[0].primary is not None


# --- Cells ------------------------------------------------------------------------------------------

VALUES = ("a", "b", "c")
CHOICE = Domain(Kind.CHOICE, dict.fromkeys(VALUES, ""))
SET = Domain(Kind.SET, dict.fromkeys(VALUES, ""))
NUMBER = Domain(Kind.NUMBER, decimals=1, lowest=Fraction(-9), highest=Fraction(9))


@st.composite
def cells(draw: st.DrawFn) -> tuple[Cell, Domain]:
    """Draw a cell by joining, widening and turning round simple ones, as rows do."""
    kind = draw(st.sampled_from(["choice", "set", "flag", "number"]))
    numbers = st.integers(-30, 30).map(lambda n: End(Fraction(n, 10)))
    some = st.frozensets(st.sampled_from(VALUES), min_size=1)
    simple: dict[str, st.SearchStrategy[Any]] = {
        "choice": some.map(OneOf),
        "set": some.map(has_any) | some.map(has_all),
        "flag": st.booleans().map(lambda flag: YesNo(frozenset({flag}))),
        "number": numbers.map(lambda end: Ranges((point(end),)))
        | st.builds(
            lambda end, with_end: Ranges((Stretch(low=end, with_low=with_end),)), numbers, st.booleans()
        ),
    }
    found = draw(simple[kind])
    for _ in range(draw(st.integers(0, 4))):
        other = draw(simple[kind])
        how = draw(st.sampled_from(["both", "either", "opposite"]))
        found = found.opposite() if how == "opposite" else getattr(found, how)(other)
    domains = {"choice": CHOICE, "set": SET, "flag": Domain(Kind.FLAG), "number": NUMBER}
    return found, domains[kind]


@given(cells())
@examples(400)
def test_a_cell_reads_back_as_it_was_written(drawn: tuple[Cell, Domain]) -> None:
    cell, domain = drawn
    if cell.is_never or cell.is_always:
        return  # no row has such a cell
    text = cell_text(cell, domain.values)
    again = read_cell(text, domain, {}).cell
    assert again == cell, text
    assert cell_text(again, domain.values) == text


@given(cells(), cells())
@examples(300)
def test_a_cell_and_its_opposite_share_nothing_and_leave_nothing_out(
    one: tuple[Cell, Domain], other: tuple[Cell, Domain]
) -> None:
    for cell, _ in (one, other):
        opposite: Any = cell.opposite()
        assert opposite.both(cell).is_never
        if not isinstance(cell, Members):  # of which each way is looked at by itself
            assert opposite.opposite() == cell
            assert opposite.either(cell).is_always


def test_a_parameter_keeps_its_name_and_is_never_taken_for_its_number() -> None:
    named, three = (Ranges((Stretch(low=end),)) for end in (End(Fraction(5), "p"), End(Fraction(3))))
    assert cell_text(named) == "> p"
    assert read_cell("> p", NUMBER, {"p": Fraction(5)}).cell == named
    with pytest.raises(CannotSay, match="hangs on a parameter"):
        named.both(three)


@pytest.mark.parametrize(
    ("subject", "cell", "when"),
    [
        ("cause", '"overload"', "{cause: overload}"),
        ("cause", '"overload","skill_gap"', "{cause: [overload, skill_gap]}"),
        ("cause", 'not("overload")', "{cause: {not: overload}}"),
        ("cause", '? = "overload" or ? in ("skill_gap", "overload")', "{cause: [overload, skill_gap]}"),
        ("cause", "null", "{cause: {known: false}}"),
        ("cause", "not(null)", "{cause: {known: true}}"),
        ("client_said_no", "not(true)", "{client_said_no: false}"),
        ("fix_hours", "[2..5)", "{fix_hours: {at_least: 2, less_than: 5}}"),
        ("fix_hours", "]2..5[", "{fix_hours: {more_than: 2, less_than: 5}}"),
        ("fix_hours", "? > 2 and ? <= 5", "{fix_hours: {more_than: 2, at_most: 5}}"),
        ("fix_hours", "< 2, > 5", "{any: [{fix_hours: {less_than: 2}}, {fix_hours: {more_than: 5}}]}"),
        ("fix_hours", "not(3)", "{fix_hours: {not: 3}}"),
        ("fix_hours", "<= hours_today", "{fix_hours: {at_most: {parameter: hours_today}}}"),
        ("harm_kinds", 'list contains(?, "safety")', "{harm_kinds: {has: safety}}"),
        ("harm_kinds", "count(?) = 0", "{harm_kinds: {empty: true}}"),
        (
            "harm_kinds",
            'list contains(?,"safety") and not(list contains(?, "reputational"))',
            "{harm_kinds: {has: safety, has_none: reputational}}",
        ),
        ("due_on", '< date("2026-03-31")', "{due_on: {less_than: 2026-03-31}}"),
        ("due_on", '@"2026-03-31"', "{due_on: 2026-03-31}"),
        ("cause", "-", "always"),
        ("cause", "", "always"),
    ],
)
def test_a_unary_test_is_the_test_of_the_language_that_means_the_same(
    subject: str, cell: str, when: str
) -> None:
    assert f"    when: {when}\n" in imported(made((subject,), ((cell,), '"yes_please"')))


@pytest.mark.parametrize(
    ("subject", "cell", "said"),
    [
        ("cause", '"fire"', "`fire` is no value of `cause`"),
        ("cause", "overload", "`overload` is no constant"),
        ("cause", '> "overload"', "a choice is neither more nor less"),
        ("cause", '"overload", null', "`null` stands alone"),
        ("cause", 'matches(?, "o.*")', "is a function that no rule can call"),
        ("cause", '"overload" "skill_gap"', "more than a test"),
        ("cause", "not(", "the end stands where a test should be"),
        ("cause", "“overload”", "cannot be read"),
        ("fix_hours", "1.234567", "too precise"),
        ("fix_hours", "-1", "cannot be `-1`"),
        ("fix_hours", "< 5 and > 3", "cannot be joined by `and`"),
        ("fix_hours", "? * 2 > 5", "`? *`|cannot be read"),
        ("fix_hours", "[5..2]", "never holds"),
        ("fix_hours", ">= 2, < 2", "always holds"),
        ("fix_hours", "> hours_today and ? > 3", "cannot be joined"),
        ("fix_hours", "? > hours_today and ? > 3", "hangs on a parameter"),
        ("harm_kinds", '"safety"', "a set is not equal to a value"),
        ("harm_kinds", "count(?) > 2", "whether it is empty"),
        ("due_on", '"2026-03-31"', "is no date"),
        ("due_on", 'date("2026-02-30")', "is no date"),
        ("goodwill_amount", "null", "whether `goodwill_amount` is known is no question"),
    ],
)
def test_what_a_rule_cannot_say_is_one_diagnostic_with_its_cell(subject: str, cell: str, said: str) -> None:
    found = refusal(made((subject,), ((cell,), '"yes_please"')).encode())
    assert re.search(said, found.message), found.message
    assert found.message.startswith("row 2, column 2") and found.help
    assert found.primary is not None and (found.primary.line, found.primary.column) == (2, 4)


def made(subjects: tuple[str, ...], *rows: tuple[tuple[str, ...], str], about: str = "") -> str:
    """Return a table as somebody would type it."""
    header = ("rule", *(f"when {name}" for name in subjects), "then made_up", "because", "sources")
    lines = [(f"r{at}", *tests, then, "It is so.", "S000:L13") for at, (tests, then) in enumerate(rows)]
    return csv_text(Grid(header, tuple(lines))) + about


def imported(table: str) -> str:
    return decision_in(table.encode(), "a.csv", BASE.rulebase).text


# --- Made elsewhere ---------------------------------------------------------------------------------


def test_a_table_as_the_camunda_modeler_writes_it_is_a_decision_file() -> None:
    found = decision_in((HERE / "waiting-time.dmn").read_bytes(), "waiting-time.dmn", BASE.rulebase)
    assert found.text == (HERE / "waiting-time.yaml").read_text()
    assert found.notes == ("1 row has no name; rename `row-…` after the situation",)


@pytest.mark.parametrize("version", ["20191111", "20211108", "20230324"])
def test_dmn_1_3_to_1_5_are_read(version: str) -> None:
    data = (HERE / "waiting-time.dmn").read_text().replace("20191111/MODEL", f"{version}/MODEL")
    assert decision_in(data.encode(), "a.dmn", BASE.rulebase).decision.name == "waiting_time"


def test_earlier_dmn_is_refused() -> None:
    data = (HERE / "waiting-time.dmn").read_text().replace("20191111/MODEL", "20180521/MODEL")
    assert "no DMN 1.3, 1.4 or 1.5" in refusal(data.encode()).message


def dmn(policy: str, *thens: str, outputs: str = "", text: Callable[[str], str] = str) -> bytes:
    """Return a table of flags in which each row asks for one of them."""
    facts = ("client_said_no", "harm_ongoing", "event_ahead")
    heads = "".join(
        f"<input><inputExpression><text>{name}</text></inputExpression></input>" for name in facts
    )
    listed = f"<outputValues><text>{outputs}</text></outputValues>" if outputs else ""
    rows = ""
    for at, then in enumerate(thens):
        entries = "".join(
            f"<inputEntry><text>{'true' if place == at else '-'}</text></inputEntry>" for place in range(3)
        )
        said = "<description>So it is. [S000:L13]</description>"
        rows += f"<rule>{said}{entries}<outputEntry><text>{then}</text></outputEntry></rule>"
    return text(
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">'
        '<decision id="made_up" name="Made up">'
        f"<decisionTable {policy}>{heads}<output>{listed}</output>{rows}</decisionTable>"
        "</decision></definitions>"
    ).encode()


@pytest.mark.parametrize(
    ("policy", "thens", "outputs", "is_said"),
    [
        ("", ('"x"', '"y"'), "", ["hit_policy: unique"]),
        ('hitPolicy="ANY"', ('"x"', '"y"'), "", ["hit_policy: any"]),
        ('hitPolicy="FIRST"', ('"x"', '"x"', '"y"'), "", ["tiers: [row_1, row_3]", "tier: row_3"]),
        (
            'hitPolicy="PRIORITY"',
            ('"x"', '"y"'),
            '"y","x"',
            ["tiers: [row_of_y, row_of_x]", "row-1:\n    tier: row_of_x"],
        ),
        ('hitPolicy="COLLECT"', ('"x"', '"y"'), "", ["hit_policy: collect\n"]),
        (
            'hitPolicy="COLLECT" aggregation="SUM"',
            ("2", "-3"),
            "",
            ["collect sum", "lowest: -3", "highest: 2"],
        ),
        ('hitPolicy="COLLECT" aggregation="COUNT"', ("1", "1"), "", ["collect count"]),
        (
            'hitPolicy="UNIQUE"',
            ("2.5", "hours_today"),
            "[0..9]",
            ["highest: 9", "decimals: 1", "{parameter: hours"],
        ),
    ],
)
def test_a_hit_policy_is_read_as_what_it_means(
    policy: str, thens: tuple[str, ...], outputs: str, is_said: list[str]
) -> None:
    text = decision_in(dmn(policy, *thens, outputs=outputs), "a.dmn", BASE.rulebase).text
    for said in is_said:
        assert said in text, text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (dmn('hitPolicy="RULE ORDER"', '"x"'), "hit policy `rule order`"),
        (dmn('hitPolicy="OUTPUT ORDER"', '"x"'), "hit policy `output order`"),
        (dmn('hitPolicy="PRIORITY"', '"x"'), "are not listed"),
        (dmn('hitPolicy="COLLECT"', "1"), "a set gathers names, not numbers"),
        (dmn('hitPolicy="COLLECT" aggregation="SUM"', '"x"'), "takes numbers"),
        (dmn('hitPolicy="COLLECT" aggregation="MAX"', "1"), "has no value"),
        (dmn("", '"Two words"'), "no name of a value"),
        (dmn("", "1 + 1"), "is no value of a decision|cannot be read"),
        (dmn("", "nobody_knows"), "no parameter is called"),
        (dmn("", ""), "nothing follows"),
        (dmn("", '"x"', text=lambda t: t.replace("[S000:L13]", "[S000:L99]")), "no citable line"),
        (dmn("", '"x"', text=lambda t: t.replace("[S000:L13]", "")), "names no source"),
        (dmn("", '"x"', text=lambda t: t.replace("So it is. ", "")), "has no `because`"),
        (
            dmn("", '"x"', text=lambda t: t.replace("harm_ongoing", "harm_going")),
            "nothing is called `harm_going`",
        ),
        (dmn("", '"x"', text=lambda t: t.replace("harm_ongoing", "a + b")), "is not the name of"),
        (dmn("", '"x"', text=lambda t: t.replace("<output>", "<output/><output>")), "2 outputs"),
        (
            dmn(
                "",
                '"x"',
                text=lambda t: t.replace(
                    "<inputExpression>", '<inputExpression expressionLanguage="juel">', 1
                ),
            ),
            "`juel`",
        ),
        (dmn("", '"x"', text=lambda t: t.replace("decisionTable", "context")), "no decision table"),
        (
            dmn("", '"x"', text=lambda t: t.replace("made_up", "Fancy_1").replace("Made up", "§")),
            "no name of a decision",
        ),
    ],
)
def test_what_a_table_made_elsewhere_may_not_say(data: bytes, said: str) -> None:
    found = refusal(data)
    assert re.search(said, found.message), found.message
    assert found.primary is not None and found.help


def test_of_several_tables_one_has_to_be_named() -> None:
    one = dmn("", '"x"').decode()
    other = re.search("<decision .*</decision>", one)
    assert other is not None
    two = one.replace("</definitions>", other[0].replace("made_up", "another") + "</definitions>").encode()
    assert "several decision tables" in refusal(two).message
    found = decision_in(two, "a.dmn", BASE.rulebase, decision="another")
    assert found.decision.name == "another"
    assert "the decision `made_up` of the same file is not read" in found.notes
    assert "did you mean `another`?" in (refusal(two, decision="anothr").help or "")


# --- Edited and brought back ------------------------------------------------------------------------

TIERS = nested(
    hit_policy="priority",
    tiers=[{"first": "what comes first"}, "last"],
    rules={
        "one": rule({"a": "v0"}, "v0", tier="first"),
        "three": rule({"c": True}, "v1", tier="last"),
        "two": rule({"any": [{"b": True}, {"s": {"has": "v0"}}]}, "v1", tier="last"),
    },
)


def edited(change: Callable[[str], str]) -> bytes:
    before = export(TIERS, "d", "dmn").decode()
    after = change(before)
    assert after != before
    return after.encode()


def rows_of(text: str) -> list[str]:
    return re.findall(r" *<rule .*?</rule>\n", text, re.DOTALL)


def swapped(first: int, second: int) -> Callable[[str], str]:
    def change(text: str) -> str:
        rows = rows_of(text)
        return text.replace(rows[first], "@").replace(rows[second], rows[first]).replace("@", rows[second])

    return change


def test_a_row_moved_past_its_tier_is_refused() -> None:
    found = refusal(edited(swapped(0, 1)), TIERS)
    assert "stands below a rule of the later tier `last`" in found.message


def test_rows_of_one_rule_that_were_torn_apart_are_refused() -> None:
    assert "the rows of `two` stand apart" in refusal(edited(swapped(1, 2)), TIERS).message


def test_a_value_changed_where_only_the_order_of_rows_would_decide_is_refused() -> None:
    def change(text: str) -> str:
        row = rows_of(text)[1]
        return text.replace(row, row.replace("v1", "v0"))

    found = refusals(edited(change), TIERS)
    assert [f.message for f in found] == [
        "row 2: a case can meet `three` and `two`, of one tier, and only the order of rows decides"
    ]
    assert found[0].help == "write `two` under `overrides` of `three`, or give it a tier of its own"


def test_a_new_row_between_rules_of_one_tier_is_of_that_tier() -> None:
    def change(text: str) -> str:
        row = rows_of(text)[1]
        plain = re.sub(
            "<annotationEntry>.*?</annotationEntry>", "<annotationEntry><text/></annotationEntry>", row
        )
        return text.replace(row, row + plain.replace("it is so", "new [S]").replace("true", "false"))

    text = decision_in(edited(change), "a.dmn", TIERS).text
    assert "  row-3:\n    tier: last\n    when: {c: false}\n" in text
    assert "  - first: what comes first\n" in text


def test_a_parameter_changed_in_the_table_is_refused() -> None:
    data = (
        export(BASE.rulebase, "contact_deadline_h", "dmn")
        .decode()
        .replace("<text>4</text>", "<text>5</text>")
    )
    found = refusal(data.encode())
    assert "the parameter `hours_today` is `5` here" in found.message and found.primary is not None


def test_rows_that_do_not_make_one_rule_are_refused() -> None:
    head = "rule,when client_said_no,when harm_ongoing,then x,because,sources\n"
    both = head + 'a,true,,"""y""",b,S000:L13\na,,true,"""z""",b,S000:L13\n'
    assert "end in different values" in refusal(both.encode()).message
    other = head + 'a,true,,"""y""",b,S000:L13\na,,true,"""y""",c,S000:L13\n'
    assert "differ in `because`" in refusal(other.encode()).message
    unique = head + '# hit policy,,,,unique,\na,true,,"""y""",b,S000:L13\na,,true,"""y""",b,S000:L13\n'
    assert "meet two rows of `a`, which is an error" in refusal(unique.encode()).message


# --- CSV --------------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.text(st.sampled_from("ab=+-@'\",;\t\n＝ ")), min_size=3, max_size=3), min_size=1))
@examples(300)
def test_csv_reads_back_and_no_cell_begins_a_formula(rows: list[list[str]]) -> None:
    grid = Grid(("one", "two", "three"), tuple(map(tuple, rows)))
    text = csv_text(grid)
    problems = Problems()
    read = csv_rows(Source("a.csv", text), problems)
    assert not problems.found
    assert [[entry.text for entry in row] for row in read] == [["one", "two", "three"], *rows]
    for cell in (cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row):
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝")), text


@pytest.mark.parametrize("sign", [";", "\t"])
def test_csv_with_other_signs_between_cells_is_read(sign: str) -> None:
    table = made(("client_said_no",), (("true",), '"y"')).replace(",", sign)
    assert "when: {client_said_no: true}" in imported(table)


def test_a_price_in_a_column_with_a_currency_is_money() -> None:
    table = made(("amount_paid (EUR)",), (("> 500",), '"y"'))
    assert "amount_paid: {more_than: 500 EUR}" in imported(table)
    found = refusal(table.replace(" (EUR)", "").encode())
    assert "has no currency" in found.message


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "this table is empty"),
        ("rule,then x\n", "x|no rules"),
        ("rule,because\na,b\n", "no column says what is decided"),
        ("rule,whatever,then x\n", "`whatever` is no column"),
        ('rule,then x\na,"1\n', "this quote is not closed"),
        ('rule,then x\na,"1"2\n', "after a closing quote"),
        ("rule,then x,because,sources\na,1,b,S000:L13,more\n", "this cell has no header"),
        ("rule,then x,because,sources\n# what is it,,b,\na,1,b,S000:L13\n", "says nothing of a decision"),
        ("rule,then x,because,sources\nA b,1,b,S000:L13\n", "no name of a rule"),
        ("rule,tier,then x,because,sources\n# hit policy,,,priority,\na,,1,b,S000:L13\n", "`a` has no tier"),
    ],
)
def test_csv_that_is_no_table_is_refused_with_the_place(table: str, said: str) -> None:
    found = refusals(table.encode())[0]
    assert re.search(said, found.message), found.message
    assert found.primary is not None


# --- Spreadsheets -----------------------------------------------------------------------------------


def changed_parts(part: str, change: Callable[[bytes], bytes]) -> bytes:
    made = io.BytesIO()
    old = zipfile.ZipFile(io.BytesIO(export(BASE.rulebase, "urgency", "xlsx")))
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if part in name else old.read(name))
    return made.getvalue()


def test_a_spreadsheet_has_no_formula_whatever_its_texts_begin_with() -> None:
    import openpyxl

    facts = {"a": {"kind": "number", "lowest": -5, "highest": 5}}
    rules = {
        "one": rule({"a": -3}, "v0", because="=HYPERLINK(1)"),
        "two": rule({"a": {"more_than": 1}}, "v0"),
    }
    rulebase = rule_base(facts, {"d": {"hit_policy": "any", "values": names(1), "rules": rules}})
    book = openpyxl.load_workbook(io.BytesIO(export(rulebase, "d", "xlsx")))
    cells = [cell for row in book["table"].iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {"-3", "=HYPERLINK(1)"} <= {cell.value for cell in cells}
    assert 'because: "=HYPERLINK(1)"' in comes_back(rulebase, "d", "xlsx")


def test_numbers_days_and_flags_of_a_spreadsheet_are_read_as_such() -> None:
    import datetime

    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(
        ["rule", "when fix_hours", "when due_on", "when client_said_no", "then x", "because", "sources"]
    )
    book.active.append(["a", 2.5, datetime.date(2026, 3, 31), True, 7, "b", "S000:L13"])
    stream = io.BytesIO()
    book.save(stream)
    text = decision_in(stream.getvalue(), "a.xlsx", BASE.rulebase).text
    assert "when: {fix_hours: 2.5, due_on: 2026-03-31, client_said_no: true}" in text
    assert "then: 7" in text


# --- Hostile files ----------------------------------------------------------------------------------

ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(10))
SHEET = "sheet1.xml"


def hostile() -> Iterator[Any]:
    good = export(BASE.rulebase, "urgency", "dmn")
    xlsx = export(BASE.rulebase, "urgency", "xlsx")
    end = b"</sheetData>"
    row, far = b'<row r="%d"><c r="%b%d" t="inlineStr"><is><t>x</t></is></c></row>', 1_048_576
    for name, code, data in (
        ("entities in entities", "tag-not-allowed", f"<!DOCTYPE a [{ENTITIES}]><a>&a9;</a>".encode()),
        (
            "a file of the machine",
            "tag-not-allowed",
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///b">]><a>&b;</a>',
        ),
        ("a document type elsewhere", "tag-not-allowed", b'<!DOCTYPE a SYSTEM "http://localhost/a.dtd"><a/>'),
        ("elements in elements", "too-deep", b"<a>" * 100_000),
        ("too many elements", "too-many-nodes", b"<a>" + b"<b/>" * 160_000 + b"</a>"),
        ("a file cut short", "wrong-shape", good[:4000]),
        ("another encoding that it names", "wrong-encoding", good.replace(b"UTF-8", b"ISO-8859-1")),
        ("another encoding", "wrong-encoding", good.decode().encode("utf-16")),
        ("a byte that is no text", "wrong-encoding", good.replace(b"how urgent", b"how\xff urgent", 1)),
        ("something else", "wrong-shape", b"<html/>"),
        ("a binary file", "not-text", b"\xd0\xcf\x11\xe0\0\0"),
        ("a spreadsheet cut short", "not-text", xlsx[:3000]),
        ("a spreadsheet without sheets", "not-text", changed_parts("workbook.xml", lambda part: b"<a/>")),
        ("a bomb of blanks", "file-too-large", changed_parts(SHEET, lambda part: b" " * 30_000_000)),
        (
            "entities in a spreadsheet",
            "tag-not-allowed",
            changed_parts(SHEET, lambda part: b'<!DOCTYPE a [<!ENTITY b "c">]>' + part),
        ),
        (
            "an encoding in a spreadsheet",
            "wrong-encoding",
            changed_parts(SHEET, lambda part: part.decode().encode("utf-16")),
        ),
        (
            "merged cells",
            "wrong-shape",
            changed_parts(
                SHEET,
                lambda part: part.replace(end, end + b'<mergeCells><mergeCell ref="A1:A2"/></mergeCells>'),
            ),
        ),
        (
            "a cell far below",
            "too-many-nodes",
            changed_parts(SHEET, lambda p: p.replace(end, row % (far, b"A", far) + end)),
        ),
        (
            "a cell far aside",
            "too-many-nodes",
            changed_parts(SHEET, lambda p: p.replace(end, row % (900, b"XFD", 900) + end)),
        ),
        (
            "a formula",
            "unfit-test",
            changed_parts(
                SHEET,
                lambda part: re.sub(
                    rb'<c r="A2"[^>]*>.*?</c>', b'<c r="A2"><f>1+1</f><v>2</v></c>', part, count=1
                ),
            ),
        ),
        ("too many rows", "too-many-nodes", b"rule,then x\n" + b"a,1\n" * 6_000),
        ("too many columns", "too-many-nodes", b"a," * 1_000),
        ("a quote without end", "wrong-shape", b'rule,then x\na,"' + b"a" * 1_000_000),
        ("brackets in brackets", "unfit-test", made(("cause",), (("(" * 9_000,), '"y"')).encode()),
        ("not in not", "unfit-test", made(("cause",), (("not(" * 4_000,), '"y"')).encode()),
        (
            "a list without end",
            "unfit-test",
            made(("fix_hours",), ((",".join("1" * 4_000),), '"y"')).encode(),
        ),
        ("a cell too long", "unfit-test", made(("cause",), (('"' + "a" * 30_000 + '"',), '"y"')).encode()),
        ("a number without end", "unfit-test", made(("cause",), (("",), "9" * 10_000)).encode()),
    ):
        yield pytest.param(data, code, id=name)


@pytest.mark.parametrize(("data", "code"), list(hostile()))
def test_a_hostile_file_is_refused_with_one_diagnostic(data: bytes, code: str) -> None:
    found = refusal(data)
    assert found.code == code, found.message
    assert found.help


# --- The commands -----------------------------------------------------------------------------------


def amends(*words: object) -> Any:
    return CliRunner().invoke(app, list(map(str, words)))


@pytest.mark.parametrize("form", FORMS)
def test_the_commands_write_the_table_and_the_file(form: str, tmp_path: Path) -> None:
    table, file = tmp_path / f"tone.{form}", tmp_path / "tone.yaml"
    done = amends("export", "tone", "-o", table)
    assert (done.exit_code, done.output) == (0, f"{table}\n")
    done = amends("import", table, "-o", file)
    assert (done.exit_code, done.stdout) == (0, f"{file}: tone, 4 rules\n")
    assert file.read_text() == comes_back(BASE.rulebase, "tone", form)
    assert amends("import", table).stdout == file.read_text()


def test_without_a_format_or_with_a_wrong_name_the_command_says_what_to_do(tmp_path: Path) -> None:
    assert "Say which format with --to" in amends("export", "tone").output
    done = amends("export", "tune", "--to", "csv")
    assert done.exit_code == 2 and "did you mean `tone`?" in done.output
    done = amends("import", tmp_path / "gone.csv")
    assert done.exit_code == 2 and "there is no file `gone.csv`" in done.output
    big = tmp_path / "big.csv"
    with big.open("wb") as stream:
        stream.truncate(17_000_000)
    done = amends("import", big)
    assert done.exit_code == 2 and "file-too-large" in done.output


@pytest.mark.parametrize(("library", "form"), [("openpyxl", "xlsx"), ("defusedxml", "dmn")])
def test_a_missing_library_ends_with_5_and_says_how_to_get_it(
    library: str, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / f"tone.{form}"
    table.write_bytes(export(BASE.rulebase, "tone", form))
    for name in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    done = amends("import", table)
    assert done.exit_code == 5
    assert f"this needs `{library}`" in done.output and "amends[interchange]" in done.output


def test_policies_of_ours_are_all_written() -> None:
    from amends.engine.interchange.dmn_names import HIT_POLICIES

    assert set(HIT_POLICIES) == set(HitPolicy)
    assert isinstance(BASE, Engine)
