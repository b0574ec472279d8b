"""`amends import`: a decision table made elsewhere, as a decision file of the rule language."""

from __future__ import annotations

from pathlib import Path

import click

from amends.cli.cases import base_option, load_engine
from amends.cli.export import missing


@click.command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="The decision file to write."
)
@click.option("--decision", metavar="NAME", help="The decision to read, of a file with several tables.")
@base_option
def command(file: Path, output: Path | None, decision: str | None, base: tuple[Path, ...]) -> None:
    """Make a decision file of the table in FILE: DMN 1.3 to 1.5, CSV, or XLSX.

    Its columns are about facts, measures and decisions of the rule base. What the rule language cannot say
    is refused with its cell, and nothing is written.
    """
    from amends.engine.draw.files import write
    from amends.engine.interchange import NeedsLibrary, read_decision_table

    rulebase = load_engine(base).rulebase
    try:
        found = read_decision_table(file, rulebase, decision=decision)
    except NeedsLibrary as error:
        missing(str(error))
    if output is not None:
        write(output, found.text.encode())
        rules = len(found.decision.rules)
        click.echo(f"{output}: {found.decision.name}, {rules} rule{'' if rules == 1 else 's'}")
    else:
        click.echo(found.text, nl=False)
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
