"""One page a decision: how it is decided, what it reads, who reads it, and its rules in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from amends.engine.book.conditions import condition_lines
from amends.engine.book.page import Page, code, heading_of, plain, sentence
from amends.engine.book.places import (
    CONFLICTS,
    cited,
    decision_page,
    listed,
    named,
    rule_link,
    value_link,
)
from amends.engine.draw.wording import capital
from amends.engine.network import reads
from amends.engine.rulebase import Decision, HitPolicy, Rule, RuleBase
from amends.engine.values import sort_key, words

_POLICIES: Mapping[HitPolicy, str] = {
    HitPolicy.UNIQUE: "At most one rule may hold; two that hold are a conflict.",
    HitPolicy.ANY: "Several rules may hold if they say the same; else it is a conflict.",
    HitPolicy.PRIORITY: (
        "Of the rules that hold, those of the earliest tier stand. Two of one tier that say different things "
        "are a conflict, unless one overrides the other."
    ),
    HitPolicy.COLLECT: "Everything that the rules that hold say, together.",
    HitPolicy.COLLECT_MAX: "The highest number that a rule that holds says.",
    HitPolicy.COLLECT_MIN: "The lowest number that a rule that holds says.",
    HitPolicy.COLLECT_SUM: "The sum of what the rules that hold say.",
    HitPolicy.COLLECT_COUNT: "How many of the rules hold.",
}


def in_order(decision: Decision) -> list[Rule]:
    """Return the rules of *decision*, the earliest tier first, and by name within a tier."""
    rank = {tier: position for position, tier in enumerate(decision.tiers)}
    return sorted(decision.rules, key=lambda rule: (rank.get(rule.tier or "", 0), rule.path))


def tier_name(decision: Decision, tier: str) -> str:
    """Return the name of *tier* in words, with what it is about where that is said."""
    said = decision.tier_words.get(tier)
    return plain(tier.replace("_", " ")) + (f" ({plain(said)})" if said else "")


def decision_page_of(decision: Decision, rulebase: RuleBase) -> Page:
    """Return the page of *decision*."""
    page = Page(decision_page(decision.name), capital(decision.title))
    say_how(decision, page, rulebase)
    if decision.domain.values:
        page.heading("What it can be")
        values_table(decision, page, rulebase)
    _neighbours(decision, page, rulebase)
    if decision.tiers:
        page.heading("Which tier comes first")
        page.bullets((_tier_line(tier, decision) for tier in decision.tiers), numbered=True)
    page.heading("The rules at a glance")
    rows = [_row(rule, decision, page, rulebase) for rule in in_order(decision)]
    head = ("rule", "then") if not decision.tiers else ("tier", "rule", "then")
    page.table(head, rows)
    page.heading("The rules in full")
    for rule in in_order(decision):
        rule_section(rule, decision, page, rulebase)
    return page


def say_how(decision: Decision, page: Page, rulebase: RuleBase) -> None:
    """Add to *page* how the rules of *decision* come to one answer."""
    page.say(
        f"{code(decision.name)} · hit policy {code(decision.hit_policy.value)}",
        cited(page, decision.sources),
    )
    page.say(_POLICIES[decision.hit_policy])
    page.say(_otherwise(decision, page, rulebase))
    if decision.without is not None:
        page.say(f"What {named(page, decision.without, rulebase)} collects is taken out last.")


def _tier_line(tier: str, decision: Decision) -> str:
    gate = "; a gate, which no pack passes over in silence" if tier in decision.gates else ""
    return f"{tier_name(decision, tier)}{gate}"


def _otherwise(decision: Decision, page: Page, rulebase: RuleBase) -> str:
    if decision.hit_policy in (HitPolicy.COLLECT, HitPolicy.COLLECT_COUNT, HitPolicy.COLLECT_SUM):
        return ""
    if decision.otherwise is None:
        return "If every rule says no, there is no value: a gap."
    because = f" {sentence(decision.otherwise_because)}" if decision.otherwise_because else ""
    return f"If every rule says no: **{value_link(page, decision.otherwise, decision, rulebase)}**.{because}"


def values_table(decision: Decision, page: Page, rulebase: RuleBase) -> None:
    """Add to *page* the values of *decision*, if it has names for them."""
    domain = decision.domain
    used = {value for rule in decision.rules for value in rule.then} | {decision.otherwise}
    rows = [
        (
            code(value),
            value_link(page, value, decision, rulebase) + ("" if value in used else " (no rule says it)"),
        )
        for value in domain.values
    ]
    page.table(("value", "in words"), rows)
    page.bullets(
        f"{code(name)} stands for {listed(plain(words(value, domain)) for value in sorted(members))}"
        for name, members in sorted(domain.sets.items())
    )


def _neighbours(decision: Decision, page: Page, rulebase: RuleBase) -> None:
    page.heading("What it reads, and what reads it")
    read = sorted(reads(rulebase)[decision.name], key=lambda name: (rulebase.title(name), name))
    lines = []
    for kind, group in (
        ("facts", rulebase.facts),
        ("measures", rulebase.measures),
        ("decisions", rulebase.decisions),
    ):
        links = [named(page, name, rulebase) for name in read if name in group]
        lines += [f"reads the {kind} {listed(links)}"] if links else []
    lines.append(f"is read by {readers(decision.name, page, rulebase)}")
    page.bullets(lines)


def readers(name: str, page: Page, rulebase: RuleBase) -> str:
    """Return the measures and decisions that read *name* directly, as links."""
    found = [reader for reader, read in sorted(reads(rulebase).items()) if name in read]
    return listed((named(page, reader, rulebase) for reader in found), "no rule or measure")


def _row(rule: Rule, decision: Decision, page: Page, rulebase: RuleBase) -> tuple[str, ...]:
    then = says(rule, decision, page, rulebase)
    tier = (plain((rule.tier or "").replace("_", " ")),) if decision.tiers else ()
    return (*tier, rule_link(page, rule), then)


def says(rule: Rule, decision: Decision, page: Page, rulebase: RuleBase) -> str:
    """Return what *rule* concludes, in words."""
    if decision.hit_policy is HitPolicy.COLLECT_COUNT:
        return "counts as one"
    return listed(value_link(page, value, decision, rulebase) for value in sorted(rule.then, key=sort_key))


def rule_section(
    rule: Rule, decision: Decision, page: Page, rulebase: RuleBase, heading: str | None = None
) -> None:
    """Add *rule* to *page*, whole: its tests, what it says, why, from where, and what it gives way to.

    Its *heading* is its name unless that would say the same as another on the page.
    """
    page.heading(heading or heading_of(rule.name), 3)
    page.say(" · ".join(_marks(rule, decision)))
    page.say("When")
    page.bullets(condition_lines(rule.when, page, rulebase))
    page.say(
        f"then **{says(rule, decision, page, rulebase)}**.",
        sentence(rule.because),
        cited(page, rule.sources),
    )
    others = {other.name: other for other in decision.rules}
    if rule.overrides:
        links = [rule_link(page, others[name]) for name in rule.overrides if name in others]
        page.say(f"Overrides {listed(links)}.")
    page.say(_conflicts(rule, page, rulebase))


def _marks(rule: Rule, decision: Decision) -> Iterator[str]:
    yield code(rule.path)
    if rule.tier is not None:
        yield f"tier {plain(rule.tier.replace('_', ' '))}"
    if rule.level:
        yield f"from the pack {code(rule.pack)}"


def _conflicts(rule: Rule, page: Page, rulebase: RuleBase) -> str:
    """Return the conflicts between sources that *rule* helps to settle."""
    links = [
        page.link(plain(conflict.title), f"{CONFLICTS}#{conflict.name}")
        for _, conflict in sorted(rulebase.conflicts.items())
        if rule.path in conflict.rules
    ]
    return f"Where the sources disagree: {listed(links)}" if links else ""
