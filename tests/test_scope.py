"""A pack changes nothing outside the scope that it declares: proved, or the case that shows otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from amends.engine.api import load
from amends.engine.audit.auditing import audit
from amends.engine.audit.finding import Finding, Kind, Report
from amends.engine.audit.report import rendered
from amends.engine.pack import Pack
from tests.support.audits import TODAY, written

pytestmark = pytest.mark.proofs

SCOPE = "pack: {title: a trade, scope: {cause: fire}}\n"
RULE = "{{tier: usual, when: {when}, then: {then}, because: It burnt., sources: [S]{more}}}"


def rule(when: str, then: str = "redo", more: str = "") -> str:
    return RULE.format(when=when, then=then, more=more)


def report_of(folder: Path, pack: str) -> Report:
    (base := folder / "below").mkdir()
    (folder / "trade.yaml").write_text(SCOPE + pack, encoding="utf-8")
    rulebase = load(written(base), packs=[Pack("trade", 1, (folder / "trade.yaml",))]).rulebase
    return audit(rulebase, now=TODAY)


def reaching(report: Report) -> list[Finding]:
    return [found for found in report.findings if found.kind is Kind.OUT_OF_SCOPE]


def certificate(report: Report) -> bool | None:
    (found,) = (each for each in report.assurances if each.statement.startswith("the pack `trade`"))
    return found.holds


KEEPING = {
    "a rule that asks for the scope": f"rules: {{remedy/burnt: {rule('{cause: fire, hours: 3}')}}}",
    "a rule that asks for more": f"rules: {{remedy/burnt: {rule('{fault: nobodys, cause: fire}')}}}",
    "a rule that a derived value keeps inside": (
        "facts: {salvage: {kind: flag, question: Is it saved?}}\n"
        f"rules: {{remedy/burnt: {rule('{all: [{cause: fire}, {salvage: true}]}')}}}"
    ),
    "a replaced rule that says outside what it said": (
        "rules: {message/yours: {when: {any: [{fault: yours}, {fault: yours, cause: fire}]}, then: plain,"
        " because: It was you., sources: [S], replaces: It reads better so.}}"
    ),
    "a parameter of its own": (
        "parameters: {few_hours: {value: 2, ours: true, because: two}}\n"
        f"rules: {{remedy/burnt: {rule('{cause: fire, hours: {at_most: {parameter: few_hours}}}')}}}"
    ),
    "a constraint on a fact of its own": (
        "facts: {salvage: {kind: flag, question: Is it saved?}}\n"
        "constraints: {ashes: {never: {salvage: true, hours: 7}, because: no}}\n"
        f"rules: {{remedy/burnt: {rule('{cause: fire, salvage: true}')}}}"
    ),
}


@pytest.mark.parametrize("pack", KEEPING.values(), ids=KEEPING)
def test_what_stays_within_its_scope_is_certified(pack: str, tmp_path: Path) -> None:
    report = report_of(tmp_path, pack)
    assert reaching(report) == []
    assert certificate(report) is True


LEAKING = {
    "a rule that forgets the scope": (f"rules: {{remedy/burnt: {rule('{hours: 3}')}}}", "remedy/burnt"),
    "a rule with one way past the scope": (
        f"rules: {{remedy/burnt: {rule('{any: [{cause: fire}, {hours: 3}]}')}}}",
        "remedy/burnt",
    ),
    "a rule taken out": ("disables: {remedy/yours: We never redo.}", "remedy/yours"),
    "a rule replaced by a wider one": (
        f"rules: {{remedy/yours: {rule('{cause: [own, outage]}', more=', replaces: wider')}}}",
        "remedy/yours",
    ),
    "a rule replaced by a narrower one": (
        f"rules: {{remedy/yours: {rule('{fault: yours, hours: 3}', more=', replaces: narrower')}}}",
        "remedy/yours",
    ),
    "a rule replaced by another word": (
        f"rules: {{remedy/yours: {rule('{fault: yours}', 'refund', ', replaces: otherwise')}}}",
        "remedy/yours",
    ),
    "a replaced rule that now beats its neighbour": (
        "rules: {remedy/yours: {tier: guard, when: {fault: yours}, then: redo,"
        " because: You owe it., sources: [S], replaces: It comes first.}}",
        "remedy/yours",
    ),
    "what stands where no rule speaks": (
        "rules: {remedy/otherwise: {then: redo, because: We do., replaces: We are kind.}}",
        "remedy/otherwise",
    ),
    "a number": (
        "parameters: {most_hours: {value: 9, ours: true, because: We work longer.}}",
        "most_hours",
    ),
    "a constraint": ("constraints: {odd: {never: {hours: 7}, because: no}}", "odd"),
    "a phrase that holds messages back": (
        "phrases: {no-and: {title: no and, block: [and], sources: [S], when: {hours: 3}}}",
        "phrases/no-and",
    ),
}


@pytest.mark.parametrize("name", LEAKING)
def test_what_reaches_outside_is_found_where_it_is_written(name: str, tmp_path: Path) -> None:
    pack, subject = LEAKING[name]
    report = report_of(tmp_path, pack)
    found = reaching(report)
    assert {each.subject for each in found} == {subject}
    assert certificate(report) is False
    assert all(each.primary is not None and each.primary.source.name.endswith("trade.yaml") for each in found)


@pytest.mark.parametrize("name", [name for name in LEAKING if name != "a number"])
def test_the_case_that_shows_it_lies_outside_the_scope(name: str, tmp_path: Path) -> None:
    """A case that the chain has run: there the pack is felt, though its scope says that it cannot be."""
    for found in reaching(report_of(tmp_path, LEAKING[name][0])):
        assert found.witness is not None
        assert found.witness.facts["cause"] != "fire"


def test_the_share_of_cases_into_which_a_rule_reaches_is_told(tmp_path: Path) -> None:
    when = "{hours: 3, cause: outage}"
    pack = f"rules: {{fault/burnt: {{when: {when}, then: nobodys, because: It burnt., sources: [S]}}}}"
    (found,) = reaching(report_of(tmp_path, pack))
    assert found.count is not None
    assert 0 < found.count.cases < found.count.of


def test_the_report_says_what_the_scope_is_and_that_it_holds(tmp_path: Path) -> None:
    pack = f"rules: {{remedy/burnt: {rule('{cause: fire, hours: 3}')}}}"
    report = report_of(tmp_path, pack)
    base = load(tmp_path / "below").rulebase
    said = rendered(report, base, "text")
    assert "holds          the pack `trade` changes nothing outside its scope, “cause: a fire”" in said
    assert "proved of each of 1 things that it says" in said


def test_a_pack_without_a_scope_is_promised_nothing(tmp_path: Path) -> None:
    (base := tmp_path / "below").mkdir()
    (tmp_path / "house.yaml").write_text(f"rules: {{remedy/burnt: {rule('{hours: 3}')}}}", encoding="utf-8")
    rulebase = load(written(base), packs=[Pack("house", 3, (tmp_path / "house.yaml",))]).rulebase
    report = audit(rulebase, now=TODAY)
    assert reaching(report) == []
    assert not any("scope" in each.statement for each in report.assurances)
