"""Two rules that differ in one test and say the same for the same reason: one rule could say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from amends.engine.audit.checks.common import Audit
from amends.engine.audit.checks.redundancy import needless
from amends.engine.audit.finding import Finding, Severity
from amends.engine.audit.finding import Kind as Found
from amends.engine.cells import Both, Literal, Positive, positive
from amends.engine.diagnostics import Label
from amends.engine.rulebase import Kind, Rule, RuleBase

Asked = tuple[str, str | None, bool]
"""A thing, a member of it, whether it is known: what one test is about."""


@dataclass(frozen=True, slots=True)
class Flat:
    """A condition all of whose parts must hold: the cells that it allows each thing, and the rest."""

    cells: Mapping[Asked, frozenset[int]]
    rest: frozenset[Positive]


def findings(audit: Audit) -> Iterator[Finding]:
    """Yield each pair of rules, of one precedence and one reason, whose union is one condition."""
    skipped = needless(audit)
    for decision in audit.rulebase.decisions.values():
        flat = {rule.path: _flat(audit, rule) for rule in decision.rules if rule.path not in skipped}
        for rule, other in combinations([rule for rule in decision.rules if rule.path in flat], 2):
            if _are_alike(rule, other):
                subject = _differs(flat[rule.path], flat[other.path], audit.rulebase)
                if subject is not None:
                    yield _finding(rule, other, subject)


def _are_alike(rule: Rule, other: Rule) -> bool:
    """True if the two say one thing for one reason, and stand in one place."""
    return (
        (rule.then, rule.tier, rule.level, rule.overrides)
        == (other.then, other.tier, other.level, other.overrides)
        and rule.because == other.because
        and rule.sources == other.sources
    )


def _flat(audit: Audit, rule: Rule) -> Flat:
    cells: dict[Asked, frozenset[int]] = {}
    rest: list[Positive] = []

    def take(part: Positive) -> None:
        match part:
            case Literal():
                asked = (part.subject, part.member, part.is_known)
                cells[asked] = cells.get(asked, frozenset(part.cells)).intersection(part.cells)
            case Both(parts):
                for each in parts:
                    take(each)
            case _:
                rest.append(part)

    take(positive(rule.when, audit.prover.space.grids))
    return Flat(cells, frozenset(rest))


def _differs(one: Flat, other: Flat, rulebase: RuleBase) -> str | None:
    """Return the one thing of which the two ask different things that a single test can ask."""
    differing = [
        asked
        for asked in sorted({*one.cells, *other.cells}, key=str)
        if one.cells.get(asked) != other.cells.get(asked)
    ]
    if one.rest != other.rest:
        return None
    if len(differing) == 2:
        return _members(differing, one, other)
    if len(differing) != 1:
        return None
    (asked,) = differing
    if asked not in one.cells or asked not in other.cells:
        return None  # one rule asks less, so it holds wherever the other does
    subject, member, is_known = asked
    if member is not None or is_known or rulebase.domain(subject).kind in (Kind.CHOICE, Kind.FLAG):
        return subject
    together = sorted(one.cells[asked] | other.cells[asked])
    return subject if together == list(range(together[0], together[-1] + 1)) else None


def _members(differing: Sequence[Asked], one: Flat, other: Flat) -> str | None:
    """Return the set of which each rule asks for one member, which `has_any` asks together."""
    subjects = {subject for subject, member, _ in differing if member is not None}
    if len(subjects) != 1 or any(member is None for _, member, _ in differing):
        return None
    mine = [one.cells[asked] for asked in differing if asked in one.cells]
    theirs = [other.cells[asked] for asked in differing if asked in other.cells]
    inside = frozenset([1])
    return subjects.pop() if mine == theirs == [inside] else None


def _finding(rule: Rule, other: Rule, subject: str) -> Finding:
    return Finding(
        Found.CONTRACTABLE_RULES,
        Severity.NOTE,
        rule.path,
        f"`{rule.path}` and `{other.path}` differ in `{subject}` only, and say the same for the same reason",
        rule.span,
        f"write one rule that asks both of `{subject}`",
        others=(Label(other.span, "the other rule"),),
    )
