"""Packs are found in four places, put in force by a lock, and noticed when they change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from amends.engine import InputError, load
from amends.engine.diagnostics import Code
from amends.engine.discovery import find_pack, packs
from amends.engine.lock import LOCK, in_force, locked, read_lock, write_lock
from amends.engine.pack import LEVELS, Pack

GROOMER = """\
pack: {title: Dog grooming, version: "1.0", scope: {niche: dog_groomer}}
sources:
  SALON: {kind: practice, title: How the salon does it, where: the owner}
facts:
  niche: {values: {dog_groomer: dog grooming}}
rules:
  reply_channel/the-dog-is-shorn:
    tier: voice
    when: {niche: dog_groomer}
    then: owner_voice_call
    because: A shorn dog is seen before a letter is read.
    sources: [SALON]
"""
HOUSE = """\
sources:
  HOUSE: {kind: practice, title: How we do it, where: the owner}
parameters:
  hours_normally: {title: hours to first contact, value: 12, unit: h, ours: true, because: We are quick.}
"""


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty project, with an empty configuration."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def put(path: Path, text: str = GROOMER) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def install(folder: Path, pack: str, text: str) -> None:
    """Make what an installed distribution leaves in *folder*: its data, and its entry point."""
    put(folder / "amends_dogs" / "niches" / pack / "pack.yaml", text)
    put(folder / "amends_dogs" / "__init__.py", "raise SystemExit('a pack is data, and nothing runs it')")
    info = folder / "amends_dogs-1.0.dist-info"
    put(info / "METADATA", "Metadata-Version: 2.1\nName: amends-dogs\nVersion: 1.0\n")
    put(info / "entry_points.txt", f"[amends.packs]\n{pack} = amends_dogs.niches.{pack}\n")


def test_the_shipped_packs_are_found() -> None:
    """Ten lines of work and four platforms come with it."""
    assert [len([pack for pack in packs() if LEVELS[pack.level] == level]) for level in LEVELS] == [
        0,
        10,
        4,
        0,
    ]


def test_a_pack_of_the_project_is_found_by_its_name_and_its_folder_gives_the_level() -> None:
    put(Path("packs/niches/dog_groomer/pack.yaml"))
    put(Path("packs/ours.yaml"), HOUSE)
    found = find_pack("dog_groomer")
    assert (found.level, found.place) == (1, "this project")
    assert (find_pack("ours").level, find_pack("ours").place) == (3, "this project")


def test_a_pack_of_your_configuration_is_found_from_everywhere(nowhere: Path) -> None:
    put(nowhere / "config" / "amends" / "packs" / "niches" / "dog_groomer.yaml")
    assert find_pack("dog_groomer").place == "your configuration"


def test_an_installed_pack_is_found_and_nothing_of_it_is_run(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(nowhere / "site", "dog_groomer", GROOMER)
    monkeypatch.syspath_prepend(nowhere / "site")
    found = find_pack("dog_groomer")
    assert (found.level, found.place) == (1, "amends-dogs")
    assert "reply_channel/the-dog-is-shorn" in load(packs=[found]).rulebase.rules


def test_an_entry_point_that_names_another_folder_than_its_own_is_passed_over(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could otherwise give the name of one pack to the folder of another."""
    install(nowhere / "site", "dog_groomer", GROOMER)
    put(
        nowhere / "site" / "amends_dogs-1.0.dist-info" / "entry_points.txt",
        "[amends.packs]\ncat_groomer = amends_dogs.niches.dog_groomer\nx = ..etc\ny = no_such_module\n",
    )
    monkeypatch.syspath_prepend(nowhere / "site")
    assert {pack.place for pack in packs()} == {"amends"}


def test_one_name_in_two_places_is_refused_with_both(nowhere: Path) -> None:
    """Else whoever comes first would decide, and nobody would see it."""
    put(Path("packs/niches/translator/pack.yaml"))
    with pytest.raises(InputError) as error:
        find_pack("translator")
    (found,) = error.value.diagnostics
    assert found.code is Code.DUPLICATE_NAME
    assert "`amends`" in found.message or "amends" in found.message
    assert "this project" in found.message
    assert find_pack("packs/niches/translator").level == 1, "its path says which"


