"""A picture as Mermaid, which code forges and wikis draw by themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping

from amends.engine.draw.picture import Node, NodeKind, Picture, State, tidy, wrapped

_SHAPES: Mapping[NodeKind, tuple[str, str]] = {
    "fact": ('("', '")'),
    "measure": ('[/"', '"/]'),
    "decision": ('["', '"]'),
    "rule": ('{{"', '"}}'),
    "remedy": ('[["', '"]]'),
    "note": ('>"', '"]'),
}
_ARROWS: Mapping[State, str] = {"fired": "==>", "failed": "-.->", "faded": "-->"}
_CLASSES = """\
  classDef fired stroke-width:3px
  classDef failed stroke-width:2px,stroke-dasharray:6 4
  classDef faded stroke-width:1px,color:#52606d"""

# Markdown, entities, quotes, directives and line breaks of Mermaid's own.
_ACTIVE = re.compile(r"""["#&<>`*_~\\%;|$\[\]{}()]|^\d+(?=[.)])|^[-+](?=\s)""")


def mermaid(picture: Picture) -> str:
    """Return *picture* as a Mermaid flowchart, every label plain text.

    >>> print(mermaid(Picture("t", (Node("a", ('say "no"',), "fact"),), (), "one fact")))
    flowchart LR
      accTitle: t
      accDescr: one fact
      n0("say #34;no#34;"):::fired
      classDef fired stroke-width:3px
      classDef failed stroke-width:2px,stroke-dasharray:6 4
      classDef faded stroke-width:1px,color:#52606d
    <BLANKLINE>
    """
    ids = {node.id: f"n{index}" for index, node in enumerate(picture.nodes)}
    lines = ["flowchart LR", f"  accTitle: {_bare(picture.title)}", f"  accDescr: {_bare(picture.alt)}"]
    for node in picture.nodes:
        start, end = _SHAPES[node.kind]
        lines.append(f"  {ids[node.id]}{start}{_label(node)}{end}:::{node.state}")
    for edge in picture.edges:
        label = f'|"{escape(edge.label)}"|' if edge.label else ""
        lines.append(f"  {ids[edge.source]} {_ARROWS[edge.state]}{label} {ids[edge.target]}")
    return "\n".join([*lines, _CLASSES, ""])


def escape(text: str) -> str:
    """Return *text* for a quoted label; every active character becomes its number.

    >>> escape("1. <b>")
    '#49;. #60;b#62;'
    """
    return _ACTIVE.sub(lambda found: "".join(f"#{ord(char)};" for char in found[0]), tidy(text))


def _label(node: Node) -> str:
    name, more = wrapped(node)
    return "<br/>".join(map(escape, (*name, *more)))


def _bare(text: str) -> str:
    """Return *text* for a title, in which Mermaid knows no escapes."""
    said = tidy(text).replace("%", "per cent").replace(";", ",")
    return re.sub(r"[#{}<>]", " ", said) or "-"
