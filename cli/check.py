"""`amends check`: everything that is wrong in a rule base or a case, with its place."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from amends.cli.cases import FINDINGS, base_option, load_engine, packs_asked


@click.command("check")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@base_option
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(path: Path | None, base: tuple[Path, ...], style: str) -> None:
    """Check PATH: a folder is a rule base, a file is a case; without PATH, the shipped base.

    Exit 0 if nothing is wrong, 1 with findings, 2 if PATH cannot be read.
    """
    from amends.engine.api import check
    from amends.engine.completion import complete
    from amends.engine.diagnostics import Code, Diagnostic, InputError, Problems, render_text

    found: tuple[Diagnostic, ...] = ()
    said = ""
    try:
        if path is not None and not path.is_dir():
            engine = load_engine(base)
            case = engine.case(path)
            problems = Problems()
            complete(engine.rulebase, case, problems)
            problems.stop()
            said = f"{path}: nothing wrong; it states {len(case.facts)} facts"
        else:
            rulebase = check(*((path,) if path is not None else base), packs=packs_asked())
            said = (
                f"nothing wrong: {len(rulebase.facts)} facts, {len(rulebase.decisions)} decisions, "
                f"{len(rulebase.rules)} rules, {len(rulebase.sources)} sources"
            )
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
        found = error.diagnostics
    if style == "json":
        click.echo(json.dumps([diagnostic.to_json() for diagnostic in found], indent=2, ensure_ascii=False))
    elif found:
        click.echo("\n\n".join(render_text(diagnostic) for diagnostic in found))
        click.echo(f"\n{len(found)} finding{'s' if len(found) > 1 else ''}", err=True)
    else:
        click.echo(said)
    sys.exit(FINDINGS if found else 0)
