"""Rules that no case makes win, by themselves or in context, and outcomes that no case reaches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from amends.engine.audit.checks.common import Audit, beats
from amends.engine.audit.circuit import Circuit, free_cells, free_ends, saying
from amends.engine.audit.clauses import NO, Clauses
from amends.engine.audit.finding import Finding, Kind, Severity
from amends.engine.audit.goals import Met
from amends.engine.diagnostics import Label, listed
from amends.engine.diagram.compiling import decisions_read
from amends.engine.rulebase import Decision, HitPolicy, Rule, Value
from amends.engine.values import words

WIN, REACH = "win", "reach"


def ask(audit: Audit) -> None:
    """Ask of each rule whether some case makes it win, and of each outcome whether some case reaches it."""
    for name, decision in audit.rulebase.decisions.items():
        for rule in decision.rules:
            audit.goals.add((WIN, rule.path), wins(audit, decision, rule))
        for value in outcomes(audit, decision):
            audit.goals.add((REACH, name, value), _reached(audit, decision, value))


def wins(audit: Audit, decision: Decision, rule: Rule) -> int:
    """Return the signal of *rule* speaking and being heard: not beaten, not all of it taken out."""
    ends = audit.circuit.ends[decision.name]
    if decision.hit_policy is HitPolicy.COLLECT:
        heard = audit.clauses.any_of(ends.members[str(value)] for value in rule.then)
        return audit.clauses.all_of([audit.circuit.speaks[rule.path], heard])
    if decision.hit_policy in (HitPolicy.COLLECT_SUM, HitPolicy.COLLECT_COUNT):
        return audit.circuit.speaks[rule.path]
    return ends.wins[rule.path]


def outcomes(audit: Audit, decision: Decision) -> list[Value]:
    """Return what *decision* should be able to come to: what rules conclude, and values of its own.

    A value of a catalogue that no rule concludes is for another check: nothing uses it.
    """
    if decision.hit_policy in (HitPolicy.COLLECT_SUM, HitPolicy.COLLECT_COUNT):
        return []
    catalogued = {name for group in audit.rulebase.catalogues.values() for name in group}
    catalogued |= audit.rulebase.money.keys()
    own = [value for value in decision.domain.values if value not in catalogued]
    otherwise = [] if decision.otherwise is None else [decision.otherwise]
    return list(dict.fromkeys([*saying(decision), *otherwise, *own]))


def _reached(audit: Audit, decision: Decision, value: Value) -> int:
    ends = audit.circuit.ends[decision.name]
    if decision.hit_policy is HitPolicy.COLLECT:
        return ends.members.get(str(value), NO)
    return ends.values.get(value, NO)


def findings(audit: Audit) -> Iterator[Finding]:
    """Yield each rule that cannot win, and each outcome that cannot be reached."""
    for name, decision in audit.rulebase.decisions.items():
        for rule in decision.rules:
            if audit.met((WIN, rule.path), Kind.DEAD_IN_CONTEXT, rule.path) is Met.NEVER:
                yield _dead(audit, decision, rule)
        for value in outcomes(audit, decision):
            subject = f"{name}/{words(value, decision.domain) if not isinstance(value, str) else value}"
            if audit.met((REACH, name, value), Kind.UNREACHABLE_OUTCOME, subject) is Met.NEVER:
                yield _unreachable(decision, value, subject)


def _dead(audit: Audit, decision: Decision, rule: Rule) -> Finding:
    beaters = [other for other in decision.rules if beats(decision, other, rule)]
    by_itself = _local(audit, decision, rule, beaters)
    if by_itself is not None:
        kind, cause, blamed = Kind.DEAD_RULE, by_itself, by_itself
    else:
        kind, cause, blamed = Kind.DEAD_IN_CONTEXT, None, _in_context(audit, rule, beaters)
    if blamed:
        paths = listed(f"`{other.path}`" for other in blamed)
        message = f"`{rule.path}` never decides: wherever it holds, so does one of what beats it: {paths}"
        mend = "remove it, widen its `when`, or let it beat what covers it"
    elif kind is Kind.DEAD_RULE:
        message = f"the conditions of `{rule.path}` contradict each other, so it never speaks"
        mend = "correct its `when`, or remove it"
    elif audit.can_be([audit.circuit.speaks[rule.path]], kind, rule.path):
        message = f"all that `{rule.path}` adds is taken out by `{decision.without}` wherever it speaks"
        mend = "remove it, or narrow what takes it out"
    else:
        message = (
            f"`{rule.path}` never speaks: what it asks of {_upstream(audit, decision, rule)} is never so"
        )
        mend = "correct its `when` by what earlier decisions and constraints allow, or remove it"
    labels = tuple(Label(other.span, "beats it") for other in cause or blamed)
    return Finding(kind, Severity.ERROR, rule.path, message, rule.span, mend, labels)


def _upstream(audit: Audit, decision: Decision, rule: Rule) -> str:
    read = decisions_read(audit.rulebase, decision.name)
    named = [f"`{name}`" for name in rule.subjects if name in read or name in audit.rulebase.measures]
    return listed(named) if named else "facts"


def _in_context(audit: Audit, rule: Rule, beaters: Sequence[Rule]) -> list[Rule]:
    """Return the rules that beat it wherever it speaks, none if it does not speak at all."""
    speaks = audit.circuit.speaks
    core = audit.prover.never([speaks[rule.path], *(-speaks[other.path] for other in beaters)])
    if core is None:  # arithmetic alone shows it, which leaves no single rules to blame
        return []
    return [other for other in beaters if -speaks[other.path] in core]


def _local(audit: Audit, decision: Decision, rule: Rule, beaters: Sequence[Rule]) -> list[Rule] | None:
    """Return the rules that cover it whatever earlier decisions say, none if it contradicts itself.

    None if earlier decisions could let it win.
    """
    clauses = Clauses()
    free = free_ends(clauses, audit.rulebase, decisions_read(audit.rulebase, decision.name))
    cells = free_cells(clauses, audit.prover.space)
    measures = frozenset(audit.prover.space.expanded)
    circuit = Circuit(clauses, audit.rulebase, cells, free, only=measures)
    holds = circuit.condition(rule.when)
    others = {-circuit.condition(other.when): other for other in beaters}
    solver = audit.prover.beside(clauses)
    try:
        core = solver.core([holds, *others])
    finally:
        solver.close()
    if core is None:
        return None
    return [other for signal, other in others.items() if signal in core]


def _unreachable(decision: Decision, value: Value, subject: str) -> Finding:
    rules = saying(decision).get(value, [])
    said = words(value, decision.domain)
    severity = Severity.WARNING
    if decision.otherwise == value:
        severity = Severity.NOTE
        message = f"no case ends with “{said}” in `{decision.name}`: its rules leave nothing to `otherwise`"
        mend = "remove the `otherwise`, so that a gap is noticed once there is one"
    elif rules:
        message = f"no case ends with “{said}” in `{decision.name}`, though rules conclude it"
        mend = "see why none of its rules wins, or remove the value and its rules"
    else:
        message = f"nothing concludes “{said}”, which is a value of `{decision.name}`"
        mend = "write a rule that concludes it, or remove the value"
    labels = tuple(Label(rule.span, "concludes it, and never wins") for rule in rules)
    return Finding(Kind.UNREACHABLE_OUTCOME, severity, subject, message, decision.span, mend, labels)
