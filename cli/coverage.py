"""`amends coverage`: what stored cases exercise of a rule base, and a case for what they do not."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.cases import FINDINGS, base_option, load_engine, packs_asked
from amends.cli.test import stored

if TYPE_CHECKING:
    from amends.engine.rulebase import RuleBase

FORMS = ("text", "json", "markdown")
EXAMPLES = 20


@click.command("coverage")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@base_option
@click.option("--of", "only", multiple=True, metavar="PACK", help="Only what this pack says; repeat it.")
@click.option("--format", "form", type=click.Choice(FORMS), default="text", show_default=True)
@click.option(
    "--at-least",
    type=click.FloatRange(0, 100),
    default=100,
    show_default=True,
    metavar="N",
    help="Exit 0 if N per cent of rules and of outcomes are exercised.",
)
@click.option(
    "--examples",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"Show a case for so many of what is missing.  [default: {EXAMPLES}; all with -v or --suggest]",
)
@click.option(
    "--suggest",
    "into",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Write cases that exercise what is missing into this folder.",
)
@click.option(
    "--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Stop all proofs after so long."
)
@click.option("-v", "--verbose", is_flag=True, help="Say in how many cases each rule decides.")
def command(
    paths: tuple[Path, ...],
    base: tuple[Path, ...],
    only: tuple[str, ...],
    form: str,
    at_least: float,
    examples: int | None,
    into: Path | None,
    timeout: float | None,
    verbose: bool,
) -> None:
    """Say which rules, outcomes, tests and parts of messages no case at PATHS exercises.

    Without PATHS: the cases of tests/cases and of the packs that are laid; with packs, only what these say.
    What is missing comes with the smallest case that would exercise it, or with the proof that none can.
    Exit 0 if every rule and outcome is exercised that can be, else 1.
    """
    from time import monotonic

    from amends.engine.exercise.coverage import cover
    from amends.engine.exercise.coverage_told import rendered
    from amends.engine.exercise.goals import goals_of
    from amends.engine.exercise.playing import play
    from amends.engine.exercise.suggesting import of_missing, write

    engine = load_engine(base)
    rulebase = engine.rulebase
    packs = packs_meant(only, rulebase)
    deadline = None if timeout is None else monotonic() + timeout
    shown = examples if examples is not None else None if verbose or into else EXAMPLES
    goals = goals_of(rulebase, packs, files_of(packs))
    found = cover(rulebase, play(engine, paths or stored()), goals, most_cases=shown, deadline=deadline)
    click.echo(rendered(found, rulebase, form, verbose=verbose), nl=False)
    if into is not None:
        written = write(rulebase, of_missing(rulebase, found), into)
        click.echo(f"wrote {len(written)} case{'' if len(written) == 1 else 's'} into {into}", err=True)
    sys.exit(0 if found.reaches(Fraction(at_least)) else FINDINGS)


def packs_meant(only: tuple[str, ...], rulebase: RuleBase) -> frozenset[str]:
    """Return the packs that `--of` names, else those that are laid; none means all. Raises `InputError`."""
    from amends.engine.diagnostics import Code, Diagnostic, InputError, did_you_mean, listed

    known = {rule.pack for rule in rulebase.rules.values()} | {pack.name for pack in packs_asked()}
    unknown = [name for name in only if name not in known]
    if unknown:
        raise InputError(
            Diagnostic(
                Code.UNKNOWN_NAME,
                f"no pack `{name}` is laid",
                help=did_you_mean(name, known) or f"one of {listed(sorted(known))}; --pack lays one",
            )
            for name in unknown
        )
    return frozenset(only) or frozenset(pack.name for pack in packs_asked())


def files_of(packs: frozenset[str]) -> frozenset[str]:
    """Return the files of *packs*, of those that are laid and of the shipped base."""
    from amends.engine.api import shipped
    from amends.engine.diagnostics import Problems
    from amends.engine.pack import BASE, Pack

    laid = [*packs_asked(), Pack(BASE, 0, shipped())]
    return frozenset(str(file) for pack in laid if pack.name in packs for file in pack.files(Problems()))
