"""What patterns cost inside durable_rules, counted before the library is asked to carry them.

The library builds a network of *alphas*, one for each test after the tests before it, and
reads it with fixed arrays: past their ends it hangs at load, or corrupts memory while it
runs. The counts are upper bounds, taken from how its compiler builds the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

Pattern = dict[str, Any]

MOST_EXPRESSIONS = 28
"""`$and` and `$or` take two of the 31 places of a pattern, its outermost `$and` two itself."""
MOST_WAYS = 64
"""A pattern matches once for each way through its `$or`s, and each match fires the rule."""
MOST_CHILDREN = 480
"""At 512 tests after one test, loading never returns."""
MOST_FORWARDS = 120
"""At 128 `$or`s that one test leads into, the library refuses or crashes."""
MOST_PATTERNS = 240
"""At 256 patterns that end in one test, the library crashes."""
MOST_PENDING = 60
"""At 64 tests that hold and wait to be followed, the library frees memory twice."""
MOST_FIELDS = 240
"""At 255 properties a fact is refused, `sid` and `id` among them."""


def fitting(tests: Iterable[Pattern], most: int) -> list[list[Pattern]] | None:
    """Return *tests*, all of which must hold, as alternatives whose every test is small enough.

    An `$or` that is too large becomes alternatives; None if there would be more than *most*.

    >>> fitting([{"a": 1}, {"$or": [{"b": 1}, {"c": 1}]}], most=9)
    [[{'a': 1}, {'$or': [{'b': 1}, {'c': 1}]}]]
    """
    found: list[list[Pattern]] = [[]]
    for test in tests:
        options: list[list[Pattern]] = [[test]]
        if _expressions(test) > MOST_EXPRESSIONS or _ways(test) > MOST_WAYS:
            options = []
            for choice in test["$or"]:
                more = fitting(choice.get("$and", [choice]), most)
                if more is None:
                    return None
                options += more
        if len(found) * len(options) > most:
            return None
        found = [[*left, *right] for left in found for right in options]
    return found


def packed(tests: Sequence[Pattern]) -> Iterator[list[Pattern]]:
    """Yield *tests* in order, as many at a time as one pattern carries; at least one batch."""
    batch: list[Pattern] = []
    for test in tests:
        larger = [*batch, test]
        too_large = sum(map(_expressions, larger)) > MOST_EXPRESSIONS or prod(map(_ways, larger)) > MOST_WAYS
        if batch and too_large:
            yield batch
            larger = [test]
        batch = larger
    yield batch


def _expressions(test: Pattern) -> int:
    parts = test.get("$and") or test.get("$or")
    return 0 if parts is None else 2 + sum(map(_expressions, parts))


def _ways(test: Pattern) -> int:
    if "$and" in test:
        return prod(map(_ways, test["$and"]))
    if "$or" in test:
        groups = [choice for choice in test["$or"] if {"$and", "$or"} & choice.keys()]
        leaves = {name for choice in test["$or"] if choice not in groups for name in choice}
        return len(leaves) + sum(map(_ways, groups))  # no property has two values: one way each
    return 1


def fits(patterns: Iterable[Pattern]) -> bool:
    """True if one ruleset can hold *patterns*, each a `$and` that begins with a test of `t`."""
    network = _Network()
    for pattern in patterns:
        network.add(pattern)
    return network.fits()


@dataclass(slots=True)
class _Alpha:
    """A test after those before it: the tests and `$or`s that follow, the patterns that end."""

    children: dict[tuple[str, object], _Alpha] = field(default_factory=dict)
    forwards: list[_Alpha] = field(default_factory=list)
    patterns: int = 0

    @property
    def pushed(self) -> int:
        """How many tests may hold at once after this one: no property has two values."""
        return len({name for name, _ in self.children}) + len(self.forwards)


class _Network:
    """The alphas of one ruleset, built as the library's compiler builds them."""

    def __init__(self) -> None:
        self._root = _Alpha()
        self._alphas = [self._root]
        self._fields: dict[object, set[str]] = {}

    def add(self, pattern: Pattern) -> None:
        first, *_ = pattern["$and"]
        self._fields.setdefault(first["t"], set()).update(fields(pattern))
        self._follow(pattern, self._root).patterns += 1

    def _new(self) -> _Alpha:
        self._alphas.append(_Alpha())
        return self._alphas[-1]

    def _follow(self, test: Pattern, after: _Alpha) -> _Alpha:
        if "$and" in test:
            for part in test["$and"]:
                after = self._follow(part, after)
            return after
        if "$or" in test:
            forward = self._new()
            for choice in test["$or"]:
                self._follow(choice, after).forwards.append(forward)
            return forward
        ((name, value),) = test.items()
        key = (f"$ex {next(iter(value))}", None) if isinstance(value, Mapping) else (name, value)
        if key not in after.children:
            after.children[key] = self._new()
        return after.children[key]

    def fits(self) -> bool:
        return (
            all(
                len(alpha.children) <= MOST_CHILDREN
                and len(alpha.forwards) <= MOST_FORWARDS
                and alpha.patterns <= MOST_PATTERNS
                for alpha in self._alphas
            )
            and all(len(names) <= MOST_FIELDS for names in self._fields.values())
            and self._pending() <= MOST_PENDING
        )

    def _pending(self) -> int:
        """Return how many tests the library may have waiting, at most: it goes depth first."""
        pending: dict[int, int] = {}
        waiting = [self._root]
        while waiting:
            alpha = waiting[-1]
            after = [*alpha.children.values(), *alpha.forwards]
            unread = [other for other in after if id(other) not in pending]
            if unread:
                waiting += unread
                continue
            deepest = max((pending[id(other)] for other in after), default=0)
            pending[id(alpha)] = max(alpha.pushed, alpha.pushed - 1 + deepest)
            waiting.pop()
        return pending[id(self._root)]


def fields(test: Pattern) -> Iterator[str]:
    """Yield the properties of the asserted fact that *test* reads."""
    for name, value in test.items():
        if name in ("$and", "$or"):
            for part in value:
                yield from fields(part)
        elif not name.startswith("$"):
            yield name
