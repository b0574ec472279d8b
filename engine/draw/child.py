"""Renders DOT from standard input with pygraphviz: `python -m amends.engine.draw.child svg`.

It is a process of its own because Graphviz is C code over untrusted text: if it crashes or
hangs, or its libraries do not suit the machine, only this process does.
"""

from __future__ import annotations

import sys

FORMATS = ("svg", "png", "pdf")


def main() -> None:
    """Write the picture to standard output; exit 2 for a format that is not in `FORMATS`."""
    (format_,) = sys.argv[1:] or [""]
    if format_ not in FORMATS:
        sys.exit(2)
    import pygraphviz

    source = sys.stdin.buffer.read().decode("utf-8")
    sys.stdout.buffer.write(pygraphviz.AGraph(string=source).draw(format=format_, prog="dot"))


if __name__ == "__main__":
    main()
