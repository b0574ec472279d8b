"""The pages to look things up in: facts, measures with the money, parameters, companions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from amends.engine.advice import Advice
from amends.engine.book.conditions import condition_lines
from amends.engine.book.decisions import in_order, readers
from amends.engine.book.page import Page, code, heading_of, plain, sentence
from amends.engine.book.places import (
    COMPANIONS,
    FACTS,
    MEASURES,
    PARAMETERS,
    cited,
    decision_page,
    listed,
    named,
    path_link,
    place_of_advice,
    remedy_page,
)
from amends.engine.book.steps import step_lines
from amends.engine.draw.wording import capital
from amends.engine.rulebase import (
    Constraint,
    Domain,
    Fact,
    Kind,
    Measure,
    MoneyBasis,
    Parameter,
    RuleBase,
)
from amends.engine.values import decimal_text, words

_CONTROLS = {"you": "you", "client": "the client"}
_KINDS = {
    Kind.CHOICE: "one of these",
    Kind.SET: "any of these, or none",
    Kind.FLAG: "yes or no",
    Kind.COUNT: "a count",
    Kind.NUMBER: "a number",
    Kind.MONEY: "an amount",
    Kind.DATE: "a day",
}


def facts_page(rulebase: RuleBase) -> Page:
    """Return the page of everything that a case can state, and of what no case can."""
    page = Page(FACTS, "Facts")
    page.say("Everything that a case can state. What is left out is not known, unless something is assumed.")
    page.heading("What can be stated")
    for _, fact in sorted(rulebase.facts.items()):
        fact_section(fact, page, rulebase)
    if rulebase.constraints:
        page.heading("What cannot be")
        page.say("A case that states one of these is refused.")
        for _, constraint in sorted(rulebase.constraints.items()):
            constraint_section(constraint, page, rulebase)
    return page


def constraint_section(constraint: Constraint, page: Page, rulebase: RuleBase) -> None:
    """Add *constraint* to *page*: what never is, why and from where."""
    page.heading(heading_of(constraint.name), 3)
    page.bullets(condition_lines(constraint.never, page, rulebase))
    page.say(sentence(constraint.because), cited(page, constraint.sources))


def fact_section(fact: Fact, page: Page, rulebase: RuleBase) -> None:
    """Add *fact* to *page*: its question, its values, who can change it, what reads it."""
    page.heading(code(fact.name), 3)
    page.say(f"**{sentence(fact.question)}**", sentence(fact.help))
    page.bullets(_fact_lines(fact, page, rulebase))


def _fact_lines(fact: Fact, page: Page, rulebase: RuleBase) -> Iterator[str]:
    yield f"called “{plain(fact.title)}”"
    yield f"{_KINDS[fact.domain.kind]}{_bounds(fact.domain)}"
    for value, said in fact.domain.values.items():
        cue = fact.cues.get(value)
        yield f"    - {code(value)}: {plain(said)}{f' – {plain(cue)}' if cue else ''}"
    for name, members in sorted(fact.domain.sets.items()):
        yield f"    - {code(name)} stands for {listed(code(member) for member in sorted(members))}"
    if fact.controls in _CONTROLS:
        yield f"{_CONTROLS[fact.controls]} can change it"
    if fact.assume is not None:
        yield f"while it is not stated, this is taken for granted: {plain(words(fact.assume, fact.domain))}"
    if fact.stop_if:
        yield f"stop if {plain(fact.stop_if)}"
    yield f"read by {readers(fact.name, page, rulebase)}"
    if fact.sources:
        yield f"from {cited(page, fact.sources)[1:-1]}"


def _bounds(domain: Domain) -> str:
    """Return unit and bounds of a number; a bound that only keeps slips out is left out."""
    if not domain.kind.is_number:
        return ""
    unit = f", in {plain(domain.unit)}" if domain.unit else ""
    low, high = domain.lowest, domain.highest
    said = [
        f"from {decimal_text(low)}" if low is not None else "",
        f"to {decimal_text(high)}" if high is not None else "",
    ]
    places = f", at most {domain.decimals} decimals" if domain.decimals else ""
    return f"{unit}, {' '.join(part for part in said if part)}{places}"


def measures_page(rulebase: RuleBase) -> Page:
    """Return the page of what is computed: measures, and how each kind of money is worked out."""
    page = Page(MEASURES, "Measures and money")
    page.say("Numbers that are computed from facts, parameters and decisions. Arithmetic is exact.")
    page.heading("Measures")
    for _, measure in sorted(rulebase.measures.items()):
        measure_section(measure, page, rulebase)
    if rulebase.money:
        page.heading("How the money is worked out")
        for _, basis in sorted(rulebase.money.items()):
            page.heading(f"Money {code(basis.name)}", 3)
            page.say(sentence(basis.title), cited(page, basis.sources))
            page.bullets(_money_lines(basis, page, rulebase))
    return page


def measure_section(measure: Measure, page: Page, rulebase: RuleBase) -> None:
    """Add *measure* to *page*: what it is, how it is worked out, what reads it."""
    page.heading(code(measure.name), 3)
    page.say(plain(capital(measure.title)))
    page.bullets(_measure_lines(measure, page, rulebase))


def _measure_lines(measure: Measure, page: Page, rulebase: RuleBase) -> Iterator[str]:
    yield code(measure.text)
    if measure.domain.unit:
        yield f"in {plain(measure.domain.unit)}"
    if measure.round is not None:
        yield f"rounded to {decimal_text(measure.round)}, half up"
    yield f"computed from {listed(named(page, name, rulebase) for name in measure.inputs)}"
    yield f"read by {readers(measure.name, page, rulebase)}"
    if measure.sources:
        yield f"from {cited(page, measure.sources)[1:-1]}"


def _money_lines(basis: MoneyBasis, page: Page, rulebase: RuleBase) -> Iterator[str]:
    yield f"said as: {code(basis.formula)}"
    yield f"the amount is {_amount(basis.amount, page, rulebase)}"
    if basis.low != basis.amount or basis.high != basis.amount:
        low, high = (_amount(name, page, rulebase) for name in (basis.low, basis.high))
        yield f"it may lie between {low} and {high}"
    if basis.floors:
        yield f"never below {_amounts(basis.floors, page, rulebase)}"
    if basis.caps:
        yield f"never above {_amounts(basis.caps, page, rulebase)}"
    if basis.owed_to != "client":
        yield f"owed to {plain(basis.owed_to)}"


def _amount(name: str, page: Page, rulebase: RuleBase) -> str:
    return f"{named(page, name, rulebase)} ({code(name)})"


def _amounts(names: Iterable[str], page: Page, rulebase: RuleBase) -> str:
    return listed(_amount(name, page, rulebase) for name in names)


def parameters_page(rulebase: RuleBase) -> Page:
    """Return the page of constants: what each is, and its source or why it was set so."""
    page = Page(PARAMETERS, "Parameters")
    page.say("The numbers that rules and measures use. Where no source fixes one, it is ours and says why.")
    for _, parameter in sorted(rulebase.parameters.items()):
        parameter_section(parameter, page, rulebase)
    return page


def parameter_section(parameter: Parameter, page: Page, rulebase: RuleBase, level: int = 2) -> None:
    """Add *parameter* to *page*: what it is, where it is from or why it was set so, what uses it."""
    page.heading(code(parameter.name), level)
    unit = f" {plain(parameter.unit)}" if parameter.unit else ""
    page.say(f"{plain(capital(parameter.title))}: **{decimal_text(parameter.value)}{unit}**")
    page.bullets(_parameter_lines(parameter, page, rulebase))


def _parameter_lines(parameter: Parameter, page: Page, rulebase: RuleBase) -> Iterator[str]:
    because = sentence(parameter.because) if parameter.because else ""
    if parameter.ours:
        yield f"ours: {because}"
    elif because:
        yield because
    if parameter.sources:
        day = f", as of {parameter.as_of.isoformat()}" if parameter.as_of else ""
        day += f", to be reviewed by {parameter.review_by.isoformat()}" if parameter.review_by else ""
        yield f"from {cited(page, parameter.sources)[1:-1]}{day}"
    read = [name for name, measure in sorted(rulebase.measures.items()) if parameter.name in measure.inputs]
    rules = [rule for rule in rulebase.rules.values() if parameter.name in rule.parameters]
    users = [*(named(page, name, rulebase) for name in read), *(path_link(page, rule) for rule in rules)]
    users += _advice_using(parameter.name, page, rulebase)
    if users:
        yield f"used by {listed(users)}"


def _advice_using(name: str, page: Page, rulebase: RuleBase) -> Iterator[str]:
    """Yield a link to each remedy and companion that a limit of *name* hours binds."""
    for catalogue, entries in sorted(rulebase.catalogues.items()):
        for _, entry in sorted(entries.items()):
            if not any(name in step.parameters for step in entry.steps):
                continue
            anchor = f"{COMPANIONS}#{place_of_advice(catalogue, entry.name)}"
            target = remedy_page(entry.name) if catalogue == "remedies" else anchor
            yield page.link(plain(capital(entry.title)), target)


def companions_page(rulebase: RuleBase) -> Page:
    """Return the page of what goes with a remedy, and of what to avoid."""
    page = Page(COMPANIONS, "What goes with it, and what to avoid")
    for catalogue, title in (("companions", "What goes with a remedy"), ("avoid", "What to avoid")):
        if rulebase.catalogues[catalogue]:
            page.heading(title)
            for _, entry in sorted(rulebase.catalogues[catalogue].items()):
                advice_section(entry, catalogue, page, rulebase)
    return page


def advice_section(entry: Advice, catalogue: str, page: Page, rulebase: RuleBase) -> None:
    """Add a companion, or something to avoid, to *page*: what it is, its steps, what says it."""
    page.heading(f"Not {code(entry.name)}" if catalogue == "avoid" else code(entry.name), 3)
    page.say(f"**{sentence(entry.title)}**", sentence(entry.summary), cited(page, entry.sources))
    page.bullets(step_lines(entry.steps, page, rulebase), numbered=True)
    decision = rulebase.decisions.get(catalogue)
    rules = [rule for rule in in_order(decision) if entry.name in rule.then] if decision else []
    whole = page.link(plain(decision.title), decision_page(decision.name)) if decision else ""
    if rules:
        page.say(f"Said by {listed(path_link(page, rule) for rule in rules)}")
    elif decision is not None:
        page.say(f"No rule of “{whole}” says this.")
