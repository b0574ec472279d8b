"""A diagnostic as a workflow command of GitHub, which shows it beside the line of a change."""

from __future__ import annotations

from amends.engine.diagnostics import Diagnostic


def annotation(found: Diagnostic) -> str:
    """Return one command, on one line.

    >>> from amends.engine.diagnostics import Code
    >>> annotation(Diagnostic(Code.CYCLE, "100 % in a loop", help="cut it"))
    '::error title=cycle::100 %25 in a loop%0Acut it'
    """
    where: dict[str, str | int] = {}
    if found.primary is not None:
        at = found.primary
        where = {"file": at.source.name, "line": at.line}
        if at.end_line == at.line:
            where |= {"col": at.column, "endColumn": at.end_column}
        else:
            where["endLine"] = at.end_line
    where["title"] = found.code.value
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in where.items())
    said = [_data(found.message), *([_data(found.help)] if found.help else [])]
    return f"::error {properties}::" + "%0A".join(said)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
