"""What the diagrams count: the share of cases that `otherwise` decides, and rules that are mostly beaten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from amends.engine.audit.counting import Counts
from amends.engine.audit.finding import Assurance, Count, Finding, Kind, Severity
from amends.engine.audit.regions import regions
from amends.engine.diagnostics import Label, listed
from amends.engine.diagram.compiling import Diagrams, decisions_read
from amends.engine.diagram.forest import NotFinished
from amends.engine.rulebase import Decision, HitPolicy, Rule
from amends.engine.values import words

MOSTLY = Fraction(9, 10)
"""Ours: a rule beaten in more of its cases misleads whoever reads it alone; such an `otherwise` is busy."""


def assurances(counts: Counts) -> Iterator[Assurance]:
    """Yield, for each decision with an `otherwise` that is counted, the share of cases that it decides."""
    never = []
    for name, decision in counts.rulebase.decisions.items():
        if decision.otherwise is None:
            continue
        found = counts.of(lambda diagrams, name=name: silent(diagrams, name), name)  # type: ignore[misc]
        if found is None:
            continue
        if not found.cases:
            never.append(name)
            continue
        value = words(decision.otherwise, decision.domain)
        statement = f"`otherwise` decides {percent(found)} of the kinds of case of `{name}`: “{value}”"
        yield Assurance(statement, True, "; ".join(_regions(counts, name)))
    if never:
        yield Assurance(f"`otherwise` decides no case of {listed(never, len(never))}", True, "")


def _regions(counts: Counts, name: str) -> tuple[str, ...]:
    """Return where no rule of a decision speaks, constraints left aside, in words."""
    diagrams = counts.diagrams
    try:
        root = silent(diagrams, name)
        return regions(counts.rulebase, diagrams.space, diagrams.forest, root)
    except NotFinished:
        return ()


def findings(counts: Counts) -> Iterator[Finding]:
    """Yield the rules that are beaten in most cases in which they hold, and each busy `otherwise`."""
    for decision in counts.rulebase.decisions.values():
        if decision.otherwise is not None and decision.rules:
            yield from _busy(counts, decision)
        if decision.hit_policy is HitPolicy.PRIORITY and counts.is_counted(decision.name):
            for rule in decision.rules:
                yield from _misleading(counts, decision, rule)


def _busy(counts: Counts, decision: Decision) -> Iterator[Finding]:
    name = decision.name
    found = counts.of(lambda diagrams: silent(diagrams, name), name)
    if found is not None and found.share > MOSTLY:
        yield Finding(
            Kind.BUSY_OTHERWISE,
            Severity.NOTE,
            name,
            f"`otherwise` decides {percent(found)} of the kinds of case of `{name}`, and its rules the rest",
            decision.span,
            "write rules for what is common, so that what no rule foresees can be told from it",
            count=found,
        )


def _misleading(counts: Counts, decision: Decision, rule: Rule) -> Iterator[Finding]:
    """Yield *rule* if others of its own tier beat it mostly; what earlier tiers beat, its tier tells."""
    stronger = [
        other
        for other in decision.rules
        if other.tier == rule.tier and decision.beats(other, rule) and other.then != rule.then
    ]
    if not stronger:
        return
    holds = counts.of(lambda diagrams: diagrams.rule(rule.path), decision.name)
    beaten = counts.of(lambda diagrams: _beaten(diagrams, rule, stronger), decision.name)
    if holds is None or beaten is None or not holds.cases:
        return
    share = Count(beaten.cases, holds.cases, holds.at_most)
    if share.share > MOSTLY:
        others = tuple(Label(other.span, "beats it") for other in stronger)
        yield Finding(
            Kind.MISLEADING_RULE,
            Severity.NOTE,
            rule.path,
            f"`{rule.path}` is beaten in its own tier in {percent(share)} of the kinds of case "
            "in which it holds",
            rule.span,
            "say in its `when` what beats it, so that it can be read by itself",
            others=others,
            count=beaten,
        )


def _beaten(diagrams: Diagrams, rule: Rule, stronger: Sequence[Rule]) -> int:
    forest = diagrams.forest
    return forest.both(
        diagrams.rule(rule.path), forest.any_of(diagrams.rule(other.path) for other in stronger)
    )


def silent(diagrams: Diagrams, name: str) -> int:
    """Return yes where no rule of a decision speaks, though it could have a value."""
    forest = diagrams.forest
    blocked = forest.any_of(diagrams.decision(read).lacks for read in decisions_read(diagrams.rulebase, name))
    decision = diagrams.rulebase.decisions[name]
    speaks = forest.any_of(diagrams.rule(rule.path) for rule in decision.rules)
    return forest.no(forest.either(speaks, blocked))


def percent(count: Count) -> str:
    """Return a share in words; `at most` where a measure hides a tie, never rounded to nothing or all.

    >>> percent(Count(1, 3)), percent(Count(1, 100_000)), percent(Count(2, 2))
    ('33.3 %', 'less than 0.1 %', '100 %')
    """
    share = count.share * 100
    if share in (0, 100):
        text = f"{share} %"
    elif share < Fraction(1, 10):
        text = "less than 0.1 %"
    elif share > Fraction(999, 10):
        text = "more than 99.9 %"
    else:
        text = f"{float(share):.1f} %"
    return f"about {text}" if count.at_most and share else text
