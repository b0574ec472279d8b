"""How long it takes to find the gaps and overlaps of wide decision tables, and how that grows.

    python bench/tables.py              measure, write the section of the page and draw the pictures
    python bench/tables.py --no-write   print only

The recipe is that of Calvanese et al., "Semantics, analysis and simplification of DMN decision
tables", Information Systems 78 (2018): a random decision tree is taken apart into one rule a leaf,
then a tenth of the rules is disturbed. Theirs were learned from loans, ours are drawn from a seed.
"""

from __future__ import annotations

import argparse
import gc
import sys
from bisect import bisect_left
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing import get_context
from random import Random
from statistics import median
from typing import TypeVar

from chart import Chart, Series, svg
from page import Clock, held, prose, put, put_pictures, seconds
from page import table as drawn

from amends.engine.diagram.cuts import missing
from amends.engine.diagram.table import Table, overlapping

COLUMNS = (3, 7, 11, 15)
RULES = (500, 1_000, 1_500, 5_000, 10_000)
DISTURBED = 0.1
HIGHEST = 1_000_000
PAPER = {(15, 1_500): (195.9, 704.5)}
"""Seconds for overlaps and for missing rules, as published."""
GOALS: dict[tuple[int, int], tuple[float, float]] = {(15, 1_500): (2, 0.7), (15, 10_000): (20, 2)}
"""Seconds aimed at, likewise."""
QUICK = 2.0
"""What takes more seconds is measured once."""

Interval = tuple[float, float]
"""More than the first number, at most the second."""
Leaf = dict[int, Interval]
"""The interval of each column that the path to a leaf tests."""

ANY = (float("-inf"), float("inf"))


def tree(columns: int, rules: int, random: Random) -> list[Leaf]:
    """Return the leaves of a random tree: a leaf at a time is split at a number of a column."""
    leaves: list[Leaf] = [{}]
    while len(leaves) < rules:
        at, column = random.randrange(len(leaves)), random.randrange(columns)
        low, high = leaves[at].get(column, ANY)
        first, last = max(low, 0.0), min(high, float(HIGHEST))
        if last - first >= 2:
            cut = float(random.randrange(int(first) + 1, int(last)))
            leaves.append({**leaves[at], column: (cut, high)})
            leaves[at] = {**leaves[at], column: (low, cut)}
    return leaves


class Noise(StrEnum):
    """What is done to a rule of the tenth that is disturbed."""

    WIDENED = "widened"
    NARROWED = "narrowed"
    MIXED = "mixed"


def disturbed(leaves: list[Leaf], noise: Noise, random: Random) -> list[Leaf]:
    """Return *leaves* with a tenth of them changed in one column.

    Mixed means that a condition is left out, or one of its bounds moved anywhere.
    """
    found = list(leaves)
    cuts = cuts_of(leaves)
    for at in random.sample(range(len(leaves)), round(DISTURBED * len(leaves))):
        leaf = dict(found[at])
        column = random.choice(sorted(leaf))
        low, high = leaf.pop(column)
        interval = _moved(low, high, cuts[column], noise, random)
        found[at] = leaf if interval == ANY else {**leaf, column: interval}
    return found


def _moved(low: float, high: float, cuts: list[float], noise: Noise, random: Random) -> Interval:
    moves_low = high == ANY[1] or (low != ANY[0] and random.random() < 0.5)
    match noise:
        case Noise.NARROWED:
            moves_low = random.random() < 0.5
            places = [cut for cut in cuts if low < cut < high]
        case Noise.WIDENED:
            places = [ANY[0], *(cut for cut in cuts if cut < low)]
            if not moves_low:
                places = [*(cut for cut in cuts if cut > high), ANY[1]]
        case Noise.MIXED:
            if random.random() < 0.5:
                return ANY
            places = [cut for cut in cuts if cut != (high if moves_low else low)]
    if not places:
        return low, high
    place = random.choice(places)
    ends = (place, high) if moves_low else (low, place)
    return min(ends), max(ends)


def cuts_of(leaves: list[Leaf]) -> dict[int, list[float]]:
    cuts: dict[int, set[float]] = {}
    for leaf in leaves:
        for column, ends in leaf.items():
            cuts.setdefault(column, set()).update(set(ends).difference(ANY))
    return {column: sorted(found) for column, found in cuts.items()}


