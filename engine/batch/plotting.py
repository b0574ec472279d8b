"""A simulation as a picture: how many cases end in which remedy, and the money, one bar a policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from amends.engine.batch.simulating import Group, Simulation

MOST_BARS = 18
"""Remedies that are shown; the rest, the rarest, are one bar."""
COLOURS = ("#1b4f72", "#c0673b")
HATCHES = ("", "///")


def plot(simulation: Simulation, titles: Sequence[str], name: Callable[[str], str], path: Path) -> None:
    """Draw *simulation* into *path*, an SVG or PNG file. Raises `ImportError` without matplotlib."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    ends, policies = _joined(simulation)
    height = 1.8 + (0.22 + 0.16 * len(policies)) * len(ends)
    with mpl.rc_context({"svg.hashsalt": "amends", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(13, height), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        names = [name(end) for end in ends]
        _bars(left, names, [[groups[end].cases for end in ends] for groups in policies], titles, "{:,.0f}")
        money = [[groups[end].total / 100 for end in ends] for groups in policies]
        _bars(right, names, money, titles, "{:,.0f}")
        left.set_xlabel("cases")
        right.set_xlabel("money to clients" + _currencies(simulation))
        figure.suptitle(f"What becomes of {simulation.cases:,} cases")
        if len(titles) > 1:
            figure.legend(*left.get_legend_handles_labels(), loc="outside lower right", ncols=2)
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)


def _joined(simulation: Simulation) -> tuple[list[str], list[dict[str, Group]]]:
    """Return the ends, the most common last, and the groups of each policy by end."""
    policies: list[dict[str, Group]] = []
    for groups in simulation.groups:
        found: dict[str, Group] = {}
        for key, group in groups.items():
            found.setdefault(key[-2], Group()).take_in(group)
        policies.append(found)
    count = Counter[str]()
    for each in policies:
        count.update({end: group.cases for end, group in each.items()})
    ends = sorted(count, key=lambda end: (-count[end], end))
    if len(ends) > MOST_BARS:
        rest = f"({len(ends) - MOST_BARS + 1} others)"
        for each in policies:
            together = each.setdefault(rest, Group())
            for end in ends[MOST_BARS - 1 :]:
                if end in each:
                    together.take_in(each[end])
        ends = [*ends[: MOST_BARS - 1], rest]
    for each in policies:
        for end in ends:
            each.setdefault(end, Group())
    return ends[::-1], policies


def _currencies(simulation: Simulation) -> str:
    found = sorted({key[-1] for groups in simulation.groups for key in groups} - {""})
    return f", {found[0]}" if len(found) == 1 else ", currencies mixed" if found else ""


def _bars(
    axes: Any, names: Sequence[str], columns: Sequence[Sequence[float]], titles: Sequence[str], form: str
) -> None:
    thick = 0.8 / len(columns)
    for at, (title, values) in enumerate(zip(titles, columns, strict=True)):
        places = [place + (len(columns) / 2 - 0.5 - at) * thick for place in range(len(names))]
        bars = axes.barh(
            places, values, thick, color=COLOURS[at], hatch=HATCHES[at], edgecolor="white", label=title
        )
        axes.bar_label(bars, labels=[form.format(value) for value in values], padding=3, fontsize=7)
    axes.set_yticks(range(len(names)), names)
    axes.margins(x=0.15, y=0.01)
    axes.locator_params(axis="x", nbins=5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
