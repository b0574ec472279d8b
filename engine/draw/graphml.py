"""A picture as GraphML, which graph editors and libraries read."""

from __future__ import annotations

from collections.abc import Iterator

from amends.engine.draw.picture import Edge, Node, Picture
from amends.engine.draw.svg import escape

_KEYS = (
    ("title", "graph", "string"),
    ("alt", "graph", "string"),
    ("label", "node", "string"),
    ("kind", "node", "string"),
    ("state", "node", "string"),
    ("details", "node", "string"),
    ("share", "node", "double"),
    ("answer", "edge", "string"),
    ("edge_state", "edge", "string"),
    ("edge_share", "edge", "double"),
)
"""Attribute, what has it, and its type; one name stands for one attribute in the whole file."""


def graphml(picture: Picture) -> str:
    """Return *picture* as GraphML; paragraphs of a label are joined by ` | `.

    >>> "a &lt;b&gt;" in graphml(Picture("t", (Node("n", ("a <b>",), "fact"),), (), ""))
    True
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    ]
    for name, owner, kind in _KEYS:
        shown = name.removeprefix("edge_")
        lines.append(f'  <key id="{name}" for="{owner}" attr.name="{shown}" attr.type="{kind}"/>')
    lines.append('  <graph edgedefault="directed">')
    lines += _data(4, title=picture.title, alt=picture.alt)
    ids = {node.id: f"n{index}" for index, node in enumerate(picture.nodes)}
    for node in picture.nodes:
        lines += [f'    <node id="{ids[node.id]}">', *_node(node), "    </node>"]
    for edge in picture.edges:
        ends = f'source="{ids[edge.source]}" target="{ids[edge.target]}"'
        lines += [f"    <edge {ends}>", *_edge(edge), "    </edge>"]
    return "\n".join([*lines, "  </graph>", "</graphml>", ""])


def _node(node: Node) -> Iterator[str]:
    yield from _data(6, label=" | ".join(node.lines), kind=node.kind, state=node.state)
    yield from _data(6, details=" | ".join(node.details), share=node.share)


def _edge(edge: Edge) -> Iterator[str]:
    yield from _data(6, answer=edge.label, edge_state=edge.state, edge_share=edge.share)


def _data(indent: int, **values: str | float | None) -> Iterator[str]:
    for name, value in values.items():
        if value not in (None, ""):
            shown = escape(value) if isinstance(value, str) else f"{value:.9f}"
            yield f'{" " * indent}<data key="{name}">{shown}</data>'
