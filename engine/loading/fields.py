"""Reads the keys of one YAML mapping and reports what is missing, misshapen or unasked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from amends.engine.diagnostics import Code, Problems, Span, did_you_mean, listed
from amends.engine.rulebase import Domain, Kind
from amends.engine.source import ListNode, MapNode, Node, ScalarNode
from amends.engine.values import read_value

SNAKE = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
KEBAB = re.compile(r"[a-z0-9][a-z0-9-]{0,79}\Z")
RESERVED = frozenset(
    {"unknown", "any", "all", "not", "always", "min", "max", "and", "or", "known", "parameter"}
)

_ANY_NUMBER = Domain(Kind.NUMBER, decimals=9)


class Fields:
    """The keys of one mapping, each asked for once; `done` reports the rest."""

    def __init__(self, node: Node, what: str, problems: Problems) -> None:
        self.what = what
        self.problems = problems
        self.span: Span = node.span
        self.asked: set[str] = set()
        self.entries: dict[str, Node] = {}
        self.keys: dict[str, ScalarNode] = {}
        if isinstance(node, MapNode):
            for key, value in node:
                self.entries[key.text] = value
                self.keys[key.text] = key
            if node.entries:
                first = node.entries[0][0].span
                self.span = first
        else:
            problems.add(
                Code.WRONG_SHAPE, f"{what} must be a mapping", node.span, help="write `key: value` lines"
            )

    def node(self, key: str, *, required: bool = False) -> Node | None:
        """Return the node under *key*; report it missing if *required*."""
        self.asked.add(key)
        found = self.entries.get(key)
        if found is None and required:
            code = Code.MISSING_SOURCE if key == "sources" else Code.MISSING_KEY
            help = (
                "cite a seed line or a source id: `sources: [S000:L13]`"
                if key == "sources"
                else f"add `{key}:`"
            )
            self.problems.add(code, f"{self.what} has no `{key}`", self.span, help=help)
        return found

    def text(self, key: str, *, required: bool = False) -> str | None:
        """Return the text under *key*."""
        node = self.node(key, required=required)
        if node is None:
            return None
        if not isinstance(node, ScalarNode) or not node.text.strip():
            self.problems.add(Code.WRONG_SHAPE, f"`{key}` of {self.what} must be a text", node.span)
            return None
        return " ".join(node.text.split())

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Return the list of texts under *key*; one text alone counts as a list of one."""
        return tuple(node.text for node in self.scalars(key, required=required))

    def scalars(self, key: str, *, required: bool = False) -> tuple[ScalarNode, ...]:
        """Return the scalars listed under *key*."""
        node = self.node(key, required=required)
        if node is None:
            return ()
        items = node.items if isinstance(node, ListNode) else (node,)
        found = tuple(item for item in items if isinstance(item, ScalarNode))
        if len(found) != len(items) or (required and not found):
            code = Code.MISSING_SOURCE if key == "sources" and not found else Code.WRONG_SHAPE
            self.problems.add(code, f"`{key}` of {self.what} must be a list of words", node.span)
        return found

    def flag(self, key: str) -> bool:
        """Return the yes or no under *key*, no if absent."""
        node = self.node(key)
        if node is None:
            return False
        return read_value(node, Domain(Kind.FLAG), key, self.problems) is True

    def number(self, key: str, *, required: bool = False) -> Fraction | None:
        """Return the exact number under *key*."""
        node = self.node(key, required=required)
        if node is None:
            return None
        value = read_value(node, _ANY_NUMBER, key, self.problems)
        return value if isinstance(value, Fraction) else None

    def mapping(self, key: str, *, required: bool = False) -> Iterator[tuple[ScalarNode, Node]]:
        """Yield the entries of the mapping under *key*."""
        node = self.node(key, required=required)
        if isinstance(node, MapNode):
            yield from node
        elif node is not None:
            self.problems.add(Code.WRONG_SHAPE, f"`{key}` of {self.what} must be a mapping", node.span)

    def done(self) -> None:
        """Report every key that nobody asked for."""
        for key in self.entries.keys() - self.asked:
            near = did_you_mean(key, self.asked) or f"{self.what} takes {listed(sorted(self.asked), 20)}"
            self.problems.add(
                Code.UNKNOWN_KEY, f"{self.what} has no key `{key}`", self.keys[key].span, help=near
            )


def check_name(key: ScalarNode, pattern: re.Pattern[str], problems: Problems) -> bool:
    """Report a name that is misspelt or reserved; return whether it may be used."""
    style = "lower_case_with_underscores" if pattern is SNAKE else "lower-case-with-hyphens"
    if not pattern.match(key.text):
        problems.add(Code.BAD_NAME, f"`{key.text}` is no usable name", key.span, help=f"write it {style}")
        return False
    if key.text in RESERVED:
        problems.add(Code.BAD_NAME, f"`{key.text}` is a reserved word", key.span, help="choose another name")
        return False
    return True
