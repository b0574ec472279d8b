"""What went wrong, where, and what to do about it, as plain data.

A stage collects every problem in a `Problems` and raises once, at its end.
Rendering is a function over the data, so that the command, an editor and a
build server can show the same finding in their own way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

LONGEST_WORD = 60
"""Characters of the user's words that a message quotes; no name is longer."""

# YAML ends a line at these and at nothing else; `str.splitlines` knows several more.
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_QUOTED = re.compile("`[^`]*`")


class Code(StrEnum):
    """The stable name of a kind of problem; `docs/diagnostics/<code>.md` explains each."""

    FILE_NOT_FOUND = "file-not-found"
    NOT_A_FILE = "not-a-file"
    NOT_TEXT = "not-text"
    WRONG_ENCODING = "wrong-encoding"
    FILE_TOO_LARGE = "file-too-large"
    BROKEN_YAML = "broken-yaml"
    DUPLICATE_KEY = "duplicate-key"
    TOO_MANY_NODES = "too-many-nodes"
    TOO_DEEP = "too-deep"
    TAG_NOT_ALLOWED = "tag-not-allowed"
    SEVERAL_DOCUMENTS = "several-documents"
    WRONG_SHAPE = "wrong-shape"
    MISSING_KEY = "missing-key"
    UNKNOWN_KEY = "unknown-key"
    BAD_NAME = "bad-name"
    DUPLICATE_NAME = "duplicate-name"
    UNKNOWN_FACT = "unknown-fact"
    UNKNOWN_NAME = "unknown-name"
    UNKNOWN_VALUE = "unknown-value"
    OUT_OF_BOUNDS = "out-of-bounds"
    NOT_A_NUMBER = "not-a-number"
    TOO_PRECISE = "too-precise"
    CURRENCY_MISMATCH = "currency-mismatch"
    BROKEN_CLAIM = "broken-claim"
    BROKEN_CONSTRAINT = "broken-constraint"
    UNFIT_TEST = "unfit-test"
    UNKNOWN_TIER = "unknown-tier"
    UNKNOWN_OVERRIDE = "unknown-override"
    OVERRIDE_LOOP = "override-loop"
    CYCLE = "cycle"
    MISSING_SOURCE = "missing-source"
    UNKNOWN_SOURCE = "unknown-source"
    BROKEN_FORMULA = "broken-formula"
    BROKEN_TEMPLATE = "broken-template"
    DIVISION_BY_ZERO = "division-by-zero"
    TOO_LARGE_FOR_THE_CHAIN = "too-large-for-the-chain"
    PACK_CHANGED = "pack-changed"
    OUTSIDE_ITS_FOLDER = "outside-its-folder"
    NO_CALENDAR = "no-calendar"
    NO_RENDERER = "no-renderer"
    NO_REVISION = "no-revision"
    CANNOT_WRITE = "cannot-write"
    FAILED_EXPECTATION = "failed-expectation"
    UNFIT_MESSAGE = "unfit-message"


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A named text that diagnostics can quote: a file, standard input, one option."""

    name: str
    text: str = ""

    def line(self, number: int) -> str:
        """Return line *number*, counted from 1, without its line break; empty past the end."""
        lines = _lines(self)
        return lines[number - 1] if 0 < number <= len(lines) else ""


@lru_cache(maxsize=8)
def _lines(source: Source) -> Sequence[str]:
    return _LINE_END.split(source.text)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source; lines and columns count from 1, the end is exclusive.

    >>> Span(Source("a.yaml", "cause: fire"), 1, 8, 1, 12)
    a.yaml:1:8
    """

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int

    def __repr__(self) -> str:
        return f"{_on_one_line(self.source.name)}:{self.line}:{self.column}"

    def to_json(self) -> dict[str, object]:
        """Return the span as JSON carries it."""
        return {
            "file": self.source.name,
            "line": self.line,
            "column": self.column,
            "end_line": self.end_line,
            "end_column": self.end_column,
        }

    @classmethod
    def whole(cls, source: Source) -> Span:
        """Return a span at the very start of *source*, for problems with the source as a whole."""
        return cls(source, 1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Label:
    """A further place of a diagnostic, with a caption that says why it matters."""

    span: Span
    caption: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem: a stable code, one sentence, its place, further places, and help.

    The sentence and the help are one line each, whatever text of the user they quote:
    a control character is escaped and a long word is cut.
    """

    code: Code
    message: str
    primary: Span | None = None
    others: tuple[Label, ...] = ()
    help: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", _on_one_line(self.message))
        object.__setattr__(self, "help", _on_one_line(self.help) if self.help else None)

    @property
    def place(self) -> tuple[str, int, int, str]:
        """The order in which diagnostics are shown: by source, line and column."""
        if self.primary is None:
            return ("", 0, 0, self.message)
        return (self.primary.source.name, self.primary.line, self.primary.column, self.message)

    def to_json(self) -> dict[str, object]:
        """Return the diagnostic as JSON carries it."""
        return {
            "code": self.code.value,
            "message": self.message,
            "place": self.primary and self.primary.to_json(),
            "others": [{"caption": label.caption, **label.span.to_json()} for label in self.others],
            "help": self.help,
        }


class InputError(Exception):
    """The input cannot be used; carries every diagnostic found, in order of place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(set(diagnostics), key=lambda found: found.place))
        super().__init__("\n".join(f"{d.primary}: {d.code}: {d.message}" for d in self.diagnostics))


