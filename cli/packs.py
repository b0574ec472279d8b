"""`amends packs`: what is there to lay on the base, what is in force, and which pack set what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from amends.cli.cases import base_option, load_engine, packs_asked

if TYPE_CHECKING:
    from amends.engine.origin import Origin
    from amends.engine.pack import Pack
    from amends.engine.rulebase import About, RuleBase

form_option = click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True
)


@click.group("packs", invoke_without_command=True)
@form_option
@click.pass_context
def command(ctx: click.Context, form: str) -> None:
    """List the packs that are found here, and which of them are in force."""
    if ctx.invoked_subcommand is not None:
        return
    from amends.engine.discovery import packs
    from amends.engine.lock import in_force

    locked = {pack.name for pack in in_force()}
    found = sorted(((pack, _about(pack)) for pack in packs()), key=lambda pair: (pair[0].level, pair[0].name))
    if form == "json":
        rows = [_as_json(pack, about, pack.name in locked) for pack, about in found]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for level, pairs in groupby(found, key=lambda pair: pair[0].level):
        click.echo(_LEVEL_WORDS[level])
        for pack, about in pairs:
            click.echo(f"  {_line(pack, about, pack.name in locked)}")
        click.echo()
    click.echo(
        "Lay one on the base with --niche, --platform or --pack. `amends packs show NAME` says what it does,"
    )
    click.echo("`amends packs lock NAME` puts it in force in this folder.")


_LEVEL_WORDS = ("base", "lines of work", "platforms", "of the house")


def _line(pack: Pack, about: About, is_in_force: bool) -> str:
    from amends.engine.discovery import SHIPPED

    version = about.version or "-"
    more = [f"of {pack.place}"] if pack.place != SHIPPED else []
    more += ["in force"] if is_in_force else []
    told = f" ({', '.join(more)})" if more else ""
    return f"{pack.name:<18} {version:<6} {about.title or ''}{told}".rstrip()


def _as_json(pack: Pack, about: About, is_in_force: bool) -> dict[str, object]:
    from amends.engine.diagnostics import InputError
    from amends.engine.pack import LEVELS

    sha256: str | None = None
    with suppress(InputError):  # of a pack that cannot be read, which need not be used
        sha256 = pack.digest()
    return {
        "name": pack.name,
        "level": LEVELS[pack.level],
        "version": about.version,
        "title": about.title,
        "found_in": pack.place,
        "in_force": is_in_force,
        "sha256": sha256,
    }


def _about(pack: Pack) -> About:
    """Return what a pack says of itself; its name alone if it cannot be read, as it need not be used."""
    from amends.engine.diagnostics import InputError, Problems
    from amends.engine.loading.about import about_of
    from amends.engine.rulebase import About

    try:
        return about_of(pack, Problems())
    except InputError:
        return About(pack.name, pack.level, title="cannot be read: see `amends check --pack`")


@command.command("show")
@click.argument("name", required=False)
@base_option
@click.option("--origin", is_flag=True, help="Say of every rule and number which pack set it.")
@form_option
def show(name: str | None, base: tuple[Path, ...], origin: bool, form: str) -> None:
    """Say what the pack NAME brings and changes; without NAME, each that is laid.

    With --origin: every rule and number of the whole stack, and the pack that set it.
    """
    from amends.engine.origin import origins

    rulebase, names = _stack(name, base, needed=not origin)
    found = [each for each in origins(rulebase) if origin or each.pack in names]
    if form == "json":
        click.echo(json.dumps([_origin_json(each) for each in found], indent=2, ensure_ascii=False))
        return
    for about in rulebase.packs:
        if about.name in names:
            click.echo("\n".join(_introduced(about)))
    for kind, group in groupby(sorted(found, key=lambda each: each.kind), key=lambda each: each.kind):
        click.echo(f"\n{kind}")
        for each in group:
            click.echo("\n".join(_origin_lines(each, with_pack=origin)))


def _stack(name: str | None, base: tuple[Path, ...], *, needed: bool) -> tuple[RuleBase, set[str]]:
    """Return the rule base with the pack of that name laid on it too, and the packs to speak of."""
    from amends.engine import load
    from amends.engine.discovery import find_pack

    asked = packs_asked()
    if name is None:
        if not asked and needed:
            raise click.UsageError("Name a pack, or lay one with --niche, --platform or --pack.")
        return load_engine(base).rulebase, {pack.name for pack in asked}
    pack = find_pack(name)
    return load(*base, packs=tuple(dict.fromkeys((*asked, pack)))).rulebase, {pack.name}


def _introduced(about: About) -> Iterator[str]:
    version = f", version {about.version}" if about.version else ""
    yield f"{about.name}: {about.title or 'a pack'}{version}"
    if about.about:
        yield from wrap(about.about, 100, initial_indent="  ", subsequent_indent="  ")


def _origin_lines(origin: Origin, *, with_pack: bool) -> Iterator[str]:
    pack = f"{origin.pack}: " if with_pack else ""
    yield f"  {pack}{origin.name} – {origin.says}"
    if origin.before is not None:
        yield f"    in place of {origin.before}"
    yield f"    {origin.span!r}"


def _origin_json(origin: Origin) -> dict[str, object]:
    return {
        "kind": origin.kind,
        "name": origin.name,
        "pack": origin.pack,
        "says": origin.says,
        "before": origin.before,
        "at": origin.span.to_json(),
    }


@command.command("lock")
@click.argument("names", nargs=-1)
@click.option("--remove", is_flag=True, help="Put the packs NAMES out of force instead.")
def lock(names: tuple[str, ...], remove: bool) -> None:
    """Put the packs NAMES in force in this folder, as they are now, by its `packs.lock`.

    Without NAMES, take those that are in force as they are now. Every command that runs in this folder lays
    them, and refuses one that has changed since, until it is locked anew.
    """
    from amends.engine.discovery import find_pack
    from amends.engine.lock import LOCK, locked, read_lock, write_lock

    entries = dict(read_lock())
    if remove:
        for name in names:
            if name not in entries:
                raise click.UsageError(f"`{name}` is not in force here.")
            del entries[name]
    else:
        for name in names or tuple(each.named for each in entries.values()):
            entry = locked(find_pack(name), name, _about(find_pack(name)).version)
            entries[entry.name] = entry
    if not entries and not LOCK.exists():
        raise click.UsageError("Name the packs that are to be in force here.")
    write_lock(entries.values())
    words = ", ".join(entries) or "none"
    click.echo(f"{LOCK}: {words}")
