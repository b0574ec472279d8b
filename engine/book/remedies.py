"""One page a remedy: when, when not, the steps, the money, what goes with it, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from amends.engine.advice import Advice
from amends.engine.book.cases import StoredCase
from amends.engine.book.conditions import condition_lines
from amends.engine.book.decisions import in_order, says, tier_name
from amends.engine.book.page import Page, code, plain, sentence
from amends.engine.book.picture import picture_of
from amends.engine.book.places import (
    MEASURES,
    MESSAGES,
    SOURCES,
    cited,
    decision_page,
    listed,
    remedy_page,
    rule_link,
)
from amends.engine.book.steps import step_lines
from amends.engine.book.under import Under, depending_on, excludes, peculiar_to
from amends.engine.deciding import AVOID, COMPANIONS, REMEDY
from amends.engine.draw.mermaid import mermaid
from amends.engine.draw.wording import capital
from amends.engine.message import MESSAGE
from amends.engine.money import BASIS
from amends.engine.rulebase import (
    PLACEHOLDER,
    Decision,
    MoneyBasis,
    Rule,
    RuleBase,
)
from amends.engine.truth import Truth

MOST_CASES = 12


def remedy_page_of(remedy: Advice, rulebase: RuleBase, cases: Sequence[StoredCase]) -> Page:
    """Return the page of *remedy*; *cases* are those that a reader may look at."""
    page = Page(remedy_page(remedy.name), remedy.title)
    page.say(sentence(remedy.summary), f"Its name in the rules is {code(remedy.name)}.")
    decision = rulebase.decisions.get(REMEDY)
    rules = [rule for rule in in_order(decision) if remedy.name in rule.then] if decision else []
    if decision is not None:
        _when(rules, remedy, decision, page, rulebase)
        _when_not(rules, remedy, decision, page, rulebase)
    page.heading("What to do")
    page.bullets(step_lines(remedy.steps, page, rulebase), numbered=True)
    _companions(remedy, page, rulebase)
    _money(remedy, page, rulebase)
    _message(remedy, page, rulebase)
    _sources(remedy, rules, page, rulebase)
    _cases(remedy, cases, page)
    if rules and decision is not None:
        page.heading("The picture")
        page.fence("mermaid", mermaid(picture_of(remedy, rules, decision, rulebase)))
    return page


def _when(rules: Sequence[Rule], remedy: Advice, decision: Decision, page: Page, rulebase: RuleBase) -> None:
    page.heading("When")
    whole = page.link(plain(decision.title), decision_page(decision.name))
    stands = decision.otherwise == remedy.name
    if stands:
        page.say(f"When no rule of “{whole}” speaks.", sentence(decision.otherwise_because))
    if not rules:
        page.say("" if stands else "No rule leads here.")
        return
    each = "When this holds" if len(rules) == 1 else "When one of these holds"
    page.say(f"{each}, and nothing that comes first does:")
    for number, rule in enumerate(rules, start=1):
        which = f"({number}) " if len(rules) > 1 else ""
        tier = f", tier {tier_name(decision, rule.tier)}" if rule.tier else ""
        page.say(f"{which}**{rule_link(page, rule)}**{tier}")
        page.bullets(condition_lines(rule.when, page, rulebase))
        page.say(sentence(rule.because), cited(page, rule.sources))


def _when_not(
    rules: Sequence[Rule], remedy: Advice, decision: Decision, page: Page, rulebase: RuleBase
) -> None:
    page.heading("When not")
    lines = list(_beaters(rules, remedy, decision, page, rulebase))
    avoid = rulebase.decisions.get(AVOID)
    warned = [rule for rule in in_order(avoid) if remedy.name in rule.then] if avoid else []
    if lines:
        page.say("What comes first, if it holds as well: what is said instead, and by which rules.")
        page.bullets(lines)
    elif rules:
        page.say("No rule with another answer comes before these.")
    if warned:
        whole = page.link(plain(avoid.title), decision_page(AVOID)) if avoid else ""
        page.say(f"It stands under “{whole}” when one of these holds:")
        for rule in warned:
            page.say(f"**{rule_link(page, rule)}**")
            page.bullets(condition_lines(rule.when, page, rulebase))
            page.say(sentence(rule.because), cited(page, rule.sources))


def _beaters(
    rules: Sequence[Rule], remedy: Advice, decision: Decision, page: Page, rulebase: RuleBase
) -> Iterable[str]:
    """Yield, by tier, by what they say and by which they beat, the rules that beat those of *remedy*.

    Two rules that ask for different values of one thing never hold together, and are no matter here.
    """
    by_tier: dict[str, dict[str, list[str]]] = {}
    for other in in_order(decision):
        numbers = [
            str(number)
            for number, rule in enumerate(rules, start=1)
            if decision.beats(other, rule) and not excludes(other, rule)
        ]
        if remedy.name not in other.then and numbers:
            only = f" (before {listed(numbers)} only)" if len(numbers) < len(rules) else ""
            instead = by_tier.setdefault(other.tier or "", {})
            said = says(other, decision, page, rulebase) + only
            instead.setdefault(said, []).append(rule_link(page, other))
    for tier, instead in by_tier.items():
        yield f"- {tier_name(decision, tier)}"
        for answer, found in instead.items():
            yield f"    - {answer}: {listed(found)}"


def _companions(remedy: Advice, page: Page, rulebase: RuleBase) -> None:
    decision = rulebase.decisions.get(COMPANIONS)
    if decision is None:
        return
    page.heading("What goes with it")
    rules = depending_on(remedy.name, COMPANIONS, rulebase)
    page.bullets(_line(rule, decision, page, rulebase, remedy) for rule in rules)
    more = page.link("What goes with a remedy", decision_page(COMPANIONS))
    what = "depends on the facts alone, whatever the remedy" if rules else "depends on the facts alone"
    page.say(f"What else goes with it {what}: see {more}.")


def _line(rule: Rule, decision: Decision, page: Page, rulebase: RuleBase, remedy: Advice) -> str:
    """Return what *rule* says for this remedy, and what else it asks for beside the remedy."""
    always = Under(remedy.name, rulebase, back=True).truth(rule.when) is Truth.YES
    sure = "unless something comes first" if decision.tiers else "always"
    often = sure if always else "depending on the facts"
    said = f"**{says(rule, decision, page, rulebase)}**, {often}: {rule_link(page, rule)}."
    return f"{said} {sentence(rule.because)} {cited(page, rule.sources)}"


def _money(remedy: Advice, page: Page, rulebase: RuleBase) -> None:
    decision = rulebase.decisions.get(BASIS)
    if decision is None:
        return
    page.heading("Money")
    rules = depending_on(remedy.name, BASIS, rulebase)
    page.bullets(
        _line(rule, decision, page, rulebase, remedy) + worked_out(rule, page, rulebase) for rule in rules
    )
    more = page.link(plain(decision.title), decision_page(BASIS))
    if rules:
        page.say(f"Which of these comes first, and what the facts alone can add: “{more}”.")
    else:
        page.say(f"No money comes from this remedy by itself; what the facts alone can call for: “{more}”.")


def _message(remedy: Advice, page: Page, rulebase: RuleBase) -> None:
    decision = rulebase.decisions.get(MESSAGE)
    if decision is None or not rulebase.messages.skeletons:
        return
    page.heading("The message")
    page.bullets(
        _line(rule, decision, page, rulebase, remedy) for rule in depending_on(remedy.name, MESSAGE, rulebase)
    )
    _wordings(remedy, page, rulebase)
    more = page.link(plain(decision.title), decision_page(MESSAGE))
    worded = page.link("how each part is worded", MESSAGES)
    page.say(f"Which message fits the facts: “{more}”; {worded}.")


def _wordings(remedy: Advice, page: Page, rulebase: RuleBase) -> None:
    """Add what messages say of *remedy* and of few others; whether each is said, the facts decide."""
    for name, block in sorted(rulebase.messages.blocks.items()):
        own = [
            variant.text for variant in block.variants if remedy.name in peculiar_to(variant.when, rulebase)
        ]
        texts = [text for text in dict.fromkeys(own) if text.strip()]
        if texts:
            page.say(f"{page.link(plain(capital(block.title)), f'{MESSAGES}#block-{name}')}:")
        for text in texts:
            page.fence("text", text)


def worked_out(rule: Rule, page: Page, rulebase: RuleBase) -> str:
    """Return how the money of the bases that *rule* names is worked out."""
    bases = [
        rulebase.money[value] for value in rule.then if isinstance(value, str) and value in rulebase.money
    ]
    links = [page.link(money_words(basis, rulebase), f"{MEASURES}#money-{basis.name}") for basis in bases]
    return f" Worked out as {listed(links)}." if links else ""


def money_words(basis: MoneyBasis, rulebase: RuleBase) -> str:
    """Return the formula of *basis* with titles for names."""
    return plain(formula_words(basis.formula, rulebase.title))


def formula_words(text: str, title: Callable[[str], str]) -> str:
    """Return *text* with the titles of the names in its braces.

    >>> formula_words("{fee} paid", str.upper)
    '“FEE” paid'
    """
    return PLACEHOLDER.sub(lambda match: f"“{title(match[1])}”", text)


def _sources(remedy: Advice, rules: Sequence[Rule], page: Page, rulebase: RuleBase) -> None:
    page.heading("Sources")
    own = [*remedy.sources, *(s for step in remedy.steps for s in step.sources)]
    citations = dict.fromkeys([*own, *(s for rule in rules for s in rule.sources)])
    page.bullets(source_line(citation, page, rulebase) for citation in sorted(citations))


def source_line(citation: str, page: Page, rulebase: RuleBase) -> str:
    """Return a citation with the title of its source, and what it says of the matter."""
    name, _, line = citation.partition(":L")
    source = rulebase.sources.get(name)
    if source is None:
        return plain(citation)
    gist = source.citable_lines.get(int(line)) if line else source.says
    link = page.link(plain(citation), f"{SOURCES}#{name.lower()}")
    where = f" ({plain(source.jurisdiction)})" if source.jurisdiction else ""
    return f"{link} *{plain(source.title)}*{where}. {sentence(gist)}".rstrip()


def _cases(remedy: Advice, cases: Sequence[StoredCase], page: Page) -> None:
    ends = [case for case in cases if case.remedy == remedy.name]
    if not ends:
        return
    page.heading("Stored cases that end here")
    page.bullets(f"{plain(case.title)} ({code(case.path)})" for case in ends[:MOST_CASES])
    if len(ends) > MOST_CASES:
        page.say(f"And {len(ends) - MOST_CASES} more.")
