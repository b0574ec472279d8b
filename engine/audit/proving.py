"""Proves what is wrong in a rule base over every possible case, and what could have been and is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from amends.engine.audit import claims_check, money_check
from amends.engine.audit.checks import contractable, coverage, idle, policy, reach, redundancy, scope, shares
from amends.engine.audit.checks.common import NO_TIME, Audit
from amends.engine.audit.circuit import TooManyValues
from amends.engine.audit.counting import Counts
from amends.engine.audit.finding import Assurance, Finding, Proofs, Undecided
from amends.engine.audit.goals import Goals, Met
from amends.engine.audit.prover import Prover
from amends.engine.audit.solver import NoSolver, OutOfTime
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
    (Kind.MISLEADING_RULE, shares.findings),
)
"""What is looked for, in order, each under the kind that stands for it where there is no time."""


def prove(rulebase: RuleBase, *, most_nodes: int, deadline: float | None) -> Proofs:
    """Return everything that is proved of *rulebase*, and what was left open.

    Diagrams have *most_nodes* nodes at most, and nothing new is begun after *deadline*, a time of
    `time.monotonic`. Raises `Disagreement` if the chain does not bear out what was found, which is a
    fault of this program.
    """
    counts = Counts(rulebase, most_nodes, deadline)
    undecided = []
    try:
        try:
            prover = Prover(rulebase, deadline)
        except NoSolver:
            undecided = [Undecided(Kind.GAP, EVERYTHING, NO_SOLVER)]
            prover = Prover(rulebase, deadline, by_diagrams=most_nodes)
    except TooManyValues as error:
        why = f"`{error}` takes more values than can be told apart one by one"
        return Proofs((), (Undecided(Kind.GAP, str(error), why),), (), None, False)
    except OutOfTime:
        return Proofs((), (Undecided(Kind.GAP, EVERYTHING, NO_TIME),), (), None, False)
    try:
        return proved(Audit(rulebase, prover, Goals(prover), counts, undecided))
    finally:
        prover.solver.close()


def proved(audit: Audit) -> Proofs:
    """Return all that can be proved with the prover of *audit*."""
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
    assurances = [_ties(audit)]
    total = audit.counts.total
    for judged in claims_check.judge(audit):
        if judged.witness is not None:
            findings.append(claims_check.finding(judged))
        assurances.append(claims_check.assurance(judged))
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
    assurances += shares.assurances(audit)
    if total is None or audit.counts.is_spent:
        audit.unclear(Kind.MISLEADING_RULE, EVERYTHING, NOT_COUNTED)
    return Proofs(
        tuple(findings),
        tuple(audit.undecided),
        tuple(assurances),
        total.cases if total else None,
        finished and not any(each.why in (NO_TIME, NOT_COUNTED) for each in audit.undecided),
        total.at_most if total else False,
    )


def _ties(audit: Audit) -> Assurance:
    """Return whether two rules that nothing orders ever disagree."""
    met = [audit.goals.met[coverage.CONFLICT, name] for name in audit.rulebase.decisions]
    statement = "no two rules tie: where two disagree, one beats the other"
    if Met.YES in met:
        return Assurance(statement, False, f"{met.count(Met.YES)} decisions have rules that do")
    if met.count(Met.NEVER) < len(met):
        return Assurance(statement, None, "not all decisions could be settled")
    return Assurance(statement, True, f"in any of {len(met)} decisions, over every possible case")
