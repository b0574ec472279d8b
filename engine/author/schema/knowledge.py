"""A file of knowledge: every section that a pack may write."""

from __future__ import annotations

from amends.engine.advice import WHO
from amends.engine.author.schema import decisions, messages
from amends.engine.author.schema.conditions import about
from amends.engine.author.schema.shapes import (
    CAPITAL,
    DAY,
    FLAG,
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
from amends.engine.claim import Keeps
from amends.engine.evidence import SOURCE_KINDS
from amends.engine.loading.claims import SHAPES
from amends.engine.loading.vocabulary import CATALOGUES, CONTROLS, OWED_TO
from amends.engine.rulebase import Fact, Kind, Parameter, RuleBase

KINDS = {
    "choice": "One of its values.",
    "set": "Any of its values, several or none.",
    "flag": "Yes or no.",
    "count": "A whole number.",
    "number": "A number.",
    "money": "A sum, in the currency of the case.",
    "date": "A day.",
}
ASKED = {
    "you": "You can change it.",
    "client": "The client can change it.",
    "nobody": "Nobody can, or not alone.",
}
assert tuple(ASKED) == CONTROLS
_WORDED: Schema = {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}}
_SOURCES = told(ref("cited"), "Where it comes from.")


def knowledge_file(rulebase: RuleBase) -> Schema:
    """Return a file of knowledge, or of a pack."""
    sections: dict[str, Schema] = {
        "pack": _pack(),
        "facts": _facts(rulebase),
        "parameters": _parameters(rulebase),
        "measures": told(named(SNAKE, _measure()), "Numbers and flags, each worked out by a formula."),
        "sources": told(named(CAPITAL, _source()), "What rules cite."),
        "money": told(named(SNAKE, _money(rulebase)), "How each value of money_basis is worked out."),
        "constraints": told(
            named(
                KEBAB,
                entry(
                    {
                        "never": told(ref("condition_of_facts"), "What no case can be."),
                        "because": TEXT,
                        "sources": _SOURCES,
                    },
                    ("never", "because"),
                ),
            ),
            "Combinations of facts that cannot be.",
        ),
        "claims": told(named(KEBAB, _claim(rulebase)), "What must hold of every verdict."),
        "conflicts": told(named(KEBAB, _conflict(rulebase)), "Where sources disagree."),
        "samples": _samples(rulebase),
        **messages.sections(rulebase),
        "rules": decisions.pack_rules(rulebase),
        "disables": decisions.disables(rulebase),
    }
    for name in CATALOGUES:
        known = {key: {"description": f"{each.title}."} for key, each in rulebase.catalogues[name].items()}
        sections[name] = told(named(SNAKE, ref("advice"), {}), f"Entries of the catalogue {name}.")
        sections[name]["properties"] = {key: {**ref("advice"), **words} for key, words in known.items()}
    return entry(sections)


def definitions(rulebase: RuleBase) -> dict[str, Schema]:
    """Return what the sections share: what can be cited, and an entry of a catalogue."""
    days = [name for name, fact in rulebase.facts.items() if fact.domain.kind is Kind.DATE]
    step = entry(
        {
            "do": told(TEXT, "What to do, as an order."),
            "order": told(
                {"type": "integer", "minimum": 0, "maximum": 1000}, "Its place among all that applies."
            ),
            "within_hours": told(
                by_shape({"type": "number"}, mapping=ref("parameter")),
                "By when, in hours from now.",
            ),
            "by": one_of({name: rulebase.facts[name].title for name in days}, "The day by which."),
            "promise": told(FLAG, "By then the client hears something."),
            "who": one_of(WHO, "Who must act; you, unless it says otherwise."),
            "sources": _SOURCES,
        },
        ("do",),
        ignorable=False,
    )
    advice = entry(
        {
            "title": told(TEXT, "What to do, as an order."),
            "summary": told(TEXT, "What it comes to."),
            "steps": told({"type": "array", "items": step}, "One thing to do each."),
            "sources": _SOURCES,
        },
        ("title", "sources"),
    )
    numbers = one_of(_numbers(rulebase), "A number.")
    return {
        "fact": _fact(),
        "a_parameter": _parameter(),
        "advice": advice,
        "number_name": numbers,
        "source_name": one_of(cited(rulebase), "A source."),
        "cited": one_or_several(ref("source_name")),
    }


def cited(rulebase: RuleBase) -> dict[str, str]:
    """Return everything that can be cited, with what it is or says."""
    found: dict[str, str] = {}
    for name, source in rulebase.sources.items():
        lines = source.citable_lines
        found |= {f"{name}:L{line}": gist for line, gist in lines.items()}
        if not lines:
            found[name] = f"{source.title}: {source.says}" if source.says else source.title
    return found


