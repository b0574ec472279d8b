"""Pairs of rules that no case can make fire together, whatever is still unknown.

Two undecided rules conflict only if they could disagree, and they cannot where their
conditions ask different cells of one thing. The check is sound and local: it compares
the alternatives of two conditions, and says "perhaps" wherever it is not sure.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product

from amends.engine.cells import Both, Either, Literal, Positive, cut, positive
from amends.engine.rulebase import Rule, RuleBase

MOST_ALTERNATIVES = 32
"""Past this many alternatives a rule counts as able to fire with any other."""

Key = tuple[str, str | None, bool]
Box = dict[Key, frozenset[int]]


class Exclusions:
    """Answers whether two rules of a rule base exclude each other, each pair worked out once."""

    def __init__(self, rulebase: RuleBase) -> None:
        self._grids = cut(rulebase)
        self._boxes: dict[str, list[Box] | None] = {}
        self._answers: dict[tuple[str, str], bool] = {}

    def apart(self, rule: Rule, other: Rule) -> bool:
        """Return True if no case makes both fire."""
        pair = (rule.path, other.path)
        if pair not in self._answers:
            mine, theirs = self._of(rule), self._of(other)
            self._answers[pair] = (
                mine is not None
                and theirs is not None
                and all(_disjoint(a, b) for a, b in product(mine, theirs))
            )
        return self._answers[pair]

    def _of(self, rule: Rule) -> list[Box] | None:
        if rule.path not in self._boxes:
            self._boxes[rule.path] = _boxes(positive(rule.when, self._grids))
        return self._boxes[rule.path]


@lru_cache(maxsize=8)
def exclusions(rulebase: RuleBase) -> Exclusions:
    """Return the exclusions of *rulebase*, the same object each time."""
    return Exclusions(rulebase)


def _boxes(condition: Positive) -> list[Box] | None:
    """Return *condition* as alternatives, each the cells allowed to each subject; None if too many."""
    match condition:
        case Literal(subject, cells, _, member, is_known):
            return [{(subject, member, is_known): frozenset(cells)}]
        case Either(parts):
            found: list[Box] = []
            for part in parts:
                more = _boxes(part)
                if more is None or len(found) + len(more) > MOST_ALTERNATIVES:
                    return None
                found += more
            return found
        case Both(parts):
            found = [{}]
            for part in parts:
                more = _boxes(part)
                if more is None or len(found) * len(more) > MOST_ALTERNATIVES:
                    return None
                found = [_meet(left, right) for left, right in product(found, more)]
            return found


def _meet(left: Box, right: Box) -> Box:
    met = dict(left)
    for key, cells in right.items():
        met[key] = met[key] & cells if key in met else cells
    return met


def _disjoint(left: Box, right: Box) -> bool:
    if not all(left.values()) or not all(right.values()):
        return True
    return any(left[key].isdisjoint(right[key]) for key in left.keys() & right.keys())
