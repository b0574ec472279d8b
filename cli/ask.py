"""`amends ask`: the interview, kept in a file after every answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.cases import OPEN, STATUS_EXITS, case_options, facts_of_packs, load_engine

if TYPE_CHECKING:
    from amends.engine import Case, Engine
    from amends.engine.interview import Answers

STOPPED = OPEN
"""The exit code of an interview that was left before its end."""


@click.command("ask")
@case_options
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the answers in this new file.  [default: my-case.yaml]",
)
@click.option(
    "--resume", type=click.Path(path_type=Path), metavar="FILE", help="Go on with the answers in this file."
)
@click.option("--fast", is_flag=True, help="Ask only what is most telling, and take the rest for granted.")
@click.option(
    "--uniform", is_flag=True, help="Choose questions as if all answers were equally likely, not by weights."
)
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
def command(
    case: Path | None,
    stated: tuple[str, ...],
    base: tuple[Path, ...],
    no_assume: bool,
    save: Path | None,
    resume: Path | None,
    fast: bool,
    uniform: bool,
    style: str,
) -> None:
    """Ask what can still change the remedy, then say which it is, as `decide` does.

    What CASE states is not asked. Questions go to standard error, answers come a line each from
    standard input. Exit as `decide`; 4 also if the interview is left before its end.
    """
    if resume is not None and (case is not None or save is not None):
        raise click.UsageError("--resume names the file already: give neither CASE nor --save with it.")
    if save is not None and save.exists():
        raise click.UsageError(f"{save} exists. To go on with it: amends ask --resume {save}")
    if case is not None and str(case) == "-":
        raise click.UsageError("Standard input holds the answers, so CASE must be a file.")
    from amends.cli.talk import Talk
    from amends.engine.diagram import NotFinished
    from amends.engine.interview import Asker

    engine = load_engine(base)
    stated += facts_of_packs(engine, stated)
    start, said = _begin(engine, resume or case, stated, were_asked=resume is not None)
    if "remedy" not in engine.rulebase.decisions:
        engine.decide(start)  # which says so
    try:
        asker = Asker(engine.rulebase, uniform=uniform, assume=not no_assume, fast=fast)
    except NotFinished:
        raise click.UsageError("This rule base is too large to be asked about; use amends decide.") from None
    path = resume or save or _unused(Path("my-case.yaml"))
    talk = Talk(asker, start, said, path, is_kept=resume is not None)
    try:
        talk.go()
    except (KeyboardInterrupt, EOFError):
        talk.stop()
        sys.exit(STOPPED)
    verdict = engine.decide(talk.case, assume=not no_assume)
    talk.end(verdict.remedy)
    if style == "json":
        import json

        click.echo(json.dumps(verdict.to_json(), indent=2, ensure_ascii=False))
    else:
        from amends.cli.report import markdown, text

        click.echo(text(verdict) if style == "text" else markdown(verdict))
    sys.exit(STATUS_EXITS[verdict.status])


def _begin(
    engine: Engine, path: Path | None, stated: tuple[str, ...], *, were_asked: bool
) -> tuple[Case, Answers]:
    from amends.engine.interview import Answer, answers_of
    from amends.engine.source import read

    node = None if path is None else read(path)
    case = engine.case(node, options=stated)
    said = answers_of(node, case, engine.rulebase, were_asked=were_asked)
    for option in stated:
        name, _, text = option.partition("=")
        if text.strip() == "unknown":
            said = said.saying(Answer(name.strip(), None, were_asked))
    return case, said


def _unused(path: Path) -> Path:
    """Return *path*, or the first name after it that is free."""
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_stem(f"{path.stem}-{number}")
    return found
