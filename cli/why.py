"""`amends why`: the shortest reasons, then every rule that fired, with what it read and what it beat."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.cases import case_options, load_engine, read_case
from amends.engine.explain import explain

if TYPE_CHECKING:
    from amends.engine import Case, Engine
    from amends.engine.reasons import Forcing


@click.command("why")
@case_options
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
@click.option("--decision", "only", metavar="NAME", help="Show this decision alone.")
def command(
    case: Path | None,
    stated: tuple[str, ...],
    base: tuple[Path, ...],
    no_assume: bool,
    style: str,
    only: str | None,
) -> None:
    """Show why CASE is decided as it is.

    First, in short, the facts that decide it by themselves; then the rules that fired, what they
    read, what they beat.
    """
    engine = load_engine(base)
    if only is not None and only not in engine.rulebase.decisions:
        from amends.engine.diagnostics import Code, Diagnostic, InputError, did_you_mean, listed

        names = engine.rulebase.decisions
        help = did_you_mean(only, names) or f"one of {listed(sorted(names), len(names))}"
        raise InputError([Diagnostic(Code.UNKNOWN_NAME, f"there is no decision `{only}`", help=help)])
    read = read_case(engine, case, stated)
    verdict = engine.decide(read, assume=not no_assume)
    explanation = [part for part in explain(verdict) if only is None or part.decision == only]
    about = only or "remedy"
    short = _in_short(engine, read, about, assume=not no_assume)
    if style == "json":
        parts: list[dict[str, object]] = [part.to_json() for part in explanation]
        if short is not None:
            from amends.engine.reasons.wording import forcing_json

            for shown in parts:
                if shown["decision"] == about:
                    shown["in_short"] = forcing_json(engine.rulebase, about, short)
        click.echo(json.dumps(parts, indent=2, ensure_ascii=False))
        return
    if short is not None:
        for line in _short_lines(engine, about, short, is_markdown=style == "markdown"):
            click.echo(line)
    spoken = [part for part in explanation if not part.stands_otherwise or only is not None]
    otherwise = [part for part in explanation if part not in spoken]
    for part in spoken:
        click.echo(f"## {part.heading}\n" if style == "markdown" else part.heading)
        for line in part.lines:
            nested = line.startswith(" ")
            mark = ("  - " if nested else "- ") if style == "markdown" else "  "
            click.echo(f"{mark}{line.strip() if style == 'markdown' else line}")
        click.echo()
    if otherwise:
        heading = "no rule speaks, so this stands"
        click.echo(f"## {heading}\n" if style == "markdown" else heading)
        for part in otherwise:
            said = f"{part.heading}  ({' '.join(part.lines)})" if part.lines else part.heading
            click.echo(f"- {said}" if style == "markdown" else f"  {said}")


def _in_short(engine: Engine, case: Case, decision: str, *, assume: bool) -> Forcing | None:
    """Return the shortest reasons; None for a set, an open case, or where the diagrams say nothing."""
    from amends.engine.diagnostics import Problems
    from amends.engine.diagram import NotFinished
    from amends.engine.reasons import forcing, standing
    from amends.engine.rulebase import HitPolicy

    if engine.rulebase.decisions[decision].hit_policy is HitPolicy.COLLECT:
        return None
    try:
        return forcing(standing(engine.rulebase, case, Problems(), decision, assume=assume))
    except NotFinished:
        click.echo(
            "the diagram needs more nodes than it may have, so the short reasons are left out", err=True
        )
        return None


def _short_lines(engine: Engine, decision: str, short: Forcing, *, is_markdown: bool) -> list[str]:
    from amends.engine.reasons.wording import given_words, value_words

    rulebase = engine.rulebase
    said = f"in short: {value_words(rulebase, decision, short.value)}"
    lines = [f"## {said}\n" if is_markdown else said]
    mark = "- " if is_markdown else "  "
    if not short.reasons:
        return [*lines, f"{mark}that is so whatever the facts are", ""]
    stated = [given for given in short.reasons if given.is_stated]
    taken = [given for given in short.reasons if not given.is_stated and given.value is not None]
    unknown = [given for given in short.reasons if not given.is_stated and given.value is None]
    lines += [f"{mark}{given_words(rulebase, given)}" for given in stated]
    if taken:
        lines.append(f"{mark}{'and, ' if stated else ''}not told and so taken for granted:")
        lines += [f"  {mark}{given_words(rulebase, given)}" for given in taken]
    if unknown:
        titles = "; ".join(rulebase.title(given.fact) for given in unknown)
        lines.append(f"{mark}and that it is not told: {titles}")
    enough = "these decide it, whatever else is true"
    lines.append(f"{mark}{enough}{'; no fewer facts would' if short.is_least else ''}")
    return [*lines, ""]
