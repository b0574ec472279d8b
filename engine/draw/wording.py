"""Plain words for what a picture names: no identifier reaches a reader."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from amends.engine.rulebase import Operator, RuleBase, Test
from amends.engine.values import sort_key, words

_OPERATORS = {
    Operator.ONE_OF: "",
    Operator.AT_LEAST: "at least ",
    Operator.MORE_THAN: "more than ",
    Operator.AT_MOST: "at most ",
    Operator.LESS_THAN: "less than ",
    Operator.HAS_ANY: "has ",
    Operator.HAS_ALL: "has ",
    Operator.HAS_NONE: "has none of ",
}


def capital(text: str) -> str:
    """Return *text* with its first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]


def listing(words: Iterable[str], last: str, limit: int) -> str:
    """Return *words* as people list them, the tail counted past *limit*.

    >>> listing(["red", "green", "blue"], "or", 3), listing(["red", "green", "blue"], "and", 2)
    ('red, green or blue', 'red, green and 1 more')
    """
    shown = list(words)
    if len(shown) > limit:
        return f"{', '.join(shown[:limit])} {last} {len(shown) - limit} more"
    return f" {last} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def said(test: Test, rulebase: RuleBase, *, passes: bool = True) -> str:
    """Return *test* as "title: what it asks for", or, if it must not pass, what it rules out."""
    return f"{capital(rulebase.title(test.subject))}: {asked(test, rulebase, passes=passes)}"


def asked(test: Test, rulebase: RuleBase, *, passes: bool = True, limit: int = 3) -> str:
    """Return what *test* asks of its subject, or rules out, in words; values past *limit* are counted."""
    if test.operator is Operator.KNOWN:
        return "stated" if test.operand is passes else "not stated"
    domain = rulebase.domain(test.subject)
    found: list[str] = []
    if isinstance(test.operand, frozenset):
        found = [words(value, domain) for value in sorted(test.operand, key=sort_key)]
    elif isinstance(test.operand, (Fraction, date)):
        found = [words(test.operand, domain) + (f" {test.currency}" if test.currency else "")]
    if len(found) > 1 and any("," in each for each in found):
        found = [f"“{each}”" for each in found]
    join = "and" if test.operator is Operator.HAS_ALL else "or"
    return f"{'' if passes else 'not '}{_OPERATORS[test.operator]}{listing(found, join, limit)}"
