"""Between written values and exact ones, the same for cases, rules and options."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from amends.engine.diagnostics import Code, Problems, did_you_mean, listed
from amends.engine.rulebase import Domain, Kind, Value
from amends.engine.source import ListNode, Node, ScalarNode, core_value

UNKNOWN = "unknown"
"""The reserved word: left out, empty and `unknown` mean the same."""

CASE_KEYS = ("title", "sources", "facts", "currency", "now", "expect", "note", "words", "packs")
"""What a case file says besides facts; no fact is called so, for a case may hold its facts alone."""

_MONEY = re.compile(r"(?P<amount>[-+0-9.,_eE]+)\s*(?P<currency>[A-Z]{3})\Z")
_FLAGS = {"yes": True, "no": False}
_LARGEST_EXPONENT = 30
_LONGEST_NUMBER = 60  # characters: an exact fraction of more costs time with the square of its length
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


def is_unstated(node: Node) -> bool:
    """True if the value is empty or the word `unknown`."""
    return isinstance(node, ScalarNode) and (node.value in (None, UNKNOWN) or not node.text.strip())


def read_value(node: Node, domain: Domain, name: str, problems: Problems) -> Value | None:
    """Return the value that *node* states for the thing called *name*.

    Records a diagnostic and returns None if it is no value of *domain*.
    """
    if domain.kind is Kind.SET:
        return _read_set(node, domain, name, problems)
    if not isinstance(node, ScalarNode):
        shape = "list" if isinstance(node, ListNode) else "mapping"
        problems.add(
            Code.WRONG_SHAPE,
            f"`{name}` takes one value, not a {shape}",
            node.span,
            help=f"write `{name}: value`",
        )
        return None
    match domain.kind:
        case Kind.CHOICE:
            return _read_choice(node, domain, name, problems)
        case Kind.FLAG:
            return _read_flag(node, name, problems)
        case Kind.DATE:
            return _read_date(node, name, problems)
        case Kind.MONEY:
            amount, _ = read_money(node, domain, name, problems)
            return amount
        case _:
            return _read_number(node, node.value, domain, name, problems)


def read_money(
    node: ScalarNode, domain: Domain, name: str, problems: Problems
) -> tuple[Fraction | None, str | None]:
    """Return the amount, and the currency if one is written: `1000` or `1000 EUR`."""
    value, currency = node.value, None
    if isinstance(value, str) and (match := _MONEY.match(value)):
        value, currency = core_value(match["amount"]), match["currency"]
    return _read_number(node, value, domain, name, problems), currency


def _read_choice(node: ScalarNode, domain: Domain, name: str, problems: Problems) -> str | None:
    # `true` where a choice has `yes` is what a tired hand types.
    text = {"true": "yes", "false": "no"}.get(node.text, node.text)
    for written in (node.text, text):
        if written in domain.values:
            return written
    if not domain.values:  # its definition is broken, and reported already
        return node.text
    written = f"`{node.text}`" if node.text.strip() else "an empty entry"
    near = did_you_mean(node.text, domain.values)
    problems.add(
        Code.UNKNOWN_VALUE,
        f"{written} is no value of `{name}`",
        node.span,
        help=_slip(node) or near or f"one of {listed(domain.values, 20)}",
    )
    return None


def _read_flag(node: ScalarNode, name: str, problems: Problems) -> bool | None:
    if isinstance(node.value, bool):
        return node.value
    if isinstance(node.value, str) and node.value.lower() in _FLAGS:
        return _FLAGS[node.value.lower()]
    problems.add(
        Code.UNKNOWN_VALUE,
        f"`{node.text}` is no value of `{name}`",
        node.span,
        help=_slip(node) or "write `true` or `false`",
    )
    return None


def _read_date(node: ScalarNode, name: str, problems: Problems) -> date | None:
    try:
        if _DAY.match(node.text):
            return date.fromisoformat(node.text)
    except ValueError:
        pass
    problems.add(
        Code.UNKNOWN_VALUE,
        f"`{node.text}` is no date",
        node.span,
        help=f"write `{name}` as year-month-day: 2026-03-31",
    )
    return None


def _read_number(
    node: ScalarNode, value: object, domain: Domain, name: str, problems: Problems
) -> Fraction | None:
    if not isinstance(value, Decimal):
        written = f"`{node.text}`" if node.text.strip() else "nothing"
        message = f"{written} is no number, and `{name}` takes one"
        problems.add(Code.NOT_A_NUMBER, message, node.span, help=_slip(node) or _how_to_write(node, domain))
        return None
    if not value.is_finite():
        problems.add(
            Code.NOT_A_NUMBER,
            f"`{node.text}` is no finite number",
            node.span,
            help=f"leave `{name}` out if you do not know it",
        )
        return None
    low, high = domain.lowest, domain.highest
    if value and value.adjusted() > _LARGEST_EXPONENT:
        outside = True
    elif (value and value.adjusted() < -_LARGEST_EXPONENT) or len(node.text) > _LONGEST_NUMBER:
        outside = False
    else:
        exact = Fraction(value)
        outside = (low is not None and exact < low) or (high is not None and exact > high)
        if not outside and (exact * 10**domain.decimals).denominator == 1:
            return exact
    if outside:
        problems.add(
            Code.OUT_OF_BOUNDS,
            f"`{name}` cannot be `{node.text}`",
            node.span,
            help=f"it lies {_between(domain)}",
        )
    else:
        places = "a whole number"
        if domain.decimals:
            places = f"at most {domain.decimals} decimal place{'s' if domain.decimals > 1 else ''}"
        problems.add(
            Code.TOO_PRECISE, f"`{node.text}` is too precise for `{name}`", node.span, help=f"write {places}"
        )
    return None


def _slip(node: ScalarNode) -> str | None:
    """What a hand used to other notations leaves behind."""
    last = node.text[-1:]
    return f"remove the `{last}` at the end" if last in (";", ",") else None


def _how_to_write(node: ScalarNode, domain: Domain) -> str:
    if domain.kind is Kind.MONEY:
        if "," in node.text:
            return "leave out the comma; cents follow a point: `1000.50 EUR`"
        return "write digits, a point before the cents, then the currency: `1000.50 EUR`"
    if domain.unit and node.text.endswith(domain.unit):
        return f"leave out the unit, which is `{domain.unit}`"
    return "write digits, with a point before the fraction: `2.5`" if domain.decimals else "write digits"


def _between(domain: Domain) -> str:
    unit = f" {domain.unit}" if domain.unit else ""
    low = "" if domain.lowest is None else decimal_text(domain.lowest)
    high = "" if domain.highest is None else decimal_text(domain.highest)
    return f"between {low or 'minus infinity'} and {high or 'infinity'}{unit}"


def _read_set(node: Node, domain: Domain, name: str, problems: Problems) -> frozenset[str] | None:
    if isinstance(node, ScalarNode):
        items: Iterable[Node] = _split(node)
    elif isinstance(node, ListNode):
        items = node.items
    else:
        problems.add(
            Code.WRONG_SHAPE,
            f"`{name}` takes a list",
            node.span,
            help="write `[one, other]`, or `[]` for none",
        )
        return None
    found: set[str] = set()
    sound = True
    for item in items:
        if isinstance(item, ScalarNode):
            value = _read_choice(item, domain, name, problems)
            sound = sound and value is not None
            found.update([value] if value is not None else [])
        else:
            help = "write `[one, other]`, each a word"
            problems.add(Code.WRONG_SHAPE, f"`{name}` takes a list of words", item.span, help=help)
            sound = False
    return frozenset(found) if sound else None


def _split(node: ScalarNode) -> list[ScalarNode]:
    """On the command line a set is written `a,b`, and `[]` where it is empty."""
    words = [word.strip() for word in node.text.strip("[]").split(",")]
    return [ScalarNode(word, word, node.span) for word in words if word]


def decimal_text(number: Fraction, places: int | None = None) -> str:
    """Return an exact decimal where there is one, else six places.

    >>> decimal_text(Fraction(3, 5)), decimal_text(Fraction(1000), 2), decimal_text(Fraction(1, 3))
    ('0.6', '1000.00', '0.333333')
    """
    if places is None:
        scaled = number * 10**9
        exact = scaled.denominator == 1
        text = f"{Decimal(scaled.numerator if exact else round(scaled)) / 10**9:.{9 if exact else 6}f}"
        return text.rstrip("0").rstrip(".") if exact else text
    units = number * 10**places
    whole = units.numerator // units.denominator
    return f"{Decimal(whole).scaleb(-places):.{places}f}"


def plain(value: Value | None, domain: Domain) -> str | bool | int | float | list[str] | None:
    """Return *value* as JSON can carry it; money as a string, so that no cent is lost."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Fraction):
        if domain.kind is Kind.MONEY:
            return decimal_text(value, domain.decimals or 2)
        return int(value) if value.denominator == 1 else float(value)
    return value


def words(value: Value | None, domain: Domain) -> str:
    """Return *value* in plain words, as people read it.

    >>> words("isp_outage", Domain(Kind.CHOICE, {"isp_outage": "internet outage"}))
    'internet outage'
    """
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
        case str():
            return domain.values.get(value, value)
        case frozenset():
            return ", ".join(domain.values.get(name, name) for name in sorted(value)) or "none"
        case date():
            return value.isoformat()
        case Fraction():
            if domain.kind is Kind.MONEY:
                return decimal_text(value, domain.decimals or 2)
            return decimal_text(value) + (f" {domain.unit}" if domain.unit else "")


def sort_key(value: Value) -> tuple[str, Fraction, str]:
    """Order values of one domain: numbers by size, the rest by text."""
    if isinstance(value, Fraction):
        return ("", value, "")
    if isinstance(value, frozenset):
        return ("", Fraction(0), ",".join(sorted(value)))
    return ("", Fraction(0), str(value))
