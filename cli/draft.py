"""`amends draft`: the message to the client, as it can be sent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.cases import DECIDED, OPEN, STATUS_EXITS, case_options, load_engine, read_case

if TYPE_CHECKING:
    from amends.engine.draft import Draft


@click.command("draft")
@case_options
@click.option("--channel", metavar="NAME", help="How it is sent; the rules choose if you do not.")
@click.option(
    "--word", "words", multiple=True, metavar="WORD=TEXT", help="Fill in a blank. Repeat it for more."
)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    case: Path | None,
    stated: tuple[str, ...],
    base: tuple[Path, ...],
    no_assume: bool,
    channel: str | None,
    words: tuple[str, ...],
    style: str,
) -> None:
    """Write the message to the client that CASE asks for.

    The message goes to standard output, what is left to fill in to standard error. Exit 0 if it is the whole
    message; 3 or 4 if the case is not decided, and it only buys time; 2 if the phrase guard holds it back.
    """
    engine = load_engine(base)
    draft = engine.draft(read_case(engine, case, stated, words), channel=channel, assume=not no_assume)
    if style == "json":
        import json

        click.echo(json.dumps(draft.to_json(), indent=2, ensure_ascii=False))
    else:
        click.echo(draft.text)
        _say_what_is_left(draft)
    status = STATUS_EXITS[draft.verdict.status]
    sys.exit(OPEN if draft.holds_back and status == DECIDED else status)


def _say_what_is_left(draft: Draft) -> None:
    lines = []
    if draft.holds_back:
        decided = draft.verdict.status == "decided"
        what = "What to do is decided, how to say it is not" if decided else "Not decided yet"
        lines += ["", f"{what}, so this only buys time. `amends decide` says what is missing."]
    if draft.blanks:
        lines += ["", "Fill in"]
        lines += [f"  - [{blank.title}]  ({blank.help})" for blank in draft.blanks]
    for line in lines:
        click.echo(line, err=True)
