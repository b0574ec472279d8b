"""Measure the reasons and the flips of the stored cases, in process, with the whole diagram loaded.

    .venv/bin/python bench/flip.py [--most N] [--every N]

Each case is read, placed and explained once; a first round warms up and is not counted.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TypeVar

from amends.engine import load
from amends.engine.diagnostics import Problems
from amends.engine.diagram import whole
from amends.engine.reasons import flips, forcing, standing, why_not

ROOT = Path(__file__).resolve().parents[1]
CASES = sorted((ROOT / "tests" / "cases").rglob("*.yaml"))

T = TypeVar("T")


def timed(action: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    found = action()
    return found, time.perf_counter() - start


def shown(what: str, seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    figures = [median(ordered), ordered[int(0.95 * (len(ordered) - 1))], ordered[-1]]
    return f"{what:34}" + "".join(f"{1000 * figure:10.1f}" for figure in figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=2)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    rulebase = (engine := load()).rulebase
    _, loading = timed(lambda: whole(rulebase).masked("remedy"))
    cases = [engine.case(path) for path in CASES[:: options.every]]
    times: dict[str, list[float]] = {}
    reasons: list[int] = []
    least = changes = 0
    sizes: Counter[tuple[str, int]] = Counter()
    for round_ in range(2):
        times = {"placing": [], "reasons": [], "flips": [], "why not, one remedy": []}
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
            all_flips, took = timed(lambda at=at: flips(at, options.most))  # type: ignore[misc]
            times["flips"].append(took)
            changes += len(all_flips.flips)
            sizes.update((flip.by, len(flip.changes)) for flip in all_flips.flips)
            if all_flips.flips:
                other = all_flips.flips[-1].becomes
                _, took = timed(lambda at=at, other=other: why_not(at, other))  # type: ignore[misc]
                times["why not, one remedy"].append(took)
    print(f"{len(cases)} stored cases; the whole diagram loaded in {1000 * loading:.0f} ms")
    print(f"{'milliseconds':34}{'median':>10}{'95 %':>10}{'most':>10}")
    for what, seconds in times.items():
        print(shown(what, seconds))
    print(f"reasons: {median(reasons)} facts in the middle, {min(reasons)} to {max(reasons)};")
    print(f"proved to be the fewest in {least} of {len(reasons)} cases")
    print(f"flips of up to {options.most} facts: {changes / len(cases):.1f} a case")
    for (by, size), number in sorted(sizes.items()):
        print(f"  {by}, {size} fact{'s' if size > 1 else ''}: {number / len(cases):.1f} a case")


if __name__ == "__main__":
    main()
