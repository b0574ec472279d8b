"""What went wrong, where, and what to do about it, as plain data.

A stage collects every problem in a `Problems` and raises once, at its end.
Rendering is a function over the data, so that the command, an editor and a
build server can show the same finding in their own way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


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
    BROKEN_CONSTRAINT = "broken-constraint"
    UNFIT_TEST = "unfit-test"
    UNKNOWN_TIER = "unknown-tier"
    UNKNOWN_OVERRIDE = "unknown-override"
    OVERRIDE_LOOP = "override-loop"
    CYCLE = "cycle"
    MISSING_SOURCE = "missing-source"
    UNKNOWN_SOURCE = "unknown-source"
    BROKEN_FORMULA = "broken-formula"
    DIVISION_BY_ZERO = "division-by-zero"
    TOO_LARGE_FOR_THE_CHAIN = "too-large-for-the-chain"
    NO_RENDERER = "no-renderer"
    CANNOT_WRITE = "cannot-write"
    FAILED_EXPECTATION = "failed-expectation"


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A named text that diagnostics can quote: a file, standard input, one option."""

    name: str
    text: str = ""

    def line(self, number: int) -> str:
        """Return line *number*, counted from 1, without its line break; empty past the end."""
        lines = self.text.splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""


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
        return f"{self.source.name}:{self.line}:{self.column}"

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
    """One problem: a stable code, one sentence, its place, further places, and help."""

    code: Code
    message: str
    primary: Span | None = None
    others: tuple[Label, ...] = ()
    help: str | None = None

    @property
    def place(self) -> tuple[str, int, int, str]:
        """The order in which diagnostics are shown: by source, line and column."""
        if self.primary is None:
            return ("", 0, 0, self.message)
        return (self.primary.source.name, self.primary.line, self.primary.column, self.message)


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

    >>> did_you_mean("temperment", ["client_temperament", "cause"])
    'did you mean `client_temperament`?'
    """
    from difflib import SequenceMatcher, get_close_matches  # slow to import, rarely needed

    names = sorted(set(candidates))
    close = get_close_matches(word, names, n=5, cutoff=0.6)
    if not close:
        folded = word.lower().replace("-", "_")
        parts = {n: max([*n.split("_"), n], key=lambda p: _ratio(SequenceMatcher, folded, p)) for n in names}
        close = [n for n, part in parts.items() if _ratio(SequenceMatcher, folded, part) >= 0.75][:5]
    if not close:
        return None
    return "did you mean " + " or ".join(f"`{name}`" for name in close) + "?"


def _ratio(matcher: type, left: str, right: str) -> float:
    return float(matcher(None, left, right).ratio())


def listed(words: Iterable[str], limit: int = 12) -> str:
    """Return *words* in backticks, the tail cut past *limit*.

    >>> listed(["a", "b"])
    '`a`, `b`'
    """
    shown = list(words)
    tail = f" and {len(shown) - limit} more" if len(shown) > limit else ""
    return ", ".join(f"`{word}`" for word in shown[:limit]) + tail


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
        lines.append(f"  {label.span!r}: {label.caption}")
        lines += _frame(label.span)
    if diagnostic.help:
        lines.append(f"  help: {diagnostic.help}")
    return "\n".join(lines)


def _frame(span: Span, width: int = 96) -> list[str]:
    text = span.source.line(span.line).expandtabs(1)
    if not text.strip():
        return []
    stop = span.end_column if span.end_line == span.line else len(text) + 1
    start = span.column - 1
    offset = max(0, start - width // 2) if len(text) > width else 0
    shown = text[offset : offset + width]
    marks = "^" * max(1, min(stop - span.column, len(shown) - (start - offset)))
    gutter = str(span.line)
    return [
        f"  {gutter} | {shown}",
        f"  {' ' * len(gutter)} | {' ' * (start - offset)}{marks}",
    ]
