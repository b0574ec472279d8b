"""The sources that rules cite: articles by line, works by their id."""

from __future__ import annotations

import re
from datetime import date

from amends.engine.diagnostics import Code, Problems, did_you_mean, listed
from amends.engine.evidence import DATED_KINDS, SOURCE_KINDS, Citable
from amends.engine.loading.fields import CAPITAL, Fields, check_name
from amends.engine.rulebase import Domain, Kind
from amends.engine.source import Node, ScalarNode
from amends.engine.values import read_value

_LINE = re.compile(r"[1-9][0-9]{0,5}\Z")


def read_citable(key: ScalarNode, node: Node, problems: Problems) -> Citable | None:
    """Return one source; what holds in one place for a time must say where and when.

    It is None if nothing could cite it by its name.
    """
    fields = Fields(node, f"the source `{key.text}`", problems, key.span)
    kind = _read_source_kind(fields)
    is_dated = kind in DATED_KINDS
    lines = _read_lines(fields, "lines")
    citable = Citable(
        name=key.text,
        title=fields.text("title", required=True) or key.text,
        where=fields.text("where", required=True) or "",
        lines=lines,
        span=key.span,
        context=_read_context(fields, lines),
        says=fields.text("says"),
        kind=kind,
        jurisdiction=fields.text("jurisdiction", required=is_dated),
        as_of=read_day(fields, required=is_dated),
        review_by=read_day(fields, "review_by"),
    )
    fields.done()
    return citable if check_name(key, CAPITAL, problems) else None


def read_day(fields: Fields, key: str = "as_of", *, required: bool = False) -> date | None:
    """Return the day under *key*."""
    node = fields.node(key, required=required)
    day = None if node is None else read_value(node, Domain(Kind.DATE), key, fields.problems)
    return day if isinstance(day, date) else None


def _read_source_kind(fields: Fields) -> str | None:
    kind = fields.text("kind")
    if kind is not None and kind not in SOURCE_KINDS:
        help = did_you_mean(kind, SOURCE_KINDS) or f"one of {listed(SOURCE_KINDS, 10)}"
        message = f"`{kind}` is no kind of source"
        fields.problems.add(Code.UNKNOWN_VALUE, message, fields.entries["kind"].span, help=help)
    return kind


def _read_context(fields: Fields, lines: dict[int, str]) -> dict[int, str]:
    context = _read_lines(fields, "context")
    for number in sorted(lines.keys() & context.keys()):
        message = f"line {number} of {fields.what} is under `lines` and under `context`"
        help = "keep it under `lines` if it gives advice"
        fields.problems.add(Code.DUPLICATE_NAME, message, fields.keys["context"].span, help=help)
    return context


def _read_lines(fields: Fields, key: str) -> dict[int, str]:
    lines: dict[int, str] = {}
    for number, gist in fields.mapping(key):
        if _LINE.match(number.text) and isinstance(gist, ScalarNode) and gist.text.strip():
            lines[int(number.text)] = " ".join(gist.text.split())
        else:
            message = f"`{number.text}` of {fields.what} must be a line number with a text"
            fields.wrong(message, number, "write `13: what the line advises`")
    return lines
