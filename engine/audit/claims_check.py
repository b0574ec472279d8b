"""Whether each claim holds of every possible case, or the case that breaks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from amends.engine import claims
from amends.engine.audit import money_check, steady_check
from amends.engine.audit.checks.common import NO_NUMBERS, NO_TIME, Audit
from amends.engine.audit.clauses import YES
from amends.engine.audit.finding import Assurance, Finding, Kind, Severity, Witness
from amends.engine.audit.prover import CannotTell
from amends.engine.audit.solver import OutOfTime
from amends.engine.audit.witness import NO_CLOCK, Candidate, Disagreement, facts_behind, smallest
from amends.engine.case import Case
from amends.engine.claim import Cited, Claim, Guarded, Holds, MoneyWithin, OneValue, Steady
from amends.engine.claims import Standing
from amends.engine.diagnostics import Problems, listed
from amends.engine.rulebase import RuleBase, Value

FEW = 6
"""Cases of which the messages are written and read, for a claim about texts."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of one claim: None where it could not be decided."""

    claim: Claim
    holds: bool | None
    detail: str
    witness: Witness | None = None


def judge(audit: Audit) -> Iterator[Judged]:
    """Yield what was found of each claim; what could not be decided is noted in *audit*."""
    for claim in audit.rulebase.claims.values():
        try:
            yield _judge(audit, claim)
        except CannotTell:
            audit.unclear(Kind.BROKEN_CLAIM, claim.name, NO_NUMBERS)
            yield Judged(claim, None, "arithmetic could not tell")
        except OutOfTime:
            audit.unclear(Kind.BROKEN_CLAIM, claim.name, NO_TIME)
            yield Judged(claim, None, NO_TIME)


def finding(judged: Judged) -> Finding:
    """Return the finding that a broken claim is."""
    claim = judged.claim
    return Finding(
        Kind.BROKEN_CLAIM,
        Severity.ERROR,
        claim.name,
        f"what is claimed does not hold: {claim.title}",
        claim.span,
        f"correct the rules or the claim; {claim.because}",
        witness=judged.witness,
    )


def assurance(judged: Judged) -> Assurance:
    """Return what the head of a report says of a claim; it opens with how many kinds of case that is of."""
    return Assurance(judged.claim.title, judged.holds, judged.detail)


def _judge(audit: Audit, claim: Claim) -> Judged:
    circuit = audit.circuit
    when = circuit.condition(claim.when)
    match claim.says:
        case Holds(condition, never):
            broken = circuit.condition(condition, negated=not never)
            return _by_signals(audit, claim, [when, broken])
        case OneValue(decision):
            return _by_signals(audit, claim, [when, circuit.ends[decision].lacks])
        case Cited():
            uncited = [
                circuit.speaks[path]
                for path, rule in audit.rulebase.rules.items()
                if not rule.sources or not all(_is_listed(cited, audit.rulebase) for cited in rule.sources)
            ]
            return _by_signals(audit, claim, [when, audit.clauses.any_of(uncited)])
        case Guarded():
            return _by_samples(audit, claim, when)
        case MoneyWithin():
            return _by_candidate(audit, claim, money_check.broken(audit, claim.says, when))
        case Steady():
            return _by_candidate(audit, claim, steady_check.broken(audit, claim.says, when))


def _is_listed(cited: str, rulebase: RuleBase) -> bool:
    return cited.partition(":L")[0] in rulebase.sources


def _by_signals(audit: Audit, claim: Claim, broken: Sequence[int]) -> Judged:
    """Judge a claim that a case with all of *broken* would break: what is unstated is as assumed, or not."""
    prover = audit.prover
    if prover.case([*broken, prover.plain]) is None:
        unknown = prover.case(broken)
        if unknown is None or not _breaks(audit, claim, *prover.facts(unknown)):
            return Judged(claim, True, "")
    needed = facts_behind(audit.rulebase, claims.names_read(audit.rulebase, claim))
    return _shown(audit, claim, Candidate(prover.nearest(broken, needed), broken, needed))


def _by_candidate(audit: Audit, claim: Claim, found: Candidate | None) -> Judged:
    return Judged(claim, True, "") if found is None else _shown(audit, claim, found)


def _shown(audit: Audit, claim: Claim, found: Candidate) -> Judged:
    tried = _narrowed(audit, claim, *audit.prover.facts(found.case))

    def passes(facts: Mapping[str, Value], stated: frozenset[str]) -> bool:
        return _breaks(audit, tried, facts, stated)

    words = f"it breaks what is claimed: {claim.title}"
    try:
        facts, stated = smallest(
            audit.prover, found.case, found.wanted, found.needed, passes, words, found.numbers
        )
    except Disagreement:
        if found.is_sure:
            raise
        audit.unclear(Kind.BROKEN_CLAIM, claim.name, "no case could be made of what may break it")
        return Judged(claim, None, "a case that may break it could not be borne out")
    return Judged(claim, False, _told(audit, tried, facts, stated), Witness(facts, stated, words))


def _narrowed(audit: Audit, claim: Claim, facts: Mapping[str, Value], stated: frozenset[str]) -> Claim:
    """Return a claim about any change as one about the change that breaks it in a case, else as it is.

    A smaller case is then tried with that change, and not with some twenty.
    """
    if isinstance(claim.says, Steady) and claim.says.subject is None:
        for found in _checked(audit, claim, facts, stated):
            if found.change is not None:
                return replace(claim, says=replace(claim.says, subject=found.change))
    return claim


def _told(audit: Audit, claim: Claim, facts: Mapping[str, Value], stated: frozenset[str]) -> str:
    """Return what the case that breaks a claim reads, in words."""
    found = _checked(audit, claim, facts, stated)
    read = [f"{name}: {value}" for each in found for name, value in each.read.items()]
    return f"broken, with {listed(read, 20)}"


def _by_samples(audit: Audit, claim: Claim, when: int) -> Judged:
    """Judge a claim about texts by a few cases: what is written is no function of cells."""
    tried = 0
    for remedy in _ends(audit):
        if tried == FEW:
            break
        found = audit.prover.case([when, remedy, audit.prover.plain])
        if found is None:
            continue
        tried += 1
        facts, stated = audit.prover.facts(found)
        if _breaks(audit, claim, facts, stated):
            needed = frozenset(facts)
            return _shown(audit, claim, Candidate(found, [when], needed, is_sure=False))
    return Judged(
        claim, True, f"about texts, which no diagram holds: kept in {tried} cases, sampled by tests"
    )


def _ends(audit: Audit) -> Iterator[int]:
    """Yield the signals of the remedies, so that the cases differ; of any case if there are none."""
    ends = audit.circuit.ends.get("remedy")
    yield from ends.values.values() if ends else [YES]


def _breaks(audit: Audit, claim: Claim, facts: Mapping[str, Value], stated: frozenset[str]) -> bool:
    """True if the case of what is stated breaks the claim, as tests would judge it."""
    return any(each.standing is Standing.BROKEN for each in _checked(audit, claim, facts, stated))


def _checked(
    audit: Audit, claim: Claim, facts: Mapping[str, Value], stated: frozenset[str]
) -> tuple[claims.Finding, ...]:
    case = Case({name: facts[name] for name in sorted(stated) if name in facts}, NO_CLOCK, currency="EUR")
    return claims.check(audit.rulebase, case, Problems(), of=[claim])