def table_of(leaves: list[Leaf], columns: int) -> Table:
    """Return *leaves* as cells: a point for each number that is compared with, an interval between two."""
    cuts = cuts_of(leaves)
    sizes = tuple(2 * len(cuts.get(column, ())) + 1 for column in range(columns))

    def mask(column: int, interval: Interval | None) -> int | None:
        if interval is None:
            return None
        low, high = interval
        first = 0 if low == ANY[0] else 2 * bisect_left(cuts[column], low) + 2
        last = sizes[column] - 1 if high == ANY[1] else 2 * bisect_left(cuts[column], high) + 1
        return (1 << last + 1) - (1 << first)

    rows = (tuple(mask(column, leaf.get(column)) for column in range(columns)) for leaf in leaves)
    return Table(sizes, tuple(rows))


def made(columns: int, rules: int, noise: Noise, seed: int = 1) -> Table:
    """Return a table of the recipe."""
    random = Random(f"{columns} {rules} {noise} {seed}")
    return table_of(disturbed(tree(columns, rules, random), noise, random), columns)


# --- Measuring --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One table of one size: seconds and what was found, the pairs made one by one."""

    noise: Noise
    columns: int
    rules: int
    cells: int
    overlaps: int
    overlapping: float
    gaps: int
    missing: float
    is_finished: bool
    bytes: int

    @property
    def found(self) -> str:
        return f"{self.gaps:,}" if self.is_finished else f"at least {self.gaps:,}, not finished"


def measured(columns: int, rules: int, noise: Noise, rounds: int) -> Row:
    """Return one row, measured in a process of its own, so that its memory is too."""
    table = made(columns, rules, noise)
    gc.collect()
    with ProcessPoolExecutor(1, get_context("fork")) as pool:
        return pool.submit(_measured, table, noise, rounds).result()


def _measured(table: Table, noise: Noise, rounds: int) -> Row:
    before = held()
    pairs, overlapping_took = timed(lambda: list(overlapping(table)), rounds)
    gaps, missing_took = timed(lambda: missing(table), rounds)
    return Row(
        noise=noise,
        columns=len(table.sizes),
        rules=len(table.rows),
        cells=max(table.sizes),
        overlaps=len(pairs),
        overlapping=overlapping_took,
        gaps=len(gaps.boxes),
        missing=missing_took,
        is_finished=gaps.is_finished,
        bytes=held() - before,
    )


Found = TypeVar("Found")


def timed(action: Callable[[], Found], rounds: int) -> tuple[Found, float]:
    """Return what *action* finds, and the median of its times on one processor."""
    times: list[float] = []
    while len(times) < rounds and sum(times) < QUICK:
        gc.collect()
        clock = Clock()
        found = action()
        times.append(clock.took)
    return found, median(times)


# --- Telling ----------------------------------------------------------------------------------

NOISES = {
    Noise.NARROWED: "gaps are looked for in tables with rules narrowed, as in the paper",
    Noise.WIDENED: "overlaps are looked for in tables with rules widened, as in the paper",
    Noise.MIXED: "conditions left out and bounds moved anywhere, which cuts gaps up; harder than the paper",
}


