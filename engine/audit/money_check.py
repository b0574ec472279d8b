"""Whether money stays within what is claimed of it, and the largest sum that any case can reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from amends.engine.audit.checks.common import Audit
from amends.engine.audit.finding import Assurance
from amends.engine.audit.prover import CannotTell, Found
from amends.engine.audit.relation import Relation, relate
from amends.engine.audit.sums import bases, figures, named, numbers_of, order_of
from amends.engine.audit.ties import leaves
from amends.engine.audit.witness import NO_CLOCK, Candidate, facts_behind, replay
from amends.engine.case import Case
from amends.engine.claim import MoneyWithin
from amends.engine.claims.worked import Run
from amends.engine.completion import complete
from amends.engine.diagnostics import Problems, listed
from amends.engine.formula import Call, Constant, names
from amends.engine.money import BASIS
from amends.engine.network import reads
from amends.engine.rulebase import Value
from amends.engine.values import decimal_text, words


def broken(audit: Audit, says: MoneyWithin, when: int) -> Candidate | None:
    """Return a case in which a sum lies outside, or None if there is none. Raises `CannotTell`."""
    order = order_of(audit.rulebase)
    for value in bases(audit.rulebase):
        basis = audit.circuit.ends[BASIS].values[value]
        wanted = [when, basis]
        for demand in _outside(audit, says, value):
            one, other = demand.parts
            if order.never_above(one, other) or audit.prover.case([*wanted, audit.prover.plain]) is None:
                continue
            read = (*numbers_of(audit.rulebase, value), *names(demand))
            found = relate(audit, Relation([*wanted, audit.prover.plain], (demand,), read))
            if found is not None:
                return candidate(audit, found, wanted, read)
    return None


def _outside(audit: Audit, says: MoneyWithin, value: Value) -> Iterator[Call]:
    """Yield each way in which a figure can lie outside, as `figure > bound` or `bound > figure`."""
    for figure in dict.fromkeys(figures(audit.rulebase, value).values()):
        if says.at_most is not None:
            yield Call(">", (figure, named(says.at_most)), 1)
        if says.at_least is not None:
            yield Call(">", (named(says.at_least), figure), 1)


def candidate(audit: Audit, found: Found, wanted: Sequence[int], read: Iterable[str]) -> Candidate:
    """Return the case *found* as one that should break a claim about money, which rests on *read*."""
    rulebase = audit.rulebase
    numbers = frozenset(name for name in leaves(rulebase, read) if name in rulebase.facts)
    return Candidate(found, wanted, facts_behind(rulebase, rulebase.decisions) | numbers, numbers)


def assurances(audit: Audit) -> Iterator[Assurance]:
    """Yield the largest sum that a client can get in any possible case, with the case that reaches it.

    Raises `OutOfTime`.
    """
    order = order_of(audit.rulebase)
    most = {
        value: max(order.bounds(each)[1] for each in figures(audit.rulebase, value).values())
        for value in bases(audit.rulebase)
    }
    for bound in sorted(set(most.values()), reverse=True):
        found = _largest(audit, [value for value, figure in most.items() if figure == bound], bound)
        if found is not None:
            yield found
            return


def _largest(audit: Audit, values: Iterable[Value], bound: Fraction) -> Assurance | None:
    """Return that no case gives more than *bound*, that of *values*; None if no case comes to one of them."""
    statement = f"no case gives the client more than {decimal_text(bound, 2)}"
    met = []
    for value in values:
        if not _is_met(audit, value):
            continue
        met.append(f"`{value}`")
        facts = _reaching(audit, value, bound)
        if facts is not None:
            told = ", ".join(f"{name} {written}" for name, written in facts.items())
            return Assurance(statement, True, f"`{value}` reaches it, for one with {told}")
    why = f"by the formulas of {listed(met)}; whether a case reaches it was not shown"
    return Assurance(statement, True, why) if met else None


def _is_met(audit: Audit, value: Value) -> bool:
    """True if some possible case comes to a basis of money, or may."""
    try:
        return audit.prover.case([audit.circuit.ends[BASIS].values[value], audit.prover.plain]) is not None
    except CannotTell:
        return True


def _reaching(audit: Audit, value: Value, bound: Fraction) -> dict[str, str] | None:
    """Return the sums of a case in which a figure of a basis reaches *bound*, borne out by the chain."""
    rulebase, prover = audit.rulebase, audit.prover
    read = numbers_of(rulebase, value)
    wanted = [audit.circuit.ends[BASIS].values[value], prover.plain]
    for figure in dict.fromkeys(figures(rulebase, value).values()):
        try:
            found = relate(audit, Relation(wanted, (Call(">=", (figure, Constant(bound)), 1),), read))
        except CannotTell:
            continue
        if found is None:
            continue
        facts, stated = prover.facts(found)
        case = Case({name: facts[name] for name in sorted(stated)}, NO_CLOCK, currency="EUR")
        completed = complete(rulebase, case, Problems())
        trace = replay(rulebase, completed.facts, case.facts)
        if bound in Run(rulebase, case, completed, trace, frozenset(reads(rulebase))).figures().values():
            numbers = sorted(name for name in leaves(rulebase, read) if name in rulebase.facts)
            return {name: words(facts[name], rulebase.domain(name)) for name in numbers if name in facts}
    return None
