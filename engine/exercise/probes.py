"""Parts of messages as decisions of their own, so that a prover can ask for a case that uses them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from amends.engine.exercise.goals import Comes, Decides, Fires, Goal, Said, Way
from amends.engine.exercise.spoken import blocks_of
from amends.engine.message import MESSAGE, Block
from amends.engine.rulebase import AllOf, Decision, Domain, HitPolicy, Kind, Operator, Rule, RuleBase, Test

BLOCK = "block "
"""Begins the names of such decisions, and no name that a file can give."""


def probe_of(block: Block) -> str:
    """Return the name of the decision that asks whether *block* is said."""
    return BLOCK + block.name


def asking(rulebase: RuleBase, goals: Iterable[Goal]) -> RuleBase:
    """Return *rulebase* with a decision for each block among *goals*, which nothing reads."""
    blocks = [goal.block for goal in goals if isinstance(goal, Said)]
    probes = {probe_of(block): _probe(rulebase, block) for block in blocks}
    return replace(rulebase, decisions={**rulebase.decisions, **probes}) if probes else rulebase


def _probe(rulebase: RuleBase, block: Block) -> Decision:
    messages, name = rulebase.messages, probe_of(block)
    fitting = frozenset(
        skeleton.name
        for skeleton in messages.skeletons.values()
        if block.name in blocks_of(messages, skeleton)
    )
    chosen: tuple[Test, ...] = ()
    if MESSAGE in rulebase.decisions:
        chosen = (Test(MESSAGE, Operator.ONE_OF, fitting, block.span),)
    rules = tuple(
        Rule(name, str(at), AllOf((*chosen, variant.when)), ("said",), "", (), variant.span)
        for at, variant in enumerate(block.variants)
    )
    domain = Domain(Kind.SET, {"said": "said"})
    return Decision(name, block.title, domain, HitPolicy.COLLECT, (), rules, (), block.span)


def decisions_of(goal: Goal) -> tuple[str, ...]:
    """Return the decisions that tell whether a case exercises *goal*."""
    match goal:
        case Decides(rule) | Fires(rule) | Way(rule, _, _):
            return (rule.decision,)
        case Comes(decision, _, _):
            return (decision.name,)
        case Said(block):
            return (probe_of(block), "remedy")
    return (MESSAGE, "remedy")
