"""Measure the audit's proofs: the shipped rule base, and 500 chained decisions with 5,000 rules.

    python bench/audit.py [--decisions 500] [--rules 10] [--facts 200] [--no-base]

Prints seconds of wall clock and of this process, and the most memory that it held. The synthetic base
is the same each time: each decision reads the one before it and three facts, by a fixed seed.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from amends.engine import load, loading
from amends.engine.audit.finding import Proofs
from amends.engine.audit.proving import prove
from amends.engine.diagnostics import Problems
from amends.engine.diagram.forest import MOST_NODES
from amends.engine.rulebase import RuleBase

SEED = 20_260_301
VALUES = ("low", "middle", "high")
ANSWERS = ("mild", "plain", "firm", "grave")


def chained(decisions: int, rules: int, facts: int) -> dict[str, Any]:
    """Return the files of a rule base in which every decision reads the one before it."""
    draw = random.Random(SEED)
    names = [f"f{at:03}" for at in range(facts)]
    asked = {
        name: {"kind": "choice", "question": f"what is {name}?", "values": {v: v for v in VALUES}}
        for name in names
    }
    files: dict[str, Any] = {
        "kb/facts.yaml": {"sources": {"S": {"title": "a source", "where": "here"}}, "facts": asked}
    }
    for at in range(decisions):
        read = draw.sample(names, 3)
        written = {}
        for number in range(rules):
            when: dict[str, Any] = {
                name: draw.sample(VALUES, draw.choice((1, 2))) for name in draw.sample(read, 2)
            }
            if at:
                when[f"d{at - 1:03}"] = draw.sample(ANSWERS, draw.choice((1, 2)))
            written[f"r{number}"] = {
                "tier": f"t{number}",
                "when": when,
                "then": draw.choice(ANSWERS),
                "because": f"it is so in situation {number}",
                "sources": ["S"],
            }
        files[f"rules/d{at:03}.yaml"] = {
            "decides": f"d{at:03}",
            "title": f"step {at}",
            "hit_policy": "priority",
            "tiers": [f"t{number}" for number in range(rules)],
            "values": {value: value for value in ANSWERS},
            "otherwise": "plain",
            "rules": written,
        }
    return files


def loaded(files: dict[str, Any]) -> RuleBase:
    """Return the rule base that *files* describe."""
    problems = Problems()
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.dump(content, sort_keys=False), encoding="utf-8")
        found = loading.load([loading.Pack("base", 0, (Path(folder),))], problems)
    problems.stop()
    return found


def measured(what: str, action: Callable[[], Proofs]) -> None:
    """Print how long *action* took, and what it found."""
    wall, own = time.perf_counter(), time.process_time()
    proofs = action()
    wall, own = time.perf_counter() - wall, time.process_time() - own
    kinds = {
        kind: sum(1 for found in proofs.findings if found.kind is kind)
        for kind in {f.kind for f in proofs.findings}
    }
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    print(f"{what}: {wall:.2f} s, {own:.2f} s of this process, {held:.0f} MB; finished: {proofs.finished}")
    print(f"  {len(proofs.findings)} findings ({told}), {len(proofs.undecided)} undecided")


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--decisions", type=int, default=500)
    parser.add_argument("--rules", type=int, default=10)
    parser.add_argument("--facts", type=int, default=200)
    parser.add_argument("--no-base", action="store_true", help="the synthetic base only")
    options = parser.parse_args()
    if not options.no_base:
        shipped = load().rulebase
        prove(shipped, most_nodes=MOST_NODES, deadline=None)  # what is kept on disk is there after this
        measured("shipped base", lambda: prove(load().rulebase, most_nodes=MOST_NODES, deadline=None))
    rulebase = loaded(chained(options.decisions, options.rules, options.facts))
    what = f"{options.decisions} chained decisions, {len(rulebase.rules):,} rules"
    measured(what, lambda: prove(rulebase, most_nodes=MOST_NODES, deadline=None))


if __name__ == "__main__":
    main()
