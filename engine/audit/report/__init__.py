"""An audit's report in the forms that people, editors and build servers read."""

from __future__ import annotations

from collections.abc import Callable

from amends.engine.audit.finding import Report
from amends.engine.rulebase import RuleBase

FORMS = ("text", "json", "sarif", "github", "markdown")


def rendered(report: Report, rulebase: RuleBase, form: str) -> str:
    """Return *report* about *rulebase* in one of `FORMS`; the same report gives the same text.

    Raises `KeyError` for any other form.
    """
    from amends.engine.audit.report import data, github, markdown, sarif, text

    forms: dict[str, Callable[[Report, RuleBase], str]] = {
        "text": text.text,
        "json": data.json_text,
        "sarif": sarif.sarif,
        "github": github.commands,
        "markdown": markdown.markdown,
    }
    return forms[form](report, rulebase)


__all__ = ["FORMS", "rendered"]
