"""Every code has a page, every page is about a code, and what a page shows is what the tool prints."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from amends.engine import InputError, claims, load
from amends.engine.api import check
from amends.engine.diagnostics import Code, Problems, render_text
from amends.engine.draw.files import write
from amends.engine.expect import hold
from amends.engine.lock import in_force

HERE = Path(__file__).parent
SOUND = HERE / "sound"
PAGES = HERE.parents[1] / "docs" / "diagnostics"
CODES = sorted(Code)
HEADINGS = ["## What it means", "## Example", "## What to do"]
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)\n```$", re.MULTILINE | re.DOTALL)
SAID = re.compile(r"^(?:\S.*:\d+:\d+: )?(?P<code>[a-z-]+): ")


def diagnostics_in_cases() -> dict[str, set[str]]:
    """Every rendered diagnostic of the cases, by code."""
    found: dict[str, set[str]] = {}
    for path in (HERE / "cases").glob("*/expected.txt"):
        for block in path.read_text(encoding="utf-8").rstrip("\n").split("\n\n"):
            said = SAID.match(block)
            assert said, f"{path.parent.name}: {block}"
            found.setdefault(said["code"], set()).add(block)
    return found


IN_CASES = diagnostics_in_cases()


def blocks(code: Code) -> tuple[str, str, str]:
    """The language and text of the input that a page shows, and what it says is printed."""
    found = list(BLOCK.finditer((PAGES / f"{code}.md").read_text(encoding="utf-8")))
    assert [block["language"] for block in found[1:]] == ["text"], "an input, then what is printed"
    return found[0]["language"], found[0]["text"], found[1]["text"]


def test_codes_and_pages_are_the_same_set() -> None:
    assert sorted(path.stem for path in PAGES.glob("*.md") if path.name != "README.md") == CODES


@pytest.mark.parametrize("code", CODES)
def test_page_has_its_headings_and_one_sentence(code: Code) -> None:
    lines = (PAGES / f"{code}.md").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == [f"# {code}", ""]
    assert re.fullmatch(r"[A-Z][^.]*\.", lines[2]), "one sentence"
    assert [line for line in lines if line.startswith("## ")] == HEADINGS


def test_index_has_each_page_with_its_sentence() -> None:
    rows = [
        f"| [{code}]({code}.md) | {(PAGES / f'{code}.md').read_text(encoding='utf-8').splitlines()[2]} |"
        for code in CODES
    ]
    index = (PAGES / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in index if line.startswith("| [")] == rows


@pytest.mark.parametrize("code", [code for code in CODES if code in IN_CASES])
def test_example_is_one_of_the_cases(code: Code) -> None:
    language, shown, printed = blocks(code)
    assert printed in IN_CASES[code]
    if language == "yaml":
        files = [*(HERE / "cases").glob("*/*.yaml"), *(HERE / "cases").glob("*/*/*.yaml")]
        assert any(shown in path.read_bytes().decode("utf-8", "replace") for path in files)


def too_large_a_file(shown: str) -> None:
    Path(shown.split()[-1]).write_bytes(b"x" * 1_000_001)
    load(SOUND).case(Path(shown.split()[-1]))


def too_large_for_the_chain(shown: str) -> None:
    pytest.importorskip("amends.engine.chain.durable", exc_type=ImportError)
    first = shown.splitlines()[1]
    assert "at_least: 0, less_than: 1" in first
    bands = [
        first.replace("band-0", f"band-{n}").replace("0, less_than: 1", f"{n}, less_than: {n + 1}")
        for n in range(250)
    ]
    head = "decides: band\ntitle: how long\nvalues: {low: low}\nrules:\n"
    Path("band.yaml").write_text(head + "\n".join(bands), encoding="utf-8")
    check(SOUND, Path("band.yaml"))


def not_writable(shown: str) -> None:
    output = re.search(r"-o (\S+)", shown)
    assert output
    Path(output[1]).mkdir()
    write(Path(output[1]), b"")


def failed_expectation(shown: str) -> None:
    Path("case.yaml").write_text(shown, encoding="utf-8")
    engine, problems = load(SOUND), Problems()
    case = engine.case(Path("case.yaml"))
    assert case.expect is not None
    hold(engine.decide(case), case.expect, problems)
    problems.stop()


def broken_claim(shown: str) -> None:
    Path("claims.yaml").write_text(shown, encoding="utf-8")
    engine, problems = load(SOUND, Path("claims.yaml")), Problems()
    case = engine.case({"said_no": True, "cause": "own_error", "amount_paid": 0})
    claims.report(claims.check(engine.rulebase, case, problems), problems)
    problems.stop()


def broken_template(shown: str) -> None:
    Path("messages.yaml").write_text(shown, encoding="utf-8")
    check(SOUND, Path("messages.yaml"))


def unfit_message(shown: str) -> None:
    Path("messages.yaml").write_text(shown, encoding="utf-8")
    load(SOUND, Path("messages.yaml")).draft({"said_no": True})


def pack_changed(shown: str) -> None:
    Path("packs.lock").write_text(shown, encoding="utf-8")
    Path("ours.yaml").write_text("parameters: {}\n", encoding="utf-8")
    in_force()


def outside_its_folder(shown: str) -> None:
    target, link = shown.split()[-2:]
    Path("rules").mkdir()
    Path(link).symlink_to(target)
    load(SOUND, Path("rules"))


MADE_HERE: dict[Code, Callable[[str], None]] = {
    Code.FILE_TOO_LARGE: too_large_a_file,  # too large to keep among the cases
    Code.TOO_LARGE_FOR_THE_CHAIN: too_large_for_the_chain,  # takes hundreds of rules
    Code.CANNOT_WRITE: not_writable,  # about output, not input
    Code.BROKEN_CLAIM: broken_claim,  # the input is sound, and the claim is about its verdict
    Code.BROKEN_TEMPLATE: broken_template,  # templates are checked apart from loading
    Code.UNFIT_MESSAGE: unfit_message,  # the input is sound; it is the message that is not
    Code.PACK_CHANGED: pack_changed,  # the input is a lock, and sound
    Code.OUTSIDE_ITS_FOLDER: outside_its_folder,  # a link cannot be kept everywhere
    Code.FAILED_EXPECTATION: failed_expectation,  # the input is sound; it is the verdict that differs
}
MADE_ELSEWHERE = {
    Code.NO_RENDERER: "depends on the programs of the machine; see the tests of drawing",
    Code.NO_CALENDAR: "depends on the libraries of the machine; see the tests of the plan",
    Code.NO_REVISION: "depends on git and on a repository; see the tests of comparing",
}


def test_every_code_is_produced_by_a_case_or_is_listed_with_the_reason_why_not() -> None:
    assert sorted({*IN_CASES, *MADE_HERE, *MADE_ELSEWHERE}) == CODES
    assert not IN_CASES.keys() & {*MADE_HERE, *MADE_ELSEWHERE}, "a case exists: it needs no reason"


@pytest.mark.parametrize("code", sorted(MADE_HERE))
def test_example_that_is_no_case_is_what_is_printed(
    code: Code, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, shown, printed = blocks(code)
    with pytest.raises(InputError) as error:
        MADE_HERE[code](shown)
    assert printed == "\n\n".join(map(render_text, error.value.diagnostics))
