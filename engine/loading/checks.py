"""What can be checked only when every name is known: formulas, citations, references."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from amends.engine.diagnostics import Code, Label, Problems, did_you_mean, listed
from amends.engine.evidence import Citable
from amends.engine.formula import Bounds, FormulaError, bounds, check_kinds, name_nodes, names
from amends.engine.loading.vocabulary import part_of, report_formula
from amends.engine.rulebase import (
    PLACEHOLDER,
    Decision,
    Domain,
    Fact,
    HitPolicy,
    Kind,
    Measure,
    Named,
    Parameter,
    RuleBase,
)
from amends.engine.source import ListNode, MapNode, Node, ScalarNode

CITATION = re.compile(r"(?P<source>[A-Z][A-Z0-9-]*)(:L(?P<line>[0-9]+))?\Z")

_NOWHERE = (Fraction(-(10**12)), Fraction(10**12))

_ONE = (Kind.CHOICE,)
_SEVERAL = (Kind.SET,)
_NUMBERS = (Kind.COUNT, Kind.NUMBER)
_KNOWN_DECISIONS = (
    ("remedy", _ONE, "a verdict has one remedy"),
    ("companions", _SEVERAL, "any number of companions go with a remedy"),
    ("avoid", _SEVERAL, "any number of things may have to be avoided"),
    ("money_basis", _ONE, "money has one basis"),
    ("money_form", _ONE, "money moves in one form"),
    ("reply_channel", _ONE, "there is one way to reply"),
    ("contact_deadline_h", _NUMBERS, "a deadline is a number of hours"),
)


def finish_measures(
    measures: Mapping[str, Measure],
    facts: Mapping[str, Fact],
    parameters: Mapping[str, Parameter],
    decisions: Mapping[str, Decision],
    spoiled: frozenset[str],
    problems: Problems,
) -> dict[str, Measure]:
    """Return the measures with kind and bounds, having checked every name and divisor.

    A measure that reads what is broken, itself or in *spoiled*, is left out without a word.
    """
    known: dict[str, Named] = {**decisions, **measures, **parameters, **facts}
    sound = {name: m for name, m in measures.items() if _names_resolve(m, known, spoiled, problems)}
    while unsound := [
        name for name, m in sound.items() if any(n in measures and n not in sound for n in names(m.formula))
    ]:
        sound = {name: m for name, m in sound.items() if name not in unsound}
    finished: dict[str, Measure] = {}

    def is_flag(name: str) -> bool:
        thing = finish(name) if name in sound else known[name]
        return not isinstance(thing, Parameter) and thing is not None and thing.domain.kind is Kind.FLAG

    def bounds_of(name: str) -> Bounds:
        if name in parameters:
            return parameters[name].value, parameters[name].value
        measure = finish(name) if name in sound else None
        domain = measure.domain if measure else getattr(known[name], "domain", Domain(Kind.NUMBER))
        low, high = domain.lowest, domain.highest
        return (_NOWHERE[0] if low is None else low, _NOWHERE[1] if high is None else high)

    in_work: set[str] = set()

    def finish(name: str) -> Measure | None:
        if name in finished or name in in_work:  # a loop of measures is the network's to report
            return finished.get(name)
        in_work.add(name)
        finished[name] = _finish(sound[name], is_flag, bounds_of, problems)
        return finished[name]

    for name in sorted(sound):
        finish(name)
    return dict(sorted(finished.items()))


def _finish(
    measure: Measure, is_flag: Callable[[str], bool], of: Callable[[str], Bounds], problems: Problems
) -> Measure:
    try:
        kind = measure.domain.kind
        if check_kinds(measure.formula, is_flag):
            if kind in (Kind.MONEY, Kind.COUNT):
                raise FormulaError(
                    f"the formula says yes or no, and `{measure.name}` is {kind}", 1, "remove `kind:`"
                )
            return replace(measure, domain=Domain(Kind.FLAG), round=None)
        if kind is Kind.FLAG:
            raise FormulaError(
                f"the formula is a number, and `{measure.name}` is a flag", 1, "compare it: `… > 0`"
            )
        low, high = map(measure.rounded, bounds(measure.formula, of))
    except FormulaError as error:
        report_formula(error, measure.span, measure.text, problems)
        low, high = _NOWHERE
    return replace(measure, domain=replace(measure.domain, lowest=low, highest=high))


def _names_resolve(
    measure: Measure, known: Mapping[str, Named], spoiled: frozenset[str], problems: Problems
) -> bool:
    sound = True
    for node in name_nodes(measure.formula):
        name = node.name
        thing = known.get(name)
        span = part_of(measure.span, measure.text, node.column, len(name))
        if thing is None:
            near = did_you_mean(name, known) or "define it as a fact, a parameter or a measure"
            if name not in spoiled:
                problems.add(Code.UNKNOWN_NAME, f"nothing is called `{name}`", span, help=near)
        elif not isinstance(thing, Parameter) and not (
            thing.domain.kind.is_number or thing.domain.kind is Kind.FLAG
        ):
            message = f"`{name}` is a {thing.domain.kind}, and a formula computes with numbers and flags"
            help = "let a decision turn it into a number first"
            problems.add(Code.BROKEN_FORMULA, message, span, help=help)
        else:
            continue
        sound = False
    return sound


def measures_of_facts(
    measures: Mapping[str, Measure], facts: Mapping[str, Fact], parameters: Mapping[str, Parameter]
) -> frozenset[str]:
    """Return the measures that come from facts and parameters alone."""
    pure: set[str] = set()
    while True:
        base = pure | facts.keys() | parameters.keys()
        more = {
            name for name, m in measures.items() if name not in pure and base.issuperset(names(m.formula))
        }
        if not more:
            return frozenset(pure)
        pure |= more


def report_shared_names(groups: Iterable[Mapping[str, Named]], problems: Problems) -> None:
    """Report a name that two kinds of thing share."""
    seen: dict[str, Named] = {}
    for group in groups:
        for name, thing in group.items():
            if name in seen:
                first = Label(seen[name].span, f"a {type(seen[name]).__name__.lower()} here")
                message = (
                    f"`{name}` is a {type(thing).__name__.lower()} and a {type(seen[name]).__name__.lower()}"
                )
                problems.add(
                    Code.DUPLICATE_NAME,
                    message,
                    thing.span,
                    others=[first],
                    help="rename one; every name means one thing",
                )
            else:
                seen[name] = thing


def check_money(
    rulebase: RuleBase, nodes: Mapping[str, Node], spoiled: frozenset[str], problems: Problems
) -> None:
    """Report the names in a money basis that are no number; *nodes* hold how each basis is written."""
    groups = (rulebase.measures, rulebase.facts, rulebase.parameters)
    for basis in rulebase.money.values():
        written = nodes[basis.name]
        used = [("amount", basis.amount), ("low", basis.low), ("high", basis.high)]
        used += [("formula", name) for name in PLACEHOLDER.findall(basis.formula)]
        used += [("floors", name) for name in basis.floors] + [("caps", name) for name in basis.caps]
        for key, name in used:
            place = written.get(key) if isinstance(written, MapNode) else None
            thing = next((group[name] for group in groups if name in group), None)
            if place is None or not name or name in spoiled:
                continue
            if thing is None:
                near = did_you_mean(name, [*rulebase.measures, *rulebase.facts]) or "name a measure"
                problems.add(Code.UNKNOWN_NAME, f"nothing is called `{name}`", place.span, help=near)
            elif key != "formula" and not isinstance(thing, Parameter) and not thing.domain.kind.is_number:
                message = f"`{name}` is a {thing.domain.kind}, and money is worked out from numbers"
                problems.add(Code.UNFIT_TEST, message, place.span, help="name a measure that is money")


def check_days(
    rulebase: RuleBase, nodes: Iterable[Node], spoiled: frozenset[str], problems: Problems
) -> None:
    """Report a step whose `by` names no date; *nodes* are the entries of the catalogues as written."""
    days = [name for name, fact in rulebase.facts.items() if fact.domain.kind is Kind.DATE]
    lists = [node.get("steps") for node in nodes if isinstance(node, MapNode)]
    items = [item for steps in lists if isinstance(steps, ListNode) for item in steps.items]
    for place in [item.get("by") for item in items if isinstance(item, MapNode)]:
        name = place.text if isinstance(place, ScalarNode) else ""
        if place is None or not name or name in days or name in spoiled:
            continue
        if name in rulebase.facts:
            message = f"`{name}` is a {rulebase.facts[name].domain.kind}, and a step is due on a day"
            help = f"name one of {listed(days)}" if days else "name a fact of kind `date`"
            problems.add(Code.UNFIT_TEST, message, place.span, help=help)
        else:
            near = did_you_mean(name, days) or "name a fact of kind `date`"
            problems.add(Code.UNKNOWN_NAME, f"there is no fact `{name}`", place.span, help=near)


def check_citations(
    documents: Iterable[Node], sources: Mapping[str, Citable], spoiled: frozenset[str], problems: Problems
) -> None:
    """Report each entry under a `sources:` of *documents* that resolves to nothing."""
    for cited in _citations(documents):
        match = CITATION.match(cited.text)
        name = match["source"] if match else cited.text.split(":")[0]
        source = sources.get(name) if match else None
        if not name.strip() or (source is None and name in spoiled):
            continue
        if source is None:
            near = did_you_mean(name, sources) or "list it under `sources:` in the knowledge folder"
            problems.add(Code.UNKNOWN_SOURCE, f"there is no source `{name}`", cited.span, help=near)
        elif match and (match["line"] is None) == bool(source.citable_lines):
            message = f"`{name}` is cited {'by line' if source.citable_lines else 'without a line'}"
            problems.add(Code.UNKNOWN_SOURCE, message, cited.span, help=_citable(source))
        elif match and match["line"] and int(match["line"]) not in source.citable_lines:
            message = f"`{name}` has no citable line `L{match['line']}`"
            problems.add(Code.UNKNOWN_SOURCE, message, cited.span, help=_citable(source))


def _citable(source: Citable) -> str:
    lines = listed((f"{source.name}:L{line}" for line in source.citable_lines), 30)
    return f"cite one of {lines}" if source.citable_lines else f"write `{source.name}`"


def _citations(nodes: Iterable[Node]) -> Iterator[ScalarNode]:
    for node in nodes:
        if isinstance(node, ListNode):
            yield from _citations(node.items)
        if not isinstance(node, MapNode):
            continue
        for key, value in node:
            if key.text == "sources" and not isinstance(value, MapNode):
                items = value.items if isinstance(value, ListNode) else (value,)
                yield from (item for item in items if isinstance(item, ScalarNode))
            else:
                yield from _citations([value])


def check_money_values(rulebase: RuleBase, spoiled: frozenset[str], problems: Problems) -> None:
    """Report a value of `money_basis` that nothing works out; `none` is nothing to pay."""
    decision = rulebase.decisions.get("money_basis")
    for value in decision.domain.values if decision else ():
        if decision and value not in ("none", *rulebase.money, *spoiled):
            help = did_you_mean(value, rulebase.money) or f"add `{value}:` under `money:`"
            message = f"`money_basis` can be `{value}`, and nothing under `money` works it out"
            problems.add(Code.UNKNOWN_NAME, message, decision.span, help=help)


def check_known_decisions(rulebase: RuleBase, problems: Problems) -> None:
    """Report a decision that the engine itself reads, and whose values it could not use."""
    for name, kinds, what in _KNOWN_DECISIONS:
        decision = rulebase.decisions.get(name)
        if decision is not None and decision.domain.kind not in kinds:
            message = f"`{name}` is a {decision.domain.kind}, and {what}"
            help = "choose a hit policy and values to that end"
            problems.add(Code.WRONG_SHAPE, message, decision.span, help=help)


def check_without(
    rulebase: RuleBase, nodes: Mapping[str, MapNode], spoiled: frozenset[str], problems: Problems
) -> None:
    """Report a `without` that takes nothing out; *nodes* hold how each decision is written."""
    for decision in rulebase.decisions.values():
        place = nodes[decision.name].get("without")
        if decision.without is None or place is None or decision.without in spoiled:
            continue
        other = rulebase.decisions.get(decision.without)
        collecting = [d.name for d in rulebase.decisions.values() if d.hit_policy is HitPolicy.COLLECT]
        if other is None:
            near = did_you_mean(decision.without, collecting) or "name a decision that collects"
            message = f"no decision is called `{decision.without}`"
            problems.add(Code.UNKNOWN_NAME, message, place.span, help=near)
        elif not {decision.name, other.name}.issubset(collecting):
            message = f"`without` needs two decisions that collect, `{decision.name}` and `{other.name}`"
            problems.add(Code.UNFIT_TEST, message, place.span, help="give both `hit_policy: collect`")
        elif set(decision.domain.values).isdisjoint(other.domain.values):
            message = f"`{other.name}` has no value in common with `{decision.name}`"
            help = "nothing could ever be taken out; remove `without`"
            problems.add(Code.UNFIT_TEST, message, place.span, help=help)
