"""`amends book`: the rule book, as pages of Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.cases import base_option, load_engine

if TYPE_CHECKING:
    from amends.engine.book.cases import StoredCase
    from amends.engine.rulebase import RuleBase


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
@click.option("--each-pack", is_flag=True, help="Add a page for each pack that comes with amends.")
@base_option
def command(output: Path, folders: tuple[Path, ...], each_pack: bool, base: tuple[Path, ...]) -> None:
    """Write the rule book: a page for each remedy and decision, with sources, conflicts and facts.

    The same rules give the same pages. Pages of an earlier book that are no longer needed are
    removed; a file that is none is left alone.
    """
    from amends.engine.book.cases import stored
    from amends.engine.book.files import write_book
    from amends.engine.book.pages import pages

    rulebase = load_engine(base).rulebase
    made = pages(rulebase, stored(folders, rulebase), dict(_laid(base)) if each_pack else None)
    removed = write_book(output, made)
    gone = f", {len(removed)} removed" if removed else ""
    click.echo(f"{output / 'index.md'}: {len(made)} pages{gone}")


def _laid(base: tuple[Path, ...]) -> Iterator[tuple[str, tuple[RuleBase, Sequence[StoredCase]]]]:
    """Yield each shipped pack by name: the rule base with it alone, and its cases."""
    from amends.engine import load
    from amends.engine.book.cases import stored
    from amends.engine.discovery import SHIPPED, packs

    for pack in packs():
        if pack.place == SHIPPED:
            rulebase = load(*base, packs=[pack]).rulebase
            yield pack.name, (rulebase, stored(pack.cases, rulebase))
