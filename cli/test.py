"""`amends test`: stored cases held to what they expect, and to what is claimed of every case."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.cases import FINDINGS, base_option, load_engine, packs_asked, packs_named

if TYPE_CHECKING:
    from amends.engine import Engine

STORED = Path("tests/cases")


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@base_option
@click.option(
    "-k", "word", default="", help="Only what has this in its name: of cases the file's, of rules the path."
)
@click.option("-q", "--quiet", is_flag=True, help="Say only what failed, and the count.")
@click.option(
    "--junit",
    "report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what became of each case into FILE too, as JUnit's XML.",
)
def command(
    paths: tuple[Path, ...], base: tuple[Path, ...], word: str, quiet: bool, report: Path | None
) -> None:
    """Decide the cases at PATHS and hold them to their `expect`.

    Without PATHS: those of tests/cases and of the packs that are laid, and the examples beside rules.

    Every case, with an `expect` or without, is held to the claims of the rule base too, and decided
    with the packs that it names besides. Exit 0 if all is met, 1 if something is not; a failure
    prints the trace.
    """
    from amends.engine import claims
    from amends.engine.diagnostics import Code, InputError, Problems, Source, Span, render_text
    from amends.engine.examples import tried
    from amends.engine.exercise.junit import Held, junit
    from amends.engine.expect import hold
    from amends.engine.explain import explain
    from amends.engine.source import yaml_files

    engine_for = cache(lambda packs: _checked(base, packs))
    problems = Problems()
    laid = engine_for(())  # a rule base that is wrong is told first, whatever cases there are
    beside = [] if paths else list(tried(laid.rulebase, laid.executor, word))
    paths = paths or stored(or_none=bool(beside))
    files = [file for file in yaml_files(paths, problems) if word in file.stem]
    if not files and not beside and not problems.found:
        where = ", ".join(map(str, paths))
        if word:
            raise click.UsageError(f"No case at {where} has `{word}` in its name.")
        problems.add(
            Code.FILE_NOT_FOUND,
            f"there is no case at `{where}`",
            Span.whole(Source(where)),
            help="name a folder of cases",
        )
    problems.stop()
    passed = failed = silent = 0
    held: list[Held] = []
    for file in files:
        found = Problems()
        trace: list[str] = []
        try:
            engine = engine_for(packs_named(file))
            case = engine.case(file)
            verdict = engine.decide(case, what_if=False)
            claims.report(claims.check(engine.rulebase, case, found), found, engine.rulebase.ignores)
            if case.expect is not None:
                hold(verdict, case.expect, found)
            elif not found.found:
                silent += 1
                held.append(Held(file, None, is_silent=True))
                continue
            if found.found:
                trace = [
                    line
                    for part in explain(verdict)
                    for line in (part.heading, *(f"  {at}" for at in part.lines))
                ]
        except InputError as error:
            found.found += error.diagnostics
        if found.found:
            failed += 1
            unmet = "\n".join(render_text(diagnostic) for diagnostic in found.found)
            held.append(Held(file, unmet))
            click.echo(f"FAILED {file}")
            click.echo(unmet)
            click.echo("\n".join(f"    {line}" for line in trace))
        else:
            passed += 1
            held.append(Held(file, None))
            if not quiet:
                click.echo(f"passed {file.stem.replace('-', ' ')}")
    for each in beside:
        unmet = "\n".join(map(render_text, each.found))
        held.append(Held(Path(each.rule.span.source.name), unmet or None, name=each.says))
        if unmet:
            failed += 1
            click.echo(f"FAILED {each.says}\n{unmet}")
            continue
        passed += 1
        if not quiet:
            click.echo(f"passed {each.says}")
    if report is not None:
        _write(report, junit(held))
    if silent:
        click.echo(f"{silent} without `expect`, held to the claims alone", err=True)
    click.echo(f"{passed} passed, {failed} failed")
    sys.exit(FINDINGS if failed else 0)


def _checked(base: tuple[Path, ...], packs: tuple[str, ...]) -> Engine:
    """Return the engine, with *packs* too, whose templates can be used: seen once, and not for every case."""
    from amends.engine.diagnostics import Problems
    from amends.engine.draft.templates import check_templates

    engine = load_engine(base, packs)
    problems = Problems()
    check_templates(engine.rulebase, problems)
    problems.stop()
    return engine


def stored(*, or_none: bool = False) -> tuple[Path, ...]:
    """Return where cases are by default: those of the packs, and the project's own if there are any.

    Where there are none it is where they should be, unless it may be *or_none*.
    """
    of_packs = tuple(folder for pack in packs_asked() for folder in pack.cases)
    own = STORED.is_dir() or not (of_packs or or_none)
    return (*((STORED,) if own else ()), *of_packs)


def _write(path: Path, text: str) -> None:
    from amends.engine.diagnostics import Code, Diagnostic, InputError

    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        message = f"`{path}` cannot be written to: {(error.strerror or str(error)).lower()}"
        raise InputError([Diagnostic(Code.CANNOT_WRITE, message, help="name another file")]) from None
