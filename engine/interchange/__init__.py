"""Decisions as tables of other makers: DMN, CSV and spreadsheets, out and in again without a change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from amends.engine.diagnostics import Code, Diagnostic, InputError, Problems, Source, Span
from amends.engine.interchange.exporting import sheet_of
from amends.engine.interchange.files import NeedsLibrary, decoded, read_table
from amends.engine.interchange.importing import Imported, decision_of, with_decision
from amends.engine.rulebase import RuleBase

FORMS = ("dmn", "csv", "xlsx")


def export(rulebase: RuleBase, decision: str, form: str) -> bytes:
    """Return a decision as a table in one of `FORMS`. Raises `InputError` with what no table can say.

    >>> from amends.engine import load
    >>> export(load().rulebase, "abuse_level", "csv").decode().partition(",")[0]
    'rule'
    """
    sheet = sheet_of(rulebase, decision)
    if form == "dmn":
        from amends.engine.interchange.dmn_write import dmn_text
        from amends.engine.interchange.proof import check_order

        check_order(rulebase, decision)
        try:
            return dmn_text(sheet).encode()
        except ValueError as error:
            at = rulebase.decisions[decision].span
            raise InputError(
                [Diagnostic(Code.NOT_TEXT, str(error), at, help="take it out of the text")]
            ) from None
    from amends.engine.interchange.grid import grid_of

    grid = grid_of(sheet)
    if form == "csv":
        from amends.engine.interchange.csv_form import csv_text

        return csv_text(grid).encode()
    from amends.engine.interchange.xlsx_form import xlsx_bytes

    return xlsx_bytes(grid)


def read_decision_table(path: Path, rulebase: RuleBase, *, decision: str | None = None) -> Imported:
    """Return the decision that the table in a file is, over what *rulebase* knows. Raises `InputError`."""
    return decision_in(read_table(path), str(path), rulebase, decision=decision)


def decision_in(data: bytes, name: str, rulebase: RuleBase, *, decision: str | None = None) -> Imported:
    """Return the decision that the table in *data* is; its first signs tell what form it has.

    *decision* says which, of a document with several. Raises `InputError`.
    """
    problems = Problems()
    notes: tuple[str, ...] = ()
    from amends.engine.interchange.xlsx_form import MAGIC, xlsx_rows

    if data.startswith(MAGIC):
        from amends.engine.interchange.grid import sheet_of_grid

        rows = xlsx_rows(data, name, problems)
        problems.stop()
        sheet = sheet_of_grid(rows, Span.whole(Source(name)), problems)
    elif data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        from amends.engine.interchange.dmn_read import sheet_of_dmn
        from amends.engine.interchange.xml_form import read_xml

        root = read_xml(decoded(data, name))
        read = sheet_of_dmn(root, problems, wanted=decision, parameters=frozenset(rulebase.parameters))
        sheet, notes = read.sheet, read.notes
    else:
        from amends.engine.interchange.csv_form import csv_rows
        from amends.engine.interchange.grid import sheet_of_grid

        rows = csv_rows(decoded(data, name), problems)
        problems.stop()
        sheet = sheet_of_grid(rows, Span.whole(Source(name)), problems)
    problems.stop()
    assert sheet is not None, "a table that cannot be read has a diagnostic"
    found = decision_of(sheet, rulebase)
    return replace(found, notes=(*notes, *found.notes))


__all__ = [
    "FORMS",
    "Imported",
    "NeedsLibrary",
    "decision_in",
    "export",
    "read_decision_table",
    "with_decision",
]
