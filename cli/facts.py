"""`amends facts`: the vocabulary that a case may use."""

from __future__ import annotations

from pathlib import Path

import click

from amends.cli.cases import base_option, load_engine


@click.command("facts")
@click.argument("name", required=False)
@base_option
def command(name: str | None, base: tuple[Path, ...]) -> None:
    """List every fact with its question, or the values and help of the fact NAME."""
    from amends.engine.diagnostics import Code, Diagnostic, InputError, did_you_mean

    facts = load_engine(base).rulebase.facts
    if name is None:
        width = max(map(len, facts), default=0)
        for fact in facts.values():
            click.echo(f"{fact.name:<{width}}  {fact.domain.kind:<7} {fact.question}")
        return
    if name not in facts:
        help = did_you_mean(name, facts) or "`amends facts` lists every fact"
        raise InputError([Diagnostic(Code.UNKNOWN_FACT, f"there is no fact `{name}`", help=help)])
    fact = facts[name]
    click.echo(f"{fact.question}\n")
    for value, title in fact.domain.values.items():
        click.echo(f"  {value:<24} {title}")
    if fact.domain.unit:
        click.echo(f"  in {fact.domain.unit}")
    if fact.help:
        click.echo(f"\n{fact.help}")
