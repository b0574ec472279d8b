"""`amends audit`: what is wrong in a rule base, over every case that can be, each finding with a case."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amends.cli.cases import FINDINGS, base_option, packs_asked

if TYPE_CHECKING:
    from amends.engine.audit.finding import Kind

FORMS = ("text", "json", "sarif", "github", "markdown")


@click.command("audit")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@base_option
@click.option("--format", "form", type=click.Choice(FORMS), default="text", show_default=True)
@click.option("-k", "--kind", "kinds", multiple=True, metavar="KIND", help="Show this kind of finding alone.")
@click.option(
    "--max-nodes", type=click.IntRange(min=1), metavar="N", help="Stop a proof past N nodes of a diagram."
)
@click.option(
    "--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Stop all proofs after so long."
)
@click.option(
    "--now",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The day that decides what is past its review. [default: today]",
)
def command(
    path: Path | None,
    base: tuple[Path, ...],
    form: str,
    kinds: tuple[str, ...],
    max_nodes: int | None,
    timeout: float | None,
    now: datetime | None,
) -> None:
    """Prove the rule base in the folder PATH, or the shipped one: gaps, overlaps, dead rules and more.

    Each finding comes with the smallest case that shows it. Exit 0 if nothing is found and nothing
    is undecided, 1 otherwise, 2 if the rule base cannot be read.
    """
    from amends.engine.api import load
    from amends.engine.audit.auditing import audit, only
    from amends.engine.audit.report import rendered
    from amends.engine.diagram.forest import MOST_NODES

    wanted = _kinds(kinds)
    if path is not None and base:
        raise click.UsageError("Name the rule base once, as PATH or with --base.")
    rulebase = load(*((path,) if path is not None else base), packs=packs_asked()).rulebase
    if sys.stderr.isatty():
        click.echo(f"proving {len(rulebase.rules)} rules …", err=True)
    day = (now or datetime.now(UTC)).date()
    report = only(audit(rulebase, now=day, most_nodes=max_nodes or MOST_NODES, timeout=timeout), wanted)
    click.echo(rendered(report, rulebase, form), nl=False)
    sys.exit(0 if report.is_clean else FINDINGS)


def _kinds(names: tuple[str, ...]) -> frozenset[Kind]:
    from amends.engine.audit.finding import Kind
    from amends.engine.diagnostics import did_you_mean, listed

    known = {kind.value: kind for kind in Kind}
    for name in names:
        if name not in known:
            near = did_you_mean(name, known) or f"one of {listed(known, 30)}"
            raise click.BadParameter(f"`{name}` is no kind of finding; {near}", param_hint="--kind")
    return frozenset(known[name] for name in names)
