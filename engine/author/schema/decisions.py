"""A file that decides, and the rules that a pack writes by their path."""

from __future__ import annotations

from amends.engine.author.schema.conditions import value
from amends.engine.author.schema.shapes import (
    DAY,
    KEBAB,
    NUMBER,
    SNAKE,
    TEXT,
    Schema,
    by_shape,
    entry,
    named,
    one_of,
    one_or_several,
    ref,
    told,
)
from amends.engine.draw.wording import listing
from amends.engine.loading.vocabulary import CATALOGUES
from amends.engine.rulebase import Decision, HitPolicy, Kind, Rule, RuleBase
from amends.engine.values import words

POLICIES = {
    "unique": "One rule at most fires.",
    "any": "Rules that fire must agree.",
    "priority": "Of the rules that fire, the one of the earliest tier wins.",
    "collect": "What the rules that fire add is gathered into a set.",
    "collect max": "The largest of the numbers.",
    "collect min": "The smallest of the numbers.",
    "collect sum": "The sum of the numbers.",
    "collect count": "How many rules fire.",
}
_WHEN = "When does the rule hold?"
_BECAUSE = "Why: one sentence that the asker reads."
_SOURCES = "Where it comes from."


def definitions(rulebase: RuleBase) -> dict[str, Schema]:
    """Return a rule of each decision, as a file of the decision and as a pack writes it."""
    found: dict[str, Schema] = {}
    for name, decision in rulebase.decisions.items():
        found[f"rule_{name}"] = _rule(decision, in_pack=False)
        found[f"pack_rule_{name}"] = _rule(decision, in_pack=True)
        found[f"otherwise_{name}"] = entry(
            {
                "then": told(_value(decision), f"What stands where no rule of {name} speaks."),
                "because": told(TEXT, _BECAUSE),
                "replaces": told(TEXT, "Why this pack sets it anew."),
            },
            ("then", "because", "replaces"),
        )
    found["rule"] = entry(
        {**_common(), "then": told({}, "The value that the decision takes."), "tier": TEXT, "overrides": {}},
        ("when", "because", "sources"),
    )
    return found


def _common() -> dict[str, Schema]:
    return {
        "when": told(ref("condition"), _WHEN),
        "because": told(TEXT, _BECAUSE),
        "sources": told(ref("cited"), _SOURCES),
        "review_by": told(DAY, "The day by which somebody should look at it again."),
        "examples": entry(
            {
                "fires": told(one_or_several(ref("stated")), "Facts in which it fires."),
                "does_not_fire": told(one_or_several(ref("stated")), "Facts in which it does not."),
            },
            description="Facts beside the rule, which `amends test` tries.",
            ignorable=False,
        ),
    }


def _rule(decision: Decision, *, in_pack: bool) -> Schema:
    keys, needed = _common(), ["when", "because", "sources"]
    one = _value(decision)
    if decision.hit_policy is HitPolicy.COLLECT:
        one = one_or_several(one)
    keys["then"] = told(one, f"What it concludes of: {decision.title}.")
    if decision.hit_policy is not HitPolicy.COLLECT_COUNT:
        needed.append("then")
    if decision.hit_policy is HitPolicy.PRIORITY:
        tiers = {tier: decision.tier_words.get(tier, "") for tier in decision.tiers}
        keys["tier"] = one_of(tiers, "Its level of precedence; an earlier one beats a later one.")
        keys["overrides"] = told(
            one_or_several(one_of([rule.name for rule in decision.rules])),
            "Rules of its own tier and pack that it beats.",
        )
        if len(decision.tiers) > 1:
            needed.append("tier")
    if in_pack:
        keys["replaces"] = told(TEXT, "Why it stands in the place of the rule of that path.")
    return entry(keys, needed, f"A rule of the decision {decision.name}: {decision.title}.")


def _value(decision: Decision) -> Schema:
    domain = decision.domain
    if domain.values and not domain.sets:
        return ref(f"value_{decision.name}")
    if not domain.kind.is_number:
        return value(domain)
    return by_shape(value(domain), mapping=ref("parameter"))


