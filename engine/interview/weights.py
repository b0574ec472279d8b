"""How likely each answer is held to be before anything is known: which question is best depends on it.

The weights order questions and nothing else; no verdict depends on them. They are ours: an assumed
value is what is mostly the case, so it weighs most, and the other values share the rest alike.
"""

from __future__ import annotations

from fractions import Fraction

from amends.engine.diagram import Space, Variable
from amends.engine.interview.sheet import Weights
from amends.engine.rulebase import Fact, RuleBase
from amends.engine.truth import Reading, measured, reading

ASSUMED = "assumed_weight"
EVENT = "event_weight"
KNOWN = "known_weight"
DEFAULTS = {ASSUMED: Fraction(4, 5), EVENT: Fraction(1, 20), KNOWN: Fraction(9, 10)}
"""Where a rule base states no parameter of that name."""


def number(rulebase: RuleBase, name: str, default: Fraction) -> Fraction:
    """Return the parameter called *name*, *default* where the rule base has none."""
    return rulebase.parameters[name].value if name in rulebase.parameters else default


def weights_of(rulebase: RuleBase, space: Space, *, uniform: bool = False) -> Weights:
    """Return the weight of each cell at each level; they add up to one.

    With *uniform* every cell weighs the same and every fact is taken to be known: the bare count of
    kinds of case.
    """
    known = 1.0 if uniform else float(number(rulebase, KNOWN, DEFAULTS[KNOWN]))
    found: dict[int, tuple[float, ...]] = {}
    for at, variable in enumerate(space.variables):
        size = len(variable.cells)
        if variable.is_known:
            found[at] = (1.0 - known, known)
        elif uniform or size == 1:
            found[at] = (1.0 / size,) * size
        elif variable.subject in rulebase.measures:
            found[at] = _of_measure(rulebase, space, variable)
        else:
            found[at] = _of_fact(rulebase, space, variable)
    return found


def _of_fact(rulebase: RuleBase, space: Space, variable: Variable) -> tuple[float, ...]:
    fact: Fact = rulebase.facts[variable.subject]
    size = len(variable.cells)
    if fact.assume is None:
        return (1.0 / size,) * size
    event = float(number(rulebase, EVENT, DEFAULTS[EVENT]))
    share = float(number(rulebase, ASSUMED, DEFAULTS[ASSUMED]))
    if fact.stop_if is not None and not fact.stop_at:
        share = 1.0 - event
    if isinstance(fact.assume, frozenset):
        # All members of a set together are as likely as one assumed value.
        share **= 1 / len(space.levels_of(fact.name))
        return _weighted(size, int(variable.member in fact.assume), share)
    found = _weighted(size, space.place(fact.name, fact.assume), share)
    if fact.stop_at:
        events = {place for place in range(size) if space.grids[fact.name].values[place] in fact.stop_at}
        others = sum(weight for place, weight in enumerate(found) if place not in events)
        found = tuple(
            event / len(events) if place in events else (1.0 - event) * weight / others
            for place, weight in enumerate(found)
        )
    return found


def _of_measure(rulebase: RuleBase, space: Space, variable: Variable) -> tuple[float, ...]:
    """Weigh what the assumed values come to as one that is assumed; all alike if they come to nothing."""

    def look(name: str) -> Reading:
        fact = rulebase.facts.get(name)
        return None if fact is None or isinstance(fact.assume, frozenset) else reading(fact.assume)

    size = len(variable.cells)
    value = measured(rulebase.measures[variable.subject], rulebase.parameters, look)
    if value is None:
        return (1.0 / size,) * size
    share = float(number(rulebase, ASSUMED, DEFAULTS[ASSUMED]))
    return _weighted(size, space.place(variable.subject, value), share)


def _weighted(size: int, place: int, share: float) -> tuple[float, ...]:
    return tuple(share if at == place else (1.0 - share) / (size - 1) for at in range(size))
