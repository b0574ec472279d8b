"""A report as SARIF 2.1.0, which code hosts and editors show beside the lines."""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import quote

from amends.engine.audit.finding import Finding, Kind, Report
from amends.engine.audit.report.words import UNFINISHED, case_facts, counted, in_short
from amends.engine.diagnostics import Span
from amends.engine.draw.picture import tidy
from amends.engine.draw.wording import capital
from amends.engine.rulebase import RuleBase

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_INDEX = {kind: place for place, kind in enumerate(Kind)}

Json = dict[str, object]


def sarif(report: Report, rulebase: RuleBase) -> str:
    """Return *report* as SARIF; what is undecided is a notification of the run, never a result.

    What is ignored is a suppressed result with its reason.
    """
    notes = [
        _note(f"undecided: {each.kind} of `{each.subject}`: {each.why}", "warning", each.kind)
        for each in report.undecided
    ]
    if not report.finished:
        notes.append(_note(UNFINISHED, "error", None))
    driver: Json = {
        "name": "amends audit",
        "rules": [{"id": kind.value, "shortDescription": {"text": kind.value}} for kind in Kind],
    }
    if (ours := _version()) is not None:
        driver["version"] = ours
    run: Json = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": report.finished, "toolExecutionNotifications": notes}],
        "results": [_result(found, rulebase) for found in report.findings],
        "properties": {
            "assurances": [
                {"statement": each.statement, "holds": each.holds, "detail": each.detail}
                for each in report.assurances
            ]
        },
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _version() -> str | None:
    try:
        return version("amends")
    except PackageNotFoundError:
        return None


def _note(text: str, level: str, kind: Kind | None) -> Json:
    note: Json = {"message": {"text": tidy(text)}, "level": level}
    if kind is not None:
        note["associatedRule"] = {"id": kind.value, "index": _INDEX[kind]}
    return note


def _result(found: Finding, rulebase: RuleBase) -> Json:
    result: Json = {
        "ruleId": found.kind.value,
        "ruleIndex": _INDEX[found.kind],
        "level": found.severity.value,
        "message": {"text": _said(found, rulebase)},
        "partialFingerprints": {"subject/v1": _fingerprint(found)},
    }
    if found.primary is not None:
        result["locations"] = [_location(found.primary)]
    if found.others:
        result["relatedLocations"] = [
            {**_location(label.span), "id": place, "message": {"text": tidy(label.caption)}}
            for place, label in enumerate(found.others, start=1)
        ]
    if found.ignored is not None:
        result["suppressions"] = [
            {"kind": "inSource", "status": "accepted", "justification": tidy(found.ignored)}
        ]
    properties: Json = {"subject": found.subject}
    if found.count is not None:
        properties["cases"] = str(found.count.cases)
        properties["of"] = str(found.count.of)
        properties["atMost"] = found.count.at_most
    if found.witness is not None:
        properties["case"] = case_facts(found.witness, rulebase)
    result["properties"] = properties
    return result


def _fingerprint(found: Finding) -> str:
    """Return what stays the same while lines move: the kind and what it is about."""
    return sha256(f"{found.kind}\0{found.subject}".encode(errors="surrogatepass")).hexdigest()[:32]


def _said(found: Finding, rulebase: RuleBase) -> str:
    parts = [f"{tidy(found.message)}."]
    if found.count is not None:
        parts.append(f"It touches {counted(found.count)}.")
    if found.witness is not None:
        parts.append(f"{capital(tidy(in_short(found.witness, rulebase)))}.")
    parts.append(f"To mend it: {tidy(found.mend)}.")
    # Square brackets would be read as links.
    return " ".join(parts).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _location(span: Span) -> Json:
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(span.source.name)}, "region": region}}


def _uri(name: str) -> str:
    path = Path(name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), errors="surrogatepass")
