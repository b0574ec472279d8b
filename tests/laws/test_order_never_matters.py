"""No order is part of a rule base or a case: not of files, keys, rules, facts, hashes or threads."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from amends.engine.api import Engine
from amends.engine.case import Case
from amends.engine.chain import run
from amends.engine.chain.outcome import Trace
from amends.engine.rulebase import RuleBase, Value
from amends.engine.values import plain
from tests.support.examples import examples
from tests.support.executors import durable_rules
from tests.support.strategies import cases, written_rule_bases
from tests.support.written import Given, Written, load, write

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

DECIDE = """
import json, sys
from datetime import datetime, timezone
from pathlib import Path
from amends.engine import load
engine = load(Path(sys.argv[1]))
now = datetime(2026, 3, 1, 9, 0, tzinfo=timezone.utc)
for options in json.loads(sys.argv[2]):
    print(json.dumps(engine.decide(engine.case(options=options, now=now)).to_json()))
"""


def shuffled(written: Written, seed: int) -> Written:
    """Return the same rule base with its files renamed and the keys of every mapping in another order."""
    order = random.Random(seed)
    names = [f"{number}.yaml" for number in range(len(written.files))]
    order.shuffle(names)
    files = {
        name: shaken(content, order) for name, content in zip(names, written.files.values(), strict=True)
    }
    return replace(written, files=files)


def shaken(node: Any, order: random.Random) -> Any:
    if isinstance(node, list):
        return [shaken(item, order) for item in node]
    if isinstance(node, Mapping):
        keys = list(node)
        order.shuffle(keys)
        return {key: shaken(node[key], order) for key in keys}
    return node


def said(trace: Trace) -> object:
    """Return all of a trace but the places of its rules in their files, which a shuffle moves."""
    fired = [(each.rule.path, each.stratum, each.read, each.beats, each.beaten_by) for each in trace.fired]
    return fired, trace.undecided, trace.outcomes, trace.measures


def verdict(engine: Engine, facts: Mapping[str, Value]) -> str:
    """Return the verdict as the command prints it; the order of keys in it counts."""
    return json.dumps(engine.decide(Case(facts=facts, now=NOW)).to_json())


@examples(40)
@given(st.data(), st.integers(0, 2**16))
def test_the_order_of_files_keys_rules_and_facts_changes_no_trace_and_no_verdict(
    data: st.DataObject, seed: int
) -> None:
    written = data.draw(written_rule_bases(remedy=True))
    rulebase, other = load(written), load(shuffled(written, seed))
    case = data.draw(cases(rulebase))
    turned = dict(reversed(list(case.facts.items())))
    with durable_rules(rulebase) as executor, durable_rules(other) as other_executor:
        one = run(rulebase, case.facts, case.stated, executor)
        assert said(run(other, turned, sorted(case.stated), other_executor)) == said(one)
    first, second = Engine(rulebase), Engine(other)
    assert verdict(second, turned) == verdict(first, case.facts)
    first.executor.close()
    second.executor.close()


@examples(4)
@given(st.data())
def test_a_fresh_process_with_another_hash_seed_says_the_same(data: st.DataObject) -> None:
    written = replace(data.draw(written_rule_bases(remedy=True)), levels={})
    rulebase = load(written)
    options = [as_options(rulebase, data.draw(cases(rulebase))) for _ in range(4)]
    with tempfile.TemporaryDirectory() as folder:
        write(written.files, Path(folder))
        outputs = {in_a_fresh_process(seed, folder, json.dumps(options)) for seed in ("0", "4711")}
    assert len(outputs) == 1
    assert outputs.pop().count('"schema"') == len(options)


def as_options(rulebase: RuleBase, case: Given) -> list[str]:
    """Return the facts of *case* as the command line takes them."""
    stated = {name: plain(case.facts[name], rulebase.domain(name)) for name in sorted(case.stated)}
    texts = {
        name: f"[{','.join(value)}]" if isinstance(value, list) else str(value).lower()
        for name, value in stated.items()
    }
    return [f"{name}={text}" for name, text in texts.items()]


def in_a_fresh_process(seed: str, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", DECIDE, *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@examples(8)
@given(st.data())
def test_eight_threads_with_one_engine_get_what_one_gets(data: st.DataObject) -> None:
    rulebase = load(data.draw(written_rule_bases(remedy=True)))
    facts = [data.draw(cases(rulebase)).facts for _ in range(6)]
    engine = Engine(rulebase)
    alone = [verdict(engine, each) for each in facts]

    def decide_all(start: int) -> list[str]:
        order = [(start + at) % len(facts) for at in range(len(facts))]
        found = {at: verdict(engine, facts[at]) for at in order}
        return [found[at] for at in range(len(facts))]

    with ThreadPoolExecutor(max_workers=8) as threads:
        assert all(found == alone for found in threads.map(decide_all, range(8)))
    engine.executor.close()
