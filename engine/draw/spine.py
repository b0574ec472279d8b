"""A layout for trees: the main way straight down, everything else to the right of what it leaves.

Each box has a band of its own below and right of it, so that no line crosses another and a picture
of many questions in a row stays as narrow as a page.
"""

from __future__ import annotations

from collections.abc import Mapping

from amends.engine.draw.layout import Box, Caption, Layout, Point, Size, node_size, text_width
from amends.engine.draw.picture import Edge, Picture, wrap

GAP_Y, PORT, INSET, TRUNK, HEAD = 30.0, 20.0, 26.0, 16.0, 22.0
CAPTION_LINE = 14.0
CAPTION_WIDTH = 24
"""Columns of an answer."""
THICKEST, OF_CASE = 12, 5
"""Pixels: the line of an edge by which everything goes, and the way of a case."""


def lay_out_tree(picture: Picture) -> Layout:
    """Return the layout of *picture*, a tree: the last edge from a node is its main way."""
    after: dict[str, list[Edge]] = {node.id: [] for node in picture.nodes}
    for edge in picture.edges:
        after[edge.source].append(edge)
    nodes = {node.id: node for node in picture.nodes}
    sizes = {node.id: node_size(node, picture.label_width) for node in picture.nodes}
    reached = {edge.target for edge in picture.edges}
    places: dict[str, tuple[int, float]] = {}
    bottom = 0.0
    for node in picture.nodes:
        if node.id not in reached:
            bottom = _place(node.id, 0, bottom, after, sizes, places) + GAP_Y
    lefts, width = _columns(after, sizes, {name: depth for name, (depth, _) in places.items()})
    boxes = {
        name: Box(node, lefts[places[name][0]], places[name][1], *sizes[name]) for name, node in nodes.items()
    }
    routes: list[tuple[Edge, tuple[Point, ...]]] = []
    captions: list[Caption] = []
    for edge in picture.edges:
        points, caption = _route(edge, boxes, is_main=edge is after[edge.source][-1])
        routes.append((edge, points))
        captions.append(caption)
    height = max((box.y + box.height for box in boxes.values()), default=0.0)
    return Layout(boxes, tuple(routes), width, height, tuple(captions))


def _place(
    name: str,
    depth: int,
    start: float,
    after: Mapping[str, list[Edge]],
    sizes: Mapping[str, Size],
    places: dict[str, tuple[int, float]],
) -> float:
    """Place *name*, in column *depth* at *start*, and all after it; return where they end."""
    at: str | None = name
    bottom = start
    while at is not None:
        places[at] = depth, start
        under = start + sizes[at][1]
        bottom = max(bottom, under)
        beside = start
        for edge in after[at][:-1]:
            bottom = max(bottom, _place(edge.target, depth + 1, beside, after, sizes, places))
            beside = bottom + GAP_Y
        main = after[at][-1] if after[at] else None
        if main is not None:
            start = max(under + CAPTION_LINE * len(caption_lines(main)) + HEAD, bottom + GAP_Y)
        at = main.target if main is not None else None
    return bottom


def _columns(
    after: Mapping[str, list[Edge]], sizes: Mapping[str, Size], column: Mapping[str, int]
) -> tuple[list[float], float]:
    """Return where each column begins, with room for the answers before the next, and how wide all is."""
    count = max(column.values(), default=0) + 1
    widths, gaps = [0.0] * count, [0.0] * count
    for name, at in column.items():
        widths[at] = max(widths[at], sizes[name][0])
        for edge in after[name]:
            wide = max(text_width(line, 12) for line in caption_lines(edge))
            if edge is after[name][-1]:
                widths[at] = max(widths[at], wide + INSET + 8)
            else:
                gaps[at] = max(gaps[at], wide + TRUNK + HEAD + 8)
    lefts = [0.0]
    for width, gap in zip(widths, gaps, strict=True):
        lefts.append(lefts[-1] + width + gap)
    return lefts, lefts[-1] - gaps[-1]


def _route(edge: Edge, boxes: dict[str, Box], *, is_main: bool) -> tuple[tuple[Point, ...], Caption]:
    source, target = boxes[edge.source], boxes[edge.target]
    lines = caption_lines(edge)
    if is_main:
        x, y = source.x + INSET, source.y + source.height
        return ((x, y), (x, target.y)), Caption(lines, x + 8, y + CAPTION_LINE + 1)
    right = source.x + source.width
    start, end = (right, source.y + PORT), (target.x, target.y + PORT)
    trunk = target.x - HEAD - 8 - max(text_width(line, 12) for line in lines)
    points = (start, end) if start[1] == end[1] else (start, (trunk, start[1]), (trunk, end[1]), end)
    above = end[1] - 5 - (thickness(edge) or 0) / 2 - CAPTION_LINE * (len(lines) - 1)
    return points, Caption(lines, trunk + 8, above)


def caption_lines(edge: Edge) -> tuple[str, ...]:
    """Return the answer on an edge as lines."""
    return tuple(wrap(edge.label, CAPTION_WIDTH))


def thickness(edge: Edge) -> int | None:
    """Return how thick the line of an edge of a tree is: by its share, if any; None if its state says it."""
    if edge.state != "fired":
        return None
    if edge.share is None:
        return OF_CASE
    return 1 + round((THICKEST - 1) * edge.share)
