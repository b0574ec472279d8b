"""How compiling and auditing by diagrams grow with decisions, rules and facts.

    python bench/growth.py              print the tables and draw the pictures
    python bench/growth.py --no-write   print only

The rule bases are made up from a seed: decisions in a chain, each over facts of its own and the
two decisions before it. Auditing here means what the diagrams alone say: of every decision where it
has no value, of every rule whether it can win.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import yaml

from amends.engine import loading
from amends.engine.diagnostics import Problems
from amends.engine.rulebase import RuleBase

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
VALUES = 4
FAN = 2
"""How many decisions before it each decision reads."""
TIERS = ("first", "second", "third")


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a rule base is: decisions in the chain, and the rules and facts of each."""

    decisions: int = 20
    rules: int = 10
    facts: int = 3


GROWTH: dict[str, Sequence[Shape]] = {
    "decisions": [Shape(decisions=count) for count in (10, 20, 50, 100, 200, 500)],
    "rules": [Shape(rules=count) for count in (5, 10, 20, 40, 80)],
    "facts": [Shape(facts=count, rules=20) for count in (2, 3, 4, 5, 6, 8)],
}
"""What grows, all else as it is."""


def made(shape: Shape, seed: int = 1) -> RuleBase:
    """Return a rule base of *shape*."""
    random = Random(f"{shape} {seed}")
    values = {f"v{at}": f"value {at}" for at in range(VALUES)}
    facts: dict[str, Any] = {}
    files: dict[str, dict[str, Any]] = {}
    for at in range(shape.decisions):
        own = [f"f{at}_{number}" for number in range(shape.facts)]
        for name in own:
            kind = (
                {"kind": "count", "lowest": 0, "highest": 9}
                if random.random() < 0.5
                else {"kind": "choice", "values": values}
            )
            facts[name] = {"question": f"what is {name}?", **kind}
        before = [f"d{other}" for other in range(max(0, at - FAN), at)]
        rules = {}
        for number in range(shape.rules):
            when = {name: test(facts.get(name), random) for name in random.sample(own, min(2, len(own)))}
            when |= {name: test(None, random) for name in before if random.random() < 0.5}
            rules[f"r{number}"] = {
                "tier": random.choice(TIERS),
                "when": when,
                "then": f"v{random.randrange(VALUES)}",
                "because": "it is so",
                "sources": ["S"],
            }
        files[f"rules/d{at}.yaml"] = {
            "decides": f"d{at}",
            "title": f"decision {at}",
            "hit_policy": "priority",
            "tiers": list(TIERS),
            "values": values,
            "rules": ordered(rules),
            "otherwise": "v0",
        }
    sources = {"S": {"title": "made up", "where": "from a seed"}}
    files["kb/facts.yaml"] = {"sources": sources, "facts": facts}
    return read(files)


def test(fact: dict[str, Any] | None, random: Random) -> Any:
    """Return a test of a number, or of a choice or decision, which have the same values."""
    if fact is None or fact["kind"] == "choice":
        return [f"v{at}" for at in sorted(random.sample(range(VALUES), random.randrange(1, VALUES)))]
    return {random.choice(("at_least", "at_most")): random.randrange(1, 9)}


def ordered(rules: dict[str, Any]) -> dict[str, Any]:
    """Let each rule beat the later ones of its tier, so that every decision has a value."""
    for at, (name, rule) in enumerate(rules.items()):
        later = [other for other in list(rules)[at + 1 :] if rules[other]["tier"] == rule["tier"]]
        rules[name] = {**rule, "overrides": later} if later else rule
    return rules


def read(files: dict[str, dict[str, Any]]) -> RuleBase:
    problems = Problems()
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(yaml.dump(content, Dumper=DUMPER, sort_keys=False), encoding="utf-8")
        rulebase = loading.load([loading.Pack("base", 0, (Path(folder),))], problems)
    problems.stop()
    return rulebase
