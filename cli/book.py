"""`amends book`: the rule book, as pages of Markdown."""

from __future__ import annotations

from pathlib import Path

import click

from amends.cli.cases import base_option, load_engine


@click.command("book")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("rule-book"),
    show_default=True,
    help="The folder of the book, which is its alone.",
)
@click.option(
    "--cases",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Show under each remedy the stored cases below FOLDER that end there.",
)
@base_option
def command(output: Path, folders: tuple[Path, ...], base: tuple[Path, ...]) -> None:
    """Write the rule book: a page for each remedy and decision, with sources, conflicts and facts.

    The same rules give the same pages. Pages of an earlier book that are no longer needed are
    removed; a file that is none is left alone.
    """
    from amends.engine.book import pages, stored, write_book

    rulebase = load_engine(base).rulebase
    made = pages(rulebase, stored(folders, rulebase))
    removed = write_book(output, made)
    gone = f", {len(removed)} removed" if removed else ""
    click.echo(f"{output / 'index.md'}: {len(made)} pages{gone}")
