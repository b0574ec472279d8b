"""Random small rule bases, as the YAML that people write, and random cases for them.

The whole language is drawn from: every kind of fact, test, measure and hit policy, over
several strata. Everything drawn is sound, so a diagnostic at load is a finding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from math import prod
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from amends.engine import formula
from amends.engine.rulebase import RuleBase
from amends.engine.values import decimal_text
from tests.support import naive
from tests.support.written import Given, Written, Yaml, load

MOST_COMPLETIONS = 32
"""The naive reader tries each; more would make the laws slow without making them stricter."""

POLICIES = (
    "unique",
    "any",
    "priority",
    "priority",
    "collect",
    "collect",
    "collect max",
    "collect min",
    "collect sum",
    "collect count",
)
KINDS = ("choice", "set", "flag", "count", "number", "money", "date")
NAMES = ("a", "b", "c", "d")
DAYS = tuple(date(2026, 2, 27) + timedelta(days=n) for n in range(4))

T = TypeVar("T")


@dataclass(frozen=True)
class Thing:
    """What a rule or formula may read: a fact, measure or decision, as far as the text says."""

    name: str
    kind: str
    values: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    lowest: Fraction = Fraction(0)
    highest: Fraction = Fraction(0)
    decimals: int = 0
    is_fact: bool = False

    @property
    def is_number(self) -> bool:
        return self.kind in ("count", "number", "money")


def rule_bases() -> st.SearchStrategy[RuleBase]:
    """Draw a loaded rule base."""
    return written_rule_bases().map(load)


@st.composite
def written_rule_bases(draw: DrawFn, *, remedy: bool = False) -> Written:
    """Draw the files of a rule base: three to five facts, up to three measures, three to six decisions.

    With *remedy*, a catalogue of remedies and the decision that every verdict is about.
    """
    return _Author(draw).rule_base(remedy=remedy)


@st.composite
def cases(draw: DrawFn, rulebase: RuleBase, *, complete: bool = False) -> Given:
    """Draw a case: values at, between and beyond the constants of the rules; some only assumed.

    An incomplete one leaves out as many facts as the naive reader can complete.
    """
    domains = {name: naive.values_of(rulebase, fact) for name, fact in rulebase.facts.items()}
    facts = {name: draw(st.sampled_from(values)) for name, values in domains.items()}
    assumed = draw(st.sets(st.sampled_from(sorted(facts)), max_size=1))
    if complete:
        return Given(facts, frozenset(facts) - assumed)
    missing: list[str] = []
    for name in draw(st.permutations(sorted(facts))):
        if prod(len(domains[left_out]) for left_out in (*missing, name)) <= MOST_COMPLETIONS:
            missing.append(name)
    kept = {name: value for name, value in facts.items() if name not in missing}
    return Given(kept, frozenset(kept) - assumed)


@cache
def _upto(most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most)


class _Author:
    """Writes one rule base, each name after those that it reads."""

    def __init__(self, draw: DrawFn) -> None:
        self.draw = draw
        self.things: dict[str, Thing] = {}
        self.parameters: dict[str, Fraction] = {}
        self.levels: dict[str, int] = {}
        self.collected: dict[str, Thing] = {}

    def one(self, *choices: T) -> T:
        return choices[self.upto(len(choices) - 1)]

    def some(self, choices: tuple[T, ...], least: int = 1, most: int = 3) -> list[T]:
        drawn = [self.one(*choices) for _ in range(least + self.upto(most - least))]
        return list(dict.fromkeys(drawn))

    def chance(self, times_in_four: int) -> bool:
        return self.upto(3) >= 4 - times_in_four  # what is drawn shrinks to the shorter text

    def upto(self, most: int) -> int:
        return self.draw(_upto(most)) if most else 0

    def rule_base(self, *, remedy: bool) -> Written:
        kinds = [self.one(*KINDS) for _ in range(3 + self.upto(2))]
        facts = {f"f{at}": self.fact(f"f{at}", kind) for at, kind in enumerate(kinds)}
        parameters = {f"p{at}": self.parameter(f"p{at}") for at in range(1 + self.upto(1))}
        measures: Yaml = {}
        files: dict[str, Yaml] = {}
        measured = [0] * self.one(0, 1, 2, 2, 3)
        for at, what in enumerate(self.draw(st.permutations([*measured, *[1] * (3 + self.upto(3))]))):
            if what:
                files[f"rules/d{at}.yaml"] = self.decision(f"d{at}")
            else:
                measures |= self.measure(f"m{at}")
        if remedy:
            files["kb/remedies.yaml"] = {
                "remedies": {name: {"title": name, "sources": ["S"]} for name in NAMES}
            }
            files["rules/remedy.yaml"] = self.remedy()
        files["kb/facts.yaml"] = {
            "sources": {"S": {"title": "a source", "where": "somewhere"}},
            "facts": facts,
            "parameters": parameters,
            "measures": measures,
        }
        return Written(files, self.levels)

    def fact(self, name: str, kind: str) -> Yaml:
        fact: Yaml = {"kind": kind, "question": f"what is {name}?"}
        thing = Thing(name, kind, is_fact=True)
        if kind in ("choice", "set"):
            values = NAMES[: (1 if kind == "set" else 2) + self.upto(2)]
            fact["values"] = {value: f"the {value}" for value in values}
            thing = replace(thing, values=values)
            if self.chance(2):
                fact["sets"] = {"grouped": self.some(values, least=0)}
                thing = replace(thing, sets=("grouped",))
        elif thing.is_number:
            decimals = 0 if kind == "count" else self.upto(1)
            step = Fraction(1, 10**decimals)
            lowest = step * self.one(0, 0, -1, 1)
            highest = lowest + step * (2 + self.upto(2))
            fact |= {"lowest": _written(lowest), "highest": _written(highest)}
            fact |= {} if kind == "count" else {"decimals": decimals}
            thing = replace(thing, lowest=lowest, highest=highest, decimals=decimals)
        self.things[name] = thing
        return fact

    def parameter(self, name: str) -> Yaml:
        value = Fraction(self.upto(30), 10)
        self.parameters[name] = value
        return {"value": _written(value), "ours": True, "because": "chosen for the test"}

    def measure(self, name: str) -> Yaml:
        if self.chance(2):
            flag = {"kind": "flag", "formula": self.flag_formula(2)}
            self.things[name] = Thing(name, "flag")
            return {name: flag}
        text = self.number_formula(2)
        kind = self.one("number", "money", "money")
        measure: Yaml = {"kind": kind, "formula": text}
        low, high = formula.bounds(formula.parse(text), self.bounds)
        if kind == "money" and self.chance(3):
            unit = self.one(Fraction(1), Fraction(1, 2), Fraction(1, 100))
            measure["round"] = _written(unit)
            half = Fraction(1, 2)
            low, high = ((end / unit + half).__floor__() * unit for end in (low, high))
        self.things[name] = Thing(name, kind, lowest=low, highest=high, decimals=9)
        return {name: measure}

    def bounds(self, name: str) -> formula.Bounds:
        if name in self.parameters:
            return self.parameters[name], self.parameters[name]
        return self.things[name].lowest, self.things[name].highest

    def number_formula(self, depth: int) -> str:
        names = (*(t.name for t in self.things.values() if t.is_number), *self.parameters)
        if depth == 0 or self.chance(1):
            return self.one(*names, *names, "0.5", "2")
        left, right = self.number_formula(depth - 1), self.number_formula(depth - 1)
        match self.one("+", "-", "*", "/", "min", "max"):
            case "/":
                low, high = formula.bounds(formula.parse(right), self.bounds)
                return f"({left}) / ({right if low > 0 or high < 0 else f'max({right}, 0.5)'})"
            case ("min" | "max") as pick:
                return f"{pick}({left}, {right})"
            case sign:
                return f"({left}) {sign} ({right})"

    def flag_formula(self, depth: int) -> str:
        flags = tuple(t.name for t in self.things.values() if t.kind == "flag")
        if flags and (depth == 0 or self.chance(1)):
            return self.one(*flags)
        if depth == 0 or self.chance(2):
            sign = self.one("<", "<=", ">", ">=", "==")
            return f"({self.number_formula(1)}) {sign} ({self.number_formula(0)})"
        match self.one("and", "or", "not"):
            case "not":
                return f"not ({self.flag_formula(depth - 1)})"
            case sign:
                return f"({self.flag_formula(depth - 1)}) {sign} ({self.flag_formula(depth - 1)})"

    def decision(self, name: str) -> Yaml:
        policy = self.one(*POLICIES)
        text: Yaml = {"decides": name, "title": f"the {name}", "hit_policy": policy}
        thing = Thing(name, "choice", NAMES[: 2 + self.upto(1)])
        if policy == "collect":
            thing = replace(thing, kind="set")
        if policy == "collect count":
            thing = Thing(name, "count", highest=Fraction(10_000))
        elif policy.startswith("collect ") or (policy != "collect" and self.chance(1)):
            lowest = Fraction(-self.upto(2))
            thing = Thing(name, "number", lowest=lowest, highest=Fraction(3))
            text |= {"lowest": _written(lowest), "highest": 3}
        else:
            text["values"] = {value: f"the {value}" for value in thing.values}
            if self.chance(1):
                text["sets"] = {"grouped": self.some(thing.values)}
                thing = replace(thing, sets=("grouped",))
        if policy == "priority":
            text["tiers"] = ["first", "second", "third"][: 1 + self.upto(2)]
        rules = {f"r{at}": self.rule(text, thing, policy) for at in range(self.one(0, 1, 2, 3, 3, 4, 5))}
        text["rules"] = rules
        if policy == "collect sum":
            thing = self.widened(text, thing)
        if policy in ("collect max", "collect min") or (
            policy in ("unique", "any", "priority") and self.chance(3)
        ):
            text["otherwise"] = self.value(thing)
        if policy == "priority":
            self.order(name, text)
        if policy == "collect":
            if self.collected and self.chance(2):
                text["without"] = self.one(*self.collected)
            self.collected[name] = thing
        self.things[name] = thing
        return text

    def remedy(self) -> Yaml:
        text: Yaml = {"decides": "remedy", "title": "what to do", "hit_policy": "any", "values": "remedies"}
        thing = Thing("remedy", "choice", NAMES)
        text["rules"] = {f"r{at}": self.rule(text, thing, "any") for at in range(4)}
        return text

    def widened(self, text: Yaml, thing: Thing) -> Thing:
        """Return a sum with bounds that every sum of its rules keeps."""
        added = [Fraction(str(rule["then"])) for rule in text["rules"].values()]
        lowest = min(Fraction(0), thing.lowest, sum((n for n in added if n < 0), Fraction(0)))
        highest = max(thing.highest, sum((n for n in added if n > 0), Fraction(0)))
        text |= {"lowest": _written(lowest), "highest": _written(highest)}
        return replace(thing, lowest=lowest, highest=highest)

    def rule(self, decision: Yaml, thing: Thing, policy: str) -> Yaml:
        when: Any = "always" if self.upto(9) == 0 else self.condition(2)
        rule: Yaml = {"when": when, "because": "it is so", "sources": ["S"]}
        if policy == "collect":
            rule["then"] = self.some(thing.values, most=2) if self.chance(2) else self.one(*thing.values)
        elif policy != "collect count":
            rule["then"] = self.value(thing)
        if "tiers" in decision:
            rule["tier"] = self.one(*decision["tiers"])
        return rule

    def order(self, name: str, decision: Yaml) -> None:
        """Give rules levels and overrides; an override names a later rule, so none runs in a loop."""
        rules: Yaml = decision["rules"]
        for at, (rule_name, rule) in enumerate(rules.items()):
            if self.chance(1):
                self.levels[f"{name}/{rule_name}"] = 1 + self.upto(2)
            later = tuple(n for n in list(rules)[at + 1 :] if rules[n]["tier"] == rule["tier"])
            if later and self.chance(2):
                rule["overrides"] = self.some(later, most=2)

    def value(self, thing: Thing) -> Any:
        if thing.is_number:
            return _written(Fraction(self.draw(st.integers(int(thing.lowest), int(thing.highest)))))
        return self.one(*thing.values)

    def condition(self, depth: int) -> Yaml:
        subjects = self.some(tuple(sorted(self.things)), most=2)
        when = {subject: self.test(self.things[subject], 2) for subject in subjects}
        for group in ("any", "all"):
            if depth and self.chance(1):
                when[group] = [self.condition(depth - 1) for _ in range(1 + self.upto(1))]
                if self.chance(1) and len(when) > 1:
                    when.pop(subjects[0], None)
        return when

    def test(self, thing: Thing, depth: int) -> Any:
        if depth and self.chance(1):
            return {"not": self.test(thing, depth - 1)}
        if thing.is_fact and self.upto(5) == 0:
            known = {"known": self.one(True, False)}
            also = self.test(thing, 0) if depth and self.chance(1) else {}
            return {**also, **known} if isinstance(also, dict) else known
        if thing.kind == "set":
            return self.set_test(thing)
        if thing.is_number or thing.kind == "date":
            return self.ordered_test(thing)
        if thing.kind == "flag":
            return self.one(True, False)
        names = (*thing.values, *thing.sets)
        return self.some(names, most=2) if self.chance(2) else self.one(*names)

    def set_test(self, thing: Thing) -> Yaml:
        names = (*thing.values, *thing.sets)
        match self.one("has", "has_any", "has_all", "has_none", "empty"):
            case "empty":
                return {"empty": self.one(True, False)}
            case "has":
                return {"has": self.one(*names)}
            case word:
                return {word: self.some(names, most=2)}

    def ordered_test(self, thing: Thing) -> Any:
        if self.chance(1):
            constants = [self.constant(thing) for _ in range(1 + self.upto(1))]
            bare = [constant for constant in constants if not isinstance(constant, dict)]
            return bare or constants[0]
        words = self.some(("at_least", "more_than", "at_most", "less_than"), most=2)
        return {word: self.constant(thing) for word in words}

    def constant(self, thing: Thing) -> Any:
        """Return a constant that *thing* may be compared with, a parameter now and then."""
        if thing.kind == "date":
            return self.one(*DAYS).isoformat()
        if self.chance(1):
            return {"parameter": self.one(*self.parameters)}
        decimals = min(thing.decimals, 2)
        scale = 10**decimals
        first, last = -(-thing.lowest * scale // 1), thing.highest * scale // 1
        if last < first:  # a measure that is the same in every case may be no short decimal
            return {"parameter": self.one(*self.parameters)}
        number = Fraction(self.draw(st.integers(int(first), min(int(last), int(first) + 8 * scale))), scale)
        return f"{_written(number)} EUR" if thing.kind == "money" else _written(number)


def _written(number: Fraction) -> int | float:
    """Return *number* as YAML writes it; every number drawn is a short decimal."""
    return int(number) if number.denominator == 1 else float(decimal_text(number))
