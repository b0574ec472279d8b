"""The formulas of measures: parsed to a checked tree, never evaluated as code.

Grammar: numbers, names, `+ - * /`, `min(…)`, `max(…)`, one comparison `< <= > >= ==`, and
`and or not`. There is no rounding in it: a measure states its own.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

LONGEST = 400
"""Characters; a formula that needs more is two measures."""

_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?\Z")


@dataclass(frozen=True, slots=True)
class Constant:
    """An exact number."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Name:
    """A fact, parameter, measure or decision; column counts from 1 within the formula."""

    name: str
    column: int


@dataclass(frozen=True, slots=True)
class Call:
    """An operator applied to its parts; the sign is one of `SIGNS`."""

    sign: str
    parts: tuple[Formula, ...]
    column: int


Formula = Constant | Name | Call
Number = Fraction | bool
Bounds = tuple[Fraction, Fraction]

ARITHMETIC: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "min": min,
    "max": max,
}
COMPARISONS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}
LOGIC = ("and", "or", "not")
SIGNS = (*ARITHMETIC, *COMPARISONS, *LOGIC)

_BINARY: Mapping[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARE: Mapping[type[ast.AST], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "=="}


class FormulaError(ValueError):
    """A formula cannot be read; carries the column, counted from 1, and help."""

    def __init__(self, message: str, column: int, help: str) -> None:
        super().__init__(message)
        self.column = column
        self.help = help


_HELP = "a formula has numbers, names, + - * / min max, one comparison, and, or, not"


def parse(text: str) -> Formula:
    """Return the tree of *text*. Raises `FormulaError`.

    >>> sorted(names(parse("min(4, severity_base + bump)")))
    ['bump', 'severity_base']
    """
    if len(text) > LONGEST:
        raise FormulaError(
            f"the formula is longer than {LONGEST} characters", 1, "split it into two measures"
        )
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        column = getattr(error, "offset", None) or 1
        raise FormulaError("the formula cannot be read from here", column, _HELP) from None
    return _build(tree.body, text.strip())


def _build(node: ast.expr, text: str) -> Formula:
    column = node.col_offset + 1
    match node:
        case ast.Constant():
            written = ast.get_source_segment(text, node) or ""
            if not _NUMBER.match(written):
                raise FormulaError(f"`{written}` is no plain number", column, "write a number such as 0.25")
            return Constant(Fraction(written))
        case ast.Name(id=name):
            return Name(name, column)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return Call(_BINARY[type(op)], (_build(left, text), _build(right, text)), column)
        case ast.UnaryOp(op=ast.USub(), operand=part):
            return Call("-", (Constant(Fraction(0)), _build(part, text)), column)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return Call("not", (_build(part, text),), column)
        case ast.BoolOp(op=op, values=parts):
            return Call(
                "and" if isinstance(op, ast.And) else "or", tuple(_build(p, text) for p in parts), column
            )
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
            return Call(_COMPARE[type(op)], (_build(left, text), _build(right, text)), column)
        case ast.Call(func=ast.Name(id="min" | "max" as sign), args=parts, keywords=[]) if len(parts) > 1:
            return Call(sign, tuple(_build(part, text) for part in parts), column)
    raise FormulaError("this is not allowed in a formula", column, _HELP)


def names(formula: Formula) -> Iterator[str]:
    """Yield every name that *formula* reads, left to right, repeats included."""
    for node in _nodes(formula):
        if isinstance(node, Name):
            yield node.name


def _nodes(formula: Formula) -> Iterator[Formula]:
    yield formula
    if isinstance(formula, Call):
        for part in formula.parts:
            yield from _nodes(part)


def check_kinds(formula: Formula, is_flag: Callable[[str], bool]) -> bool:
    """Return True if *formula* is a flag, False if a number; raise `FormulaError` if it mixes them."""
    match formula:
        case Constant():
            return False
        case Name(name):
            return is_flag(name)
        case Call(sign, parts, column):
            wants_flags = sign in LOGIC
            for part in parts:
                if check_kinds(part, is_flag) != wants_flags:
                    want = "yes-or-no parts" if wants_flags else "numbers"
                    raise FormulaError(
                        f"`{sign}` wants {want} on each side", getattr(part, "column", column), _HELP
                    )
            return sign in LOGIC or sign in COMPARISONS


def evaluate(formula: Formula, known: Mapping[str, Number | None]) -> Number | None:
    """Return the exact value, or None if an input is unknown; logic is three-valued.

    >>> evaluate(parse("fix_hours <= left"), {"fix_hours": Fraction(3), "left": Fraction(5)})
    True
    >>> evaluate(parse("a and b"), {"a": False, "b": None})
    False
    """
    match formula:
        case Constant(value):
            return value
        case Name(name):
            return known[name]
    values = [evaluate(part, known) for part in formula.parts]
    sign = formula.sign
    if sign == "and":
        return False if False in values else None if None in values else True
    if sign == "or":
        return True if True in values else None if None in values else False
    if any(value is None for value in values):
        return None
    if sign == "not":
        return not values[0]
    numbers = [Fraction(value) for value in values if value is not None]
    if sign in COMPARISONS:
        return COMPARISONS[sign](numbers[0], numbers[1])
    result = numbers[0]
    for number in numbers[1:]:
        result = ARITHMETIC[sign](result, number)
    return result


def bounds(formula: Formula, of: Callable[[str], Bounds]) -> Bounds:
    """Return the lowest and highest value that a numeric *formula* can have.

    Raises `FormulaError` where a divisor can be zero. Correlations between parts are not
    seen, so the bounds may be wider than the truth, never narrower.
    """
    match formula:
        case Constant(value):
            return value, value
        case Name(name):
            return of(name)
    parts = [bounds(part, of) for part in formula.parts]
    low, high = parts[0]
    for part, (part_low, part_high) in zip(formula.parts[1:], parts[1:], strict=True):
        if formula.sign == "/" and part_low <= 0 <= part_high:
            message = "the divisor can be zero"
            raise FormulaError(
                message, getattr(part, "column", formula.column), "write `max(x, 0.01)` as the divisor"
            )
        if formula.sign in ("min", "max"):
            pick = ARITHMETIC[formula.sign]
            low, high = pick(low, part_low), pick(high, part_high)
            continue
        combine = ARITHMETIC[formula.sign]
        corners = [combine(a, b) for a in (low, high) for b in (part_low, part_high)]
        low, high = min(corners), max(corners)
    return low, high
