"""Decide the same work with other engines: the decision `remedy`, over the cells of all that it reads.

    .venv/bin/python bench/peers/run.py [--cases N] [--rounds N] [--only NAME] [--no-write]

Each is checked equal on 2,000 cases before it is timed, and timed in fresh processes. They need the group
`peers` of pyproject.toml (`tools/setup_venv.py .venv --dev --peers`); what is not installed is left out.

The work: made-up cases are taken through the base up to `remedy`, and what its 78 rules read, facts, measures
and decisions, is handed to each engine as the name of a cell, `c0`, `c1` and so on. Rules come in an order in
which none comes after one that it beats, so that the first that holds decides. An engine with tables gets a
row for each way in which a rule holds, one with expressions gets the rule as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import ours
import theirs
from chart import Chart, Series, svg
from page import prose, put, put_pictures, table
from work import Decide, Timed, Work, fewer, made

CHECKED = 2_000
ALL = 78
FEWER = (10, 20, 40)
GROWTH = """With fewer rules, the first so many of the same, again checked and timed in fresh processes,
once each:"""
PICTURES = {
    "columns": (
        "amends, look-ups over columns",
        "amends, rules over columns",
        "Polars, when/then",
        "DuckDB, CASE WHEN",
    ),
    "cases": ("amends, one case", "Python, written out", "zen-engine", "clipspy", "durable_rules, bare"),
}
ABOUT = """The decision `remedy`, 78 rules, over the cells of the things that it reads, handed to
every engine under the same names; the first rule that holds decides. Each is checked on {checked:,}
made-up cases against the kernel of `amends batch`, which is held equal to `decide`, then timed in
fresh processes: medians of {rounds}, one thread. What turns facts into cells, the other 39
decisions, money and explanations are not in it: it is the matching of rules alone. `ready` is the
time to build the rules."""
NOTE = """zen-engine, CLIPS, durable_rules and SpiffWorkflow get a row or rule for each way in which
a rule holds; CLIPS has each fact retracted after its case, or its memory would grow without end.
durable_rules matches all rules and the first is picked afterwards, since its order of firing is not
its order of deciding."""

PEERS: Mapping[str, tuple[str, Callable[[Work], Decide], int]] = {
    "amends, look-ups over columns": ("", ours.amends_lookups, 1_000_000),
    "amends, rules over columns": ("", ours.amends_columns, 200_000),
    "amends, one case": ("", ours.amends_chain, 4_000),
    "Polars, when/then": ("polars", theirs.polars, 200_000),
    "DuckDB, CASE WHEN": ("duckdb", theirs.duckdb, 200_000),
    "Python, written out": ("", theirs.python, 20_000),
    "zen-engine": ("zen-engine", theirs.zen, 4_000),
    "clipspy": ("clipspy", theirs.clipspy, 4_000),
    "json-logic": ("json-logic-qubit", theirs.json_logic, 2_000),
    "rule-engine": ("rule-engine", theirs.rule_engine, 2_000),
    "business-rules": ("business-rules", theirs.business_rules, 2_000),
    "durable_rules, bare": ("durable_rules", theirs.durable_rules, 2_000),
    "SpiffWorkflow, DMN": ("SpiffWorkflow", theirs.spiff, 2_000),
    "experta": ("experta", theirs.experta, 2_000),
}
"""By name: the distribution, what makes it ready, and the cases that it is timed on."""


def measure(name: str, rules: int) -> dict[str, Any]:
    """Return what one engine needs for a case, once it is seen to be right, in this process."""
    _, make, count = PEERS[name]
    work = made(max(CHECKED, min(count, 20_000)))
    work = fewer(work, rules) if rules < len(work.rules) else work
    began = time.perf_counter()
    decide = make(work)
    ready = time.perf_counter() - began
    few = work.cases[:CHECKED]
    found: Any = decide(few)
    told = found.told() if isinstance(found, Timed) else found
    wrong = [at for at, (one, other) in enumerate(zip(told, work.expected, strict=False)) if one != other]
    if wrong or len(told) != CHECKED:
        return {"wrong": len(wrong), "of": CHECKED}
    cases = [work.cases[at % len(work.cases)] for at in range(count)]
    whole: Any = decide(cases) if isinstance(found, Timed) else None
    began = time.perf_counter()
    if whole is not None:
        whole.go()
    else:
        decide(cases)
    return {"seconds": (time.perf_counter() - began) / count, "ready": ready}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=PEERS)
    parser.add_argument("--one", choices=PEERS, help=argparse.SUPPRESS)
    parser.add_argument("--rules", type=int, default=ALL, help=argparse.SUPPRESS)
    parser.add_argument("--no-write", action="store_true")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.rules)))
        return
    rows: list[tuple[str, ...]] = []
    base: float | None = None
    grown: dict[str, list[tuple[int, float | None]]] = {}
    for name in [options.only] if options.only else PEERS:
        distribution = PEERS[name][0]
        try:
            shown = f"{name} {version(distribution)}" if distribution else name
        except PackageNotFoundError:
            rows.append((name, "", "", "", "not installed"))
            continue
        found = [fresh(name) for _ in range(options.rounds)]
        fault = next((each["fault"] for each in found if "fault" in each), None)
        if fault is not None:
            rows.append((shown, "", "", "", fault))
            print(shown, fault, flush=True)
            continue
        took = median(each["seconds"] for each in found)
        grown[name] = [(rules, fresh(name, rules).get("seconds")) for rules in FEWER] + [(ALL, took)]
        base = base or took
        ready = median(each["ready"] for each in found)
        rows.append((shown, f"{1 / took:,.0f}", f"{took / base:,.0f}", f"{ready:.2f} s", "equal"))
        print(*rows[-1], sep="  ", flush=True)
    if options.no_write or options.only:
        return
    about = ABOUT.format(checked=CHECKED, rounds=options.rounds)
    shown = table(("engine", "cases a second", "times as long", "ready", "on 2,000 cases"), rows)
    drawn = pictures(grown)
    put_pictures(drawn)
    shown += ["", *prose(NOTE), "", *prose(GROWTH)]
    for name in drawn:
        alt = "Time of a case by the number of rules, one curve an engine"
        shown += ["", f"![{alt}](pictures/{name})"]
    put("peers", ["## The same decision by other engines", "", *prose(about), "", *shown])


def pictures(grown: Mapping[str, list[tuple[int, float | None]]]) -> dict[str, str]:
    """Draw the time of a case by the number of rules, engines for columns and for cases apart."""
    drawn = {}
    for picture, names in PICTURES.items():
        series = [
            # Where all are over columns no name says so, which leaves it room beside the curve.
            Series(
                name.removesuffix(f" over {picture}"),
                [(rules, 1e6 * took) for rules, took in grown[name] if took],
            )
            for name in names
            if name in grown
        ]
        chart = Chart(f"Time of a case by rules, {picture}", "rules", "microseconds", series, log_up=True)
        drawn[f"bench-peers-{picture}.svg"] = svg(chart)
    return drawn


def fresh(name: str, rules: int = ALL) -> dict[str, Any]:
    """Measure in a new process; a fault is told in a few words."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", name, "--rules", str(rules)],
        capture_output=True,
        text=True,
        env={**os.environ, "POLARS_MAX_THREADS": "1", "PYTHONWARNINGS": "ignore"},
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it ended"])[-1]
        return {"fault": f"fails: {last[:90]}"}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    if "wrong" in found:
        return {"fault": f"{found['wrong']:,} of {found['of']:,} are wrong"}
    return found


if __name__ == "__main__":
    main()
