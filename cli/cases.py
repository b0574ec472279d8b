"""Options that several commands share, and how a case reaches them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from amends.engine import Case, Engine
    from amends.engine.condition import Condition
    from amends.engine.pack import Pack

LOCK = Path("packs.lock")
PACKS = "amends.packs"
STATED = "amends.stated"

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
        click.argument("case", required=False, type=click.Path(path_type=Path), callback=_note_packs_of_case),
    ):
        function = option(function)
    return function


def base_option(function: F) -> F:
    """Add `--base`, the folders of another rule base, and what is laid on it: `--pack` and its like.

    The packs are noted for `load_engine`, so that no command passes them on.
    """
    for option in (
        *(
            click.option(
                f"--{level}",
                multiple=True,
                metavar="NAME",
                expose_value=False,
                callback=_note_packs,
                help=f"Lay the pack of this {words} on it, and state the fact. Repeat it for more.",
            )
            for level, words in (("platform", "platform"), ("niche", "line of work"))
        ),
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


def _note_packs(ctx: click.Context, parameter: click.Parameter, names: tuple[str, ...]) -> None:
    ctx.meta[PACKS] = (*ctx.meta.get(PACKS, ()), *names)
    if parameter.name != "pack" and names:
        ctx.meta.setdefault(STATED, {})[parameter.name] = names[-1]


def _note_packs_of_case(ctx: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    """Note the packs that a case in a file is told for. It names them; a path is no name that is found."""
    if path is not None and path.is_file():
        ctx.meta[PACKS] = (*ctx.meta.get(PACKS, ()), *packs_named(path))
    return path


def packs_named(path: Path) -> tuple[str, ...]:
    """Return the packs that the case in a file asks for by name."""
    from amends.engine.case import packs_of

    return tuple(name for name in packs_of(path) if not set(name) & {"/", "\\", "."})


def packs_asked(more: tuple[str, ...] = ()) -> tuple[Pack, ...]:
    """Return the packs that are laid: those of `packs.lock`, of the options, of the case and *more*.

    Raises `InputError`.
    """
    names = (*click.get_current_context().meta.get(PACKS, ()), *more)
    if not names and not LOCK.is_file():
        return ()
    from amends.engine.discovery import find_pack
    from amends.engine.lock import in_force

    packs = (*in_force(), *(find_pack(name) for name in names))
    return tuple(dict.fromkeys(packs))


def load_engine(base: tuple[Path, ...], more: tuple[str, ...] = ()) -> Engine:
    """Return the engine over the shipped base or the folders of `--base`, with `--pack` and *more* laid."""
    from amends.engine import load

    return load(*base, packs=packs_asked(more))


def read_case(
    engine: Engine, path: Path | None, stated: tuple[str, ...], words: tuple[str, ...] = ()
) -> Case:
    """Return the case from a file, from standard input (`-`), or from options alone.

    What `--niche` and `--platform` say is stated too, where nobody states it otherwise.
    """
    stated += facts_of_packs(engine, stated)
    if path is None and not stated:
        raise click.UsageError("Name a case file, or state facts with -f fact=value.")
    if path is not None and str(path) == "-":
        from amends.engine.api import standard_input

        return engine.case(standard_input(sys.stdin.buffer.read()), options=stated, words=words)
    if path is not None and "=" in path.name and not path.exists():
        raise click.UsageError(f"To state a fact, write -f {path.name}")
    return engine.case(path, options=stated, words=words)


def facts_of_packs(engine: Engine, stated: tuple[str, ...]) -> tuple[str, ...]:
    """Return what --niche and --platform state: what the scope of the pack asks for, or else its name."""
    named: dict[str, str] = click.get_current_context().meta.get(STATED, {})
    there = {option.partition("=")[0].strip() for option in stated}
    scopes = {about.name: about.scope for about in engine.rulebase.packs}
    found = dict(_asked(scopes.get(name)) or (fact, name) for fact, name in named.items())
    return tuple(
        f"{fact}={value}"
        for fact, value in found.items()
        if fact not in there
        and fact in engine.rulebase.facts
        and value in engine.rulebase.facts[fact].domain.values
    )


def _asked(scope: Condition | None) -> tuple[str, str] | None:
    """Return the fact and the one value that a scope asks for, if that is all that it asks."""
    from amends.engine.condition import AllOf, Operator, Test

    if isinstance(scope, AllOf) and len(scope.parts) == 1:
        (scope,) = scope.parts
    if not isinstance(scope, Test) or scope.operator is not Operator.ONE_OF:
        return None
    values = sorted(map(str, scope.operand)) if isinstance(scope.operand, frozenset) else []
    return (scope.subject, values[0]) if len(values) == 1 else None


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
