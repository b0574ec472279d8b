"""The `amends` command: a group whose commands are imported only when they are asked for."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

COMMANDS = {
    "decide": "which remedy fits this case",
    "ask": "the same, by questions: only those that can still matter",
    "batch": "decide each row of a table: CSV, JSON Lines or Parquet",
    "simulate": "what a policy makes of past cases, or two of them side by side",
    "sample": "cases made up from weights, for who has no history",
    "draft": "write the message to the client",
    "why": "the reasons for a verdict in short, and the rules behind it",
    "why-not": "which rules would have led to another remedy, and what was in their way",
    "flip": "the smallest changes of facts that change the remedy",
    "facts": "every fact that a case can state",
    "graph": "draw the rules, a decision graph, or the path of a case",
    "book": "write the rules out as pages, to be read and questioned",
    "packs": "what can be laid on the base, what is in force, and which pack set what",
    "new": "files to start from: a pack, a rule, a remedy, a case",
    "schema": "what an editor needs to complete names and underline slips",
    "check": "find what is wrong in a rule base or a case",
    "audit": "prove a rule base over every case that can be",
    "compare": "count the cases that an edit of a rule base moves",
    "test": "decide stored cases and hold them to what they expect",
    "coverage": "what the stored cases exercise, and a case for what they do not",
    "mutate": "slips in rules that no stored case would notice, each with a case that would",
    "export": "a decision as a table for other programs: DMN, CSV or XLSX",
    "import": "a decision table made elsewhere, as a decision file",
    "explain": "what a diagnostic or a finding means, and how to mend it",
    "doctor": "what is installed, and what can be drawn",
}
"""One module each, of that name with `_` for `-`, and after a word of Python's, with a `command` in it."""
MOST_SHOWN = 30
"""Diagnostics that a command shows; whoever gave a wrong folder has thousands."""


class Commands(click.Group):
    """Finds commands by name without importing the others, and turns bad input into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, importing its module; None for a name that there is not."""
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_") + "_" * iskeyword(cmd_name)
        command: click.Command = import_module(f"amends.cli.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from their summaries, so that `--help` imports none."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Suggest the nearest command for one that there is not."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from amends.engine.diagnostics import did_you_mean

            near = did_you_mean(args[0], COMMANDS) if args else None
            if not near:
                raise
            raise click.UsageError(f"{error.message} {near[0].upper()}{near[1:]}", ctx) from None

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run; `InputError` prints each diagnostic and ends with 2, or 5 if only a library is missing."""
        # A command makes many values and drops few: to look through them often costs a tenth of its time.
        gc.set_threshold(100_000)
        if "_AMENDS_COMPLETE" in os.environ:
            from amends.cli.completion import register

            register()
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            # Standard output is full or gone; what was printed is no answer.
            click.echo(f"cannot-write: {(error.strerror or str(error)).lower()}", err=True)
            sys.stdout = None  # or Python tries to write the rest at its end
            sys.exit(2)
        except Exception as error:
            from amends.engine.diagnostics import Code, InputError, render_text

            if not isinstance(error, InputError):
                raise
            for number, found in enumerate(error.diagnostics[:MOST_SHOWN]):
                click.echo(("\n" if number else "") + render_text(found), err=True)
            more = len(error.diagnostics) - MOST_SHOWN
            if more > 0:
                click.echo(f"\n… and {more:,} more; `amends check` shows them all", err=True)
            missing = (Code.NO_RENDERER, Code.NO_CALENDAR)
            sys.exit(5 if all(found.code in missing for found in error.diagnostics) else 2)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="amends", prog_name="amends")
def app() -> None:
    """Find out how to make it right with a client.

    State what happened, get one remedy with its steps, money and reasons. General information,
    no legal, tax or insurance advice.
    """
