"""`amends decide`: the verdict of one case."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from amends.cli.cases import STATUS_EXITS, case_options, load_engine, read_case


@click.command("decide")
@case_options
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
def command(
    case: Path | None, stated: tuple[str, ...], base: tuple[Path, ...], no_assume: bool, style: str
) -> None:
    """Say which remedy fits CASE, a YAML file of facts, or `-` for standard input.

    Exit 0 if decided, 3 if no rule covers it or rules conflict, 4 if facts are missing.
    """
    engine = load_engine(base)
    verdict = engine.decide(read_case(engine, case, stated), assume=not no_assume)
    if style == "json":
        import json

        click.echo(json.dumps(verdict.to_json(), indent=2, ensure_ascii=False))
    else:
        from amends.cli.report import markdown, text

        click.echo(text(verdict) if style == "text" else markdown(verdict))
    sys.exit(STATUS_EXITS[verdict.status])
