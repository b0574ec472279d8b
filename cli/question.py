"""A question of the interview laid out for the terminal: its answers numbered, each on one line."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from amends.cli.facts import WIDEST, page, wrapped
from amends.engine.interview import Answers, Standing, choices
from amends.engine.rulebase import Fact, Kind, RuleBase
from amends.engine.values import decimal_text, words

COMMANDS = (
    "Answer with a number, a name or its beginning. ? explains the question, d I don't know, b back, "
    "l list, e NAME changes an answer, q stops; everything is kept."
)

ROOM_FOR_CUES = 37
"""The columns that must be left beside the titles: a cue cut to less than thirty letters says nothing."""


def question(fact: Fact) -> Iterator[str]:
    """Yield the question and its answers."""
    yield from wrapped(fact.question)
    values = choices(fact.domain)
    if not values:
        yield f"  {_wanted(fact)}"
        return
    width = max(map(len, values.values()))
    has_room = _columns() - width >= ROOM_FOR_CUES
    for number, (value, title) in enumerate(values.items(), 1):
        cue = fact.cues.get(value, "") if has_room else ""
        yield _cut(f"{number:>3}  {title:<{width}}  {cue}".rstrip())
    if fact.cues and not has_room:
        yield "  ? tells them apart"
    if fact.domain.kind is Kind.SET:
        yield "  as many as apply, such as 1,3; 0 for none"


def standing(now: Standing, answers: Answers, rulebase: RuleBase) -> Iterator[str]:
    """Yield how far the interview is, and why this is asked."""
    asked = now.question
    titles = rulebase.domain("remedy").values
    if asked is not None and asked.between:
        one, other = (titles.get(name, name.replace("_", " ")) for name in asked.between)
        yield from wrapped(f"Asked because it decides between “{one}” and “{other}”.")
    elif asked is not None:
        yield "Asked because it can still matter."
    done, ends = len(answers.said), len(now.possible)
    yield f"[{done} answered, at most {now.at_most} to go, {ends} outcomes possible]"


def explained(fact: Fact) -> Iterator[str]:
    """Yield all there is to know about the question, and what else can be typed."""
    yield from page(fact)
    yield ""
    yield from wrapped(COMMANDS)


def listed(said: Answers, rulebase: RuleBase) -> Iterator[str]:
    """Yield what was answered, numbered."""
    width = max((len(answer.fact) for answer in said.said), default=0)
    for number, answer in enumerate(said.said, 1):
        title = words(answer.value, rulebase.facts[answer.fact].domain)
        yield _cut(f"{number:>3}  {answer.fact:<{width}}  {title}")
    if not said.said:
        yield "  Nothing is answered yet."


def _wanted(fact: Fact) -> str:
    domain = fact.domain
    if domain.kind is Kind.DATE:
        return "a day, such as 2026-03-31"
    kind = "an amount" if domain.kind is Kind.MONEY else "a number"
    unit = f" ({domain.unit})" if domain.unit else ""
    if domain.lowest is None or domain.highest is None:
        return f"{kind}{unit}"
    return f"{kind} from {decimal_text(domain.lowest)} to {decimal_text(domain.highest)}{unit}"


def _columns() -> int:
    return min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)


def _cut(line: str) -> str:
    width = _columns()
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"
