"""All pages of a book, by path: what each says follows from the rule base and the cases alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from amends.engine.book.cases import StoredCase
from amends.engine.book.citations import sources_page
from amends.engine.book.claims import claims_page
from amends.engine.book.decisions import decision_page_of
from amends.engine.book.messages import messages_page
from amends.engine.book.packs import pack_page_of
from amends.engine.book.page import Page, heading_of, plain, sentence
from amends.engine.book.places import (
    CLAIMS,
    COMPANIONS,
    CONFLICTS,
    FACTS,
    INDEX,
    MEASURES,
    MESSAGES,
    PARAMETERS,
    SOURCES,
    cited,
    decision_page,
    pack_page,
    path_link,
    remedy_page,
)
from amends.engine.book.reference import companions_page, facts_page, measures_page, parameters_page
from amends.engine.book.remedies import remedy_page_of
from amends.engine.draw.wording import capital
from amends.engine.evidence import Conflict
from amends.engine.network import strata
from amends.engine.rulebase import About, RuleBase


def pages(
    rulebase: RuleBase,
    cases: Sequence[StoredCase] = (),
    laid: Mapping[str, tuple[RuleBase, Sequence[StoredCase]]] | None = None,
) -> Mapping[str, str]:
    """Return the text of every page by its path, which is relative and has slashes.

    *laid* holds packs that have a page each, by name: *rulebase* with the pack on it, and the pack's cases.
    """
    packs = [
        (about, stack, stored)
        for name, (stack, stored) in sorted((laid or {}).items())
        for about in stack.packs
        if about.name == name
    ]
    made = [
        index_page(rulebase, [about for about, _, _ in packs]),
        *(pack_page_of(about, stack, stored) for about, stack, stored in packs),
        *(
            remedy_page_of(remedy, rulebase, cases)
            for _, remedy in sorted(rulebase.catalogues["remedies"].items())
        ),
        *(decision_page_of(decision, rulebase) for _, decision in sorted(rulebase.decisions.items())),
        companions_page(rulebase),
        facts_page(rulebase),
        measures_page(rulebase),
        parameters_page(rulebase),
        sources_page(rulebase),
        conflicts_page(rulebase),
        *([claims_page(rulebase)] if rulebase.claims else []),
        *([messages_page(rulebase)] if rulebase.messages.blocks else []),
    ]
    return {page.path: page.text() for page in made}


def index_page(rulebase: RuleBase, packs: Sequence[About] = ()) -> Page:
    """Return the first page: every remedy, every decision, *packs*, and the way to the rest."""
    page = Page(INDEX, "The rule book")
    page.say(
        "What these rules advise, when, and why, written out so that it can be read and questioned. "
        "General information, no legal, tax or insurance advice."
    )
    page.heading("Remedies")
    page.say("One of them is the answer to a case.")
    page.bullets(
        f"{page.link(plain(remedy.title), remedy_page(name))}. {sentence(remedy.summary)}".rstrip()
        for name, remedy in sorted(
            rulebase.catalogues["remedies"].items(), key=lambda item: (item[1].title, item[0])
        )
    )
    page.heading("Decisions")
    page.say("What the facts are turned into on the way to a remedy and after it, in the order of deciding.")
    page.table(("decision", "rules", "name"), _decision_rows(page, rulebase))
    for level, heading in ((1, "Lines of work"), (2, "Platforms")):
        of_level = [about for about in packs if about.level == level]
        if of_level:
            page.heading(heading)
            page.say("Laid on these rules by whoever needs one, and felt nowhere else.")
        page.bullets(page.link(plain(about.title or about.name), pack_page(about.name)) for about in of_level)
    page.heading("To look up")
    page.bullets(
        page.link(words, target)
        for words, target in (
            ("What goes with a remedy, and what to avoid", COMPANIONS),
            ("Facts: what can be stated", FACTS),
            ("Measures, and how the money is worked out", MEASURES),
            ("Parameters: every number, with its source", PARAMETERS),
            ("Sources, and what rests on each", SOURCES),
            ("Conflicts: where the sources disagree, and what was made of it", CONFLICTS),
            ("Claims: what always holds", CLAIMS if rulebase.claims else ""),
            (
                "Messages: their order, their words, and what none may say",
                MESSAGES if rulebase.messages.blocks else "",
            ),
        )
        if target
    )
    return page


def _decision_rows(page: Page, rulebase: RuleBase) -> list[tuple[str, str, str]]:
    names = [name for stratum in strata(rulebase) for name in stratum if name in rulebase.decisions]
    return [
        (
            page.link(plain(capital(rulebase.decisions[name].title)), decision_page(name)),
            str(len(rulebase.decisions[name].rules)),
            f"`{name}`",
        )
        for name in names
    ]


def conflicts_page(rulebase: RuleBase) -> Page:
    """Return the page of conflicts: what each side advises, what was made of it, and where it shows."""
    page = Page(CONFLICTS, "Where the sources disagree")
    page.say(
        "Advice that cannot all be followed at once, what these rules make of it, and the rules that say "
        "when which side holds."
    )
    for _, conflict in sorted(rulebase.conflicts.items()):
        _conflict(conflict, page, rulebase)
    if not rulebase.conflicts:
        page.say("No conflict is recorded.")
    return page


def _conflict(conflict: Conflict, page: Page, rulebase: RuleBase) -> None:
    page.heading(heading_of(conflict.name))
    page.say(f"**{plain(conflict.title)}**")
    page.bullets(f"{sentence(side.advises)} {cited(page, side.sources)}" for side in conflict.sides)
    page.say(f"What was made of it: {sentence(conflict.resolution)}")
    page.say("Why:", sentence(conflict.because), cited(page, conflict.sources))
    page.say("Where it shows:")
    page.bullets(
        f"{path_link(page, rule)}: {sentence(rule.because)}"
        for path in conflict.rules
        if (rule := rulebase.rules.get(path)) is not None
    )
