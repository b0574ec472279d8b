"""`amends check`: everything that is wrong in a rule base or a case, with its place, and what packs say."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.cases import FINDINGS, base_option, load_engine, packs_asked

if TYPE_CHECKING:
    from amends.engine.diagnostics import Diagnostic
    from amends.engine.rulebase import RuleBase

FORMS = ("text", "json", "github")
MOST_ROUNDS = 10
"""Rounds of mends: a word that is put right can show the next that is wrong."""


@dataclass(frozen=True)
class _Looked:
    """What one look found, or what it says where nothing is wrong."""

    found: tuple[Diagnostic, ...] = ()
    said: str = ""
    rulebase: RuleBase | None = None


@click.command("check")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@base_option
@click.option("--format", "style", type=click.Choice(FORMS), default="text", show_default=True)
@click.option(
    "--read-back/--no-read-back",
    "reads_back",
    default=None,
    help="Say each rule as a sentence, with the stored cases that it moves.  [default: those of packs]",
)
@click.option("--fix", is_flag=True, help="Show how what can be mended safely would be; ask, then write it.")
@click.option("--yes", is_flag=True, help="With --fix: write without asking.")
@click.option("--watch", is_flag=True, help="Look again whenever a file changes, until Ctrl-C.")
def command(
    path: Path | None,
    base: tuple[Path, ...],
    style: str,
    reads_back: bool | None,
    fix: bool,
    yes: bool,
    watch: bool,
) -> None:
    """Check PATH: a folder is a rule base, a file is a case; without PATH, the shipped base.

    Packs that are laid are read back: each rule as one sentence, with the number of stored cases that it
    moves. Exit 0 if nothing is wrong, 1 with findings, 2 if PATH cannot be read.
    """
    if watch and (fix or style != "text"):
        raise click.UsageError("--watch goes with neither --fix nor --format.")
    if reads_back and style != "text":
        raise click.UsageError("--read-back goes with --format text.")
    if yes and not fix:
        raise click.UsageError("--yes goes with --fix.")
    if watch:
        _watch(path, base, reads_back=bool(reads_back))
        return
    looked = _look(path, base)
    if fix and looked.found:
        looked = _fix(path, base, looked, asks=not yes)
    _tell(looked, style)
    wanted = bool(packs_asked()) and style == "text" if reads_back is None else reads_back
    if wanted and looked.rulebase is not None and not looked.found:
        _read_back(looked.rulebase, all_rules=not packs_asked())
    sys.exit(FINDINGS if looked.found else 0)


def _look(path: Path | None, base: tuple[Path, ...]) -> _Looked:
    from amends.engine.api import check
    from amends.engine.completion import complete
    from amends.engine.diagnostics import Code, InputError, Problems

    try:
        if path is not None and not path.is_dir():
            engine = load_engine(base)
            case = engine.case(path)
            problems = Problems()
            complete(engine.rulebase, case, problems)
            problems.stop()
            return _Looked(said=f"{path}: nothing wrong; it states {len(case.facts)} facts")
        rulebase = check(*((path,) if path is not None else base), packs=packs_asked())
    except InputError as error:
        unreadable = (
            Code.FILE_NOT_FOUND,
            Code.NOT_A_FILE,
            Code.NOT_TEXT,
            Code.WRONG_ENCODING,
            Code.FILE_TOO_LARGE,
        )
        if all(diagnostic.code in unreadable for diagnostic in error.diagnostics):
            raise
        return _Looked(error.diagnostics)
    said = (
        f"nothing wrong: {len(rulebase.facts)} facts, {len(rulebase.decisions)} decisions, "
        f"{len(rulebase.rules)} rules, {len(rulebase.sources)} sources"
    )
    return _Looked(said=said, rulebase=rulebase)


def _tell(looked: _Looked, style: str) -> None:
    from amends.engine.diagnostics import render_text

    if style == "json":
        found = [diagnostic.to_json() for diagnostic in looked.found]
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    elif style == "github":
        from amends.engine.author.annotating import annotation

        for diagnostic in looked.found:
            click.echo(annotation(diagnostic))
    elif looked.found:
        click.echo("\n\n".join(render_text(diagnostic) for diagnostic in looked.found))
    if looked.found and style != "json":
        count = len(looked.found)
        click.echo(f"\n{count} finding{'s' if count > 1 else ''}", err=True)
    elif style != "json":
        click.echo(looked.said)


def _fix(path: Path | None, base: tuple[Path, ...], looked: _Looked, *, asks: bool) -> _Looked:
    """Mend what can be mended, round by round, and return what is left."""
    from amends.engine.author.mending import mends
    from amends.engine.author.reshaping import is_about_shape, reshaped

    ours = _ours(path, base)
    for _ in range(MOST_ROUNDS):
        mendable = [each for each in looked.found if _is_in(each, ours)]
        found = mends(mendable)
        if not found and any(is_about_shape(each) for each in mendable):
            try:
                found = reshaped(mendable)
            except ImportError:
                click.echo(
                    "some tests need another shape; that takes `pip install 'amends[author]'`", err=True
                )
        if not found:
            break
        for mend in found:
            click.echo(mend.diff)
        count = sum(mend.count for mend in found)
        what = f"{count} of {len(looked.found)} in {len(found)} file{'s' if len(found) > 1 else ''}"
        if asks and not _confirmed(f"Write these mends, {what}?"):
            click.echo("nothing is written", err=True)
            break
        for mend in found:
            mend.write()
            click.echo(f"mended {mend.path}")
        click.echo()
        looked = _look(path, base)
    return looked


def _ours(path: Path | None, base: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return where mends may be written: a slip in a pack can show in the base, which is not to blame."""
    from amends.engine.api import shipped

    asked = (*((path,) if path else ()), *base, *(each for pack in packs_asked() for each in pack.paths))
    return tuple(each.resolve() for each in asked or shipped())


