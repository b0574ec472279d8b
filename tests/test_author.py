"""Files to start from: they belong together, pass at once, and overwrite nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from amends.cli.main import app
from amends.engine import load
from amends.engine.api import check
from amends.engine.discovery import find_pack
from amends.engine.rulebase import HitPolicy

pytestmark = pytest.mark.knowledge

MODELINE = "# yaml-language-server: $schema="
ONE_FILE = """\
sources:
  SHOP: {kind: practice, title: How we do it, where: the shop}
facts:
  is_neighbour: {kind: flag, question: Do you meet them in the street?}
  has_dog: {kind: flag, question: Do they have a dog?, assume: false}
  floor: {kind: count, question: On which floor do they live?, highest: 30, assume: 0}
parameters:
  hours_normally: {value: 12, unit: h, ours: true, because: We are quick.}
rules:
  companions/they-have-a-dog:
    when: {has_dog: true}
    then: own_up
    because: A dog hears it in your voice.
    sources: [SHOP]
  avoid/they-live-high-up:
    when: {floor: {at_least: 4}}
    then: keep_trying
    because: Stairs make nobody milder.
    sources: [SHOP]
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, with an empty configuration."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "project"


def amends(*args: object, code: int = 0) -> Result:
    done = CliRunner().invoke(app, list(map(str, args)))
    assert done.exit_code == code, done.output
    return done


