"""Reads the keys of one YAML mapping and reports what is missing, misshapen or unasked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from amends.engine.diagnostics import Code, Problems, Span, did_you_mean, listed
from amends.engine.rulebase import Domain, Kind
from amends.engine.source import ListNode, MapNode, Node, ScalarNode
from amends.engine.values import read_value

SNAKE = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
KEBAB = re.compile(r"[a-z0-9][a-z0-9-]{0,79}\Z")
CAPITAL = re.compile(r"[A-Z][A-Z0-9-]{0,79}\Z")
"""The name of a source."""
RESERVED = frozenset(
    {"unknown", "any", "all", "not", "always", "min", "max", "and", "or", "known", "parameter"}
)

_ANY_NUMBER = Domain(Kind.NUMBER, decimals=9, lowest=Fraction(-(10**12)), highest=Fraction(10**12))


class Fields:
    """The keys of one mapping, each asked for once; `done` reports what is missing and what is left."""

    def __init__(self, node: Node, what: str, problems: Problems, at: Span | None = None) -> None:
        self.what = what
        self.problems = problems
        self.span: Span = at or node.span
        self.asked: set[str] = set()
        self.missing: list[str] = []
        self.entries: dict[str, Node] = {}
        self.keys: dict[str, ScalarNode] = {}
        self.is_mapping = isinstance(node, MapNode)
        if isinstance(node, MapNode):
            for key, value in node:
                self.entries[key.text] = value
                self.keys[key.text] = key
        else:
            self.wrong(f"{what} must be a mapping", node, "write `key: value` lines below it")

    def wrong(self, message: str, node: Node, help: str) -> None:
        """Report *node* as being of another shape than it should."""
        self.problems.add(Code.WRONG_SHAPE, message, node.span, help=help)

    def node(self, key: str, *, required: bool = False) -> Node | None:
        """Return the node under *key*; note it missing if *required*."""
        self.asked.add(key)
        found = self.entries.get(key)
        if found is None and required and self.is_mapping:
            self.missing.append(key)
        return found

    def text(self, key: str, *, required: bool = False) -> str | None:
        """Return the text under *key*."""
        node = self.node(key, required=required)
        if node is None:
            return None
        if not isinstance(node, ScalarNode) or not node.text.strip():
            self.wrong(f"`{key}` of {self.what} must be a text", node, f"write `{key}: some words`")
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
        found = tuple(item for item in items if isinstance(item, ScalarNode) and item.text.strip())
        for item in items:
            if item not in found:
                self.wrong(f"`{key}` of {self.what} must be a list of words", item, "write `[one, other]`")
        if required and not items:
            self.missing.append(key)
        return found

    def flag(self, key: str) -> bool:
        """Return the yes or no under *key*, no if absent."""
        node = self.node(key)
        if node is None:
            return False
        return read_value(node, Domain(Kind.FLAG), key, self.problems) is True

    def number(self, key: str, domain: Domain = _ANY_NUMBER) -> Fraction | None:
        """Return the exact number under *key*, which must lie in *domain*."""
        node = self.node(key)
        if node is None:
            return None
        value = read_value(node, domain, key, self.problems)
        return value if isinstance(value, Fraction) else None

    def mapping(self, key: str, *, required: bool = False) -> Iterator[tuple[ScalarNode, Node]]:
        """Yield the entries of the mapping under *key*."""
        node = self.node(key, required=required)
        if isinstance(node, MapNode):
            yield from node
        elif node is not None:
            self.wrong(
                f"`{key}` of {self.what} must be a mapping", node, "write `name: value` lines below it"
            )

    def done(self) -> None:
        """Report every key that nobody asked for, then what is missing; a misspelt key is not both."""
        for key in sorted(self.entries.keys() - self.asked):
            meant = next((name for name in self.missing if did_you_mean(key, [name])), None)
            if meant is not None:
                self.missing.remove(meant)
            near = did_you_mean(key, [meant] if meant else self.asked)
            takes = f"{self.what} takes {listed(sorted(self.asked), 20)}"
            self.problems.add(
                Code.UNKNOWN_KEY, f"{self.what} has no key `{key}`", self.keys[key].span, help=near or takes
            )
        self.report_missing()

    def report_missing(self) -> None:
        """Report what is missing, of a mapping that cannot be read further or is read to its end."""
        if "sources" in self.missing:
            help = "say where it comes from: `sources: [S000:L13]`"
            self.problems.add(Code.MISSING_SOURCE, f"{self.what} names no source", self.span, help=help)
        missing = [key for key in self.missing if key != "sources"]
        if missing:
            help = "add " + ", ".join(f"`{key}:`" for key in missing)
            message = f"{self.what} has no {listed(missing)}"
            self.problems.add(Code.MISSING_KEY, message, self.span, help=help)


def named_parameters(node: Node | None) -> tuple[str, ...]:
    """Return the names that *node* and what is in it give as `{parameter: name}`, each once."""
    if isinstance(node, ListNode):
        found = {name for item in node.items for name in named_parameters(item)}
    elif isinstance(node, MapNode):
        given = node.get("parameter")
        found = {given.text} if isinstance(given, ScalarNode) else set()
        found |= {name for _, value in node for name in named_parameters(value)}
    else:
        found = set()
    return tuple(sorted(found))


def check_name(
    key: ScalarNode, pattern: re.Pattern[str], problems: Problems, reserved: Iterable[str] = RESERVED
) -> bool:
    """Report a name that is misspelt or reserved; return whether it may be used."""
    if not pattern.match(key.text):
        glue, style = ("_", "lower_case") if pattern is SNAKE else ("-", "lower-case")
        better = re.sub(r"[^a-z0-9]+", glue, key.text.lower()).strip(glue)
        if pattern is CAPITAL:
            better, style = better.upper(), "capital"
        help = f"write `{better}`" if pattern.match(better) else f"write it in {style} letters of a to z"
        problems.add(Code.BAD_NAME, f"`{key.text}` is no usable name", key.span, help=help)
        return False
    if key.text in reserved:
        problems.add(Code.BAD_NAME, f"`{key.text}` is a reserved word", key.span, help="choose another name")
        return False
    return True
