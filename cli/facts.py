"""`amends facts`: the vocabulary that a case may use."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.cases import base_option, load_engine

if TYPE_CHECKING:
    from amends.engine.rulebase import Fact

WIDEST = 100
CONTROLS = {
    "you": "You can still change it.",
    "client": "The client can change it.",
    "nobody": "Nobody can change it: it is past, or given.",
}


@click.command("facts")
@click.argument("name", required=False)
@base_option
def command(name: str | None, base: tuple[Path, ...]) -> None:
    """List every fact with its question, or the values and help of the fact NAME."""
    from amends.engine.diagnostics import Code, Diagnostic, InputError, did_you_mean

    facts = load_engine(base).rulebase.facts
    if name is not None and name not in facts:
        help = did_you_mean(name, facts) or "`amends facts` lists every fact"
        raise InputError([Diagnostic(Code.UNKNOWN_FACT, f"there is no fact `{name}`", help=help)])
    if name is not None:
        click.echo("\n".join(page(facts[name])))
        return
    click.echo("\n".join(_list(facts.values())))
    click.echo("\n`amends facts NAME` shows what a fact can be, and how to tell its values apart.", err=True)


def _list(facts: Iterable[Fact]) -> Iterator[str]:
    """Yield a line a fact, those of one file together, as they stand in it."""
    in_order = sorted(facts, key=lambda fact: (fact.span.source.name, fact.span.line))
    width = max((len(fact.name) for fact in in_order), default=0)
    file = None
    for fact in in_order:
        if fact.span.source.name != file:
            if file is not None:
                yield ""
            file = fact.span.source.name
            yield Path(file).stem.replace("_", " ").capitalize()
        yield f"  {fact.name:<{width}}  {fact.domain.kind:<6}  {fact.question}"


def page(fact: Fact) -> Iterator[str]:
    """Yield all there is to know about one fact."""
    yield from wrapped(fact.question)
    yield ""
    yield from _answers(fact)
    yield ""
    if fact.help:
        yield from wrapped(fact.help)
        yield ""
    yield from wrapped(_assumed(fact))
    if fact.stop_if:
        yield from wrapped(f"But stop if {fact.stop_if}.")
    yield CONTROLS[fact.controls]


def _answers(fact: Fact) -> Iterator[str]:
    """Yield the values that can be stated, each with its cue, or the bounds within which they lie."""
    from amends.engine.rulebase import Kind
    from amends.engine.values import decimal_text

    domain = fact.domain
    values = {"true": "yes", "false": "no"} if domain.kind is Kind.FLAG else domain.values
    width = max(map(len, values), default=0)
    for value, title in values.items():
        yield from wrapped(title, f"  {value:<{width}}  ")
        if value in fact.cues:
            yield from wrapped(fact.cues[value], " " * (width + 6))
    if domain.kind is Kind.SET:
        yield "  as many as apply, with commas between them; [] for none"
    if domain.kind is Kind.DATE:
        yield "  a day, such as 2026-03-31"
    if domain.lowest is not None and domain.highest is not None:
        unit = f" ({domain.unit})" if domain.unit else ""
        decimals = f"{domain.decimals} decimal{'s' * (domain.decimals > 1)}"
        places = f", with at most {decimals}" if domain.decimals else ""
        currency = "; the currency may follow, as in `1000 EUR`" if domain.kind is Kind.MONEY else ""
        yield f"  {decimal_text(domain.lowest)} to {decimal_text(domain.highest)}{unit}{places}{currency}"


def _assumed(fact: Fact) -> str:
    from amends.engine.values import words

    if fact.assume is None:
        return "Nothing is assumed while you leave it out."
    return f"Taken for granted while you leave it out: {words(fact.assume, fact.domain)}."


def wrapped(text: str, indent: str = "") -> list[str]:
    """Return *text* in lines that fit the terminal, the first after *indent*, the others below it."""
    width = min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=" " * len(indent), break_on_hyphens=False
    )
