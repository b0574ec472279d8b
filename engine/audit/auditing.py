"""The whole audit: what the graph shows, what the proofs show, and what the rule base asks to leave alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from time import monotonic
from typing import TypeVar

from amends.engine import store
from amends.engine.audit.finding import Assurance, Finding, Kind, Proofs, Report, Severity, Undecided
from amends.engine.diagnostics import Problems
from amends.engine.diagram.forest import MOST_NODES
from amends.engine.ignore import Ignore, subject_of
from amends.engine.message import MESSAGE
from amends.engine.network import has_cycle
from amends.engine.rulebase import RuleBase

SEEN = frozenset(
    {
        Kind.UNUSED,
        Kind.UNREACHABLE_DECISION,
        Kind.DEAD_END_DECISION,
        Kind.CYCLE,
        Kind.PAST_REVIEW,
        Kind.WEAKENED_GATE,
    }
)
"""The kinds that need no proof; an audit that was not finished has looked for all of them."""

_WEIGHT = {severity: place for place, severity in enumerate(Severity)}
_ORDER = {kind: place for place, kind in enumerate(Kind)}


def audit(
    rulebase: RuleBase, *, now: date, most_nodes: int = MOST_NODES, timeout: float | None = None
) -> Report:
    """Return everything that is wrong in *rulebase* as of the day *now*, each finding with its proof.

    The proofs stop past *most_nodes* of a diagram, or *timeout* seconds, or at an interrupt: the report
    then has what was found so far and is not finished. Raises `InputError` for a template that cannot
    be read.
    """
    deadline = None if timeout is None else monotonic() + timeout
    return _kept(
        rulebase, Report, (most_nodes, now), lambda: _worked_out(rulebase, now, most_nodes, deadline)
    )


def _worked_out(rulebase: RuleBase, now: date, most_nodes: int, deadline: float | None) -> Report:
    # What is kept needs none of this, nor what is imported below: it takes long.
    from amends.engine.audit.interrupts import until_interrupted
    from amends.engine.beside import beside
    from amends.engine.draft.templates import check_templates

    with beside(lambda: _seen(rulebase, now)) as seen:
        problems = Problems()
        check_templates(rulebase, problems)
        problems.stop()
        proofs = None
        if not has_cycle(rulebase):
            proofs = until_interrupted(lambda: _proved(rulebase, most_nodes, deadline))
        if proofs is None:
            return settled(rulebase, seen(), (), (), None, finished=False)
        return settled(
            rulebase,
            (*seen(), *proofs.findings),
            proofs.assurances,
            proofs.undecided,
            proofs.cases,
            finished=proofs.finished,
            at_most=proofs.at_most,
        )


def _seen(rulebase: RuleBase, now: date) -> tuple[Finding, ...]:
    from amends.engine.audit.structure import structure

    return structure(rulebase, now)


def _proved(rulebase: RuleBase, most_nodes: int, deadline: float | None) -> Proofs:
    def prove() -> Proofs:
        from amends.engine.audit import proving

        return proving.prove(rulebase, most_nodes=most_nodes, deadline=deadline)

    return _kept(rulebase, Proofs, (most_nodes,), prove)


Made = TypeVar("Made", Proofs, Report)


def _kept(rulebase: RuleBase, kind: type[Made], asked: tuple[object, ...], make: Callable[[], Made]) -> Made:
    """Return what *make* makes of *rulebase*, from where it was kept if nothing has changed since.

    *asked* tells it from others of its *kind*. What was not finished is not kept.
    """
    key = store.key_of(rulebase)
    if key is None:
        return make()
    installed = tuple(
        bool(find_spec(name)) for name in ("pysat", "z3")
    )  # the more there are, the more is settled
    key = store.fingerprint([key.encode(), repr((asked, installed)).encode()])
    found = store.recall_object(kind.__name__.lower(), key)
    if not isinstance(found, kind):
        found = make()
        if found.finished:
            store.keep_object(kind.__name__.lower(), key, found)
    return found


def settled(
    rulebase: RuleBase,
    findings: Iterable[Finding],
    assurances: Iterable[Assurance],
    undecided: Iterable[Undecided],
    cases: int | None,
    *,
    finished: bool,
    at_most: bool = False,
) -> Report:
    """Return the report of *findings*, in order, with the ignores of *rulebase* applied to them.

    An ignore that met nothing is a finding, unless what it is about could not be decided, or a later
    pack may have put an end to what it excused.
    """
    reasons = {(ignore.kind, ignore.subject): ignore.because for ignore in rulebase.ignores}
    marked = [replace(found, ignored=reasons.get((found.kind, found.subject))) for found in _told(findings)]
    open_questions = sorted(set(undecided), key=lambda each: (_ORDER[each.kind], each.subject, each.why))
    unsure = {each.kind for each in open_questions}
    has_loop = any(found.kind is Kind.CYCLE for found in marked)  # then nothing else was looked for
    last = max((pack.level for pack in rulebase.packs), default=0)
    looked = [
        ignore
        for ignore in rulebase.ignores
        if ignore.level == last
        and not has_loop
        and (ignore.kind in SEEN or (finished and ignore.kind not in unsure))
    ]
    marked += _unused_ignores(looked, {(found.kind, found.subject) for found in marked})
    return Report(
        assurances=(*assurances, *_assurances(rulebase, marked)),
        findings=tuple(sorted(marked, key=_place)),
        undecided=tuple(open_questions),
        cases=cases,
        finished=finished,
        at_most=at_most,
    )


def only(report: Report, kinds: Collection[Kind]) -> Report:
    """Return *report* with nothing in it but *kinds*; with all of them if none is named."""
    if not kinds:
        return report
    return replace(
        report,
        findings=tuple(found for found in report.findings if found.kind in kinds),
        undecided=tuple(each for each in report.undecided if each.kind in kinds),
    )


def _told(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield *findings*, but not that a message is never reached whose skeleton is said to be unused."""
    found = list(findings)
    idle = {each.subject for each in found if each.kind is Kind.UNUSED}
    for each in found:
        decision, _, value = each.subject.partition("/")
        is_said = decision == MESSAGE and subject_of("skeletons", value) in idle
        if each.kind is not Kind.UNREACHABLE_OUTCOME or not is_said:
            yield each