def _pack() -> Schema:
    return entry(
        {
            "title": told(TEXT, "The words for it."),
            "about": told(TEXT, "Whom it is for."),
            "version": told(TEXT, "Counts up with each change."),
            "scope": told(ref("condition_of_facts"), "Outside it the pack changes nothing."),
        },
        ("title",),
        "What the pack says of itself.",
    )


def _facts(rulebase: RuleBase) -> Schema:
    known = {name: _known_fact(fact) for name, fact in rulebase.facts.items()}
    new = {"allOf": [ref("fact")], "required": ["kind", "question"]}
    return told(named(SNAKE, new, known), "What the asker can state.")


def _fact() -> Schema:
    return entry(
        {
            "kind": one_of(KINDS, "What sort of value it has."),
            "title": told(TEXT, "How a sentence calls it."),
            "question": told(TEXT, "What is asked."),
            "help": told(TEXT, "How to answer."),
            "values": told(_WORDED, "Its values, each with the words for it."),
            "sets": told({"type": "object"}, "Names for several values."),
            "cues": told(_WORDED, "What tells a value from its neighbours."),
            "assume": told({}, "What is taken for granted while nobody says."),
            "stop_if": told(TEXT, "The assumption is the absence of this event."),
            "stop_at": told({}, "The values that the warning speaks of."),
            "controls": one_of(ASKED, "Who can change it."),
            "unit": told(TEXT, "The unit of a number."),
            "decimals": {"type": "integer", "minimum": 0, "maximum": 9},
            "lowest": told(NUMBER, "The least that it can be."),
            "highest": told(NUMBER, "The most that it can be."),
            "sources": _SOURCES,
        }
    )


def _known_fact(fact: Fact) -> Schema:
    """Return a fact that is there: a later pack adds values and cues, its own file says all of it."""
    found = ref("fact")
    if fact.domain.values:
        cues = {"properties": {"cues": {"propertyNames": {"enum": list(fact.domain.values)}}}}
        found = {"allOf": [found, cues]}
    return told(found, about(fact))


def _parameters(rulebase: RuleBase) -> Schema:
    one = ref("a_parameter")
    known = {name: told(one, _says(parameter)) for name, parameter in rulebase.parameters.items()}
    return told(named(SNAKE, one, known), "Named numbers, each with its source and day, or ours.")


def _parameter() -> Schema:
    keys: dict[str, Schema] = {
        "title": told(TEXT, "The words for it."),
        "value": told(NUMBER, "The number."),
        "unit": told(TEXT, "Its unit."),
        "ours": told(FLAG, "No source fixes it; because says why it is so."),
        "because": told(TEXT, "Why it is this number."),
        "as_of": told(DAY, "The day on which the source was looked at."),
        "review_by": told(DAY, "The day by which somebody should look at it again."),
        "sources": _SOURCES,
    }
    is_ours = {"required": ["ours"], "properties": {"ours": {"enum": [True, "yes"]}}}
    needs = {"if": is_ours, "then": {"required": ["because"]}, "else": {"required": ["sources", "as_of"]}}
    return {**entry(keys, ("value",)), **needs}


def _says(parameter: Parameter) -> str:
    unit = f" {parameter.unit}" if parameter.unit else ""
    return (
        f"Parameter: {parameter.title} = {float(parameter.value):g}{unit}. {parameter.because or ''}".strip()
    )


def _measure() -> Schema:
    return entry(
        {
            "kind": one_of(["number", "money", "flag", "count"]),
            "title": told(TEXT, "How a sentence calls it."),
            "formula": told(TEXT, "A short formula over facts, parameters, measures and decisions."),
            "round": told(NUMBER, "Rounded to this unit, half up."),
            "unit": TEXT,
            "sources": _SOURCES,
        },
        ("formula",),
    )


def _source() -> Schema:
    dated = {"properties": {"kind": {"enum": ["law", "insurance", "platform"]}}, "required": ["kind"]}
    lines = {
        "type": "object",
        "propertyNames": {"pattern": "^[1-9][0-9]{0,5}$"},
        "additionalProperties": {"type": ["string", "number"]},
    }
    found = entry(
        {
            "kind": one_of(SOURCE_KINDS, "What sort of source it is."),
            "title": told(TEXT, "What it is called."),
            "where": told(TEXT, "Where it is found."),
            "says": told(TEXT, "Its gist, in our words."),
            "lines": told(lines, "What each line that gives advice advises."),
            "context": told(lines, "Other lines that may be cited."),
            "jurisdiction": told(TEXT, "Where it holds; of a platform, its name."),
            "as_of": told(DAY, "The day on which it was looked at."),
            "review_by": told(DAY, "The day by which somebody should look at it again."),
        },
        ("title", "where"),
    )
    return {**found, "if": dated, "then": {"required": ["jurisdiction", "as_of"]}}