def section(rows: Sequence[Row]) -> list[str]:
    """Return the section of the page: goals and published figures, then all that was measured."""
    largest = max(row.rules for row in rows)
    widest = [row for row in rows if row.columns == COLUMNS[-1] and (row.columns, row.rules) in GOALS]
    lines = ["## Gaps and overlaps of wide tables", ""]
    told = []
    for row in widest:
        goal_pairs, goal_gaps = GOALS[row.columns, row.rules]
        published = PAPER.get((row.columns, row.rules))
        pairs, gaps = (f"{took} s" for took in published) if published else ("", "")
        if row.noise is not Noise.NARROWED:
            paper = pairs if row.noise is Noise.WIDENED else ""
            what = f"overlapping pairs, {row.noise}"
            told.append((what, row, row.overlapping, goal_pairs, paper, f"{row.overlaps:,}"))
        paper = gaps if row.noise is Noise.NARROWED else ""
        told.append((f"gaps, {row.noise}", row, row.missing, goal_gaps, paper, row.found))
    told.sort(key=lambda each: (each[1].rules, each[0]))
    lines += drawn(
        ("in tables of 15 columns", "rules", "found", "found in", "aimed at", "met", "paper"),
        [
            (
                what,
                f"{row.rules:,}",
                many,
                seconds(took),
                f"< {goal} s",
                "yes" if took < goal else "no",
                paper,
            )
            for what, row, took, goal, paper, many in told
        ],
    )
    lines += [
        "",
        *prose(
            "The recipe is that of D. Calvanese et al., *Semantics, analysis and simplification of",
            "DMN decision",
            "tables*, Information Systems 78 (2018): a decision tree taken apart into one rule a",
            "leaf, then a",
            "tenth of the rules disturbed. Their hardware, language and tables differ: their trees",
            "were learned",
            "from loans of LendingClub and ours are drawn from a seed, and they gather overlaps into sets of",
            "rules where ours are pairs. So their figures beside ours show an order of magnitude, no race.",
        ),
        "",
        *(f"- **{noise.value}**: {words}." for noise, words in NOISES.items()),
        "",
        *(f"![{alt}](pictures/bench-tables-{name}.svg)\n" for name, alt in ALT.items()),
        "<details>",
        f"<summary>Every table, {COLUMNS[0]} to {COLUMNS[-1]} columns and up to {largest:,} rules</summary>",
        "",
    ]
    lines += drawn(
        (
            "disturbed",
            "columns",
            "rules",
            "cells a column",
            "pairs",
            "found in",
            "gaps",
            "found in",
            "memory",
        ),
        [
            (
                row.noise.value,
                row.columns,
                f"{row.rules:,}",
                f"{row.cells:,}",
                f"{row.overlaps:,}",
                seconds(row.overlapping),
                row.found,
                seconds(row.missing),
                f"{row.bytes / 1e6:.1f} MB",
            )
            for row in rows
        ],
    )
    return [
        *lines,
        "",
        "</details>",
        "",
        *prose(
            f"Processor time of one core, the median of three where it takes less than {QUICK:.0f} s.",
            "Memory is",
            "what the process grows by, over the table itself.",
        ),
    ]


ALT = {
    "gaps": "Seconds to find what no rule covers, against the number of rules",
    "overlaps": "Seconds to find every pair of rules that overlap, against the number of rules",
    "mixed": "Seconds to find what no rule covers in the harder tables, against the number of rules",
    "memory": "Memory to find gaps and overlaps, against the number of rules",
}


def pictures(rows: list[Row]) -> dict[str, str]:
    """Return the curves by file name."""

    def curves(noise: Noise, value: Callable[[Row], float]) -> list[Series]:
        return [
            Series(f"{columns} columns", [(row.rules, value(row)) for row in chosen])
            for columns in sorted({row.columns for row in rows}, reverse=True)
            if (chosen := [row for row in rows if row.columns == columns and row.noise is noise])
        ]

    theirs = PAPER[15, 1_500]
    logs = {"log_across": True, "log_up": True}
    found = {
        "gaps": Chart(
            "Finding what no rule of a table covers",
            "rules",
            "seconds, a tenth of the rules narrowed",
            curves(Noise.NARROWED, lambda row: row.missing),
            [(1_500, theirs[1], "paper, 15 columns")],
            **logs,
        ),
        "overlaps": Chart(
            "Finding every pair of rules that overlap",
            "rules",
            "seconds, a tenth of the rules widened",
            curves(Noise.WIDENED, lambda row: row.overlapping),
            [(1_500, theirs[0], "paper, 15 columns")],
            **logs,
        ),
        "mixed": Chart(
            "Finding what no rule covers, where gaps are cut up",
            "rules",
            "seconds, a tenth of the rules with a condition left out or moved",
            curves(Noise.MIXED, lambda row: row.missing),
            **logs,
        ),
        "memory": Chart(
            "Memory to find gaps and overlaps",
            "rules",
            "MB, a tenth of the rules widened",
            curves(Noise.WIDENED, lambda row: row.bytes / 1e6),
        ),
    }
    return {f"bench-tables-{name}.svg": svg(chart) for name, chart in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most-rules", type=int, default=RULES[-1])
    parser.add_argument("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    rows = []
    for noise in NOISES:
        for columns in COLUMNS:
            for rules in RULES:
                if rules <= options.most_rules:
                    rows.append(measured(columns, rules, noise, options.rounds))
                    print(rows[-1], file=sys.stderr, flush=True)
    lines = section(rows)
    print("\n".join(lines))
    if not options.no_write:
        put_pictures(pictures(rows))
        put("tables", lines)


if __name__ == "__main__":
    main()
