"""`amends batch`: a table of cases to the same table with a verdict beside each row."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from amends.cli.cases import FINDINGS, base_option, facts_of_packs, load_engine
from amends.cli.export import MISSING, missing

if TYPE_CHECKING:
    from amends.engine.batch import Ground, Layout, Told
    from amends.engine.batch.tables import Table

    Lay = Callable[[Table], Layout]

FORMS = ("csv", "jsonl", "parquet")


F = TypeVar("F", bound=Callable[..., object])


def table_options(function: F) -> F:
    """Add what says how a table is read: `--from`, `--map`, `--keep`, `-f`, `--no-assume`, `--jobs`."""
    for option in (
        click.option(
            "-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Share the work among N processes."
        ),
        click.option("--no-assume", is_flag=True, help="Leave unstated facts unknown instead of assuming."),
        click.option(
            "-f", "--fact", "stated", multiple=True, metavar="FACT=VALUE", help="Every row states this."
        ),
        click.option(
            "--keep", multiple=True, metavar="COLUMN", help="This column states no fact, whatever its name."
        ),
        click.option(
            "--map", "mapped", multiple=True, metavar="COLUMN=FACT", help="This column states that fact."
        ),
        click.option(
            "--from",
            "form",
            type=click.Choice(FORMS),
            help="What IN is.  [default: its ending, else csv]",
        ),
    ):
        function = option(function)
    return function


@contextmanager
def progress_bar(label: str, given: Path) -> Iterator[Callable[[int, int], None]]:
    """Show how much of *given* is read, and the rate, on a terminal; yield what is told of it."""
    size = given.stat().st_size if given.is_file() else 0
    began = time.monotonic()
    with click.progressbar(
        length=max(size, 1),
        label=label,
        file=sys.stderr,
        item_show_func=lambda item: item,
        hidden=not sys.stderr.isatty(),
    ) as bar:

        def progress(read: int, rows: int) -> None:
            rate = rows / max(time.monotonic() - began, 0.001)
            bar.update(max(0, min(read, size) - bar.pos), f"{rows:,} rows, {rate:,.0f} a second")

        yield progress


@click.command("batch")
@click.argument("given", metavar="IN", type=click.Path(path_type=Path))
@table_options
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), metavar="OUT", help="The file to write."
)
@click.option(
    "--to", "out_form", type=click.Choice(FORMS), help="What OUT is.  [default: its ending, else as IN]"
)
@click.option(
    "--columns", metavar="PARTS", help="What of the verdict to write, such as remedy,money.amount,fired."
)
@click.option("--prefix", default="", metavar="TEXT", help="Put this before the names of what is written.")
@click.option(
    "--engine",
    "where",
    type=click.Choice(["here", "spark"]),
    default="here",
    show_default=True,
    help="Who reads, spreads and writes the rows.",
)
@click.option("--master", metavar="URL", help="Of Spark: the cluster.  [default: all cores here]")
@click.option("--force", is_flag=True, help="Write over OUT.")
@click.option("--resume", is_flag=True, help="Of a folder, leave out the files that are in OUT already.")
@base_option
def command(
    given: Path,
    output: Path,
    form: str | None,
    out_form: str | None,
    mapped: tuple[str, ...],
    keep: tuple[str, ...],
    columns: str | None,
    prefix: str,
    stated: tuple[str, ...],
    no_assume: bool,
    where: str,
    master: str | None,
    force: bool,
    resume: bool,
    jobs: int | None,
    base: tuple[Path, ...],
) -> None:
    """Decide each row of IN, a table whose columns are named as facts, and write OUT.

    IN is a file, a folder of files, or `-`; OUT is a file, a folder, or `-`. Every row comes out in its
    place, with all its columns; one that can be no case is `refused`, with the reason. Exit 0 if none is,
    else 1.
    """
    from amends.engine.batch import DEFAULT, Ground, form_of, layout
    from amends.engine.batch.deciding import facts_for_all
    from amends.engine.beside import processors
    from amends.engine.interchange import NeedsLibrary

    engine = load_engine(base)
    parts = tuple(part.strip() for part in columns.split(",") if part.strip()) if columns else DEFAULT
    for_all = facts_for_all(engine, (*stated, *facts_of_packs(engine, stated)))

    def lay(table: Table) -> Layout:
        return layout(
            engine.rulebase, table.columns, str(given), mapped=mapped, kept=keep, parts=parts, prefix=prefix
        )

    ground = Ground(engine, layout(engine.rulebase, (), str(given), parts=parts), for_all, not no_assume)
    jobs = jobs or processors()
    if master is not None and where != "spark":
        raise click.UsageError("--master is of --engine spark.")
    try:
        if where == "spark":
            from amends.engine.batch.on_spark import decide_on_spark

            form = form or form_of(given) or "parquet"
            out_form = out_form or form_of(output) or form
            told = decide_on_spark(
                ground, lay, _address(given), form, _address(output), out_form, master=master, force=force
            )
        elif given.is_dir():
            told = _folder(ground, lay, given, output, jobs=jobs, force=force, resume=resume)
        else:
            form = form or form_of(given) or "csv"
            out_form = out_form or form_of(output) or form
            told = _file(ground, lay, given, form, output, out_form, jobs=jobs, force=force)
    except NeedsLibrary as error:
        if str(error) == "java":
            click.echo("Spark needs Java, 17 or later (Debian: apt install default-jre-headless)", err=True)
            sys.exit(MISSING)
        missing(str(error), "spark" if where == "spark" else "batch")
    refused = f", {told.refused:,} refused" if told.refused else ""
    click.echo(f"{told.rows:,} rows{refused}", err=True)
    sys.exit(FINDINGS if told.refused else 0)


def _address(path: Path) -> str:
    """Return *path* as Spark takes it: a path makes one stroke of two, and Spark runs elsewhere."""
    address = re.sub(r"^([a-z][a-z0-9]+):/(?!/)", r"\1://", str(path))
    return address if "://" in address else str(path.absolute())


def _file(
    ground: Ground,
    lay: Lay,
    given: Path,
    form: str,
    output: Path,
    out_form: str,
    *,
    jobs: int,
    force: bool,
) -> Told:
    from amends.engine.batch import decide_file

    with progress_bar("deciding", given) as progress:
        return decide_file(
            ground,
            lay,
            given,
            form,
            output,
            out_form,
            jobs=jobs,
            force=force,
            progress=progress,
        )


def _folder(
    ground: Ground, lay: Lay, given: Path, output: Path, *, jobs: int, force: bool, resume: bool
) -> Told:
    from amends.engine.batch import decide_folder, form_of

    inputs = [(path, form) for path in sorted(given.iterdir()) if path.is_file() and (form := form_of(path))]
    if not inputs:
        raise click.UsageError(f"{given} has no file that ends in .csv, .jsonl or .parquet.")
    if given.resolve() == output.resolve():
        raise click.UsageError("The folder that is read cannot be the one that is written.")

    def one(path: Path, form: str, there: Path) -> Told:
        click.echo(path.name, err=True)
        return _file(ground, lay, path, form, there, form, jobs=jobs, force=force)

    told, skipped = decide_folder(inputs, output, one, resume=resume)
    if skipped:
        click.echo(f"{skipped} {'file was' if skipped == 1 else 'files were'} there already", err=True)
    return told
