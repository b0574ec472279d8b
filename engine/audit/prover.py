"""Asks for cases: one solver over all that a rule base makes of a case, numbers included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from amends.engine.audit.by_diagrams import DiagramSolver
from amends.engine.audit.circuit import Circuit, free_cells
from amends.engine.audit.clauses import NO, YES, Clauses
from amends.engine.audit.question import Answer
from amends.engine.audit.solver import Model, Solver
from amends.engine.audit.ties import Impossible, Ties, leaves
from amends.engine.diagram.forest import NotFinished
from amends.engine.diagram.space import Variable, space_of
from amends.engine.rulebase import Fact, Kind, RuleBase, Value

MOST_TRIES = 400
"""Combinations of cells that no numbers bear out, in the answer to one question."""


class CannotTell(Exception):
    """Some combination of cells could be neither borne out with numbers nor shown impossible."""


@dataclass(frozen=True, slots=True)
class Found:
    """A possible case: what the solver says of it, and the numbers that bear it out."""

    model: Model
    numbers: Answer


def solver_of(clauses: Clauses, deadline: float | None, by_diagrams: int | None) -> Solver | DiagramSolver:
    """Return the solver of *clauses*, diagrams of *by_diagrams* nodes if that is given. Raises `NoSolver`."""
    return Solver(clauses, deadline) if by_diagrams is None else DiagramSolver(clauses, by_diagrams, deadline)


class Prover:
    """A rule base as clauses, its constraints among them, and a solver that is asked again and again.

    With *by_diagrams*, a number of nodes, diagrams stand in for it. Raises `NoSolver` where none is
    installed, and `TooManyValues` where a decision has too many.
    """

    def __init__(
        self, rulebase: RuleBase, deadline: float | None = None, *, by_diagrams: int | None = None
    ) -> None:
        self.rulebase = rulebase
        self.space = space_of(rulebase)
        self.clauses = Clauses()
        self._by_diagrams = by_diagrams
        self.solver = solver_of(self.clauses, deadline, by_diagrams)
        self.cells = free_cells(self.clauses, self.space)
        self.circuit = Circuit(self.clauses, rulebase, self.cells)
        for constraint in rulebase.constraints.values():
            self.clauses.add(-self.circuit.condition(constraint.never))
        self.ties = Ties(rulebase, self.circuit)
        self._unsettled = self.clauses.fresh()
        """Assumed yes: leaves out the combinations of which nothing is known."""
        self.plain = self.clauses.fresh()
        """Assumed yes: whatever is not stated is as assumed."""
        self.first = self._careful()
        self._make_plain()
        self.solver.prefer(self._preferred())

    @property
    def has_solver(self) -> bool:
        """True if a satisfiability solver answers, not diagrams in its stead."""
        return self._by_diagrams is None

    def beside(self, clauses: Clauses) -> Solver | DiagramSolver:
        """Return a solver of its own kind for other clauses."""
        return solver_of(clauses, self.solver.deadline, self._by_diagrams)

    def of(self, rulebase: RuleBase) -> Prover:
        """Return a prover of its own kind for another rule base."""
        return Prover(rulebase, self.solver.deadline, by_diagrams=self._by_diagrams)

    @property
    def stated(self) -> list[int]:
        """The signals of the cases in which every fact is stated."""
        return [self.cells[at][1] for at, variable in enumerate(self.space.variables) if variable.is_known]

    def case(self, wanted: Iterable[int]) -> Found | None:
        """Return a possible case in which all of *wanted* is yes, or None if there is none.

        Raises `CannotTell` if only combinations are left of which arithmetic settles nothing, and
        `OutOfTime`.
        """
        assumed = [*wanted, self._unsettled]
        if NO in assumed:
            return None
        for _ in range(MOST_TRIES):
            try:
                model = self.solver.model(assumed)
            except NotFinished as error:
                raise CannotTell("the diagrams grew too large") from error
            if model is None:
                if self._unsettled in self.solver.blamed:
                    raise CannotTell
                return None
            numbers = self._numbers(model)
            if numbers is not None:
                return Found(model, numbers)
        raise CannotTell

    def never(self, wanted: Sequence[int]) -> list[int] | None:
        """Return some of *wanted* that no possible case joins, or None if one may join all."""
        return self.solver.core(wanted)

    def facts(self, found: Found) -> tuple[dict[str, Value], frozenset[str]]:
        """Return a value for every fact that anything asks for, and which of them are stated."""
        facts: dict[str, Value] = {}
        members: dict[str, set[str]] = {}
        unstated: set[str] = set()
        only_known: set[str] = set()
        for at, variable in enumerate(self.space.variables):
            name = variable.subject
            if name not in self.rulebase.facts:
                continue
            place = next(place for place, signal in enumerate(self.cells[at]) if found.model.has(signal))
            if variable.is_known:
                (only_known if place else unstated).add(name)
            elif variable.member is not None:
                members.setdefault(name, set()).update([variable.member] if place else [])
            else:
                facts[name] = self.space.sample(at, place)
        facts |= {name: frozenset(chosen) for name, chosen in members.items()}
        facts |= {name: value for name, value in found.numbers.items() if name in self.rulebase.facts}
        for name in sorted(only_known - facts.keys()):  # any value will do: nothing reads it
            facts[name] = _some_value(self.rulebase.facts[name])
        return facts, frozenset(facts) - unstated

    def nearest(self, wanted: Sequence[int], needed: frozenset[str]) -> Found:
        """Return a case in which all of *wanted* is yes, as near to the one tried first as was found.

        Only the facts in *needed* are looked at. Where a case will do in which whatever is not stated
        is as assumed, it is such a one. There must be one.
        """
        found = self._case_or_none([*wanted, self.plain])
        kept = [*wanted] if found is None else [*wanted, self.plain]
        found = found or self.case(kept)
        assert found is not None
        for at, variable in enumerate(self.space.variables):
            if variable.subject not in needed:
                continue
            first = self.cells[at][self.first[at]]
            if not found.model.has(first):
                nearer = self._case_or_none([*kept, first])
                if nearer is None:
                    continue
                found = nearer
            kept.append(first)
        return found

    def _case_or_none(self, wanted: Sequence[int]) -> Found | None:
        try:
            return self.case(wanted)
        except CannotTell:
            return None

    def forcing(self, found: Found, wanted: Sequence[int]) -> tuple[frozenset[str], frozenset[str]]:
        """Return the facts that, as they are in *found*, leave no case in which not all of *wanted* is yes.

        The second are those of which it matters that they are stated.
        """
        owner: dict[int, tuple[str, ...]] = {}
        said: dict[int, str] = {}
        free = []
        for at, variable in enumerate(self.space.variables):
            name = variable.subject
            place = next(place for place, signal in enumerate(self.cells[at]) if found.model.has(signal))
            signal = self.cells[at][place]
            if variable.is_known:
                said[signal] = name
            owner[signal] = (name,) if name in self.rulebase.facts else leaves(self.rulebase, [name])
            if variable.is_known or place == self.first[at]:
                free.append(signal)
        goal = self.clauses.all_of(wanted)
        # What costs nothing to keep, as it is assumed, is let go last.
        kept = self.solver.core([*free, *(signal for signal in owner if signal not in free), -goal])
        assert kept is not None
        for signal in sorted(kept, key=lambda signal: (signal in free, abs(signal))):
            fewer = [other for other in kept if other != signal]
            if signal in kept and signal != -goal:
                kept = self.solver.core(fewer) or kept
        names = {name for signal in kept for name in owner.get(signal, ())}
        told = {said[signal] for signal in kept if signal in said}
        return frozenset(names.intersection(self.rulebase.facts)), frozenset(told)

    # --- Numbers ------------------------------------------------------------------------------

    def _numbers(self, model: Model) -> Answer | None:
        """Return the numbers behind *model*, or None once the solver has been told to try another."""
        numbers: Answer = {}
        for tie in self.ties.found:
            way = self.ties.way(tie, model)
            behind = self.ties.behind(way)
            if isinstance(behind, Impossible):
                self.clauses.add(*(-signal for signal in self.ties.signals(behind.parts)))
                return None
            if behind is None:
                self.clauses.add(-self._unsettled, *(-signal for signal in self.ties.signals(way)))
                return None
            numbers.update(behind)
        return numbers

    def _careful(self) -> list[int]:
        """Return the cells of the case that is tried first: what is assumed, small numbers, all stated."""
        places = [self._first_place(variable) for variable in self.space.variables]
        measured = self.ties.places_from(places)
        return [
            measured.get(variable.subject, place)
            for variable, place in zip(self.space.variables, places, strict=True)
        ]

    def _preferred(self) -> Iterator[int]:
        for at, first in enumerate(self.first):
            for place, signal in enumerate(self.cells[at]):
                if abs(signal) != YES:
                    yield signal if place == first else -signal

    def _make_plain(self) -> None:
        for at, variable in enumerate(self.space.variables):
            if not variable.is_known:
                continue
            known, name = self.cells[at][1], variable.subject
            if self.rulebase.facts[name].assume is None:
                self.clauses.add(-self.plain, known)
                continue
            for level, other in enumerate(self.space.variables):
                if other.subject == name and not other.is_known:
                    self.clauses.add(-self.plain, known, self.cells[level][self.first[level]])

    def _first_place(self, variable: Variable) -> int:
        fact = self.rulebase.facts.get(variable.subject)
        if variable.is_known:
            return 1
        if fact is None or fact.assume is None:
            return 0
        if variable.member is not None:
            assert isinstance(fact.assume, frozenset)
            return int(variable.member in fact.assume)
        return self.space.place(variable.subject, fact.assume)


def _some_value(fact: Fact) -> Value:
    domain = fact.domain
    if fact.assume is not None:
        return fact.assume
    match domain.kind:
        case Kind.FLAG:
            return False
        case Kind.SET:
            return frozenset()
        case Kind.DATE:
            return date(2000, 1, 1)
        case Kind.CHOICE:
            return next(iter(domain.values))
    low, high = domain.lowest, domain.highest
    return low if low is not None else high if high is not None else Fraction(0)
