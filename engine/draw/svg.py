"""A picture as SVG by our own layout: no renderer, no fonts of our own, no network."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape as escape_markup

from amends.engine.draw.layout import LINE, PAD_Y, SMALL_LINE, Box, Caption, Layout, Point, lay_out
from amends.engine.draw.picture import Edge, Picture, is_strong, tidy, wrap, wrapped
from amends.engine.draw.spine import CAPTION_LINE, THICKEST, lay_out_tree, thickness

MARGIN = 16.0
LEAST_WIDTH = 560.0
STYLE = """\
.picture { font-family: Helvetica, Arial, "DejaVu Sans", sans-serif; fill: #111827 }
.picture .title { font-size: 18px; font-weight: bold }
.picture .small { font-size: 12px }
.picture text { font-size: 14px; stroke: none }
.picture .strong { font-weight: bold }
.picture path, .picture rect { stroke: #111827; stroke-width: 2.4 }
.picture .edge path { fill: none; stroke-width: 2 }
.picture .edge .head { fill: #111827; stroke-width: 1 }
.picture .back { fill: #ffffff; stroke: none }
.picture .fact rect { fill: #eef4fb; stroke: #1d4e89 }
.picture .measure path { fill: #f1f0fa; stroke: #4c3f91 }
.picture .decision rect, .picture .rule rect { fill: #ffffff }
.picture .remedy rect { fill: #e6f4ea; stroke: #14532d }
.picture .note path { fill: #fff8e1; stroke: #6b4e00 }
.picture .failed rect, .picture .failed path { fill: #ffffff; stroke-width: 1.4; stroke-dasharray: 6 4 }
.picture .edge.failed path { fill: none }
.picture .edge.failed .head { fill: #111827; stroke-dasharray: none }
.picture .faded rect, .picture .faded path { fill: #ffffff; stroke: #52606d; stroke-width: 0.8 }
.picture .edge.faded path { fill: none }
.picture .edge.faded .head { fill: #52606d }
.picture .faded text { fill: #52606d }
.picture .answer { paint-order: stroke; stroke: #ffffff; stroke-width: 3px }
""" + "\n".join(f".picture .edge .w{width} {{ stroke-width: {width} }}" for width in range(1, THICKEST + 1))


def svg(picture: Picture) -> str:
    """Return *picture* as a whole SVG file with its own styles."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{element(picture, STYLE)}\n'


def element(picture: Picture, style: str = "", *, in_page: bool = False) -> str:
    """Return *picture* as an `<svg>` element; *in_page* is for HTML, where a node can be chosen."""
    layout = lay_out_tree(picture) if picture.is_tree else lay_out(picture)
    per_line = int(max(layout.width, LEAST_WIDTH) / 10)
    head = wrap(picture.title, per_line)
    legend = wrap(picture.legend_line, per_line * 5 // 4) if picture.legend_line else []
    top = MARGIN + 22 * len(head) + 16 * len(legend) + 18
    width = max(layout.width, LEAST_WIDTH) + 2 * MARGIN
    height = layout.height + top + MARGIN
    shift = (width - layout.width) / 2
    # A picture with parts that can be chosen is a group: readers of an image do not look inside.
    head_of = 'role="group"' if in_page else 'xmlns="http://www.w3.org/2000/svg" role="img"'
    lines = [
        f'<svg {head_of} class="picture" width="{width:.0f}"'
        f' height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" aria-labelledby="title alt">',
        f'<title id="title">{escape(picture.title)}</title>',
        f'<desc id="alt">{escape(picture.alt)}</desc>',
    ]
    if style:
        lines.append(f"<style>\n{style}\n</style>")
    lines.append(f'<rect class="back" width="{width:.0f}" height="{height:.0f}"/>')
    # A tree begins at the left, and so does what it is about.
    middle = None if picture.is_tree else width / 2
    for index, line in enumerate(head):
        lines.append(_text(line, middle, MARGIN + 16 + 22 * index, "title"))
    for index, line in enumerate(legend):
        lines.append(_text(line, middle, MARGIN + 14 + 22 * len(head) + 16 * index, "small"))
    lines.append(f'<g transform="translate({shift:.1f} {top:.1f})">')
    lines += _edges(layout)
    for number, box in enumerate(layout.boxes.values()):
        lines += _box(box, picture.label_width, number if in_page else None)
    return "\n".join([*lines, "</g>", "</svg>"])


def escape(text: str) -> str:
    """Return *text* as markup shows it, in one line and without characters that XML forbids."""
    # U+FFFE and U+FFFF are no control characters, yet no XML document may hold them.
    return escape_markup("".join(char for char in tidy(text) if ord(char) & 0xFFFE != 0xFFFE))


def _text(text: str, middle: float | None, y: float, classes: str) -> str:
    """Return one line around *middle*, or from the left margin on."""
    place = f'x="{MARGIN:.1f}"' if middle is None else f'x="{middle:.1f}"'
    anchor = "" if middle is None else ' text-anchor="middle"'
    return f'<text class="{classes}" {place} y="{y:.1f}"{anchor}>{escape(text)}</text>'


def _edges(layout: Layout) -> Iterator[str]:
    if layout.captions:
        for (edge, points), caption in zip(layout.routes, layout.captions, strict=True):
            width = thickness(edge)
            by_share = f' class="w{width}"' if width else ""
            drawn = f'<path{by_share} d="{_corners(points)}"/>{_head(points, width or 1)}'
            yield f'<g class="edge {edge.state}">{drawn}{"".join(_lines(caption))}</g>'
        return
    for edge, points in layout.routes:
        drawn = f'<path d="{_curve(points)}"/>{_head(points)}{_caption(edge, points)}'
        yield f'<g class="edge {edge.state}">{drawn}</g>'


def _corners(points: tuple[Point, ...]) -> str:
    # The line ends inside its head, or a thick one would blunt it.
    *rest, (before_x, before_y), (x, y) = points
    end = (x, y - 6) if before_x == x and before_y < y else (x - 6, y)
    return "M" + " L".join(f"{a:.1f} {b:.1f}" for a, b in (*rest, (before_x, before_y), end))


def _lines(caption: Caption) -> Iterator[str]:
    for index, line in enumerate(caption.lines):
        y = caption.y + CAPTION_LINE * index
        yield f'<text class="small answer" x="{caption.x:.1f}" y="{y:.1f}">{escape(line)}</text>'


def _curve(points: tuple[Point, ...]) -> str:
    (x, y), *rest = points
    drawn = f"M{x:.1f} {y:.1f}"
    for next_x, next_y in rest:
        middle = (x + next_x) / 2
        drawn += f" C{middle:.1f} {y:.1f} {middle:.1f} {next_y:.1f} {next_x:.1f} {next_y:.1f}"
        x, y = next_x, next_y
    return drawn


def _head(points: tuple[Point, ...], width: int = 1) -> str:
    (before, above), (x, y) = points[-2:]
    half = max(4.5, width * 0.9)
    long = 2 * half
    if before == x and above < y:
        return f'<path class="head" d="M{x:.1f} {y:.1f} l{-half:g} {-long:g} h{long:g} z"/>'
    back = -long if before <= x else long
    return f'<path class="head" d="M{x:.1f} {y:.1f} l{back:g} {-half:g} v{long:g} z"/>'


def _caption(edge: Edge, points: tuple[Point, ...]) -> str:
    if not edge.label:
        return ""
    (x, y), (end_x, end_y) = points[:2]
    return _text(edge.label, (x + end_x) / 2, (y + end_y) / 2 - 4, "small")


def _box(box: Box, columns: int, number: int | None) -> Iterator[str]:
    node, x, y, w, h = box.node, box.x, box.y, box.width, box.height
    part = ""
    if number is not None:
        spoken = escape(": ".join(node.lines[:2]))
        part = f' id="n{number}" data-of="d{number}" tabindex="0" role="button" aria-label="{spoken}"'
    yield f'<g class="{node.kind} {node.state}"{part}>'
    frame = f'x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}"'
    match node.kind:
        case "measure":
            yield f'<path d="M{x:.1f} {y:.1f} v-6 h18 v6 h{w - 18:.1f} v{h:.1f} h-{w:.1f} z"/>'
        case "note":
            yield f'<path d="M{x:.1f} {y:.1f} h{w - 10:.1f} l10 10 v{h - 10:.1f} h-{w:.1f} z"/>'
        case "rule":
            yield f"<rect {frame}/>"
            for tab in (8, h - 14):
                yield f'<rect x="{x - 4:.1f}" y="{y + tab:.1f}" width="8" height="6"/>'
        case "remedy":
            yield f"<rect {frame}/>"
            yield f'<rect x="{x + 4:.1f}" y="{y + 4:.1f}" width="{w - 8:.1f}" height="{h - 8:.1f}"/>'
        case "fact":
            yield f'<rect {frame} rx="10"/>'
        case "decision":
            yield f"<rect {frame}/>"
    name, more = wrapped(node, columns)
    baseline = y + PAD_Y + 13
    for line in name:
        yield _text(line, x + w / 2, baseline, "strong" if is_strong(node) else "plain")
        baseline += LINE
    baseline -= 2
    for line in more:
        yield _text(line, x + w / 2, baseline, "small")
        baseline += SMALL_LINE
    yield "</g>"
