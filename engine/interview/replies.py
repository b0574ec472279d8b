"""What the asker typed, read as an answer: a number from the list, a value, or the beginning of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from amends.engine.diagnostics import Code, Diagnostic, Problems, Source, Span, listed
from amends.engine.rulebase import Domain, Fact, Kind, Value
from amends.engine.source import ScalarNode, core_value
from amends.engine.values import read_money, read_value

NONE = ("none", "0", "[]")
"""How a set is said to be empty, unless a member is called so."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The value, and the currency if one was written; or what is wrong, in one line."""

    value: Value | None = None
    wrong: str | None = None
    currency: str | None = None


def choices(domain: Domain) -> Mapping[str, str]:
    """Return the values that are numbered from 1 on, each with its words; none for numbers and days."""
    return {"yes": "yes", "no": "no"} if domain.kind is Kind.FLAG else domain.values


def read_reply(text: str, fact: Fact) -> Reply:
    """Return what *text* answers to the question about *fact*.

    >>> domain = Domain(Kind.CHOICE, {"redo": "done again", "refund": "money back"})
    >>> fact = Fact("demand", "demand", "What do they ask for?", domain, (), Span.whole(Source("a")))
    >>> read_reply("2", fact).value, read_reply("red", fact).value, read_reply("re", fact).wrong
    ('refund', 'redo', '`re` could be `redo`, `refund`')
    """
    domain = fact.domain
    if domain.kind is Kind.SET:
        return _read_set(text, domain)
    if domain.kind in (Kind.FLAG, Kind.CHOICE):
        names, wrong = matching(text, choices(domain))
        if wrong is not None:
            return Reply(wrong=wrong)
        return Reply(names == "yes" if domain.kind is Kind.FLAG else names)
    source = Source("answer", text)
    node = ScalarNode(core_value(text), text, Span(source, 1, 1, 1, len(text) + 1))
    problems = Problems()
    currency = None
    value: Value | Fraction | None
    if domain.kind is Kind.MONEY:
        value, currency = read_money(node, domain, fact.name, problems)
    else:
        value = read_value(node, domain, fact.name, problems)
    if value is None:
        found = problems.found[0]
        return Reply(wrong=f"{found.message}: {found.help}" if found.help else found.message)
    return Reply(value, currency=currency)


def matching(text: str, names: Mapping[str, str]) -> tuple[str, str | None]:
    """Return which of *names* is meant: by its number, itself, or the beginning of it or of its words.

    The second is what is wrong, None if nothing is.
    """
    wanted = text.strip().casefold().replace(" ", "_").replace("-", "_")
    if text.strip().isdecimal() and text.strip() not in names:
        at = int(text.strip()[:9])
        if 1 <= at <= len(names):
            return list(names)[at - 1], None
        return "", _told(f"there is no `{text.strip()}` in the list, which goes from 1 to {len(names)}")
    if text in names:
        return text, None
    wanted = {"true": "yes", "false": "no"}.get(wanted, wanted) if {"yes", "no"} <= names.keys() else wanted
    for spellings in ({name: [name] for name in names}, {n: [n, w] for n, w in names.items()}):
        folded = {
            name: [each.casefold().replace(" ", "_").replace("-", "_") for each in those]
            for name, those in spellings.items()
        }
        for fits in (str.__eq__, str.startswith):
            found = [name for name, those in folded.items() if any(fits(each, wanted) for each in those)]
            if len(found) == 1 and wanted:
                return found[0], None
            if found and wanted:
                return "", _told(f"`{text.strip()}` could be {listed(found, 5)}")
    help = f"type a number from 1 to {len(names)}, or ? for help"
    return "", _told(f"`{text.strip()}` is none of the answers: {help}")


def _told(message: str) -> str:
    """Return *message* as a diagnostic is told: on one line, long words cut, no orders to the terminal."""
    return Diagnostic(Code.UNKNOWN_VALUE, message).message


def _read_set(text: str, domain: Domain) -> Reply:
    stripped = text.strip()
    if stripped.casefold() in NONE and stripped.casefold() not in domain.values:
        return Reply(frozenset())
    chosen: set[str] = set()
    for part in _parts(stripped):
        name, wrong = matching(part, domain.values)
        if wrong is not None:
            return Reply(wrong=wrong)
        chosen.add(name)
    return Reply(frozenset(chosen))


def _parts(text: str) -> Iterable[str]:
    inside = text.strip("[]")
    parts = inside.split(",") if "," in inside else inside.split()
    return [part.strip() for part in parts if part.strip()] or [text]
