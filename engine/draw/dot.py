"""A picture as DOT, the language of Graphviz, written by the `graphviz` package."""

from __future__ import annotations

import html
from collections.abc import Mapping

from amends.engine.draw.picture import (
    Edge,
    Node,
    NodeKind,
    Picture,
    State,
    ends,
    is_strong,
    tidy,
    wrap,
    wrapped,
)
from amends.engine.draw.spine import caption_lines, thickness

FONT = "Helvetica,Arial,DejaVu Sans,sans-serif"
INK, PALE = "#111827", "#52606d"

_SHAPES: Mapping[NodeKind, Mapping[str, str]] = {
    "fact": {"shape": "box", "style": "filled,rounded", "fillcolor": "#eef4fb", "color": "#1d4e89"},
    "measure": {"shape": "tab", "style": "filled", "fillcolor": "#f1f0fa", "color": "#4c3f91"},
    "decision": {"shape": "box", "style": "filled", "fillcolor": "#ffffff", "color": INK},
    "rule": {"shape": "component", "style": "filled", "fillcolor": "#ffffff", "color": INK},
    "remedy": {
        "shape": "box",
        "style": "filled",
        "fillcolor": "#e6f4ea",
        "color": "#14532d",
        "peripheries": "2",
    },
    "note": {"shape": "note", "style": "filled", "fillcolor": "#fff8e1", "color": "#6b4e00"},
}
_WIDTHS: Mapping[State, str] = {"fired": "2.4", "failed": "1.4", "faded": "0.8"}


def dot(picture: Picture) -> str:
    """Return *picture* as DOT source, the same for the same picture.

    >>> from amends.engine.draw.picture import Edge, Node
    >>> two = (Node("a", ("cause: fire",), "fact"), Node("b", ("<b> & co",), "remedy"))
    >>> "&lt;b&gt; &amp; co" in dot(Picture("t", two, (Edge("a", "b"),), "t"))
    True
    """
    import graphviz

    head = [f"<B>{escape(line)}</B>" for line in wrap(picture.title, 90)]
    if picture.legend_line:
        head.append(f'<FONT POINT-SIZE="12">{escape(picture.legend_line)}</FONT>')
    graph = graphviz.Digraph(
        name="amends",
        graph_attr={
            "rankdir": "TB" if picture.is_tree else "LR",
            "label": f"<{'<BR/>'.join([*head, ' '])}>",
            "labelloc": "t",
            "fontname": FONT,
            "fontsize": "17",
            "fontcolor": INK,
            "tooltip": _plain(picture.title),
            "nodesep": "0.16",
            "ranksep": "0.5",
            "pad": "0.2",
            "bgcolor": "white",
            # Inches: what is larger is shrunk to a screen of 1600 by 900; a tree is read part by part.
            **({} if picture.is_tree else {"size": "16.6,9.3"}),
        },
        node_attr={
            "fontname": FONT,
            "fontsize": "14",
            "fontcolor": INK,
            "margin": "0.14,0.07",
            "height": "0.3",
        },
        edge_attr={"fontname": FONT, "fontsize": "12", "color": INK, "arrowsize": "0.8"},
    )
    ids = {node.id: f"n{index}" for index, node in enumerate(picture.nodes)}
    for node in picture.nodes:
        graph.node(
            ids[node.id],
            _label(node, picture.label_width),
            tooltip=_plain(node.lines[0] if node.lines else ""),
            **_look(node),
        )
    for edge in picture.edges:
        label = {"label": f"<{escape(edge.label)}>"} if edge.label else {}
        if picture.is_tree:
            # Graphviz sets a label close to its line, and these lines are thick.
            lines = [f"&#160;&#160;{escape(line)}&#160;" for line in caption_lines(edge)]
            label = {"label": f"<{'<BR/>'.join(lines)}>"}
        graph.edge(ids[edge.source], ids[edge.target], **label, **_line(edge, is_tree=picture.is_tree))
    if picture.is_tree:
        for row in _rows(picture):
            with graph.subgraph(graph_attr={"rank": "same"}) as subgraph:
                for name in row:
                    subgraph.node(ids[name])
        return str(graph.source)
    facts = [node for node in picture.nodes if node.kind == "fact"] if picture.facts_first else []
    for rank, column in (("source", facts), ("sink", ends(picture))):
        if column:
            with graph.subgraph(graph_attr={"rank": rank}) as subgraph:
                for node in column:
                    subgraph.node(ids[node.id])
    return str(graph.source)


def escape(text: str) -> str:
    """Return *text* for an HTML-like label, which holds no escape of DOT, only entities."""
    return html.escape(tidy(text)) or " "


def _rows(picture: Picture) -> list[list[str]]:
    """Return what stands side by side in a tree: each box with those that its main way does not lead to."""
    after: dict[str, list[str]] = {}
    for edge in picture.edges:
        after.setdefault(edge.source, []).append(edge.target)
    return [[source, *targets[:1]] for source, targets in after.items() if len(targets) > 1]


def _plain(text: str) -> str:
    """Return *text* for a quoted attribute, so that it is shown as it is."""
    import graphviz

    # Even between quotes Graphviz reads entities, and `graphviz` takes `<…>` for HTML.
    return str(graphviz.nohtml(tidy(text).replace("&", "&amp;").replace("\\", "\\\\")))


def _label(node: Node, columns: int) -> str:
    name, more = wrapped(node, columns)
    lines = [f"<B>{escape(line)}</B>" if is_strong(node) else escape(line) for line in name]
    lines += [f'<FONT POINT-SIZE="12">{escape(line)}</FONT>' for line in more]
    return f"<{'<BR/>'.join(lines)}>"


def _look(node: Node) -> dict[str, str]:
    look = {**_SHAPES[node.kind], "penwidth": _WIDTHS[node.state]}
    if node.state == "failed":
        look["style"] += ",dashed"
        look["fillcolor"] = "white"
    if node.state == "faded":
        look |= {"fontcolor": PALE, "color": PALE, "fillcolor": "white"}
    return look


def _line(edge: Edge, *, is_tree: bool) -> dict[str, str]:
    look = {"penwidth": _WIDTHS[edge.state]}
    width = thickness(edge) if is_tree else None
    if width is not None:
        look["penwidth"] = f"{width * 0.75:g}"  # points, of which a pixel is three quarters
    if edge.state == "failed":
        look["style"] = "dashed"
    if edge.state == "faded":
        look["color"] = PALE
    return look
