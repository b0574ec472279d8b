"""Tests that make no difference: without them no decision would end otherwise in any case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from amends.engine.audit.checks.common import Audit
from amends.engine.audit.checks.redundancy import alone, needless
from amends.engine.audit.circuit import saying
from amends.engine.audit.clauses import NO, YES
from amends.engine.audit.finding import Finding, Kind, Severity
from amends.engine.audit.goals import Met
from amends.engine.rulebase import AllOf, AnyOf, Condition, Decision, HitPolicy, Not, Rule, Test

STARTS, STOPS, WIDENS = "starts", "stops", "widens"
ALWAYS = AllOf(())


@dataclass(frozen=True, slots=True)
class Without:
    """One test of a rule, and signals that are all yes where the rule would start, or stop, without it."""

    test: Test
    starts: tuple[int, ...]
    stops: tuple[int, ...]


def ask(audit: Audit) -> None:
    """Ask of each test of each rule whether some case needs it."""
    for decision in audit.rulebase.decisions.values():
        for rule in decision.rules:
            added, taken = _added(audit, decision, rule), _taken(audit, decision, rule)
            for at, found in enumerate(_each(audit, rule)):
                audit.goals.add((STARTS, rule.path, at), *found.starts, *added)
                audit.goals.add((STOPS, rule.path, at), *found.stops, *taken)


def findings(audit: Audit) -> Iterator[Finding]:
    """Yield each test that no case needs, of the rules that are needed themselves."""
    skipped = needless(audit)
    idle: list[tuple[Rule, int, Without]] = []
    for rule in audit.rulebase.rules.values():
        if rule.path in skipped:
            continue
        for at, found in enumerate(_each(audit, rule)):
            ends = [audit.met((goal, rule.path, at), Kind.IDLE_TEST, rule.path) for goal in (STARTS, STOPS)]
            if ends == [Met.NEVER, Met.NEVER]:
                audit.goals.add((WIDENS, rule.path, at), *found.starts)
                idle.append((rule, at, found))
    audit.goals.settle()
    for rule, at, found in idle:
        widens = audit.met((WIDENS, rule.path, at), Kind.IDLE_TEST, rule.path) is Met.YES
        yield _idle(rule, found, widens=widens)


def _idle(rule: Rule, found: Without, *, widens: bool) -> Finding:
    subject = found.test.subject
    if widens:
        severity = Severity.NOTE
        message = (
            f"without its test of `{subject}` `{rule.path}` would hold in more cases, "
            "in each of which the decision is as the rule says, or another rule beats it"
        )
        mend = "leave it out, or keep it for whoever reads the rule by itself"
    else:
        severity = Severity.WARNING
        message = f"the test of `{subject}` in `{rule.path}` always holds where its other tests do"
        mend = "leave it out, or see whether another value was meant"
    return Finding(Kind.IDLE_TEST, severity, rule.path, message, found.test.span, mend)


def shorter(condition: Condition) -> Iterator[tuple[Test, Condition | None]]:
    """Yield each test, and the condition without it; None where nothing is left that could hold.

    Of what must all hold, one part less asks less; of alternatives, one less leaves less.

    >>> from amends.engine import load
    >>> rule = load().rulebase.rules["fault/outage-without-a-fallback"]
    >>> [test.subject for test, _ in shorter(rule.when)][0]
    'cause'
    """
    match condition:
        case Test():
            yield condition, ALWAYS
        case Not(part):
            for test, without in shorter(part):
                yield test, ALWAYS if without is None or without == ALWAYS else Not(without)
        case AllOf(parts) | AnyOf(parts):
            for at, part in enumerate(parts):
                for test, without in shorter(part):
                    kept = () if without is None or without == ALWAYS else (without,)
                    rest = (*parts[:at], *kept, *parts[at + 1 :])
                    if isinstance(condition, AllOf):
                        yield test, AllOf(rest)
                    else:
                        yield test, AnyOf(rest) if rest else None


def _each(audit: Audit, rule: Rule) -> Iterator[Without]:
    """Yield each test of *rule*; what stands beside it is asked part by part, which makes no new signals."""
    circuit = audit.circuit
    free = -circuit.ends[rule.decision].blocked
    parts = rule.when.parts if isinstance(rule.when, AllOf) else (rule.when,)
    signals = [circuit.condition(part) for part in parts]
    for at, part in enumerate(parts):
        beside = (*signals[:at], *signals[at + 1 :], free)
        for test, without in shorter(part):
            weaker = NO if without is None else circuit.condition(without)
            if weaker == YES:
                yield Without(test, (*beside, -signals[at]), (NO,))
            else:
                yield Without(test, (*beside, weaker, -signals[at]), (*beside, signals[at], -weaker))


def _taken(audit: Audit, decision: Decision, rule: Rule) -> tuple[int, ...]:
    """Return signals that are all yes where the decision may end otherwise if the rule fell silent."""
    needed = alone(audit, decision, rule)
    return () if needed is None or rule.overrides else (needed,)


def _added(audit: Audit, decision: Decision, rule: Rule) -> tuple[int, ...]:
    """Return signals that are all yes where the rule, silent as it is, would change the decision."""
    clauses, speaks = audit.clauses, audit.circuit.speaks
    ends = audit.circuit.ends[decision.name]
    match decision.hit_policy:
        case HitPolicy.COLLECT:
            new = [
                clauses.all_of([-ends.gathered[str(member)], -_out(audit, decision, str(member))])
                for member in rule.then
            ]
            return (clauses.any_of(new),)
        case HitPolicy.COLLECT_COUNT:
            return ()
        case HitPolicy.COLLECT_SUM:
            return () if rule.then[0] else (NO,)
        case HitPolicy.COLLECT_MAX | HitPolicy.COLLECT_MIN:
            value = rule.then[0]
            is_max = decision.hit_policy is HitPolicy.COLLECT_MAX
            beyond = (
                -speaks[other.path]
                for said, others in saying(decision).items()
                for other in others
                if (said >= value if is_max else said <= value)  # type: ignore[operator]
            )
            return (*beyond, -ends.silent) if decision.otherwise == value else (*beyond,)
        case HitPolicy.UNIQUE:
            return (-ends.conflict,)
    new_value = (*(-signal for signal in ends.beaten.get(rule.path, ())), -ends.values[rule.then[0]])
    strikes = [
        ends.wins[f"{decision.name}/{name}"]
        for name in rule.overrides
        if f"{decision.name}/{name}" in ends.wins
    ]
    return (clauses.any_of([clauses.all_of(new_value), *strikes]),) if strikes else new_value


def _out(audit: Audit, decision: Decision, member: str) -> int:
    if decision.without is None:
        return NO
    return audit.circuit.ends[decision.without].members.get(member, NO)
