"""One report in every form: read back by a parser, with numbers that do not lie and words that do no harm."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft202012Validator, ValidationError

from amends.engine.audit.auditing import only
from amends.engine.audit.finding import (
    Assurance,
    Count,
    Finding,
    Kind,
    Report,
    Severity,
    Undecided,
    Witness,
)
from amends.engine.audit.report import FORMS, rendered
from amends.engine.audit.report.words import counted, number, share
from amends.engine.diagnostics import Label, Source, Span
from amends.engine.rulebase import RuleBase
from tests.support.audits import loaded, written

pytestmark = pytest.mark.proofs

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = json.loads((ROOT / "docs" / "audit.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

HOSTILE = (
    "a|b <script>alert(1)</script> `x` %0A::error::owned\r\n::set-output name=x::y\x1b[31m [l](http://e) # h"
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> RuleBase:
    return loaded(written(tmp_path_factory.mktemp("base")))


def at(name: str = "rules/a b.yaml", line: int = 3) -> Span:
    return Span(Source(name, "decides: fault\nrules:\n  own: {}\n"), line, 3, line, 6)


GAP = Finding(
    kind=Kind.GAP,
    severity=Severity.ERROR,
    subject="fault",
    message="no rule decides `fault` in some cases",
    primary=at(),
    mend="write a rule",
    others=(Label(at(line=2), "all its rules"),),
    count=Count(31 * 10**40, 155 * 10**42, at_most=True),
    witness=Witness(
        {"cause": "outage", "fee": Fraction(1001, 2), "hours": Fraction(3)},
        frozenset({"cause", "fee"}),
        "no rule speaks",
    ),
)
NOTE = Finding(Kind.LOOSE_HIT_POLICY, Severity.NOTE, "mood", "`mood` could be `unique`", None, "write it")
IDLE = Finding(
    Kind.UNUSED,
    Severity.WARNING,
    "sources/T",
    "nothing cites `T`",
    at("kb/s.yaml"),
    "cite it",
    ignored="later",
)
REPORT = Report(
    assurances=(
        Assurance("no two rules tie", False, "one pair does"),
        Assurance("a no ends it", True),
        Assurance("nobody pays twice", None, "too many nodes"),
    ),
    findings=(GAP, NOTE, IDLE),
    undecided=(Undecided(Kind.DEAD_RULE, "fault/own", "too many nodes"),),
    cases=155 * 10**42,
)
CLEAN = Report((Assurance("no two rules tie", True),), (IDLE,), (), 12)


def said_by(form: str, report: Report, base: RuleBase) -> str:
    return rendered(report, base, form)


def test_the_text_starts_with_what_could_have_been_false(base: RuleBase) -> None:
    lines = said_by("text", REPORT, base).splitlines()
    assert lines[:6] == [
        "Of about 1.6e44 kinds of case that can be:",
        "  does not hold  no two rules tie",
        "                   one pair does",
        "  not decided    nobody pays twice",
        "                   too many nodes",
        "  holds          a no ends it",
    ]


def test_a_number_of_kinds_that_may_be_too_high_says_so(base: RuleBase) -> None:
    hidden = replace(REPORT, at_most=True)
    assert said_by("text", hidden, base).startswith("Of at most about 1.6e44 kinds of case that can be:")
    assert json.loads(said_by("json", hidden, base))["at_most"] is True


def test_the_text_tells_a_finding_whole_with_its_share_a_case_in_words_and_a_mend(
    base: RuleBase,
) -> None:
    text = said_by("text", REPORT, base)
    assert (
        """\
Errors (1)

rules/a b.yaml:3:3: gap: no rule decides `fault` in some cases
  at most about 3.1e41 kinds of case (0.2 %)
  such as:
    What broke? an internet outage  [cause=outage]
    What was agreed? 500.50  [fee=500.50]
  while these are not stated, and are: hours=3
  there no rule speaks
  rules/a b.yaml:2:3: all its rules
  mend: write a rule
