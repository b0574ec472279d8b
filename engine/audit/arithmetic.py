"""Questions about numbers: facts within bounds for which formulas hold, found or shown not to be there.

A range is cut in parts until every part surely holds or surely does not; points that people would
write are tried first. What that leaves open goes to `z3-solver`, where it is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

from amends.engine.audit.by_z3 import FEW_STEPS, answer_by_z3, at_odds_by_z3, numbers_by_z3
from amends.engine.audit.question import Answer, Question, Span, Unsettled
from amends.engine.cells import Grid
from amends.engine.diagram.reading import surely
from amends.engine.formula import Bounds, Call, Constant, Formula, Name, Number, bounds, names
from amends.engine.rulebase import Domain, RuleBase

FEW_PARTS, MOST_PARTS = 40, 1_500
"""Of one question: before another way is tried, and where there is none; up to a tenth of a second."""


def answer(question: Question) -> Answer | None:
    """Return facts that answer *question*, or None if there are none. Raises `Unsettled`.

    >>> from amends.engine.formula import parse
    >>> asked = Question({}, {"a": Span(0, 900, 100)}, {}, {}, (parse("a > 2"), parse("a * a < 5")))
    >>> answer(asked)
    {'a': Fraction(201, 100)}
    """
    if refuted(question):
        return None
    for way in (_by_few_points, _near_real_numbers, answer_by_z3, _by_points, _by_halves):
        try:
            found = way(question)
        except Unsettled:
            continue
        if found is None or holds(question, found):
            return found
    raise Unsettled


def has_none(question: Question) -> bool:
    """True if *question* was quickly shown to have no answer; False settles nothing."""
    return has_no_reals(question) or _is_shown(answer_by_z3, question)


def has_no_reals(question: Question) -> bool:
    """True if not even numbers that cannot be stated answer *question*, which is sooner shown."""
    return refuted(question) or _is_shown(numbers_by_z3, question)


def at_odds(question: Question, parts: Sequence[tuple[Formula, ...]]) -> tuple[int, ...] | None:
    """Return the places of a few of *parts* that leave *question* without an answer; None if not shown."""
    try:
        return at_odds_by_z3(question, parts)
    except Unsettled:
        return None


def _is_shown(way: Callable[[Question, int], Answer | None], question: Question) -> bool:
    try:
        return way(question, FEW_STEPS) is None
    except Unsettled:
        return False


def _by_few_points(question: Question) -> Answer | None:
    return next(_Search(question, FEW_PARTS).answers(question), None)


def _near_real_numbers(question: Question) -> Answer | None:
    """Look beside the real numbers that answer it, if any do."""
    found = numbers_by_z3(question)
    if found is None:
        return None
    near = {}
    for name, span in question.spans.items():
        steps = floor(found[name] * span.scale)
        near[name] = tuple(Fraction(steps + more, span.scale) for more in (0, 1, -1, 2))
    close = replace(question, near=near)
    answered = next(_Search(close, MOST_PARTS).answers(close), None)
    if answered is None:
        raise Unsettled
    return answered


def _by_points(question: Question) -> Answer | None:
    return next(_Search(question, MOST_PARTS).answers(question), None)


def _by_halves(question: Question) -> Answer | None:
    return next(_Search(question, MOST_PARTS, is_thorough=True).answers(question), None)


def refuted(question: Question) -> bool:
    """True if the bounds alone show that *question* has no answer."""
    look = _Look(question)
    return any(look.surely(demand) is False for demand in question.demands)


def holds(question: Question, found: Mapping[str, Number]) -> bool:
    """True if *found* makes every demand hold, worked out exactly."""
    spans = {}
    for name, span in question.spans.items():
        number = found[name]
        assert isinstance(number, Fraction)
        at = span.at(number)
        if at is None:
            return False
        spans[name] = at
    flags = {**question.flags, **{name: v for name, v in found.items() if isinstance(v, bool)}}
    look = _Look(replace(question, spans=spans, flags=flags))
    return all(look.surely(demand) is True for demand in question.demands)


class _Look:
    """What can be said of names while the facts are only bounded."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self._numbers: dict[str, Bounds] = {}
        self._flags: dict[str, bool | None] = {}

    def surely(self, demand: Formula) -> bool | None:
        return surely(demand, self.number, self.flag)

    def number(self, name: str) -> Bounds:
        if name in self.question.spans:
            return self.question.spans[name].bounds
        if name in self.question.between:
            return self.question.between[name]
        if name not in self._numbers:
            measure = self.question.measures[name]
            low, high = bounds(measure.formula, self.number)
            first = measure.rounded(low)
            self._numbers[name] = first, first if low is high else measure.rounded(high)
        return self._numbers[name]

    def flag(self, name: str) -> bool | None:
        if name in self.question.measures:
            if name not in self._flags:
                self._flags[name] = self.surely(self.question.measures[name].formula)
            return self._flags[name]
        return self.question.flags.get(name)


