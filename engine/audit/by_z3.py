"""Questions about numbers, put to `z3-solver`; it is met in this module only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from amends.engine.audit.question import Answer, Question, Unsettled
from amends.engine.formula import Call, Constant, Formula, Name, Number

MOST_STEPS, FEW_STEPS = 3_000_000, 300_000
"""Of z3, as it counts them, for one question: no clock, so that what it settles is the same each time."""


def numbers_by_z3(question: Question, most_steps: int = MOST_STEPS) -> Answer | None:
    """Return real numbers near an answer of *question*, or None if not even real numbers answer it.

    They need not be such as can be stated, and rounding is only nearly kept: an absence is shown sooner
    so. Raises `Unsettled`.
    """
    return _solved(question, most_steps, whole=False)


def answer_by_z3(question: Question, most_steps: int = MOST_STEPS) -> Answer | None:
    """Return facts that answer *question*, or None if there are none. Raises `Unsettled`."""
    return _solved(question, most_steps, whole=True)


def at_odds_by_z3(question: Question, parts: Sequence[tuple[Formula, ...]]) -> tuple[int, ...] | None:
    """Return the places of a few of *parts* that leave *question* without an answer.

    Without any of them it may have one, as far as was shown. None if it was not shown that all parts
    together leave it without. Raises `Unsettled` where z3 is not installed.

    >>> from amends.engine.audit.question import Span
    >>> from amends.engine.formula import parse
    >>> asked = Question({}, {"a": Span(0, 900, 100)}, {}, {}, ())
    >>> at_odds_by_z3(asked, [(parse("a > 2"),), (parse("a < 9"),), (parse("a * a < 4"),)])
    (0, 2)
    """
    for whole in (False, True):
        asked = _Terms(_z3(), question, whole)
        solver = asked.solver(FEW_STEPS)
        assumed = [asked.z3.Bool(f"part {at}") for at in range(len(parts))]
        for literal, demands in zip(assumed, parts, strict=True):
            solver.add(*(asked.z3.Implies(literal, asked.term(demand)) for demand in demands))
        solver.add(*asked.sides)
        if solver.check(*assumed) == asked.z3.unsat:
            return _core(asked.z3, solver, assumed)
    return None


def _core(z3: Any, solver: Any, assumed: Sequence[Any]) -> tuple[int, ...]:
    """Return the places of the assumptions that the solver needs, where it has just shown that they fail."""
    places = {str(literal): at for at, literal in enumerate(assumed)}

    def needed() -> list[int]:
        return sorted(places[str(literal)] for literal in solver.unsat_core())

    kept = needed()
    for at in list(kept):
        fewer = [assumed[other] for other in kept if other != at]
        if at in kept and solver.check(*fewer) == z3.unsat:
            kept = needed()
    return tuple(kept)


def _z3() -> Any:
    try:
        import z3
    except ImportError as error:
        raise Unsettled from error
    return z3


def _solved(question: Question, most_steps: int, *, whole: bool) -> Answer | None:
    z3 = _z3()
    asked = _Terms(z3, question, whole)
    solver = asked.solver(most_steps)
    solver.add(*asked.sides)
    found = solver.check()
    if found == z3.unsat:
        return None
    if found != z3.sat:
        raise Unsettled
    model = solver.model()
    answer: Answer = dict(question.flags)
    for name, span in question.spans.items():
        steps = model.eval(asked.steps[name], model_completion=True) if name in asked.steps else None
        answer[name] = (Fraction(span.first) if steps is None else _exactly(z3, steps)) / span.scale
    for name, term in asked.flags.items():
        answer[name] = z3.is_true(model.eval(term, model_completion=True))
    return answer


def _exactly(z3: Any, number: Any) -> Fraction:
    """Return a number of a model; a root, which is no fraction, to ten places."""
    if z3.is_algebraic_value(number):
        number = number.approx(10)
    return Fraction(number.as_fraction()) if z3.is_rational_value(number) else Fraction(number.as_long())


class _Terms:
    """The terms of one question; with *whole*, facts are whole numbers of steps and can be stated."""

    def __init__(self, z3: Any, question: Question, whole: bool) -> None:
        self.z3 = z3
        self.whole = whole
        self.question = question
        self.sides: list[Any] = []
        self.steps: dict[str, Any] = {}
        self.flags: dict[str, Any] = {}
        self._made: dict[str, Any] = {}

    def solver(self, most_steps: int) -> Any:
        """Return a solver of the demands; `sides`, which grow with every term, are still to be added."""
        solver = self.z3.Solver()
        solver.set("rlimit", most_steps)
        solver.set("ctrl_c", False)  # or it takes an interrupt for itself, and goes on undecided
        for demand in self.question.demands:
            solver.add(self.term(demand))
        return solver

    def term(self, formula: Formula) -> Any:
        """Return the term of *formula*."""
        match formula:
            case Constant(value):
                return self._number(value)
            case Name(name):
                if name not in self._made:
                    self._made[name] = self._named(name)
                return self._made[name]
            case Call(sign, parts):
                return self._call(sign, [self.term(part) for part in parts])

    def _named(self, name: str) -> Any:
        z3, question = self.z3, self.question
        if name in question.spans:
            span = question.spans[name]
            steps = self.steps[name] = (z3.Int if self.whole else z3.Real)(f"{name} in steps")
            self.sides += [steps >= span.first, steps <= span.last]
            return (z3.ToReal(steps) if self.whole else steps) / span.scale
        if name in question.between:
            low, high = question.between[name]
            if low == high:
                return self._number(low)
            free = z3.Real(name)
            self.sides += [free >= self._number(low), free <= self._number(high)]
            return free
        if name in question.measures:
            measure = question.measures[name]
            term = self.term(measure.formula)
            return term if measure.round is None else self._rounded(name, term, measure.round)
        if name in question.flags:
            return z3.BoolVal(question.flags[name])
        flag = self.flags[name] = z3.Bool(name)
        return flag

    def _rounded(self, name: str, term: Any, unit: Fraction) -> Any:
        units = (self.z3.Int if self.whole else self.z3.Real)(f"{name} in units")
        exact = term / self._number(unit)
        half = self._number(Fraction(1, 2))
        whole = self.z3.ToReal(units) if self.whole else units
        self.sides += [whole <= exact + half, exact + half < whole + 1]
        return whole * self._number(unit)

    def _number(self, value: Number) -> Any:
        number = Fraction(value)
        return self.z3.Q(number.numerator, number.denominator)

    def _call(self, sign: str, parts: list[Any]) -> Any:
        z3 = self.z3
        signs: dict[str, Callable[..., Any]] = {
            "+": lambda a, b: a + b,
            "-": lambda a, b: a - b,
            "*": lambda a, b: a * b,
            "/": lambda a, b: a / b,
            "<": lambda a, b: a < b,
            "<=": lambda a, b: a <= b,
            ">": lambda a, b: a > b,
            ">=": lambda a, b: a >= b,
            "==": lambda a, b: a == b,
            "min": lambda a, b: z3.If(a <= b, a, b),
            "max": lambda a, b: z3.If(a >= b, a, b),
            "and": z3.And,
            "or": z3.Or,
            "not": z3.Not,
        }
        if sign in ("and", "or", "not"):
            return signs[sign](*parts)
        found = parts[0]
        for part in parts[1:]:
            found = signs[sign](found, part)
        return found
