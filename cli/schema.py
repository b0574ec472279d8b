"""`amends schema`: what an editor needs to complete names, underline slips and show what they mean."""

from __future__ import annotations

from pathlib import Path

import click

from amends.cli.cases import base_option, load_engine


@click.command("schema")
@base_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("schema"),
    show_default=True,
    metavar="FOLDER",
    help="The folder to write; what is there of an earlier time is replaced.",
)
def command(base: tuple[Path, ...], output: Path) -> None:
    """Write JSON Schema of this stack for an editor: `rules.json` for packs, `case.json` for cases.

    It knows the facts, values, tiers, parameters, decisions and sources of the base and of the packs that
    are laid; write it anew when these change. An editor with yaml-language-server follows the first line of
    a file, `# yaml-language-server: $schema=schema/rules.json`.
    """
    from amends.engine.author.schema import schemas
    from amends.engine.draw.files import write

    for name, text in schemas(load_engine(base).rulebase).items():
        write(output / name, text.encode())
        click.echo(f"wrote {output / name}")
