"""One page of Markdown: blocks that are put together at its end, and links from it to other pages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from amends.engine.draw.picture import tidy
from amends.engine.draw.wording import capital

MARK = "<!-- Written by `amends book`. Change the rules, not this page. -->"
"""The first line of every page; only a file that starts with it is ever replaced or removed."""

# Whatever Markdown, HTML or a formula within either would act on. Between letters `_` means nothing.
_ACTIVE = re.compile(r"(`[a-z0-9_/.:=-]+`)|[\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_])")
_OPENING = re.compile(r"(?:[#+=-]|\d+(?=[.)]))")
_NO_ANCHOR = re.compile(r"[^\w\- ]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


@lru_cache(maxsize=16384)
def plain(text: str) -> str:
    r"""Return *text* so that Markdown shows it as it is, on one line; a name in backticks stays code.

    >>> plain("<b> a|b"), plain("# 1")
    ('&lt;b&gt; a\\|b', '\\# 1')
    """
    text = _ACTIVE.sub(lambda found: found[1] or f"\\{found[0]}", tidy(text))
    text = re.sub("[&<>]", lambda found: _ENTITIES[found[0]], text)
    opening = _OPENING.match(text)
    if opening is None:
        return text
    if opening[0].isdigit():
        return f"{opening[0]}\\{text[opening.end() :]}"
    return f"\\{text}"


def code(text: str) -> str:
    """Return *text* as code, whatever backticks are in it.

    >>> code("a`b")
    '``a`b``'
    """
    text = tidy(text)
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def sentence(text: str | None) -> str:
    """Return *text* as a sentence, escaped: a large letter first, an end last; nothing for none."""
    text = capital(tidy(text or ""))
    if not text:
        return ""
    return plain(text if text.endswith((".", "!", "?", "…")) else f"{text}.")


def heading_of(name: str) -> str:
    """Return the words of a name; the anchor of a heading that says them is the name again."""
    return capital(name.replace("-", " "))


def anchor_of(heading: str) -> str:
    """Return the anchor that a forge gives to a heading.

    >>> anchor_of("Its rules: who is at fault")
    'its-rules-who-is-at-fault'
    """
    return _NO_ANCHOR.sub("", heading.lower()).replace(" ", "-")


class Page:
    """A page under way; `path` is where it lies in the book, with slashes on every system."""

    def __init__(self, path: str, title: str) -> None:
        self.path = path
        self.blocks: list[str] = [MARK, f"# {plain(title)}"]

    def heading(self, words: str, level: int = 2) -> None:
        """Add a heading; *words* are Markdown already."""
        self.blocks.append(f"{'#' * level} {words}")

    def say(self, *parts: str) -> None:
        """Add a paragraph of *parts* of Markdown; without any there is none."""
        if any(parts):
            self.blocks.append(" ".join(part for part in parts if part))

    def bullets(self, lines: Iterable[str], *, numbered: bool = False) -> None:
        """Add a list of Markdown lines; a line that is indented belongs to the one above it."""
        found = list(lines)
        if numbered:
            found = [f"{number}. {line}" for number, line in enumerate(found, start=1)]
        else:
            found = [line if line.lstrip().startswith("- ") else f"- {line}" for line in found]
        self.say("\n".join(found))

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Add a table of Markdown cells; without rows there is none."""
        found = [f"| {' | '.join(row)} |" for row in rows]
        if found:
            self.say("\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *found]))

    def fence(self, language: str, text: str) -> None:
        """Add a block of *language*, shown letter by letter."""
        fence = "`" * max(3, _longest_run(text) + 1)
        self.say(f"{fence}{language}\n{text.rstrip()}\n{fence}")

    def link(self, words: str, target: str) -> str:
        """Return a link to *target*, a page of the book with or without an anchor; *words* are Markdown."""
        path, _, anchor = target.partition("#")
        there = "" if path == self.path else posixpath.relpath(path, posixpath.dirname(self.path) or ".")
        return f"[{words}]({there}{'#' + anchor if anchor else ''})"

    def text(self) -> str:
        """Return the whole page."""
        return "\n\n".join(self.blocks) + "\n"
