"""Examples beside a rule: tried with the cases, and read by whoever looks at the rules."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from amends.cli.main import app
from amends.engine import load
from amends.engine.author.schema import rules_schema

PACK = """\
sources:
  HOUSE: {{kind: practice, title: how we do it, where: here}}
facts:
  is_neighbour: {{kind: flag, question: Next door?, sources: [HOUSE]}}
rules:
  reply_channel/you-meet:
    tier: voice
    when: {{is_neighbour: true, cause: {{not: isp_outage}}}}
    then: owner_voice_call
    because: You meet.
    sources: [HOUSE]
    examples: {examples}
"""


@pytest.fixture
def amends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.chdir(tmp_path)

    def run(examples: str, *arguments: str) -> Result:
        Path("house.yaml").write_text(PACK.format(examples=examples))
        return CliRunner().invoke(app, [*arguments, "--pack", "house.yaml"])

    return run


FIRES = "{is_neighbour: true, cause: own_error}"
MISSES = "{is_neighbour: true, cause: isp_outage}"


def test_what_is_as_the_examples_say_passes_and_is_counted(amends) -> None:  # type: ignore[no-untyped-def]
    done = amends(f"{{fires: [{FIRES}], does_not_fire: [{MISSES}, {{is_neighbour: false}}]}}", "test")
    assert done.exit_code == 0, done.output
    assert "passed reply_channel/you-meet does not fire, example 2\n" in done.output
    assert "3 passed, 0 failed" in done.output


def test_one_example_needs_no_list(amends) -> None:  # type: ignore[no-untyped-def]
    assert "1 passed, 0 failed" in amends(f"{{fires: {FIRES}}}", "test").output


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        (f"{{fires: [{MISSES}]}}", "does not fire in an example of firing"),
        (f"{{does_not_fire: [{FIRES}]}}", "fires in an example of not firing"),
        ("{fires: [{cause: own_error}]}", "may fire in an example of firing"),
        ("{does_not_fire: [{cause: own_error}]}", "may fire in an example of not firing"),
    ],
)
def test_what_is_not_as_the_example_says_fails_at_its_line(amends, examples: str, said: str) -> None:  # type: ignore[no-untyped-def]
    """An example that is neither so nor so, since a fact is missing that is not assumed, shows nothing."""
    done = amends(examples, "test")
    assert done.exit_code == 1
    assert f"house.yaml:12:{PACK.splitlines()[11].index('{') + 2 + examples.index('[')}" in done.output
    assert f"`reply_channel/you-meet` {said}" in done.output
    assert "0 passed, 1 failed" in done.output


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        ("{fires: [{is_neigbour: true}]}", "did you mean `is_neighbour`?"),
        ("{fires: [{cause: the_dog}]}", "`the_dog` is no value of `cause`"),
        ("{fires: [own_error]}", "an example must be a mapping of facts"),
        ("{fire: []}", "or `fires`?"),
        ("[]", "`examples` of the rule `reply_channel/you-meet` must be a mapping"),
    ],
)
def test_what_no_case_could_state_is_seen_by_check(amends, examples: str, said: str) -> None:  # type: ignore[no-untyped-def]
    done = amends(examples, "check")
    assert done.exit_code == 1
    assert said in done.output


def test_an_example_that_cannot_be_fails_with_the_constraint_that_it_breaks(amends) -> None:  # type: ignore[no-untyped-def]
    done = amends("{fires: [{is_neighbour: true, payment_status: unpaid, amount_paid: 10}]}", "test")
    assert done.exit_code == 1
    assert "0 passed, 1 failed" in done.output


def test_a_file_or_a_word_chooses_what_is_tried(amends) -> None:  # type: ignore[no-untyped-def]
    assert amends(f"{{fires: {FIRES}}}", "test", "-k", "you-meet").exit_code == 0
    assert amends(f"{{fires: {FIRES}}}", "test", "-k", "nothing-so").exit_code == 2
    Path("case.yaml").write_text(
        "facts: {cause: own_error}\nexpect: {decisions: {controllability: medium}}\n"
    )
    assert "1 passed" in amends(f"{{fires: [{MISSES}]}}", "test", "case.yaml").output


def test_a_build_server_reads_them_by_rule(amends) -> None:  # type: ignore[no-untyped-def]
    amends(f"{{fires: [{FIRES}], does_not_fire: [{FIRES}]}}", "test", "--junit", "out.xml")
    cases = {each.get("name"): each for each in ElementTree.parse("out.xml").iter("testcase")}
    assert list(cases) == [
        "reply_channel/you-meet fires, example 1",
        "reply_channel/you-meet does not fire, example 1",
    ]
    assert [each.find("failure") is None for each in cases.values()] == [True, False]


def test_a_table_says_that_it_leaves_them_behind(amends) -> None:  # type: ignore[no-untyped-def]
    done = amends(f"{{fires: {FIRES}}}", "export", "reply_channel", "-o", "table.csv")
    assert done.exit_code == 0
    assert "left behind: the examples beside 1 rule" in done.output


def test_the_editor_knows_the_facts_that_they_state() -> None:
    schema = rules_schema(load().rulebase)
    assert schema["definitions"]["stated"]["properties"]["cause"] == {"$ref": "#/definitions/fact_cause"}
    assert "own_error" in schema["definitions"]["fact_cause"]["enum"]
