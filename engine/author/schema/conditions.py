"""What a condition may test, name by name, and with which values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from amends.engine.author.schema.shapes import DAY, FLAG, Schema, by_shape, one_of, one_or_several, ref, told
from amends.engine.loading.checks import measures_of_facts
from amends.engine.rulebase import Decision, Domain, Fact, Kind, Measure, RuleBase

MONEY_TEXT = r"^[-+0-9.,_eE]+\s*[A-Z]{3}$"
ORDERED = ("at_least", "more_than", "at_most", "less_than")
MEMBERSHIP = ("has", "has_any", "has_all", "has_none")
_SAYS: Mapping[str, str] = {
    "at_least": "This much, or more.",
    "more_than": "More than this.",
    "at_most": "This much, or less.",
    "less_than": "Less than this.",
    "has": "This is one of them.",
    "has_any": "At least one of these is among them.",
    "has_all": "All of these are among them.",
    "has_none": "None of these is among them.",
}


def definitions(rulebase: RuleBase) -> dict[str, Schema]:
    """Return the conditions, and a test of each name that one may speak of."""
    subjects: dict[str, Fact | Measure | Decision] = {
        **rulebase.facts,
        **rulebase.measures,
        **rulebase.decisions,
    }
    found = {f"test_{name}": _test(thing) for name, thing in subjects.items()}
    found |= {f"value_{name}": _single(thing.domain) for name, thing in subjects.items()}
    of_facts = measures_of_facts(rulebase.measures, rulebase.facts, rulebase.parameters)
    found["condition"] = _condition("condition", subjects, "When all of these hold.")
    only = [name for name in subjects if name in rulebase.facts or name in of_facts]
    found["condition_of_facts"] = _condition(
        "condition_of_facts", only, "When all of these hold; facts, and measures of facts, alone."
    )
    words = {name: f"{each.title}: {float(each.value):g}" for name, each in rulebase.parameters.items()}
    found["parameter_name"] = one_of(words, "A parameter.")
    found["parameter"] = {
        "type": "object",
        "properties": {"parameter": ref("parameter_name")},
        "required": ["parameter"],
        "additionalProperties": False,
    }
    return found


def value(domain: Domain, description: str = "") -> Schema:
    """Return one value of *domain*, for a set one member of it."""
    match domain.kind:
        case Kind.CHOICE | Kind.SET:
            found = one_of(domain.values)
        case Kind.FLAG:
            found = dict(FLAG)
        case Kind.DATE:
            found = dict(DAY)
        case Kind.MONEY:
            found = {"type": ["number", "string"], "pattern": MONEY_TEXT, **_bounds(domain)}
        case _:
            found = {"type": "number" if domain.decimals else "integer", **_bounds(domain)}
    return told(found, description) if description else found


def _bounds(domain: Domain) -> Schema:
    low, high = domain.lowest, domain.highest
    found = {"minimum": low, "maximum": high}
    return {key: _number(float(end)) for key, end in found.items() if end is not None}


def _number(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def about(thing: Fact | Measure | Decision) -> str:
    """Return what an editor tells of a name: what it is, and how it is asked or worked out."""
    unit = f" In {thing.domain.unit}." if thing.domain.unit else ""
    match thing:
        case Fact():
            more = [thing.question, thing.help or ""]
            return " ".join(part for part in (f"Fact: {thing.title}.", *more, unit.strip()) if part)
        case Measure():
            return f"Measure: {thing.title} = {thing.text}.{unit}"
        case Decision():
            return f"Decision: {thing.title}.{unit}"


def _single(domain: Domain) -> Schema:
    """Return one value, or the name of several, as a test may write it."""
    words = {**domain.values, **{name: f"one of: {', '.join(sorted(s))}" for name, s in domain.sets.items()}}
    return one_of(words) if domain.values else value(domain)


def _test(thing: Fact | Measure | Decision) -> Schema:
    domain = thing.domain
    single = constant = ref(f"value_{thing.name}")
    asked: dict[str, Schema] = {"not": ref(f"test_{thing.name}")}
    if isinstance(thing, Fact):
        asked["known"] = told(FLAG, "Did the asker state it?")
    if domain.kind.is_number:
        constant = by_shape(single, mapping=ref("parameter"))
        asked["parameter"] = ref("parameter_name")
    if domain.kind.is_ordered:
        asked |= {word: told(constant, _SAYS[word]) for word in ORDERED}
    if domain.kind is Kind.SET:
        asked |= {word: told(one_or_several(single, least=1), _SAYS[word]) for word in MEMBERSHIP}
        asked["empty"] = told(FLAG, "Is there none?")
    mapping: Schema = {"properties": asked, "additionalProperties": False, "minProperties": 1}
    if domain.kind is Kind.SET:
        return told({"type": "object", **mapping}, about(thing))
    return told(by_shape(single, listed={"items": single, "minItems": 1}, mapping=mapping), about(thing))


def _condition(name: str, subjects: Iterable[str], description: str) -> Schema:
    several: Schema = {"type": "array", "items": ref(name), "minItems": 1}
    tests = {
        **{subject: ref(f"test_{subject}") for subject in subjects},
        "any": told(several, "At least one of these holds."),
        "all": told(several, "Each of these holds."),
    }
    mapping: Schema = {"properties": tests, "additionalProperties": False, "minProperties": 1}
    return told(by_shape({"const": "always"}, mapping=mapping), description)
