"""`amends compare`: two rule bases, and every kind of case that an edit moves."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from amends.cli.cases import FINDINGS

CASES = Path("tests/cases")


@click.command("compare")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--decision", "more", multiple=True, metavar="NAME", help="Count this decision too; repeat it.")
@click.option(
    "--cases",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help=f"Decide the cases here with both.  [default: {CASES}, if it is there]",
)
@click.option(
    "--boxes",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show so many groups of cases of each move.  [default: 1]",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
@click.option("--fail-on-change", is_flag=True, help="Exit 1 unless it is proved that nothing moves.")
@click.option("--max-nodes", type=click.IntRange(min=1), metavar="N", help="Stop past N nodes of diagrams.")
def command(
    first: str,
    second: str,
    more: tuple[str, ...],
    cases: Path | None,
    boxes: int | None,
    form: str,
    fail_on_change: bool,
    max_nodes: int | None,
) -> None:
    """Count every kind of case that moves from one remedy to another between the rule bases A and B.

    Each is `base`, the shipped one, or `base+PACK`; a folder, or several joined by `+`; `git:REV`, the
    folders `kb` and `rules/base` of this repository at a revision; or `REV:PATH`. What moves comes with
    a case that shows it; where nothing moves, that is proved. Exit 1 if a count was not finished, or, with
    --fail-on-change, if something moves.
    """
    from amends.engine.compare import compare
    from amends.engine.compare.inputs import side
    from amends.engine.compare.moving import MOST_BOXES
    from amends.engine.compare.telling import rendered
    from amends.engine.diagram.forest import MOST_NODES

    one, other = side(first), side(second)
    comparison = compare(
        one,
        other,
        names=(first, second),
        decisions=("remedy", *_known(more, {**one.rulebase.decisions, **other.rulebase.decisions})),
        cases=cases or (CASES if CASES.is_dir() else None),
        most_nodes=max_nodes or MOST_NODES,
        most_boxes=boxes or MOST_BOXES,
    )
    click.echo(rendered(comparison, form), nl=False)
    moved = fail_on_change and comparison.something_moves
    sys.exit(FINDINGS if moved or not comparison.is_finished else 0)


def _known(names: tuple[str, ...], decisions: dict[str, object]) -> tuple[str, ...]:
    from amends.engine.diagnostics import Code, Diagnostic, InputError, did_you_mean

    unknown = [name for name in names if name not in decisions]
    if unknown:
        raise InputError(
            Diagnostic(
                Code.UNKNOWN_NAME, f"there is no decision `{name}`", help=did_you_mean(name, decisions)
            )
            for name in unknown
        )
    return names
