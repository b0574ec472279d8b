"""Whether the order of rows says the same as tiers and `overrides`: proved over every possible case."""

from __future__ import annotations

from collections.abc import Iterator

from amends.engine.chain.outcome import Lack
from amends.engine.compare.locally import by_itself
from amends.engine.diagnostics import Code, Diagnostic, InputError, Label, Problems
from amends.engine.diagram import NO, Diagrams, NotFinished, whole
from amends.engine.rulebase import HitPolicy, Rule, RuleBase

MOST_NODES = 60_000
"""Of the decision by itself; what needs more is looked at with all that it rests on."""


def conflicts(rulebase: RuleBase, name: str) -> list[tuple[Rule, Rule]] | None:
    """Return the pairs of rules that nothing orders and that disagree in some possible case.

    Where there is none, the first rule of an order that agrees with what beats what is always one of
    the winners. None if it cannot be told.
    """
    try:
        alone = Diagrams(by_itself(rulebase, name), most_nodes=MOST_NODES)
        if not _conflicts(alone, name, masked=False):
            return []
    except NotFinished:
        pass
    try:
        diagrams = whole(rulebase)
        return list(_pairs(diagrams, name)) if _conflicts(diagrams, name, masked=True) else []
    except NotFinished:
        return None


def check_order(rulebase: RuleBase, name: str) -> None:
    """Refuse a decision with tiers of which "the first row that is met wins" could say something else."""
    decision = rulebase.decisions[name]
    if decision.hit_policy is not HitPolicy.PRIORITY:
        return
    found = conflicts(rulebase, name)
    if found is None:
        message = (
            f"it cannot be told whether rules of `{name}` disagree, which matters where the first row wins"
        )
        help = "order them by tiers or `overrides`; as CSV and XLSX the decision keeps its tiers"
        raise InputError([Diagnostic(Code.WRONG_SHAPE, message, decision.span, help=help)])
    problems = Problems()
    for one, other in found:
        message = f"`{one.path}` and `{other.path}` can disagree, which matters where the first row wins"
        second = Label(other.span, "the other rule")
        problems.add(
            Code.WRONG_SHAPE, message, one.span, others=[second], help="order them by tiers or `overrides`"
        )
    problems.stop()


def _conflicts(diagrams: Diagrams, name: str, *, masked: bool) -> bool:
    root = diagrams.masked(name) if masked else diagrams.decision(name).root
    assert root is not None
    return any(diagrams.forest.values[leaf] is Lack.CONFLICT for leaf in diagrams.forest.leaves(root))


def _pairs(diagrams: Diagrams, name: str) -> Iterator[tuple[Rule, Rule]]:
    forest, decision = diagrams.forest, diagrams.rulebase.decisions[name]
    for at, one in enumerate(decision.rules):
        for other in decision.rules[at + 1 :]:
            if one.then == other.then or decision.beats(one, other) or decision.beats(other, one):
                continue
            met = forest.both(diagrams.wins(one.path), diagrams.wins(other.path))
            if forest.both(met, diagrams.possible) != NO:
                yield one, other
