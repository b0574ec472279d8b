"""Measure the interview on the shipped base: how long a question takes, and how many are asked.

    .venv/bin/python bench/ask.py [--askers N] [--seed N]

Askers are made up from the weights of the rule base (who mostly answer what is assumed), from all
answers alike, and from the stored cases: there each states what the case states, and knows nothing else.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median

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


@dataclass(frozen=True)
class Told:
    """One interview: what was said, and how long each question took to be chosen, in seconds."""

    answers: Answers
    seconds: Sequence[float]

    @property
    def questions(self) -> int:
        return len(self.answers.said)


def made_up(asker: Asker, weights: Weights, rng: random.Random) -> Knows:
    """Return an asker whose answers are drawn from *weights*, one fact apart from another."""
    space = asker.diagrams.space
    told: dict[str, Value | None] = {}

    def value(fact: Fact) -> Value | None:
        levels = space.levels_of(fact.name)
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


def told_by(asker: Asker, knows: Knows, choose: Callable[[Answers], Fact | None]) -> Told:
    """Follow one interview to its end. What would contradict earlier answers is not known."""
    answers, seconds = Answers(), []
    while True:
        start = time.perf_counter()
        fact = choose(answers)
        seconds.append(time.perf_counter() - start)
        if fact is None:
            return Told(answers, seconds)
        value = knows(fact)
        if value is not None and asker.standing(answers.saying(Answer(fact.name, value))).clash:
            value = None
        answers = answers.saying(Answer(fact.name, value))


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


def stored(engine: Engine) -> list[Knows]:
    found: list[Mapping[str, Value]] = [engine.case(path).facts for path in CASES]
    return [lambda fact, facts=facts: facts.get(fact.name) for facts in found]  # type: ignore[misc]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--askers", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    engine = load()
    rulebase = engine.rulebase
    asker, fast, uniform = Asker(rulebase), Asker(rulebase, fast=True), Asker(rulebase, uniform=True)
    print(f"{len(rulebase.facts)} facts, of which `remedy` rests on "
          f"{len(cone(rulebase, 'remedy') & rulebase.facts.keys())}; "
          f"an interview asks {asker.standing(Answers()).at_most} at most")  # fmt: skip
    ways = {
        TELLING: (asker, by_information(asker)),
        "the most telling first, all answers taken to be alike": (uniform, by_information(uniform)),
        "in the order of the rules": (asker, in_rule_order(asker)),
        FAST: (fast, by_information(fast)),
    }
    likely = weights_of(rulebase, asker.diagrams.space)
    alike = weights_of(rulebase, asker.diagrams.space, uniform=True)

    def askers(kind: str) -> list[Knows]:
        rng = random.Random(options.seed)
        if kind == "stored cases":
            return stored(engine)
        return [made_up(asker, likely if kind == "by weights" else alike, rng) for _ in range(options.askers)]

    def remedy(told: Told) -> str | None:
        case = Case(dict(sorted(told.answers.facts.items())), NOW)
        return engine.decide(case, what_if=False).remedy

    later: list[float] = []
    print("\n| askers | questions | mean | median | most |\n|---|---|--:|--:|--:|")
    for kind in ("by weights", "all answers alike", "stored cases"):
        found: dict[str, list[Told]] = {}
        for name, (one, choose) in ways.items():
            told = found[name] = [told_by(one, knows, choose) for knows in askers(kind)]
            numbers = [each.questions for each in told]
            row = f"{mean(numbers):.1f} | {median(numbers):.0f} | {max(numbers)}"
            print(f"| {kind} | {name} | {row} |", flush=True)
            if name == TELLING:
                later += [seconds for each in told for seconds in each.seconds[1:]]
        pairs = zip(found[TELLING], found[FAST], strict=True)
        alike_ends = [remedy(one) == remedy(other) for one, other in pairs]
        print(f"| {kind} | fast ends as the full interview | {mean(alike_ends):.0%} | | |", flush=True)
    fresh = Asker(rulebase)
    start = time.perf_counter()
    fresh.standing(Answers())
    first = time.perf_counter() - start
    later.sort()
    usual, slow, slowest = median(later), later[len(later) * 95 // 100], later[-1]
    print(
        f"\nfirst question {first * 1e3:.0f} ms; later ones {usual * 1e3:.1f} ms in the middle, "
        f"{slow * 1e3:.0f} ms for 95 of 100, {slowest * 1e3:.0f} ms at most"
    )


if __name__ == "__main__":
    main()
