"""`amends mutate`: changes to rules that no stored case would notice, each with a case that would."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import click

from amends.cli.cases import FINDINGS, base_option, load_engine
from amends.cli.coverage import EXAMPLES, FORMS, packs_meant
from amends.cli.test import stored


@click.command("mutate")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@base_option
@click.option(
    "-k",
    "--rule",
    "pattern",
    default="",
    metavar="PATTERN",
    help="Only rules whose path contains this, or is this with * for anything.",
)
@click.option("--of", "only", multiple=True, metavar="PACK", help="Only rules of this pack; repeat it.")
@click.option("--format", "form", type=click.Choice(FORMS), default="text", show_default=True)
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="N", help="Try so many mutants, drawn by --seed."
)
@click.option(
    "--seed", type=int, default=0, show_default=True, metavar="S", help="Draw the same sample again."
)
@click.option(
    "--at-least",
    type=click.FloatRange(0, 100),
    default=90,
    show_default=True,
    metavar="N",
    help="Exit 0 from a score of N per cent on.",
)
@click.option(
    "--examples",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"Show a case for so many survivors.  [default: {EXAMPLES}; all with -v or --suggest]",
)
@click.option(
    "--suggest",
    "into",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Write cases that kill the survivors into this folder.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Begin nothing after so long, and say what is not tried.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Share the work among N processes.  [default: as many as there are processors]",
)
@click.option(
    "-v", "--verbose", is_flag=True, help="List what is killed, and by which case, and what changes nothing."
)
def command(
    paths: tuple[Path, ...],
    base: tuple[Path, ...],
    pattern: str,
    only: tuple[str, ...],
    form: str,
    sample: int | None,
    seed: int,
    at_least: float,
    examples: int | None,
    into: Path | None,
    timeout: float | None,
    jobs: int | None,
    verbose: bool,
) -> None:
    """Change each rule a little, one thing at a time, and see whether a case at PATHS fails.

    Without PATHS: the cases of tests/cases and of the packs that are laid; with packs, only their rules.
    A change that alters nothing in any case that can be is proved to be equivalent and left out of the
    score. Exit 0 if enough of the others are killed, else 1; 2 if a case
    fails as it is.
    """
    from time import monotonic

    from amends.engine.beside import processors
    from amends.engine.exercise.mutating import mutate
    from amends.engine.exercise.mutation_told import rendered
    from amends.engine.exercise.playing import play
    from amends.engine.exercise.suggesting import of_survivors, write

    engine = load_engine(base)
    rulebase = engine.rulebase
    packs = packs_meant(only, rulebase)
    rules = [
        path
        for path, rule in rulebase.rules.items()
        if (not packs or rule.pack in packs) and is_meant(pattern, path)
    ]
    if pattern and not rules:
        raise click.UsageError(f"No rule has `{pattern}` in its path; `amends book` lists them all.")
    found = mutate(
        rulebase,
        play(engine, paths or stored()),
        rules,
        sample=sample,
        seed=seed,
        most_cases=examples if examples is not None else None if verbose or into else EXAMPLES,
        deadline=None if timeout is None else monotonic() + timeout,
        jobs=jobs or processors(),
    )
    click.echo(rendered(found, rulebase, form, verbose=verbose), nl=False)
    if into is not None:
        written = write(rulebase, of_survivors(rulebase, found), into)
        click.echo(f"wrote {len(written)} case{'' if len(written) == 1 else 's'} into {into}", err=True)
    sys.exit(0 if found.reaches(Fraction(at_least)) else FINDINGS)


def is_meant(pattern: str, path: str) -> bool:
    """True if a rule's path contains *pattern*, or is it where it has wildcards.

    >>> [is_meant(pattern, "fault/an-outage") for pattern in ("", "fault/", "*/an-*", "an-*")]
    [True, True, True, False]
    """
    from fnmatch import fnmatchcase

    return fnmatchcase(path, pattern) if set(pattern) & set("*?[") else pattern in path
