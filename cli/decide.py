"""`amends decide`: the verdict of one case."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.cases import STATUS_EXITS, case_options, load_engine, read_case

if TYPE_CHECKING:
    from amends.engine import Verdict


@click.command("decide")
@case_options
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
@click.option(
    "--ics",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write what is due as calendar entries with alarms, too.",
)
def command(
    case: Path | None,
    stated: tuple[str, ...],
    base: tuple[Path, ...],
    no_assume: bool,
    style: str,
    ics: Path | None,
) -> None:
    """Say which remedy fits CASE, a YAML file of facts, or `-` for standard input.

    Exit 0 if decided, 3 if no rule covers it or rules conflict, 4 if facts are missing.
    """
    engine = load_engine(base)
    verdict = engine.decide(read_case(engine, case, stated), assume=not no_assume)
    if ics is not None:
        # First, so that a file that cannot be written leaves no answer that looks whole.
        _write_agenda(verdict, ics)
    if style == "json":
        import json

        click.echo(json.dumps(verdict.to_json(), indent=2, ensure_ascii=False))
    else:
        from amends.cli.report import markdown, text

        click.echo(text(verdict) if style == "text" else markdown(verdict))
    sys.exit(STATUS_EXITS[verdict.status])


def _write_agenda(verdict: Verdict, path: Path) -> None:
    from amends.engine.agenda import agenda, entries
    from amends.engine.draw import write

    if entries(verdict):
        write(path, agenda(verdict))
        click.echo(path, err=True)
    else:
        click.echo(f"nothing is due at a time, so `{path}` was not written", err=True)
