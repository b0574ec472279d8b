"""`amends simulate`: what a policy makes of past cases, or two of them side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.batch import progress_bar, table_options
from amends.cli.cases import base_option, facts_of_packs, load_engine
from amends.cli.export import missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from amends.engine import Engine
    from amends.engine.batch import Ground, Layout
    from amends.engine.batch.tables import Table


@click.command("simulate")
@click.argument("given", metavar="IN", type=click.Path(path_type=Path))
@table_options
@click.option("--by", multiple=True, metavar="COLUMN", help="Count apart by what stands in this column.")
@click.option("--against", metavar="B", help="Decide with a second rule base too, named as for `compare`.")
@click.option(
    "--moved",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the rows that end otherwise.",
)
@click.option(
    "--plot",
    "plots",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw it, as SVG or PNG.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the groups, as CSV."
)
@click.option("--force", is_flag=True, help="Write over files that are there.")
@base_option
def command(
    given: Path,
    form: str | None,
    mapped: tuple[str, ...],
    keep: tuple[str, ...],
    stated: tuple[str, ...],
    no_assume: bool,
    jobs: int | None,
    by: tuple[str, ...],
    against: str | None,
    moved: Path | None,
    plots: tuple[Path, ...],
    output: Path | None,
    force: bool,
    base: tuple[Path, ...],
) -> None:
    """Decide the cases in IN, a table as for `batch`, and count how many end in which remedy, and the money.

    With --against they are decided with a second rule base too, and what moves between the two is counted.
    """
    from amends.engine.batch import form_of
    from amends.engine.beside import processors
    from amends.engine.interchange import NeedsLibrary

    if moved is not None and against is None:
        raise click.UsageError("--moved needs a second rule base: --against B.")
    for path in plots:
        if path.suffix.lower() not in (".svg", ".png"):
            raise click.UsageError(f"{path} ends in neither .svg nor .png.")
    engines, titles = [load_engine(base)], ["these rules" if base else "base"]
    if against is not None:
        from amends.engine.compare.inputs import side

        engines.append(side(against))
        titles.append(against)
    try:
        from amends.engine.batch.plotting import plot
        from amends.engine.batch.simulated import as_csv, as_text
        from amends.engine.batch.simulating import simulate
    except ImportError as error:
        missing(error.name or "numpy", "batch")
    both = [_policy(engine, given, mapped, keep, stated, not no_assume) for engine in engines]
    form = form or form_of(given) or "csv"
    try:
        with progress_bar("deciding", given) as progress:
            found = simulate(
                [ground for ground, _ in both],
                [lay for _, lay in both],
                given,
                form,
                by=by,
                moved=None if moved is None else (moved, form_of(moved) or form),
                force=force,
                jobs=jobs or processors(),
                progress=progress,
            )
    except NeedsLibrary as error:
        missing(str(error), "batch")

    def name(end: str) -> str:
        remedies = (engine.rulebase.decisions["remedy"].domain.values for engine in engines)
        return next((values[end] for values in remedies if end in values), end)

    click.echo(as_text(found, titles, name), nl=False)
    if output is not None:
        _write(output, as_csv(found, titles), force)
    for path in plots:
        try:
            plot(found, titles, name, path)
        except ImportError as error:
            missing(error.name or "matplotlib", "plot")


def _policy(
    engine: Engine,
    given: Path,
    mapped: tuple[str, ...],
    keep: tuple[str, ...],
    stated: tuple[str, ...],
    assume: bool,
) -> tuple[Ground, Callable[[Table], Layout]]:
    from amends.engine.batch import Ground, layout
    from amends.engine.batch.deciding import facts_for_all
    from amends.engine.batch.simulating import PARTS

    for_all = facts_for_all(engine, (*stated, *facts_of_packs(engine, stated)))
    prefix = "amends."  # nobody sees these names

    def lay(table: Table) -> Layout:
        return layout(
            engine.rulebase, table.columns, str(given), mapped=mapped, kept=keep, parts=PARTS, prefix=prefix
        )

    bare = layout(engine.rulebase, (), str(given), parts=PARTS, prefix=prefix)
    return Ground(engine, bare, for_all, assume), lay


def _write(path: Path, said: str, force: bool) -> None:
    from amends.engine.batch.running import writing

    with writing(path, force=force) as out:
        out.write(said.encode())
