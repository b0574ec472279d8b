"""Rule bases as the YAML that people write, loaded as any other is; and cases as executors take them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from amends.engine import loading, network
from amends.engine.diagnostics import Problems
from amends.engine.rulebase import Decision, RuleBase, Value

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

Yaml = dict[str, Any]


@dataclass(frozen=True)
class Written:
    """A rule base as files of YAML by path, and the level of each rule that is not of the base.

    Levels come with packs, and one file decides one thing, so they are set after loading.
    """

    files: Mapping[str, Yaml]
    levels: Mapping[str, int]


@dataclass(frozen=True)
class Given:
    """A case as an executor takes it: values, of which those *stated* are known, not assumed."""

    facts: Mapping[str, Value]
    stated: frozenset[str]


def write(files: Mapping[str, Yaml], folder: Path) -> None:
    """Write *files* below *folder*."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.dump(content, Dumper=DUMPER, sort_keys=False), encoding="utf-8")


def load(written: Written) -> RuleBase:
    """Return the rule base that *written* describes, read through the loader like any other."""
    problems = Problems()
    with tempfile.TemporaryDirectory() as folder:
        write(written.files, Path(folder))
        rulebase = loading.load([loading.Pack("base", 0, (Path(folder),))], problems)
    network.check(rulebase, problems)
    problems.stop()
    levelled = {name: _levelled(decision, written.levels) for name, decision in rulebase.decisions.items()}
    return replace(rulebase, decisions=levelled)


def _levelled(decision: Decision, levels: Mapping[str, int]) -> Decision:
    rules = tuple(replace(rule, level=levels.get(rule.path, 0)) for rule in decision.rules)
    return replace(decision, rules=rules)
