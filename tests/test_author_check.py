"""`amends check` for authors: rules read back, slips mended in place, files watched, codes explained."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from amends.cli.main import app
from amends.engine import load
from amends.engine.author import watching
from amends.engine.author.explaining import FINDINGS, codes, page
from amends.engine.author.read_back import read_back
from amends.engine.discovery import find_pack

pytestmark = pytest.mark.knowledge

ROOT = Path(__file__).resolve().parents[1]
CORNER_SHOP = ROOT / "docs" / "examples" / "corner-shop.yaml"
SLIPS = """\
# What we do otherwise.
sources:
  HOUSE: {kind: practise, title: "How we do it", where: the owner}  # ours

facts:
  is_neighbour:
    kind: flag
    question: Do you meet this client in the street?
    asume: false        # a careful guess
    sources: [HOUSE]

rules:
  reply_channel/you-meet:
    teir: voice   # the order

    when: {is_neigbour: true, cause: overlod}
    then: owner_voice_cal
    because: A letter to a neighbour is odd.
    because: A letter to a neighbour is odd.
    sources: [HOUSE]
  avoid/they-were-hurt:
    # what is a set, and what is none
    when:
      harm_kinds: [money]  # any harm
      cause: {has: overload}
    then: keep_trying
    because: It was enough.
    sources: [HOUSE]
"""
MENDED = {
    "practise": "practice",
    "asume": "assume",
    "teir": "tier",
    "is_neigbour": "is_neighbour",
    "overlod}": "overload}",
    "owner_voice_cal\n": "owner_voice_call\n",
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def amends(*args: object, code: int = 0, typed: str | None = None) -> Result:
    done = CliRunner().invoke(app, list(map(str, args)), input=typed)
    assert done.exit_code == code, done.output
    return done


def put(text: str, name: str = "shop.yaml") -> Path:
    Path(name).write_text(text, encoding="utf-8")
    return Path(name)


def case(name: str, facts: str) -> Path:
    Path("cases").mkdir(exist_ok=True)
    return put(f"facts: {{{facts}}}\n", f"cases/{name}.yaml")


def test_each_rule_of_a_pack_is_a_sentence_with_the_cases_that_it_moves() -> None:
    """Whoever wrote a rule hears what was understood, and how much hangs on it."""
    met, other = case("met", "is_neighbour: true"), case("other", "is_neighbour: false")
    gone = case("gone", "niche: no_such_trade")
    rulebase = load(packs=[find_pack(str(CORNER_SHOP))]).rulebase
    told = {each.path: each for each in read_back(rulebase, [met, other, gone])}
    assert sorted(told) == ["goodwill/disappointed-twice", "reply_channel/you-meet-in-the-street"]
    meets = told["reply_channel/you-meet-in-the-street"]
    assert meets.says == "When a client from next door is yes, how to reply is a call by you yourself."
    assert (meets.moves, meets.of) == (1, 2), "the third names a value that there is not"
    assert told["goodwill/disappointed-twice"].says.startswith("No longer: when the client's mood is ")


def test_a_rule_in_the_place_of_another_moves_what_that_one_said() -> None:
    path = "reply_channel/you-meet-in-the-street"
    lower = put(CORNER_SHOP.read_text(), "lower.yaml")
    Path("platforms").mkdir()
    below = lower.rename("platforms/lower.yaml")
    text = f"""\
sources:
  OURS: {{kind: practice, title: How we do it, where: the owner}}
rules:
  {path}:
    tier: voice
    when: {{is_neighbour: true}}
    then: written
    because: We write.
    replaces: We were not at home.
    sources: [OURS]
