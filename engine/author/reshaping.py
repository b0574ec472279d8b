"""Mends that take another shape of YAML: a test of a set as `{has: x}`, and of one value as the value.

ruamel.yaml writes the file, comments and all. A file that it would write otherwise than it stands, were
nothing changed, is left alone: a mend of one line must not move others.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from amends.engine.author.mending import Mend, text_of
from amends.engine.diagnostics import Code, Diagnostic

_FIRST_WORD = re.compile(r"`([^`…]+)`")
_IS_A_SET = "is a set, and a set is not equal to a value"
_IS_NO_SET = "is no set, it has one value"
_MEMBERSHIP = ("has", "has_any")


def is_about_shape(found: Diagnostic) -> bool:
    """True if *found* may be mended here."""
    return found.code is Code.UNFIT_TEST and (_IS_A_SET in found.message or _IS_NO_SET in found.message)


def reshaped(diagnostics: Iterable[Diagnostic]) -> list[Mend]:
    """Return what of *diagnostics* another shape mends, one `Mend` a file, in order of path.

    Raises `ImportError` where ruamel.yaml is not installed and there is something to mend.
    """
    by_file: dict[str, list[Diagnostic]] = {}
    for found in diagnostics:
        if is_about_shape(found) and found.primary is not None and Path(found.primary.source.name).is_file():
            by_file.setdefault(found.primary.source.name, []).append(found)
    mended = (_mended(Path(name), each) for name, each in sorted(by_file.items()))
    return [mend for mend in mended if mend is not None]


def _mended(path: Path, found: list[Diagnostic]) -> Mend | None:
    round_trip, before = _round_trip(), text_of(path)
    tree = round_trip.load(before)
    if _written(round_trip, tree) != before:
        return None
    count = sum(_reshape(tree, each) for each in found)
    return Mend(path, before, _written(round_trip, tree), count) if count else None


def _round_trip() -> Any:
    from ruamel.yaml import YAML

    round_trip = YAML(typ="rt")
    round_trip.preserve_quotes = True
    round_trip.width = 10_000  # no line is broken that was not
    round_trip.indent(mapping=2, sequence=4, offset=2)
    return round_trip


def _written(round_trip: Any, tree: Any) -> str:
    stream = io.StringIO()
    round_trip.dump(tree, stream)
    return stream.getvalue()


def _reshape(tree: Any, found: Diagnostic) -> bool:
    """Change the one test at the place of *found*; return whether it was there."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    said, span = _FIRST_WORD.search(found.message), found.primary
    assert said is not None and span is not None
    at = (span.line - 1, span.column - 1)
    for mapping, key in _entries(tree):
        value = mapping[key]
        if _IS_A_SET in found.message and key == said[1] and tuple(mapping.lc.value(key)) == at:
            needed = "has_any" if isinstance(value, CommentedSeq) else "has"
            test = CommentedMap({needed: value})
            test.fa.set_flow_style()
            mapping[key] = test
            if isinstance(value, CommentedSeq):  # it would write the comment of its line a second time
                value.ca.comment = None
            _shift_comment(mapping, key, len(f"{{{needed}: }}"))
            return True
        word = next(iter(value)) if isinstance(value, CommentedMap) and len(value) == 1 else None
        is_meant = _IS_NO_SET in found.message and key == said[1] and word in _MEMBERSHIP
        if is_meant and tuple(value.lc.key(word)) == at:
            mapping[key] = value[word]
            _shift_comment(mapping, key, -len(f"{{{word}: }}"))
            return True
    return False


def _shift_comment(mapping: Any, key: Any, columns: int) -> None:
    """Keep the comment behind the value of *key* as far from it as it stood."""
    comment = mapping.ca.items.get(key)
    if comment and comment[2]:
        comment[2].column += columns


def _entries(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every mapping of *tree* with each of its keys."""
    if isinstance(tree, dict):
        for key in list(tree):
            yield tree, key
            yield from _entries(tree[key])
    elif isinstance(tree, list):
        for item in tree:
            yield from _entries(item)
