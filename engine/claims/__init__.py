"""Holds the claims of a rule base against one case: what is kept, what is broken, what was read.

Tests, `amends test` and whoever has found a case use it alike. A claim is broken only where it
surely is; of what unknown facts leave open, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from amends.engine.case import Case
from amends.engine.chain import run
from amends.engine.claim import NOTHING, Cited, Claim, Guarded, Holds, Keeps, MoneyWithin, OneValue, Steady
from amends.engine.claims.steady import losses
from amends.engine.claims.worked import Run, unguarded
from amends.engine.completion import complete
from amends.engine.diagnostics import Code, Problems, listed
from amends.engine.ignore import Ignore, Kind
from amends.engine.network import cone, reads
from amends.engine.rulebase import RuleBase, tests
from amends.engine.truth import Truth
from amends.engine.values import decimal_text
from amends.engine.what_if import memory_of


class Standing(StrEnum):
    """What a case shows of a claim; `SILENT` is one that does not speak of it, or not surely."""

    KEPT = "kept"
    BROKEN = "broken"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one case shows of one claim, with the values read, as they are written."""

    claim: Claim
    standing: Standing
    read: Mapping[str, str]
    change: str | None = None
    """The fact or decision whose change broke it, of a claim about changes."""


def check(
    rulebase: RuleBase,
    case: Case,
    problems: Problems,
    *,
    assume: bool = True,
    of: Iterable[Claim] | None = None,
) -> tuple[Finding, ...]:
    """Return what *case* shows of each claim of *rulebase*, or of those that are given.

    A case that cannot be is reported to *problems*, and shows nothing. Raises `InputError` if a claim
    is about messages and a template cannot be used.
    """
    completed = complete(rulebase, case, problems, assume=assume)
    if problems.found:
        return ()
    claims = tuple(rulebase.claims.values() if of is None else of)
    names = frozenset().union(*(names_read(rulebase, claim) for claim in claims))
    read = frozenset().union(*(cone(rulebase, name) for name in names))
    memory = memory_of(rulebase, read.intersection(rulebase.decisions))
    trace = run(rulebase, completed.facts, case.facts, memory)
    made = Run(rulebase, case, completed, trace, read)
    return tuple(_judge(claim, made) for claim in claims)


def names_read(rulebase: RuleBase, claim: Claim) -> frozenset[str]:
    """Return what *claim* reads: all measures and decisions if it is about money, texts or sources."""
    read = {test.subject for test in tests(claim.when)}
    if isinstance(claim.says, Steady) and claim.says.subject is not None:
        read.add(claim.says.subject)
    match claim.says:
        case Holds(condition):
            read |= {test.subject for test in tests(condition)}
        case OneValue(decision):
            read.add(decision)
        case Steady(keeps=Keeps.GATES):
            read |= {name for name, decision in rulebase.decisions.items() if decision.gates}
        case Steady(keeps=Keeps.SAME, decision=str(decision)):
            read.add(decision)
        case _:
            read |= reads(rulebase).keys()
    return frozenset(read)


def report(found: Iterable[Finding], problems: Problems, ignores: Iterable[Ignore] = ()) -> None:
    """Add each broken claim to *problems*, with what was read; but for those that *ignores* leave alone."""
    left_alone = {ignore.subject for ignore in ignores if ignore.kind is Kind.BROKEN_CLAIM}
    for finding in found:
        if finding.standing is Standing.BROKEN and finding.claim.name not in left_alone:
            read = listed((f"{name}: {value}" for name, value in finding.read.items()), 20)
            message = f"what is claimed does not hold: {finding.claim.title}"
            help = f"read {read}; {finding.claim.because}"
            problems.add(Code.BROKEN_CLAIM, message, finding.claim.span, help=help)


def _judge(claim: Claim, made: Run) -> Finding:
    read = {test.subject: made.written(test.subject) for test in tests(claim.when)}
    if made.truth(claim.when) is not Truth.YES:
        return Finding(claim, Standing.SILENT, read)
    change = None
    match claim.says:
        case Holds():
            standing, more = _holds(claim.says, made)
        case MoneyWithin():
            standing, more = _money_within(claim.says, made)
        case OneValue(name):
            outcome = made.trace.outcomes[name]
            standing = Standing.BROKEN if outcome.has_no_value else _kept_if(outcome.is_settled)
            more = {name: made.written(name)}
        case Cited():
            standing, more = _cited(made)
        case Guarded():
            standing, more = _guarded(claim.says, made)
        case Steady():
            standing, more, change = _steady(claim.says, made)
    return Finding(claim, standing, {**read, **more}, change)


def _kept_if(judged: bool) -> Standing:
    return Standing.KEPT if judged else Standing.SILENT


def _holds(says: Holds, made: Run) -> tuple[Standing, dict[str, str]]:
    found = made.truth(says.condition)
    read = {test.subject: made.written(test.subject) for test in tests(says.condition)}
    if found is (Truth.YES if says.never else Truth.NO):
        return Standing.BROKEN, read
    return _kept_if(found is not Truth.UNDECIDED), read


def _money_within(says: MoneyWithin, made: Run) -> tuple[Standing, dict[str, str]]:
    figures = made.figures().values()
    least = None if says.at_least is None else made.number(says.at_least)
    most = None if says.at_most is None else made.number(says.at_most)
    stated = {says.at_least: least, says.at_most: most}
    bounds = {name: number for name, number in stated.items() if name is not None}
    shown = {name: "unknown" if number is None else decimal_text(number) for name, number in bounds.items()}
    read = {**made.money_read(), **{name: text for name, text in shown.items() if name != NOTHING}}
    below = least is not None and any(figure < least for figure in figures)
    above = most is not None and any(figure > most for figure in figures)
    if below or above:
        return Standing.BROKEN, read
    return _kept_if(bool(figures) and None not in bounds.values()), read


def _cited(made: Run) -> tuple[Standing, dict[str, str]]:
    for fired in made.trace.fired:
        missing = [cited for cited in fired.rule.sources if not _resolves(cited, made.rulebase)]
        if missing or not fired.rule.sources:
            return Standing.BROKEN, {fired.rule.path: ", ".join(missing) or "no source"}
    return _kept_if(bool(made.trace.fired)), {}


def _resolves(citation: str, rulebase: RuleBase) -> bool:
    name, _, line = citation.partition(":L")
    source = rulebase.sources.get(name)
    if source is None:
        return False
    lines = source.citable_lines
    return int(line) in lines if line.isdigit() else not lines


def _guarded(says: Guarded, made: Run) -> tuple[Standing, dict[str, str]]:
    from amends.engine.draft import guard

    phrases = [made.rulebase.messages.phrases[name] for name in says.phrases]
    for message in made.messages:
        channel = unguarded(made.rulebase).messages.channels[message.channel]
        found = guard.check(message.whole, channel, phrases, lambda _: Truth.YES)
        if found:
            return Standing.BROKEN, {"channel": message.channel, "message": found[0].message}
    return _kept_if(bool(made.messages)), {}


def _steady(says: Steady, made: Run) -> tuple[Standing, dict[str, str], str | None]:
    """Return how the claim stands, what was lost, and by which change."""
    compared = False
    for change, lost in losses(says, made):
        if lost:
            return Standing.BROKEN, lost, change
        compared = compared or lost is not None
    return _kept_if(compared), {}, None
