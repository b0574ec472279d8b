"""A picture as one HTML page that needs nothing else: no renderer, no network, and no script to be read."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256

from amends.engine.draw.page_script import SCRIPT
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
.picture .edge .head, .picture .edge.failed .head { fill: #f3f4f6 }
.picture .edge.faded .head, .picture .faded text { fill: #9aa5b1 }
.picture .answer { stroke: #11151c }
aside, button, input { background: #1b222c; border-color: #9aa5b1; color: #f3f4f6 }
.picture [data-of]:focus, .picture .chosen { outline-color: #8cb8ea }
.picture .hit { outline-color: #e6c65c }"""

_PAGE = """\
:root { color-scheme: light dark }
body { margin: 1rem; background: #ffffff; color: #111827 }
body { font: 16px/1.5 Helvetica, Arial, "DejaVu Sans", sans-serif }
figure { margin: 0; overflow: auto; max-height: 82vh }
details { margin: 1rem 0; max-width: 46rem }
button, input { font: inherit; border: 1px solid #52606d; border-radius: 4px; padding: .2rem .6rem }
.tools { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: 0 0 .5rem }
.tools[hidden], aside[hidden] { display: none }
.live figure { height: 82vh; max-height: none; overflow: hidden; touch-action: none; cursor: grab }
.live figure { border: 1px solid #9aa5b1 }
.live figure svg { width: 100%; height: 100% }
aside { position: fixed; right: 1.5rem; bottom: 1.5rem; width: min(22rem, 80vw); max-height: 45vh }
aside { overflow: auto; padding: .8rem 1rem; background: #ffffff; border: 2px solid #52606d }
aside { border-radius: 6px; overflow-wrap: anywhere; font-size: .875rem; line-height: 1.4 }
aside button { float: right }
aside p { margin: 0 0 .5rem }
.live .picture [data-of] { cursor: pointer }
.picture [data-of]:focus, .picture .chosen { outline: 3px solid #1d4e89; outline-offset: 2px }
.picture .hit { outline: 4px dotted #b45309; outline-offset: 2px }"""

_TOOLS = """\
<div class="tools" hidden>
<label>Search <input type="search" id="search"></label><span id="found" role="status"></span>
<button type="button" id="in" aria-label="zoom in">+</button>
<button type="button" id="out" aria-label="zoom out">−</button>
<button type="button" id="fit">Show all</button>
<span>Drag to move, choose a box for more; keys + − 0 and arrows do the same.</span>
</div>"""

_WHAT = {"fired": "", "failed": " (not chosen, or still open)", "faded": " (for completeness)"}
_WHAT_IN_TREE = {**_WHAT, "faded": " (not on the way of this case)"}


def page(picture: Picture) -> str:
    """Return *picture* as an HTML page that shows it, and tells it in words below.

    With scripts it can be moved, searched and asked for more; without them nothing is missing. Its
    policy lets nothing be loaded and no other script run.
    """
    title = escape(picture.title)
    digest = b64encode(sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    dark = f"body {{ background: #11151c; color: #f3f4f6 }}\n{_DARK}"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>",
            f"<style>\n{STYLE}\n{_PAGE}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n</style>",
            "</head>",
            "<body>",
            _TOOLS,
            f'<figure tabindex="0" aria-label="{title}">\n{element(picture, in_page=True)}\n</figure>',
            '<aside id="more" hidden aria-live="polite"></aside>',
            "<details>\n<summary>The same in words</summary>",
            f"<p>{escape(picture.alt)}</p>",
            "<ul>",
            *_items(picture),
            "</ul>\n</details>",
            f"<script>{SCRIPT}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _items(picture: Picture) -> Iterator[str]:
    names = {node.id: _name(node) for node in picture.nodes}
    what = _WHAT_IN_TREE if picture.is_tree else _WHAT
    for number, node in enumerate(picture.nodes):
        told = [f"<p><b>{names[node.id]}</b>{what[node.state]}</p>"]
        drawn = node.lines[1:]
        if picture.is_tree and node.kind == "note":
            # The shares of several ends are cut to fit the box; its details tell each in full.
            drawn = tuple(line for line in drawn if not line[:1].isdigit())
        told += [f"<p>{_unbroken(line)}</p>" for line in (*drawn, *node.details)]
        if picture.is_tree:
            ways = [edge for edge in picture.edges if edge.source == node.id]
            told += [f"<p>{escape(edge.label)}: {names[edge.target]}</p>" for edge in ways]
        elif feeds := [names[edge.source] for edge in picture.edges if edge.target == node.id]:
            told.append(f"<p>follows from: {'; '.join(feeds)}</p>")
        yield f'<li id="d{number}">{"".join(told)}</li>'


def _name(node: Node) -> str:
    return _unbroken(node.lines[0] if node.lines else "")


def _unbroken(line: str) -> str:
    """Return *line* escaped, with no number apart from its sign at the end of a line."""
    return escape(line).replace(" %", "\u00a0%").replace(" × 10", "\u00a0×\u00a010")
