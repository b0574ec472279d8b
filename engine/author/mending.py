"""Mends of what `check` finds where there is one thing that can have been meant: words changed in place.

A mend is an edit of the text at the place of the diagnostic, so that comments, order and layout stay as
they are. What takes another shape of YAML is for `amends.engine.author.reshaping`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from pathlib import Path

from amends.engine.diagnostics import Code, Diagnostic, Problems, Source, Span
from amends.engine.source import decode, read_bytes, scan

LEAST_LIKE = 0.75
"""How alike a misspelt word and the one near it must be; what is further off is a guess."""
_NEAR = re.compile(r"did you mean `([^`…]+)`\?\Z")
_AT_THE_END = re.compile(r"remove the `(.)` at the end\Z")
_THE_UNIT = re.compile(r"leave out the unit, which is `([^`]+)`\Z")
_WRITE = re.compile(r"write `([^`…]+: [^`…]+)`\Z")
_FIRST_WORD = re.compile(r"`([^`…]+)`")
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?\Z")
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_BOM = "\ufeff"

NAMES = frozenset(
    {
        Code.UNKNOWN_KEY,
        Code.UNKNOWN_NAME,
        Code.UNKNOWN_FACT,
        Code.UNKNOWN_VALUE,
        Code.UNKNOWN_TIER,
        Code.UNKNOWN_SOURCE,
        Code.UNKNOWN_OVERRIDE,
    }
)
"""The codes of words that there are not."""


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Characters *start* to *end* of a file, and the text that takes their place."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Mend:
    """A file as it is and as it would be, and how many of the diagnostics that mends."""

    path: Path
    before: str
    after: str
    count: int

    @property
    def diff(self) -> str:
        """The two texts beside each other, as `diff -u` shows them."""
        name = str(self.path)
        before, after = (text.removeprefix(_BOM).splitlines() for text in (self.before, self.after))
        return "\n".join(unified_diff(before, after, f"{name} as it is", f"{name} mended", lineterm=""))

    def write(self) -> None:
        """Write the file; it is whole afterwards, or as it was. Raises `InputError`."""
        from amends.engine.draw.files import write

        write(self.path, self.after.encode())


def mends(diagnostics: Iterable[Diagnostic]) -> list[Mend]:
    """Return what of *diagnostics* can be mended safely, one `Mend` a file, in order of path."""
    by_file: dict[str, list[Edit]] = {}
    for found in diagnostics:
        edit = _edit(found)
        if edit is not None and found.primary is not None:
            by_file.setdefault(found.primary.source.name, []).append(edit)
    found_mends = [_mended(Path(name), edits) for name, edits in sorted(by_file.items())]
    return [mend for mend in found_mends if mend.count]


def text_of(path: Path) -> str:
    """Return the text of a file with its byte order mark, if it has one. Raises `InputError`."""
    data = read_bytes(path)
    decode(data, str(path))
    return data.decode("utf-8")


def _mended(path: Path, edits: list[Edit]) -> Mend:
    before = text_of(path)
    mark = len(_BOM) if before.startswith(_BOM) else 0
    after, last, count = before, len(before) + 1, 0
    for edit in sorted(set(edits), reverse=True):
        changed = after[: edit.start + mark] + edit.text + after[edit.end + mark :]
        # Of two at one place the next round may take the other; a key that is there is not written twice.
        if edit.end + mark <= last and _faults(changed) <= _faults(after):
            after, last, count = changed, edit.start + mark, count + 1
    return Mend(path, before, after, count)


def _faults(text: str) -> int:
    """Return how often *text* breaks a rule of YAML or writes a key twice."""
    problems = Problems()
    scan(Source("a file", text.removeprefix(_BOM)), problems)
    return len(problems.found)


def _edit(found: Diagnostic) -> Edit | None:
    span = found.primary
    if span is None or not found.help or not span.source.text or not Path(span.source.name).is_file():
        return None
    return next((edit for way in _WAYS if (edit := way(found, span)) is not None), None)


def _renamed(found: Diagnostic, span: Span) -> Edit | None:
    """A word that there is not, for the only one near it."""
    near, said = _NEAR.match(found.help or ""), _FIRST_WORD.search(found.message)
    if found.code not in NAMES or near is None or said is None:
        return None
    words = [said[1], *_FIRST_WORD.findall(found.message)[1:]]
    for word in words:
        if SequenceMatcher(None, word.lower(), near[1].lower(), autojunk=False).ratio() < LEAST_LIKE:
            continue
        start, end = _offsets(span)
        whole = rf"(?<![\w/-]){re.escape(word)}(?![\w/-])"
        places = list(re.finditer(whole, span.source.text[start:end]))
        if len(places) == 1:
            return Edit(start + places[0].start(), start + places[0].end(), near[1])
    return None


def _shortened(found: Diagnostic, span: Span) -> Edit | None:
    """A sign or a unit after the value, for the value alone."""
    start, end = _offsets(span)
    text = span.source.text[start:end]
    if (sign := _AT_THE_END.match(found.help or "")) and text.endswith(sign[1]):
        return Edit(end - 1, end, "")
    if (unit := _THE_UNIT.match(found.help or "")) and text.endswith(unit[1]):
        number = text.removesuffix(unit[1]).rstrip()
        return Edit(start, end, number) if _NUMBER.match(number) else None
    return None


def _spaced(found: Diagnostic, span: Span) -> Edit | None:
    """`name:value`, for `name: value`."""
    start, end = _offsets(span)
    meant = _WRITE.match(found.help or "")
    if found.code is not Code.BROKEN_YAML or meant is None:
        return None
    same = meant[1].replace(": ", ":", 1) == span.source.text[start:end]
    return Edit(start, end, meant[1]) if same else None


def _once(found: Diagnostic, span: Span) -> Edit | None:
    """A line that is written twice, word for word, for one of the two."""
    if found.code is not Code.DUPLICATE_KEY or not found.others:
        return None
    first, second = (span.source.line(number) for number in (found.others[0].span.line, span.line))
    below = span.source.line(span.line + 1)
    is_alone = re.match(r"\s*[\w-]+:\s+[^\s&|>#]", second) and not second.strip().endswith((",", "[", "{"))
    depth = len(second) - len(second.lstrip())
    if first != second or not is_alone or (below.strip() and len(below) - len(below.lstrip()) > depth):
        return None
    start, end = _line_start(span.source.text, span.line), _line_start(span.source.text, span.line + 1)
    return Edit(start, end, "")


_WAYS: tuple[Callable[[Diagnostic, Span], Edit | None], ...] = (_renamed, _shortened, _spaced, _once)


def _offsets(span: Span) -> tuple[int, int]:
    text = span.source.text
    return (
        _line_start(text, span.line) + span.column - 1,
        _line_start(text, span.end_line) + span.end_column - 1,
    )


def _line_start(text: str, number: int) -> int:
    """Return where line *number* starts, the end of the text if there is no such line."""
    starts = _starts(text)
    return next((start for at, start in enumerate(starts, 1) if at == number), len(text))


def _starts(text: str) -> Iterator[int]:
    yield 0
    for found in _LINE_END.finditer(text):
        yield found.end()
