"""What can be checked only when every name is known: formulas, citations, references."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from amends.engine.diagnostics import Code, Label, Problems, Span, did_you_mean, listed
from amends.engine.formula import Bounds, FormulaError, bounds, check_kinds, names
from amends.engine.loading.vocabulary import report_formula
from amends.engine.rulebase import (
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
from amends.engine.source import ScalarNode

CITATION = re.compile(r"(?P<source>[A-Z][A-Z0-9-]*)(:L(?P<line>[0-9]+))?\Z")
PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")

_NOWHERE = (Fraction(-(10**12)), Fraction(10**12))


def finish_measures(
    measures: Mapping[str, Measure],
    facts: Mapping[str, Fact],
    parameters: Mapping[str, Parameter],
    decisions: Mapping[str, Decision],
    problems: Problems,
) -> dict[str, Measure]:
    """Return the measures with kind and bounds, having checked every name and divisor."""
    known: dict[str, Named] = {**decisions, **measures, **parameters, **facts}
    sound = {name: m for name, m in measures.items() if _names_resolve(m, known, problems)}
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
    written = ScalarNode(measure.text, measure.text, measure.span)
    try:
        if check_kinds(measure.formula, is_flag):
            return replace(measure, domain=Domain(Kind.FLAG), round=None)
        low, high = bounds(measure.formula, of)
    except FormulaError as error:
        code = Code.DIVISION_BY_ZERO if "divisor" in str(error) else Code.BROKEN_FORMULA
        report_formula(error, written, problems, code)
        low, high = _NOWHERE
    return replace(measure, domain=replace(measure.domain, lowest=low, highest=high))


def _names_resolve(measure: Measure, known: Mapping[str, Named], problems: Problems) -> bool:
    sound = True
    for name in names(measure.formula):
        thing = known.get(name)
        if thing is None:
            near = did_you_mean(name, known) or "define it as a fact, a parameter or a measure"
            problems.add(
                Code.UNKNOWN_NAME,
                f"the formula of `{measure.name}` names `{name}`, which is nothing",
                measure.span,
                help=near,
            )
        elif not isinstance(thing, Parameter) and not (
            thing.domain.kind.is_number or thing.domain.kind is Kind.FLAG
        ):
            problems.add(
                Code.BROKEN_FORMULA,
                f"`{name}` is a {thing.domain.kind}, and a formula computes with numbers and flags",
                measure.span,
                help="turn it into a number by a decision first",
            )
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


def check(rulebase: RuleBase, problems: Problems) -> None:
    """Report citations that resolve to nothing and references to things that are not there."""
    for span, owner, citation in _citations(rulebase):
        _check_citation(span, owner, citation, rulebase, problems)
    for decision in rulebase.decisions.values():
        _check_without(decision, rulebase, problems)
    for basis in rulebase.money.values():
        for name in (basis.amount, basis.low, basis.high, *PLACEHOLDER.findall(basis.formula)):
            if (
                name not in rulebase.measures
                and name not in rulebase.facts
                and name not in rulebase.parameters
            ):
                near = did_you_mean(name, [*rulebase.measures, *rulebase.facts]) or "name a measure"
                problems.add(
                    Code.UNKNOWN_NAME,
                    f"the money basis `{basis.name}` names `{name}`, which is nothing",
                    basis.span,
                    help=near,
                )


def _citations(rulebase: RuleBase) -> Iterator[tuple[Span, str, str]]:
    for group in (
        rulebase.facts,
        rulebase.parameters,
        rulebase.measures,
        rulebase.decisions,
        rulebase.money,
        rulebase.constraints,
    ):
        for name, thing in group.items():
            yield from ((thing.span, f"`{name}`", cited) for cited in thing.sources)
    for rule in rulebase.rules.values():
        yield from ((rule.span, f"`{rule.path}`", cited) for cited in rule.sources)
    for catalogue in rulebase.catalogues.values():
        for name, advice in catalogue.items():
            cited_here = {*advice.sources, *(cited for step in advice.steps for cited in step.sources)}
            yield from ((advice.span, f"`{name}`", cited) for cited in sorted(cited_here))


def _check_citation(span: Span, owner: str, citation: str, rulebase: RuleBase, problems: Problems) -> None:
    match = CITATION.match(citation)
    source = rulebase.sources.get(match["source"]) if match else None
    if match is None or source is None:
        near = did_you_mean(citation.split(":")[0], rulebase.sources) or "list it under `sources:` in kb/"
        problems.add(Code.UNKNOWN_SOURCE, f"{owner} cites `{citation}`, which is no source", span, help=near)
    elif (match["line"] is None) == bool(source.lines) or (
        match["line"] and int(match["line"]) not in source.lines
    ):
        lines = listed((f"{source.name}:L{line}" for line in sorted(source.lines)), 30)
        help = f"cite one of {lines}" if source.lines else f"cite `{source.name}` without a line"
        problems.add(
            Code.UNKNOWN_SOURCE, f"{owner} cites `{citation}`, which resolves to no line", span, help=help
        )


def _check_without(decision: Decision, rulebase: RuleBase, problems: Problems) -> None:
    if decision.without is None:
        return
    other = rulebase.decisions.get(decision.without)
    if (
        decision.hit_policy is not HitPolicy.COLLECT
        or other is None
        or other.hit_policy is not HitPolicy.COLLECT
    ):
        problems.add(
            Code.UNKNOWN_NAME,
            f"`without: {decision.without}` needs two decisions that `collect`",
            decision.span,
            help="name a decision with `hit_policy: collect`",
        )
    elif set(decision.domain.values).isdisjoint(other.domain.values):
        problems.add(
            Code.UNFIT_TEST,
            f"`{decision.without}` has no value in common with `{decision.name}`",
            decision.span,
            help="nothing could ever be taken out; remove `without`",
        )
