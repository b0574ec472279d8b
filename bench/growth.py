"""How compiling and auditing by diagrams grow with decisions, rules and facts.

    python bench/growth.py              measure, write the section of the page and draw the pictures
    python bench/growth.py --no-write   print only

The rule bases are made up from seeds: decisions in a chain, each over facts of its own and the
decision before it, compiled end to end. Auditing here means what the diagrams alone can say: of
every decision where it has no value and how many kinds of case that are, of every rule whether it
can win. Names are new, so nothing is known of a good order.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from random import Random
from statistics import median
from typing import Any

from chart import Chart, Series, svg
from made import rule_base
from page import Clock, held, prose, put, put_pictures, seconds, table

from amends.engine.diagram import NO, YES, Diagrams, NotFinished
from amends.engine.rulebase import RuleBase

VALUES = 4
TIERS = ("first", "second", "third")
SEEDS = (1, 2, 3)
LEAST_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a rule base is: decisions in the chain, and the rules and facts of each."""

    decisions: int = 6
    rules: int = 10
    facts: int = 3


GROWTH: dict[str, Sequence[Shape]] = {
    "decisions": [Shape(decisions=count) for count in (2, 4, 6, 8, 10, 12, 16)],
    "rules": [Shape(rules=count, decisions=3) for count in (5, 10, 20, 40, 80, 160)],
    "facts": [Shape(facts=count, decisions=4) for count in (2, 3, 4, 5, 6, 8)],
}
"""What grows, all else as it is; a series ends with what is not finished."""


# --- Making rule bases ------------------------------------------------------------------------


def made(shape: Shape, seed: int) -> RuleBase:
    """Return a rule base of *shape*."""
    random = Random(f"{shape} {seed}")
    values = {f"v{at}": f"value {at}" for at in range(VALUES)}
    kinds: Sequence[dict[str, Any]] = (
        {"kind": "count", "lowest": 0, "highest": 9},
        {"kind": "choice", "values": values},
    )
    facts: dict[str, dict[str, Any]] = {}
    files: dict[str, dict[str, Any]] = {}
    for at in range(shape.decisions):
        own = [f"f{at}_{number}" for number in range(shape.facts)]
        facts |= {name: {"question": f"what is {name}?", **random.choice(kinds)} for name in own}
        before = f"d{at - 1}" if at else None
        rules = [_rule(own, before, facts, random) for _ in range(shape.rules)]
        files[f"rules/d{at}.yaml"] = {
            "decides": f"d{at}",
            "title": f"decision {at}",
            "hit_policy": "priority",
            "tiers": list(TIERS),
            "values": values,
            "rules": _ordered(rules),
            "otherwise": "v0",
        }
    sources = {"S": {"title": "made up", "where": "from a seed"}}
    files["kb/facts.yaml"] = {"sources": sources, "facts": facts}
    return rule_base(files)


def _rule(own: Sequence[str], before: str | None, facts: dict[str, Any], random: Random) -> dict[str, Any]:
    when = {name: _test(facts[name]["kind"], random) for name in random.sample(own, min(2, len(own)))}
    if before and random.random() < 0.5:
        when[before] = _test("choice", random)
    then = f"v{random.randrange(VALUES)}"
    return {"tier": random.choice(TIERS), "when": when, "then": then, "because": "it is so", "sources": ["S"]}


def _test(kind: str, random: Random) -> Any:
    if kind == "choice":
        return [f"v{at}" for at in sorted(random.sample(range(VALUES), random.randrange(1, VALUES)))]
    return {random.choice(("at_least", "at_most")): random.randrange(1, 9)}


