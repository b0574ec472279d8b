"""The plain working memory: raw values in, the rules that speak out.

It is what a run knows so far, the oracle against which durable_rules is held, and the
executor where durable_rules cannot be imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from amends.engine.rulebase import Rule, RuleBase
from amends.engine.truth import Reading, Truth, truth


@dataclass(slots=True)
class Memory:
    """What one run knows: a reading for each fact, and for each measure and decision so far."""

    stated: frozenset[str]
    readings: dict[str, Reading] = field(default_factory=dict)

    def look(self, name: str) -> Reading:
        """Return the reading of *name*; None if it is unknown."""
        return self.readings.get(name)

    def is_stated(self, name: str) -> bool:
        """True if the asker stated the fact, rather than that it was assumed."""
        return name in self.stated


def speaking(rules: Iterable[Rule], memory: Memory) -> dict[str, Truth]:
    """Return each of *rules* that says yes or is undecided, by path."""
    said = {rule.path: truth(rule.when, memory.look, memory.is_stated) for rule in rules}
    return {path: value for path, value in said.items() if value is not Truth.NO}


class WorkingMemory:
    """Reads every rule of a stratum against the raw values, or those of the decisions in *only*."""

    name = "working_memory"

    def __init__(
        self, rulebase: RuleBase, strata: tuple[tuple[str, ...], ...], only: frozenset[str] | None = None
    ) -> None:
        self.rules = [
            tuple(
                rule
                for name in layer
                if name in rulebase.decisions and (only is None or name in only)
                for rule in rulebase.decisions[name].rules
            )
            for layer in strata
        ]

    def fire(self, stratum: int, memory: Memory) -> Mapping[str, Truth]:
        """Return each rule of *stratum* that says yes or is undecided, by path."""
        return speaking(self.rules[stratum], memory)

    def close(self) -> None:
        """Nothing is held outside Python."""
