"""The page of claims: what must hold of every verdict, whatever the case."""

from __future__ import annotations

from collections.abc import Mapping

from amends.engine.book.conditions import condition_lines
from amends.engine.book.page import Page, code, heading_of, plain, sentence
from amends.engine.book.places import CLAIMS, MESSAGES, cited, listed, named, place
from amends.engine.claim import (
    Cited,
    Claim,
    Guarded,
    Holds,
    Keeps,
    MoneyWithin,
    Move,
    OneValue,
    Steady,
)
from amends.engine.rulebase import AllOf, RuleBase
from amends.engine.values import words

_MOVES: Mapping[Move, str] = {
    Move.LOWER: "is lower",
    Move.HIGHER: "is higher",
    Move.OTHER: "is another",
    Move.UNKNOWN: "is not known",
}
_KEEPS: Mapping[Keeps, str] = {
    Keeps.NO_MORE_MONEY: "the money is not higher",
    Keeps.NO_LESS_MONEY: "the money is not lower",
    Keeps.GATES: "no gate is passed that held before",
    Keeps.SAME: "the verdict is the same",
}


def claims_page(rulebase: RuleBase) -> Page:
    """Return the page of claims."""
    page = Page(CLAIMS, "What always holds")
    page.say("What these rules promise of every verdict. Where a verdict breaks one, the rules are wrong.")
    for _, claim in sorted(rulebase.claims.items()):
        page.heading(heading_of(claim.name))
        page.say(f"**{sentence(claim.title)}**")
        if claim.when != AllOf(()):
            page.say("Where this holds:")
            page.bullets(condition_lines(claim.when, page, rulebase))
        _says(claim, page, rulebase)
        page.say(sentence(claim.because), cited(page, claim.sources))
    return page


def _says(claim: Claim, page: Page, rulebase: RuleBase) -> None:
    match claim.says:
        case Holds(condition, never):
            page.say("this never holds:" if never else "this always holds:")
            page.bullets(condition_lines(condition, page, rulebase))
        case MoneyWithin(low, high):
            bounds = [f"at least {_number(low, page, rulebase)}"] if low is not None else []
            bounds += [f"at most {_number(high, page, rulebase)}"] if high is not None else []
            page.say(f"the money is {' and '.join(bounds)}.")
        case OneValue(decision):
            one = "has one value, unless facts that would settle it are missing."
            page.say(f"“{named(page, decision, rulebase)}” {one}")
        case Cited():
            page.say("every rule that fired names a source, and every source that it names is listed.")
        case Guarded(guards):
            links = [page.link(code(name), f"{MESSAGES}#phrase-{name}") for name in guards]
            page.say(f"every message keeps to {listed(links)}.")
        case Steady() as steady:
            change, kept = _change(steady, page, rulebase), _kept(steady, page, rulebase)
            page.say(f"where {change} and all else stays, {kept}.")


def _change(steady: Steady, page: Page, rulebase: RuleBase) -> str:
    if isinstance(steady.to, Move):
        said = _MOVES[steady.to]
    else:
        domain = rulebase.domain(steady.subject) if steady.subject else None
        said = f"becomes “{plain(words(steady.to, domain) if domain else str(steady.to))}”"
    subject = (
        f"“{named(page, steady.subject, rulebase)}”" if steady.subject else "any one fact that was stated"
    )
    return f"{subject} {said}"


def _kept(steady: Steady, page: Page, rulebase: RuleBase) -> str:
    if steady.decision is not None and steady.keeps is Keeps.SAME:
        return f"“{named(page, steady.decision, rulebase)}” is the same"
    return _KEEPS[steady.keeps]


def _number(name: str, page: Page, rulebase: RuleBase) -> str:
    try:
        return page.link(plain(rulebase.title(name)), place(name, rulebase))
    except KeyError:
        return plain(name)
