"""A pack is a stranger's until proven otherwise: what it may not do is one diagnostic, and nothing is lost.

It reads nothing but itself, runs nothing, and takes neither memory nor time without end.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amends.engine import InputError, load
from amends.engine.api import check
from amends.engine.diagnostics import Code, Diagnostic
from amends.engine.pack import Pack
from tests.bad_input.test_anything import CASE, FILES, SOUND, edited, works_or_is_refused
from tests.support.examples import examples

PACK = """\
pack: {title: a shop, version: "1.0", scope: {cause: fire}}
sources:
  SHOP: {kind: practice, title: How the shop does it, where: the owner}
facts:
  cause: {values: {theft: a theft}}
  is_neighbour: {kind: flag, question: Do you meet in the street?, assume: false, sources: [SHOP]}
parameters:
  goodwill_share: {value: 0.2, ours: true, because: a fifth}
rules:
  fault/a-fire-is-nobodys:
    tier: proof
    when: {cause: fire, is_neighbour: true}
    then: none
    because: Nobody lit it.
    sources: [SHOP]
  remedy/client-wants-nothing:
    tier: refusal
    when: {said_no: true, cause: fire}
    then: accept_no
    because: No is an answer.
    sources: [SHOP]
    replaces: Here only a fire is refused.
disables:
  remedy/too-late-to-repair: There is always time.
words:
  name: {title: their name}
blocks:
  sorry: {title: own it, sources: [SHOP], variants: [{text: "I am sorry, {{ name }}."}]}
phrases:
  no-but: {title: no but, block: [but], sources: [SHOP]}
