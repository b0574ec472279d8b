"""Audit every shipped pack, and every line of work with every platform; say what each pack moves.

    python bench/packs.py [--audits] [--no-write]        # `make audits` is --audits: exit 1 on a finding

What a pack moves is counted over all kinds of case that can be, against the base without it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from itertools import product

from page import Clock, prose, put, seconds, table

from amends.engine import load
from amends.engine.audit.auditing import audit
from amends.engine.compare import compare
from amends.engine.diagnostics import Problems
from amends.engine.discovery import SHIPPED, packs
from amends.engine.pack import LEVELS, Pack
from amends.engine.source import yaml_files

NICHE, PLATFORM = LEVELS.index("niche"), LEVELS.index("platform")


@dataclass(frozen=True)
class Audited:
    """One stack of packs: what its audit found, and the processor time that it took."""

    packs: tuple[str, ...]
    found: tuple[str, ...]
    is_finished: bool
    took: float


def shipped(level: int) -> list[Pack]:
    return [pack for pack in packs() if pack.place == SHIPPED and pack.level == level]


def stacks() -> list[tuple[Pack, ...]]:
    """Return each pack alone, then each line of work with each platform."""
    niches, platforms = shipped(NICHE), shipped(PLATFORM)
    return [*((pack,) for pack in (*niches, *platforms)), *product(niches, platforms)]


def audited(stack: tuple[Pack, ...]) -> Audited:
    clock = Clock()
    report = audit(load(packs=stack).rulebase, now=datetime.now(UTC).date())
    found = tuple(f"{each.kind.value} {each.subject}" for each in report.findings if not each.ignored)
    named = tuple(pack.name for pack in stack)
    return Audited(named, found, report.finished and not report.undecided, clock.took)


def moved(pack: Pack) -> tuple[str, ...]:
    """Return the row of *pack*: its rules, its cases and the share of possible cases that end otherwise."""
    laid = load(packs=[pack])
    (moves,) = compare(load(), laid).counted
    if not moves.is_finished or moves.cases is None:
        share = "not finished"
    else:
        part = Fraction(sum(move.count.cases for move in moves.moves), moves.cases.cases)
        share = f"{float(part) * 100:.3f} %"
        if part < Fraction(1, 10**5):
            share = "under 0.001 %" if part else "nothing"
    rules = sum(rule.pack == pack.name for rule in laid.rulebase.rules.values())
    cases = len(yaml_files(pack.cases, Problems()))
    return f"`{pack.name}`", str(rules), str(cases), share


def sections(done: Sequence[Audited], rows: Sequence[tuple[str, ...]]) -> list[str]:
    pairs = [each for each in done if len(each.packs) > 1]
    took = sorted(each.took for each in done)
    clean = sum(not each.found and each.is_finished for each in done)
    return [
        "## Packs",
        "",
        *table(("pack", "rules", "cases", "possible cases with another remedy"), rows),
        "",
        *prose(
            f"Audits of {len(done)} stacks, {len(pairs)} of them a line of work with a platform:",
            f"{clean} without a finding, {seconds(took[len(took) // 2])} in the middle and",
            f"{seconds(took[-1])} at most, in processor time. Each proves that its packs change nothing",
            "outside their scope.",
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--audits", action="store_true", help="audit alone; exit 1 on a finding")
    parser.add_argument("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    with ProcessPoolExecutor() as pool:
        done = []
        for each in pool.map(audited, stacks()):
            done.append(each)
            said = ", ".join(each.found) or ("clean" if each.is_finished else "not finished")
            print(f"{' + '.join(each.packs)}: {said}", file=sys.stderr, flush=True)
        if options.audits:
            sys.exit(any(each.found or not each.is_finished for each in done))
        rows = list(pool.map(moved, [*shipped(NICHE), *shipped(PLATFORM)]))
    lines = sections(done, rows)
    print("\n".join(lines))
    if not options.no_write:
        put("packs", lines)


if __name__ == "__main__":
    main()
