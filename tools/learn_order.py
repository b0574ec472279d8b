"""Find a good order for the diagrams of the shipped base, and write it to engine/diagram/order.py.

    .venv/bin/python tools/learn_order.py [--minutes 30] [--seed 1]

Starts from the order that is there, moves a variable or a few neighbours elsewhere, and keeps what
needs no more nodes: those of `remedy`, of what it rests on, and of both under the constraints. It
writes after each gain worth having and may be stopped at any time. The order changes speed alone.
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import replace
from pathlib import Path

from amends.engine import load
from amends.engine.diagram import Diagrams, NotFinished, space, space_of
from amends.engine.rulebase import RuleBase

ORDER = Path(__file__).resolve().parents[1] / "engine" / "diagram" / "order.py"
HEAD = '"""The order in which the diagrams of the shipped base ask; see `tools/learn_order.py`."""\n'


def cost(rulebase: RuleBase, order: list[str], most: int) -> int | None:
    """Return how many nodes compiling takes in *order*, or None if more than *most*."""
    space.LEARNED = tuple(order)
    space_of.cache_clear()
    try:
        diagrams = Diagrams(rulebase, most_nodes=most)
        diagrams.masked("remedy")
    except NotFinished:
        return None
    return len(diagrams.forest)


def moved(order: list[str], chance: random.Random) -> list[str]:
    """Return *order* with a few neighbours moved, as often a little way as anywhere."""
    found = order[:]
    size = chance.choice([1, 1, 1, 1, 2, 3, 5])
    start = chance.randrange(len(found) - size)
    taken = found[start : start + size]
    del found[start : start + size]
    to = chance.randrange(len(found) + 1)
    if chance.random() < 0.5:
        to = max(0, min(len(found), start + chance.randint(-8, 8)))
    found[to:to] = taken
    return found


def asked(rulebase: RuleBase) -> list[str]:
    """Return what the diagrams of `remedy` ask, in the order that is there."""
    diagrams = Diagrams(rulebase)
    support = diagrams.forest.support(diagrams.masked("remedy"))
    return [str(variable) for at, variable in enumerate(diagrams.space.variables) if at in support]


def main() -> None:
    """Try moves until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rulebase = replace(load().rulebase)  # a copy, of which nothing is kept on disk
    order, chance = asked(rulebase), random.Random(options.seed)  # noqa: S311 - no secret
    best = written = cost(rulebase, order, 10**7)
    assert best is not None
    print(f"{best:,} nodes", flush=True)
    until = time.monotonic() + options.minutes * 60
    while time.monotonic() < until:
        trial = moved(order, chance)
        found = cost(rulebase, trial, best + 1)
        if found is not None and found <= best:
            best, order = found, trial
            if best < 0.99 * written:
                written = best
                write(order)
                print(f"{best:,} nodes", flush=True)
    write(order)


def write(order: list[str]) -> None:
    """Write *order* where the diagrams read it."""
    names = "".join(f'    "{name}",\n' for name in order)
    ORDER.write_text(f"{HEAD}\nLEARNED: tuple[str, ...] = (\n{names})\n", encoding="utf-8")


if __name__ == "__main__":
    main()
