"""Text to YAML nodes that know where they stand.

The YAML is read from PyYAML's event stream (libyaml where present) with the scalars
of YAML 1.2's core schema: `no`, `on` and `12:30` stay text. Nothing is constructed:
tags, a second document, duplicate keys, deep nesting and alias bombs are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from amends.engine.diagnostics import Code, InputError, Label, Problems, Source, Span

LARGEST_FILE = 1_000_000
"""Bytes: a rule file of a thousand rules is a third of this."""
MOST_NODES = 100_000
DEEPEST = 40

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A leaf: its value under the core schema, and the text as written."""

    value: str | bool | Decimal | None
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class ListNode:
    """A sequence of nodes."""

    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class MapNode:
    """A mapping whose keys are scalars, in file order, each key once."""

    entries: tuple[tuple[ScalarNode, Node], ...]
    span: Span

    def get(self, key: str) -> Node | None:
        """Return the node under *key*, or None."""
        return next((node for name, node in self.entries if name.text == key), None)

    def __iter__(self) -> Iterator[tuple[ScalarNode, Node]]:
        return iter(self.entries)


Node = ScalarNode | ListNode | MapNode


def read_bytes(path: Path, name: str | None = None) -> bytes:
    """Return the content of a regular file of at most `LARGEST_FILE` bytes.

    Raises `InputError`: the file is missing, no regular file, unreadable or too large.
    """
    source = Source(name or str(path))
    try:
        if path.is_dir():
            raise _refuse(Code.NOT_A_FILE, f"`{source.name}` is a directory", source, "name one file in it")
        with path.open("rb") as stream:
            return stream.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        near = _neighbours(path)
        raise _refuse(Code.FILE_NOT_FOUND, f"there is no file `{source.name}`", source, near) from None
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        raise _refuse(Code.NOT_A_FILE, f"`{source.name}` cannot be read: {reason}", source, None) from None


