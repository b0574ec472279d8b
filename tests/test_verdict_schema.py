"""Verdicts as JSON keep to `docs/verdict.schema.json`, and the schema lets nothing else in."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from amends.engine import Engine, Verdict, load
from amends.engine.chain.memory import WorkingMemory
from amends.engine.network import strata

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = json.loads((ROOT / "docs" / "verdict.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
STORED = sorted((ROOT / "tests" / "cases").rglob("*.yaml"))

KNOWLEDGE = """\
sources:
  S000: {title: How to make amends, where: a book, lines: {13: own what you did}}
  ACT:
    {kind: law, title: An act, where: a book, jurisdiction: Utopia, as_of: 2026-01-01, review_by: 2026-02-01}
facts:
  cause: {kind: choice, question: What broke?, values: {own_error: mistake, outage: outage, fire: fire}}
  harm: {kind: set, question: What was harmed?, values: {data: data, deadline: a deadline}}
  said_no: {kind: flag, question: Did they refuse?, assume: false, stop_if: they have refused}
  hours_left: {kind: number, decimals: 1, question: How long?}
  incident_day: {kind: date, question: When?}
  due_on: {kind: date, question: By when?}
  fee: {kind: money, question: How much was agreed?}
measures:
  half_fee: {kind: money, formula: fee / 2, round: 0.01}
  in_time: {formula: hours_left >= 4}
remedies:
  repair:
    title: Repair it
    sources: [S000:L13]
    steps: [{do: repair it, within_hours: 1.5, by: due_on, promise: true}]
  refund: {title: Refund it, sources: [ACT]}
companions:
  own_up: {title: Own up, sources: [S000:L13], steps: [{do: say so}]}
money:
  half: {title: half the fee, amount: half_fee, formula: "half of {fee}", sources: [ACT]}
constraints:
  a-fire-leaves-time-to-refuse:
    never: {cause: fire, said_no: false}
    because: after a fire they always refuse
"""
RULES = {
    "remedy": """\
decides: remedy
title: what to do
hit_policy: unique
values: remedies
rules:
  own-mistake: {when: {cause: own_error, said_no: false}, then: repair, because: yours, sources: [S000:L13]}
  no-time: {when: {in_time: false, said_no: false}, then: refund, because: late, sources: [S000:L13]}
""",
    "companions": """\
decides: companions
title: what besides
hit_policy: collect
values: companions
rules:
  data-lost: {when: {harm: {has: data}}, then: own_up, because: lost, sources: [S000:L13]}
""",
    "money_basis": """\
decides: money_basis
title: what is paid
hit_policy: priority
tiers: [harm, rest]
values: {half: half, none: nothing}
rules:
  data-lost: {tier: harm, when: {harm: {has: data}}, then: half, because: lost, sources: [S000:L13]}
  any-case: {tier: rest, when: always, then: none, because: b, sources: [S000:L13]}
""",
    "blame": """\
decides: blame
title: who is told
values: {told: told}
rules:
  remedy-is-repair: {when: {remedy: repair}, then: told, because: b, sources: [S000:L13]}
""",
    "weight": """\
decides: weight
title: how heavy
hit_policy: collect count
rules:
  data-lost: {when: {harm: {has: data}}, because: b, sources: [S000:L13]}
