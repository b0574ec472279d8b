"""What a picture shows, as frozen data, and how its words are cut to size.

The makers (`case_path`, `rule_map`, `decision_graph`) say what is shown, the renderers how it looks. A
state is never told by colour alone: it has a line of its own, and the words say it too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

NodeKind = Literal["fact", "measure", "decision", "rule", "remedy", "note"]
State = Literal["fired", "failed", "faded"]
"""What decided; what was considered and failed, or is still open; what never mattered."""

SCHEMA = "amends/picture/1"
MOST_NODES = 25
"""More than these on one screen is wallpaper."""
LABEL_WIDTH = 28
TREE_WIDTH = 36
"""Columns of a label, and of one in a tree, whose boxes say more."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Node:
    """One thing shown: its label as paragraphs, the first of which names it."""

    id: str
    lines: tuple[str, ...]
    kind: NodeKind
    state: State = "fired"
    details: tuple[str, ...] = ()
    """Paragraphs that are told when it is asked for, and not drawn."""
    share: float | None = None
    """How much of all that is counted comes by, from 0 to 1; None where nothing is counted."""


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` follows from `source`; both are ids of nodes."""

    source: str
    target: str
    state: State = "fired"
    label: str = ""
    share: float | None = None
    """How much of all that is counted goes this way; the line is as thick."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A graph to be drawn from left to right, with the words for those who cannot see it.

    `legend` says what each line style means; `facts_first` puts every fact in the first
    column, else each stands before what reads it. A picture that `is_tree` begins with its first
    node and branches from there, downwards along the main way; its edges are labelled with the
    answers to what their sources ask.
    """

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    alt: str
    legend: Mapping[State, str] = field(default_factory=dict)
    facts_first: bool = True
    is_tree: bool = False

    @property
    def legend_line(self) -> str:
        """What the line styles mean, if more than one is used."""
        used = {node.state for node in self.nodes} | {edge.state for edge in self.edges}
        if used <= {"fired"} and not self.is_tree:
            return ""
        return " · ".join(words for state, words in self.legend.items() if state in used)

    @property
    def label_width(self) -> int:
        """How many columns a label has."""
        return TREE_WIDTH if self.is_tree else LABEL_WIDTH

    def to_json(self) -> dict[str, object]:
        """Return the picture in the shape of the schema `amends/picture/1`."""
        return {
            "schema": SCHEMA,
            "title": self.title,
            "alt": self.alt,
            "nodes": [
                {"id": node.id, "lines": list(node.lines), "kind": node.kind, "state": node.state}
                | ({"details": list(node.details)} if node.details else {})
                | _share(node.share)
                for node in self.nodes
            ],
            "edges": [
                {"from": edge.source, "to": edge.target, "state": edge.state, "label": edge.label}
                | _share(edge.share)
                for edge in self.edges
            ],
        }


def _share(share: float | None) -> dict[str, float]:
    return {} if share is None else {"share": round(share, 9)}


def tidy(text: str) -> str:
    r"""Return *text* on one line, without control, direction and other invisible characters.

    The joiner inside emoji and Persian words is kept: without it they fall apart.

    >>> tidy("a\x00b\n  c")
    'ab c'
    """
    kept = (
        " " if char.isspace() else char
        for char in text
        if char.isspace() or char in "\u200c\u200d" or unicodedata.category(char) not in _INVISIBLE
    )
    return " ".join("".join(kept).split())


def columns(text: str) -> int:
    """Return how many columns of a terminal *text* takes: wide characters take two.

    >>> columns("für"), columns("漢字")
    (3, 4)
    """
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in _INVISIBLE:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def short(text: str, limit: int) -> str:
    """Return *text* cut to *limit* columns, at a word where there is one.

    >>> short("the outage was not your doing", 20)
    'the outage was not…'
    """
    text = tidy(text)
    if columns(text) <= limit:
        return text
    head = _fitting(text, limit - 1)
    space = head.rfind(" ")
    if text[len(head)] != " " and space > len(head) // 2:
        head = head[:space]
    return head.rstrip(" ,;:.") + "…"


def wrap(text: str, width: int = LABEL_WIDTH) -> list[str]:
    """Return *text* in as few lines as *width* columns allow, of like length; long words are cut.

    >>> wrap("fit of the client: a good fit", 28)
    ['fit of the client:', 'a good fit']
    """
    text = tidy(text)
    lines = _filled(text, width)
    while len(lines) > 1 and width > 1 and len(narrower := _filled(text, width - 1)) == len(lines):
        lines, width = narrower, width - 1
    return lines


def _filled(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        while columns(word) > width:
            piece = _fitting(word, width)
            lines.append(piece)
            word = word[len(piece) :]
        if not lines[-1] or columns(lines[-1]) + 1 + columns(word) > width:
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return [line for line in lines if line] or [""]


def wrapped(node: Node, width: int = LABEL_WIDTH) -> tuple[list[str], list[str]]:
    """Return the lines that name a node, and those that say more, as they are drawn.

    What is said more is set smaller, so a line of it holds more.
    """
    first, *rest = node.lines or ("",)
    title, colon, value = first.partition(": ")
    parts = [first] if not colon or columns(first) <= width else [f"{title}:", value]
    return [line for part in parts for line in wrap(part, width)], [
        line for text in rest for line in wrap(text, width * 7 // 6)
    ]


def is_strong(node: Node) -> bool:
    """True if the name of the node stands out: what follows does, what it follows from does not."""
    return node.kind not in ("fact", "measure") and node.state != "faded"


def ends(picture: Picture) -> list[Node]:
    """Return the nodes at which the picture ends: followed from something, and followed by nothing."""
    sources = {edge.source for edge in picture.edges}
    targets = {edge.target for edge in picture.edges}
    return [node for node in picture.nodes if node.id in targets and node.id not in sources]


def _fitting(text: str, width: int) -> str:
    """Return the longest head of *text* that takes at most *width* columns, at least one character."""
    taken = 0
    for index, char in enumerate(text):
        taken += _columns(char)
        if taken > width and index:
            return text[:index]
    return text
