"""Steps, and the limits on them, in words."""

from __future__ import annotations

from collections.abc import Iterable

from amends.engine.advice import Step
from amends.engine.book.page import Page, plain, sentence
from amends.engine.book.places import cited, named
from amends.engine.draw.wording import capital
from amends.engine.rulebase import RuleBase
from amends.engine.values import decimal_text


def step_lines(steps: Iterable[Step], page: Page, rulebase: RuleBase) -> list[str]:
    """Return one line a step in the order of doing: what, who, by when, and where it comes from."""
    return [
        " ".join(
            part
            for part in (sentence(step.do), _limit(step, page, rulebase), cited(page, step.sources))
            if part
        )
        for step in sorted(steps, key=lambda step: (step.order, step.do))
    ]


def _limit(step: Step, page: Page, rulebase: RuleBase) -> str:
    """Return who must act, where it is somebody else, and by when."""
    limits = [] if step.who == "you" else [f"the {plain(step.who)} acts"]
    if step.within_hours is not None:
        hours = step.within_hours
        days = hours / 24
        exact = hours >= 48 and days.denominator == 1
        unit = "days" if exact else "hour" if hours == 1 else "hours"
        limits.append(f"within {decimal_text(days if exact else hours)} {unit}")
    if step.by is not None and step.by in rulebase.facts:
        limits.append(f"by the day stated as {named(page, step.by, rulebase)}")
    return f"**{capital(', '.join(limits))}.**" if limits else ""
