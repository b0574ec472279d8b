"""`amends export`: a decision as a table for other programs, in DMN, CSV or a spreadsheet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from amends.cli.cases import base_option, load_engine

FORMS = ("dmn", "csv", "xlsx")
MISSING = 5
"""Exit code where a library is missing, as everywhere."""


@click.command("export")
@click.argument("decision", metavar="DECISION")
@click.option("--to", "form", type=click.Choice(FORMS), help="The format.  [default: the ending of FILE]")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="The file to write.")
@base_option
def command(decision: str, form: str | None, output: Path | None, base: tuple[Path, ...]) -> None:
    """Write DECISION as a table: a row for each way in which a rule holds, a column for each thing it reads.

    `amends import` makes the same decision of it again. What a table cannot say is refused, never changed.
    """
    from amends.engine.draw.files import write
    from amends.engine.interchange import NeedsLibrary, export

    form = form or _form_of(output)
    rulebase = load_engine(base).rulebase
    try:
        data = export(rulebase, decision, form)
    except NeedsLibrary as error:
        missing(str(error))
    beside = sum(bool(rule.examples) for rule in rulebase.decisions[decision].rules)
    if beside:
        said = f"left behind: the examples beside {beside} rules; a table has no place for them"
        click.echo(said, err=True)
    if output is not None:
        write(output, data)
        click.echo(output)
    elif form == "xlsx" and sys.stdout.isatty():
        raise click.UsageError("A terminal cannot show xlsx; name a file with -o.")
    else:
        click.echo(data, nl=False)


def missing(library: str, extra: str = "interchange") -> NoReturn:
    """Say that *library*, of that *extra*, is not installed, and end."""
    click.echo(f"this needs `{library}`, of the extra `{extra}`: pip install 'amends[{extra}]'", err=True)
    sys.exit(MISSING)


def _form_of(output: Path | None) -> str:
    ending = output.suffix.lower().lstrip(".") if output is not None else ""
    if ending not in FORMS:
        raise click.UsageError(f"Say which format with --to, one of {', '.join(FORMS)}.")
    return ending
