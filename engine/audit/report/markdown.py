"""A report as Markdown, for a summary of a build or the description of a change."""

from __future__ import annotations

from amends.engine.audit.finding import Finding, Report
from amends.engine.audit.report.words import (
    HEADINGS,
    NOT_STATED,
    SAYS,
    UNFINISHED,
    assured,
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
from amends.engine.book.page import code, plain
from amends.engine.draw.wording import capital
from amends.engine.rulebase import RuleBase


def markdown(report: Report, rulebase: RuleBase) -> str:
    """Return *report* as Markdown, whatever the rule base's words hold."""
    blocks = ["# Audit", f"**{capital(summary(report))}.**"]
    if not report.finished:
        blocks.append(plain(UNFINISHED))
    if report.assurances:
        rows = [f"| {SAYS[each.holds]} | {plain(assured(each))} |" for each in worst_first(report)]
        blocks += [f"{opening(report)}:", "\n".join(["| | what could have been false |", "|---|---|", *rows])]
    for severity, findings in by_severity(standing(report)).items():
        blocks.append(f"## {HEADINGS[severity]} ({len(findings):,})")
        for found in findings:
            blocks += _finding(found, rulebase)
    if report.undecided:
        blocks.append(f"## Undecided ({len(report.undecided):,})")
        blocks.append(
            "\n".join(
                f"- {kind} of {', '.join(map(code, subjects))}: {plain(why)}"
                for (kind, why), subjects in unsettled(report).items()
            )
        )
    groups = left_alone(report)
    if groups:
        blocks.append(f"## Ignored ({sum(map(len, groups.values())):,})")
        for (kind, reason), found_here in groups.items():
            names = ", ".join(code(found.subject) for found in found_here)
            blocks.append(f"{kind}, {len(found_here):,}: {plain(reason)}  \n{names}")
    return "\n\n".join(blocks) + "\n"


def _finding(found: Finding, rulebase: RuleBase) -> list[str]:
    blocks = [f"### {found.kind}: {plain(found.message)}"]
    lines = [f"- at {code(repr(found.primary))}"] if found.primary else []
    if found.count is not None:
        lines.append(f"- {counted(found.count)}")
    if found.witness is not None:
        lines.append("- such as:")
        for line in case_lines(found.witness, rulebase):
            lines.append(f"    - {plain(line.question)} {plain(line.answer)} ({code(line.written)})")
        if silent := unstated(found.witness, rulebase):
            lines.append(f"- {NOT_STATED} {code(silent)}")
        lines.append(f"- there {plain(found.witness.shows)}")
    lines += [f"- {code(repr(label.span))}: {plain(label.caption)}" for label in found.others]
    lines.append(f"- mend: {plain(found.mend)}")
    return [*blocks, "\n".join(lines)]
