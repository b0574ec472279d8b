"""Options that several commands share, and how a case reaches them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from amends.engine import Case, Engine
    from amends.engine.pack import Pack

PACKS = "amends.packs"

F = TypeVar("F", bound=Callable[..., Any])

DECIDED, FINDINGS, UNDECIDABLE, OPEN = 0, 1, 3, 4
"""Exit codes; 2 is bad input and 5 a missing library or program, everywhere."""

STATUS_EXITS = {"decided": DECIDED, "open": OPEN, "uncovered": UNDECIDABLE, "conflict": UNDECIDABLE}


def case_options(function: F) -> F:
    """Add CASE, `-f fact=value`, `--base` and `--no-assume` to a command."""
    for option in (
        click.option("--no-assume", is_flag=True, help="Leave unstated facts unknown instead of assuming."),
        base_option,
        click.option(
            "-f",
            "--fact",
            "stated",
            multiple=True,
            metavar="FACT=VALUE",
            shell_complete=_complete_fact,
            help="State a fact; wins over the file. Repeat it for more.",
        ),
        click.argument("case", required=False, type=click.Path(path_type=Path)),
    ):
        function = option(function)
    return function


def base_option(function: F) -> F:
    """Add `--base`, the folders of another rule base, and `--pack`, what is laid on it.

    The packs are noted for `load_engine`, so that no command passes them on.
    """
    for option in (
        click.option(
            "--pack",
            multiple=True,
            metavar="NAME",
            expose_value=False,
            callback=_note_packs,
            help="Lay this pack on it: one that is shipped, or a file or folder. Repeat it for more.",
        ),
        click.option(
            "--base",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="FOLDER",
            help="Use the rule base in this folder instead of the shipped one.",
        ),
    ):
        function = option(function)
    return function


def _note_packs(ctx: click.Context, _parameter: click.Parameter, names: tuple[str, ...]) -> None:
    ctx.meta[PACKS] = names


def packs_asked() -> tuple[Pack, ...]:
    """Return the packs that `--pack` names. Raises `InputError`."""
    names = click.get_current_context().meta.get(PACKS, ())
    if not names:
        return ()
    from amends.engine.pack import find_pack

    return tuple(find_pack(name) for name in dict.fromkeys(names))


def load_engine(base: tuple[Path, ...]) -> Engine:
    """Return the engine over the shipped base or the folders of `--base`, with the packs of `--pack`."""
    from amends.engine import load

    return load(*base, packs=packs_asked())


def read_case(
    engine: Engine, path: Path | None, stated: tuple[str, ...], words: tuple[str, ...] = ()
) -> Case:
    """Return the case from a file, from standard input (`-`), or from options alone."""
    if path is None and not stated:
        raise click.UsageError("Name a case file, or state facts with -f fact=value.")
    if path is not None and str(path) == "-":
        from amends.engine.api import standard_input

        return engine.case(standard_input(sys.stdin.buffer.read()), options=stated, words=words)
    if path is not None and "=" in path.name and not path.exists():
        raise click.UsageError(f"To state a fact, write -f {path.name}")
    return engine.case(path, options=stated, words=words)


def _complete_fact(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete `fact=` names, then the values of a choice."""
    from amends.engine import load

    facts = load().rulebase.facts
    name, equals, _ = incomplete.partition("=")
    if not equals:
        return [f"{fact}=" for fact in facts if fact.startswith(name)]
    domain = facts[name].domain if name in facts else None
    values = list(domain.values) if domain and domain.values else ["true", "false"] if domain else []
    return [f"{name}={value}" for value in values if f"{name}={value}".startswith(incomplete)]
