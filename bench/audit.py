"""Measure the audit's proofs: the shipped rule base, and chained decisions, each reading the one before it.

    python bench/audit.py [--shipped] [--chained] [--decisions 50 150 500] [--rules 10] [--facts 200]
                          [--no-write]

The shipped base, alone and with each niche, is audited twice by `amends audit`, with nothing kept and with
what the first kept. The chained base is the same each time: three facts a decision, by a fixed seed. Its
audit is that of a process of its own, so that memory is its own too, with that of the largest beside it.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from made import rule_base
from packs import NICHE
from packs import shipped as packs_of
from page import Clock, held, prose, put, seconds, table

from amends.engine.audit.proving import prove
from amends.engine.diagram.forest import MOST_NODES

AMENDS = Path(sys.executable).with_name("amends")
GOAL = 60
TIMES = 7
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


# --- Measuring --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Audited:
    """One chained base: its seconds, its row of the table, and why something stayed undecided."""

    seconds: float
    row: tuple[object, ...]
    undecided: tuple[str, ...]


def audited(decisions: int, rules: int, facts: int) -> Audited:
    """Return what the audit of one chained base takes."""
    rulebase = rule_base(chained(decisions, rules, facts))
    clock = Clock()
    proofs = prove(rulebase, most_nodes=MOST_NODES, deadline=None)
    took = clock.took
    found, left = len(proofs.findings), len(proofs.undecided)
    row = (
        f"{decisions:,}",
        f"{len(rulebase.rules):,}",
        seconds(took),
        f"{held() / 1e6:.0f} MB",
        f"{found:,}",
        left,
    )
    return Audited(took, row, tuple(each.why for each in proofs.undecided))


def shipped() -> list[tuple[str, ...]]:
    """Return what a whole `amends audit` of the shipped base takes: with nothing kept, and once more."""
    niches = [pack.name for pack in packs_of(NICHE)]
    cold, cached = zip(*(_twice() for _ in range(TIMES)), strict=True)
    with_niche = [_twice("--niche", name) for name in niches]
    return [
        _told("the base, nothing kept", cold),
        _told("the base, once more", cached),
        _told(f"with each of {len(niches)} niches, nothing kept", [first for first, _ in with_niche]),
        _told(f"with each of {len(niches)} niches, once more", [again for _, again in with_niche]),
    ]


def _told(what: str, took: Sequence[tuple[float, float]]) -> tuple[str, ...]:
    walls = sorted(wall for _, wall in took)
    figures = (median(processor for processor, _ in took), median(walls), walls[0], walls[-1])
    return (what, *map(seconds, figures))


def _twice(*options: str) -> list[tuple[float, float]]:
    """Return what an audit takes that has nothing kept, and the next one."""
    with tempfile.TemporaryDirectory() as kept:
        return [_process(kept, *options) for _ in range(2)]


def _process(kept: str, *options: str) -> tuple[float, float]:
    """Return the processor time and the wall clock of one audit that keeps what it can in *kept*."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    clock, start = Clock(), time.perf_counter()
    done = subprocess.run(
        [str(AMENDS), "audit", *options], capture_output=True, env={**environment, "AMENDS_CACHE": kept}
    )
    processor, wall = clock.took, time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr.decode())
    return processor, wall


# --- Telling ----------------------------------------------------------------------------------


def shipped_section() -> list[str]:
    return [
        "## The audit of the shipped base",
        "",
        *table(("`amends audit`", "processor time", "wall clock", "least", "most"), shipped()),
        "",
        *prose(
            f"Whole processes, start to end, in the middle of {TIMES} runs or of the niches. The aim is 2 s",
            "with nothing kept, and 0.3 s from what is. Claims and shares are proved in processes beside the",
            "first, which is why the processor time is more than the wall clock.",
        ),
    ]


def chained_section(sizes: list[int], rules: int, facts: int) -> list[str]:
    found = []
    for decisions in sizes:
        with ProcessPoolExecutor(1) as pool:
            found.append(pool.submit(audited, decisions, rules, facts).result())
    reached = "within" if found[-1].seconds < GOAL else "past"
    heads = ("decisions", "rules", "audited in", "memory", "findings", "undecided")
    why = sorted({each for one in found for each in one.undecided})
    return [
        "## The audit of chained decisions",
        "",
        *table(heads, [one.row for one in found]),
        "",
        *prose(
            f"Each decision reads the one before it and three of {facts} facts, and is audited in",
            "that context:",
            "what can reach it is what all before it let through. Processor time of all its processes,",
            "reading the",
            f"files left out; the last is {reached} the {GOAL} s aimed at. The rules are made up from",
            "a seed, so",
            "there is much to find.",
            *(f"Undecided, as the audit says: {each}." for each in why),
        ),
    ]


def main() -> None:
    """Measure both, or the one that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shipped", action="store_true", help="the shipped base only")
    parser.add_argument("--chained", action="store_true", help="the chained bases only")
    parser.add_argument("--decisions", type=int, nargs="+", default=[50, 150, 500])
    parser.add_argument("--rules", type=int, default=10)
    parser.add_argument("--facts", type=int, default=200)
    parser.add_argument("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    sections = {}
    if options.shipped or not options.chained:
        sections["audit-shipped"] = shipped_section()
    if options.chained or not options.shipped:
        sections["audit-chained"] = chained_section(options.decisions, options.rules, options.facts)
    for name, lines in sections.items():
        print("\n".join(lines), flush=True)
        if not options.no_write:
            put(name, lines)


if __name__ == "__main__":
    main()
