"""Curves as an SVG picture: plain shapes and text, readable without colour, on light ground and dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from math import ceil, floor, log10

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 76, 188, 64, 58
COLOURS = ("#1b4f72", "#b03a2e", "#1e8449", "#6c3483", "#9a6200")
DASHES = ("", "7 4", "2 4", "10 3 2 3", "1 3")


@dataclass(frozen=True, slots=True)
class Series:
    """One curve: its name, and points of positive numbers."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Chart:
    """What to draw; `notes` are single points with a word beside them, such as somebody else's figure."""

    title: str
    across: str
    up: str
    series: Sequence[Series]
    notes: Sequence[tuple[float, float, str]] = field(default=())
    log_across: bool = False
    log_up: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """Where numbers lie between two ends of the picture."""

    ticks: Sequence[float]
    is_log: bool
    start: float
    end: float

    def at(self, number: float) -> float:
        low, high, here = (log10(x) if self.is_log else x for x in (self.ticks[0], self.ticks[-1], number))
        return self.start + (here - low) / (high - low) * (self.end - self.start)


def ticks(numbers: Sequence[float], is_log: bool) -> list[float]:
    """Return round numbers around all *numbers*."""
    low, high = min(numbers), max(numbers)
    if is_log:
        first = floor(log10(low) + 1e-9)
        powers = range(first, max(ceil(log10(high) - 1e-9), first + 1) + 1)
        finer = [10.0**power * size for power in powers for size in (1, 2, 5)]
        begin = max(tick for tick in finer if tick <= low * (1 + 1e-9))
        end = min(tick for tick in finer if tick >= high * (1 - 1e-9))
        found = [tick for tick in finer if begin <= tick <= end]
        return found if 1 < len(found) <= 8 else [10.0**power for power in powers]
    if not high:
        return [0.0, 1.0]
    power = 10.0 ** floor(log10(high or 1))
    step = next(power * size for size in (0.1, 0.2, 0.25, 0.5, 1, 2) if high / (power * size) <= 6)
    return [step * n for n in range(ceil(high / step - 1e-9) + 1)]


def svg(chart: Chart) -> str:
    """Return *chart* as SVG: names at the ends of the curves, and a description for who cannot see them."""
    points = [
        *(point for series in chart.series for point in series.points),
        *((x, y) for x, y, _ in chart.notes),
    ]
    across = Axis(ticks([x for x, _ in points], chart.log_across), chart.log_across, LEFT, WIDTH - RIGHT)
    up = Axis(ticks([y for _, y in points], chart.log_up), chart.log_up, HEIGHT - BOTTOM, TOP)
    names = ", ".join(series.name for series in chart.series)
    ends = "; ".join(f"{series.name} ends at {number(series.points[-1][1])}" for series in chart.series)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" aria-labelledby="title desc" font-family="sans-serif" font-size="13">',
        f'<title id="title">{escape(chart.title)}</title>',
        f'<desc id="desc">{escape(f"{chart.up} against {chart.across}: {names}. {ends}.")}</desc>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        text(LEFT, 26, chart.title, size=16, weight="bold"),
        text(LEFT, 48, chart.up, fill="#444444"),
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, chart.across, anchor="middle", fill="#444444"),
    ]
    for tick in across.ticks:
        parts.append(line(across.at(tick), up.start, across.at(tick), up.start + 5, "#444444"))
        parts.append(text(across.at(tick), up.start + 21, number(tick), anchor="middle", fill="#444444"))
    for tick in up.ticks:
        parts.append(line(LEFT, up.at(tick), WIDTH - RIGHT, up.at(tick), "#dddddd"))
        parts.append(text(LEFT - 8, up.at(tick) + 4, number(tick), anchor="end", fill="#444444"))
    parts.append(line(LEFT, up.start, WIDTH - RIGHT, up.start, "#444444"))
    for at, series in enumerate(chart.series):
        parts += curve(series, across, up, at)
    heights = apart([up.at(series.points[-1][1]) for series in chart.series], 17, up.end, up.start)
    for at, (series, height) in enumerate(zip(chart.series, heights, strict=True)):
        x, y = across.at(series.points[-1][0]), up.at(series.points[-1][1])
        colour = COLOURS[at % len(COLOURS)]
        parts.append(line(x + 7, y, WIDTH - RIGHT + 16, height, colour, width=0.8))
        parts.append(marker(WIDTH - RIGHT + 22, height, at))
        parts.append(text(WIDTH - RIGHT + 32, height + 4, series.name, fill=colour))
    for x, y, words in chart.notes:
        cross = f"M{across.at(x):.1f} {up.at(y):.1f}m-6 -6l12 12m0 -12l-12 12"
        parts.append(f'<path d="{cross}" stroke="#000000" stroke-width="2"/>')
        parts.append(text(across.at(x) + 11, up.at(y) + 4, words))
    return "\n".join([*parts, "</svg>"]) + "\n"


def curve(series: Series, across: Axis, up: Axis, at: int) -> list[str]:
    places = [(across.at(x), up.at(y)) for x, y in series.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    colour, dash = COLOURS[at % len(COLOURS)], DASHES[at % len(DASHES)]
    drawn = f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"'
    return [f'{drawn} stroke-dasharray="{dash}"/>', *(marker(x, y, at) for x, y in places)]


def marker(x: float, y: float, at: int) -> str:
    """Return a circle, square, triangle, diamond or hollow circle: curves differ by more than colour."""
    colour = COLOURS[at % len(COLOURS)]
    match at % 5:
        case 0 | 4:
            fill = "#ffffff" if at % 5 else colour
            circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{fill}"'
            return f'{circle} stroke="{colour}" stroke-width="2"/>'
        case 1:
            return f'<rect x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" fill="{colour}"/>'
        case 2:
            return f'<path d="M{x:.1f} {y - 6:.1f}l5.5 10h-11z" fill="{colour}"/>'
        case _:
            return f'<path d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z" fill="{colour}"/>'


def apart(heights: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """Return *heights* moved so that labels of *gap* do not cover each other."""
    order = sorted(range(len(heights)), key=lambda at: heights[at])
    found = list(heights)
    for before, at in pairwise(order):
        found[at] = max(found[at], found[before] + gap)
    below = bottom
    for at in reversed(order):
        found[at] = max(top, min(found[at], below))
        below = found[at] - gap
    return found


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    fill: str = "#111111",
    size: int = 13,
    weight: str = "normal",
) -> str:
    style = f'text-anchor="{anchor}" fill="{fill}" font-size="{size}" font-weight="{weight}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>'


def line(x: float, y: float, to_x: float, to_y: float, colour: str, width: float = 1.0) -> str:
    ends = f'x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width:g}"/>'


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:g}" if value >= 1 or value == 0 else f"{value:.3g}"