def _is_in(found: Diagnostic, places: tuple[Path, ...]) -> bool:
    if found.primary is None:
        return False
    file = Path(found.primary.source.name).resolve()
    return any(file.is_relative_to(place) for place in places)


def _confirmed(question: str) -> bool:
    try:
        return click.confirm(question, err=True)
    except click.Abort:  # nobody is there to be asked
        click.echo(err=True)
        return False


def _read_back(rulebase: RuleBase, *, all_rules: bool) -> None:
    from textwrap import wrap

    from amends.cli.test import stored
    from amends.engine.author.read_back import read_back
    from amends.engine.diagnostics import Problems
    from amends.engine.source import yaml_files

    files = yaml_files([folder for folder in stored() if folder.is_dir()], Problems())
    for each in read_back(rulebase, files, all_rules=all_rules):
        click.echo(f"\n{each.path}  ({each.pack})")
        said = [each.says, each.because, *([f"In place of: {each.before}"] if each.before else [])]
        for text in said:
            click.echo("\n".join(wrap(text, 100, initial_indent="  ", subsequent_indent="    ")))
        cases = f"{each.of} stored case{'s' if each.of != 1 else ''}"
        click.echo(
            f"  moves {each.decides} in {each.moves} of {cases}" if each.of else "  no stored cases here"
        )


def _watch(path: Path | None, base: tuple[Path, ...], *, reads_back: bool) -> None:
    from amends.engine.api import shipped
    from amends.engine.author.watching import changes, seen
    from amends.engine.diagnostics import InputError

    def look(changed: list[Path]) -> None:
        if sys.stdout.isatty():
            click.clear()
        for file in changed[:5]:
            click.echo(f"changed: {file}")
        try:
            looked = _look(path, base)
        except InputError as error:
            looked = _Looked(error.diagnostics)
        _tell(looked, "text")
        if reads_back and looked.rulebase is not None:
            _read_back(looked.rulebase, all_rules=not packs_asked())
        count = len(seen(paths))
        click.echo(f"\nwatching {count} file{'s' if count != 1 else ''}; Ctrl-C ends", err=True)
        sys.stdout.flush()

    is_base = path is not None and path.is_dir()
    below = () if is_base else (base or shipped())
    paths = (*((path,) if path else ()), *below, *(each for pack in packs_asked() for each in pack.paths))
    try:
        for changed in changes(paths):
            look(changed)
    except KeyboardInterrupt:
        click.echo(err=True)
