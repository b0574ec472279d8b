"""Whether rows can be as they are: some way to fill in what is not known breaks no constraint.

Such a way is drawn. Where none is found the row may still be possible; that is then told of it by itself, and
remembered.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from amends.engine.batch.column import Column, coded
from amends.engine.batch.kernel import Kernel
from amends.engine.completion import constrained, facts_read
from amends.engine.rulebase import Domain, RuleBase, Value
from amends.engine.truth import Members
from amends.engine.what_if import kinds_of_value

TRIES = 40
"""Draws for a row."""
MOST_REMEMBERED = 200_000


class Possible:
    """The constraints of a rule base, and which combinations of facts were seen to be possible."""

    def __init__(self, rulebase: RuleBase, *, assume: bool) -> None:
        self.rulebase = rulebase
        self.assume = assume
        self.kernel = Kernel(rulebase, (), assume=assume)
        self.facts = tuple(sorted(constrained(rulebase)))
        self.read = [facts_read(constraint, rulebase) for constraint in rulebase.constraints.values()]
        self.kinds = {name: self._kinds(name) for name in self.facts}
        self._seen: dict[tuple[Value | None, ...], bool] = {}

    def learn(self, facts: Mapping[str, Value], *, is_possible: bool) -> None:
        """Note whether a row that states *facts* can be as it is, with all that is assumed of it."""
        if len(self._seen) >= MOST_REMEMBERED:
            self._seen.clear()
        self._seen[tuple(facts.get(name) for name in self.facts)] = is_possible

    def unseen(self, rows: Any, facts: Mapping[str, Column]) -> list[int]:
        """Return those of *rows* of which it is not known whether they can be, by what *facts* state."""
        if not len(rows):
            return []
        stated = {name: _stated(facts[name], rows) for name in self.facts if name in facts}
        is_stated = {name: _at(column.stated, rows) for name, column in facts.items()}
        left = self._undrawn(len(rows), stated, is_stated)
        columns = [stated.get(name) for name in self.facts]
        return [
            int(rows[at])
            for at in left
            if not self._seen.get(tuple(None if column is None else column[at] for column in columns))
        ]

    def _undrawn(self, count: int, stated: Mapping[str, Sequence[Value | None]], is_stated: Any) -> Any:
        """Return which of *count* rows no way was drawn for; what breaks a constraint is drawn again."""
        draw = random.Random(0)  # noqa: S311 - not for secrets; the same each time
        rows = np.arange(count)
        known = {name: self._known(name, count, stated) for name in self.facts}
        drawn = {
            name: [draw.choice(self.kinds[name]) if value is None else value for value in values]
            for name, values in known.items()
        }
        for _ in range(TRIES):
            facts = {name: coded(values, self.rulebase.facts[name].domain) for name, values in drawn.items()}
            for name, column in facts.items():
                column.stated = is_stated.get(name, False)
            broken = self.kernel.broken(len(rows), facts)
            for name, values in drawn.items():
                again = np.logical_or.reduce(
                    [said for said, names in zip(broken, self.read, strict=True) if name in names]
                )
                for at in np.flatnonzero(again):
                    if known[name][at] is None:
                        values[at] = draw.choice(self.kinds[name])
            kept = np.flatnonzero(np.logical_or.reduce(broken))
            rows = rows[kept]
            if not len(rows):
                break
            known = {name: [values[at] for at in kept] for name, values in known.items()}
            drawn = {name: [values[at] for at in kept] for name, values in drawn.items()}
            is_stated = {name: said[kept] for name, said in is_stated.items()}
        return rows

    def _known(
        self, name: str, count: int, stated: Mapping[str, Sequence[Value | None]]
    ) -> list[Value | None]:
        """Return what each of so many rows states of a fact, or what is assumed of it."""
        assumed = self.rulebase.facts[name].assume if self.assume else None
        return [assumed if value is None else value for value in stated.get(name, [None] * count)]

    def _kinds(self, name: str) -> tuple[Value, ...]:
        """Return a value of each kind that the rules tell apart in a fact, and of amounts those of all facts.

        Constraints compare amounts with each other, and two that are equal have to come up.
        """
        own = self.rulebase.facts[name].domain
        others = [self.rulebase.facts[other] for other in self.facts]
        alike = [fact for fact in others if own.kind.is_number and fact.domain.kind is own.kind]
        values = [
            value
            for fact in (self.rulebase.facts[name], *alike)
            for value in kinds_of_value(self.rulebase, fact)
        ]
        return tuple(value for value in dict.fromkeys(values) if _is_within(value, own))


def _is_within(value: Value, domain: Domain) -> bool:
    if not isinstance(value, Fraction):
        return True
    low, high = domain.lowest, domain.highest
    return (low is None or value >= low) and (high is None or value <= high)


def _stated(column: Column, rows: Any) -> list[Value | None]:
    """Return what each of *rows* states in a column, None where it states nothing."""
    found: list[Value | None] = []
    for row, is_stated in zip(rows.tolist(), _at(column.stated, rows).tolist(), strict=True):
        said = column.reading(row) if is_stated else None
        found.append(said.sure if isinstance(said, Members) else next(iter(said)) if said else None)
    return found


def _at(flags: Any, rows: Any) -> Any:
    return np.full(len(rows), bool(flags)) if np.ndim(flags) == 0 else flags[rows]
