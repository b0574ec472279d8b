"""`amends graph`: the rules, the decision graph of one decision, or the path of a case, as a picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from amends.cli.cases import FINDINGS, case_options, load_engine, read_case

if TYPE_CHECKING:
    from amends.engine import Engine
    from amends.engine.draw import Picture

FORMS = ("svg", "png", "pdf", "dot", "mermaid", "html", "text", "json", "graphml")
BINARY = ("png", "pdf")
RULES = Path("rules")


@click.command("graph")
@case_options
@click.argument("of_decision", metavar="[CASE]", required=False, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The file; its ending says the format.")
@click.option("--format", "form", type=click.Choice(FORMS), help="The format, whatever the ending says.")
@click.option("--focus", metavar="DECISION", help="Show one decision with its rules.")
@click.option(
    "--collapse",
    type=click.Choice(["decision", "none"]),
    default="decision",
    show_default=True,
    help="Fold the rule graph, so that it can be read.",
)
@click.option(
    "--most",
    type=click.IntRange(3, 400),
    default=40,
    show_default=True,
    help="Boxes of a decision graph at most.",
)
def command(
    case: Path | None,
    of_decision: Path | None,
    stated: tuple[str, ...],
    base: tuple[Path, ...],
    no_assume: bool,
    output: Path | None,
    form: str | None,
    focus: str | None,
    collapse: Literal["decision", "none"],
    most: int,
) -> None:
    """Draw the path of CASE, or, for `rules`, what reads what, or, for a decision, its decision graph.

    The decision graph shows what is asked, where each answer leads, and for how many of the kinds of
    case; -f restricts it to what is known, a case after the decision is shown on its way through it.

    Without -o the picture goes to standard output, as a tree of lines unless --format says
    otherwise. All formats but png and pdf need nothing installed; these two end with exit 5
    where there is neither Graphviz nor pygraphviz.
    """
    # Imported late: it costs more than `--help` may take.
    from amends.engine.diagnostics import did_you_mean
    from amends.engine.draw import drawn, write

    chosen = form or _form_of(output)
    engine = load_engine(base)
    if case is not None and str(case) in engine.rulebase.decisions and not case.exists():
        if focus:
            raise click.UsageError(f"--focus shows rules; write `amends graph rules --focus {focus}`.")
        picture = _of_decision(engine, str(case), of_decision, stated, most, assume=not no_assume)
    elif of_decision is not None:
        near = did_you_mean(str(case), engine.rulebase.decisions)
        hint = f"; {near}" if near else "; only a decision takes a case after it."
        raise click.UsageError(f"`{case}` is no decision{hint}")
    elif case in (None, RULES) and not stated:
        from amends.engine.draw import rule_graph

        picture = rule_graph(engine.rulebase, collapse, focus)
    else:
        near = did_you_mean(str(case), [*engine.rulebase.decisions, str(RULES)])
        if near and case is not None and str(case) != "-" and not case.suffix and not case.exists():
            raise click.UsageError(f"`{case}` is no file and no decision; {near}")
        picture = _path(engine, case, stated, focus, assume=not no_assume)
    data = drawn(picture, chosen)
    if output is not None:
        write(output, data)
        click.echo(output)
    elif chosen in BINARY:
        if sys.stdout.isatty():
            raise click.UsageError(f"A terminal cannot show {chosen}; name a file with -o.")
        click.echo(data, nl=False)
    else:
        click.echo(data.decode(), nl=False)


def _of_decision(
    engine: Engine, name: str, case: Path | None, stated: tuple[str, ...], most: int, *, assume: bool
) -> Picture:
    from amends.engine.diagram import NotFinished
    from amends.engine.draw.decision_graph import decision_graph
    from amends.engine.rulebase import HitPolicy

    instead = f"`amends graph rules --focus {name}` draws its rules"
    if engine.rulebase.decisions[name].hit_policy is HitPolicy.COLLECT:
        raise click.UsageError(f"`{name}` collects a set, which has no decision graph; {instead}.")
    given = read_case(engine, None, stated) if stated and case is None else None
    followed = read_case(engine, case, stated) if case is not None else None
    try:
        return decision_graph(engine.rulebase, name, given=given, case=followed, assume=assume, most=most)
    except NotFinished:
        click.echo(
            f"the diagram of `{name}` needs more nodes than it may have, so there is no decision graph of it;"
            f" -f makes it smaller, and {instead}",
            err=True,
        )
        sys.exit(FINDINGS)


def _form_of(output: Path | None) -> str:
    from amends.engine.draw import form_of

    if output is None:
        return "text"
    found = form_of(output)
    if found is None:
        named = ", ".join(FORMS)
        raise click.UsageError(f"The ending of `{output.name}` is no format; add --format, one of {named}.")
    return found


def _path(
    engine: Engine, case: Path | None, stated: tuple[str, ...], focus: str | None, *, assume: bool
) -> Picture:
    from amends.engine.draw import path_of_case

    if focus:
        raise click.UsageError("--focus shows rules; leave the case and its facts out.")
    if case == RULES:
        raise click.UsageError("-f states a fact of a case; leave `rules` out.")
    verdict = engine.decide(read_case(engine, case, stated), assume=assume)
    return path_of_case(verdict, engine.rulebase)
