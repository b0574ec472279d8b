"""`amends test`: stored cases held to what they expect, and to what is claimed of every case."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from amends.cli.cases import FINDINGS, base_option, load_engine


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@base_option
@click.option("-k", "word", default="", help="Only cases whose file name contains this.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what failed, and the count.")
def command(paths: tuple[Path, ...], base: tuple[Path, ...], word: str, quiet: bool) -> None:
    """Decide the cases at PATHS (default: tests/cases) and hold them to their `expect`.

    Every case, with an `expect` or without, is held to the claims of the rule base too. Exit 0
    if all is met, 1 if something is not; a failure prints the trace.
    """
    from amends.engine import claims
    from amends.engine.diagnostics import Code, InputError, Problems, Source, Span, render_text
    from amends.engine.draft.templates import check_templates
    from amends.engine.expect import hold
    from amends.engine.explain import explain
    from amends.engine.source import yaml_files

    problems = Problems()
    files = [file for file in yaml_files(paths or (Path("tests/cases"),), problems) if word in file.stem]
    if not files and not problems.found:
        where = ", ".join(map(str, paths)) or "tests/cases"
        if word:
            raise click.UsageError(f"No case at {where} has `{word}` in its name.")
        problems.add(
            Code.FILE_NOT_FOUND,
            f"there is no case at `{where}`",
            Span.whole(Source(where)),
            help="name a folder of cases",
        )
    problems.stop()
    engine = load_engine(base)
    check_templates(engine.rulebase, problems)  # once, and not for every case with a claim about messages
    problems.stop()
    passed = failed = silent = 0
    for file in files:
        found = Problems()
        trace: list[str] = []
        try:
            case = engine.case(file)
            verdict = engine.decide(case, what_if=False)
            claims.report(claims.check(engine.rulebase, case, found), found)
            if case.expect is not None:
                hold(verdict, case.expect, found)
            elif not found.found:
                silent += 1
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
            click.echo(f"FAILED {file}")
            click.echo("\n".join(render_text(diagnostic) for diagnostic in found.found))
            click.echo("\n".join(f"    {line}" for line in trace))
        else:
            passed += 1
            if not quiet:
                click.echo(f"passed {file.stem.replace('-', ' ')}")
    if silent:
        click.echo(f"{silent} without `expect`, held to the claims alone", err=True)
    click.echo(f"{passed} passed, {failed} failed")
    sys.exit(FINDINGS if failed else 0)
