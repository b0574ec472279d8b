"""Text to YAML nodes that know where they stand.

The YAML is read from PyYAML's event stream (libyaml where present) with the scalars
of YAML 1.2's core schema: `no`, `on` and `12:30` stay text. Nothing is constructed:
tags, a second document, duplicate keys, deep nesting and alias bombs are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from amends.engine.diagnostics import Code, InputError, Label, Problems, Source, Span, did_you_mean
from amends.engine.slips import DEEPEST, TOO_DEEP_HELP, explain

LARGEST_FILE = 1_000_000
"""Bytes: a rule file of a thousand rules is a third of this."""
MOST_NODES = 100_000

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# An escape can write what the file itself may not hold, down to orders to a terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_INT = re.compile(r"[-+]?[0-9]+\Z")
# Longer ones stay text: turning them into decimals takes time with the square of their length.
_OTHER_BASE = re.compile(r"0o[0-7]{1,64}\Z|0x[0-9a-fA-F]{1,64}\Z")
# A decimal has no exponent of twenty digits; such a number stays text and is no number to anyone.
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,9})?\Z")
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
    """Return the content of a file, but never more than one byte past `LARGEST_FILE`.

    Raises `InputError`: the file is missing, a directory or unreadable.
    """
    source = Source(name or str(path))
    try:
        if path.is_dir():
            raise _refuse(Code.NOT_A_FILE, "this is a directory", source, "name one file in it")
        with path.open("rb") as stream:
            return stream.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        near = _neighbours(path)
        raise _refuse(Code.FILE_NOT_FOUND, f"there is no file `{path.name}`", source, near) from None
    except ValueError:
        message = f"`{path.name}` is no name that a file can have"
        raise _refuse(Code.FILE_NOT_FOUND, message, source, None) from None
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        raise _refuse(Code.NOT_A_FILE, f"this cannot be read: {reason}", source, None) from None


def yaml_files(paths: Iterable[Path], problems: Problems) -> list[Path]:
    """Return every `.yaml` file at or below *paths*, in order of path."""
    found: list[Path] = []
    for path in paths:
        try:
            if path.is_dir():
                below = sorted(path.rglob("*"))
                inside = [file for file in below if file.suffix in (".yaml", ".yml") and file.is_file()]
                if not inside:
                    help = "name a folder with files that end in `.yaml`"
                    message = f"`{path.name}` holds no rule or knowledge file"
                    problems.add(Code.FILE_NOT_FOUND, message, Span.whole(Source(str(path))), help=help)
                found += _inside(inside, path, problems)
                continue
            exists = path.exists()
        except OSError:  # such as a name longer than the system allows
            exists = False
        if exists:
            found.append(path)
        else:
            message = f"there is no file or folder `{path.name}`"
            problems.add(Code.FILE_NOT_FOUND, message, Span.whole(Source(str(path))))
    return sorted(set(found))


def _inside(files: list[Path], folder: Path, problems: Problems) -> Iterator[Path]:
    """Yield the *files* that lie in *folder*, links followed: what came from elsewhere reads only itself."""
    top = folder.resolve()
    for file in files:
        if file.resolve().is_relative_to(top):
            yield file
            continue
        message = f"`{file.name}` is a link that leads out of `{folder.name}`"
        where = Span.whole(Source(str(file)))
        problems.add(Code.OUTSIDE_ITS_FOLDER, message, where, help="put the file itself there")


def decode(data: bytes, name: str) -> Source:
    """Return *data* as a named text; it must be UTF-8, of bounded size, and no binary file.

    >>> decode(b"cause: fire", "a.yaml").text
    'cause: fire'
    """
    source = Source(name)
    if len(data) > LARGEST_FILE:
        message = f"this file is larger than {LARGEST_FILE:,} bytes"
        raise _refuse(
            Code.FILE_TOO_LARGE, message, source, "split it; a case is a page, a decision file a screen"
        )
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        source = Source(name, data.decode("utf-16", "replace"))
        raise _refuse(Code.WRONG_ENCODING, "this file is UTF-16", source, "save it as UTF-8")
    if b"\0" in data:
        help = "give a YAML file, saved as UTF-8 text"
        raise _refuse(Code.NOT_TEXT, "this is a binary file", source, help)
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
    root = scan(source, problems)
    problems.stop()
    assert root is not None, "a document that cannot be read has a diagnostic"
    return root


def scan(source: Source, problems: Problems) -> Node | None:
    """Return the one YAML document of *source* as far as it can be told, or None.

    Faults are added to *problems*; past a duplicate key the rest is still read.
    """
    try:
        root = _Builder(source, problems).build()
    except yaml.YAMLError as error:
        problems.found.append(explain(error, source))
        return None
    except InputError:  # the builder gave up and has said why
        return None
    if root is None:
        problems.add(
            Code.WRONG_SHAPE,
            "this file is empty",
            Span.whole(source),
            help="write `facts:` and at least one fact",
        )
    return root


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end is still to come; `height` counts the levels below it."""

    start: yaml.CollectionStartEvent
    count: int
    children: list[Node]
    height: int = 0


