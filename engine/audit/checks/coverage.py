"""Gaps, where no rule speaks, and overlaps, where two rules disagree and nothing orders them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from amends.engine.audit.checks.common import Audit
from amends.engine.audit.finding import Finding, Kind, Severity
from amends.engine.audit.goals import Met
from amends.engine.audit.witness import Shown
from amends.engine.chain.outcome import Lack, Trace
from amends.engine.diagnostics import Label
from amends.engine.rulebase import Decision, HitPolicy, Rule

GAP, CONFLICT, PAIR = "gap", "conflict", "pair"


def ask(audit: Audit) -> None:
    """Ask of each decision whether it can be without a value though nothing that it reads is."""
    for name in audit.rulebase.decisions:
        ends = audit.circuit.ends[name]
        audit.goals.add((GAP, name), ends.uncovered)
        audit.goals.add((CONFLICT, name), ends.conflict)


def findings(audit: Audit) -> Iterator[Finding]:
    """Yield each gap, and each pair of rules that disagree."""
    for name, decision in audit.rulebase.decisions.items():
        if audit.met((GAP, name), Kind.GAP, name) is Met.YES:
            yield _gap(audit, decision)
        if audit.met((CONFLICT, name), Kind.OVERLAP, name) is Met.YES:
            yield from _overlaps(audit, decision)


def _gap(audit: Audit, decision: Decision) -> Finding:
    name = decision.name

    def shows(trace: Trace) -> bool:
        outcome = trace.outcomes[name]
        return outcome.has_no_value and outcome.lacks == {Lack.UNCOVERED}

    shown = Shown(frozenset([name]), shows, f"no rule of `{name}` speaks, and it has no `otherwise`")
    return Finding(
        Kind.GAP,
        Severity.ERROR,
        name,
        f"no rule decides `{name}` in some cases",
        decision.span,
        "write a rule for such cases, or say with `otherwise` what holds where no rule speaks",
        count=audit.count_lack(name, Lack.UNCOVERED),
        witness=audit.witness((GAP, name), shown),
    )


def _overlaps(audit: Audit, decision: Decision) -> Iterator[Finding]:
    ends = audit.circuit.ends[decision.name]
    for rule, other in combinations(decision.rules, 2):
        if _may_clash(decision, rule, other):
            both = [ends.wins[rule.path], ends.wins[other.path]]
            audit.goals.add((PAIR, rule.path, other.path), *both)
    audit.goals.settle()
    for rule, other in combinations(decision.rules, 2):
        if _may_clash(decision, rule, other):
            goal = (PAIR, rule.path, other.path)
            if audit.met(goal, Kind.OVERLAP, rule.path) is Met.YES:
                yield _overlap(audit, decision, rule, other)


def _may_clash(decision: Decision, rule: Rule, other: Rule) -> bool:
    if decision.hit_policy is HitPolicy.UNIQUE:
        return True
    if rule.then == other.then:
        return False
    return not (decision.beats(rule, other) or decision.beats(other, rule))


def _overlap(audit: Audit, decision: Decision, rule: Rule, other: Rule) -> Finding:
    name = decision.name

    def shows(trace: Trace) -> bool:
        deciding = trace.outcomes[name].deciding
        return trace.outcomes[name].lacks == {Lack.CONFLICT} and {rule.path, other.path} <= {*deciding}

    says, otherwise = audit.said(rule), audit.said(other)
    if rule.then == other.then:
        message = f"`{rule.path}` and `{other.path}` speak together, which `unique` forbids"
        words = f"both rules say {says}"
    else:
        message = f"`{rule.path}` and `{other.path}` disagree, and nothing orders them"
        words = f"one rule says {says}, the other {otherwise}"
    mend = {
        HitPolicy.PRIORITY: "let one name the other in `overrides`, move one to another tier, or narrow one",
        HitPolicy.ANY: "narrow one `when` until they cannot hold together, or let them say the same",
    }.get(decision.hit_policy, "narrow one `when` until they cannot hold together")
    return Finding(
        Kind.OVERLAP,
        Severity.ERROR,
        rule.path,
        message,
        rule.span,
        mend,
        others=(Label(other.span, f"says {otherwise} in the same case"),),
        count=audit.count_both(rule, other),
        witness=audit.witness((PAIR, rule.path, other.path), Shown(frozenset([name]), shows, words)),
    )