"""


def laid(folder: Path) -> None:
    check(SOUND, packs=[Pack("shop", 1, (folder,))])


def refused(folder: Path) -> Diagnostic:
    """Return the one diagnostic of the pack in *folder*."""
    with pytest.raises(InputError) as error:
        laid(folder)
    (found,) = error.value.diagnostics
    return found


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (folder := tmp_path / "shop").mkdir()
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
    return folder


def test_the_pack_that_is_spoilt_below_is_sound(shop: Path) -> None:
    laid(shop)


def test_a_link_to_a_file_outside_is_not_followed(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("parameters: {}\n", encoding="utf-8")
    (shop / "more.yaml").symlink_to(tmp_path / "secret.yaml")
    assert refused(shop).code is Code.OUTSIDE_ITS_FOLDER


def test_a_link_to_a_folder_outside_is_not_followed(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "secret.yaml").write_text("parameters: {broken", encoding="utf-8")
    (shop / "more").symlink_to(tmp_path / "secrets")
    with opened() as files:
        works_or_is_refused(lambda: laid(shop))
    assert not any("secret" in file for file in files)


def test_a_link_within_the_pack_is_a_file_of_it(shop: Path) -> None:
    (shop / "more").mkdir()
    (shop / "pack.yaml").rename(shop / "more" / "there.txt")
    (shop / "pack.yaml").symlink_to(shop / "more" / "there.txt")
    laid(shop)


REFUSED = {
    "a template that loops": ("{{ name }}", "{% for x in name %}{{ x }}{% endfor %}", Code.BROKEN_TEMPLATE),
    "a template that reaches into a value": ("{{ name }}", "{{ name.__class__ }}", Code.BROKEN_TEMPLATE),
    "a template that takes an item": ("{{ name }}", "{{ name[0] }}", Code.BROKEN_TEMPLATE),
    "a template that calls": ("{{ name }}", "{{ name() }}", Code.BROKEN_TEMPLATE),
    "a template that multiplies": ("{{ name }}", "{{ name * 999999999 }}", Code.BROKEN_TEMPLATE),
    "a template that filters": ("{{ name }}", "{{ name|upper }}", Code.BROKEN_TEMPLATE),
    "a template that includes": ("{{ name }}", "{% include '/etc/passwd' %}", Code.BROKEN_TEMPLATE),
    "a template that names what nobody gives": ("{{ name }}", "{{ password }}", Code.UNKNOWN_NAME),
    "a tag that makes an object": (
        "title: a shop",
        "title: !!python/object/apply:os.system [id]",
        Code.TAG_NOT_ALLOWED,
    ),
    "a fact with a letter of another alphabet": ("is_neighbour", "is_neighbоur", Code.BAD_NAME),
    "a rule with a letter of another alphabet": ("a-fire-is-nobodys", "a-fire-is-nоbodys", Code.BAD_NAME),
    "a value with a letter of another alphabet": ("theft:", "thеft:", Code.BAD_NAME),
    "a fact that climbs out of its place": ("is_neighbour", "../is_neighbour", Code.BAD_NAME),
    "a rule that climbs out of its place": ("fault/a-fire-is-nobodys", "fault/../x", Code.BAD_NAME),
    "a gate replaced without a reason": (
        "replaces: Here only a fire is refused.",
        "replaces:",
        Code.MISSING_KEY,
    ),
    "a rule taken out without a reason": (": There is always time.", ":", Code.MISSING_KEY),
    "a rule of the base under its name": (
        "    replaces: Here only a fire is refused.\n",
        "",
        Code.DUPLICATE_NAME,
    ),
    "a pack twice": (
        "sources:\n",
        "pack: {title: another}\nsources:\n",
        Code.DUPLICATE_KEY,
    ),
    "a number without end": ("value: 0.2", "value: 1e999999999", Code.OUT_OF_BOUNDS),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_pack_may_not_do_is_refused_once(name: str, shop: Path) -> None:
    old, new, code = REFUSED[name]
    assert old in PACK
    (shop / "pack.yaml").write_text(PACK.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as error:
        laid(shop)
    assert {found.code for found in error.value.diagnostics} == {code}
    assert len(error.value.diagnostics) == 1


def test_a_bomb_of_aliases_is_not_written_out(shop: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    (shop / "bomb.yaml").write_text("\n".join(lines), encoding="utf-8")
    assert refused(shop).code is Code.TOO_MANY_NODES


def test_nesting_without_end_is_refused(shop: Path) -> None:
    (shop / "deep.yaml").write_text("facts: " + "[" * 5_000, encoding="utf-8")
    assert refused(shop).code in (Code.TOO_DEEP, Code.BROKEN_YAML)


def test_a_condition_nested_deeper_than_any_rule_is_refused(shop: Path) -> None:
    deep = "{not: " * 300 + "{said_no: true}" + "}" * 300
    text = PACK.replace("when: {said_no: true, cause: fire}", f"when: {deep}")
    (shop / "pack.yaml").write_text(text, encoding="utf-8")
    assert refused(shop).code is Code.TOO_DEEP


def test_a_huge_file_is_not_read(shop: Path) -> None:
    (shop / "huge.yaml").write_bytes(b"# " + b"x" * 2_000_000)
    assert refused(shop).code is Code.FILE_TOO_LARGE


def test_what_is_no_file_is_not_opened(shop: Path) -> None:
    """A pipe in a folder would keep a reader waiting for ever."""
    os.mkfifo(shop / "pipe.yaml")
    laid(shop)


# --- Whatever comes ----------------------------------------------------------------------


@contextmanager
def opened() -> Iterator[list[str]]:
    """Note each file that is opened meanwhile, by whatever module."""
    _noted.append(found := list[str]())
    try:
        yield found
    finally:
        _noted.pop()


_noted: list[list[str]] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _noted and isinstance(arguments[0], (str, bytes)):
        _noted[-1].append(os.fsdecode(arguments[0]))


sys.addaudithook(_note)
PYTHON = (*sys.path, sys.prefix, sys.base_prefix, "/proc", "/dev")
"""Where modules are imported from, late or early."""


def reads_only_itself(action: Callable[[], object], *folders: Path) -> None:
    with opened() as files:
        works_or_is_refused(action)
    elsewhere = [
        file
        for file in map(os.path.realpath, files)
        if not file.startswith(
            (*map(os.path.realpath, folders), *map(os.path.realpath, filter(None, PYTHON)))
        )
    ]
    assert elsewhere == []


def lay_and_decide(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base, shop = Path(folder, "base"), Path(folder, "shop")
        for path, content in FILES.items():
            (base / path).parent.mkdir(parents=True, exist_ok=True)
            (base / path).write_text(content, encoding="utf-8")
        shop.mkdir()
        (shop / "pack.yaml").write_text(text, encoding="utf-8")

        def action() -> None:
            check(base, packs=[Pack("shop", 1, (shop,))])
            engine = load(base, packs=[Pack("shop", 1, (shop,))])
            engine.decide(engine.case(CASE))

        cache = Path(os.environ.get("AMENDS_CACHE") or Path.home() / ".cache" / "amends")
        reads_only_itself(action, base, shop, cache)


@settings(examples(150))
@given(edited(PACK))
def test_any_edit_of_a_pack_works_or_is_refused_and_reads_nothing_else(text: str) -> None:
    lay_and_decide(text)


TEMPLATES = st.lists(
    st.sampled_from(
        [
            *(
                "{{",
                "}}",
                "{%",
                "%}",
                "{#",
                "#}",
                " name ",
                " for x in name ",
                " endfor ",
                " if name ",
                " endif ",
            ),
            *(
                "name.__class__",
                "name['x']",
                "name|e",
                "range(9**9)",
                " 9**9**9 ",
                "self",
                "''.join",
                "\\",
                "'",
                '"',
            ),
            *(
                "\n",
                "{",
                "}",
                "é",
                "\u202e",
                "include 'x'",
                " macro m() ",
                " set name = 1 ",
                "~",
                "lipsum",
                "cycler",
            ),
        ]
    ),
    max_size=12,
).map("".join)


@settings(examples(150))
@given(TEMPLATES)
def test_any_template_is_rendered_or_refused(template: str) -> None:
    quoted = template.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    lay_and_decide(PACK.replace("I am sorry, {{ name }}.", quoted))
