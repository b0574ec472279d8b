"""The formulas of measures: parsed to a checked tree, never evaluated as code.

Grammar: numbers, names, `+ - * /`, `min(…)`, `max(…)`, one comparison `< <= > >= ==`, and
`and or not`. There is no rounding in it: a measure states its own.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

LONGEST = 400
"""Characters; a formula that needs more is two measures."""
DEEPEST = 60
"""Operators within operators; the functions below call themselves once a level."""

_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?\Z")
_FOREIGN = re.compile(r"[^A-Za-z0-9_ .,+*/()<>=!-]")
_ASSIGNMENT = re.compile(r"(?<![<>=!])=(?!=)|!=")


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
    """An operator applied to its parts; the sign is that of an operator, the length that of the text."""

    sign: str
    parts: tuple[Formula, ...]
    column: int
    length: int = 1


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

_BINARY: Mapping[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARE: Mapping[type[ast.AST], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "=="}


class FormulaError(ValueError):
    """A formula cannot be read; carries the column, counted from 1, the length there, and help."""

    def __init__(self, message: str, column: int, help: str, length: int = 1) -> None:
        super().__init__(message)
        self.column = column
        self.help = help
        self.length = length


class ZeroDivisor(FormulaError):
    """A divisor's bounds include zero."""


_HELP = "a formula has numbers, names, + - * / min max, one comparison, and, or, not"


def parse(text: str) -> Formula:
    """Return the tree of *text*. Raises `FormulaError`.

    >>> sorted(names(parse("min(4, severity_base + bump)")))
    ['bump', 'severity_base']
    """
    if len(text) > LONGEST:
        message = f"the formula is longer than {LONGEST} characters"
        raise FormulaError(message, LONGEST + 1, "split it into two measures", len(text) - LONGEST)
    if (foreign := _FOREIGN.search(text)) is not None:
        raise FormulaError(f"`{foreign[0]}` does not belong in a formula", foreign.start() + 1, _HELP)
    if (sign := _ASSIGNMENT.search(text)) is not None:
        help = "write `==` to ask whether two numbers are equal, `not a == b` whether they differ"
        raise FormulaError(f"`{sign[0]}` is no comparison", sign.start() + 1, help, len(sign[0]))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as `1or 2`, which is judged below
            tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        if not (column := getattr(error, "offset", None)):
            raise FormulaError("the formula breaks off here", len(text.strip()), _HELP) from None
        raise FormulaError("the formula cannot be read from here on", column, _HELP) from None
    return _build(tree.body, text.strip(), DEEPEST)


def _build(node: ast.expr, text: str, levels: int) -> Formula:
    column = node.col_offset + 1
    length = (node.end_col_offset or node.col_offset) - node.col_offset
    if levels == 0:
        raise FormulaError(
            f"the formula is nested more than {DEEPEST} levels", column, "split it into two measures", length
        )

    def call(sign: str, *parts: ast.expr) -> Call:
        return Call(sign, tuple(_build(part, text, levels - 1) for part in parts), column, length)

    match node:
        case ast.Constant():
            written = ast.get_source_segment(text, node) or ""
            if not _NUMBER.match(written):
                help = "write a number such as 0.25"
                raise FormulaError(f"`{written}` is no plain number", column, help, length)
            return Constant(Fraction(written))
        case ast.Name(id=name):
            return Name(name, column)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return call(_BINARY[type(op)], left, right)
        case ast.UnaryOp(op=ast.USub(), operand=part):
            negated = call("-", part)
            return Call("-", (Constant(Fraction(0)), *negated.parts), column, length)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return call("not", part)
        case ast.BoolOp(op=op, values=parts):
            return call("and" if isinstance(op, ast.And) else "or", *parts)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
            return call(_COMPARE[type(op)], left, right)
        case ast.Call(func=ast.Name(id="min" | "max" as sign), args=parts, keywords=[]) if len(parts) > 1:
            return call(sign, *parts)
    written = ast.get_source_segment(text, node) or text
    raise FormulaError(f"`{written}` is not allowed in a formula", column, _help_for(node), length)


def _help_for(node: ast.expr) -> str:
    match node:
        case ast.Compare(ops=[_, _, *_]):
            return "compare two at a time: `0 < x and x < 10`"
        case ast.Tuple():
            return "write a number with a point: `1.5`"
        case ast.Call(func=ast.Name(id="min" | "max" as sign)):
            return f"`{sign}` takes two values at least: `{sign}(x, 1)`"
    return _HELP


def names(formula: Formula) -> Iterator[str]:
    """Yield every name that *formula* reads, left to right, repeats included."""
    for name in name_nodes(formula):
        yield name.name


def name_nodes(formula: Formula) -> Iterator[Name]:
    """Yield every name that *formula* reads, with its column."""
    for node in _nodes(formula):
        if isinstance(node, Name):
            yield node


def _nodes(formula: Formula) -> Iterator[Formula]:
    yield formula
    if isinstance(formula, Call):
        for part in formula.parts:
            yield from _nodes(part)


def _place(part: Formula, otherwise: int) -> tuple[int, int]:
    """Return column and length of *part*; a constant has none and stands in the call at *otherwise*."""
    match part:
        case Name(name, column):
            return column, len(name)
        case Call():
            return part.column, part.length
        case Constant():
            return otherwise, 1


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
                    want = "yes or no" if wants_flags else "numbers"
                    help = "compare the number first: `x > 0`"
                    if not wants_flags:
                        help = "a yes or no is joined by `and`, `or` and `not` only"
                    at, length = _place(part, column)
                    raise FormulaError(f"`{sign}` takes {want} on each side", at, help, length)
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
    return applied(formula.sign, [evaluate(part, known) for part in formula.parts])


def applied(sign: str, values: Sequence[Number | None]) -> Number | None:
    """Return what an operator makes of its parts; None if it needs one that is unknown.

    >>> applied("<", [Fraction(1), Fraction(2)]), applied("or", [None, True])
    (True, True)
    """
    if sign == "and":
        return False if False in values else None if None in values else True
    if sign == "or":
        return True if True in values else None if None in values else False
    if any(value is None for value in values):
        return None
    if sign == "not":
        return not values[0]
    numbers = [value if isinstance(value, Fraction) else Fraction(value or 0) for value in values]
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
    combine = ARITHMETIC[formula.sign]
    for part, (part_low, part_high) in zip(formula.parts[1:], parts[1:], strict=True):
        if formula.sign == "/" and part_low <= 0 <= part_high:
            column, length = _place(part, formula.column)
            raise ZeroDivisor("the divisor can be zero", column, "divide by `max(x, 0.01)`", length)
        if low is high and part_low is part_high:
            low = high = combine(low, part_low)
        elif formula.sign in ("+", "min", "max"):
            low, high = combine(low, part_low), combine(high, part_high)
        elif formula.sign == "-":
            low, high = combine(low, part_high), combine(high, part_low)
        else:
            corners = [combine(a, b) for a in (low, high) for b in (part_low, part_high)]
            low, high = min(corners), max(corners)
    return low, high
