"""A plain layered layout, for where there is no Graphviz: columns from left to right.

The steps are Sugiyama's: columns by longest path, a waypoint in every column that an edge
crosses, order by barycentres, then places. All is sorted, so the same picture always
comes out the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from amends.engine.draw.picture import LABEL_WIDTH, Edge, Node, Picture, ends, is_strong, wrapped

LINE, SMALL_LINE = 18.0, 15.0
"""Heights of a line of a name, and of what is said more, in pixels."""
PAD_X, PAD_Y = 14.0, 9.0
GAP_X, GAP_Y = 64.0, 16.0
WAYPOINT = 10.0
SWEEPS = 12

Point = tuple[float, float]
Size = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A node in its place; x and y are of its upper left corner."""

    node: Node
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Caption:
    """The lines of an edge's label; x is where they begin, y the first line's baseline."""

    lines: tuple[str, ...]
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of all nodes, and the points that each edge passes, start and end included.

    `captions`, where there are any, are those of the edges in order, whose lines have corners then.
    """

    boxes: Mapping[str, Box]
    routes: tuple[tuple[Edge, tuple[Point, ...]], ...]
    width: float
    height: float
    captions: tuple[Caption, ...] = ()


def lay_out(picture: Picture) -> Layout:
    """Return the layout of *picture*; edges that close a loop are drawn backwards."""
    rank = _ranks(picture)
    chains = {
        index: [edge.source, *(f"{index}/{column}" for column in _between(rank, edge)), edge.target]
        for index, edge in enumerate(picture.edges)
    }
    for index, edge in enumerate(picture.edges):
        rank |= {f"{index}/{column}": column for column in _between(rank, edge)}
    columns = _ordered(rank, list(chains.values()))
    sizes = {node.id: node_size(node) for node in picture.nodes}
    widths = [max((sizes[name][0] for name in column if name in sizes), default=0.0) for column in columns]
    places: dict[str, Point] = {}
    left = 0.0
    centres = _centres(columns, sizes, list(chains.values()))
    for column, width in zip(columns, widths, strict=True):
        for name in column:
            places[name] = (left + width / 2, centres[name])
        left += width + GAP_X
    boxes = {
        node.id: Box(node, places[node.id][0] - w / 2, places[node.id][1] - h / 2, w, h)
        for node in picture.nodes
        for w, h in [sizes[node.id]]
    }
    routes = []
    for index, edge in enumerate(picture.edges):
        points: list[Point] = [_port(boxes[edge.source], rank[edge.source] < rank[edge.target])]
        for name in chains[index][1:-1]:
            half = widths[rank[name]] / 2
            way = 1 if rank[edge.source] < rank[edge.target] else -1
            x, y = places[name]
            points += [(x - way * half, y), (x + way * half, y)]
        points.append(_port(boxes[edge.target], rank[edge.source] >= rank[edge.target]))
        routes.append((edge, tuple(points)))
    height = max((box.y + box.height for box in boxes.values()), default=0.0)
    return Layout(boxes, tuple(routes), max(left - GAP_X, 0.0), max(height, *centres.values(), 0.0))


def _port(box: Box, right: bool) -> Point:
    return (box.x + (box.width if right else 0.0), box.y + box.height / 2)


def _ranks(picture: Picture) -> dict[str, int]:
    """Return the column of each node: one past the last of those it follows from."""
    feeds: dict[str, list[str]] = {node.id: [] for node in picture.nodes}
    for edge in picture.edges:
        feeds[edge.target].append(edge.source)
    rank: dict[str, int] = {}
    waiting = {name: set(read) for name, read in feeds.items()}
    while waiting:
        # Where nothing is free there is a loop: the first node of it opens it.
        free = [name for name, read in waiting.items() if not read] or list(waiting)[:1]
        for name in free:
            rank[name] = max((rank[source] + 1 for source in feeds[name] if source in rank), default=0)
            del waiting[name]
        for read in waiting.values():
            read.difference_update(free)
    if not picture.facts_first:
        readers: dict[str, list[int]] = {}
        for edge in picture.edges:
            readers.setdefault(edge.source, []).append(rank[edge.target])
        for node in picture.nodes:
            if not feeds[node.id] and node.id in readers:
                rank[node.id] = max(0, min(readers[node.id]) - 1)
    last = max(rank.values(), default=0)
    for node in ends(picture):
        rank[node.id] = last
    return rank


def _between(rank: Mapping[str, int], edge: Edge) -> range:
    start, end = rank[edge.source], rank[edge.target]
    return range(start + 1, end) if start < end else range(start - 1, end, -1)


def _ordered(rank: Mapping[str, int], chains: list[list[str]]) -> list[list[str]]:
    columns: list[list[str]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for name, column in rank.items():
        columns[column].append(name)
    beside = _neighbours(chains)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for index in range(len(columns)) if forward else reversed(range(len(columns))):
            other = index - 1 if forward else index + 1
            if 0 <= other < len(columns):
                place = {name: position for position, name in enumerate(columns[other])}
                old = {name: position for position, name in enumerate(columns[index])}
                near = {name: [place[n] for n in beside.get(name, ()) if n in place] for name in old}
                scale = len(place) / max(len(old), 1)
                columns[index].sort(
                    key=lambda n, near=near, old=old, scale=scale: (  # type: ignore[misc]
                        sum(near[n]) / len(near[n]) if near[n] else old[n] * scale,
                        old[n],
                    )
                )
    return columns


def _neighbours(chains: list[list[str]]) -> dict[str, list[str]]:
    beside: dict[str, list[str]] = {}
    for chain in chains:
        for left, right in pairwise(chain):
            beside.setdefault(left, []).append(right)
            beside.setdefault(right, []).append(left)
    return beside


def _centres(
    columns: list[list[str]], sizes: Mapping[str, tuple[float, float]], chains: list[list[str]]
) -> dict[str, float]:
    """Return the vertical centre of each name: near its neighbours, in order, without overlap."""
    heights = {name: sizes[name][1] if name in sizes else WAYPOINT for column in columns for name in column}
    totals = [sum(heights[name] + GAP_Y for name in column) for column in columns]
    centres: dict[str, float] = {}
    for column, total in zip(columns, totals, strict=True):
        top = (max(totals) - total) / 2
        for name in column:
            centres[name] = top + heights[name] / 2
            top += heights[name] + GAP_Y
    beside = _neighbours(chains)
    for _ in range(SWEEPS):
        for column in columns:
            wanted = {
                name: sum(centres[n] for n in near) / len(near)
                if (near := beside.get(name))
                else centres[name]
                for name in column
            }
            centres |= _apart(column, wanted, heights)
    top = min((centres[name] - heights[name] / 2 for name in centres), default=0.0)
    return {name: centre - top for name, centre in centres.items()}


def _apart(column: list[str], wanted: Mapping[str, float], heights: Mapping[str, float]) -> dict[str, float]:
    """Return centres as wanted as can be: the mean of packing from above and from below."""
    down, up = dict(wanted), dict(wanted)
    for above, below in pairwise(column):
        down[below] = max(down[below], down[above] + (heights[above] + heights[below]) / 2 + GAP_Y)
    for below, above in pairwise(reversed(column)):
        up[above] = min(up[above], up[below] - (heights[above] + heights[below]) / 2 - GAP_Y)
    return {name: (down[name] + up[name]) / 2 for name in column}


def node_size(node: Node, columns: int = LABEL_WIDTH) -> Size:
    """Return how wide and high a node is whose lines have *columns*."""
    name, more = wrapped(node, columns)
    named = (text_width(line, 14, is_strong(node)) for line in name)
    wide = max([*named, *(text_width(line, 12) for line in more)])
    return wide + 2 * PAD_X, len(name) * LINE + len(more) * SMALL_LINE + 2 * PAD_Y


def text_width(text: str, size: int, strong: bool = False) -> float:
    """Return about how wide *text* is; fonts differ, so it errs on the wide side."""
    ems = 0.0
    for char in text:
        if unicodedata.combining(char):
            continue
        if unicodedata.east_asian_width(char) in "WF":
            ems += 1.05
        elif char in "iljtf.,:;'|!()[] ’":
            ems += 0.36
        elif char in "mwMW@%—…×":
            ems += 0.98
        else:
            ems += 0.72 if char.isupper() else 0.61
    return ems * size * (1.08 if strong else 1.0)
