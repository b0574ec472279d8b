"""Measure how long it takes to compare the shipped rule base with an edit of it.

    python bench/compare.py [--no-write]

Three edits: none, one rule taken away, and one parameter changed as well. Stored cases are left out; to
decide those with both sides takes about as long as `amends test`, twice.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from page import Clock, prose, put, seconds, table

from amends.engine import Engine, load
from amends.engine.compare import compare
from amends.engine.diagram import whole

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


def measured(folder: Path) -> Iterator[tuple[object, ...]]:
    """Yield a row an edit, with what the diagrams of both sides take to be compiled."""
    shipped = load()
    edits = {
        "nothing changed": load(),
        "one rule taken away": without_rule(shipped),
        "one rule and one parameter": without_rule(with_parameter(folder)),
    }
    for what, edited in edits.items():
        whole.cache_clear()
        clock = Clock()
        (moves,) = compare(shipped, edited).counted
        yield what, len(moves.moves), seconds(clock.took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as kept, tempfile.TemporaryDirectory() as folder:
        os.environ["AMENDS_CACHE"] = kept
        whole(load().rulebase)
        rows = list(measured(Path(folder)))
    lines = [
        "## Two rule bases compared",
        "",
        *table(("the shipped base, and with", "kinds of move", "compared in"), rows),
        "",
        *prose(
            "Every possible case is compared; stored cases are left out. Processor time, with the",
            "diagrams of",
            "the shipped base kept on disk and those of the edit compiled.",
        ),
    ]
    print("\n".join(lines))
    if not options.no_write:
        put("compare", lines)


if __name__ == "__main__":
    main()
