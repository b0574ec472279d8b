"""A picture as a tree of lines for a terminal: the answer first, what it follows from below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from amends.engine.draw.picture import Edge, Node, Picture, State, ends, wrap

WIDTH = 96
DEEPEST = 12
_MARKS: Mapping[State, str] = {"fired": "", "failed": "╌ ", "faded": "· "}
_STEMS: Mapping[State, str] = {"fired": "─", "failed": "╌", "faded": "·"}


def text(picture: Picture, width: int = WIDTH) -> str:
    """Return *picture* as a tree of lines of at most *width* columns.

    A node that several others follow from is spelled out once and named after that. A tree is told
    from its first node on: what is asked, and under each answer what follows.

    >>> two = (Node("a", ("cause: fire",), "fact"), Node("b", ("refund", "it burnt"), "remedy"))
    >>> print(text(Picture("what to do", two, (Edge("a", "b"),), "")))
    what to do
    <BLANKLINE>
    refund
    │ it burnt
    └─ cause: fire
    <BLANKLINE>
    """
    tree = _Tree(picture, width)
    blocks = ["\n".join(tree.lines(root)) for root in tree.roots()]
    head = "\n".join(wrap(picture.title, width))
    legend = "\n".join(wrap(picture.legend_line, width))
    return "\n\n".join(part for part in (head, *blocks, legend) if part) + "\n"


class _Tree:
    def __init__(self, picture: Picture, width: int) -> None:
        self.width = width
        self.nodes = {node.id: node for node in picture.nodes}
        self.feeds: dict[str, list[Edge]] = {}
        for edge in picture.edges:
            self.feeds.setdefault(edge.source if picture.is_tree else edge.target, []).append(edge)
        self.picture = picture
        self.told: set[str] = set()

    def roots(self) -> Iterator[Node]:
        """Yield the nodes at which trees start: the remedy, other ends, then whatever is left."""
        if self.picture.is_tree:
            yield from self.picture.nodes[:1]
            return
        remedy = [node for node in self.picture.nodes[:1] if node.kind in ("remedy", "decision")]
        for node in (*remedy, *ends(self.picture), *self.picture.nodes):
            if node.id not in self.told:
                yield node

    def lines(self, node: Node, depth: int = 0, edge: Edge | None = None) -> Iterator[str]:
        """Yield the lines of *node*, reached by *edge*, and of what it follows from."""
        again = node.id in self.told
        self.told.add(node.id)
        width = max(24, self.width - 3 * depth - 2)
        first, *more = node.lines or ("",)
        feeds = (
            [] if again or (depth >= DEEPEST and not self.picture.is_tree) else self.feeds.get(node.id, [])
        )
        mark = "" if node.state == (edge.state if edge else "fired") else _MARKS[node.state]
        note = f" ({edge.label})" if edge and edge.label else ""
        if again and self.feeds.get(node.id):
            note += " (see above)"
        if self.picture.is_tree:
            mark = f"{edge.label}: " if edge else ""
            note = f" ({', '.join(more)})" if more else ""
            more = []
        yield from wrap(f"{mark}{first}{note}", width)
        for paragraph in () if again else more:
            for line in wrap(paragraph, width):
                yield ("│ " if feeds else "  ") + line
        for feed in feeds:
            branch, rest = ("└", "   ") if feed is feeds[-1] else ("├", "│  ")
            follows = feed.target if self.picture.is_tree else feed.source
            head, *tail = self.lines(self.nodes[follows], depth + 1, feed)
            yield f"{branch}{_STEMS[feed.state]} {head}"
            yield from (rest + line for line in tail)
