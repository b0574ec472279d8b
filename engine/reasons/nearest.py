"""Values for a change: those nearest to the ones a case has that lie where the change needs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import islice
from math import ceil, floor

from amends.engine.cells import as_number
from amends.engine.formula import ARITHMETIC, COMPARISONS, Bounds, Call, Formula, Name, bounds
from amends.engine.reasons.place import Standing
from amends.engine.reasons.search import Candidate
from amends.engine.rulebase import Domain, Fact, Kind, RuleBase, Value
from amends.engine.truth import one_value

MOST_TRIED = 64
"""Combinations of values for one candidate of several numbers."""

Facts = Mapping[str, Value]


def realised(standing: Standing, candidate: Candidate) -> Iterator[dict[str, Value]]:
    """Yield values for the facts of *candidate* that put all it tells into its cells, the nearest first.

    Each differs from what the case states. A measure that reads something unknown is not looked at.
    """
    space, rulebase = standing.diagrams.space, standing.rulebase
    asked: dict[str, dict[str | None, Value]] = {}
    measures: dict[str, int] = {}
    for level, place in candidate.cells.items():
        variable = space.variables[level]
        if variable.subject in rulebase.measures:
            measures[variable.subject] = variable.cells[place]
        elif not variable.is_known:
            asked.setdefault(variable.subject, {})[variable.member] = space.sample(level, place)
    stated = standing.case.facts

    def fits(changes: Facts) -> bool:
        for name, cell in measures.items():
            found = one_value(standing.readings_with(changes, name)[name])
            if found is not None and space.grids[name].cell(found) != cell:
                return False
        return True

    def filled(facts: dict[str, Value], left: list[str]) -> Iterator[dict[str, Value]]:
        if not left:
            yield facts
            return
        name, *rest = left
        fact = rulebase.facts[name]
        wanted = asked.get(name, {})
        if fact.domain.kind.is_ordered:
            values = _steps(standing, fact, {**standing.facts, **facts}, wanted.get(None), measures)
        else:
            values = _chosen(fact, standing.facts.get(name), wanted)
        for value in values:
            yield from filled({**facts, name: value}, rest)

    for changes in islice(filled({}, sorted(candidate.facts)), MOST_TRIED):
        if fits(changes) and not any(stated.get(n) == v for n, v in changes.items()):
            yield changes


def _chosen(fact: Fact, now: Value | None, asked: Mapping[str | None, Value]) -> list[Value]:
    """Return the value asked for, or, where it is only to be stated, every value, the present one first."""
    domain = fact.domain
    if domain.kind is Kind.SET:
        members = set(now) if isinstance(now, frozenset) else set()
        for member, inside in asked.items():
            assert member is not None
            (members.add if inside else members.discard)(member)
        return [frozenset(members)]
    if None in asked:
        return [asked[None]]
    values: list[Value] = [False, True] if domain.kind is Kind.FLAG else list(domain.values)
    return sorted(values, key=lambda value: value != now)


def _steps(
    standing: Standing, fact: Fact, facts: Facts, wanted: Value | None, measures: Mapping[str, int]
) -> list[Value]:
    """Return one value of *fact* for each stretch between the points at which something changes.

    Those in the cell of *wanted* only, the nearest to what it is now first.
    """
    grid = standing.diagrams.space.grids.get(fact.name)
    points = set(grid.cuts) if grid is not None else set()
    rulebase = standing.rulebase
    for name in measures:
        cuts: tuple[Fraction, ...] | tuple[None] = standing.diagrams.space.grids[name].cuts or (None,)
        for cut in cuts:
            points |= crossings(rulebase, Name(name, 0), cut, fact.name, facts)
    domain = fact.domain
    scale = 10**domain.decimals
    low, high = _ends(domain)
    if wanted is not None and grid is not None:
        # No step outside that cell is of use, and a number may be cut at a hundred constants.
        at, is_point = divmod(grid.cell(wanted), 2)
        least = grid.cuts[at] if is_point else grid.cuts[at - 1] if at else None
        most = grid.cuts[at] if at < len(grid.cuts) else None
        points = {p for p in points if (least is None or least <= p) and (most is None or p <= most)}
    now = facts.get(fact.name)
    at = floor(as_number(now) * scale) if now is not None else max(low, min(0, high))
    found = set()
    lower = low
    for point in [*sorted(points), None]:
        # Up to the point, and the point itself.
        upper = high if point is None else min(high, ceil(point * scale) - 1)
        if lower <= upper:
            found.add(min(max(at, lower), upper))
        if point is not None:
            exact = point * scale
            if exact.denominator == 1 and low <= exact <= high:
                found.add(int(exact))
            lower = max(low, floor(exact) + 1)
    values = [
        _value(domain, Fraction(number, scale)) for number in sorted(found, key=lambda n: (abs(n - at), n))
    ]
    if wanted is None or grid is None:
        return values
    return [value for value in values if grid.cell(value) == grid.cell(wanted)]


def crossings(
    rulebase: RuleBase, formula: Formula, target: Fraction | None, fact: str, facts: Facts
) -> set[Fraction]:
    """Return the values of *fact* at which *formula* may cross *target*, or, if None, turn to yes or no.

    All of them, where no part of the formula reads the fact on both sides of a sign.

    >>> from amends.engine import load
    >>> rulebase = load().rulebase
    >>> facts = {"fee_total": Fraction(900), "affected_share": Fraction(1), "direct_loss_amount": Fraction(0)}
    >>> crossings(rulebase, Name("claim_ratio", 0), Fraction(2), "demand_amount", facts)
    {Fraction(1800, 1)}
    """

    def reads(part: Formula) -> bool:
        match part:
            case Name(name):
                return name == fact or (name in rulebase.measures and reads(rulebase.measures[name].formula))
            case Call(_, parts):
                return any(map(reads, parts))
        return False

    def of_number(name: str) -> Bounds:
        if name in rulebase.parameters:
            return (rulebase.parameters[name].value,) * 2
        if name in rulebase.measures:
            low, high = bounds(rulebase.measures[name].formula, of_number)
            return rulebase.measures[name].rounded(low), rulebase.measures[name].rounded(high)
        value = facts.get(name)
        if isinstance(value, Fraction):
            return value, value
        domain = rulebase.domain(name)
        assert domain.lowest is not None and domain.highest is not None
        return domain.lowest, domain.highest

    def solve(part: Formula, target: Fraction | None) -> set[Fraction]:
        match part:
            case Name(name) if name == fact:
                return set() if target is None else {target}
            case Name(name) if name in rulebase.measures:
                measure = rulebase.measures[name]
                if measure.round is None or target is None:
                    return solve(measure.formula, target)
                half, unit = measure.round / 2, measure.round
                ends = {floor(target / unit) * unit, ceil(target / unit) * unit}
                return set().union(
                    *(solve(measure.formula, end + step) for end in ends for step in (half, -half))
                )
            case Call("and" | "or" | "not", parts):
                return set().union(*(solve(inner, None) for inner in parts if reads(inner)))
            case Call(sign, (left, right)) if sign in COMPARISONS:
                return between(left, right, lambda other: (other,), lambda other: (other,))
            case Call(sign, (left, right)) if sign in ARITHMETIC and target is not None:
                return between(left, right, *_undone(sign, target))
        return set()

    def between(left: Formula, right: Formula, of_left: object, of_right: object) -> set[Fraction]:
        """Return where one side reaches what the other asks of it."""
        found: set[Fraction] = set()
        for one, other, undo in ((left, right, of_left), (right, left, of_right)):
            if reads(one):
                for end in set(bounds(other, of_number)):
                    for wanted in undo(end):  # type: ignore[operator]
                        found |= solve(one, wanted)
        return found

    return solve(formula, target)


def _undone(sign: str, target: Fraction) -> tuple[object, object]:
    """Return what the left side must be for *sign* to give *target* with a right side, and the reverse."""

    def divided(other: Fraction) -> tuple[Fraction, ...]:
        return (target / other,) if other else ()

    match sign:
        case "+":
            return (lambda other: (target - other,)), (lambda other: (target - other,))
        case "-":
            return (lambda other: (target + other,)), (lambda other: (other - target,))
        case "*":
            return divided, divided
        case "/":
            return (lambda other: (target * other,)), (lambda other: (other / target,) if target else ())
    return (lambda other: (target, other)), (lambda other: (target, other))


def _ends(domain: Domain) -> tuple[int, int]:
    """Return the least and the greatest value, in units of the last decimal place or in days."""
    if domain.kind is Kind.DATE:
        return date.min.toordinal(), date.max.toordinal()
    assert domain.lowest is not None and domain.highest is not None
    scale = 10**domain.decimals
    return ceil(domain.lowest * scale), floor(domain.highest * scale)


def _value(domain: Domain, number: Fraction) -> Value:
    return date.fromordinal(int(number)) if domain.kind is Kind.DATE else number
