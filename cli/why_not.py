"""`amends why-not`: the rules that would have led to another remedy, and the smallest change that would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.cases import case_options, load_engine, read_case
from amends.cli.standing import heading, stand, undecided_lines

if TYPE_CHECKING:
    from amends.engine.reasons import Standing, WhyNot
    from amends.engine.rulebase import Decision, Value

MOST_RULES = 5
"""That a text shows; JSON has all."""


@click.command("why-not")
@case_options
@click.argument("remedy", required=False)
@click.option("--decision", default="remedy", metavar="NAME", help="Another decision than the remedy.")
@click.option(
    "--most",
    type=click.IntRange(1, 4),
    default=3,
    show_default=True,
    help="How many facts may change at once; more take longer.",
)
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
def command(
    case: Path | None,
    remedy: str | None,
    stated: tuple[str, ...],
    base: tuple[Path, ...],
    no_assume: bool,
    decision: str,
    most: int,
    style: str,
) -> None:
    """Show why CASE is not decided to be REMEDY: which rules lead there, and what was in their way.

    Where the facts are stated with `-f` alone, name REMEDY alone.
    """
    if remedy is None and case is not None and stated:
        case, remedy = None, str(case)
    if remedy is None:
        raise click.UsageError("Name a case file and the remedy that you expected.")
    from amends.engine.reasons import why_not
    from amends.engine.reasons.wording import why_not_json

    engine = load_engine(base)
    standing = stand(engine, read_case(engine, case, stated), decision, assume=not no_assume)
    value = _read(engine.rulebase.decisions[decision], remedy)
    found = why_not(standing, value, most)
    if style == "json":
        data = why_not_json(engine.rulebase, decision, standing.outcome.value, found)
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    for line in _lines(standing, found, is_markdown=style == "markdown"):
        click.echo(line)


def _read(decision: Decision, text: str) -> Value:
    from amends.engine.diagnostics import Code, Diagnostic, InputError, did_you_mean, listed
    from amends.engine.values import plain

    values = {value for rule in decision.rules for value in rule.then} | set(decision.domain.values)
    values |= set() if decision.otherwise is None else {decision.otherwise}
    known = {str(plain(value, decision.domain)): value for value in values}
    if text in known:
        return known[text]
    help = did_you_mean(text, known) or f"one of {listed(sorted(known), 30)}"
    raise InputError(
        [Diagnostic(Code.UNKNOWN_VALUE, f"`{text}` is no value of `{decision.name}`", help=help)]
    )


def _lines(standing: Standing, found: WhyNot, *, is_markdown: bool) -> list[str]:
    from amends.engine.reasons.wording import BY, failed_words, flip_words, value_words

    rulebase = standing.rulebase
    wanted = value_words(rulebase, standing.decision, found.value)
    lines = [heading(standing, is_markdown=is_markdown)]
    if standing.outcome.value == found.value:
        return [*lines, "", "that is what this case comes to already; `amends why` says for what reasons"]
    mark, nested, head = ("- ", "  - ", "## ") if is_markdown else ("  ", "    ", "")
    if found.is_possible:
        lines += ["", f"{wanted} is still possible", *undecided_lines(standing, is_markdown=is_markdown)]
    lines += [
        "",
        f"{head}the rules that lead to “{wanted}”, the nearest first",
        *([""] if is_markdown else []),
    ]
    for attempt in found.attempts[:MOST_RULES]:
        lines.append(f"{mark}{attempt.rule.path}: {attempt.rule.because}")
        lines += [f"{nested}wants {failed_words(rulebase, failed)}" for failed in attempt.failed]
        would = "beaten by" if not attempt.failed else "would be beaten by"
        for victor in attempt.beaten_by:
            lines.append(f"{nested}{would} {victor.rule.path}: {victor.because}")
    if len(found.attempts) > MOST_RULES:
        lines.append(f"{mark}and {len(found.attempts) - MOST_RULES} more, further away")
    if not found.attempts:
        lines.append(f"{mark}there is none")
    if found.is_otherwise:
        lines.append(f"{mark}it is what stands where no rule speaks")
    lines += ["", f"{head}the smallest change that leads there", *([""] if is_markdown else [])]
    for flip in found.flips:
        lines.append(f"{mark}{flip_words(rulebase, flip)} ({BY[flip.by]})")
    if not found.flips:
        many = "one fact" if found.most == 1 else f"up to {found.most} facts"
        lines.append(f"{mark}no change of {many} was found that does")
    return lines
