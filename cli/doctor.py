"""`amends doctor`: what this installation can do, and what would let it do more."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

import click

from amends.engine import InputError, load
from amends.engine.chain import durable_rules_fault
from amends.engine.draw import FORMS
from amends.engine.draw.child import FORMATS
from amends.engine.draw.render import render

State = Literal["ok", "missing", "broken"]
GET_DRAW = 'pip install "amends[draw]", or install Graphviz so that `dot` is on the PATH'


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. Only `broken` is fatal; `missing` is optional and has a fix."""

    group: str
    name: str
    state: State
    found: str
    fix: str | None = None


def checks() -> Iterator[Check]:
    """Yield every check, in the order in which they are shown."""
    yield from _deciding()
    yield from _reading()
    yield from _drawing()
    yield from _planning()
    yield from _writing()
    yield from _proving()


def _deciding() -> Iterator[Check]:
    fault = durable_rules_fault()
    installed = _version("durable-rules")
    if fault is None:
        yield Check("decides", "durable_rules", "ok", f"{installed}, fires a rule")
    else:
        yield Check(
            "decides",
            "durable_rules",
            "missing",
            "not installed" if installed is None else f"{installed}, {fault}",
            "`make` builds it where there are a C compiler and Python.h; verdicts are the same without it",
        )
    try:
        engine = load()
        executor = engine.executor.name
    except InputError as error:
        first, *rest = error.diagnostics
        found = f"does not load: {first.message}" + (f", and {len(rest)} more" if rest else "")
        fix = "run `amends check` to see every fault in its place"
        yield Check("decides", "base pack", "broken", found, fix)
        return
    except Exception as error:
        found = f"cannot be run: {type(error).__name__}: {error}"
        yield Check("decides", "base pack", "broken", found, "install amends anew")
        return
    base = engine.rulebase
    counted = {
        "facts": base.facts,
        "measures": base.measures,
        "decisions": base.decisions,
        "rules": base.rules,
        "sources": base.sources,
    }
    counts = ", ".join(f"{len(things)} {name}" for name, things in counted.items())
    yield Check("decides", "base pack", "ok", counts)
    yield Check("decides", "executor", "ok", executor.replace("working_memory", "plain working memory"))


def _reading() -> Iterator[Check]:
    import yaml

    fast = "with libyaml" if hasattr(yaml, "CSafeLoader") else "without libyaml: slower, same result"
    yield Check("reads", "PyYAML", "ok", f"{_version('PyYAML')}, {fast}")


def _drawing() -> Iterator[Check]:
    yield Check("draws", "networkx", "ok", f"{_version('networkx')}, for the graph of the rules")
    yield Check("draws", "graphviz", "ok", f"{_version('graphviz')}, writes DOT")
    dot, wheel = _dot(), _pygraphviz()
    yield Check("draws", "dot", "ok" if dot else "missing", dot or "not on the PATH")
    found = f"{wheel}, brings Graphviz of its own" if wheel else "not installed, or not for this machine"
    yield Check("draws", "pygraphviz", "ok" if wheel else "missing", found)
    for form in FORMATS:
        try:
            render("digraph { cause -> remedy }", form)
            yield Check("draws", form, "ok", f"by {'dot' if dot else 'pygraphviz'}")
        except InputError as error:
            if form == "svg":
                yield Check("draws", form, "ok", "by the built-in layout")
            else:
                yield Check("draws", form, "missing", error.diagnostics[0].message, GET_DRAW)
    others = ", ".join(form for form in FORMS if form not in FORMATS)
    yield Check("draws", others, "ok", "always")
    font = _printed(["fc-match", "--format", "%{family}", "sans"])
    if font:
        yield Check("draws", "font", "ok", font)


def _planning() -> Iterator[Check]:
    found = _version("icalendar")
    if found:
        yield Check("plans", "icalendar", "ok", f"{found}, writes calendar entries")
    else:
        yield Check("plans", "icalendar", "missing", "not installed", 'pip install "amends[calendar]"')


