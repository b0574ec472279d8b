"""What the graph of a rule base shows: what nothing uses, what leads nowhere, what is overdue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from amends.engine.audit.finding import Finding, Kind, Severity
from amends.engine.audit.uses import ANSWERS, Use, uses
from amends.engine.book.under import excludes
from amends.engine.diagnostics import Label, Problems, Span, listed
from amends.engine.ignore import subject_of
from amends.engine.network import check, graph
from amends.engine.rulebase import Decision, Rule, RuleBase

if TYPE_CHECKING:
    import networkx as nx

_REMOVE = "remove it, or let something use it"
_MENDS = {
    "facts": ("fact", "stop asking it, or let a rule or a measure read it"),
    "measures": ("measure", "remove it, or let a rule, a measure or a money basis read it"),
    "parameters": ("parameter", "remove it, or write it where its number is meant"),
    "remedies": ("remedy", "write a rule that concludes it, or remove it"),
    "companions": ("companion", "write a rule that adds it, or remove it"),
    "avoid": ("thing to avoid", "write a rule that adds it, or remove it"),
    "money": ("money basis", "let a rule of `money_basis` conclude it, or remove it"),
    "sources": ("source", "cite it where something rests on it, or remove it"),
    "words": ("word", "use it in a template, or remove it"),
    "blocks": ("block", "put it in a skeleton or a channel, or remove it"),
    "skeletons": ("skeleton", "let a rule of `message` conclude it, or remove it"),
    "phrases": ("phrase", "name a form that some channel has, or remove it"),
}
"""Sections of which nothing should be idle: how one of each is called, and what to do about it."""


def structure(rulebase: RuleBase, now: date) -> tuple[Finding, ...]:
    """Return what can be seen without trying a case, as of the day *now*.

    Templates have been checked before. A base with a loop has no other findings than its loops.

    >>> from amends.engine import load
    >>> any(finding.kind is Kind.PAST_REVIEW for finding in structure(load().rulebase, date(2026, 1, 1)))
    False
    """
    loops = tuple(_cycles(rulebase))
    if loops:
        return loops
    used = uses(rulebase)
    return (
        *_unused(rulebase, used),
        *_decisions(rulebase, used),
        *_past_review(rulebase, now),
        *_weakened_gates(rulebase),
    )


def _cycles(rulebase: RuleBase) -> Iterator[Finding]:
    problems = Problems()
    check(rulebase, problems)
    for found in problems.found:
        name = found.others[0].caption.split("`")[1]
        mend = found.help or ""
        yield Finding(
            Kind.CYCLE, Severity.ERROR, name, found.message, found.primary, mend, tuple(found.others)
        )


def _sections(rulebase: RuleBase) -> Mapping[str, Mapping[str, Span]]:
    """Return, for each section of which nothing should be idle, where its entries are defined."""
    groups: dict[str, Mapping[str, object]] = {
        "facts": rulebase.facts,
        "measures": rulebase.measures,
        "parameters": rulebase.parameters,
        **rulebase.catalogues,
        "money": rulebase.money,
        "sources": rulebase.sources,
        "words": rulebase.messages.words,
        "blocks": rulebase.messages.blocks,
        "skeletons": rulebase.messages.skeletons,
        "phrases": rulebase.messages.phrases,
    }
    return {
        section: {name: entry.span for name, entry in sorted(group.items())}  # type: ignore[attr-defined]
        for section, group in groups.items()
    }


def _unused(rulebase: RuleBase, used: Iterable[Use]) -> Iterator[Finding]:
    needed = {use.used for use in used}
    for section, entries in _sections(rulebase).items():
        what, mend = _MENDS[section]
        severity = Severity.NOTE if section == "sources" else Severity.WARNING
        said = "nothing cites" if section == "sources" else "nothing uses"
        for name, span in entries.items():
            subject = subject_of(section, name)
            if subject not in needed:
                yield Finding(Kind.UNUSED, severity, subject, f"{said} the {what} `{name}`", span, mend)


def _decisions(rulebase: RuleBase, used: Iterable[Use]) -> Iterator[Finding]:
    """Yield the decisions that no fact leads to, and those that lead to no answer."""
    import networkx as nx

    found = graph(rulebase)
    decisions = rulebase.decisions
    outside = {use.used for use in used if not use.derived} & (decisions.keys() | rulebase.measures.keys())
    ends = set(ANSWERS & decisions.keys())
    if not ends:  # a base that is somebody's own: what nothing reads is what it is asked for
        ends = {name for name in decisions if not _readers(found, name, rulebase)}
    ends |= outside
    leading = ends.union(*(nx.ancestors(found, name) for name in sorted(ends)))
    for name, decision in sorted(decisions.items()):
        if rulebase.facts.keys().isdisjoint(nx.ancestors(found, name)):
            message = f"no fact leads to `{name}`, so it is the same in every case"
            mend = "let its rules read facts, or make a parameter of it"
            yield _about(Kind.UNREACHABLE_DECISION, decision, message, mend)
        if name not in leading:
            readers = _readers(found, name, rulebase)
            only = f"what reads it leads to no answer, {listed(readers)}" if readers else "nothing reads it"
            message = f"`{name}` is decided for nothing: {only}"
            mend = "let a rule, a measure or a message read it, or remove it"
            yield _about(Kind.DEAD_END_DECISION, decision, message, mend)


def _about(kind: Kind, decision: Decision, message: str, mend: str) -> Finding:
    return Finding(kind, Severity.WARNING, decision.name, message, decision.span, mend)


def _readers(found: nx.DiGraph, name: str, rulebase: RuleBase) -> list[str]:
    """Return the measures and decisions that read the decision called *name*."""
    readers = {rulebase.rules[node].decision if node in rulebase.rules else node for node in found[name]}
    return sorted(readers - {name})


def _past_review(rulebase: RuleBase, now: date) -> Iterator[Finding]:
    dated = [("rule", path, path, rule.review_by, rule.span) for path, rule in rulebase.rules.items()]
    dated += [("parameter", name, name, it.review_by, it.span) for name, it in rulebase.parameters.items()]
    for name, source in rulebase.sources.items():
        dated.append(("source", name, subject_of("sources", name), source.review_by, source.span))
    for what, name, subject, day, span in dated:
        if day is not None and day < now:
            message = f"the {what} `{name}` was to be reviewed by {day.isoformat()}"
            mend = "look whether it still holds, then set `review_by` anew"
            yield Finding(Kind.PAST_REVIEW, Severity.WARNING, subject, message, span, mend)


def _weakened_gates(rulebase: RuleBase) -> Iterator[Finding]:
    """Yield what a later pack does to gates: it replaces, disables or beats a rule of one."""
    for change in rulebase.changes:
        gate = change.before
        if gate.tier in rulebase.decisions[gate.decision].gates:
            did = "disables" if change.disables else "replaces"
            message = f"the pack `{change.pack}` {did} `{gate.path}`, which guards: {change.reason}"
            mend = "see that what it guards is guarded still, and say so in an `ignore`"
            yield _weakened(gate.path, message, change.span, mend, [gate])
    for rule in rulebase.rules.values():
        decision = rulebase.decisions[rule.decision]
        beaten = [gate for gate in decision.rules if _weakens(rule, gate, decision)]
        if beaten:
            paths = listed(gate.path for gate in beaten)
            message = f"`{rule.path}` of the pack `{rule.pack}` beats what guards: {paths}"
            mend = "narrow its `when` until the gate stands, or say why the pack may pass it"
            yield _weakened(rule.path, message, rule.span, mend, beaten)


def _weakened(subject: str, message: str, span: Span, mend: str, gates: Iterable[Rule]) -> Finding:
    others = tuple(Label(gate.span, f"in the gate `{gate.tier}`") for gate in gates)
    return Finding(Kind.WEAKENED_GATE, Severity.WARNING, subject, message, span, mend, others=others)


def _weakens(rule: Rule, gate: Rule, decision: Decision) -> bool:
    return (
        gate.tier in decision.gates
        and rule.level > gate.level
        and rule.then != gate.then
        and decision.beats(rule, gate)
        and not excludes(rule, gate)
    )
