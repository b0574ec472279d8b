"""Measure the reasons and the flips of the stored cases, in process, with the whole diagram loaded.

    .venv/bin/python bench/flip.py [--most N] [--every N] [--no-write]

Each case is read, placed and explained once; a first round warms up and is not counted.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TypeVar

from page import Clock, prose, put, seconds, table

from amends.engine import load
from amends.engine.diagnostics import Problems
from amends.engine.diagram import whole
from amends.engine.reasons import flips, forcing, standing, why_not

ROOT = Path(__file__).resolve().parents[1]
CASES = sorted((ROOT / "tests" / "cases").rglob("*.yaml"))

GOAL = 0.05
"""Seconds to find the flips of a case in."""
ONE_FACT = "flips of one fact"

T = TypeVar("T")


def timed(action: Callable[[], T]) -> tuple[T, float]:
    clock = Clock()
    found = action()
    return found, clock.took


def shown(what: str, took: Sequence[float]) -> tuple[str, ...]:
    ordered = sorted(took)
    return what, *map(seconds, (median(ordered), ordered[int(0.95 * (len(ordered) - 1))], ordered[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=2)
    parser.add_argument("--every", type=int, default=10, help="take one case in so many")
    parser.add_argument("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    rulebase = (engine := load()).rulebase
    _, loading = timed(lambda: whole(rulebase).masked("remedy"))
    cases = [engine.case(path) for path in CASES[:: options.every]]
    times: dict[str, list[float]] = {}
    reasons: list[int] = []
    least = changes = 0
    sizes: Counter[tuple[str, int]] = Counter()
    for round_ in range(2):
        times = {"placing": [], "reasons": [], ONE_FACT: [], "flips": [], "why not, one remedy": []}
        reasons, least, changes = [], 0, 0
        sizes.clear()
        for case in cases if round_ else cases[:5]:
            at, took = timed(lambda case=case: standing(rulebase, case, Problems()))  # type: ignore[misc]
            times["placing"].append(took)
            found, took = timed(lambda at=at: forcing(at))  # type: ignore[misc]
            times["reasons"].append(took)
            if found is not None:
                reasons.append(len(found.reasons))
                least += found.is_least
            _, took = timed(lambda at=at: flips(at, 1))  # type: ignore[misc]
            times[ONE_FACT].append(took)
            all_flips, took = timed(lambda at=at: flips(at, options.most))  # type: ignore[misc]
            times["flips"].append(took)
            changes += len(all_flips.flips)
            sizes.update((flip.by, len(flip.changes)) for flip in all_flips.flips)
            if all_flips.flips:
                other = all_flips.flips[-1].becomes
                _, took = timed(lambda at=at, other=other: why_not(at, other))  # type: ignore[misc]
                times["why not, one remedy"].append(took)
    by_size = [(by, size, f"{number / len(cases):.1f}") for (by, size), number in sorted(sizes.items())]
    within = {
        what: sum(took < GOAL for took in times[what]) / len(times[what]) for what in (ONE_FACT, "flips")
    }
    rows = [shown(what, each) for what, each in times.items()]
    lines = [
        "## What would change a verdict",
        "",
        *table(("of one case", "median", "95 of 100", "most"), rows),
        "",
        *prose(
            f"{len(cases)} stored cases, {changes / len(cases):.1f} flips of up to {options.most}",
            "facts a case.",
            f"Processor time in a process that has the diagrams, which take {seconds(loading)} once.",
            "All flips",
            f"of one fact are found in less than the {GOAL * 1e3:.0f} ms aimed at in",
            f"{within[ONE_FACT]:.0%} of",
            f"the cases, those of up to {options.most} in {within['flips']:.0%}. A reason names",
            f"{min(reasons)}",
            f"to {max(reasons)} facts, {median(reasons):.0f} in the middle, and is proved to be the",
            "shortest in",
            f"{least} cases.",
        ),
        "",
        *table(("flips a case, changed by", "facts changed", "on average"), by_size),
    ]
    print("\n".join(lines))
    if not options.no_write:
        put("flip", lines)


if __name__ == "__main__":
    main()
