"""The page of benchmarks: sections between comments, each written by the script that measures it."""

from __future__ import annotations

import os
import platform
import re
import resource
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
PICTURES = ROOT / "docs" / "pictures"

SECTIONS = {
    "run": "run.py --own",
    "every": "run.py --every",
    "batch": "batch.py --spark",
    "peers": "peers/run.py",
    "ask": "ask.py",
    "flip": "flip.py",
    "compare": "compare.py",
    "packs": "packs.py",
    "audit-shipped": "audit.py --shipped",
    "audit-chained": "audit.py --chained",
    "tables": "tables.py",
    "growth": "growth.py",
}
"""Every section in the order of the page, and what measures it."""

HEAD = """# Benchmarks

`make bench` measures everything and writes this page, in about an hour; each section also says how to
repeat it alone. Times differ from machine to machine, and from day to day on one that is shared; ratios and
growth carry. Where a yardstick is given, it is how long the same million steps of plain Python took beside
the section, so that sections can be compared. Nothing here passes or fails.
"""


def put(name: str, lines: Sequence[str]) -> None:
    """Write *lines* as the section *name* of the page, and leave all other sections as they are."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    found = dict(re.findall(r"<!-- bench: ([\w-]+) -->\n(.*?)\n<!-- /bench -->", text, re.DOTALL))
    found[name] = "\n".join([*lines, "", *measured_on(name)])
    parts = [HEAD]
    for section in SECTIONS:
        body = found.get(section, f"Not measured yet.\n\n{again(section)}")
        parts.append(f"<!-- bench: {section} -->\n{body}\n<!-- /bench -->\n")
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def put_pictures(drawn: Mapping[str, str]) -> None:
    """Write the pictures of a section, by the name of the file."""
    for name, picture in drawn.items():
        (PICTURES / name).write_text(picture, encoding="utf-8")


def again(name: str) -> str:
    return f"Again: `.venv/bin/python bench/{SECTIONS[name]}`."


def measured_on(name: str) -> list[str]:
    """Return when and on what a section was measured, and how to measure it again."""
    told = f"{datetime.now(UTC):%Y-%m-%d}; {machine()}; yardstick {seconds(yardstick())}."
    return [*prose(told), again(name)]


def yardstick() -> float:
    """Return the processor time of a million steps of plain Python, the median of five tries."""
    return median(_million_steps() for _ in range(5))


def _million_steps() -> float:
    clock, kept = Clock(), {}
    for step in range(1_000_000):
        kept[step % 10_007, step % 3] = step
    return clock.took


def machine() -> str:
    """Return what a reader needs to compare times: processors, system and interpreter, no names."""
    return (
        f"{os.cpu_count()} × {processor()}, {memory()}{platform.system()}, Python {platform.python_version()}"
    )


def processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    model = re.search(r"^model name\s*: (.+)$", told, re.MULTILINE)
    return f"{model[1]} ({platform.machine()})" if model else platform.machine()


def memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB, "
    except (ValueError, OSError):
        return ""


def seconds(took: float) -> str:
    """Return a time in the unit in which it is read best."""
    if took >= 0.995:
        return f"{took:.1f} s" if took >= 10 else f"{took:.2f} s"
    return f"{took * 1e3:.0f} ms" if took >= 0.01 else f"{took * 1e3:.1f} ms"


def held() -> int:
    """Return the most memory that this process has held, with the largest that it began, in bytes."""
    both = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(both) * (1 if sys.platform == "darwin" else 1024)


class Clock:
    """Seconds of this process, and of those that it began and ended, since the clock was made.

    Another's work on the machine is not counted.
    """

    def __init__(self) -> None:
        self.start = self._spent()

    @property
    def took(self) -> float:
        return self._spent() - self.start

    def _spent(self) -> float:
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + ended.ru_utime + ended.ru_stime


def prose(*parts: str) -> list[str]:
    """Return sentences as the lines of one paragraph."""
    return textwrap.wrap(" ".join(parts), 110, break_long_words=False, break_on_hyphens=False)


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return a table, its first column to the left and numbers to the right."""
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "--:|" * (len(heads) - 1)]
    return [*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)]