""",
}
SMALL = {
    "a mistake with time to repair it": (
        "decided",
        {"cause": "own_error", "hours_left": 5, "harm": ["data"], "fee": "100.01 EUR"},
    ),
    "nothing harmed, so nothing to pay": (
        "decided",
        {"cause": "own_error", "hours_left": 5, "harm": [], "incident_day": "2026-03-31"},
    ),
    "a day by which it is needed": (
        "decided",
        {"cause": "own_error", "hours_left": 5, "due_on": "2199-12-31"},
    ),
    "the cause not stated": ("open", {"hours_left": 5}),
    "nothing stated": ("open", {}),
    "an outage, on which no rule speaks": ("uncovered", {"cause": "outage", "hours_left": 5}),
    "a mistake and no time, on which two speak": ("conflict", {"cause": "own_error", "hours_left": 1}),
    # Withdrawn, the refusal is not known; but after a fire it is sure, and no rule speaks of one.
    "a fire, which withdraws an assumption": ("uncovered", {"cause": "fire", "hours_left": 1}),
}

STEP = {"do": "wait", "who": "you", "by": None, "day": None, "promise": False, "sources": []}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("base")
    (folder / "knowledge.yaml").write_text(KNOWLEDGE, encoding="utf-8")
    for name, text in RULES.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load(folder)


@cache
def shipped() -> Engine:
    return load()


def as_read(verdict: Verdict) -> dict[str, Any]:
    """The verdict as a reader of its JSON gets it."""
    read: dict[str, Any] = json.loads(json.dumps(verdict.to_json(), allow_nan=False))
    return read


def objects(schema: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part of the schema that describes an object of ours, not a mapping by name."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield path, schema
        for key, part in schema.items():
            yield from objects(part, f"{path}/{key}")


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "part", [part for _, part in objects(SCHEMA)], ids=[path for path, _ in objects(SCHEMA)]
)
def test_the_schema_is_strict_and_says_what_everything_means(part: dict[str, Any]) -> None:
    assert part["additionalProperties"] is False
    assert part["required"] == list(part["properties"])
    assert [name for name, value in part["properties"].items() if not value.get("description")] == []


@pytest.mark.parametrize("name", SMALL)
def test_a_verdict_of_every_status_keeps_to_the_schema(engine: Engine, name: str) -> None:
    status, case = SMALL[name]
    verdict = engine.decide(case)
    assert verdict.status == status
    VALIDATOR.validate(as_read(verdict))


def test_a_base_that_speaks_of_no_money_keeps_to_the_schema(tmp_path: Path) -> None:
    (tmp_path / "knowledge.yaml").write_text(KNOWLEDGE, encoding="utf-8")
    (tmp_path / "remedy.yaml").write_text(RULES["remedy"], encoding="utf-8")
    verdict = load(tmp_path).decide(SMALL["nothing stated"][1])
    assert verdict.money.status == "none"
    VALIDATOR.validate(as_read(verdict))


def test_the_small_cases_reach_every_status_and_every_part(engine: Engine) -> None:
    """A part that is always empty here would be checked by nothing."""
    verdicts = [as_read(engine.decide(case)) for _, case in SMALL.values()]
    assert {verdict["status"] for verdict in verdicts} == set(SCHEMA["properties"]["status"]["enum"])
    always_empty = {name for name in SCHEMA["properties"] if not any(verdict[name] for verdict in verdicts)}
    assert always_empty == {"avoid", "taken_out"}, "nothing is forbidden in this small base"
    assert {verdict["money"]["status"] for verdict in verdicts} == {"decided", "open"}


def test_the_other_executor_keeps_to_it_too(engine: Engine) -> None:
    memory = WorkingMemory(engine.rulebase, strata(engine.rulebase))
    verdict = as_read(engine.decide(SMALL["nothing stated"][1], executor=memory))
    VALIDATOR.validate(verdict)
    assert verdict["executor"] == memory.name


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "amends/verdict/2"},
        {"status": "maybe"},
        {"status": "open"},
        {"remedy": None},
        {"remedy": "Repair It"},
        {"reading": "rough"},
        {"executor": "drools"},
        {"now": "2026-11-22 09:00"},
        {"salience": 1},
        {"money": {"status": "owed"}},
        {"money": {"amount": 50.0}},
        {"money": {"amount": "50.0"}},
        {"money": {"currency": "euro"}},
        {"money": {"amount": None}},
        {"money": {"tax": "1.00"}},
        {"measures": {"in_time": {"value": True}}},
        {"steps": [{"do": "wait"}]},
        {"steps": [{**STEP, "who": "postman"}]},
        {"steps": [{**STEP, "day": "Friday"}]},
        {"next_contact": {"by": None, "day": None, "channel": None, "why": "a word"}},
        {"open": [{"fact": "cause", "question": "Why?", "could_become": []}]},
        {"fired": [{"rule": "remedy/own-mistake"}]},
        {"general_information": [{"source": "ACT", "title": "An act", "as_of": "2026-11-01"}]},
        {"past_review": [{"kind": "hunch", "name": "x", "review_by": "2026-11-01"}]},
        {"general_information": [{"source": "ACT", "title": "A", "jurisdiction": "", "as_of": "2026-11-01"}]},
    ],
    ids=str,
)
def test_a_verdict_that_is_changed_is_refused(engine: Engine, change: dict[str, Any]) -> None:
    verdict = as_read(engine.decide(SMALL["a mistake with time to repair it"][1]))
    VALIDATOR.validate(verdict)
    changed = copy.deepcopy(verdict)
    for key, value in change.items():
        changed[key] = {**changed[key], **value} if key in ("money", "measures") else value
    with pytest.raises(ValidationError):
        VALIDATOR.validate(changed)


def test_the_step_that_the_refused_changes_start_from_is_accepted(engine: Engine) -> None:
    verdict = as_read(engine.decide(SMALL["a mistake with time to repair it"][1]))
    VALIDATOR.validate({**verdict, "steps": [STEP], "next_contact": None})


@pytest.mark.knowledge
@pytest.mark.parametrize("path", STORED[::4], ids=lambda path: path.stem)
def test_the_verdict_of_a_stored_case_keeps_to_the_schema(path: Path) -> None:
    VALIDATOR.validate(as_read(shipped().decide(path)))
