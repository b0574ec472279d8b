"""What became of mutants, as text, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from amends.engine.audit.report.words import share
from amends.engine.diagnostics import number_of
from amends.engine.draw.wording import capital
from amends.engine.exercise.about import written
from amends.engine.exercise.judged import Judged, Mutation, State
from amends.engine.exercise.told import Line, Section, as_data, as_stated, in_markdown, in_text
from amends.engine.rulebase import RuleBase

SCHEMA = "amends/mutation/1"
MEANS = {
    State.KILLED: "a stored case fails with it",
    State.SURVIVED: "no stored case fails, and some case would",
    State.EQUIVALENT: "it changes nothing in any case that can be, which is proved",
    State.UNDECIDED: "neither was found nor proved",
    State.NOT_TRIED: "the time ran out",
}


def rendered(mutation: Mutation, rulebase: RuleBase, form: str, *, verbose: bool = False) -> str:
    """Return *mutation* as `text`, `markdown` or `json`; *verbose* lists the killed and equivalent too."""
    if form == "json":
        return json.dumps(to_json(mutation, rulebase), indent=2, ensure_ascii=False) + "\n"
    sections = _sections(mutation, rulebase, verbose)
    return in_markdown(sections) if form == "markdown" else in_text(sections)


def _sections(mutation: Mutation, rulebase: RuleBase, verbose: bool) -> Iterator[Section]:
    tried = f"{len(mutation.judged):,}"
    if len(mutation.judged) < mutation.of:
        tried += f" of {mutation.of:,}"
    rules = number_of(mutation.rules, "rule")
    cases = number_of(mutation.cases, "case")
    yield f"{tried} mutants of {rules}, held against {cases}", list(_summary(mutation))
    shown = (State.SURVIVED, State.UNDECIDED, *((State.EQUIVALENT, State.KILLED) if verbose else ()))
    for state in shown:
        found = [each for each in mutation.judged if each.state is state]
        if found:
            lines = [line for each in found for line in _told(each, rulebase)]
            yield f"{capital(state.value)}: {len(found):,}", lines


def _summary(mutation: Mutation) -> Iterator[Line]:
    for state, means in MEANS.items():
        if number := mutation.number(state):
            yield 0, f"{number:,} {state.value}: {means}"
    if mutation.score is not None:
        yield 0, f"score: {share(mutation.score)} of those tried that are not equivalent are killed"


def _told(each: Judged, rulebase: RuleBase) -> Iterator[Line]:
    mutant, kill = each.mutant, each.kill
    yield 0, f"{mutant.span!r}: `{mutant.rule.path}`: {mutant.said}"
    if each.by is not None:
        yield 1, f"fails: {each.by}"
    if kill is not None:
        yield 1, f"this would notice: {as_stated(kill.facts, rulebase)}"
        decision = mutant.rule.decision
        yield 1, f"there `{decision}` has “{kill.before}”, and with the change “{kill.after}”"
    elif each.why is not None:
        yield 1, each.why


def to_json(mutation: Mutation, rulebase: RuleBase) -> dict[str, object]:
    """Return *mutation* as plain data."""
    return {
        "schema": SCHEMA,
        "rules": mutation.rules,
        "cases": mutation.cases,
        "mutants": len(mutation.judged),
        "of": mutation.of,
        **{state.name.lower(): mutation.number(state) for state in State},
        "score": None if mutation.score is None else float(mutation.score),
        "judged": [
            {
                "rule": each.mutant.rule.path,
                "change": each.mutant.change.value,
                "said": each.mutant.said,
                "place": each.mutant.span.to_json(),
                "state": each.state.value,
                "by": each.by and each.by.as_posix(),
                "case": each.kill
                and {
                    "facts": as_data(each.kill.facts, rulebase),
                    "expect": {key.text: written(node) for key, node in each.kill.expect},
                    "before": each.kill.before,
                    "after": each.kill.after,
                    "because": list(each.kill.deciding),
                },
                "why": each.why,
            }
            for each in mutation.judged
        ],
    }