"""
        in text
    )


def test_the_text_keeps_findings_open_questions_and_ignored_apart(base: RuleBase) -> None:
    text = said_by("text", REPORT, base)
    heads = re.findall(r"^(?:Errors|Warnings|Notes|Undecided|Ignored) \(\d+\)$", text, re.MULTILINE)
    assert heads == ["Errors (1)", "Notes (1)", "Undecided (1)", "Ignored (1)"]
    assert "  unused, 1: later\n    `sources/T`\n" in text
    assert text.splitlines()[-1] == "2 findings, 1 undecided, 1 ignored"


def test_a_share_is_said_to_be_of_kinds_of_case_and_never_of_cases(base: RuleBase) -> None:
    """How often a kind of case comes up is not in the rules."""
    for form in FORMS:
        assert "of your cases" not in said_by(form, REPORT, base)
        assert "% of cases" not in said_by(form, REPORT, base)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (Count(0, 9), "no kind of case in which everything is stated"),
        (Count(1, 3), "1 kind of case (33.33 %)"),
        (Count(9, 9), "9 kinds of case (100 %)"),
        (Count(1, 10**6), "1 kind of case (under 0.01 %)"),
        (Count(10**6 - 1, 10**6), "999,999 kinds of case (over 99.99 %)"),
        (Count(10**9, 10**12), "about 1.0e9 kinds of case (0.1 %)"),
        (Count(2, 8, at_most=True), "at most 2 kinds of case (25 %)"),
    ],
)
def test_a_count_is_said_without_saying_all_or_nothing_of_a_part(count: Count, said: str) -> None:
    assert counted(count) == said


def test_a_number_is_exact_below_a_thousand_million_and_rounded_to_two_digits_from_there() -> None:
    assert number(10**9 - 1) == "999,999,999"
    assert number(949 * 10**60) == "about 9.5e62"
    assert share(Fraction(0)) == "0 %"


def test_json_keeps_to_its_schema_and_counts_exactly(base: RuleBase) -> None:
    data = json.loads(said_by("json", REPORT, base))
    VALIDATOR.validate(data)
    assert data["schema"] == "amends/audit/1"
    assert (data["clean"], data["finished"]) == (False, True)
    gap, note = data["findings"]
    assert int(gap["count"]["cases"]) == 31 * 10**40, "no digit is lost"
    assert gap["case"]["facts"] == {"cause": "outage", "fee": "500.50", "hours": 3}
    assert gap["case"]["stated"] == ["cause", "fee"]
    assert gap["place"] == at().to_json()
    assert (note["place"], note["count"], note["case"]) == (None, None, None)
    assert [(each["subject"], each["because"]) for each in data["ignored"]] == [("sources/T", "later")]
    assert [each["holds"] for each in data["assurances"]] == [False, True, None]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("findings", 0, "kind"), "slip"),
        (("findings", 0, "count", "cases"), 12),
        (("findings", 0, "severity"), "fatal"),
        (("ignored", 0, "because"), None),
        (("cases",), 12),
        (("surplus",), 1),
    ],
)
def test_the_schema_lets_nothing_else_in(path: tuple[Any, ...], value: object, base: RuleBase) -> None:
    data = json.loads(said_by("json", REPORT, base))
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(ValidationError):
        VALIDATOR.validate(data)


def test_the_schema_knows_every_kind_and_severity() -> None:
    assert SCHEMA["$defs"]["kind"]["enum"] == [kind.value for kind in Kind]
    assert SCHEMA["$defs"]["severity"]["enum"] == [severity.value for severity in Severity]


def sarif(report: Report, base: RuleBase) -> Any:
    log = json.loads(said_by("sarif", report, base))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return run


def test_sarif_has_a_result_for_each_finding_with_its_rule_and_place(base: RuleBase) -> None:
    run = sarif(REPORT, base)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    gap, note, idle = run["results"]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == ["gap", "loose-hit-policy", "unused"]
    assert [result["level"] for result in run["results"]] == ["error", "note", "warning"]
    place = gap["locations"][0]["physicalLocation"]
    assert unquote(place["artifactLocation"]["uri"]) == "rules/a b.yaml"
    assert " " not in place["artifactLocation"]["uri"]
    assert place["region"] == {"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 6}
    assert gap["relatedLocations"][0]["message"]["text"] == "all its rules"
    assert "locations" not in note, "without a place there is none"
    assert idle["suppressions"] == [{"kind": "inSource", "status": "accepted", "justification": "later"}]
    assert "suppressions" not in gap
    assert run["columnKind"] == "unicodeCodePoints", "as our columns count"


def test_sarif_calls_an_open_question_a_notification_and_an_unfinished_run_no_success(base: RuleBase) -> None:
    (invocation,) = sarif(REPORT, base)["invocations"]
    assert invocation["executionSuccessful"] is True
    (note,) = invocation["toolExecutionNotifications"]
    assert note["associatedRule"]["id"] == "dead-rule"
    (invocation,) = sarif(replace(REPORT, finished=False), base)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "not finished" in invocation["toolExecutionNotifications"][-1]["message"]["text"]


def test_sarif_knows_a_finding_again_when_its_lines_have_moved(base: RuleBase) -> None:
    moved = replace(REPORT, findings=(replace(GAP, primary=at(line=1)),))
    one, other = (sarif(report, base)["results"][0]["partialFingerprints"] for report in (REPORT, moved))
    assert one == other
    elsewhere = replace(REPORT, findings=(replace(GAP, subject="mood"),))
    assert sarif(elsewhere, base)["results"][0]["partialFingerprints"] != one


COMMAND = re.compile(r"::(?P<level>error|warning|notice) (?P<properties>[^:]*)::(?P<message>.*)")


def commands(report: Report, base: RuleBase) -> list[tuple[str, dict[str, str], str]]:
    """Read workflow commands as GitHub does: level, properties, message, all unescaped."""
    found = []
    for line in said_by("github", report, base).splitlines():
        if line.startswith("::"):
            match = COMMAND.fullmatch(line)
            assert match, line
            pairs = (pair.split("=", 1) for pair in match["properties"].split(","))
            properties = {key: unquote(value) for key, value in pairs}
            found.append((match["level"], properties, unquote(match["message"])))
    return found


def test_github_has_one_command_for_each_finding_that_stands_and_each_open_question(base: RuleBase) -> None:
    gap, note, undecided = commands(REPORT, base)
    assert gap[0] == "error"
    assert gap[1] == {"file": "rules/a b.yaml", "line": "3", "col": "3", "endColumn": "6", "title": "gap"}
    assert gap[2].splitlines()[-1] == "mend: write a rule"
    assert note[:2] == ("notice", {"title": "loose-hit-policy"})
    assert undecided == ("warning", {"title": "undecided: dead-rule"}, "`fault/own`: too many nodes")
    assert [level for level, _, _ in commands(replace(REPORT, finished=False), base)][-1] == "error"


def test_markdown_has_the_head_the_findings_and_the_reasons(base: RuleBase) -> None:
    text = said_by("markdown", REPORT, base)
    assert text.startswith("# Audit\n\n**2 findings, 1 undecided, 1 ignored.**\n")
    assert "| does not hold | no two rules tie (one pair does) |" in text
    assert "### gap: no rule decides `fault` in some cases" in text
    assert "    - What broke? an internet outage (`cause=outage`)" in text
    assert "unused, 1: later  \n`sources/T`" in text


@pytest.mark.parametrize("form", FORMS)
def test_hostile_words_of_a_rule_base_stay_words(form: str, base: RuleBase) -> None:
    """A pack is not trusted, and a report is read by terminals, browsers and build servers."""
    source = Source(HOSTILE.replace("\x1b", ""), "x")
    bad = replace(
        GAP,
        subject=HOSTILE,
        message=HOSTILE,
        mend=HOSTILE,
        primary=Span(source, 1, 1, 1, 2),
        others=(Label(Span(source, 1, 1, 1, 2), HOSTILE),),
        witness=Witness({"cause": HOSTILE}, frozenset({"cause"}), HOSTILE),
    )
    report = Report(
        (Assurance(HOSTILE, True, HOSTILE),),
        (bad, replace(bad, ignored=HOSTILE)),
        (Undecided(Kind.GAP, HOSTILE, HOSTILE),),
        1,
    )
    text = said_by(form, report, base)
    assert "\x1b" not in text
    assert not re.search(r"^::(set-output|error::)", text, re.MULTILINE), "no line of it is a command"
    match form:
        case "json":
            assert json.loads(text)["findings"][0]["message"] == HOSTILE
        case "sarif":
            said = json.loads(text)["runs"][0]["results"][0]["message"]["text"]
            assert not re.search(r"(?<!\\)\[l\]\(", said), "what looks like a link is none"
        case "github":
            assert len(commands(report, base)) == 2
        case "markdown":
            outside = re.sub(r"(`+).*?\1", "", text)
            assert "<script>" not in outside
            assert not re.search(r"(?<!\\)\[l\]\(", outside)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_report_gives_the_same_bytes(form: str, base: RuleBase) -> None:
    assert said_by(form, REPORT, base).encode() == said_by(form, REPORT, base).encode()
    assert said_by(form, REPORT, base).endswith("\n")


@pytest.mark.parametrize("form", FORMS)
def test_an_unfinished_report_says_so(form: str, base: RuleBase) -> None:
    """What was not looked at must never look like what is sound."""
    text = said_by(form, replace(CLEAN, findings=(), cases=None, finished=False), base)
    assert "not finished" in text or '"finished": false' in text


def test_a_clean_report_says_so_and_counts_what_it_leaves_alone(base: RuleBase) -> None:
    assert CLEAN.is_clean
    assert said_by("text", CLEAN, base).endswith("\nnothing found and nothing undecided, 1 ignored\n")


def test_kinds_that_are_asked_for_leave_the_rest_out(base: RuleBase) -> None:
    assert only(REPORT, frozenset()) == REPORT
    some = only(REPORT, {Kind.LOOSE_HIT_POLICY})
    assert ([found.subject for found in some.findings], some.undecided) == (["mood"], ())
