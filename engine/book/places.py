"""Where in the book each thing stands, and links there in words."""

from __future__ import annotations

from collections.abc import Iterable

from amends.engine.book.page import Page, code, heading_of, plain
from amends.engine.draw.wording import capital
from amends.engine.message import MESSAGE
from amends.engine.rulebase import Decision, Rule, RuleBase, Value
from amends.engine.values import words

INDEX, SOURCES, CONFLICTS, CLAIMS = "index.md", "sources.md", "conflicts.md", "claims.md"
MESSAGES = "messages.md"
FACTS, MEASURES, PARAMETERS, COMPANIONS = "facts.md", "measures.md", "parameters.md", "companions.md"


def decision_page(name: str) -> str:
    """Return the path of the page of a decision."""
    return f"decisions/{name}.md"


def remedy_page(name: str) -> str:
    """Return the path of the page of a remedy."""
    return f"remedies/{name}.md"


def pack_page(name: str) -> str:
    """Return the path of the page of a pack."""
    return f"packs/{name}.md"


def place(name: str, rulebase: RuleBase) -> str:
    """Return where a fact, measure, parameter or decision stands. Raises `KeyError`."""
    if name in rulebase.decisions:
        return decision_page(name)
    for page, group in (
        (FACTS, rulebase.facts),
        (MEASURES, rulebase.measures),
        (PARAMETERS, rulebase.parameters),
    ):
        if name in group:
            return f"{page}#{name}"
    raise KeyError(name)


def named(page: Page, name: str, rulebase: RuleBase) -> str:
    """Return the title of a fact, measure, parameter or decision as a link to where it stands."""
    return page.link(plain(capital(rulebase.title(name))), place(name, rulebase))


def rule_link(page: Page, rule: Rule) -> str:
    """Return the name of *rule* as a link to it."""
    return page.link(heading_of(rule.name), f"{decision_page(rule.decision)}#{rule.name}")


def path_link(page: Page, rule: Rule) -> str:
    """Return the path of *rule* as a link to it."""
    return page.link(code(rule.path), f"{decision_page(rule.decision)}#{rule.name}")


def value_link(page: Page, value: Value | None, decision: Decision, rulebase: RuleBase) -> str:
    """Return a value of *decision* in words, linked where it has a page or a place of its own."""
    said = plain(capital(words(value, decision.domain)))
    if not isinstance(value, str):
        return said
    for catalogue, target in (
        ("remedies", remedy_page(value)),
        ("companions", f"{COMPANIONS}#{place_of_advice('companions', value)}"),
        ("avoid", f"{COMPANIONS}#{place_of_advice('avoid', value)}"),
    ):
        entry = rulebase.catalogues[catalogue].get(value)
        if entry is not None and decision.domain.values.get(value) == entry.title:
            return page.link(said, target)
    if decision.name == MESSAGE and value in rulebase.messages.skeletons:
        return page.link(said, f"{MESSAGES}#order-{value}")
    return said


def place_of_advice(catalogue: str, name: str) -> str:
    """Return the anchor of an entry of `companions` or `avoid`, which may share a name."""
    return name if catalogue == "companions" else f"not-{name}"


def cited(page: Page, sources: Iterable[str]) -> str:
    """Return citations as links to the sources, in brackets; nothing for none."""
    links = [page.link(source, f"{SOURCES}#{source.split(':')[0].lower()}") for source in sources]
    return f"({', '.join(links)})" if links else ""


def listed(links: Iterable[str], none: str = "nothing") -> str:
    """Return *links* after one another."""
    return ", ".join(links) or none
