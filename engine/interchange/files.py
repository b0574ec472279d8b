"""Files that come from elsewhere, read with care: bounded, and text only if it is UTF-8."""

from __future__ import annotations

from pathlib import Path

from amends.engine.diagnostics import Code, Diagnostic, InputError, Source, Span
from amends.engine.source import read_bytes

LARGEST_TABLE = 16_000_000
"""Bytes: the widest decision of the shipped base is an eighth of this in its largest form."""


class NeedsLibrary(Exception):
    """A library of the extra `interchange` is not installed; carries its name."""


def read_table(path: Path) -> bytes:
    """Return the content of a file of at most `LARGEST_TABLE` bytes. Raises `InputError`."""
    try:
        if not path.is_file() and not path.is_fifo():
            read_bytes(path)  # which says what it is
        with path.open("rb") as stream:
            data = stream.read(LARGEST_TABLE + 1)
    except (OSError, ValueError):
        read_bytes(path)  # which says what is wrong
        raise
    if len(data) > LARGEST_TABLE:
        help = "export a decision alone"
        raise refused(
            Code.FILE_TOO_LARGE, f"this file is larger than {LARGEST_TABLE:,} bytes", str(path), help
        )
    return data


def decoded(data: bytes, name: str) -> Source:
    """Return *data* as a named text, which must be UTF-8. Raises `InputError`."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise refused(Code.WRONG_ENCODING, "this file is UTF-16", name, "save it as UTF-8")
    if b"\0" in data:
        raise refused(Code.NOT_TEXT, "this is a binary file", name, "give a DMN, CSV or XLSX file")
    try:
        return Source(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        head = data[: error.start].decode("utf-8", "replace")
        line, column = head.count("\n") + 1, len(head) - head.rfind("\n")
        span = Span(Source(name, data.decode("utf-8", "replace")), line, column, line, column + 1)
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        help = "save the file as UTF-8; a spreadsheet calls it `CSV UTF-8`"
        raise InputError([Diagnostic(Code.WRONG_ENCODING, message, span, help=help)]) from None


def refused(code: Code, message: str, name: str, help: str) -> InputError:
    """Return the refusal of a file as a whole."""
    return InputError([Diagnostic(code, message, Span.whole(Source(name)), help=help)])
