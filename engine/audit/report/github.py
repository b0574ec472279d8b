"""A report as workflow commands of GitHub, which shows them beside the lines of a change."""

from __future__ import annotations

from amends.engine.audit.finding import Finding, Report, Severity
from amends.engine.audit.report.words import UNFINISHED, counted, in_short, standing, summary
from amends.engine.draw.picture import tidy
from amends.engine.rulebase import RuleBase

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def commands(report: Report, rulebase: RuleBase) -> str:
    """Return one command a line for each finding and each open question; what is ignored is left out."""
    lines = [_finding(found, rulebase) for found in standing(report)]
    for each in report.undecided:
        title = _property(f"undecided: {each.kind}")
        lines.append(f"::warning title={title}::{_data(f'`{each.subject}`: {each.why}')}")
    if not report.finished:
        lines.append(f"::error title=not finished::{_data(UNFINISHED)}")
    # No line of it may pass for a command, and a summary starts with none of their signs.
    return "\n".join([*lines, summary(report)]) + "\n"


def _finding(found: Finding, rulebase: RuleBase) -> str:
    said = [tidy(found.message)]
    if found.count is not None:
        said.append(counted(found.count))
    if found.witness is not None:
        said.append(in_short(found.witness, rulebase))
    said.append(f"mend: {tidy(found.mend)}")
    where: dict[str, str | int] = {}
    if found.primary is not None:
        at = found.primary
        where = {"file": at.source.name, "line": at.line}
        if at.end_line == at.line:
            where |= {"col": at.column, "endColumn": at.end_column}
        else:
            where["endLine"] = at.end_line
    where["title"] = found.kind.value
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in where.items())
    return f"::{_LEVELS[found.severity]} {properties}::" + "%0A".join(map(_data, said))


def _data(text: str) -> str:
    return tidy(text).replace("%", "%25")  # which leaves no line break


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
