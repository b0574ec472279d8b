"""A picture in any of the forms that it can take, and onto the disk, whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from amends.engine.diagnostics import Code, Diagnostic, InputError
from amends.engine.draw.picture import Picture

FORMS = ("svg", "png", "pdf", "dot", "mermaid", "html", "text", "json", "graphml")
ENDINGS = {
    **{f".{form}": form for form in ("svg", "png", "pdf", "dot", "html", "json", "graphml")},
    ".gv": "dot",
    ".htm": "html",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".txt": "text",
}


def drawn(picture: Picture, form: str) -> bytes:
    """Return *picture* in one of `FORMS`.

    Raises `InputError` with `no-renderer` for `png` and `pdf` where nothing can draw them;
    `svg` falls back on a layout of our own. The others need nothing.
    """
    # Each form is imported when it is asked for: a text tree need not wait for graphviz.
    match form:
        case "text":
            from amends.engine.draw.text import text

            return text(picture).encode()
        case "mermaid":
            from amends.engine.draw.mermaid import mermaid

            return mermaid(picture).encode()
        case "html":
            from amends.engine.draw.page import page

            return page(picture).encode()
        case "json":
            return (json.dumps(picture.to_json(), ensure_ascii=False, indent=2) + "\n").encode()
        case "graphml":
            from amends.engine.draw.graphml import graphml

            return graphml(picture).encode()
        case "svg" if picture.is_tree:
            # Its shape is what makes it readable, and Graphviz knows no such shape.
            from amends.engine.draw.svg import svg

            return svg(picture).encode()
    from amends.engine.draw.dot import dot

    source = dot(picture)
    if form == "dot":
        return source.encode()
    from amends.engine.draw.render import render

    try:
        return render(source, form)
    except InputError:
        if form != "svg":
            raise
        from amends.engine.draw.svg import svg

        return svg(picture).encode()


def form_of(path: Path) -> str | None:
    """Return the form that the ending of *path* asks for, or None if it asks for none.

    >>> form_of(Path("why.PNG"))
    'png'
    """
    return ENDINGS.get(path.suffix.lower())


def write(path: Path, data: bytes) -> None:
    """Write *data* to *path*: afterwards the file is whole, or it is as it was.

    Raises `InputError` with `cannot-write`.
    """
    temporary = None
    try:
        # Through a link the file that it names is replaced, not the link.
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.open("wb").write(data)  # a pipe or a device has nothing to be replaced
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".tmp")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        temporary.chmod(_mode(target))
        temporary.replace(target)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        reason = (error.strerror or "unknown").lower()
        message = f"`{path}` cannot be written: {reason}"
        raise InputError(
            [Diagnostic(Code.CANNOT_WRITE, message, help="name a file in a folder that you may write to")]
        ) from None


def _mode(target: Path) -> int:
    """Return the permissions of *target*, or of a new file; temporary files are private otherwise."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
