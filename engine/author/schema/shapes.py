"""Pieces of JSON Schema, draft 7, in the few shapes that the rule language has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from amends.engine.ignore import IGNORABLE

Schema = dict[str, Any]

TEXT: Schema = {"type": ["string", "number"], "pattern": r"\S"}
FLAG: Schema = {"enum": [True, False, "yes", "no"]}
DAY: Schema = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
SNAKE = "^[a-z][a-z0-9_]{0,59}$"
KEBAB = "^[a-z0-9][a-z0-9-]{0,79}$"
CAPITAL = "^[A-Z][A-Z0-9-]{0,79}$"

IGNORE: Schema = {
    "description": "Findings of an audit that are known and left alone, each with the reason.",
    "type": "object",
    "propertyNames": {"enum": [kind.value for kind in IGNORABLE]},
}


def told(schema: Schema, description: str) -> Schema:
    """Return *schema* with a text that an editor shows.

    >>> told(TEXT, "why")["description"]
    'why'
    """
    return {**schema, "description": description} if "$ref" not in schema else {
        "allOf": [schema], "description": description
    }  # fmt: skip


def ref(name: str) -> Schema:
    """Return a reference to the definition called *name*."""
    return {"$ref": f"#/definitions/{name}"}


def one_of(words: Mapping[str, str] | Iterable[str], description: str = "") -> Schema:
    """Return a choice of *words*; their meanings, where they have some, stand beside them."""
    meanings = dict(words) if isinstance(words, Mapping) else {}
    found: Schema = {"enum": list(words)}
    if any(meanings.values()):
        found["enumDescriptions"] = list(meanings.values())
    return told(found, description) if description else found


def one_or_several(item: Schema, *, least: int = 0) -> Schema:
    """Return a list of *item*, or one alone."""
    return by_shape(item, listed={"items": item, "minItems": least})


def by_shape(scalar: Schema, *, listed: Schema | None = None, mapping: Schema | None = None) -> Schema:
    """Return a schema that judges a list, a mapping and a single value each by its own.

    Unlike `anyOf` it leaves one fault to report, that of the shape that was meant.
    """
    found = scalar
    if mapping is not None:
        inner = mapping if "$ref" in mapping else {"type": "object", **mapping}
        found = {"if": {"type": "object"}, "then": inner, "else": found}
    if listed is not None:
        found = {"if": {"type": "array"}, "then": {"type": "array", **listed}, "else": found}
    return found


def entry(
    keys: Mapping[str, Schema], required: Iterable[str] = (), description: str = "", *, ignorable: bool = True
) -> Schema:
    """Return a mapping of these *keys* and no others."""
    found: Schema = {
        "type": "object",
        "properties": {**keys, **({"ignore": ref("ignore")} if ignorable else {})},
        "additionalProperties": False,
    }
    needed = list(required)
    if needed:
        found["required"] = needed
    return told(found, description) if description else found


def named(pattern: str, value: Schema, known: Mapping[str, Schema] | None = None) -> Schema:
    """Return a mapping from names after *pattern* to *value*, with what is *known* for some of them."""
    found: Schema = {
        "type": "object",
        "propertyNames": {"pattern": pattern},
        "additionalProperties": value,
    }
    if known:
        found["properties"] = dict(known)
    return found