class _Builder:
    """Builds nodes from events without recursion, so that depth can be bounded first."""

    def __init__(self, source: Source, problems: Problems) -> None:
        self.source = source
        self.problems = problems
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        self.stack: list[_Open] = []
        self.count = 0

    def build(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in yaml.parse(self.source.text, Loader=LOADER):
            node: Node | None = None
            anchor: str | None = None
            before, height = self.count, 0
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        message = "a second document starts here"
                        help = "one file holds one document; remove the `---`"
                        raise self._refused(Code.SEVERAL_DOCUMENTS, message, event, help)
                case yaml.ScalarEvent():
                    node, anchor = self._scalar(event), event.anchor
                case yaml.AliasEvent():
                    node, height = self._alias(event)
                case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                    self._check_tag(event)
                    self._check_depth(event, 1)
                    self.stack.append(_Open(event, before, []))
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    done = self.stack.pop()
                    node = self._collection(done.start, event, done.children)
                    anchor, before, height = done.start.anchor, done.count, done.height + 1
            if node is None:
                continue
            self.count += 1
            if self.count > MOST_NODES:
                message = f"more than {MOST_NODES:,} values, aliases counted in full"
                raise self._refused(
                    Code.TOO_MANY_NODES, message, event, "write the values out, or split the file"
                )
            if anchor:
                self.anchors[anchor] = (node, self.count - before, height)
            if self.stack:
                self.stack[-1].children.append(node)
                self.stack[-1].height = max(self.stack[-1].height, height)
            else:
                root = node
        return root

    def _check_depth(self, event: yaml.Event, height: int) -> None:
        if len(self.stack) + height > DEEPEST:
            message = f"nested more than {DEEPEST} levels"
            raise self._refused(Code.TOO_DEEP, message, event, TOO_DEEP_HELP)

    def _scalar(self, event: yaml.ScalarEvent) -> ScalarNode:
        self._check_tag(event)
        if event.style == '"' and _CONTROL.search(event.value):
            message = "a control character is not allowed"
            raise self._refused(Code.BROKEN_YAML, message, event, "remove its escape")
        plain = event.style is None or event.style == ""
        span = _span(self.source, event.start_mark, event.end_mark)
        return ScalarNode(core_value(event.value) if plain else event.value, event.value, span)

    def _alias(self, event: yaml.AliasEvent) -> tuple[Node, int]:
        if any(opened.start.anchor == event.anchor for opened in self.stack):
            message = f"the alias `*{event.anchor}` stands within what it repeats"
            raise self._refused(Code.BROKEN_YAML, message, event, "write the values out")
        if event.anchor not in self.anchors:
            message = f"the alias `*{event.anchor}` names no anchor above it"
            help = f"quote it if it is text, else put `&{event.anchor}` before what it repeats"
            raise self._refused(Code.BROKEN_YAML, message, event, help)
        node, size, height = self.anchors[event.anchor]
        self.count += size
        self._check_depth(event, height)
        return node, height

    def _collection(self, start: yaml.Event, end: yaml.Event, children: list[Node]) -> Node:
        span = _span(self.source, start.start_mark, end.end_mark)
        if isinstance(start, yaml.SequenceStartEvent):
            return ListNode(tuple(children), span)
        entries: list[tuple[ScalarNode, Node]] = []
        seen: dict[str, ScalarNode] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, ScalarNode) or not key.text.strip():
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
            written = event.tag.replace("tag:yaml.org,2002:", "!!")
            help = "remove the tag; quote the value if it is text"
            raise self._refused(Code.TAG_NOT_ALLOWED, f"the tag `{written}` is not allowed", event, help)

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
    if _INT.match(text) or _FLOAT.match(text):
        return Decimal(text)
    if _OTHER_BASE.match(text):
        return Decimal(int(text, 0))
    if _NOT_FINITE.match(text):
        return Decimal(text.replace(".", "").lower())
    return text


def _span(source: Source, start: Any, end: Any) -> Span:
    assert start is not None
    assert end is not None
    return Span(source, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _neighbours(path: Path) -> str | None:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"there is no folder `{path.parent}`"
    return did_you_mean(path.name, names)


def _refuse(code: Code, message: str, source: Source, help: str | None) -> InputError:
    problems = Problems()
    problems.add(code, message, Span.whole(source), help=help)
    return InputError(problems.found)
