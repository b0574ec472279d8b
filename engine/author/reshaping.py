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
    yaml, before = _round_trip(), text_of(path)
    tree = yaml.load(before)
    if _written(yaml, tree) != before:
        return None
    count = sum(_reshape(tree, each) for each in found)
    return Mend(path, before, _written(yaml, tree), count) if count else None


def _round_trip() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 10_000  # no line is broken that was not
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _written(yaml: Any, tree: Any) -> str:
    stream = io.StringIO()
    yaml.dump(tree, stream)
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
            test = CommentedMap({"has_any" if isinstance(value, CommentedSeq) else "has": value})
            test.fa.set_flow_style()
            mapping[key] = test
            return True
        word = next(iter(value)) if isinstance(value, CommentedMap) and len(value) == 1 else None
        is_meant = _IS_NO_SET in found.message and key == said[1] and word in _MEMBERSHIP
        if is_meant and tuple(value.lc.key(word)) == at:
            mapping[key] = value[word]
            return True
    return False


def _entries(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every mapping of *tree* with each of its keys."""
    if isinstance(tree, dict):
        for key in list(tree):
            yield tree, key
            yield from _entries(tree[key])
    elif isinstance(tree, list):
        for item in tree:
            yield from _entries(item)
