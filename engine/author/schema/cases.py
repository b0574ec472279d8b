"""A case: its facts, and what is expected of its verdict."""

from __future__ import annotations

from amends.engine.author.schema.conditions import about, value
from amends.engine.author.schema.knowledge import cited
from amends.engine.author.schema.shapes import (
    TEXT,
    Schema,
    by_shape,
    entry,
    one_of,
    one_or_several,
    ref,
    told,
)
from amends.engine.expect import MONEY_KEYS
from amends.engine.pack import BASE
from amends.engine.rulebase import Decision, Fact, Kind, RuleBase
from amends.engine.values import CASE_KEYS, UNKNOWN

STATUS = {
    "decided": "One remedy, whatever else is true.",
    "open": "Missing facts could still decide it either way.",
    "uncovered": "No rule speaks.",
    "conflict": "Rules disagree.",
}
_CITATION = "^[A-Z][A-Z0-9-]*(:L[0-9]+)?$"
_UNSTATED: Schema = {"enum": [None, UNKNOWN]}


def case_file(rulebase: RuleBase) -> Schema:
    """Return a case, with `facts:` or as its facts alone."""
    facts = _facts(rulebase)
    words = {name: word.title for name, word in rulebase.messages.words.items() if not word.is_bound}
    packs = [pack.name for pack in rulebase.packs if pack.name != BASE]
    keys: dict[str, Schema] = {
        "title": told(TEXT, "What happened, in one line."),
        "note": told(TEXT, "Anything else to remember."),
        "sources": told(ref("cited"), "Where the incident was told."),
        "currency": told({"type": "string", "pattern": "^[A-Z]{3}$"}, "Three capital letters, such as EUR."),
        "now": told({"type": "string"}, "The moment at which it is decided, such as 2026-11-22T09:00:00Z."),
        "words": entry(
            {name: told(TEXT, title) for name, title in words.items()},
            (),
            "Words for the message that no rule decides.",
            ignorable=False,
        ),
        "packs": told(one_or_several(one_of(packs) if packs else TEXT), "The packs that it is told for."),
    }
    assert {*keys, "facts", "expect"} == set(CASE_KEYS)
    stated: Schema = {**stating(rulebase), "type": ["object", "null"]}
    whole = entry(
        {**keys, "facts": told(stated, "What is known of the incident."), "expect": _expect(rulebase)},
        ignorable=False,
    )
    bare: Schema = {"type": "object", "properties": {**keys, **facts}, "additionalProperties": False}
    told_whole = {"anyOf": [{"required": ["facts"]}, {"required": ["expect"]}]}
    return {"if": told_whole, "then": whole, "else": bare}


def _facts(rulebase: RuleBase) -> dict[str, Schema]:
    return {name: ref(f"fact_{name}") for name in rulebase.facts}


def stating(rulebase: RuleBase) -> Schema:
    """Return the facts of an incident, any of them, which `facts_stated` defines."""
    return {"type": "object", "properties": _facts(rulebase), "additionalProperties": False}


def facts_stated(rulebase: RuleBase) -> dict[str, Schema]:
    """Return how each fact is stated."""
    return {f"fact_{name}": told(_stated(fact), about(fact)) for name, fact in rulebase.facts.items()}


def definitions(rulebase: RuleBase) -> dict[str, Schema]:
    """Return how each fact is stated, and what can be cited."""
    # A case may cite what a pack lists that is not laid.
    source = {"anyOf": [one_of(cited(rulebase)), {"type": "string", "pattern": _CITATION}]}
    return {**facts_stated(rulebase), "cited": one_or_several(told(source, "A source."))}


def _stated(fact: Fact) -> Schema:
    domain = fact.domain
    if domain.kind is Kind.SET:
        member = value(domain)
        return by_shape({"enum": [*domain.values, *_UNSTATED["enum"]]}, listed={"items": member})
    if domain.kind is Kind.CHOICE:
        words = {
            name: "; ".join(filter(None, (text, fact.cues.get(name)))) for name, text in domain.values.items()
        }
        found = one_of(words)
        # `true` and `false` stand for `yes` and `no`, where these are values.
        more = [flag for flag, word in ((True, "yes"), (False, "no")) if word in domain.values]
        return {
            "enum": [*found["enum"], *more, *_UNSTATED["enum"]],
            "enumDescriptions": [*found.get("enumDescriptions", []), *[""] * len(more), "", "not known"],
        }
    if domain.kind is Kind.FLAG:
        return {"enum": [*value(domain)["enum"], *_UNSTATED["enum"]]}
    return {"if": _UNSTATED, "then": {}, "else": value(domain)}


def _expect(rulebase: RuleBase) -> Schema:
    remedy = rulebase.decisions.get("remedy")
    remedies = remedy.domain.values if remedy else {}
    changed = {rule.path: rule.because for rule in rulebase.rules.values()}
    rule = one_of(changed, "The path of a rule.")
    keys: dict[str, Schema] = {
        "status": one_of(STATUS),
        "remedy": one_of(remedies, "The remedy."),
        "possible": told(one_or_several(one_of(remedies)), "The remedies that are possible."),
        "companions": _members(rulebase, "companions"),
        "avoid": _members(rulebase, "avoid"),
        "money": told(
            by_shape(
                {"type": "number"}, mapping={"propertyNames": {"enum": list(MONEY_KEYS)}, "minProperties": 1}
            ),
            "An amount, or bounds.",
        ),
        "money_form": one_of(_values(rulebase, "money_form"), "How money moves."),
        "because": told(one_or_several(rule), "Rules that must decide it."),
        "decisions": entry(
            {name: _decided(each) for name, each in rulebase.decisions.items()}, ignorable=False
        ),
        "measures": entry(
            {name: told({}, about(each)) for name, each in rulebase.measures.items()}, ignorable=False
        ),
    }
    return told(entry(keys, ignorable=False), "What must come out.")


def _values(rulebase: RuleBase, name: str) -> dict[str, str]:
    decision = rulebase.decisions.get(name)
    return dict(decision.domain.values) if decision else {}


def _members(rulebase: RuleBase, name: str) -> Schema:
    several = one_or_several(one_of(_values(rulebase, name)))
    return entry({"include": several, "exclude": several}, ignorable=False)


def _decided(decision: Decision) -> Schema:
    domain = decision.domain
    if not domain.values:
        return told({}, about(decision))
    return told(one_or_several(one_of(domain.values)), about(decision))
