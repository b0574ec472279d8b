"""A report for a terminal: what could have been false first, then what was found."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from amends.engine.audit.finding import Finding, Report
from amends.engine.audit.report.words import (
    HEADINGS,
    NOT_STATED,
    SAYS,
    UNFINISHED,
    by_severity,
    case_lines,
    counted,
    left_alone,
    opening,
    standing,
    summary,
    unsettled,
    unstated,
    worst_first,
)
from amends.engine.diagnostics import listed
from amends.engine.draw.picture import tidy
from amends.engine.rulebase import RuleBase

WIDTH = 110
_MARGIN = 14
FEW = 6
"""Subjects that are named where many share a line."""


def text(report: Report, rulebase: RuleBase) -> str:
    """Return *report* as lines of text."""
    return "\n".join(_lines(report, rulebase)) + "\n"


def _lines(report: Report, rulebase: RuleBase) -> Iterator[str]:
    yield f"{opening(report)}:"
    for assurance in worst_first(report):
        yield f"  {SAYS[assurance.holds]:<{_MARGIN}} {tidy(assurance.statement)}"
        indent = " " * (_MARGIN + 5)
        yield from wrap(tidy(assurance.detail), WIDTH, initial_indent=indent, subsequent_indent=indent)
    if not report.finished:
        yield ""
        yield UNFINISHED
    for severity, findings in by_severity(standing(report)).items():
        yield ""
        yield f"{HEADINGS[severity]} ({len(findings):,})"
        for found in findings:
            yield ""
            yield from _finding(found, rulebase)
    if report.undecided:
        yield ""
        yield f"Undecided ({len(report.undecided):,})"
        yield ""
        for (kind, why), subjects in unsettled(report).items():
            yield f"  {kind} of {listed(map(tidy, subjects), FEW)}: {tidy(why)}"
    yield from _ignored(report)
    yield ""
    yield summary(report)


def _finding(found: Finding, rulebase: RuleBase) -> Iterator[str]:
    place = f"{found.primary!r}: " if found.primary else ""
    yield f"{place}{found.kind}: {tidy(found.message)}"
    if found.count is not None:
        yield f"  {counted(found.count)}"
    if found.witness is not None:
        yield "  such as:"
        for line in case_lines(found.witness, rulebase):
            yield f"    {tidy(line.question)} {tidy(line.answer)}  [{tidy(line.written)}]"
        if silent := unstated(found.witness, rulebase):
            yield f"  {NOT_STATED} {tidy(silent)}"
        yield f"  there {tidy(found.witness.shows)}"
    for label in found.others:
        yield f"  {label.span!r}: {tidy(label.caption)}"
    yield f"  mend: {tidy(found.mend)}"


def _ignored(report: Report) -> Iterator[str]:
    groups = left_alone(report)
    if groups:
        yield ""
        yield f"Ignored ({sum(map(len, groups.values())):,})"
        yield ""
        for (kind, reason), findings in groups.items():
            named = listed((tidy(found.subject) for found in findings), FEW)
            yield f"  {kind}, {len(findings):,}: {tidy(reason)}"
            yield f"    {named}"