def decision_file(rulebase: RuleBase) -> Schema:
    """Return a file that says `decides:`."""
    keys: dict[str, Schema] = {
        "decides": told({"type": "string", "pattern": SNAKE}, "The name of what is decided."),
        "title": told(TEXT, "The words for it."),
        "hit_policy": one_of(POLICIES, "What is made of the rules that fire."),
        "values": told(
            {
                "if": {"type": "object"},
                "then": named(SNAKE, {"type": ["string", "number", "null"]}),
                "else": one_of(CATALOGUES),
            },
            "Its values with their words, or the name of a catalogue.",
        ),
        "sets": told(named(SNAKE, {}), "Names for several values."),
        "tiers": told(
            {"type": "array", "items": {"type": ["string", "object"]}}, "An earlier tier beats a later one."
        ),
        "gates": told(one_or_several(TEXT), "Tiers that no later pack may pass over in silence."),
        "otherwise": told({}, "The value when every rule says no."),
        "otherwise_because": told(TEXT, "Why that value stands then."),
        "without": one_of(
            [each.name for each in rulebase.decisions.values() if each.domain.kind is Kind.SET],
            "A collecting decision whose members are taken out last.",
        ),
        "sources": told(ref("cited"), _SOURCES),
        "unit": told(TEXT, "The unit of a number."),
        "decimals": {"type": "integer", "minimum": 0, "maximum": 9},
        "lowest": told(NUMBER, "The least that it can be."),
        "highest": told(NUMBER, "The most that it can be."),
        "rules": told(named(KEBAB, {}), "Its rules by name: the situation, not the cure."),
    }
    found = entry(keys, ("decides", "title", "rules"))
    known = [
        {
            "if": {"properties": {"decides": {"const": name}}},
            "then": {"properties": {"rules": {"additionalProperties": ref(f"rule_{name}")}}},
        }
        for name in rulebase.decisions
    ]
    new = {
        "if": {"not": {"properties": {"decides": {"enum": list(rulebase.decisions)}}}},
        "then": {"properties": {"rules": {"additionalProperties": ref("rule")}}},
    }
    return {**found, "allOf": [*known, new]}


def pack_rules(rulebase: RuleBase) -> Schema:
    """Return `rules:` of a pack: each by a path, those of the base with what they say now."""
    by_path = {
        f"^{name}/(?!otherwise$)[a-z0-9-]{{1,80}}$": ref(f"pack_rule_{name}") for name in rulebase.decisions
    }
    ends = {f"^{name}/otherwise$": ref(f"otherwise_{name}") for name in rulebase.decisions}
    return {
        "description": "Rules by their path: decision/the-situation.",
        "type": "object",
        "properties": {
            path: told({"required": ["replaces"]}, _says(rule, rulebase))
            for path, rule in _of_the_base(rulebase).items()
        },
        "patternProperties": {**by_path, **ends},
        "additionalProperties": False,
    }


def disables(rulebase: RuleBase) -> Schema:
    """Return `disables:` of a pack: paths of rules that are there, or were until the pack took them out."""
    rules = {**rulebase.rules, **{change.before.path: change.before for change in rulebase.changes}}
    return {
        "description": "Rules of earlier packs that are taken out, each with the reason.",
        "type": "object",
        "properties": {path: told(TEXT, _says(rule, rulebase)) for path, rule in sorted(rules.items())},
        "additionalProperties": False,
    }


def _of_the_base(rulebase: RuleBase) -> dict[str, Rule]:
    replaced = {change.before.path: change.before for change in rulebase.changes}
    known = {path: rule for path, rule in {**rulebase.rules, **replaced}.items() if rule.level == 0}
    return dict(sorted(known.items()))


def _says(rule: Rule, rulebase: RuleBase) -> str:
    """Return what a rule concludes and why, on one line."""
    domain = rulebase.decisions[rule.decision].domain
    then = listing([words(each, domain) for each in rule.then], "and", 4)
    return f"{rulebase.title(rule.decision)}: {then}. {rule.because}"
