"""What a condition asks for, as lines of a list that can be read aloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from sys import maxsize

from amends.engine.book.page import Page, plain
from amends.engine.book.places import named
from amends.engine.draw.wording import asked
from amends.engine.rulebase import AllOf, AnyOf, Condition, Kind, Not, Operator, RuleBase, Test

INDENT = "    "
_OPPOSITES: Mapping[Operator, Operator] = {
    Operator.AT_LEAST: Operator.LESS_THAN,
    Operator.LESS_THAN: Operator.AT_LEAST,
    Operator.MORE_THAN: Operator.AT_MOST,
    Operator.AT_MOST: Operator.MORE_THAN,
    Operator.HAS_ANY: Operator.HAS_NONE,
    Operator.HAS_NONE: Operator.HAS_ANY,
}


def condition_lines(condition: Condition, page: Page, rulebase: RuleBase, depth: int = 0) -> Iterator[str]:
    """Yield one line a test; alternatives are indented below a line of their own."""
    stem = f"{INDENT * depth}- "
    match condition:
        case AllOf(()):
            yield f"{stem}always"
        case AllOf(parts):
            for part in parts:
                yield from condition_lines(part, page, rulebase, depth)
        case AnyOf((only,)):
            yield from condition_lines(only, page, rulebase, depth)
        case AnyOf(parts):
            yield f"{stem}at least one of these:"
            for part in parts:
                yield from _alternative(part, page, rulebase, depth + 1)
        case Not(Test() as test):
            yield stem + test_words(test, page, rulebase, passes=False)
        case Not(part):
            yield f"{stem}not this:"
            yield from _alternative(part, page, rulebase, depth + 1)
        case Test():
            yield stem + test_words(condition, page, rulebase)


def _alternative(part: Condition, page: Page, rulebase: RuleBase, depth: int) -> Iterator[str]:
    """Yield *part* as one item: its tests in one line where none of them has lines below it."""
    lines = list(condition_lines(part, page, rulebase))
    if all(line.startswith("- ") for line in lines):
        yield f"{INDENT * depth}- {'; and '.join(line[2:] for line in lines)}"
    elif isinstance(part, Not):
        yield from condition_lines(part, page, rulebase, depth)
    else:
        yield f"{INDENT * depth}- all of these:"
        yield from condition_lines(part, page, rulebase, depth + 1)


def test_words(test: Test, page: Page, rulebase: RuleBase, *, passes: bool = True) -> str:
    """Return one test: its subject as a link, and what is asked of it, or ruled out if it must not pass."""
    said = _asked(test, rulebase) if passes else _ruled_out(test, rulebase)
    return f"{named(page, test.subject, rulebase)}: {plain(said)}"


def _asked(test: Test, rulebase: RuleBase) -> str:
    domain = rulebase.domain(test.subject)
    if domain.kind is Kind.SET and test.operand == frozenset(domain.values):
        if test.operator is Operator.HAS_ANY:
            return "at least one"
        if test.operator is Operator.HAS_NONE:
            return "none of them"
    return asked(test, rulebase, limit=maxsize)


def _ruled_out(test: Test, rulebase: RuleBase) -> str:
    if test.operator in _OPPOSITES:
        return _asked(replace(test, operator=_OPPOSITES[test.operator]), rulebase)
    if rulebase.domain(test.subject).kind is Kind.FLAG and isinstance(test.operand, frozenset):
        return _asked(replace(test, operand=frozenset({True, False}) - test.operand), rulebase)
    if test.operator is Operator.ONE_OF:
        said = _asked(test, rulebase)
        return f"anything but {said if said.startswith('“') or ',' not in said else f'“{said}”'}"
    return asked(test, rulebase, passes=False, limit=maxsize)
