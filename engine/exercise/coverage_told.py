"""A coverage as text, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction

from amends.engine.audit.report.words import share
from amends.engine.diagnostics import number_of
from amends.engine.draw.wording import capital
from amends.engine.exercise.coverage import Can, Coverage, Missing
from amends.engine.exercise.goals import KINDS, Decides, missing, place, subject
from amends.engine.exercise.told import Line, Section, as_data, as_stated, in_markdown, in_text
from amends.engine.rulebase import RuleBase

SCHEMA = "amends/coverage/1"


def rendered(coverage: Coverage, rulebase: RuleBase, form: str, *, verbose: bool = False) -> str:
    """Return *coverage* as `text`, `markdown` or `json`; *verbose* adds the number of cases of each rule."""
    if form == "json":
        return json.dumps(to_json(coverage, rulebase), indent=2, ensure_ascii=False) + "\n"
    sections = _sections(coverage, rulebase, verbose)
    return in_markdown(sections) if form == "markdown" else in_text(sections)


def _sections(coverage: Coverage, rulebase: RuleBase, verbose: bool) -> Iterator[Section]:
    cases = number_of(coverage.cases, "case")
    yield f"What {cases} exercise, of what some case could", list(_summary(coverage))
    for kind, named in KINDS.items():
        found = [each for each in coverage.missing if isinstance(each.goal, kind)]
        open_ones = [each for each in found if each.can is not Can.NEVER]
        if open_ones:
            lines = [line for each in open_ones for line in _missing(each, rulebase)]
            yield f"{capital(named)}: {len(open_ones):,} in no case", lines
    never = [each for each in coverage.missing if each.can is Can.NEVER]
    if never:
        lines = [(0, f"{place(each.goal)!r}: {missing(each.goal)}") for each in never]
        yield f"In no case that can be, which is proved: {len(never):,}", lines
    if verbose:
        deciding = {goal.rule: number for goal, number in coverage.seen.items() if isinstance(goal, Decides)}
        yield (
            "In how many cases each rule decides",
            [(0, f"{n:>5,}  {rule.path}") for rule, n in deciding.items()],
        )


def _summary(coverage: Coverage) -> Iterator[Line]:
    for kind, named in KINDS.items():
        seen, of = coverage.counts(kind)
        if of:
            yield 0, f"{share(Fraction(seen, of))} of {named} ({seen:,} of {of:,})"


def _missing(each: Missing, rulebase: RuleBase) -> Iterator[Line]:
    yield 0, f"{place(each.goal)!r}: {missing(each.goal)}"
    if each.facts is not None:
        yield 1, f"this would: {as_stated(each.facts, rulebase)}"
    elif each.can is Can.UNDECIDED:
        yield 1, f"undecided: {each.why}"
    else:
        yield 1, each.why or "some case would; --examples N or -v shows it"


def to_json(coverage: Coverage, rulebase: RuleBase) -> dict[str, object]:
    """Return *coverage* as plain data."""
    return {
        "schema": SCHEMA,
        "cases": coverage.cases,
        "kinds": {
            named: dict(zip(("exercised", "of"), coverage.counts(kind), strict=True))
            for kind, named in KINDS.items()
        },
        "missing": [
            {
                "kind": KINDS[type(each.goal)],
                "subject": subject(each.goal),
                "message": missing(each.goal),
                "place": place(each.goal).to_json(),
                "can_be": each.can.value,
                "case": None if each.facts is None else as_data(each.facts, rulebase),
                "why": each.why,
            }
            for each in coverage.missing
        ],
    }
