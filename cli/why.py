"""`amends why`: every rule that fired, in order, with what it read and what it beat."""

from __future__ import annotations

import json
from pathlib import Path

import click

from amends.cli.cases import case_options, load_engine, read_case
from amends.engine.explain import explain


@click.command("why")
@case_options
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
@click.option("--decision", "only", metavar="NAME", help="Show this decision alone.")
def command(
    case: Path | None,
    stated: tuple[str, ...],
    base: tuple[Path, ...],
    no_assume: bool,
    style: str,
    only: str | None,
) -> None:
    """Show why CASE is decided as it is: the rules that fired, what they read, what they beat."""
    engine = load_engine(base)
    if only is not None and only not in engine.rulebase.decisions:
        from amends.engine.diagnostics import Code, Diagnostic, InputError, did_you_mean

        help = did_you_mean(only, engine.rulebase.decisions)
        raise InputError([Diagnostic(Code.UNKNOWN_NAME, f"there is no decision `{only}`", help=help)])
    verdict = engine.decide(read_case(engine, case, stated), assume=not no_assume)
    explanation = [part for part in explain(verdict) if only is None or part.decision == only]
    if style == "json":
        click.echo(json.dumps([part.to_json() for part in explanation], indent=2, ensure_ascii=False))
        return
    spoken = [part for part in explanation if not part.stands_otherwise or only is not None]
    otherwise = [part for part in explanation if part not in spoken]
    for part in spoken:
        click.echo(f"## {part.heading}\n" if style == "markdown" else part.heading)
        for line in part.lines:
            nested = line.startswith(" ")
            mark = ("  - " if nested else "- ") if style == "markdown" else "  "
            click.echo(f"{mark}{line.strip() if style == 'markdown' else line}")
        click.echo()
    if otherwise:
        heading = "no rule speaks, so this stands"
        click.echo(f"## {heading}\n" if style == "markdown" else heading)
        for part in otherwise:
            said = f"{part.heading}  ({' '.join(part.lines)})" if part.lines else part.heading
            click.echo(f"- {said}" if style == "markdown" else f"  {said}")