class _Search:
    """Cuts ranges until what is asked is settled, within a budget of parts."""

    def __init__(self, question: Question, most: int, *, is_thorough: bool = False) -> None:
        self.is_thorough = is_thorough
        self.left = most
        self.has_skipped = False
        self.reads = {demand: _facts_in(demand, question) for demand in question.demands}

    def answers(self, question: Question) -> Iterator[Answer]:
        """Yield what was found. Raises `Unsettled` where parts were left out."""
        yield from self._go(question)
        if self.has_skipped:
            raise Unsettled

    def _go(self, question: Question) -> Iterator[Answer]:
        self.left -= 1
        if self.left < 0:
            raise Unsettled
        look = _Look(question)
        open_demands = []
        for demand in question.demands:
            found = look.surely(demand)
            if found is False:
                return
            if found is None:
                open_demands.append(demand)
        if not open_demands:
            yield _any_answer(question)
            return
        for name in self._free(question, open_demands):
            # What surely holds of a range holds of its parts, so only the rest is looked at again.
            for part in self._parts(replace(question, demands=tuple(open_demands)), name):
                yield from self._go(part)
            return
        # Nothing is left to choose, and the bounds of what is not looked for settle nothing.
        self.has_skipped = True

    def _free(self, question: Question, demands: Iterable[Formula]) -> Iterator[str]:
        wide = [
            name
            for name in dict.fromkeys(name for demand in demands for name in self.reads[demand])
            if (name in question.spans and question.spans[name].first < question.spans[name].last)
            or (name not in question.spans and name not in question.flags)
        ]
        if self.is_thorough:
            wide.sort(key=lambda name: -_width(question, name))
        yield from wide

    def _parts(self, question: Question, name: str) -> Iterator[Question]:
        if name not in question.spans:
            for value in (False, True):
                yield replace(question, flags={**question.flags, name: value})
            return
        span = question.spans[name]
        if self.is_thorough:
            parts: Iterable[Span] = span.halves()
        else:
            ends = [Fraction(at, span.scale) for at in (span.first, span.last, span.first + 1)]
            middle = Fraction((span.first + span.last) // 2, span.scale)
            points = dict.fromkeys([*question.tried(name), *ends, middle])
            parts = [at for at in map(span.at, points) if at is not None]
            if len(parts) < span.last - span.first + 1:
                self.has_skipped = True
        for part in parts:
            yield replace(question, spans={**question.spans, name: part})


def _width(question: Question, name: str) -> Fraction:
    if name not in question.spans:
        return Fraction(1)
    low, high = question.spans[name].bounds
    return (high - low) / max(Fraction(1), abs(low))


def _any_answer(question: Question) -> Answer:
    found: Answer = dict(question.flags)
    for name, span in question.spans.items():
        points = (span.at(number) for number in question.tried(name))
        at = next((point for point in points if point is not None), None)
        found[name] = Fraction(at.first if at else span.first, span.scale)
    return found


def _facts_in(formula: Formula, question: Question) -> tuple[str, ...]:
    """Return the facts that *formula* rests on, through measures, in the order in which they are met."""
    found: dict[str, None] = {}
    for name in names(formula):
        if name in question.measures and name not in question.between:
            found.update(dict.fromkeys(_facts_in(question.measures[name].formula, question)))
        elif name not in question.between:
            found[name] = None
    return tuple(found)


def span_of(domain: Domain, grid: Grid | None = None, cell: int = 0) -> Span:
    """Return the numbers of *domain* that can be stated, or those in a cell of *grid*."""
    assert domain.lowest is not None and domain.highest is not None
    scale = 10**domain.decimals
    first, last = ceil(domain.lowest * scale), floor(domain.highest * scale)
    if grid is not None:
        at, is_point = divmod(cell, 2)
        if is_point:
            first = last = int(grid.cuts[at] * scale)
        else:
            if at:
                first = max(first, floor(grid.cuts[at - 1] * scale) + 1)
            if at < len(grid.cuts):
                last = min(last, ceil(grid.cuts[at] * scale) - 1)
    return Span(first, last, scale)


def in_cell(name: str, grid: Grid, cell: int) -> tuple[Formula, ...]:
    """Return the demands that put *name* in a cell of *grid*."""
    if grid.values:
        flag: Formula = Name(name, 1)
        return (flag,) if grid.values[cell] else (Call("not", (flag,), 1),)
    at, is_point = divmod(cell, 2)
    if is_point:
        return (compared(name, "==", grid.cuts[at]),)
    above = (compared(name, ">", grid.cuts[at - 1]),) if at else ()
    below = (compared(name, "<", grid.cuts[at]),) if at < len(grid.cuts) else ()
    return (*above, *below)


def compared(name: str, sign: str, number: Fraction) -> Formula:
    """Return that *name* is so compared with *number*."""
    return Call(sign, (Name(name, 1), Constant(number)), 1)


def constants(rulebase: RuleBase) -> dict[str, Bounds]:
    """Return every parameter, between itself and itself."""
    return {name: (found.value, found.value) for name, found in rulebase.parameters.items()}
