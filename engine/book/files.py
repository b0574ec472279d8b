"""The pages of a book onto the disk, and those of an earlier book off it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from amends.engine.book.page import MARK
from amends.engine.diagnostics import Code, Diagnostic, InputError
from amends.engine.draw.files import write


def write_book(folder: Path, pages: Mapping[str, str]) -> list[Path]:
    """Write *pages* below *folder*, remove pages of an earlier book, and return what was removed.

    Raises `InputError` with `cannot-write`, before anything is written, if a file in the way
    is no page of a book.
    """
    foreign = [path for name in pages if (path := folder / name).exists() and not _is_page(path)]
    if foreign:
        help = "name a folder of its own for the book"
        raise InputError(
            [
                Diagnostic(Code.CANNOT_WRITE, f"`{path}` was not written by `amends book`", help=help)
                for path in foreign
            ]
        )
    for name, text in pages.items():
        data = text.encode()
        if not (folder / name).exists() or (folder / name).read_bytes() != data:
            write(folder / name, data)
    kept = {folder / name for name in pages}
    places = sorted(
        {path.parent for path in kept} | {folder / "remedies", folder / "decisions", folder / "packs"}
    )
    stale = [p for place in places for p in sorted(place.glob("*.md")) if p not in kept and _is_page(p)]
    for path in stale:
        path.unlink()
    return stale


def _is_page(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(MARK)) == MARK.encode()
    except OSError:
        return False