"""
    rulebase = load(packs=[find_pack(str(below)), find_pack(str(put(text)))]).rulebase
    told = {each.path: each for each in read_back(rulebase, [case("met", "is_neighbour: true")])}[path]
    assert told.before == "When a client from next door is yes, how to reply is a call by you yourself."
    assert told.says == "When a client from next door is yes, how to reply is in writing."
    assert told.moves == 1


def test_the_base_alone_is_not_read_back_unless_asked() -> None:
    """It has four hundred rules, and the check is to be quick."""
    assert len(amends("check").stdout.splitlines()) == 1
    said = amends("check", "--pack", CORNER_SHOP).stdout
    assert "reply_channel/you-meet-in-the-street  (corner-shop)" in said
    assert len(amends("check", "--pack", CORNER_SHOP, "--no-read-back").stdout.splitlines()) == 1
    assert amends("check", "--read-back").stdout.count("no stored cases here") == len(load().rulebase.rules)


def mended(text: str) -> str:
    for wrong, right in MENDED.items():
        assert text.count(wrong) == 1
        text = text.replace(wrong, right)
    twice = "    because: A letter to a neighbour is odd.\n"
    text = text.replace(twice * 2, twice)
    return text.replace("harm_kinds: [money]", "harm_kinds: {has_any: [money]}").replace(
        "cause: {has: overload}", "cause: overload"
    )


def test_slips_are_mended_where_they_stand_and_comments_stay() -> None:
    """A mend that lays a file out anew hides itself among its own noise."""
    path = put(SLIPS)
    wanted = mended(SLIPS).replace("[money]", "[compliance]")
    path.write_text(SLIPS.replace("[money]", "[compliance]"))
    value = next(iter(load().rulebase.facts["harm_kinds"].domain.values))
    path.write_text(path.read_text().replace("compliance", value))
    amends("check", "--pack", path, "--fix", "--yes", "--no-read-back")
    assert path.read_text() == wanted.replace("compliance", value)
    amends("check", "--pack", path, "--no-read-back")


@pytest.mark.parametrize("typed", ["n\n", "", None])
def test_nothing_is_written_without_a_yes(typed: str | None) -> None:
    """A file changes when its author says so."""
    path = put(SLIPS)
    said = amends("check", "--pack", path, "--fix", code=1, typed=typed)
    assert (
        "-    asume: false        # a careful guess\n+    assume: false        # a careful guess"
        in said.stdout
    )
    assert "nothing is written" in said.stderr
    assert path.read_text() == SLIPS


def test_a_yes_writes_it() -> None:
    path = put(SLIPS)
    amends("check", "--pack", path, "--fix", code=1, typed="y\nn\n")
    assert "assume: false        # a careful guess" in path.read_text()


def test_what_could_mean_two_things_is_left_alone() -> None:
    """A guess is not a mend."""
    two = "".join(f"  is_neighbour_{each}: {{kind: flag, question: A?}}\n" for each in ("one", "two"))
    text = mended(SLIPS).replace("  is_neighbour:", f"{two}  is_neighbour:")
    value = next(iter(load().rulebase.facts["harm_kinds"].domain.values))
    text = text.replace("[money]", f"[{value}]").replace("{is_neighbour: true", "{is_neighbour_x: true")
    path = put(text)
    before = path.read_text()
    amends("check", "--pack", path, "--fix", "--yes", code=1)
    assert path.read_text() == before


def test_a_pack_s_fault_does_not_rewrite_the_base() -> None:
    """What a pack breaks may show in a file of the base, which is not to blame."""
    Path("base").mkdir()
    for name, text in {
        "facts.yaml": "facts: {late: {kind: flag, question: Late?, sources: [S]}}\n"
        "sources: {S: {title: s, where: s}}\n"
        "parameters:\n  hours: {value: 1, ours: true, because: x}\n"
        "  hours_two: {value: 1, ours: true, because: x}\n",
        "tone.yaml": "decides: tone\ntitle: tone\nlowest: 0\nhighest: 9\notherwise: {parameter: hours_two}\n"
        "rules: {a: {when: {late: true}, then: 1, because: b, sources: [S]}}\n",
    }.items():
        put(text, f"base/{name}")
    pack = put("parameters: {hours_two: {value: one, ours: true, because: x}}\n")
    before = {path: path.read_bytes() for path in Path("base").iterdir()}
    amends("check", "--base", "base", "--no-read-back")
    said = amends("check", "base", "--pack", pack, "--no-read-back", code=1).stdout
    assert "tone.yaml" in said or "one" in said
    amends("check", "--pack", pack, "--fix", "--yes", code=1)
    assert before == {path: path.read_bytes() for path in Path("base").iterdir()}


def test_a_change_is_seen_and_the_check_told_anew() -> None:
    """An author writes with one eye on the findings."""
    path = put(
        mended(SLIPS).replace(
            "[money]", "[" + next(iter(load().rulebase.facts["harm_kinds"].domain.values)) + "]"
        )
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "amends.cli", "check", "--pack", str(path), "--watch"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        first = until(process, "watching ")
        assert first[0].startswith("nothing wrong: ")
        path.write_text(path.read_text().replace("tier: voice", "tier: vioce"))
        changed = until(process, "watching ")
        assert changed[0] == "changed: shop.yaml"
        assert any("unknown-tier: `vioce` is no tier of `reply_channel`" in line for line in changed)
        path.write_text(path.read_text().replace("tier: vioce", "tier: voice"))
        assert any(line.startswith("nothing wrong: ") for line in until(process, "watching "))
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        process.stdout.close()


def until(process: subprocess.Popen[str], start: str) -> list[str]:
    """Read lines up to one that begins with *start*; blank ones are left out."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        if line.strip():
            lines.append(line.rstrip("\n"))
        if line.startswith(start):
            return lines
    raise AssertionError("\n".join(lines))


def test_a_file_that_comes_or_goes_is_a_change_too() -> None:
    Path("pack").mkdir()
    put("facts: {}\n", "pack/a.yaml")
    put("no yaml", "pack/notes.txt")
    steps = [lambda: put("facts: {}\n", "pack/b.yaml"), lambda: Path("pack/a.yaml").unlink()]

    def sleep(_seconds: float) -> None:
        if steps:
            steps.pop(0)()

    found = watching.changes([Path("pack")], sleep)
    assert next(found) == [], "the first look is at all there is"
    assert {path.name for path in next(found)} == {"a.yaml", "b.yaml"}


@pytest.mark.parametrize("code", codes())
def test_every_code_is_explained_in_the_words_of_its_page(code: str) -> None:
    """One source: a page that is mended is mended here too."""
    said = amends("explain", code).stdout
    for group in codes()[code]:
        written = page(group, code)
        assert written == (ROOT / "docs" / group / f"{code}.md").read_text()
        assert written.split("\n")[2] in said
        for heading in ("What it means", "Example", "What to do"):
            assert f"\n{heading}\n" in said
        if group == FINDINGS:
            assert "\nWhy it matters\n" in said
    assert "](" not in re.sub(r"    .*", "", said), "a terminal follows no link"


def test_codes_are_listed_and_a_slip_finds_the_nearest() -> None:
    said = amends("explain").stdout
    assert all(f"\n{code} " in f"\n{said}" for code in codes())
    assert "did you mean `unknown-value`?" in amends("explain", "unkown-value", code=2).stderr


def test_a_finding_stands_beside_its_line_on_github() -> None:
    path = put(SLIPS)
    lines = amends("check", "--pack", path, "--format", "github", code=1).stdout.splitlines()
    assert lines[0].startswith(
        "::error file=shop.yaml,line=3,col=17,endColumn=25,title=unknown-value::`practise` "
    )
    assert all(line.startswith("::error file=shop.yaml,line=") for line in lines)
    assert "%0Adid you mean `practice`?" in lines[0]
