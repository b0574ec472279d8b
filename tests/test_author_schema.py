"""The schema for editors: what is sound passes it, a wrong word does not, and every name says what it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

from amends.cli.main import app
from amends.engine import load
from amends.engine.author.schema import CASE, RULES, schemas
from amends.engine.discovery import find_pack
from amends.engine.source import ListNode, MapNode, Node, Source, parse, read

pytestmark = pytest.mark.knowledge

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.yaml"))
KNOWN = sorted([*(ROOT / "kb").rglob("*.yaml"), *(ROOT / "rules" / "base").rglob("*.yaml")])
CASES = sorted((ROOT / "tests" / "cases").rglob("*.yaml"))


def data(node: Node) -> Any:
    """What an editor that reads YAML 1.2 makes of *node*."""
    if isinstance(node, MapNode):
        return {key.text: data(value) for key, value in node}
    if isinstance(node, ListNode):
        return [data(item) for item in node.items]
    if isinstance(node.value, Decimal):
        return int(node.value) if node.value == int(node.value) else float(node.value)
    return node.value


@cache
def validator(name: str, *packs: str) -> Draft7Validator:
    rulebase = load(packs=[find_pack(pack) for pack in packs]).rulebase
    schema = json.loads(schemas(rulebase)[name])
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def faults(name: str, node: Node, *packs: str) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in
            validator(name, *packs).iter_errors(data(node))]  # fmt: skip


def test_every_file_of_the_base_is_sound() -> None:
    """An editor that underlines what is right is switched off."""
    assert {path.name: found for path in KNOWN if (found := faults(RULES, read(path)))} == {}


def test_every_stored_case_is_sound() -> None:
    """Cases are most of what an author writes."""
    assert {path.name: found for path in CASES if (found := faults(CASE, read(path)))} == {}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_of_the_documentation_is_sound(path: Path) -> None:
    assert faults(RULES, read(path), str(path)) == []


WHEN = "when: {cause: overload}"
RULE = f"rules: {{remedy/so-so: {{tier: duty, {WHEN}, then: redo, because: x, sources: [S000:L13]}}}}"
REST = "because: b, sources: [S000:L13]"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("cause: overload", "caus: overload"),
        ("cause: overload", "cause: overlode"),
        ("cause: overload", "cause: {at_least: 2}"),
        ("cause: overload", "any: {cause: overload}"),
        ("cause: overload", "amount_paid: {at_least: {parameter: no_such_number}}"),
        ("cause: overload", "harm_kinds: {has: no_such_harm}"),
        ("cause: overload", "harm_kinds: money"),
        ("cause: overload", "severity: {known: true}"),
        ("tier: duty", "tier: dutty"),
        ("tier: duty", "teir: duty"),
        ("tier: duty, ", ""),
        ("then: redo", "then: reedo"),
        ("remedy/so-so", "remedi/so-so"),
        ("remedy/so-so", "remedy/So so"),
        ("S000:L13", "S000:L9999"),
        ("S000:L13", "NOBODY"),
        (", sources: [S000:L13]", ""),
        ("because: x, ", ""),
        ("rules:", "ruls:"),
    ],
)
def test_a_wrong_word_of_a_rule_is_underlined(right: str, wrong: str) -> None:
    """The words are those of this stack, not of any."""
    assert faults(RULES, parse(Source("sound", RULE))) == []
    assert right in RULE
    assert faults(RULES, parse(Source("wrong", RULE.replace(right, wrong))))


@pytest.mark.parametrize(
    "text",
    [
        "facts: {weather: {kind: flagg, question: Did it rain?}}",
        "facts: {weather: {kind: flag}}",
        "facts: {cause: {cues: {overlode: too much}}}",
        "facts: {Weather: {kind: flag, question: Did it rain?}}",
        "parameters: {hours_normally: {value: twelve, ours: true, because: x}}",
        "parameters: {hours_normally: {value: 12, ours: true}}",
        "parameters: {hours_normally: {value: 12}}",
        "sources: {LAWX: {kind: law, title: x, where: y}}",
        "sources: {LAWX: {kind: lore, title: x, where: y}}",
        "disables: {goodwill/no-such-rule: x}",
        f"rules: {{goodwill/disappointed-twice: {{{WHEN}, then: true, {REST}}}}}",
        "remedies: {cake: {title: Cake, sources: [S000:L13], steps: [{do: it, who: baker}]}}",
        "remedies: {cake: {title: Cake, sources: [S000:L13], steps: [{do: it, by: fee_total}]}}",
        "claims: {a: {title: t, never: {cause: fire_x}, because: b, sources: [S000:L13]}}",
        "claims: {a: {title: t, because: b, sources: [S000:L13]}}",
        "pack: {title: t, scope: {severity: {at_least: 1}}}",
        "pack: {version: one}",
        "decides: fault\ntitle: t\nhit_policy: priorty\nrules: {}",
        f"decides: reply_channel\ntitle: t\nrules: {{a: {{{WHEN}, then: by_pigeon, tier: voice, {REST}}}}}",
        "ignore: {unusd: x}",
    ],
)  # fmt: skip
def test_a_wrong_word_of_what_is_known_is_underlined(text: str) -> None:
    assert faults(RULES, parse(Source("wrong", text)))


@pytest.mark.parametrize(
    "text",
    [
        "facts: {caus: overload}",
        "facts: {cause: overlode}",
        "facts: {client_said_no: perhaps}",
        "facts: {amount_paid: much}",
        "caus: overload",
        "facts: {}\nexpect: {remedy: reedo}",
        "facts: {}\nexpect: {because: [remedy/no-such-rule]}",
        "facts: {}\nexpect: {companions: {include: [own_upp]}}",
        "facts: {}\nexpect: {decisions: {fault: nobodys}}",
        "facts: {}\nexpect: {status: maybe}",
        "facts: {}\nexpects: {}",
        "facts: {}\ncurrency: euro",
    ],
)
def test_a_wrong_word_of_a_case_is_underlined(text: str) -> None:
    assert faults(CASE, parse(Source("wrong", text)))


@pytest.mark.parametrize(
    "text", ["facts: {cause: unknown, amount_paid: 100 EUR}", "facts:", "cause: overload", "facts: {cause: }"]
)
def test_what_a_case_may_leave_open_is_not_underlined(text: str) -> None:
    assert faults(CASE, parse(Source("sound", text))) == []


def test_a_fault_is_told_in_the_words_of_what_was_meant() -> None:
    """A schema of alternatives says "not valid under any of these", which helps nobody."""
    wrong = data(parse(Source("wrong", RULE.replace("cause: overload", "cause: [overlode]"))))
    error = best_match(validator(RULES).iter_errors(wrong))
    assert error is not None
    assert error.message.startswith("'overlode' is not one of [")


def test_a_pack_brings_its_own_words() -> None:
    """The words of a stack are those of its packs too."""
    text = RULE.replace("cause: overload", "is_neighbour: true").replace("S000:L13", "HOUSE")
    assert faults(RULES, parse(Source("a rule", text)))
    assert (
        faults(RULES, parse(Source("a rule", text)), str(ROOT / "docs" / "examples" / "corner-shop.yaml"))
        == []
    )


def _described(schema: dict[str, Any], name: str) -> Iterator[str]:
    rulebase = load().rulebase
    for each in (*rulebase.facts, *rulebase.measures, *rulebase.decisions):
        yield schema["definitions"][f"{name}_{each}"]["description"]


def test_every_name_says_what_it_is() -> None:
    """What stands under the pointer saves a look into another file."""
    schema = validator(RULES).schema
    assert all(_described(schema, "test"))
    about = schema["definitions"]["test_cause"]["description"]
    assert load().rulebase.facts["cause"].question in about
    values = schema["definitions"]["value_cause"]
    assert len(values["enum"]) == len(values["enumDescriptions"])
    source = schema["definitions"]["source_name"]
    assert source["enumDescriptions"][source["enum"].index("S000:L13")]
    for section in schema["else"]["properties"].values():
        assert section["description"]


def test_the_command_writes_both_and_replaces_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("schema").mkdir()
    Path("schema", RULES).write_text("old")
    done = CliRunner().invoke(app, ["schema"])
    assert done.exit_code == 0, done.output
    assert done.stdout == "wrote schema/rules.json\nwrote schema/case.json\n"
    wanted: Callable[[str], str] = schemas(load().rulebase).__getitem__
    assert [Path("schema", name).read_text() for name in (RULES, CASE)] == [wanted(RULES), wanted(CASE)]
