"""`amends sample`: cases made up from the weights of the rule base, for who has no history."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from amends.cli.batch import FORMS
from amends.cli.cases import base_option, load_engine
from amends.cli.export import missing


@click.command("sample")
@click.option("-n", "--count", type=click.IntRange(min=0), default=1000, show_default=True, help="How many.")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="OUT", help="The file to write."
)
@click.option(
    "--to", "form", type=click.Choice(FORMS), help="What OUT is.  [default: its ending, else parquet]"
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Draws other cases.")
@click.option(
    "--unknown",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    metavar="SHARE",
    help="Leave out this share of the facts of which nothing is assumed.",
)
@click.option("--force", is_flag=True, help="Write over OUT.")
@base_option
def command(
    count: int,
    output: Path,
    form: str | None,
    seed: int,
    unknown: float,
    force: bool,
    base: tuple[Path, ...],
) -> None:
    """Make up cases and write them to OUT, a row each, as `amends batch` reads them.

    They are drawn from `samples` of the rule base, and where it has none from how `ask` weighs answers. All
    those weights are ours. The same seed makes the same cases.
    """
    from amends.engine.batch import form_of
    from amends.engine.interchange import NeedsLibrary

    engine = load_engine(base)
    try:
        from amends.engine.batch.sampling import write_sample
    except ImportError as error:
        missing(error.name or "numpy", "batch")
    with click.progressbar(
        length=max(count, 1), label="drawing", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        try:
            write_sample(
                engine.rulebase,
                count,
                output,
                form or form_of(output) or "parquet",
                seed=seed,
                unknown=unknown,
                force=force,
                progress=bar.update,
            )
        except NeedsLibrary as error:
            missing(str(error), "batch")
    click.echo(f"{count:,} cases", err=True)