def decode(data: bytes, name: str) -> Source:
    """Return *data* as a named text; it must be UTF-8, of bounded size, and no binary file.

    >>> decode(b"cause: fire", "a.yaml").text
    'cause: fire'
    """
    source = Source(name)
    if len(data) > LARGEST_FILE:
        message = f"`{name}` is larger than {LARGEST_FILE:,} bytes"
        raise _refuse(
            Code.FILE_TOO_LARGE, message, source, "split it; a case is a page, a decision file a screen"
        )
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _refuse(Code.WRONG_ENCODING, f"`{name}` is UTF-16", source, "save it as UTF-8")
    if b"\0" in data:
        raise _refuse(Code.NOT_TEXT, f"`{name}` is a binary file", source, "give a YAML text file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        head = data[: error.start].decode("utf-8", "replace")
        whole = Source(name, data.decode("utf-8", "replace"))
        line, column = head.count("\n") + 1, len(head) - (head.rfind("\n") + 1) + 1
        problems = Problems()
        problems.add(
            Code.WRONG_ENCODING,
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            Span(whole, line, column, line, column + 1),
            help="save the file as UTF-8",
        )
        raise InputError(problems.found) from None
    return Source(name, text)


def read(path: Path, name: str | None = None) -> Node:
    """Return the one YAML document of a file as nodes. Raises `InputError`."""
    return parse(decode(read_bytes(path, name), name or str(path)))


def parse(source: Source) -> Node:
    """Return the one YAML document of *source* as nodes with positions.

    Raises `InputError` with every duplicate key, and with the first fault that ends the parse.

    >>> node = parse(Source("a.yaml", "on: no"))
    >>> [(key.value, value.value) for key, value in node]
    [('on', 'no')]
    """
    problems = Problems()
    try:
        root = _Builder(source, problems).build()
    except yaml.YAMLError as error:
        problems.add(
            Code.BROKEN_YAML, _reason(error), _error_span(error, source), help=_yaml_help(error, source)
        )
        root = None
    problems.stop()
    if root is None:
        problems.add(
            Code.WRONG_SHAPE,
            f"`{source.name}` is empty",
            Span.whole(source),
            help="write `facts:` and at least one fact",
        )
        problems.stop()
    assert root is not None
    return root


class _Builder:
    """Builds nodes from events without recursion, so that depth can be bounded first."""

    def __init__(self, source: Source, problems: Problems) -> None:
        self.source = source
        self.problems = problems
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.count = 0

    def build(self) -> Node | None:
        root: Node | None = None
        stack: list[tuple[yaml.Event, list[Node], int]] = []
        documents = 0
        for event in yaml.parse(self.source.text, Loader=LOADER):
            node: Node | None = None
            started = self.count
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise self._refused(
                            Code.SEVERAL_DOCUMENTS,
                            "a second document starts here",
                            event,
                            "one file holds one document",
                        )
                case yaml.ScalarEvent():
                    node = self._scalar(event)
                case yaml.AliasEvent():
                    node = self._alias(event)
                case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                    self._check_tag(event)
                    if len(stack) >= DEEPEST:
                        raise self._refused(
                            Code.TOO_DEEP,
                            f"nested more than {DEEPEST} levels",
                            event,
                            "a rule needs four or five",
                        )
                    stack.append((event, [], started))
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    start, children, started = stack.pop()
                    node = self._collection(start, event, children)
            if node is None:
                continue
            self.count += 1
            if self.count > MOST_NODES:
                raise self._refused(
                    Code.TOO_MANY_NODES,
                    f"more than {MOST_NODES:,} values, aliases counted in full",
                    event,
                    "write the values out, or split the file",
                )
            anchor = getattr(start if isinstance(event, yaml.CollectionEndEvent) else event, "anchor", None)
            if anchor and not isinstance(event, yaml.AliasEvent):
                self.anchors[anchor] = (node, self.count - started)
            if stack:
                stack[-1][1].append(node)
            else:
                root = node
        return root

    def _scalar(self, event: yaml.ScalarEvent) -> ScalarNode:
        self._check_tag(event)
        plain = event.style is None or event.style == ""
        span = _span(self.source, event.start_mark, event.end_mark)
        return ScalarNode(core_value(event.value) if plain else event.value, event.value, span)

    def _alias(self, event: yaml.AliasEvent) -> Node:
        if event.anchor is None or event.anchor not in self.anchors:
            raise self._refused(
                Code.BROKEN_YAML,
                f"the alias `*{event.anchor}` names no anchor above it",
                event,
                "define `&name` before `*name`",
            )
        node, size = self.anchors[event.anchor]
        self.count += size
        return node

    def _collection(self, start: yaml.Event, end: yaml.Event, children: list[Node]) -> Node:
        span = _span(self.source, start.start_mark, end.end_mark)
        if isinstance(start, yaml.SequenceStartEvent):
            return ListNode(tuple(children), span)
        entries: list[tuple[ScalarNode, Node]] = []
        seen: dict[str, ScalarNode] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, ScalarNode):
                self.problems.add(
                    Code.WRONG_SHAPE, "a key must be a word", key.span, help="write `name: value`"
                )
            elif key.text in seen:
                first = Label(seen[key.text].span, "first written here")
                self.problems.add(
                    Code.DUPLICATE_KEY,
                    f"`{key.text}` is written twice",
                    key.span,
                    others=[first],
                    help="keep one of the two",
                )
            else:
                seen[key.text] = key
                entries.append((key, value))
        return MapNode(tuple(entries), span)

    def _check_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None and event.tag != "!":
            raise self._refused(
                Code.TAG_NOT_ALLOWED,
                f"the tag `{event.tag}` is not allowed",
                event,
                "remove the tag; quote the value if it must be text",
            )

    def _refused(self, code: Code, message: str, event: yaml.Event, help: str) -> InputError:
        self.problems.add(code, message, _span(self.source, event.start_mark, event.end_mark), help=help)
        return InputError(self.problems.found)


def core_value(text: str) -> str | bool | Decimal | None:
    """Return what a plain scalar means in YAML 1.2's core schema; numbers are exact.

    >>> [core_value(t) for t in ("no", "true", "0x10", "1.50", "~", "12:30")]
    ['no', True, Decimal('16'), Decimal('1.50'), None, '12:30']
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    first = text[0]
    if not (first.isdigit() or first in "+-."):
        return text
    if _INT.match(text):
        return Decimal(int(text, 0)) if text[:2] in ("0o", "0x") else Decimal(text)
    if _FLOAT.match(text):
        return Decimal(text)
    if _NOT_FINITE.match(text):
        return Decimal(text.replace(".", "").lower())
    return text


def _span(source: Source, start: Any, end: Any) -> Span:
    assert start is not None
    assert end is not None
    return Span(source, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _error_span(error: yaml.YAMLError, source: Source) -> Span:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return _span(source, mark, mark) if mark is not None else Span.whole(source)


def _reason(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return f"not valid YAML: {problem}"


def _yaml_help(error: yaml.YAMLError, source: Source) -> str:
    if "\t" in source.line(_error_span(error, source).line):
        return "indent with spaces; YAML does not allow tabs"
    return (
        "check the indentation and quotes on this line and the one above; quote text that holds `: ` or `#`"
    )


def _neighbours(path: Path) -> str | None:
    from amends.engine.diagnostics import did_you_mean

    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return None
    return did_you_mean(path.name, names)


def _refuse(code: Code, message: str, source: Source, help: str | None) -> InputError:
    problems = Problems()
    problems.add(code, message, Span.whole(source), help=help)
    return InputError(problems.found)
