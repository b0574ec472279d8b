"""Measure how long it takes to compare the shipped rule base with an edit of it.

    python bench/compare.py

Three edits: none, one rule taken away, and one parameter changed as well. Seconds of one process each,
stored cases left out; to decide those with both sides takes about as long as `amends test`, twice.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from amends.engine import Engine, load
from amends.engine.compare import compare

ROOT = Path(__file__).resolve().parents[1]
RULE = "remedy/they-cancel-and-the-agreement-lets-you-keep-it"
BEFORE, AFTER = "title: claim that is high\n    value: 1.5", "title: claim that is high\n    value: 1.25"


def without_rule(engine: Engine) -> Engine:
    rulebase = engine.rulebase
    decision = rulebase.decisions["remedy"]
    rules = tuple(rule for rule in decision.rules if rule.path != RULE)
    assert len(rules) < len(decision.rules)
    return Engine(
        replace(rulebase, decisions={**rulebase.decisions, "remedy": replace(decision, rules=rules)})
    )


def with_parameter(folder: Path) -> Engine:
    shutil.copytree(ROOT / "kb", folder / "kb")
    shutil.copytree(ROOT / "rules" / "base", folder / "rules")
    path = folder / "kb" / "parameters.yaml"
    text = path.read_text(encoding="utf-8")
    assert BEFORE in text
    path.write_text(text.replace(BEFORE, AFTER), encoding="utf-8")
    return load(folder)


def main() -> None:
    shipped = load()
    with tempfile.TemporaryDirectory() as folder:
        edits = {
            "nothing changed": load(),
            "one rule taken away": without_rule(shipped),
            "one rule and one parameter": without_rule(with_parameter(Path(folder))),
        }
    for what, edited in edits.items():
        start = time.perf_counter()
        (moves,) = compare(shipped, edited).counted
        took = time.perf_counter() - start
        print(f"{what:28} {took:6.2f} s  {len(moves.moves):3} moves", file=sys.stdout)


if __name__ == "__main__":
    main()
