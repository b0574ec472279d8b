"""Where a case stands in the diagram of one decision, for the commands that explain it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from amends.cli.cases import FINDINGS

if TYPE_CHECKING:
    from amends.engine import Case, Engine
    from amends.engine.reasons import Standing


def stand(engine: Engine, case: Case, decision: str, *, assume: bool) -> Standing:
    """Return where *case* stands; a decision that there is not, or that collects a set, is refused.

    Ends with 1 where the diagram needs more nodes than it may have: what is not known is not said.
    """
    from amends.engine.diagnostics import Code, Diagnostic, InputError, Problems, did_you_mean, listed
    from amends.engine.diagram import NotFinished
    from amends.engine.reasons import standing
    from amends.engine.rulebase import HitPolicy

    decisions = engine.rulebase.decisions
    single = [name for name, found in decisions.items() if found.hit_policy is not HitPolicy.COLLECT]
    if decision not in decisions:
        help = did_you_mean(decision, decisions) or f"name one of {listed(sorted(single))}"
        raise InputError([Diagnostic(Code.UNKNOWN_NAME, f"there is no decision `{decision}`", help=help)])
    if decision not in single:
        message = f"`{decision}` collects a set, and only one value can become another"
        help = f"name one of {listed(sorted(single))}"
        raise InputError([Diagnostic(Code.WRONG_SHAPE, message, help=help)])
    try:
        return standing(engine.rulebase, case, Problems(), decision, assume=assume)
    except NotFinished:
        click.echo(
            f"the diagram of `{decision}` needs more nodes than it may have; nothing is said", err=True
        )
        sys.exit(FINDINGS)


def heading(standing: Standing, *, is_markdown: bool) -> str:
    """Return what the decision has come to, as the first line."""
    from amends.engine.reasons.wording import value_words
    from amends.engine.values import sort_key

    rulebase, name, outcome = standing.rulebase, standing.decision, standing.outcome
    title = rulebase.title(name)
    if outcome.value is not None:
        said = f"{title}: {value_words(rulebase, name, outcome.value)}"
    elif outcome.has_no_value:
        said = f"{title}: no value ({outcome.blocked_by or min(outcome.lacks).value})"
    else:
        values = "; ".join(value_words(rulebase, name, v) for v in sorted(outcome.candidates, key=sort_key))
        said = f"{title}: not decided yet ({values})"
    return f"# {said}" if is_markdown else said


def undecided_lines(standing: Standing, *, is_markdown: bool) -> list[str]:
    """Return the questions that would settle an open case, as lines; none for a decided one."""
    from amends.engine.what_if import WhatIf

    if standing.outcome.is_settled or standing.outcome.has_no_value:
        return []
    asked = WhatIf(
        standing.rulebase, standing.case, standing.completed, standing.exact, standing.decision
    ).open()
    mark = "- " if is_markdown else "  "
    lines = [f"{mark}{found.question} ({found.fact})" for found in asked]
    return ["", "## answer these first\n" if is_markdown else "answer these first", *lines] if lines else []