def _proving() -> Iterator[Check]:
    for row, name, what in (
        ("asks", "numpy", "counts before each question"),
        ("audits", "python-sat", "proves across decisions"),
        ("audits", "z3-solver", "proves what rests on sums"),
    ):
        found = _version(name)
        if found:
            yield Check(row, name, "ok", f"{found}, {what}")
        else:
            extra = row.removesuffix("s")
            yield Check(row, name, "missing", "not installed", f'pip install "amends[{extra}]"')
    from amends.engine import store

    where = store.folder()
    yield Check("keeps", "results", "ok", str(where) if where else "nothing, since `AMENDS_CACHE` is empty")


def _writing() -> Iterator[Check]:
    for row, name, what, extra in (
        ("tables", "pyarrow", "decides many rows at once, and reads Parquet", "batch"),
        ("tables", "matplotlib", "draws simulations", "plot"),
        ("exchanges", "openpyxl", "reads and writes XLSX", "interchange"),
        ("exchanges", "defusedxml", "reads DMN and XLSX safely", "interchange"),
        ("authors", "ruamel.yaml", "mends the shape of a file, and keeps its comments", "author"),
    ):
        found = _version(name)
        if found:
            yield Check(row, name, "ok", f"{found}, {what}")
        else:
            yield Check(row, name, "missing", "not installed", f'pip install "amends[{extra}]"')


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _dot() -> str | None:
    printed = _printed(["dot", "-V"])
    return printed and printed.removeprefix("dot - graphviz version ")


def _pygraphviz() -> str | None:
    # In a child: it loads C libraries that may not suit this machine.
    found = _version("pygraphviz")
    return found if found and _printed([sys.executable, "-c", "import pygraphviz; print('ok')"]) else None


def _printed(command: list[str]) -> str | None:
    """Return what *command* prints, on either stream; None if it is missing or fails."""
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (done.stdout or done.stderr).strip() if done.returncode == 0 else None


def as_text(found: list[Check]) -> str:
    """Return the checks in columns by group, with the fix below what is missing, and a last word."""
    marks = {"ok": "✓", "missing": "–", "broken": "✗"}
    width = max(len(check.name) for check in found)
    lines = [f"amends {_version('amends')} on Python {platform.python_version()} ({platform.machine()})"]
    group = ""
    for check, following in zip(found, [*found[1:], None], strict=True):
        if check.group != group:
            group = check.group
            lines += ["", group]
        lines.append(f"  {marks[check.state]} {check.name:<{width}}  {check.found}")
        if check.fix and (following is None or following.fix != check.fix):
            lines.append(f"    {'':<{width}}  → {check.fix}")
    return "\n".join([*lines, "", _last_word(found)])


def _last_word(found: list[Check]) -> str:
    broken = [check.name for check in found if check.state == "broken"]
    if broken:
        return f"broken: {', '.join(broken)}"
    missing = [check.name for check in found if check.state == "missing" and check.fix]
    if missing:
        return f"ready; optional and missing: {', '.join(missing)}"
    return "ready, nothing is missing"


def as_json(found: list[Check]) -> str:
    """Return the checks as JSON of the schema `amends/doctor/1`."""
    return json.dumps(
        {
            "schema": "amends/doctor/1",
            "amends": _version("amends"),
            "python": platform.python_version(),
            "ready": all(check.state != "broken" for check in found),
            "checks": [asdict(check) for check in found],
        },
        ensure_ascii=False,
        indent=2,
    )


@click.command("doctor")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print it."
)
@click.pass_context
def command(context: click.Context, form: str) -> None:
    """Say what this installation can do, and what would let it do more.

    Exit 0 if cases can be decided, even where something optional is missing; else 1.
    """
    found = list(checks())
    click.echo(as_json(found) if form == "json" else as_text(found))
    if any(check.state == "broken" for check in found):
        context.exit(1)