def _unused_ignores(ignores: Sequence[Ignore], met: Collection[tuple[Kind, str]]) -> list[Finding]:
    return [
        Finding(
            kind=Kind.UNUSED_IGNORE,
            severity=Severity.WARNING,
            subject=ignore.subject,
            message=f"`{ignore.subject}` ignores `{ignore.kind}`, and there is none",
            primary=ignore.span,
            mend="remove it: what is no longer true should not hide what may come",
        )
        for ignore in ignores
        if (ignore.kind, ignore.subject) not in met
    ]


def _place(found: Finding) -> tuple[int, str, int, int, int, str, str]:
    at = found.primary
    where = ("", 0, 0) if at is None else (at.source.name, at.line, at.column)
    return (_WEIGHT[found.severity], *where, _ORDER[found.kind], found.subject, found.message)


def _assurances(rulebase: RuleBase, findings: Sequence[Finding]) -> Iterator[Assurance]:
    """Yield what the graph alone could have shown to be false; what is ignored is said beside it."""
    days = [rule.review_by for rule in rulebase.rules.values()]
    days += [parameter.review_by for parameter in rulebase.parameters.values()]
    days += [source.review_by for source in rulebase.sources.values()]
    dated = sum(1 for day in days if day is not None)
    above = sum(1 for rule in rulebase.rules.values() if rule.level > 0)
    yield _assured("no measure or decision needs itself", [Kind.CYCLE], findings)
    yield _assured("nothing is defined that nothing uses", [Kind.UNUSED], findings)
    ends = [Kind.UNREACHABLE_DECISION, Kind.DEAD_END_DECISION]
    yield _assured("every decision leads from facts to an answer", ends, findings)
    some = f"{dated:,} of {len(days):,} rules, parameters and sources name one"
    yield _assured("nothing is past its review date", [Kind.PAST_REVIEW], findings, some)
    some = f"{above:,} of {len(rulebase.rules):,} rules are of a later pack"
    yield _assured("no later pack beats what guards", [Kind.WEAKENED_GATE], findings, some)


def _assured(
    statement: str, kinds: Sequence[Kind], findings: Sequence[Finding], detail: str = ""
) -> Assurance:
    met = [found for found in findings if found.kind in kinds]
    left_alone = sum(1 for found in met if found.ignored)
    broken = len(met) - left_alone
    said = [f"{broken:,} found" if broken else "", f"{left_alone:,} ignored" if left_alone else "", detail]
    return Assurance(statement, not broken, "; ".join(part for part in said if part))
