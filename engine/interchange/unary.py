"""Reads the unary tests of FEEL as far as a rule can say the same; all else is refused with the reason.

Equality, lists, `not(…)`, intervals, comparisons, days, `null`, and, about a set, `list contains(?, …)` and
`count(?)`; `?` is the thing itself, in tests joined by `and` and `or`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from amends.engine.diagnostics import Code, Diagnostic, Problems, Source, Span, did_you_mean, listed
from amends.engine.interchange.cells import Cell, OneOf, YesNo, both, either, has_all, has_any
from amends.engine.interchange.ranges import CannotSay, End, Ranges, Stretch, point
from amends.engine.rulebase import Domain, Kind
from amends.engine.source import ScalarNode, core_value
from amends.engine.values import read_value

LONGEST_CELL = 20_000
DEEPEST = 20
MOST_TESTS = 400
"""In one cell."""

_NOWHERE = Span.whole(Source("a cell"))

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>"(?:[^"\\]|\\.)*")
  | (?P<day>@"\d{4}-\d{2}-\d{2}"|date\s*\(\s*"[^"]*"\s*\))
  | (?P<contains>list\s+contains\b)
  | (?P<number>\d+(?:\.(?!\.)\d+)?|\.\d+)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<sign>\.\.|<=|>=|!=|[<>=()\[\],?-])
  )""",
    re.VERBOSE,
)
_COMPARISONS = ("<", "<=", ">", ">=")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class Outside(Exception):
    """A cell says what no rule can, or what its column does not know; carries why, and what to do."""

    def __init__(self, message: str, help: str, code: Code = Code.UNFIT_TEST) -> None:
        super().__init__(message)
        self.help = help
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    """What a cell asks: a test, or, with `is_known`, whether the fact is known; None asks nothing."""

    cell: Cell | None
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """One sign, word or literal; `kind` is the name of its group in the grammar."""

    kind: str
    text: str


def read_cell(text: str, domain: Domain, parameters: Mapping[str, Fraction], name: str = "this") -> Asked:
    """Return what the unary tests *text* ask of the thing called *name*. Raises `Outside`.

    >>> read_cell('not("a")', Domain(Kind.CHOICE, {"a": "", "b": ""}), {})
    Asked(cell=OneOf(values=frozenset({'a'}), inside=False), is_known=False)
    """
    if len(text) > LONGEST_CELL:
        raise Outside("this cell is too long", f"a cell has at most {LONGEST_CELL:,} characters")
    tokens = tuple(tokens_of(text))
    if not tokens or [token.text for token in tokens] == ["-"]:
        return Asked(None)
    words = "".join(token.text for token in tokens)
    if words in ("null", "?=null"):
        return Asked(YesNo(frozenset({False})), is_known=True)
    if words in ("not(null)", "?!=null"):
        return Asked(YesNo(frozenset({True})), is_known=True)
    try:
        return Asked(_Reader(tokens, domain, parameters, name).whole())
    except CannotSay as error:
        raise Outside(str(error), "ask it in two columns, or in two rows") from None


def tokens_of(text: str) -> Iterator[Token]:
    """Yield the tokens of *text*. Raises `Outside` at what is none."""
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            rest = text[at:].strip()
            raise Outside(
                f"`{rest}` cannot be read", "write a value in double quotes, a number, or a comparison"
            )
        kind = found.lastgroup or ""
        yield Token(kind, found[kind])
        at = found.end()


def unquoted(literal: str) -> str:
    """Return the text of a literal in double quotes."""
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), literal[1:-1])