@pytest.mark.parametrize("name", ["trаnslator", "Translator", "a b", "-x", "ünder"])
def test_a_name_that_could_be_taken_for_another_is_none(name: str) -> None:
    """The first one has a Cyrillic letter."""
    put(Path("packs") / "niches" / name / "pack.yaml")
    assert {pack.place for pack in packs()} == {"amends"}
    with pytest.raises(InputError) as error:
        find_pack(f"packs/niches/{name}")
    assert error.value.diagnostics[0].code is Code.BAD_NAME


# --- The lock ----------------------------------------------------------------------------


def lock_it(name: str) -> Pack:
    pack = find_pack(name)
    write_lock([*read_lock().values(), locked(pack, name, "1.0")])
    return pack


def test_a_locked_pack_is_in_force_and_its_lock_can_be_read() -> None:
    put(Path("packs/niches/dog_groomer/pack.yaml"))
    put(Path("ours.yaml"), HOUSE)
    packs = [lock_it("dog_groomer"), lock_it("ours.yaml")]
    assert list(in_force()) == packs
    entry = read_lock()["ours"]
    assert (entry.named, entry.level, entry.version) == ("ours.yaml", "house", "1.0")
    assert entry.sha256 == packs[1].digest()


@pytest.mark.parametrize("change", ["a word", "a file more", "a file less", "another name"])
def test_whatever_changes_in_a_locked_pack_is_noticed(change: str) -> None:
    folder = Path("packs/niches/dog_groomer")
    put(folder / "pack.yaml")
    put(folder / "more.yaml", "parameters: {}\n")
    lock_it("dog_groomer")
    assert len(in_force()) == 1
    match change:
        case "a word":
            put(folder / "pack.yaml", GROOMER.replace("owner_voice_call", "email"))
        case "a file more":
            put(folder / "other.yaml", "measures: {}\n")
        case "a file less":
            (folder / "more.yaml").unlink()
        case "another name":
            (folder / "more.yaml").rename(folder / "less.yaml")
    with pytest.raises(InputError) as error:
        in_force()
    (found,) = error.value.diagnostics
    assert (found.code, found.primary and found.primary.line) == (Code.PACK_CHANGED, 2)


def test_its_cases_are_no_part_of_what_is_locked() -> None:
    put(Path("packs/niches/dog_groomer/pack.yaml"))
    lock_it("dog_groomer")
    put(Path("packs/niches/dog_groomer/cases/a-dog.yaml"), "facts: {niche: dog_groomer}\n")
    assert len(in_force()) == 1


@pytest.mark.parametrize(
    "text",
    ["- a list\n", "x: 3\n", "x: {level: nave, sha256: 0}\n", "x: {level: house, sha256: 0, more: 1}\n"],
)
def test_a_lock_that_is_none_is_refused(text: str) -> None:
    put(LOCK, text)
    with pytest.raises(InputError):
        read_lock()


# --- The command -------------------------------------------------------------------------


def amends(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "amends.cli", *args],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "100"},
        timeout=120,
        check=False,
    )


def test_packs_lists_what_is_found_and_what_is_in_force() -> None:
    put(Path("packs/niches/dog_groomer/pack.yaml"))
    assert amends("packs", "lock", "dog_groomer").stdout == "packs.lock: dog_groomer\n"
    said = amends("packs").stdout
    assert "dog_groomer        1.0    Dog grooming (of this project, in force)" in said
    rows = json.loads(amends("packs", "--format", "json").stdout)
    assert [row["name"] for row in rows if row["in_force"]] == ["dog_groomer"]
    assert amends("packs", "lock", "--remove", "dog_groomer").stdout == "packs.lock: none\n"
    assert "in force)" not in amends("packs").stdout