def _numbers(rulebase: RuleBase) -> dict[str, str]:
    groups = (rulebase.measures, rulebase.facts)
    numbers = {
        name: each.title for group in groups for name, each in group.items() if each.domain.kind.is_number
    }
    return {**numbers, **{name: each.title for name, each in rulebase.parameters.items()}}


def _money(rulebase: RuleBase) -> Schema:
    number = ref("number_name")
    return entry(
        {
            "title": TEXT,
            "amount": told(number, "What is paid."),
            "low": number,
            "high": number,
            "formula": told(TEXT, "How it comes about, in words with {names}."),
            "floors": told(one_or_several(number), "No figure is below the greatest of these."),
            "caps": told(one_or_several(number), "No figure is above the least of these."),
            "owed_to": one_of(OWED_TO),
            "sources": _SOURCES,
        },
        ("title", "amount", "formula", "sources"),
    )


def _claim(rulebase: RuleBase) -> Schema:
    bound: Schema = {"enum": [0, *_numbers(rulebase), *_decided_numbers(rulebase)]}
    keeps = [each.value for each in Keeps]
    changed: Schema = {
        "type": "object",
        "propertyNames": {"enum": ["any", *rulebase.facts, *rulebase.decisions]},
        "minProperties": 1,
        "maxProperties": 1,
    }
    kept: Schema = {
        "type": "object",
        "propertyNames": {"enum": ["money", "gates", *rulebase.decisions]},
        "additionalProperties": {"enum": keeps},
        "minProperties": 1,
        "maxProperties": 1,
    }
    found = entry(
        {
            "title": told(TEXT, "What must hold."),
            "when": told(ref("condition"), "Of which cases; left out, of every one."),
            "never": told(ref("condition"), "What must not be."),
            "always": told(ref("condition"), "What must be."),
            "one_value": one_of(
                list(rulebase.decisions), "A decision that has one value, or waits for facts."
            ),
            "money": entry({"at_least": bound, "at_most": bound}, ignorable=False),
            "change": told(changed, "The one thing that would change."),
            "then": told(kept, "What would stay."),
            "text": told(
                one_or_several(one_of(list(rulebase.messages.phrases))), "Checks of the phrase guard."
            ),
            "cited": told(FLAG, "Every rule that fired names a source that is listed."),
            "because": TEXT,
            "sources": _SOURCES,
        },
        ("title", "because", "sources"),
    )
    return {**found, "oneOf": [{"required": [shape]} for shape in SHAPES]}


def _decided_numbers(rulebase: RuleBase) -> list[str]:
    return [name for name, each in rulebase.decisions.items() if each.domain.kind.is_number]


def _samples(rulebase: RuleBase) -> Schema:
    facts = {name: fact.title for name, fact in rulebase.facts.items()}
    numbers = {name: fact.title for name, fact in rulebase.facts.items() if fact.domain.kind.is_number}
    weight: Schema = {"type": "number", "minimum": 0}
    sample = entry(
        {
            "weights": told({"type": "object", "additionalProperties": weight}, "How often each is drawn."),
            "percentiles": told(
                {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3},
                "What the 10th, 50th and 90th of a hundred cases state.",
            ),
            "of": one_of(numbers, "The number of which it is a multiple."),
            "because": TEXT,
        },
        ("because",),
    )
    known = {name: {**sample, "description": f"{title}."} for name, title in facts.items()}
    return told(named(SNAKE, sample, known), "How facts are drawn where cases are made up.")


def _conflict(rulebase: RuleBase) -> Schema:
    rules = sorted({*rulebase.rules, *(change.before.path for change in rulebase.changes)})
    side = entry({"advises": TEXT, "sources": _SOURCES}, ("advises", "sources"), ignorable=False)
    return entry(
        {
            "title": TEXT,
            "sides": told({"type": "array", "items": side, "minItems": 2}, "Who advises what."),
            "resolution": told(TEXT, "What was made of it."),
            "because": TEXT,
            "sources": _SOURCES,
            "rules": told(one_or_several(one_of(rules)), "The rules that show it."),
        },
        ("title", "sides", "resolution", "because", "rules"),
    )
