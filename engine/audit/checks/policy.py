"""Hit policies that could be stricter: rules that never overlap, or never disagree."""

from __future__ import annotations

from collections.abc import Iterator

from amends.engine.audit.checks.common import Audit
from amends.engine.audit.circuit import saying
from amends.engine.audit.finding import Finding, Kind, Severity
from amends.engine.audit.goals import Met
from amends.engine.rulebase import Decision, HitPolicy

TWO, DIFFER = "two", "differ"


def ask(audit: Audit) -> None:
    """Ask of each decision whether two of its rules ever speak at once, and with different values."""
    for name, decision in audit.rulebase.decisions.items():
        if _is_asked(decision):
            speaks = audit.circuit.speaks
            audit.goals.add((TWO, name), audit.clauses.two_of([speaks[rule.path] for rule in decision.rules]))
            said = [
                audit.clauses.any_of(speaks[rule.path] for rule in rules)
                for rules in saying(decision).values()
            ]
            audit.goals.add((DIFFER, name), audit.clauses.two_of(said))


def _is_asked(decision: Decision) -> bool:
    return decision.hit_policy in (HitPolicy.PRIORITY, HitPolicy.ANY) and len(decision.rules) > 1


def findings(audit: Audit) -> Iterator[Finding]:
    """Yield the decisions whose hit policy says less than holds."""
    for name, decision in audit.rulebase.decisions.items():
        if not _is_asked(decision):
            continue
        now = decision.hit_policy.value
        if audit.met((TWO, name), Kind.LOOSE_HIT_POLICY, name) is Met.NEVER:
            message = f"no two rules of `{name}` ever speak in one case, so `{now}` could be `unique`"
            mend = "write `hit_policy: unique`, so that a rule which overlaps is noticed"
        elif decision.hit_policy is HitPolicy.PRIORITY and (
            audit.met((DIFFER, name), Kind.LOOSE_HIT_POLICY, name) is Met.NEVER
        ):
            message = f"the rules of `{name}` never disagree, so `{now}` could be `any`"
            mend = "write `hit_policy: any` without tiers, so that a rule which disagrees is noticed"
        else:
            continue
        if len(decision.tiers) > 1 and decision.hit_policy is HitPolicy.PRIORITY:
            mend += "; its tiers then have no work"
        yield Finding(Kind.LOOSE_HIT_POLICY, Severity.NOTE, name, message, decision.span, mend)
