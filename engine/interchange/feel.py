"""Cells as the unary tests of FEEL, and constants as its literals."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from amends.engine.interchange.cells import Cell, Members, OneOf, Way, YesNo, way_key
from amends.engine.interchange.ranges import End, Point, Ranges, Stretch
from amends.engine.values import decimal_text

ANY = "-"
"""The cell that asks nothing; an empty one means the same."""


def cell_text(cell: Cell, members: Iterable[str] = ()) -> str:
    """Return *cell* as unary tests; *members* are all that a set could have.

    >>> cell_text(OneOf(frozenset({"b", "a"}))), cell_text(OneOf(frozenset({"a"}), inside=False))
    ('"a", "b"', 'not("a")')
    """
    match cell:
        case OneOf(values, inside):
            listed = ", ".join(map(quoted, sorted(values)))
            return listed if inside else f"not({listed})"
        case YesNo(flags):
            return ", ".join(flag_text(flag) for flag in sorted(flags, reverse=True))
        case Ranges():
            if cell.left_out:
                return f"not({', '.join(map(end_text, cell.left_out))})"
            return ", ".join(map(_stretch_text, cell.parts))
        case Members(ways):
            return _members_text(ways, frozenset(members))


def quoted(text: str) -> str:
    """Return *text* as a literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def flag_text(flag: bool) -> str:
    """Return yes or no as a literal."""
    return "true" if flag else "false"


def point_text(value: Point) -> str:
    """Return a number or day as a literal.

    >>> point_text(Fraction(5, 2))
    '2.5'
    """
    return decimal_text(value) if isinstance(value, Fraction) else f'date("{value.isoformat()}")'


def end_text(end: End) -> str:
    """Return a parameter by its name, a constant as a literal."""
    return end.parameter or point_text(end.value)


def _stretch_text(part: Stretch) -> str:
    if part.is_point and part.low is not None:
        return end_text(part.low)
    if part.low is None or part.high is None:
        end, sign, with_end = (
            (part.low, ">", part.with_low) if part.high is None else (part.high, "<", part.with_high)
        )
        assert end is not None, "a stretch without ends is no test"
        return f"{sign}{'=' if with_end else ''} {end_text(end)}"
    opening, closing = "[" if part.with_low else "(", "]" if part.with_high else ")"
    return f"{opening}{end_text(part.low)}..{end_text(part.high)}{closing}"


def _members_text(ways: frozenset[Way], members: frozenset[str]) -> str:
    if ways == {(frozenset(), members)}:
        return "count(?) = 0"
    if ways == {(frozenset({name}), frozenset()) for name in members}:
        return "count(?) > 0"
    return " or ".join(" and ".join(_way_parts(way)) for way in sorted(ways, key=way_key))


def _way_parts(way: Way) -> list[str]:
    has, lacks = ([f"list contains(?, {quoted(name)})" for name in sorted(names)] for names in way)
    return has + ([f"not({' or '.join(lacks)})"] if lacks else [])
