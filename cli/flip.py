"""`amends flip`: the smallest changes of facts that change the remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.cases import case_options, load_engine, read_case
from amends.cli.standing import heading, stand, undecided_lines

if TYPE_CHECKING:
    from amends.engine.reasons import Flips, Standing


@click.command("flip")
@case_options
@click.option("--decision", default="remedy", metavar="NAME", help="Another decision than the remedy.")
@click.option(
    "--most",
    type=click.IntRange(1, 4),
    default=2,
    show_default=True,
    help="How many facts may change at once; more take longer.",
)
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
def command(
    case: Path | None,
    stated: tuple[str, ...],
    base: tuple[Path, ...],
    no_assume: bool,
    decision: str,
    most: int,
    style: str,
) -> None:
    """Show the smallest changes of facts that change what CASE is decided to.

    First what you can change, then what the client can, then what nobody can; each tried on the rules
    as the case would be then. Everything else stays as it is.
    """
    from amends.engine.reasons import flips
    from amends.engine.reasons.wording import flips_json

    engine = load_engine(base)
    standing = stand(engine, read_case(engine, case, stated), decision, assume=not no_assume)
    found = flips(standing, most)
    if style == "json":
        click.echo(json.dumps(flips_json(engine.rulebase, decision, found), indent=2, ensure_ascii=False))
        return
    for line in _lines(standing, found, is_markdown=style == "markdown"):
        click.echo(line)


def _lines(standing: Standing, found: Flips, *, is_markdown: bool) -> list[str]:
    from amends.engine.reasons.wording import BY, flip_words, value_words

    rulebase, decision = standing.rulebase, standing.decision
    lines = [heading(standing, is_markdown=is_markdown), *undecided_lines(standing, is_markdown=is_markdown)]
    for by, words in BY.items():
        flips = [flip for flip in found.flips if flip.by == by]
        if flips:
            lines += ["", f"## {words}\n" if is_markdown else words]
        becomes = None
        for flip in flips:
            if flip.becomes != becomes:
                becomes = flip.becomes
                title = value_words(rulebase, decision, becomes)
                lines.append(f"- {title}" if is_markdown else f"  {title}")
            lines.append(f"{'  - ' if is_markdown else '    '}{flip_words(rulebase, flip)}")
    if not found.flips:
        lines += ["", f"no change of {_facts(found.most)} leads to anything else"]
    elif found.not_reached:
        titles = "; ".join(value_words(rulebase, decision, value) for value in found.not_reached)
        lines += ["", f"no change of {_facts(found.most)} was found that leads to: {titles}"]
    return lines


def _facts(most: int) -> str:
    return "one fact" if most == 1 else f"up to {most} facts"