@dataclass(slots=True)
class Problems:
    """Collects diagnostics so that a stage can find everything before it stops."""

    found: list[Diagnostic] = field(default_factory=list)

    def add(
        self,
        code: Code,
        message: str,
        at: Span | None = None,
        *,
        help: str | None = None,
        others: Iterable[Label] = (),
    ) -> None:
        """Record one problem."""
        self.found.append(Diagnostic(code, message, at, tuple(others), help))

    def stop(self) -> None:
        """Raise `InputError` if anything was found."""
        if self.found:
            raise InputError(self.found)


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """Return "did you mean `x`?" with at most five close candidates, or None.

    A candidate is close as a whole or by one of the words it is made of.

    >>> did_you_mean("temperment", ["client_temperament", "cause"])
    'did you mean `client_temperament`?'
    """
    from difflib import SequenceMatcher  # slow to import, rarely needed

    if not 0 < len(word) <= LONGEST_WORD:
        return None
    folded = word.lower().replace("-", "_")
    matcher = SequenceMatcher(None, b=folded, autojunk=False)

    def likeness(text: str, least: float) -> float:
        matcher.set_seq1(text)
        if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
            return 0.0
        ratio = matcher.ratio()
        return ratio if ratio >= least else 0.0

    scores: dict[str, float] = {}
    for name in sorted(set(candidates)):
        lowered = name.lower().replace("-", "_")
        parts = lowered.split("_") if "_" in lowered else []
        scores[name] = max([likeness(lowered, 0.6), *(0.95 * likeness(part, 0.75) for part in parts)])
    best = max(scores.values(), default=0.0)
    close = [name for name in scores if scores[name] and scores[name] >= best - 0.08]
    if not close:
        return None
    shown = sorted(close, key=lambda name: -scores[name])[:5]
    return "did you mean " + " or ".join(f"`{name}`" for name in shown) + "?"


def listed(words: Iterable[str], limit: int = 12) -> str:
    """Return *words* in backticks, the tail cut past *limit*.

    >>> listed(["a", "b"])
    '`a`, `b`'
    """
    shown = list(words)
    tail = f" and {len(shown) - limit} more" if len(shown) > limit else ""
    return ", ".join(f"`{word}`" for word in shown[:limit]) + tail


def number_of(number: int, thing: str) -> str:
    """Return how many there are of a *thing*.

    >>> number_of(1, "rule"), number_of(2_000, "rule")
    ('1 rule', '2,000 rules')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def render_text(diagnostic: Diagnostic) -> str:
    """Return the diagnostic as lines of text: place, code, message, source frame, help.

    >>> where = Span(Source("a.yaml", "cause: fire"), 1, 8, 1, 12)
    >>> print(render_text(Diagnostic(Code.UNKNOWN_VALUE, "`fire` is no `cause`", where)))
    a.yaml:1:8: unknown-value: `fire` is no `cause`
      1 | cause: fire
        |        ^^^^
    """
    if diagnostic.primary is None:
        lines = [f"{diagnostic.code}: {diagnostic.message}"]
    else:
        lines = [f"{diagnostic.primary!r}: {diagnostic.code}: {diagnostic.message}"]
        lines += _frame(diagnostic.primary)
    for label in diagnostic.others:
        lines.append(f"  {label.span!r}: {_on_one_line(label.caption)}")
        if label.span != diagnostic.primary:
            lines += _frame(label.span)
    if diagnostic.help:
        lines.append(f"  help: {diagnostic.help}")
    return "\n".join(lines)


def _frame(span: Span, width: int = 96) -> list[str]:
    """Return the line of *span* with marks under it; a long line is cut to *width* around it."""
    line = span.source.line(span.line)
    if not line or line.isspace():
        return []
    start = min(span.column - 1, len(line))
    stop = span.end_column - 1 if span.end_line == span.line else len(line)
    first = max(0, min(start - width // 2, len(line) - width))
    last = min(len(line), first + width)
    cut = line[first:last]
    shown = "".join(sign if sign.isprintable() else " " if sign == "\t" else "·" for sign in cut)
    if first:
        shown = "…" + shown[1:]
    if last < len(line):
        shown = shown[:-1] + "…"
    before = _columns(shown[: start - first])
    marks = "^" * max(1, _columns(shown[start - first : max(0, stop - first)]))
    gutter = str(span.line)
    return [f"  {gutter} | {shown}", f"  {' ' * len(gutter)} | {' ' * before}{marks}"]


def _columns(text: str) -> int:
    """Return how many columns a terminal gives to *text*: a wide letter takes two."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _on_one_line(text: str) -> str:
    """Return *text* fit for one line of a terminal, the words quoted in it cut where they are long."""
    if not text.isprintable():
        text = "".join(
            sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
        )
    return _QUOTED.sub(lambda match: _cut(match[0]), text) if len(text) > LONGEST_WORD else text


def _cut(quoted: str) -> str:
    return quoted if len(quoted) <= LONGEST_WORD + 2 else f"{quoted[: LONGEST_WORD + 1]}…`"
