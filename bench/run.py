"""Measure, as ratios within one run, and write docs/benchmarks.md; then let the other scripts add to it.

    make bench                        # or: python bench/run.py [--rounds N] [--own] [--every] [--no-write]

Each comparison alternates its sides round by round, so that a busy machine slows all of
them alike; what is shown is the median of the rounds. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from page import SECTIONS, prose, put, table

from amends.engine import Case, Engine, load
from amends.engine.chain import run
from amends.engine.chain.memory import WorkingMemory
from amends.engine.completion import complete
from amends.engine.diagnostics import Problems
from amends.engine.diagram import Diagrams, cells_of, space_of, whole
from amends.engine.diagram.keeping import unmasked
from amends.engine.network import strata

ROOT = Path(__file__).resolve().parents[1]
CASES = sorted((ROOT / "tests" / "cases" / "seeds").glob("*.yaml"))
GOAL = 5e-6
"""Seconds to look up one remedy in."""
AMENDS = Path(sys.executable).with_name("amends")


@dataclass(frozen=True)
class Row:
    """One line of the table: what was timed, its median in seconds, and its ratio to the first."""

    what: str
    seconds: float
    ratio: float | None = None


def timed(action: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    action()
    return clock() - start


def alternate(
    actions: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Return the times of every action, one a round; a first round warms up and is not counted."""
    times: dict[str, list[float]] = {name: [] for name in actions}
    for round_ in range(rounds + 1):
        for name, action in actions.items():
            took = timed(action, clock)
            if round_:
                times[name].append(took)
    return times


def ratio(left: list[float], right: list[float]) -> float:
    return median(a / b for a, b in zip(left, right, strict=True))