def texts(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack as it is written, once."""
    folder = tmp_path_factory.mktemp("made") / "shop"
    done = CliRunner().invoke(app, ["new", "pack", "shop", "-o", str(folder)])
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def shop(made: Path, project: Path) -> Path:
    """A copy of it, in the folder where commands run."""
    return Path(shutil.copytree(made, "shop"))


def test_a_pack_with_its_rules_remedy_and_cases_passes_at_once() -> None:
    """Who starts from files that fail learns to ignore failures."""
    amends("new", "pack", "shop")
    assert "1 passed, 0 failed" in amends("test", "--pack", "shop").stdout
    amends("check", "--pack", "shop", "--no-read-back")
    amends("new", "rule", "reply_channel/you-meet", "--pack", "shop", "-f", "cause=overload")
    amends("new", "remedy", "bring_cake", "--pack", "shop")
    amends("new", "case", "it-was-late", "--pack", "shop", "-f", "client_temperament=fuming")
    amends("check", "--pack", "shop", "--no-read-back")
    assert "4 passed, 0 failed" in amends("test", "--pack", "shop").stdout
    rulebase = load(packs=[find_pack("shop")]).rulebase
    assert {rule.path for rule in rulebase.rules.values() if rule.pack == "shop"} == {
        "companions/a-case-for-shop",
        "reply_channel/you-meet",
        "remedy/when-to-bring-cake",
    }
    assert rulebase.rules["reply_channel/you-meet"].subjects == ("cause",)
    assert "bring_cake" in rulebase.decisions["remedy"].domain.values


def test_each_rule_has_a_case_that_names_it_and_a_line_on_the_page(shop: Path) -> None:
    """A rule that no case needs is not proved, and one that no page tells is not found."""
    amends("new", "rule", "fault/the-dog-ate-it", "--pack", "shop", "--then", "client")
    case, page = Path("shop/cases/the-dog-ate-it.yaml").read_text(), Path("shop/README.md").read_text()
    assert "because: [fault/the-dog-ate-it]" in case
    assert "decisions: {fault: client}" in case
    assert page.endswith(
        "- `companions/a-case-for-shop`: Say in one sentence why.\n"
        "- `fault/the-dog-ate-it`: Say in one sentence why.\n"
    )


def test_every_file_leads_the_editor_to_the_schema(shop: Path) -> None:
    """An editor that finds no schema says nothing, and nobody notices."""
    found = sorted(shop.rglob("*.yaml"))
    assert [path.name for path in found] == ["a-case-for-shop.yaml", "facts.yaml", "pack.yaml", "rules.yaml"]
    for path in found:
        first = path.read_text().splitlines()[0]
        assert first.startswith(MODELINE)
        schema = path.parent / first.removeprefix(MODELINE)
        assert schema.is_file()
        assert schema.name == ("case.json" if path.parent.name == "cases" else "rules.json")


@pytest.mark.parametrize(
    "again",
    [
        ("new", "pack", "shop", "-o", "shop"),
        ("new", "rule", "companions/a-case-for-shop", "--pack", "shop"),
        ("new", "case", "a-case-for-shop", "--pack", "shop"),
        ("new", "remedy", "redo", "--pack", "shop"),
        ("new", "rule", "remedy/new-one", "--pack", "shop", "--tier", "no-such-tier"),
        ("new", "rule", "remedy/new-one", "--pack", "shop", "--then", "no_such_remedy"),
        ("new", "rule", "remedi/new-one", "--pack", "shop"),
        ("new", "rule", "remedy/New One", "--pack", "shop"),
    ],
    ids=" ".join,
)
def test_what_is_refused_leaves_every_file_as_it_was(shop: Path, again: tuple[str, ...]) -> None:
    """A command that stops half-way, or writes over work of an hour, is worse than none."""
    before = texts(Path())
    amends(*again, code=2)
    assert texts(Path()) == before


def test_what_somebody_wrote_stays_letter_by_letter(shop: Path) -> None:
    """Comments and layout are work too."""
    rules = Path("shop/rules.yaml")
    mine = rules.read_text().replace("\n    when", "  # mine\n    when") + "\n# the end\n"
    rules.write_text(mine)
    amends("new", "rule", "avoid/they-are-tired", "--pack", "shop")
    now = rules.read_text()
    head, _, tail = mine.rpartition("\n# the end\n")
    assert now.startswith(head)
    assert now.endswith("\n# the end\n" + tail)
    assert "avoid/they-are-tired:" in now


@pytest.mark.parametrize("level", ["niche", "platform"])
def test_a_pack_for_a_line_of_work_stays_in_its_scope(level: str) -> None:
    """Outside its scope such a pack must change nothing."""
    amends("new", "pack", "florist", f"--{level}", "-o", f"packs/{level}s/florist")
    about = load(packs=[find_pack("florist")]).rulebase.packs[-1]
    assert about.scope is not None
    assert about.level == (1 if level == "niche" else 2)
    assert "1 passed, 0 failed" in amends("test", f"--{level}", "florist").stdout
    assert f"{level}: florist" in Path(f"packs/{level}s/florist/cases/a-case-for-florist.yaml").read_text()


POLICIES = sorted({each.hit_policy for each in load().rulebase.decisions.values()})


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_a_rule_can_be_begun_under_every_hit_policy_of_the_base(shop: Path, policy: HitPolicy) -> None:
    """What a rule needs differs by policy, and the author should not have to know."""
    decisions = load().rulebase.decisions
    name = next(name for name in sorted(decisions) if decisions[name].hit_policy is policy)
    amends("new", "rule", f"{name}/something-new", "--pack", "shop")
    assert "2 passed, 0 failed" in amends("test", "--pack", "shop").stdout


def test_a_case_without_a_pack_expects_what_is_said_now() -> None:
    """The author corrects an expectation more surely than they write one."""
    amends("new", "case", "they-said-no", "-o", "told.yaml", "-f", "client_said_no=true")
    assert "remedy: accept_no" in Path("told.yaml").read_text()
    amends("test", "told.yaml")
    Path("told.yaml").write_text(Path("told.yaml").read_text().replace("accept_no", "redo"))
    amends("test", "told.yaml", code=1)


def test_a_pack_of_one_file_needs_no_more_than_when_then_because_and_sources() -> None:
    """The smallest pack is the one that somebody writes in the first ten minutes."""
    Path("shop.yaml").write_text(ONE_FILE)
    rulebase = check(packs=[find_pack("shop.yaml")])
    assert [rule.path for rule in rulebase.rules.values() if rule.level] == [
        "avoid/they-live-high-up",
        "companions/they-have-a-dog",
    ]
    assert {"is_neighbour", "has_dog", "floor"} <= rulebase.facts.keys()
    assert rulebase.parameters["hours_normally"].value == 12
    engine = load(packs=[find_pack("shop.yaml")])
    assert "own_up" in engine.decide({"client_said_no": True, "has_dog": True}, what_if=False).companions
