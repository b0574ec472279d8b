"""Proves what is wrong in a rule base over every possible case, and what could have been and is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress

from amends.engine.audit import claims_check, money_check
from amends.engine.audit.checks import contractable, coverage, idle, policy, reach, redundancy, scope, shares
from amends.engine.audit.checks.common import NO_TIME, Audit
from amends.engine.audit.circuit import TooManyValues
from amends.engine.audit.counting import Counts
from amends.engine.audit.finding import Assurance, Finding, Proofs, Undecided
from amends.engine.audit.goals import Goals, Met
from amends.engine.audit.prover import Prover
from amends.engine.audit.solver import NoSolver, OutOfTime
from amends.engine.beside import beside
from amends.engine.diagram.space import space_of
from amends.engine.ignore import Kind
from amends.engine.rulebase import RuleBase

EVERYTHING = "everything"
"""The subject of what is undecided as a whole."""
NO_SOLVER = "`python-sat` is not installed, so diagrams stand in for it: install `amends[audit]`"
NOT_COUNTED = "the diagrams grew too large, or the time ran out, before all shares were counted"
ASKED = (coverage, reach, redundancy, idle, policy)
FOUND: tuple[tuple[Kind, Callable[[Audit], Iterator[Finding]]], ...] = (
    (Kind.GAP, coverage.findings),
    (Kind.DEAD_IN_CONTEXT, reach.findings),
    (Kind.MASKED_RULE, redundancy.findings),
    (Kind.IDLE_TEST, idle.findings),
    (Kind.LOOSE_HIT_POLICY, policy.findings),
    (Kind.CONTRACTABLE_RULES, contractable.findings),
)
"""What is looked for, in order, each under the kind that stands for it where there is no time."""


def prove(rulebase: RuleBase, *, most_nodes: int, deadline: float | None, with_solver: bool = True) -> Proofs:
    """Return everything that is proved of *rulebase*, and what was left open.

    Diagrams have *most_nodes* nodes at most, and nothing new is begun after *deadline*, a time of
    `time.monotonic`. Without `python-sat`, or a solver being wanted, diagrams do its work. Claims and shares
    are worked out in processes of their own where there is room for them, with the same results. Raises
    `Disagreement` if the chain does not bear out what was found, which is a fault of this program.
    """

    def prover_of() -> Prover:
        if with_solver:
            with suppress(NoSolver):
                return Prover(rulebase, deadline)
        return Prover(rulebase, deadline, by_diagrams=most_nodes)

    space_of(rulebase)  # once, for all three
    with (
        beside(lambda: _claims(prover_of, Counts(rulebase, most_nodes, deadline))) as claims,
        beside(lambda: _shares(Counts(rulebase, most_nodes, deadline))) as shared,
    ):
        try:
            prover = prover_of()
        except TooManyValues as error:
            why = f"`{error}` takes more values than can be told apart one by one"
            return Proofs((), (Undecided(Kind.GAP, str(error), why),), (), None, False)
        except OutOfTime:
            return Proofs((), (Undecided(Kind.GAP, EVERYTHING, NO_TIME),), (), None, False)
        # What the shares rest on is kept when they are there, and need not be compiled here too.
        counts = Counts(rulebase, most_nodes, deadline, after=shared)
        with closing(prover.solver):
            return _proved(Audit(rulebase, prover, Goals(prover), counts), claims, shared)


def _proved(audit: Audit, claims: Callable[[], Proofs], shared: Callable[[], Proofs]) -> Proofs:
    """Return all that can be proved with the prover of *audit*, with what is worked out beside it."""
    if not audit.prover.has_solver:
        audit.unclear(Kind.GAP, EVERYTHING, NO_SOLVER)
    for check in ASKED:
        check.ask(audit)
    audit.goals.settle()
    findings: list[Finding] = []
    finished = not audit.goals.is_open
    for kind, look in FOUND:
        try:
            findings.extend(look(audit))
        except OutOfTime:
            audit.unclear(kind, EVERYTHING, NO_TIME)
            finished = False
    assurances: list[Assurance] = []
    try:
        assurances += money_check.assurances(audit)
    except OutOfTime:
        audit.unclear(Kind.BROKEN_CLAIM, "money", NO_TIME)
    try:
        reaching, scopes = scope.check(audit)
        findings += reaching
        assurances += scopes
    except OutOfTime:
        audit.unclear(Kind.OUT_OF_SCOPE, EVERYTHING, NO_TIME)
    if audit.counts.is_spent:
        audit.unclear(Kind.MISLEADING_RULE, EVERYTHING, NOT_COUNTED)
    # What is worked out beside is waited for now that nothing is left to do here.
    undecided = (*audit.undecided, *claims().undecided, *shared().undecided)
    return Proofs(
        (*findings, *claims().findings, *shared().findings),
        undecided,
        (_ties(audit), *claims().assurances, *assurances, *shared().assurances),
        shared().cases,
        finished and not any(each.why in (NO_TIME, NOT_COUNTED) for each in undecided),
        shared().at_most,
    )


def _claims(prover_of: Callable[[], Prover], counts: Counts) -> Proofs:
    """Return what is proved of the claims, by a prover that was asked nothing else."""
    try:
        prover = prover_of()
    except OutOfTime:
        return Proofs((), (Undecided(Kind.BROKEN_CLAIM, EVERYTHING, NO_TIME),), (), None, False)
    with closing(prover.solver):
        audit = Audit(counts.rulebase, prover, Goals(prover), counts)
        judged = list(claims_check.judge(audit))
    return Proofs(
        tuple(claims_check.finding(each) for each in judged if each.witness is not None),
        tuple(audit.undecided),
        tuple(map(claims_check.assurance, judged)),
        None,
        True,
    )


def _shares(counts: Counts) -> Proofs:
    """Return what the diagrams count."""
    findings, assurances = tuple(shares.findings(counts)), tuple(shares.assurances(counts))
    total = counts.total
    is_counted = total is not None and not counts.is_spent
    undecided = () if is_counted else (Undecided(Kind.MISLEADING_RULE, EVERYTHING, NOT_COUNTED),)
    cases, at_most = (total.cases, total.at_most) if total else (None, False)
    return Proofs(findings, undecided, assurances, cases, is_counted, at_most)


def _ties(audit: Audit) -> Assurance:
    """Return whether two rules that nothing orders ever disagree."""
    met = [audit.goals.met[coverage.CONFLICT, name] for name in audit.rulebase.decisions]
    statement = "no two rules tie: where two disagree, one beats the other"
    if Met.YES in met:
        return Assurance(statement, False, f"{met.count(Met.YES)} decisions have rules that do")
    if met.count(Met.NEVER) < len(met):
        return Assurance(statement, None, "not all decisions could be settled")
    return Assurance(statement, True, f"in any of {len(met)} decisions, over every possible case")
