"""A picture as one HTML page that needs nothing else: no renderer, no script, no network."""

from __future__ import annotations

from collections.abc import Iterator

from amends.engine.draw.picture import Node, Picture
from amends.engine.draw.svg import STYLE, element, escape

_DARK = """\
.picture { fill: #f3f4f6 }
.picture path, .picture rect { stroke: #f3f4f6 }
.picture .edge .head { fill: #f3f4f6 }
.picture .back { fill: #11151c; stroke: none }
.picture .fact rect { fill: #16283d; stroke: #8cb8ea }
.picture .measure path { fill: #231f42; stroke: #b9aef5 }
.picture .decision rect, .picture .rule rect { fill: #1b222c }
.picture .remedy rect { fill: #12301c; stroke: #86d69b }
.picture .note path { fill: #332a0e; stroke: #e6c65c }
.picture .failed rect, .picture .failed path { fill: #11151c }
.picture .faded rect, .picture .faded path { fill: #11151c; stroke: #9aa5b1 }
.picture .edge path, .picture .edge.failed path, .picture .edge.faded path { fill: none }
.picture .edge.failed .head { fill: #f3f4f6 }
.picture .edge.faded .head, .picture .faded text { fill: #9aa5b1 }"""

_PAGE = """\
:root { color-scheme: light dark }
body { margin: 1rem; background: #ffffff; color: #111827 }
body { font: 16px/1.5 Helvetica, Arial, "DejaVu Sans", sans-serif }
figure { margin: 0; overflow-x: auto }
details { margin: 1rem 0; max-width: 46rem }"""

_WHAT = {"fired": "", "failed": " (not chosen, or still open)", "faded": " (for completeness)"}


def page(picture: Picture) -> str:
    """Return *picture* as an HTML page that shows it, and tells it in words below."""
    title = escape(picture.title)
    dark = f"body {{ background: #11151c; color: #f3f4f6 }}\n{_DARK}"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>",
            f"<style>\n{_PAGE}\n{STYLE}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n</style>",
            "</head>",
            "<body>",
            f"<figure>\n{element(picture)}\n</figure>",
            "<details>\n<summary>The same in words</summary>",
            f"<p>{escape(picture.alt)}</p>",
            "<ul>",
            *_items(picture),
            "</ul>\n</details>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _items(picture: Picture) -> Iterator[str]:
    names = {node.id: _name(node) for node in picture.nodes}
    for node in picture.nodes:
        feeds = [names[edge.source] for edge in picture.edges if edge.target == node.id]
        more = "".join(f"<br>{escape(line)}" for line in node.lines[1:])
        follows = f"<br>follows from: {'; '.join(feeds)}" if feeds else ""
        yield f"<li>{names[node.id]}{_WHAT[node.state]}{more}{follows}</li>"


def _name(node: Node) -> str:
    return escape(node.lines[0] if node.lines else "")