class _Reader:
    """Reads one cell, left to right."""

    def __init__(
        self, tokens: tuple[Token, ...], domain: Domain, parameters: Mapping[str, Fraction], name: str
    ) -> None:
        self.tokens = tokens
        self.domain = domain
        self.parameters = parameters
        self.name = name
        self.at = 0
        self.depth = 0
        self.count = 0

    def whole(self) -> Cell:
        found = self.listed()
        if self.at < len(self.tokens):
            rest = " ".join(token.text for token in self.tokens[self.at :])
            raise Outside(
                f"`{rest}` is more than a test", "join tests of `?` by `and` or `or`, values by commas"
            )
        return found

    # --- Signs --------------------------------------------------------------------------------

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.tokens[at].text if at < len(self.tokens) else ""

    def kind(self) -> str:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> Token:
        if self.at >= len(self.tokens) or (wanted is not None and self.peek() != wanted):
            found = f"`{self.peek()}`" if self.peek() else "the end"
            raise Outside(
                f"{found} stands where {f'`{wanted}`' if wanted else 'a test'} should be", "complete the test"
            )
        self.at += 1
        return self.tokens[self.at - 1]

    # --- Tests --------------------------------------------------------------------------------

    def listed(self) -> Cell:
        """Read tests joined by commas: one of them has to hold."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Outside(
                f"this cell is nested more than {DEEPEST} levels", "split the rule into several rows"
            )
        found = [self.alternatives()]
        while self.peek() == ",":
            self.take()
            found.append(self.alternatives())
        self.depth -= 1
        while (
            len(found) > 1
        ):  # by halves: to join one after another takes time with the square of their number
            joined = [either(one, other) for one, other in zip(found[::2], found[1::2], strict=False)]
            found = joined + found[2 * len(joined) :]
        return found[0]

    def alternatives(self) -> Cell:
        return self.joined("or", lambda: self.joined("and", self.test, either_of=False), either_of=True)

    def joined(self, word: str, read: Callable[[], Cell], *, either_of: bool) -> Cell:
        start = self.at
        found = read()
        while self.peek() == word:
            self.whole_test(start, word)
            self.take()
            start = self.at
            found = (either if either_of else both)(found, read())
            self.whole_test(start, word)
        return found

    def whole_test(self, start: int, word: str) -> None:
        """Refuse what is a test in a list alone: `< 5 and > 3` means nothing to other readers."""
        first = self.tokens[start]
        if first.text not in ("?", "not", "(", "count") and first.kind != "contains":
            raise Outside(
                f"`{first.text}` cannot be joined by `{word}` as it stands",
                "write `? > 3 and ? < 5`, or `(3..5)`",
            )

    def test(self) -> Cell:
        self.count += 1
        if self.count > MOST_TESTS:
            raise Outside(f"this cell has more than {MOST_TESTS} tests", "split the rule into several rows")
        match self.peek():
            case "not":
                self.take()
                self.take("(")
                found = self.listed()
                self.take(")")
                return _opposite(found)
            case "?":
                self.take()
                return self.of_itself()
            case "(" | "[" | "]":
                return self.bracketed()
            case sign if sign in _COMPARISONS:
                return self.compared(self.take().text, self.end())
            case "count" if self.peek(1) == "(":
                return self.counted()
        if self.kind() == "contains":
            return self.contains()
        return self.equal()

    def of_itself(self) -> Cell:
        """Read what follows `?`."""
        sign = self.take().text
        if sign in _COMPARISONS:
            return self.compared(sign, self.end())
        if sign in ("=", "!="):
            found = self.equal()
            return found if sign == "=" else _opposite(found)
        if sign == "in":
            if self.peek() == "(" and not self.is_interval():
                self.take()
                found = self.listed()
                self.take(")")
                return found
            return self.test()
        raise Outside(f"`? {sign}` is no test that a rule knows", "compare `?` with a constant")

    def is_interval(self) -> bool:
        """True if the bracket here opens an interval."""
        for ahead in range(1, 5):
            if self.peek(ahead) == "..":
                return True
            if self.peek(ahead) in ("(", ")", ",", ""):
                return False
        return False

    def bracketed(self) -> Cell:
        if not self.is_interval():
            self.take("(")
            self.depth += 1
            if self.depth > DEEPEST:
                raise Outside(
                    f"this cell is nested more than {DEEPEST} levels", "split the rule into several rows"
                )
            found = self.alternatives()
            self.depth -= 1
            self.take(")")
            return found
        with_low = self.take().text == "["
        low = self.end()
        self.take("..")
        high = self.end()
        closing = self.take().text
        if closing not in ("]", ")", "["):
            raise Outside(
                f"`{closing}` closes no interval", "write `[1..5]`, with `(` or `)` for an end left out"
            )
        found = Ranges((Stretch(low, None, with_low=with_low),))
        return found.both(Ranges((Stretch(None, high, with_high=closing == "]"),)))

    def compared(self, sign: str, end: End) -> Ranges:
        if sign[0] == "<":
            return Ranges((Stretch(None, end, with_high=sign == "<="),))
        return Ranges((Stretch(end, None, with_low=sign == ">="),))

    # --- Sets ---------------------------------------------------------------------------------

    def contains(self) -> Cell:
        self.take()
        self.take("(")
        self.take("?")
        self.take(",")
        self.check_set()
        name = self.value(Domain(Kind.CHOICE, self.domain.values))
        self.take(")")
        return has_all([str(name)])

    def counted(self) -> Cell:
        for wanted in ("count", "(", "?", ")"):
            self.take(wanted)
        self.check_set()
        how = self.take().text + self.take().text
        every = has_any(self.domain.values)
        if how in ("=0", "<1"):
            return every.opposite()
        if how in (">0", ">=1", "!=0"):
            return every
        raise Outside(
            "of a set a rule asks whether it is empty, not how many it has",
            "write `count(?) = 0` or `count(?) > 0`",
        )

    def check_set(self) -> None:
        if self.domain.kind is not Kind.SET:
            raise Outside(f"a {self.domain.kind} has no members", "compare it with a value")

    # --- Values -------------------------------------------------------------------------------

    def equal(self) -> Cell:
        if self.domain.kind is Kind.SET:
            raise Outside("a set is not equal to a value", 'write `list contains(?, "…")`')
        if self.domain.kind.is_ordered:
            return Ranges((point(self.end()),))
        value = self.value(self.domain)
        return YesNo(frozenset({value})) if isinstance(value, bool) else OneOf(frozenset({str(value)}))

    def end(self) -> End:
        """Read a constant, or a parameter by its name, that numbers or days are compared with."""
        if not self.domain.kind.is_ordered:
            raise Outside(
                f"a {self.domain.kind} is neither more nor less than anything", "list the values instead"
            )
        if self.kind() == "name" and self.peek() in self.parameters:
            if not self.domain.kind.is_number:
                raise Outside(
                    f"a {self.domain.kind} is not compared with a parameter", "write the value itself"
                )
            name = self.take().text
            return End(self.parameters[name], name)
        value = self.value(self.domain)
        assert isinstance(value, (Fraction, date)), "the domain is one of numbers or days"
        return End(value)

    def value(self, domain: Domain) -> object:
        """Read a literal that is a value of *domain*."""
        token = self.take()
        sign = ""
        if token.text == "-" and self.kind() == "number":
            sign, token = "-", self.take()
        if token.text == "null":
            raise Outside("`null` stands alone in its cell", "ask in a column of its own whether it is known")
        wanted = {Kind.CHOICE: "text", Kind.FLAG: "name", Kind.DATE: "day"}.get(domain.kind, "number")
        is_fit = token.kind == wanted and (wanted != "name" or token.text in ("true", "false"))
        if not is_fit:
            written = f"`{sign}{token.text}`"
            if token.kind == "name" and self.peek() == "(":
                help = "write what it comes to, or let a measure compute it"
                raise Outside(f"`{token.text}(…)` is a function that no rule can call", help)
            if token.kind == "name" and token.text not in ("true", "false"):
                help = did_you_mean(token.text, [*self.parameters, *domain.values]) or _how(domain)
                raise Outside(f"{written} is no constant", help, Code.UNKNOWN_NAME)
            raise Outside(f"{written} is no {domain.kind}", _how(domain), Code.UNKNOWN_VALUE)
        text = sign + _plain(token)
        problems = Problems()
        node = ScalarNode(core_value(text), text, _NOWHERE)
        value = read_value(node, domain, self.name, problems)
        if value is None:
            found: Diagnostic = problems.found[0]
            raise Outside(found.message, found.help or _how(domain), found.code)
        return value


def _opposite(cell: Cell) -> Cell:
    return cell.opposite()


def _plain(token: Token) -> str:
    """Return what a literal says, as a case would state it."""
    if token.kind == "text":
        return unquoted(token.text)
    return token.text.split('"')[1] if token.kind == "day" else token.text


def _how(domain: Domain) -> str:
    match domain.kind:
        case Kind.CHOICE:
            return f"write it in double quotes, one of {listed(domain.values, 20)}"
        case Kind.FLAG:
            return "write `true` or `false`"
        case Kind.DATE:
            return 'write `date("2026-03-31")`'
    return "write digits, with a point before the fraction"


__all__ = ["Asked", "Outside", "read_cell", "tokens_of", "unquoted"]