def processes(rounds: int) -> list[Row]:
    """Whole processes, start to end, with bytecode as an installation has it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def start(*command: str) -> Callable[[], object]:
        return lambda: subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)

    times = alternate(
        {
            "python -c pass": start(sys.executable, "-c", "pass"),
            "amends --help": start(str(AMENDS), "--help"),
            "amends decide CASE": start(str(AMENDS), "decide", str(CASES[0])),
        },
        rounds,
    )
    bare = times["python -c pass"]
    return [Row(f"`{name}`", median(took), ratio(took, bare)) for name, took in times.items()]


class Bare:
    """durable_rules by itself: the rulesets and facts of recorded runs, no settling, no trace."""

    def __init__(self, engine: Engine, cases: list[Case]) -> None:
        from durable.engine import Host

        from amends.engine.chain.durable import DurableRules

        class BareHost(Host):
            def get_action(host, action_name: str) -> Callable[[Any], None]:
                return lambda _context: self.fired.append(action_name)

        self.fired: list[str] = []
        self.host = BareHost()
        self.host._d_timer.cancel()
        self.host._t_timer.cancel()
        self.sids = itertools.count(1)
        recorder = DurableRules(engine.rulebase, strata(engine.rulebase))
        recorded = recorder._host
        set_rulesets, assert_fact = recorded.set_rulesets, recorded.assert_fact
        asserted: list[tuple[str, dict[str, Any]]] = []

        def record_rulesets(rulesets: dict[str, Any]) -> None:
            # The library takes dictionaries apart as it loads them.
            self.host.set_rulesets(copy.deepcopy(rulesets))
            set_rulesets(rulesets)

        def record_fact(name: str, fact: dict[str, Any]) -> object:
            asserted.append((name, dict(fact)))
            return assert_fact(name, fact)

        recorded.set_rulesets, recorded.assert_fact = record_rulesets, record_fact
        self.runs: list[list[tuple[str, list[dict[str, Any]]]]] = []
        for case in cases:
            asserted.clear()
            run(engine.rulebase, completed(engine, case), case.facts, recorder)
            by_state = itertools.groupby(asserted, key=lambda item: (item[0], item[1]["sid"]))
            self.runs.append([(name, [fact for _, fact in group]) for (name, _), group in by_state])
        recorder.close()

    def __call__(self) -> None:
        for asserted in self.runs:
            self.fired.clear()
            for name, facts in asserted:
                sid = str(next(self.sids))
                for fact in facts:
                    self.host.assert_fact(name, {**fact, "sid": sid})
                self.host.delete_state(name, sid)


def completed(engine: Engine, case: Case) -> Mapping[str, Any]:
    """The facts of *case* with its assumptions."""
    return complete(engine.rulebase, case, Problems()).facts


def chains(engine: Engine, cases: list[Case], rounds: int) -> list[Row]:
    """A trace of every stored case, by the chain, by durable_rules alone, and by the working memory."""
    from amends.engine.chain.durable import DurableRules

    layers = strata(engine.rulebase)
    facts = [completed(engine, case) for case in cases]

    def every(executor: Any) -> Callable[[], object]:
        return lambda: [
            run(engine.rulebase, given, case.facts, executor)
            for given, case in zip(facts, cases, strict=True)
        ]

    times = alternate(
        {
            "durable_rules alone, same rulesets and facts": Bare(engine, cases),
            "the chain on durable_rules, full trace": every(DurableRules(engine.rulebase, layers)),
            "the chain on the plain working memory, full trace": every(
                WorkingMemory(engine.rulebase, layers)
            ),
            "a whole verdict, with what is assumed and open": lambda: [engine.decide(case) for case in cases],
        },
        rounds,
    )
    alone = next(iter(times.values()))
    return [Row(name, median(took) / len(cases), ratio(took, alone)) for name, took in times.items()]


def diagrams(engine: Engine, cases: list[Case], rounds: int) -> list[Row]:
    """The diagrams of `remedy`: compiled, taken from disk, and one remedy looked up in them."""
    rulebase = engine.rulebase
    cells = []
    for case in cases:
        given = completed(engine, case)
        trace = run(rulebase, given, case.facts, WorkingMemory(rulebase, strata(rulebase)))
        left = cells_of(rulebase, given, frozenset(case.facts), trace)
        cells.append([left.get(at, (0,))[0] for at in range(len(space_of(rulebase).variables))])
    found = whole(rulebase)
    root, walk = found.decision("remedy").root, found.forest.walk
    assert root is not None
    times = alternate(
        {
            "compile `remedy` end to end, with what cannot be": lambda: Diagrams(rulebase).masked("remedy"),
            "the same, as it was kept on disk": lambda: unmasked.__wrapped__(rulebase).masked("remedy"),
            "count every possible kind of case by its remedy": lambda: found.forest.counts(
                found.masked("remedy"), found.space.stated
            ),
            "one remedy, looked up 10,000 times": lambda: [
                walk(root, cells[at % len(cells)]) for at in range(10_000)
            ],
        },
        max(3, rounds // 3),
        time.process_time,
    )
    alone = next(iter(times.values()))
    rows = [Row(name, median(took), ratio(took, alone)) for name, took in times.items()]
    each = rows[-1].seconds / 10_000
    return [*rows[:-1], Row("one remedy, looked up", each, each / rows[0].seconds)]


def micros(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f} µs" if seconds >= 1e-4 else f"{seconds * 1e6:.2f} µs"


def medians(rows: list[Row]) -> list[str]:
    """Return the table of *rows*, with more places than a reader of seconds needs."""
    cells = []
    for row in rows:
        took = f"{row.seconds * 1e3:.1f} ms" if row.seconds >= 0.01 else micros(row.seconds)
        cells.append((row.what, took, "" if row.ratio is None else f"{row.ratio:.2f} ×"))
    return table(("what", "median", "ratio"), cells)


def told(sections: Mapping[str, list[Row]], cases: int, rounds: int) -> list[str]:
    """Return what the case by case sections say."""
    lines: list[str] = []
    for title, rows in sections.items():
        lines += [f"## {title}", "", *medians(rows), ""]
    return [
        *lines,
        *prose(
            f"Medians of {rounds} rounds of wall clock; {cases} stored cases. Each ratio is to the first row",
            "of its table, taken round by round.",
        ),
    ]


def every_case(rows: list[Row], rounds: int) -> list[str]:
    """Return what the section of the diagrams says."""
    looked_up = rows[-1].seconds
    return [
        "## Every case at once",
        "",
        *medians(rows),
        "",
        *prose(
            f"Medians of {rounds} rounds of processor time. Below {GOAL * 1e6:.0f} µs were aimed at for one",
            f"remedy looked up: {'met' if looked_up < GOAL else 'missed'}.",
        ),
    ]


def others() -> None:
    """Let each other script measure and write its sections."""
    for command in list(SECTIONS.values())[2:]:
        script, *arguments = command.split()
        print(f"bench/{command}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, str(ROOT / "bench" / script), *arguments], check=True, cwd=ROOT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--own", action="store_true", help="the sections of this script alone")
    parser.add_argument("--every", action="store_true", help="every case at once alone")
    parser.add_argument(
        "--no-write", action="store_true", help="print only; the sections of this script alone"
    )
    options = parser.parse_args()
    engine = load()
    cases = [engine.case(path) for path in CASES]
    written: dict[str, list[str]] = {}
    if not options.every:
        written["run"] = told(case_by_case(engine, cases, options.rounds), len(cases), options.rounds)
    rows = diagrams(engine, cases, options.rounds)
    written["every"] = every_case(rows, max(3, options.rounds // 3))
    for name, lines in written.items():
        print("\n".join(lines), flush=True)
        if not options.no_write:
            put(name, lines)
    if not (options.own or options.every or options.no_write):
        others()


def case_by_case(engine: Engine, cases: list[Case], rounds: int) -> dict[str, list[Row]]:
    sections: dict[str, list[Row]] = {}
    if (ROOT / "cli" / "main.py").exists():
        sections["Whole processes"] = processes(rounds)
    if engine.executor.name == "durable_rules":
        sections["One case, in process"] = chains(engine, cases, rounds)
    else:
        print("durable_rules is not there: the chain is not compared with it", file=sys.stderr)
    return sections


if __name__ == "__main__":
    main()
