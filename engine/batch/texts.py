"""Cells and values as one writes them in a case."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal

from amends.engine.rulebase import Value


def is_currency(said: str) -> bool:
    """Return whether *said* has the form of a currency's code."""
    return len(said) == 3 and said.isascii() and said.isalpha() and said.isupper()


def said(value: Value) -> str:
    """Return a value as one writes it in a case."""
    return ", ".join(sorted(value)) if isinstance(value, frozenset) else text(value)


def text(value: object) -> str:
    """Return a cell as one writes it in a case. Raises `TypeError` for what no case holds.

    >>> text(True), text(None), text(2.5), text(["safety", "emotional"])
    ('true', '', '2.5', 'safety, emotional')
    """
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case bool():
            return "true" if value else "false"
        case float():
            return "" if value != value else f"{Decimal(repr(value)):f}"
        case int() | Decimal():
            return f"{value:f}" if isinstance(value, Decimal) else str(value)
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case list() | tuple() | set() | frozenset():
            return ", ".join(map(text, value))
        case _ if hasattr(value, "numerator") and hasattr(value, "denominator"):
            return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
    raise TypeError(f"a cell holds {type(value).__name__}, which no fact is")


def flat(value: object) -> str | None:
    """Return a part of a verdict in one cell: as it is, or as JSON where it has parts itself."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case dict() | list() | tuple():
            return json.dumps(value, ensure_ascii=False, default=as_json)
    return str(value)


def as_json(value: object) -> object:
    """Return what JSON has no form for as a number or a text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def in_money(cents: int) -> str:
    """Return cents as an amount.

    >>> in_money(1234567), in_money(-5)
    ('12345.67', '-0.05')
    """
    return f"{Decimal(cents).scaleb(-2):.2f}"
