"""Measure the interview on the shipped base: how long a question takes, and how many are asked.

    .venv/bin/python bench/ask.py [--askers N] [--every N] [--seed N] [--no-write]

Askers are made up from the weights of the rule base (who mostly answer what is assumed), from all
answers alike, and from the stored cases: there each states what the case states, and knows nothing else.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median

from page import Clock, prose, put, seconds, table

from amends.engine import Case, Engine, load
from amends.engine.interview import Answer, Answers, Asker, Question
from amends.engine.interview.sheet import Weights
from amends.engine.interview.weights import weights_of
from amends.engine.network import cone
from amends.engine.rulebase import Fact, RuleBase, Value

ROOT = Path(__file__).resolve().parents[1]
CASES = sorted((ROOT / "tests" / "cases").rglob("*.yaml"))

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TELLING, FAST = "the most telling first", "fast"

Knows = Callable[[Fact], Value | None]
"""What an asker answers to the question about a fact; None if they do not know."""
Choose = Callable[[Answers], Fact | None]
"""What to ask next; None at the end."""
Way = tuple[Asker, Choose]


@dataclass(frozen=True)
class Told:
    """One interview: what was said, and how long each question took to be chosen, in seconds."""

    answers: Answers
    took: Sequence[float]

    @property
    def questions(self) -> int:
        return len(self.answers.said)


def made_up(asker: Asker, weights: Weights, who: str) -> Knows:
    """Return an asker whose answers are drawn from *weights*, one fact apart from another.

    Whoever is told by the same name *who* gives the same answers, in whatever order they are asked.
    """
    space = asker.diagrams.space
    told: dict[str, Value | None] = {}

    def value(fact: Fact) -> Value | None:
        levels = space.levels_of(fact.name)
        rng = random.Random(f"{who} {fact.name}")
        if fact.domain.kind == "set":
            drawn = [str(space.variables[at].member) for at in levels if rng.random() < weights[at][1]]
            return frozenset(drawn)
        if not levels:
            return fact.assume
        places = range(len(weights[levels[0]]))
        return space.sample(levels[0], rng.choices(places, weights[levels[0]])[0])

    def knows(fact: Fact) -> Value | None:
        if fact.name not in told:
            told[fact.name] = value(fact)
        return told[fact.name]

    return knows


def told_by(asker: Asker, choose: Choose, knows: Knows) -> Told:
    """Follow one interview to its end. What would contradict earlier answers is not known."""
    answers, took = Answers(), []
    clock = Clock()
    while True:
        fact = choose(answers)
        took.append(clock.took)
        if fact is None:
            return Told(answers, took)
        value = knows(fact)
        # The asker keeps what it last worked out, so what an answer costs is counted from here on.
        clock = Clock()
        if value is not None and asker.standing(answers.saying(Answer(fact.name, value))).clash:
            value = None
        answers = answers.saying(Answer(fact.name, value))


def way(asker: Asker, choosing: Callable[[Asker], Choose]) -> Way:
    """Return one way of asking, with nothing kept from another interview."""
    return asker, choosing(asker)


def by_information(asker: Asker) -> Callable[[Answers], Fact | None]:
    def choose(answers: Answers) -> Fact | None:
        found: Question | None = asker.standing(answers).question
        return found.fact if found else None

    return choose


def in_rule_order(asker: Asker) -> Callable[[Answers], Fact | None]:
    """Ask in the order in which rules read facts, tier by tier, but only what can still matter."""
    order = list(dict.fromkeys(read_in_order(asker.rulebase)))

    def choose(answers: Answers) -> Fact | None:
        if len(asker.sheet(answers).ends) < 2:
            return None
        asked = asker.asked(answers)
        return next((asker.rulebase.facts[name] for name in order if name in asked), None)

    return choose


def read_in_order(rulebase: RuleBase) -> Iterator[str]:
    """Yield the facts as a reader of `remedy` meets them; a decision is gone into where it is first named."""
    seen: set[str] = set()

    def of(name: str) -> Iterator[str]:
        if name in rulebase.facts:
            yield name
        elif name in rulebase.measures and name not in seen:
            seen.add(name)
            for read in rulebase.measures[name].inputs:
                yield from of(read)
        elif name in rulebase.decisions and name not in seen:
            seen.add(name)
            decision = rulebase.decisions[name]
            tiers = {tier: at for at, tier in enumerate(decision.tiers)}
            for rule in sorted(decision.rules, key=lambda rule: tiers.get(rule.tier or "", 0)):
                for subject in rule.subjects:
                    yield from of(subject)

    yield from of("remedy")


def stored(engine: Engine, every: int) -> list[Knows]:
    found: list[Mapping[str, Value]] = [engine.case(path).facts for path in CASES[::every]]
    return [lambda fact, facts=facts: facts.get(fact.name) for facts in found]  # type: ignore[misc]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--askers", type=int, default=20)
    parser.add_argument("--every", type=int, default=15, help="take one stored case in so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    engine = load()
    rulebase = engine.rulebase
    ways: dict[str, Callable[[], Way]] = {
        TELLING: lambda: way(Asker(rulebase), by_information),
        "the most telling first, all answers taken to be alike": lambda: way(
            Asker(rulebase, uniform=True), by_information
        ),
        "in the order of the rules": lambda: way(Asker(rulebase), in_rule_order),
        FAST: lambda: way(Asker(rulebase, fast=True), by_information),
    }
    asker = Asker(rulebase)
    likely = weights_of(rulebase, asker.diagrams.space)
    alike = weights_of(rulebase, asker.diagrams.space, uniform=True)

    def askers(kind: str) -> list[Knows]:
        if kind == "stored cases":
            return stored(engine, options.every)
        weights = likely if kind == "by weights" else alike
        return [made_up(asker, weights, f"{options.seed} {at}") for at in range(options.askers)]

    def remedy(told: Told) -> str | None:
        case = Case(dict(sorted(told.answers.facts.items())), NOW)
        return engine.decide(case, what_if=False).remedy

    later: list[float] = []
    rows: list[tuple[object, ...]] = []
    ends: list[str] = []
    for kind in ("by weights", "all answers alike", "stored cases"):
        found: dict[str, list[Told]] = {}
        for name, fresh in ways.items():
            told = found[name] = [told_by(*fresh(), knows) for knows in askers(kind)]
            numbers = [each.questions for each in told]
            rows.append(
                (kind, name, len(told), f"{mean(numbers):.1f}", f"{median(numbers):.0f}", max(numbers))
            )
            print(rows[-1], file=sys.stderr, flush=True)
            if name == TELLING:
                later += [took for each in told for took in each.took[1:]]
        pairs = zip(found[TELLING], found[FAST], strict=True)
        same = mean(remedy(one) == remedy(other) for one, other in pairs)
        ends.append(f"{same:.0%} ({kind})")
    lines = [*told_in(asker, rows, ends, later)]
    print("\n".join(lines))
    if not options.no_write:
        put("ask", lines)


def told_in(
    asker: Asker, rows: Sequence[Sequence[object]], ends: Sequence[str], later: Sequence[float]
) -> Iterator[str]:
    """Yield the section of the page."""
    clock = Clock()
    fresh = Asker(asker.rulebase)
    fresh.standing(Answers())
    first = seconds(clock.took)
    ordered = sorted(later)
    usual, slow, most = (seconds(ordered[int(part * (len(ordered) - 1))]) for part in (0.5, 0.95, 1))
    rests = len(cone(asker.rulebase, "remedy") & asker.rulebase.facts.keys())
    yield "## Being asked"
    yield ""
    yield from table(("who answers", "asked", "interviews", "questions, mean", "median", "most"), rows)
    yield ""
    yield from prose(
        f"Asking everything would take {rests} questions: `remedy` rests on so many of",
        f"{len(asker.rulebase.facts)} facts. In the order of the rules means as a reader meets",
        "them, and only",
        "what can still matter. Means and most are those of the interviews told, drawn from a",
        "fixed seed; they",
        f"are no bounds. A fast interview ends with the remedy of the full one in {', '.join(ends)}.",
    )
    yield ""
    yield from prose(
        f"With the diagrams loaded the first question takes {first}, each later one {usual} from the answer",
        f"before it in the middle, {slow} for 95",
        f"of 100 and {most} at most, in processor time.",
    )


if __name__ == "__main__":
    main()
