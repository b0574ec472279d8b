"""The page of each diagnostic and of each kind of finding, as text; the pages are those of `docs/`.

An installed distribution carries them in its metadata, so that nothing is asked of the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from amends.engine.diagnostics import Code
from amends.engine.ignore import Kind

DIAGNOSTICS, FINDINGS = "diagnostics", "findings"
WHAT = {DIAGNOSTICS: "a diagnostic of `amends check`", FINDINGS: "a finding of `amends audit`"}
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_FENCE = "```"


def codes() -> dict[str, tuple[str, ...]]:
    """Return every code, in order, with the groups that have a page about it.

    >>> codes()["cycle"], codes()["gap"]
    (('diagnostics', 'findings'), ('findings',))
    """
    found: dict[str, tuple[str, ...]] = {}
    for group, names in ((DIAGNOSTICS, Code), (FINDINGS, Kind)):
        for name in names:
            found[name.value] = (*found.get(name.value, ()), group)
    return dict(sorted(found.items()))


def page(group: str, code: str) -> str:
    """Return the page about *code* as it is written, in Markdown. Raises `FileNotFoundError`."""
    beside = Path(__file__).resolve().parents[2] / "docs" / group / f"{code}.md"
    if beside.is_file():
        return beside.read_text(encoding="utf-8")
    try:
        text = distribution("amends").read_text(f"extra_metadata/{group}/{code}.md")
    except PackageNotFoundError:
        text = None
    if text is None:
        raise FileNotFoundError(beside.name)
    return text


def sentence(text: str) -> str:
    """Return the one sentence under the title of a page.

    >>> sentence(page("findings", "overlap"))
    'Two rules of a decision speak in one possible case, and nothing orders them.'
    """
    return text.split("\n")[2]


def plain(text: str) -> Iterator[str]:
    r"""Yield the lines of a page below its title as a terminal shows them: links as words, examples indented.

    >>> list(plain("# a\n\nSee [b](b.md).\n\n## Example\n\n```yaml\nx: 1\n```\n"))
    ['See b.', '', 'Example', '', '    x: 1']
    """
    is_code = False
    for line in text.rstrip("\n").split("\n")[2:]:
        if line.startswith(_FENCE):
            is_code = not is_code
        elif is_code:
            yield f"    {line}".rstrip()
        else:
            yield _LINK.sub(r"\1", line.removeprefix("## "))
