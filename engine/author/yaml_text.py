"""Pieces of YAML as text: words and values as a person would write them, and entries put into a file."""

from __future__ import annotations

import json
import re
from datetime import date
from fractions import Fraction

from amends.engine.diagnostics import InputError, Source
from amends.engine.rulebase import Value
from amends.engine.source import ListNode, MapNode, Node, ScalarNode, core_value, parse
from amends.engine.values import decimal_text

INDENT = "  "

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_ .,;/()'’–…?!%+=-]*\Z")
_IN_FLOW = re.compile(r"[A-Za-z][A-Za-z0-9_ ./-]*\Z")
_OLD_FLAGS = frozenset({"yes", "no", "on", "off", "y", "n"})


def scalar(text: str, *, flow: bool = False) -> str:
    """Return *text* as YAML, quoted only where it must be; *flow* is for within brackets.

    >>> scalar("a plain text"), scalar("true"), scalar("one: two"), scalar("a, b", flow=True)
    ('a plain text', '"true"', '"one: two"', '"a, b"')
    """
    fits = (_IN_FLOW if flow else _PLAIN).match(text) and text == text.strip()
    if fits and isinstance(core_value(text), str):
        return text
    return json.dumps(text, ensure_ascii=False)


def value_text(value: Value) -> str:
    """Return *value* as a case or a condition states it.

    >>> value_text(True), value_text(Fraction(5, 2)), value_text(frozenset({"b", "a"}))
    ('true', '2.5', '[a, b]')
    """
    match value:
        case bool():
            return "true" if value else "false"
        case Fraction():
            return decimal_text(value)
        case date():
            return value.isoformat()
        case frozenset():
            return f"[{', '.join(value_text(name) for name in sorted(value))}]"
    # Other readers of YAML take these words for true and false.
    return json.dumps(value) if value in _OLD_FLAGS else scalar(value, flow=True)


def with_entry(text: str, section: str, name: str, entry: str) -> str | None:
    r"""Return the YAML *text* with *entry* put last under *section*; all else stays letter by letter.

    *entry* is what stands under the section for *name*, indented by `INDENT`. None if it cannot be
    put there safely, such as into a mapping in braces.

    >>> with_entry("facts:  # ours\n    a: 1\n# the end\n", "facts", "b", "  b: 2\n")
    'facts:  # ours\n    a: 1\n\n    b: 2\n# the end\n'
    """
    before = _parsed(text)
    if not isinstance(before, MapNode):
        return None
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += end
    keys = [key for key, _ in before]
    place = next((at for at, key in enumerate(keys) if key.text == section), None)
    known = before.get(section)
    margin = INDENT
    if place is None:
        added = ["", f"{section}:", *entry.splitlines()]
        at = len(lines)
    else:
        if isinstance(known, MapNode) and known.entries:
            margin = " " * (known.entries[0][0].span.column - 1)
        at = keys[place + 1].span.line - 1 if place + 1 < len(keys) else len(lines)
        # What stands before the next section, at the margin, belongs to that one.
        while at > keys[place].span.line and (not lines[at - 1].strip() or lines[at - 1].startswith("#")):
            at -= 1
        added = [*([""] if isinstance(known, MapNode) else []), *entry.splitlines()]
    lines[at:at] = [_indented(line, margin) + end for line in added]
    after = "".join(lines)
    return after if _is_added(before, _parsed(after), section, name) else None


def _indented(line: str, margin: str) -> str:
    return margin + line[len(INDENT) :] if line.startswith(INDENT) else line


def _parsed(text: str) -> Node | None:
    try:
        return parse(Source("a file", text.removeprefix("\ufeff")))
    except InputError:
        return None


def _is_added(before: MapNode, after: Node | None, section: str, name: str) -> bool:
    """True if *after* is *before* with the entry called *name* under *section*, and nothing else."""
    if not isinstance(after, MapNode):
        return False
    was, now = _data(before), _data(after)
    assert isinstance(was, dict)
    assert isinstance(now, dict)
    entries = now.get(section)
    if not isinstance(entries, dict) or name not in entries:
        return False
    rest = {key: value for key, value in entries.items() if key != name}
    earlier = was.get(section)
    same = rest == (earlier if isinstance(earlier, dict) else {})
    others = {key: value for key, value in now.items() if key != section}
    return same and others == {key: value for key, value in was.items() if key != section}


def _data(node: Node) -> object:
    match node:
        case ScalarNode():
            return (node.text, type(node.value))
        case ListNode():
            return [_data(item) for item in node.items]
        case MapNode():
            return {key.text: _data(value) for key, value in node}
