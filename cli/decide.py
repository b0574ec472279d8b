"""`amends decide`: the verdict of one case."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.cases import STATUS_EXITS, case_options, load_engine, read_case

if TYPE_CHECKING:
    from amends.engine import Verdict
    from amends.engine.rulebase import RuleBase


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
        for name, option in _left_out(engine.rulebase, verdict):
            click.echo(f"`{name}` has rules of its own, which were not asked: add {option}", err=True)
    sys.exit(STATUS_EXITS[verdict.status])


def _left_out(rulebase: RuleBase, verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Yield the line of work and the platform that the case states and whose pack is not laid."""
    laid = {pack.name for pack in rulebase.packs}
    for fact in ("niche", "platform"):
        name = verdict.facts.get(fact)
        if isinstance(name, str) and name not in laid:
            from amends.engine.discovery import packs
            from amends.engine.pack import LEVELS

            if any((pack.name, LEVELS[pack.level]) == (name, fact) for pack in packs()):
                yield name, f"--{fact} {name}"


def _write_agenda(verdict: Verdict, path: Path) -> None:
    from amends.engine.agenda import agenda, entries
    from amends.engine.draw import write

    if entries(verdict):
        write(path, agenda(verdict))
        click.echo(path, err=True)
    else:
        click.echo(f"nothing is due at a time, so `{path}` was not written", err=True)
