"""A simulation in words and as rows: a line a group, the moves between two policies, the money."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence

from amends.engine.batch.simulating import Group, Key, Simulation
from amends.engine.batch.texts import in_money

HEAD = ("cases", "share", "paid", "money", "median", "90th", "largest", "to you")
WHOLE = "all"
MOST_MOVES = 20


def rows_of(simulation: Simulation, titles: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield a head, and a row for each group of each policy; *titles* names the policies."""
    yield ("policy", *simulation.by, "remedy", "currency", *HEAD)
    for title, groups in zip(titles, simulation.groups, strict=True):
        for key, group in ordered(groups, simulation.by):
            yield (title, *key, *_figures(group, simulation.cases))


def ordered(groups: dict[Key, Group], by: Sequence[str]) -> list[tuple[Key, Group]]:
    """Return the groups, the largest first among those of the same values of *by*."""
    apart = len(by)
    return sorted(groups.items(), key=lambda item: (item[0][:apart], -item[1].cases, item[0]))


def _figures(group: Group, cases: int) -> tuple[str, ...]:
    return (
        str(group.cases),
        f"{100 * group.cases / max(cases, 1):.1f} %",
        str(len(group.amounts)),
        in_money(group.total),
        in_money(group.percentile(50)),
        in_money(group.percentile(90)),
        in_money(group.percentile(100)),
        in_money(group.to_you),
    )


def as_csv(simulation: Simulation, titles: Sequence[str]) -> str:
    """Return the groups as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows_of(simulation, titles))
    return out.getvalue()


def as_text(simulation: Simulation, titles: Sequence[str], name: Callable[[str], str]) -> str:
    """Return the simulation in words; *name* puts a remedy into words."""
    lines: list[str] = []
    for title, groups in zip(titles, simulation.groups, strict=True):
        lines += [f"{title}: {simulation.cases:,} cases", ""]
        lines += _table(_told(simulation, groups, name), len(simulation.by) + 2)
        lines.append("")
    if len(simulation.groups) == 2:
        lines += [*_moves(simulation, name), ""]
    return "\n".join(lines)


def _told(
    simulation: Simulation, groups: dict[Key, Group], name: Callable[[str], str]
) -> Iterator[Sequence[str]]:
    apart = len(simulation.by)
    yield (*simulation.by, "remedy", "", *HEAD)
    before: Key = ()
    for key, group in ordered(groups, simulation.by):
        shown = ("",) * apart if key[:apart] == before and apart else key[:apart]
        before = key[:apart]
        yield (*shown, name(key[-2]), key[-1], *map(_grouped, _figures(group, simulation.cases)))
    for currency in sorted({key[-1] for key in groups}):
        together = _joined(group for key, group in groups.items() if key[-1] == currency)
        yield (*("",) * apart, WHOLE, currency, *map(_grouped, _figures(together, simulation.cases)))


def _joined(groups: Iterable[Group]) -> Group:
    found = Group()
    for group in groups:
        found.take_in(group)
    return found


def _moves(simulation: Simulation, name: Callable[[str], str]) -> Iterator[str]:
    moves = {ends: move for ends, move in simulation.moves.items() if ends[0] != ends[1]}
    count = sum(move.cases for move in moves.values())
    share = 100 * count / max(simulation.cases, 1)
    only = simulation.otherwise - count
    yield f"{count:,} cases ({share:.1f} %) end in another remedy, {only:,} in the same with another sum"
    before, after = (
        sum(getattr(move, side) for move in simulation.moves.values()) for side in ("before", "after")
    )
    was, then, more = (_grouped(in_money(cents)) for cents in (before, after, after - before))
    yield f"money to clients: {was} before, {then} after, a change of {more}"
    if moves:
        shown = sorted(moves.items(), key=lambda item: (-item[1].cases, item[0]))
        yield ""
        table: list[Sequence[str]] = [("from", "to", "cases", "money before", "after")]
        for (one, other), move in shown[:MOST_MOVES]:
            money = _grouped(in_money(move.before)), _grouped(in_money(move.after))
            table.append((name(one), name(other), f"{move.cases:,}", *money))
        yield from _table(table, 2)
        if len(shown) > MOST_MOVES:
            yield f"… and {len(shown) - MOST_MOVES} more kinds of moves"


def _grouped(figure: str) -> str:
    """Return a number with commas, as people read large ones."""
    whole, point, rest = figure.partition(".")
    return f"{int(whole):,}{point}{rest}" if whole.lstrip("-").isdigit() else figure


def _table(rows: Iterable[Sequence[str]], words: int) -> Iterator[str]:
    """Yield lines in columns: so many of words, which begin at the left, then figures."""
    found = [tuple(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*found, strict=True)]
    for row in found:
        cells = (
            cell.ljust(width) if at < words else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            if width
        )
        yield "  ".join(cells).rstrip()
