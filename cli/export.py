"""`amends export`: a decision as a table for other programs, in DMN, CSV or a spreadsheet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from amends.cli.cases import base_option, load_engine
from amends.engine.diagnostics import number_of

FORMS = ("dmn", "csv", "xlsx", "sql")
DIALECTS = ("duckdb", "postgres", "spark")
MISSING = 5
"""Exit code where a library is missing, as everywhere."""


@click.command("export")
@click.argument("decision", metavar="DECISION")
@click.option("--to", "form", type=click.Choice(FORMS), help="The format.  [default: the ending of FILE]")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="The file to write.")
@click.option(
    "--dialect", type=click.Choice(DIALECTS), default="duckdb", show_default=True, help="Of SQL: whose."
)
@click.option("--table", default="cases", show_default=True, metavar="NAME", help="Of SQL: what it reads.")
@click.option("--key", default="id", show_default=True, metavar="COLUMN", help="Of SQL: tells rows apart.")
@click.option(
    "--also",
    multiple=True,
    metavar="NAME",
    help="Of SQL: this decision or measure too, or `money`.",
)
@base_option
def command(
    decision: str,
    form: str | None,
    output: Path | None,
    dialect: str,
    table: str,
    key: str,
    also: tuple[str, ...],
    base: tuple[Path, ...],
) -> None:
    """Write DECISION as a table: a row for each way in which a rule holds, a column for each thing it reads.

    `amends import` makes the same decision of it again. What a table cannot say is refused, never changed.
    As SQL it is a query over a table whose columns are named as facts, with all that DECISION rests on.
    """
    from amends.engine.draw.files import write
    from amends.engine.interchange import NeedsLibrary, export
    from amends.engine.interchange.sql import sql_of

    form = form or _form_of(output)
    rulebase = load_engine(base).rulebase
    try:
        if form == "sql":
            data = sql_of(rulebase, decision, dialect, also=also, table=table, key=key).encode()
        else:
            data = export(rulebase, decision, form)
    except NeedsLibrary as error:
        missing(str(error), "sql" if form == "sql" else "interchange")
    beside = form != "sql" and sum(bool(rule.examples) for rule in rulebase.decisions[decision].rules)
    if beside:
        said = f"left behind: the examples beside {number_of(beside, 'rule')}; a table has no place for them"
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
