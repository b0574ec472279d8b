"""Rules that decide nothing by themselves: masked by others together, or subsumed by a single one."""

from __future__ import annotations

from collections.abc import Iterator

from amends.engine.audit.checks import reach
from amends.engine.audit.checks.common import Audit
from amends.engine.audit.circuit import saying
from amends.engine.audit.finding import Finding, Kind, Severity
from amends.engine.audit.goals import Met
from amends.engine.audit.witness import Shown
from amends.engine.chain.outcome import Trace
from amends.engine.diagnostics import Label, listed
from amends.engine.rulebase import Decision, HitPolicy, Rule

ALONE, BEYOND = "alone", "beyond"


def ask(audit: Audit) -> None:
    """Ask of each rule whether some case needs it: where it is heard, and no other says the same."""
    for decision in audit.rulebase.decisions.values():
        for rule in decision.rules:
            if (signal := alone(audit, decision, rule)) is not None:
                audit.goals.add((ALONE, rule.path), signal)


def alone(audit: Audit, decision: Decision, rule: Rule) -> int | None:
    """Return the signal of *rule* saying what no other heard rule says; None where all count by nature."""
    clauses, ends, speaks = audit.clauses, audit.circuit.ends[decision.name], audit.circuit.speaks
    match decision.hit_policy:
        case HitPolicy.UNIQUE | HitPolicy.COLLECT_SUM | HitPolicy.COLLECT_COUNT:
            return None
        case HitPolicy.COLLECT:
            sayers = saying(decision)
            only = [
                clauses.all_of(
                    [
                        ends.members[str(value)],
                        *(-speaks[other.path] for other in sayers[value] if other is not rule),
                    ]
                )
                for value in rule.then
            ]
            return clauses.all_of([speaks[rule.path], clauses.any_of(only)])
    others = [ends.wins[other.path] for other in saying(decision)[rule.then[0]] if other is not rule]
    return clauses.all_of([ends.wins[rule.path], *(-signal for signal in others)])


def findings(audit: Audit) -> Iterator[Finding]:
    """Yield each rule that is heard in some case and needed in none."""
    for decision in audit.rulebase.decisions.values():
        gone: set[str] = set()
        for rule in decision.rules:
            goal = (ALONE, rule.path)
            if goal not in audit.goals.signals or audit.goals.met[(reach.WIN, rule.path)] is not Met.YES:
                continue
            if audit.met(goal, Kind.MASKED_RULE, rule.path) is not Met.NEVER:
                continue
            wider = [
                other
                for other in _like(decision, rule)
                if other.path not in gone and _covers(audit, rule, other)
            ]
            if wider:
                gone.add(rule.path)
                yield _subsumed(audit, rule, wider[0])
            else:
                yield _masked(audit, decision, rule)


def needless(audit: Audit) -> frozenset[str]:
    """Return the rules that are reported as a whole, of which no single test need be."""
    return frozenset(
        rule.path
        for rule in audit.rulebase.rules.values()
        if audit.goals.met[(reach.WIN, rule.path)] is not Met.YES
        or audit.goals.met.get((ALONE, rule.path), Met.YES) is not Met.YES
    )


def _like(decision: Decision, rule: Rule) -> Iterator[Rule]:
    """Yield the other rules that could stand in for *rule*: of one precedence, and saying no less."""
    for other in decision.rules:
        if other is rule or other.tier != rule.tier or other.level != rule.level:
            continue
        if not {*rule.then} <= {*other.then} or not {*rule.overrides} <= {*other.overrides}:
            continue
        yield other


def _covers(audit: Audit, rule: Rule, other: Rule) -> bool:
    speaks = audit.circuit.speaks
    beyond = [speaks[rule.path], -speaks[other.path]]
    return audit.can_be(beyond, Kind.SUBSUMED_RULE, rule.path) is False


def _subsumed(audit: Audit, rule: Rule, other: Rule) -> Finding:
    return Finding(
        Kind.SUBSUMED_RULE,
        Severity.WARNING,
        rule.path,
        f"wherever `{rule.path}` holds, so does `{other.path}`, which says the same",
        rule.span,
        "remove it, nothing changes; or narrow the wider rule",
        others=(Label(other.span, "holds in all its cases, and in others"),),
        count=audit.count_wins(rule),
        witness=audit.witness((reach.WIN, rule.path), _fires(audit, rule)),
    )


def _masked(audit: Audit, decision: Decision, rule: Rule) -> Finding:
    others = _maskers(audit, decision, rule)
    paths = listed(f"`{other.path}`" for other in others)
    return Finding(
        Kind.MASKED_RULE,
        Severity.WARNING,
        rule.path,
        f"`{rule.path}` never decides alone: wherever it is heard, another says the same, of {paths}",
        rule.span,
        "remove it, no decision changes; or narrow the others, or keep it for its reason and say so",
        others=tuple(Label(other.span, "says the same in some of its cases") for other in others),
        count=audit.count_wins(rule),
        witness=audit.witness((reach.WIN, rule.path), _fires(audit, rule)),
    )


def _maskers(audit: Audit, decision: Decision, rule: Rule) -> list[Rule]:
    """Return rules that together say the same wherever *rule* is heard."""
    ends = audit.circuit.ends[decision.name]
    others = [
        other for other in decision.rules if other is not rule and not {*rule.then}.isdisjoint(other.then)
    ]
    signals = {other.path: ends.wins[other.path] for other in others}
    core = audit.prover.never([ends.wins[rule.path], *(-signals[other.path] for other in others)]) or []
    return [other for other in others if -signals[other.path] in core] or others


def _fires(audit: Audit, rule: Rule) -> Shown:
    def shows(trace: Trace) -> bool:
        heard = [fired.rule for fired in trace.fired if not fired.beaten_by]
        others = (other for other in heard if other is not rule and other.decision == rule.decision)
        return rule in heard and any(not {*rule.then}.isdisjoint(other.then) for other in others)

    return Shown(frozenset([rule.decision]), shows, "it speaks, and so does another that says the same")