def _ordered(rules: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Let half of the rules beat the later ones of their tier; an audit finds that others conflict."""
    named = {f"r{at}": rule for at, rule in enumerate(rules)}
    for at, rule in enumerate(rules):
        later = [name for name, other in list(named.items())[at + 1 :] if other["tier"] == rule["tier"]]
        if later and at % 2 == 0:
            rule["overrides"] = later
    return named


# --- Measuring --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One shape, the median of its seeds: seconds, nodes, bytes; None where a seed was not finished."""

    what: str
    shape: Shape
    compiling: float | None
    auditing: float | None
    nodes: int | None
    bytes: int | None
    dead: int = 0
    lacking: int = 0


def measured(what: str, shape: Shape) -> Row:
    """Return one row; each seed in a process of its own, so that its memory is too."""
    found = []
    for seed in SEEDS:
        with ProcessPoolExecutor(1, get_context("fork")) as pool:
            one = pool.submit(_measured, what, shape, seed).result()
        if one.nodes is None:
            return one
        found.append(one)
    return Row(
        what,
        shape,
        median(one.compiling or 0 for one in found),
        median(one.auditing or 0 for one in found),
        int(median(one.nodes or 0 for one in found)),
        int(median(one.bytes or 0 for one in found)),
        sum(one.dead for one in found),
        sum(one.lacking for one in found),
    )


def _measured(what: str, shape: Shape, seed: int) -> Row:
    rulebase = made(shape, seed)
    gc.collect()
    before, clock = held(), Clock()
    try:
        diagrams = compiled(rulebase)
        compiling = clock.took
        dead, lacking = audited(diagrams)
    except NotFinished:
        return Row(what, shape, None, None, None, None)
    auditing = clock.took - compiling
    nodes = len(diagrams.forest.level)
    return Row(what, shape, compiling, auditing, nodes, held() - before, dead, lacking)


def compiled(rulebase: RuleBase) -> Diagrams:
    """Return the diagrams of every decision. Raises `NotFinished`."""
    diagrams = Diagrams(rulebase)
    for name in rulebase.decisions:
        diagrams.decision(name)
    return diagrams


def audited(diagrams: Diagrams) -> tuple[int, int]:
    """Return how many rules never win, and how many decisions lack a value in some kind of case."""
    dead = sum(diagrams.wins(path) == NO for path in diagrams.rulebase.rules)
    lacks = [diagrams.decision(name).lacks for name in diagrams.rulebase.decisions]
    return dead, sum(diagrams.forest.count(root, YES) > 0 for root in lacks)


# --- Telling ----------------------------------------------------------------------------------


def section(rows: Sequence[Row]) -> list[str]:
    """Return the section of the page: the curves, and behind them the numbers."""
    names = [*(f"growth-{what}" for what in GROWTH), "growth-memory"]
    words = [*(f"Seconds to compile and to audit, by {what}" for what in GROWTH), "Memory, by nodes"]
    heads = (
        "grows",
        "decisions",
        "rules",
        "facts",
        "nodes",
        "compiled in",
        "audited in",
        "memory",
        "findings",
    )
    return [
        "## How diagrams grow",
        "",
        *(f"![{alt}](pictures/bench-{name}.svg)\n" for name, alt in zip(names, words, strict=True)),
        *table(heads, [cells(row) for row in rows]),
        "",
        *prose(
            "Rule bases are made up: decisions in a chain, each over facts of its own and the",
            "decision before",
            "it, all compiled end to end. An audit here is what diagrams alone can say: of each",
            "decision in how",
            "many kinds of case it has no value, of each rule whether it can win. Findings are rules",
            "that never",
            f"win and decisions that lack a value somewhere. Medians over {len(SEEDS)} seeds, findings their",
            "sums; processor time. Memory is what the process grows by. A series ends where nodes run out.",
        ),
    ]


def cells(row: Row) -> tuple[object, ...]:
    shape = row.shape
    sizes = (row.what, shape.decisions, f"{shape.decisions * shape.rules:,}", shape.decisions * shape.facts)
    if row.nodes is None or row.compiling is None or row.auditing is None or row.bytes is None:
        return (*sizes, "not finished", "", "", "", "")
    times = seconds(row.compiling), seconds(row.auditing)
    return (*sizes, f"{row.nodes:,}", *times, f"{row.bytes / 1e6:.1f} MB", row.dead + row.lacking)


def size(row: Row) -> int:
    return int(getattr(row.shape, row.what))


def pictures(rows: Sequence[Row]) -> dict[str, str]:
    """Return the curves by file name; what was not finished is left out of them, and said in the title."""

    def curve(
        name: str, chosen: Sequence[Row], value: Callable[[Row], float | None], by: Callable[[Row], int]
    ) -> Series:
        return Series(name, [(by(row), found) for row in chosen if (found := value(row)) is not None])

    drawn = {}
    for what in GROWTH:
        chosen = [row for row in rows if row.what == what]
        each = {
            "decisions": "decisions in the chain",
            "rules": "rules a decision",
            "facts": "facts a decision",
        }[what]
        unfinished = [size(row) for row in chosen if row.nodes is None]
        ends = f"; not finished at {min(unfinished)}" if unfinished else ""
        times = [
            curve("compiling", chosen, lambda row: row.compiling, size),
            curve("auditing", chosen, lambda row: row.auditing, size),
        ]
        drawn[f"bench-growth-{what}.svg"] = svg(
            Chart(f"Time by {each}{ends}", each, "seconds", times, log_up=True)
        )
    # Less than this is lost among what the process held before.
    seen = [row for row in rows if row.nodes and row.bytes and row.bytes >= LEAST_BYTES]
    memory = [
        Series(
            f"by {what}", sorted((row.nodes or 0, (row.bytes or 0) / 1e6) for row in seen if row.what == what)
        )
        for what in GROWTH
    ]
    drawn["bench-growth-memory.svg"] = svg(
        Chart("Memory by nodes", "nodes", "MB", memory, log_across=True, log_up=True)
    )
    return drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    rows = []
    for what, shapes in GROWTH.items():
        for shape in shapes:
            rows.append(measured(what, shape))
            print(rows[-1], file=sys.stderr, flush=True)
            if rows[-1].nodes is None:
                break
    lines = section(rows)
    print("\n".join(lines))
    if not options.no_write:
        put_pictures(pictures(rows))
        put("growth", lines)


if __name__ == "__main__":
    main()
