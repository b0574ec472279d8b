"""Every kind of finding has a page, and what a page shows is what an audit of its example prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amends.engine import InputError
from amends.engine.api import check
from amends.engine.audit.auditing import audit
from amends.engine.audit.finding import Kind
from amends.engine.audit.report import rendered
from amends.engine.diagnostics import render_text
from tests.support.audits import TODAY, written

pytestmark = pytest.mark.proofs

PAGES = Path(__file__).resolve().parents[1] / "docs" / "findings"
KINDS = [kind.value for kind in Kind]
HEADINGS = ["## What it means", "## Why it matters", "## Example", "## What to do"]
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)\n```$", re.MULTILINE | re.DOTALL)

NO_RUN = {
    Kind.WEAKENED_GATE: "needs a second pack; see the tests of the structure",
    Kind.OUT_OF_SCOPE: "needs a second pack; see the tests of the scope",
}
TOLD_IN_THE_HEAD = {Kind.BUSY_OTHERWISE}


def page(kind: str) -> str:
    return (PAGES / f"{kind}.md").read_text(encoding="utf-8")


def test_kinds_and_pages_are_the_same_set() -> None:
    assert sorted(path.stem for path in PAGES.glob("*.md") if path.name != "README.md") == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_page_has_its_headings_and_one_sentence(kind: str) -> None:
    lines = page(kind).splitlines()
    assert lines[:2] == [f"# {kind}", ""]
    assert re.fullmatch(r"[A-Z`].*\.", lines[2]), "one sentence, on one line"
    assert [line for line in lines if line.startswith("## ")] == HEADINGS


def test_index_has_each_page_with_its_sentence() -> None:
    rows = [f"| [{kind}]({kind}.md) | {page(kind).splitlines()[2]} |" for kind in KINDS]
    index = (PAGES / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in index if line.startswith("| [")] == rows


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.name)
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NO_RUN])
def test_what_is_printed_for_the_example_of_a_page_is_what_it_shows(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole of each finding, its counts and its case too."""
    monkeypatch.chdir(tmp_path)
    example, printed = (block["text"] for block in BLOCK.finditer(page(kind)))
    decides = re.match(r"decides: (\w+)", example)
    written(Path(), **{decides[1] if decides else "more": f"{example}\n"})
    try:
        rulebase = check(Path())
    except InputError as error:
        said = "\n\n".join(map(render_text, error.diagnostics))
    else:
        said = rendered(audit(rulebase, now=TODAY), rulebase, "text")
    assert printed in said
    assert f": {kind}: " in printed or kind in TOLD_IN_THE_HEAD
