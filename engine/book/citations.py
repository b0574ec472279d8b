"""Who cites each source: the other end of every `sources:` in a rule base."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from amends.engine.book.page import Page, code, plain, sentence
from amends.engine.book.places import (
    CLAIMS,
    COMPANIONS,
    CONFLICTS,
    FACTS,
    MEASURES,
    MESSAGES,
    PARAMETERS,
    SOURCES,
    decision_page,
    listed,
    place_of_advice,
    remedy_page,
)
from amends.engine.evidence import SOURCE_KINDS, Citable
from amends.engine.rulebase import RuleBase


@dataclass(frozen=True, slots=True, order=True)
class Citer:
    """What cites a source: its kind, its name, and where it stands in the book."""

    kind: str
    name: str
    target: str


def citers(rulebase: RuleBase) -> Mapping[str, tuple[Citer, ...]]:
    """Return, for each citation such as `S000:L13`, everything that makes it, in order of kind and name."""
    found: dict[str, set[Citer]] = {}
    for citer, sources in _citing(rulebase):
        for source in sources:
            found.setdefault(source, set()).add(citer)
    return {source: tuple(sorted(citing)) for source, citing in found.items()}


def _citing(rulebase: RuleBase) -> Iterator[tuple[Citer, Iterable[str]]]:
    for rule in rulebase.rules.values():
        yield Citer("rule", rule.path, f"{decision_page(rule.decision)}#{rule.name}"), rule.sources
    for name, decision in rulebase.decisions.items():
        yield Citer("decision", name, decision_page(name)), decision.sources
    for name, fact in rulebase.facts.items():
        yield Citer("fact", name, f"{FACTS}#{name}"), fact.sources
    for name, measure in rulebase.measures.items():
        yield Citer("measure", name, f"{MEASURES}#{name}"), measure.sources
    for name, parameter in rulebase.parameters.items():
        yield Citer("parameter", name, f"{PARAMETERS}#{name}"), parameter.sources
    for name, basis in rulebase.money.items():
        yield Citer("money", name, f"{MEASURES}#money-{name}"), basis.sources
    for name, constraint in rulebase.constraints.items():
        yield Citer("constraint", name, f"{FACTS}#{name}"), constraint.sources
    for kind, catalogue in (("remedy", "remedies"), ("companion", "companions"), ("thing to avoid", "avoid")):
        for name, entry in rulebase.catalogues[catalogue].items():
            anchor = f"{COMPANIONS}#{place_of_advice(catalogue, name)}"
            target = remedy_page(name) if kind == "remedy" else anchor
            yield (
                Citer(kind, name, target),
                (*entry.sources, *(s for step in entry.steps for s in step.sources)),
            )
    for name, claim in rulebase.claims.items():
        yield Citer("claim", name, f"{CLAIMS}#{name}"), claim.sources
    for kind, group in (
        ("order", rulebase.messages.skeletons),
        ("channel", rulebase.messages.channels),
        ("block", rulebase.messages.blocks),
        ("phrase", rulebase.messages.phrases),
    ):
        for name, part in group.items():
            yield Citer(kind, name, f"{MESSAGES}#{kind}-{name}"), part.sources
    for name, conflict in rulebase.conflicts.items():
        sides = (source for side in conflict.sides for source in side.sources)
        yield Citer("conflict", name, f"{CONFLICTS}#{name}"), (*conflict.sources, *sides)


def sources_page(rulebase: RuleBase) -> Page:
    """Return the page of sources: what each says, and what in the rule base rests on it."""
    page = Page(SOURCES, "Sources")
    page.say("What rules, numbers, steps and remedies were taken from. Articles are cited by line.")
    page.say(
        "Law, insurance and the rules of platforms hold in one place and for a time: what is taken from them "
        "is general information."
    )
    cited = citers(rulebase)
    kinds = [*dict.fromkeys(("article", *SOURCE_KINDS)), None]
    for kind in kinds:
        found = [source for source in rulebase.sources.values() if _kind_of(source) == kind]
        if found:
            page.heading(_HEADINGS.get(kind, "Other sources"))
        for source in sorted(found, key=lambda source: source.name):
            source_section(source, page, cited)
    return page


def _kind_of(source: Citable) -> str | None:
    return source.kind or ("article" if source.lines else None)


def source_section(source: Citable, page: Page, cited: Mapping[str, tuple[Citer, ...]]) -> None:
    """Add *source* to *page*: what it is, what it says, and what rests on it."""
    page.heading(source.name, 3)
    held = [plain(source.jurisdiction)] if source.jurisdiction else []
    held += [f"as of {source.as_of.isoformat()}"] if source.as_of else []
    page.say(f"*{plain(source.title)}* – {plain(source.where)}{f' ({listed(held)})' if held else ''}")
    page.say(sentence(source.says))
    if not source.citable_lines:
        page.say(f"Rests on it: {_links(page, cited.get(source.name, ()))}")
    rows = [
        (f"L{line}", plain(gist), _resting(line, source, page, cited))
        for line, gist in source.citable_lines.items()
    ]
    page.table(("line", "what it says, in our words", "what rests on it"), rows)


_HEADINGS: Mapping[str | None, str] = {
    "article": "Articles",
    "research": "Research",
    "law": "Law",
    "insurance": "Insurance",
    "platform": "Platforms",
    "practice": "Practice",
}


def _resting(line: int, source: Citable, page: Page, cited: Mapping[str, tuple[Citer, ...]]) -> str:
    """Return what rests on a line; what only tells the context need bear nothing."""
    citing = cited.get(f"{source.name}:L{line}", ())
    return "context" if line in source.context and not citing else _links(page, citing)


def _links(page: Page, citing: Iterable[Citer]) -> str:
    """Return the citers by kind, each a link."""
    kinds: dict[str, list[str]] = {}
    for citer in citing:
        kinds.setdefault(citer.kind, []).append(page.link(code(citer.name), citer.target))
    said = [f"{_kind(kind, len(links))} {', '.join(links)}" for kind, links in kinds.items()]
    return "; ".join(said) or "nothing yet"


def _kind(kind: str, count: int) -> str:
    return kind if count == 1 else _PLURALS.get(kind, f"{kind}s")


_PLURALS = {"remedy": "remedies", "money": "money", "thing to avoid": "things to avoid"}
