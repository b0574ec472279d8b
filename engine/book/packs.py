"""One page a pack: what it is for, what it asks, its numbers, its rules, and what rests on what.

What the pack brings stands on its own page, so a link there stays on it; everything else leads into the book.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from amends.engine.book.cases import StoredCase
from amends.engine.book.citations import citers, source_section
from amends.engine.book.conditions import condition_lines
from amends.engine.book.decisions import in_order, rule_section, say_how, values_table
from amends.engine.book.page import Page, anchor_of, code, heading_of, plain, sentence
from amends.engine.book.places import (
    COMPANIONS,
    FACTS,
    MEASURES,
    PARAMETERS,
    SOURCES,
    decision_page,
    pack_page,
    place_of_advice,
    remedy_page,
)
from amends.engine.book.reference import (
    advice_section,
    constraint_section,
    fact_section,
    measure_section,
    parameter_section,
)
from amends.engine.draw.wording import capital
from amends.engine.ignore import subject_of
from amends.engine.rulebase import About, Decision, Rule, RuleBase
from amends.engine.values import words

LEVEL_WORDS = ("the base", "a line of work", "a platform", "the house")


class PackPage(Page):
    """The page of one pack; a link to what the pack brings stays on it."""

    def __init__(self, about: About, rulebase: RuleBase) -> None:
        super().__init__(pack_page(about.name), about.title or about.name)
        self._own = dict(_own_targets(about.name, rulebase))

    def link(self, words: str, target: str) -> str:
        """Return a link to *target*, on this page where the pack brings it."""
        return super().link(words, self._own.get(target, target))


def _own_targets(pack: str, rulebase: RuleBase) -> Iterator[tuple[str, str]]:
    """Yield, for each thing of *pack*, where a book of the whole stack has it and where its page has it."""
    here = pack_page(pack)
    for rule in _rules_of(pack, rulebase):
        there = f"{decision_page(rule.decision)}#{rule.name}"
        yield there, f"{here}#{anchor_of(_heading(rule, rulebase))}"
    for decision in rulebase.decisions.values():
        if _is_brought(decision, pack):
            yield decision_page(decision.name), f"{here}#{anchor_of(_of_rules(decision))}"
    for section, page in (
        ("facts", FACTS),
        ("constraints", FACTS),
        ("parameters", PARAMETERS),
        ("measures", MEASURES),
    ):
        for name in _brought(section, pack, rulebase):
            yield f"{page}#{name}", f"{here}#{name}"
    for name in _brought("sources", pack, rulebase):
        yield f"{SOURCES}#{name.lower()}", f"{here}#{name.lower()}"
    for section in ("companions", "avoid"):
        for name in _brought(section, pack, rulebase):
            anchor = place_of_advice(section, name)
            yield f"{COMPANIONS}#{anchor}", f"{here}#{anchor}"
    for name in _brought("remedies", pack, rulebase):
        yield remedy_page(name), f"{here}#{name}"


def _brought(section: str, pack: str, rulebase: RuleBase) -> list[str]:
    groups: Mapping[str, Mapping[str, object]] = {
        "facts": rulebase.facts,
        "constraints": rulebase.constraints,
        "parameters": rulebase.parameters,
        "measures": rulebase.measures,
        "sources": rulebase.sources,
        **rulebase.catalogues,
    }
    return sorted(name for name in groups[section] if rulebase.origins.get(subject_of(section, name)) == pack)


def _rules_of(pack: str, rulebase: RuleBase) -> list[Rule]:
    return [rule for rule in rulebase.rules.values() if rule.pack == pack]


def _is_brought(decision: Decision, pack: str) -> bool:
    """Return whether *pack* brings the whole decision; rules of its own it may add to any."""
    return all(rule.pack == pack for rule in decision.rules)


def _heading(rule: Rule, rulebase: RuleBase) -> str:
    """Return the name of *rule*, with its decision before it where another of the pack has that name too."""
    named_so = [other for other in _rules_of(rule.pack, rulebase) if other.name == rule.name]
    if len(named_so) == 1:
        return heading_of(rule.name)
    title = rulebase.decisions[rule.decision].title
    return plain(f"{capital(title)}: {heading_of(rule.name)}")


def _of_rules(decision: Decision) -> str:
    return f"Its rules: {plain(decision.title)}"


def pack_page_of(about: About, rulebase: RuleBase, cases: Sequence[StoredCase] = ()) -> Page:
    """Return the page of the pack *about* tells of, laid in *rulebase*; *cases* are its own."""
    page = PackPage(about, rulebase)
    version = f" · version {code(about.version)}" if about.version else ""
    page.say(f"The pack {code(about.name)} of {LEVEL_WORDS[about.level]}{version}")
    page.say(sentence(about.about))
    if about.scope is not None:
        page.say("It changes nothing unless this holds, which every audit proves anew:")
        page.bullets(condition_lines(about.scope, page, rulebase))
    _changes(about.name, page, rulebase)
    _entries("facts", "What it asks", about.name, page, rulebase)
    _entries("constraints", "What cannot be", about.name, page, rulebase)
    _rules(about.name, page, rulebase)
    _advice(about.name, page, rulebase)
    _entries("parameters", "Its numbers", about.name, page, rulebase)
    _entries("measures", "What it works out", about.name, page, rulebase)
    _cases(cases, page, rulebase)
    _entries("sources", "Where it is from", about.name, page, rulebase)
    return page


def _changes(pack: str, page: Page, rulebase: RuleBase) -> None:
    lines = []
    for change in rulebase.changes:
        if change.pack == pack:
            did = "takes out" if change.disables else "replaces"
            lines.append(f"{did} {code(change.before.path)}: {sentence(change.reason)}")
    lines += [f"sets {code(reset.name)} anew" for reset in rulebase.resets if reset.pack == pack]
    if lines:
        page.heading("What it changes of what is there")
        page.bullets(lines)


def _entries(section: str, heading: str, pack: str, page: Page, rulebase: RuleBase) -> None:
    names = _brought(section, pack, rulebase)
    if not names:
        return
    page.heading(heading)
    cited = citers(rulebase) if section == "sources" else {}
    for name in names:
        match section:
            case "facts":
                fact_section(rulebase.facts[name], page, rulebase)
            case "constraints":
                constraint_section(rulebase.constraints[name], page, rulebase)
            case "parameters":
                parameter_section(rulebase.parameters[name], page, rulebase, 3)
            case "measures":
                measure_section(rulebase.measures[name], page, rulebase)
            case _:
                source_section(rulebase.sources[name], page, cited)


def _rules(pack: str, page: Page, rulebase: RuleBase) -> None:
    for _, decision in sorted(rulebase.decisions.items(), key=lambda item: (item[1].title, item[0])):
        own = [rule for rule in in_order(decision) if rule.pack == pack]
        if own:
            page.heading(_of_rules(decision))
            if _is_brought(decision, pack):
                say_how(decision, page, rulebase)
                values_table(decision, page, rulebase)
            else:
                page.say(f"Beside {page.link('those of the base', decision_page(decision.name))}.")
        for rule in own:
            rule_section(rule, decision, page, rulebase, _heading(rule, rulebase))


def _advice(pack: str, page: Page, rulebase: RuleBase) -> None:
    for section, heading in (
        ("remedies", "Its remedies"),
        ("companions", "What goes with a remedy"),
        ("avoid", "What to avoid"),
    ):
        names = _brought(section, pack, rulebase)
        if names:
            page.heading(heading)
        for name in names:
            advice_section(rulebase.catalogues[section][name], section, page, rulebase)


def _cases(cases: Sequence[StoredCase], page: Page, rulebase: RuleBase) -> None:
    if not cases:
        return
    page.heading("Stored cases")
    domain = rulebase.decisions["remedy"].domain
    rows = [(sentence(case.title), plain(capital(words(case.remedy, domain)))) for case in cases]
    page.table(("what happened", "what to do"), rows)