def test_a_pack_in_force_decides_and_one_that_changed_stops_everything() -> None:
    folder = Path("packs/niches/dog_groomer")
    put(folder / "pack.yaml")
    amends("packs", "lock", "dog_groomer")
    told = amends("decide", "-f", "niche=dog_groomer", "--format", "json").stdout
    assert "reply_channel/the-dog-is-shorn" in told
    put(folder / "pack.yaml", GROOMER.replace("owner_voice_call", "email"))
    done = amends("decide", "-f", "niche=dog_groomer")
    assert done.returncode == 2
    assert "pack-changed" in done.stderr


def test_a_case_names_the_packs_that_it_is_told_for() -> None:
    put(Path("packs/niches/dog_groomer/pack.yaml"))
    put(Path("a-shorn-dog.yaml"), "packs: [dog_groomer]\nfacts: {niche: dog_groomer}\n")
    assert "the-dog-is-shorn" in amends("decide", "a-shorn-dog.yaml", "--format", "json").stdout
    put(Path("a-lost-dog.yaml"), "packs: [cat_groomer]\nfacts: {}\n")
    done = amends("decide", "a-lost-dog.yaml")
    assert (done.returncode, "there is no pack `cat_groomer`" in done.stderr) == (2, True)


def test_a_case_cannot_name_a_path() -> None:
    """A case is somebody else's text: it may ask for a pack, not for a folder of yours."""
    put(Path("ours.yaml"), HOUSE)
    put(Path("case.yaml"), "packs: [./ours.yaml]\nfacts: {}\n")
    done = amends("decide", "case.yaml")
    assert done.returncode == 2
    assert "is told for the pack `./ours.yaml`, which is not laid" in done.stderr


def test_show_says_of_every_rule_and_number_which_pack_set_it() -> None:
    put(Path("ours.yaml"), HOUSE)
    found = json.loads(amends("packs", "show", "--origin", "--pack", "ours.yaml", "--format", "json").stdout)
    numbers = {each["name"]: each for each in found if each["kind"] == "parameter"}
    assert (numbers["hours_normally"]["pack"], numbers["hours_normally"]["says"]) == ("ours", "12 h")
    assert numbers["hours_normally"]["before"] == "24 h"
    rules = [each for each in found if each["kind"] == "rule"]
    assert len(rules) == len(load().rulebase.rules)
    assert {each["pack"] for each in rules} == {"base"}
    assert amends("packs", "show", "ours.yaml").stdout.count("in place of 24 h") == 1


def test_a_trade_whose_pack_is_not_laid_is_told_of_it() -> None:
    """Nothing is laid unasked, and nobody should miss what their trade knows."""
    done = amends("decide", "-f", "niche=translator", "-f", "platform=upwork")
    assert done.stderr == (
        "`translator` has rules of its own, which were not asked: add --niche translator\n"
        "`upwork` has rules of its own, which were not asked: add --platform upwork\n"
    )
    assert amends("decide", "-f", "niche=general").stderr == ""
    assert amends("decide", "--niche", "event_vendor").stderr == ""


@pytest.mark.parametrize(
    ("option", "name", "facts", "rule"),
    [
        (
            "--niche",
            "virtual_assistant",
            ("misdirected=message",),
            "urgency/something-went-to-the-wrong-person",
        ),
        ("--platform", "card", ("chargeback_open=true",), "companions/a-chargeback-takes-the-money-first"),
    ],
)
def test_a_pack_that_is_asked_for_states_what_its_scope_asks(
    option: str, name: str, facts: tuple[str, ...], rule: str
) -> None:
    """A pack that is laid and whose every rule keeps quiet would be laid in vain."""
    options = [part for fact in facts for part in ("-f", fact)]
    told = amends("decide", option, name, *options, "--format", "json").stdout
    assert rule in {fired["rule"] for fired in json.loads(told)["fired"]}
    told = amends(
        "decide", option, name, *options, "-f", "payment_channel=cash", "-f", "niche=general"
    ).stdout
    assert rule not in told, "what is stated wins"
