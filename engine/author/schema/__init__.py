"""JSON Schema, draft 7, that knows the facts, values and other names of one stack; for editors.

An editor completes names by it, underlines those that there are not, and shows what each one means.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from amends.engine.author.schema import cases, conditions, decisions, knowledge
from amends.engine.author.schema.shapes import IGNORE, Schema, named, told
from amends.engine.rulebase import RuleBase

RULES, CASE = "rules.json", "case.json"
"""The files: one for what a pack or a base is made of, one for cases."""
_DRAFT = "http://json-schema.org/draft-07/schema#"


def rules_schema(rulebase: RuleBase) -> Schema:
    """Return the schema of a file of rules or knowledge on *rulebase*."""
    decision, other = decisions.decision_file(rulebase), knowledge.knowledge_file(rulebase)
    whole = told(named(".", {"type": ["string", "object", "array"]}), IGNORE["description"])
    whole["propertyNames"] = IGNORE["propertyNames"]
    for file in (decision, other):
        file["properties"] = {**file["properties"], "ignore": whole}
    return {
        "$schema": _DRAFT,
        "title": "rules and knowledge",
        "type": "object",
        "if": {"required": ["decides"]},
        "then": decision,
        "else": other,
        "definitions": {
            "ignore": IGNORE,
            **conditions.definitions(rulebase),
            **decisions.definitions(rulebase),
            **knowledge.definitions(rulebase),
            **cases.facts_stated(rulebase),
            "stated": cases.stating(rulebase),
        },
    }


def case_schema(rulebase: RuleBase) -> Schema:
    """Return the schema of a case on *rulebase*."""
    return {
        "$schema": _DRAFT,
        "title": "a case",
        "type": "object",
        **cases.case_file(rulebase),
        "definitions": cases.definitions(rulebase),
    }


def schemas(rulebase: RuleBase) -> Mapping[str, str]:
    """Return the text of each schema by the name of its file."""
    found: dict[str, dict[str, Any]] = {RULES: rules_schema(rulebase), CASE: case_schema(rulebase)}
    return {name: json.dumps(schema, ensure_ascii=False, indent=0) + "\n" for name, schema in found.items()}


__all__ = ["CASE", "RULES", "case_schema", "rules_schema", "schemas"]
