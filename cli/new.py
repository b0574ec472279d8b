"""`amends new`: files to start from, which already pass `amends check` and `amends test`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from amends.engine.author.plan import Plan

F = TypeVar("F", bound=Callable[..., Any])
HOMES = {"niche": Path("packs/niches"), "platform": Path("packs/platforms"), None: Path("packs")}
"""Where a project keeps the packs that are found by name."""
SHIPPED = {"niche": Path("rules/niches"), "platform": Path("rules/platforms")}
"""Where this repository keeps its own."""
CASES = Path("tests/cases")


def _on(function: F) -> F:
    return click.option(
        "--base",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FOLDER",
        help="Start from the rule base in this folder instead of the shipped one.",
    )(function)


def _found(_context: click.Context, _parameter: click.Parameter, given: Path | None) -> Path | None:
    """Return the folder that *given* is, or that a pack of the project has whose name it is."""
    if given is None or given.exists() or given.name != str(given):
        return given
    homes = [*HOMES.values(), *SHIPPED.values()]
    return next((home / given for home in homes if (home / given).is_dir()), given)


def _into(function: F) -> F:
    return click.option(
        "--pack",
        "folder",
        required=True,
        type=click.Path(path_type=Path),
        callback=_found,
        metavar="NAME",
        help="The pack that it goes into: its name, or its folder.",
    )(function)


def _stating(what: str) -> Callable[[F], F]:
    return click.option("-f", "--fact", "stated", multiple=True, metavar="FACT=VALUE", help=what)


@click.group("new")
def command() -> None:
    """Write what belongs together, to start from: it passes `amends check` and `amends test` at once.

    Nothing that is there is overwritten. Comments in the files say what to change.
    """


@command.command("pack")
@click.argument("name")
@click.option("--niche", "level", flag_value="niche", help="A pack for the line of work NAME.")
@click.option("--platform", "level", flag_value="platform", help="A pack for the platform NAME.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The folder to write.  [default: packs/niches/NAME, packs/platforms/NAME or packs/NAME]",
)
@_on
def pack(name: str, level: str | None, output: Path | None, base: tuple[Path, ...]) -> None:
    """Write the pack NAME: a folder with a rule, the case that the rule decides, and a page about it.

    A pack for a line of work or a platform says so in its scope; without either it is one of your own.
    """
    from amends.engine.author.scaffold import new_pack

    ours = SHIPPED.get(level or "")
    home = ours if ours and ours.is_dir() else HOMES[level]
    folder = output or home / name
    _write(new_pack(name, folder, base, level), folder, "" if output else f"--{level or 'pack'} {name}")


@command.command("rule")
@click.argument("path", metavar="DECISION/NAME")
@_into
@_stating("What the rule tests, and its case states. Repeat it for more.")
@click.option(
    "--tier", metavar="NAME", help="The tier in which it stands.  [default: the weakest that can decide]"
)
@click.option("--then", metavar="VALUE", help="The value that the decision takes.")
@_on
def rule(
    path: str,
    folder: Path,
    stated: tuple[str, ...],
    tier: str | None,
    then: str | None,
    base: tuple[Path, ...],
) -> None:
    """Add a rule to a pack, with the case that it decides.

    NAME is the situation in which the rule holds, such as `you-meet-in-the-street`.
    """
    from amends.engine.author.scaffold import new_rule

    _write(new_rule(path, folder, base, stated=stated, tier=tier, then=then), folder)


@command.command("remedy")
@click.argument("name")
@_into
@_stating("What the rule tests that concludes it. Repeat it for more.")
@_on
def remedy(name: str, folder: Path, stated: tuple[str, ...], base: tuple[Path, ...]) -> None:
    """Add a remedy to a pack, with the rule that concludes it and the case that the rule decides."""
    from amends.engine.author.scaffold import new_remedy

    _write(new_remedy(name, folder, base, stated=stated), folder)


@command.command("case")
@click.argument("name")
@click.option(
    "--pack",
    "folder",
    type=click.Path(path_type=Path),
    callback=_found,
    metavar="NAME",
    help="The pack whose case it is: its name, or its folder.",
)
@_stating("What the case states. Repeat it for more.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"The file to write.  [default: in the pack, or in {CASES}]",
)
@_on
def case(
    name: str, folder: Path | None, stated: tuple[str, ...], output: Path | None, base: tuple[Path, ...]
) -> None:
    """Write the case NAME, which expects what the rules now say; correct it to what they should say."""
    from amends.engine.author.scaffold import new_case

    home = CASES if folder is None and CASES.is_dir() else (folder or Path()) / "cases"
    path = output or home / f"{name}.yaml"
    _write(new_case(name, path, folder, base, stated=stated), folder)


def _write(plan: Plan, folder: Path | None, laid: str = "") -> None:
    plan.carry_out()
    for path in plan.files:
        click.echo(f"{'changed' if path in plan.changed else 'wrote'} {path}")
    if folder is not None:
        laid = laid or f"--pack {folder}"
        click.echo(f"try: amends check {laid}, amends test {laid}", err=True)
