"""Texts and values as YAML that a person would write."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from textwrap import wrap

from amends.engine.source import core_value

WIDTH = 110

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_ .,;/()'’–…?!%+=-]*\Z")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_:-]*\Z")
_OLD_FLAGS = frozenset({"yes", "no", "on", "off", "y", "n"})


def word(value: str | bool) -> str:
    """Return a name or flag as it stands within brackets too; what other readers take for a flag is quoted.

    >>> word("late"), word("no"), word(True)
    ('late', '"no"', 'true')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    is_plain = _WORD.match(value) and value.lower() not in _OLD_FLAGS and isinstance(core_value(value), str)
    return value if is_plain and not value.endswith(":") else json.dumps(value, ensure_ascii=False)


def text(said: str) -> str:
    """Return a sentence as a scalar on one line.

    >>> text("It is so."), text("no: never"), text("no")
    ('It is so.', '"no: never"', '"no"')
    """
    is_plain = _PLAIN.match(said) and said == said.strip() and said.lower() not in _OLD_FLAGS
    return said if is_plain and isinstance(core_value(said), str) else json.dumps(said, ensure_ascii=False)


def words(names: Iterable[str]) -> str:
    """Return names as a list in brackets."""
    return f"[{', '.join(map(word, names))}]"


def entry(key: str, said: str, indent: int = 0) -> Iterator[str]:
    """Yield the lines of a text under a key; a long one is folded, which nobody who reads it sees."""
    margin = " " * indent
    line = f"{margin}{key}: {text(said)}"
    folded = wrap(said, WIDTH - indent - 2, break_long_words=False, break_on_hyphens=False)
    if len(line) <= WIDTH or " ".join(folded) != said or not folded[0][0].isalnum():
        yield line
        return
    yield f"{margin}{key}: >-"
    yield from (f"{margin}  {part}" for part in folded)
