"""What a YAML parser stumbled over, in the words of someone who does not know YAML."""

from __future__ import annotations

import re

import yaml

from amends.engine.diagnostics import Code, Diagnostic, Label, Source, Span

_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GLUED = re.compile(r"\s*(?:- )?([A-Za-z_]\w*):(\w\S*)")
_PAIR = re.compile(r"(\s*(?:- )?[\w-]+: +)(.*: .*|.*:)\Z")

DEEPEST = 40
"""Levels of lists and mappings in one file."""
TOO_DEEP_HELP = "a rule needs four or five"


def explain(error: yaml.YAMLError, source: Source) -> Diagnostic:
    """Return the diagnostic for the fault that ended the parse of *source*.

    It points at what was left open, where the parser only saw the end of the file.
    """
    if (found := _NOT_ALLOWED.search(source.text)) is not None:
        head = source.text[: found.start()]
        line, column = head.count("\n") + 1, len(head) - (head.rfind("\n") + 1) + 1
        at = Span(source, line, column, line, column + 1)
        return _fault("a control character is not allowed", at, "delete it; it came in by copying, perhaps")
    problem = str(getattr(error, "problem", None) or error)
    at = _place(getattr(error, "problem_mark", None), source)
    since = _place(getattr(error, "context_mark", None), source)
    text = source.line(at.line)
    sign = text[at.column - 1 : at.column]
    if "end of stream" in problem or ("document indicator" in problem and since != at):
        return _fault("this quote is never closed", since, "close it on the same line")
    if "expected ',' or" in problem:
        bracket = "]" if "]'" in problem else "}"
        if re.search(r"\s#", source.line(since.line)[since.column :]):
            help = "quote what starts with `#`: it is a comment"
            return _fault("this bracket is never closed", since, help)
        there = (Label(at, f"no `,` or `{bracket}` before this"),) if text.strip() else ()
        return _fault("this bracket is never closed", since, f"close it with `{bracket}`", there)
    if "nesting depth" in problem:  # libyaml's own bound, met as it looks ahead on one line
        return Diagnostic(Code.TOO_DEEP, f"nested more than {DEEPEST} levels", at, (), TOO_DEEP_HELP)
    if "\t" in text[: len(text) - len(text.lstrip())]:
        return _fault("this line is indented with a tab", at, "indent with spaces; YAML does not allow tabs")
    if "mapping values" in problem:
        return _fault(*_misplaced_colon(at, source))
    if "cannot start any token" in problem:
        help = f"quote it: `'{text[at.column - 1 :].strip()}'`"
        return _fault(f"a value cannot start with `{sign}`", at, help)
    if "escape" in problem:
        help = "use single quotes, in which a backslash is a backslash"
        return _fault("this backslash means nothing here", at, help)
    if "expected key" in problem and sign == ":":
        return _fault("there is no name before this colon", at, "write `name: value`")
    if "expected key" in problem and at.column > 1 and text[: at.column - 1].strip():
        help = 'quote the whole value, once; inside double quotes write `\\"`'
        return _fault("the value has ended, and more text follows", at, help)
    if "expected key" in problem or "'-' indicator" in problem:
        help = "align it with the lines that it belongs to"
        others = (Label(since, "the block starts here"),) if since != at else ()
        return _fault("this line is not aligned with its block", at, help, others)
    return _fault(f"this is no YAML: {problem}", at, "quote the value if it is text")


def _misplaced_colon(at: Span, source: Source) -> tuple[str, Span, str]:
    above = source.line(at.line - 1)
    if (glued := _GLUED.match(above)) is not None:
        column = glued.start(1) + 1
        span = Span(source, at.line - 1, column, at.line - 1, glued.end() + 1)
        name, value = glued.groups()
        return "there is no space after the colon", span, f"write `{name}: {value}`"
    text = source.line(at.line)
    if (pair := _PAIR.match(text)) is not None and pair.end(1) < at.column:
        help = f'quote the text: `{text.strip()[: len(pair[1].strip())]} "{pair[2]}"`'
        return "this text holds a colon and is not quoted", at, help
    depth = len(text) - len(text.lstrip())
    if above.strip() and depth > len(above) - len(above.lstrip()):
        span = Span(source, at.line, depth + 1, at.line, at.column)
        return "this line is indented below a line that has a value", span, "align the two lines"
    help = "write every entry above it as `name: value`"
    return "a `name: value` line cannot follow what stands above it", at, help


def _fault(message: str, at: Span, help: str | None = None, others: tuple[Label, ...] = ()) -> Diagnostic:
    return Diagnostic(Code.BROKEN_YAML, message, at, others, help)


def _place(mark: yaml.Mark | None, source: Source) -> Span:
    if mark is None:
        return Span.whole(source)
    return Span(source, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)
