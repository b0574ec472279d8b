"""A report as JSON, in the shape `amends/audit/1`, which `docs/audit.schema.json` describes."""

from __future__ import annotations

import json

from amends.engine.audit.finding import Finding, Report
from amends.engine.audit.report.words import case_facts, standing
from amends.engine.rulebase import RuleBase

SCHEMA = "amends/audit/1"


def json_text(report: Report, rulebase: RuleBase) -> str:
    """Return *report* as JSON; counts are text, since they pass what a number of JSON holds."""
    return json.dumps(to_json(report, rulebase), indent=2, ensure_ascii=False) + "\n"


def to_json(report: Report, rulebase: RuleBase) -> dict[str, object]:
    """Return *report* as plain data."""
    ignored = [found for found in report.findings if found.ignored is not None]
    return {
        "schema": SCHEMA,
        "clean": report.is_clean,
        "finished": report.finished,
        "cases": None if report.cases is None else str(report.cases),
        "at_most": report.at_most,
        "assurances": [
            {"statement": each.statement, "holds": each.holds, "detail": each.detail}
            for each in report.assurances
        ],
        "findings": [_finding(found, rulebase) for found in standing(report)],
        "undecided": [
            {"kind": each.kind.value, "subject": each.subject, "why": each.why} for each in report.undecided
        ],
        "ignored": [{**_finding(found, rulebase), "because": found.ignored} for found in ignored],
    }


def _finding(found: Finding, rulebase: RuleBase) -> dict[str, object]:
    count, witness = found.count, found.witness
    return {
        "kind": found.kind.value,
        "severity": found.severity.value,
        "subject": found.subject,
        "message": found.message,
        "place": found.primary and found.primary.to_json(),
        "others": [{"caption": label.caption, **label.span.to_json()} for label in found.others],
        "count": count
        and {
            "cases": str(count.cases),
            "of": str(count.of),
            "share": float(count.share),
            "at_most": count.at_most,
        },
        "case": witness
        and {
            "facts": case_facts(witness, rulebase),
            "stated": sorted(witness.stated),
            "shows": witness.shows,
        },
        "mend": found.mend,
    }
