"""The rule book says all that the rules say, and nothing that would not come out again."""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from amends.cli.main import app
from amends.engine import InputError, load
from amends.engine.api import shipped
from amends.engine.book.cases import StoredCase, stored
from amends.engine.book.files import write_book
from amends.engine.book.page import MARK
from amends.engine.book.pages import pages
from amends.engine.diagnostics import Source, Span
from amends.engine.discovery import SHIPPED, packs
from amends.engine.message import Block, Channel, Messages, Phrase, Skeleton, Variant, Word
from amends.engine.rulebase import AllOf, RuleBase
from tests.support.texts import FLAG, choice, files, rule, rule_base
from tests.support.written import write

pytestmark = pytest.mark.knowledge

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "docs" / "rule-book"
CASES = ROOT / "tests" / "cases"
LINK = re.compile(r"\[(?:[^\]\\]|\\.)*\]\(([^)]*)\)")


@cache
def base() -> RuleBase:
    return load().rulebase


@cache
def laid() -> Mapping[str, tuple[RuleBase, tuple[StoredCase, ...]]]:
    """Each shipped pack by name: the base with it, and its cases."""
    found = {}
    for pack in packs():
        if pack.place == SHIPPED:
            stack = load(packs=[pack]).rulebase
            found[pack.name] = (stack, stored(pack.cases, stack))
    return found


@cache
def book() -> Mapping[str, str]:
    return pages(base(), stored([CASES], base()), laid())


def on_disk(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.md")}


def headings(text: str) -> set[str]:
    """The anchors of a page, as forges make them: small letters, no marks, spaces to hyphens."""
    found = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def prose(text: str) -> str:
    """A page without what is fenced off."""
    return re.sub(r"^(`{3,})\w+\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)


def links(text: str) -> Iterator[str]:
    yield from LINK.findall(prose(text))


def test_writing_the_book_again_changes_nothing(tmp_path: Path) -> None:
    """A rule that moved without its page would leave the book telling a lie."""
    write_book(tmp_path, book())
    now, kept = on_disk(tmp_path), on_disk(BOOK)
    moved = sorted(name for name in now.keys() | kept.keys() if now.get(name) != kept.get(name))
    assert not moved, "run `make book`"


def test_every_link_leads_to_a_page_and_a_heading_on_it() -> None:
    anchors = {name: headings(text) for name, text in book().items()}
    dead = []
    for name, text in book().items():
        for target in links(text):
            path, _, anchor = target.partition("#")
            there = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            if there not in anchors or (anchor and anchor not in anchors[there]):
                dead.append(f"{name}: {target}")
    assert dead == []


def test_no_page_has_two_headings_of_one_anchor() -> None:
    """The second would get another anchor, and links to it would lead to the first."""
    for name, text in book().items():
        found = re.findall(r"^##+ (.*)$", text, flags=re.MULTILINE)
        assert len(found) == len(headings("\n".join(f"## {heading}" for heading in found))), name


def test_everything_in_the_rule_base_has_its_place() -> None:
    known = base()
    text = book()
    for path, found in known.rules.items():
        assert f"`{path}`" in text[f"decisions/{found.decision}.md"]
    for name in known.catalogues["remedies"]:
        assert f"remedies/{name}.md" in text
    for page, names in {
        "facts.md": known.facts,
        "measures.md": {**known.measures, **known.money},
        "parameters.md": known.parameters,
        "companions.md": {**known.catalogues["companions"], **known.catalogues["avoid"]},
        "sources.md": known.sources,
        "conflicts.md": known.conflicts,
    }.items():
        there = headings(text[page])
        assert {name.lower() for name in names} <= {*there, *(a.split("-", 1)[-1] for a in there)}, page


def test_everything_that_a_pack_brings_is_on_its_page() -> None:
    for name, (stack, cases) in laid().items():
        text = book()[f"packs/{name}.md"]
        own = [path for path, found in stack.rules.items() if found.pack == name]
        assert own and cases, name
        missing = [path for path in own if f"`{path}`" not in text]
        missing += [
            subject
            for subject, pack in stack.origins.items()
            if pack == name and f"{subject.partition('/')[2] or subject}" not in text
        ]
        assert missing == [], name
        assert all(case.path for case in cases)


def test_each_rule_that_leads_to_a_remedy_is_on_its_page() -> None:
    for found in base().decisions["remedy"].rules:
        for value in found.then:
            assert f"decisions/remedy.md#{found.name})" in book()[f"remedies/{value}.md"]


def test_every_conflict_names_two_sides_and_a_rule_of_each_decision_that_it_claims() -> None:
    """The sixteen disagreements of the articles are settled where it can be read, one by one."""
    assert len(base().conflicts) >= 16
    for conflict in base().conflicts.values():
        assert len({side.sources for side in conflict.sides}) >= 2, conflict.name
        for path in conflict.rules:
            name = path.partition("/")[2]
            assert conflict.name in book()[f"decisions/{base().rules[path].decision}.md"], name


def test_the_book_does_not_depend_on_hash_seeds_or_the_order_of_files(tmp_path: Path) -> None:
    sources = sorted(path for folder in shipped() for path in folder.rglob("*.yaml"))
    for number, path in enumerate(reversed(sources)):
        shutil.copyfile(path, tmp_path / f"{number:04}.yaml")
    write_book(tmp_path / "plain", pages(base()))
    command = [sys.executable, "-m", "amends.cli", "book", "--base", str(tmp_path)]
    for seed in ("1", "2"):
        out = tmp_path / seed
        env = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([*command, "-o", str(out)], env=env, check=True, capture_output=True)
        assert on_disk(out) == on_disk(tmp_path / "plain")


EVIL = "<script>alert(1)</script> | `x` **b** [l](javascript:1)\n# no\n\n```\n$$ <!-- & __i__ ~~s~~"


def evil_base() -> RuleBase:
    values = {"kind": "choice", "values": {"a": EVIL, "b": f"- {EVIL}"}}
    advice = {"title": EVIL, "summary": EVIL, "sources": ["S"], "steps": [{"do": EVIL}]}
    law = {"kind": "law", "jurisdiction": EVIL, "as_of": "2026-11-01"}
    return rule_base(
        {"f": {**values, "title": EVIL, "question": EVIL, "help": EVIL}},
        {
            "remedy": {
                "title": EVIL,
                "hit_policy": "priority",
                "tiers": [{"first": EVIL}, {"last": "the rest"}],
                "values": "remedies",
                "rules": {
                    "one": {**rule({"f": ["a", "b"]}, "r", tier="first"), "because": EVIL},
                    "two": rule({"f": "a"}, "q", tier="last"),
                },
            }
        },
        remedies={"r": advice, "q": advice},
        sources={"S": {**law, "title": EVIL, "where": EVIL, "says": EVIL}},
        conflicts={
            "c": {
                "title": EVIL,
                "sides": [{"advises": EVIL, "sources": ["S"]}, {"advises": EVIL, "sources": ["S"]}],
                "resolution": EVIL,
                "because": EVIL,
                "rules": ["remedy/one"],
            }
        },
    )


def test_what_a_pack_says_is_shown_and_not_acted_upon() -> None:
    """A pack is written by others: its words may neither run nor break the page."""
    for name, text in pages(evil_base(), [StoredCase("a`b.yaml", EVIL, "r", ())]).items():
        assert "<script" not in text.replace(MARK, "") and "<!--" not in text.replace(MARK, ""), name
        said = prose(text)
        assert "```" not in re.sub(r"\\`", "", said), name
        assert not re.search(r"(?<!\\)\*\*b(?<!\\)\*\*", said), name
        assert not re.search(r"(?<!\\)_", re.sub(r"\(.*?\)|`[^`]*`", "", said)), name
        assert not any(link.startswith("javascript") for link in links(text)), name
        assert not re.search(r"^#+ no", said, flags=re.MULTILINE), name
        widths: set[int] = set()
        for line in said.splitlines():
            if not line.startswith("|"):
                widths.clear()
                continue
            widths.add(len(re.findall(r"(?<!\\)\|", line)))
            assert len(widths) == 1, f"{name}: {line}"


def test_the_money_that_a_remedy_brings_through_other_decisions_is_on_its_page() -> None:
    """Goodwill is decided after the remedy and before the money; who reads the page need not know that."""
    text = book()["remedies/discount.md"]
    assert "#goodwill-is-in-place)" in text.partition("## Money")[2].partition("\n## ")[0]


def test_a_rule_that_cannot_hold_as_well_is_not_said_to_come_first() -> None:
    """A page that warns of what can never happen is not read to its end."""
    advice = {"title": "a title", "sources": ["S"]}
    rules = {
        "one": rule({"f": "v0", "g": True}, "r", tier="first"),
        "two": rule({"f": "v1"}, "q", tier="last"),
        "three": rule({"g": True}, "q", tier="last"),
    }
    decision = {
        "hit_policy": "priority",
        "tiers": ["first", "last"],
        "values": "remedies",
        "rules": rules,
    }
    known = rule_base({"f": choice(2), "g": FLAG}, {"remedy": decision}, remedies={"r": advice, "q": advice})
    when_not = pages(known)["remedies/q.md"].partition("## When not")[2].partition("\n## ")[0]
    assert "(before 1 only): [One](../decisions/remedy.md#one)" in when_not
    assert "(1) **[Three]" in pages(known)["remedies/q.md"]


def test_alternatives_and_exceptions_read_as_they_are_meant() -> None:
    when = {"f": True, "any": [{"g": {"not": True}}, {"g": True, "h": {"known": False}}]}
    decision = {"hit_policy": "collect", "values": {"v": "a value"}, "rules": {"one": rule(when, "v")}}
    found = pages(rule_base({"f": FLAG, "g": FLAG, "h": FLAG}, {"d": decision}, remedies={}))
    assert (
        "- [F](../facts.md#f): yes\n"
        "- at least one of these:\n"
        "    - [G](../facts.md#g): no\n"
        "    - [G](../facts.md#g): yes; and [H](../facts.md#h): not stated\n"
    ) in found["decisions/d.md"]


def test_an_exception_to_two_tests_at_once_stays_together() -> None:
    """Told one after another, the second test would be asked for and not ruled out."""
    within = {"not": {"at_least": 1, "at_most": 3}}
    when = {"any": [{"f": True, "n": within}, {"n": within}]}
    decision = {"hit_policy": "collect", "values": {"v": "a value"}, "rules": {"one": rule(when, "v")}}
    found = pages(rule_base({"f": FLAG, "n": {"kind": "count"}}, {"d": decision}, remedies={}))
    n = "[N](../facts.md#n)"
    assert (
        "- at least one of these:\n"
        "    - all of these:\n"
        "        - [F](../facts.md#f): yes\n"
        "        - not this:\n"
        f"            - {n}: at least 1; and {n}: at most 3\n"
        "    - not this:\n"
        f"        - {n}: at least 1; and {n}: at most 3\n"
    ) in found["decisions/d.md"]


def test_what_messages_are_made_of_is_in_the_book() -> None:
    span = Span.whole(Source("messages"))
    always = AllOf(())
    found = Messages(
        words={"name": Word("name", "their name", span, of="f"), "w": Word("w", "w", span, of="remedy")},
        blocks={"own": Block("own", EVIL, (Variant(always, f"I ```\n{EVIL}", span),), ("S",), span)},
        skeletons={"s": Skeleton("s", "an order", {"letter": (("own", "gone"),)}, ("S",), span)},
        channels={"c": Channel("c", "a channel", "note", "written", ("S",), span, most_words=9)},
        phrases={"p": Phrase("p", "no if", "block", ("if I", EVIL), ("S",), span)},
    )
    decision = {"hit_policy": "any", "values": {"s": "an order"}, "rules": {"one": rule("always", "s")}}
    known = replace(rule_base({"f": FLAG}, {"message": decision}, remedies={}), messages=found)
    text = pages(known)
    assert "](#block-own), `gone`" in text["messages.md"]
    assert f"````text\nI ```\n{EVIL}\n````" in text["messages.md"]
    assert "[`f`](facts.md#f)" in text["messages.md"]
    assert "messages.md#order-s)" in text["decisions/message.md"]
    assert "messages.md#phrase-p)" in text["sources.md"]


def test_a_page_of_an_earlier_book_goes_and_a_page_of_yours_stays(tmp_path: Path) -> None:
    write_book(tmp_path, {"index.md": f"{MARK}\n", "remedies/old.md": f"{MARK}\n"})
    (tmp_path / "remedies" / "mine.md").write_text("# mine\n")
    removed = write_book(tmp_path, {"index.md": f"{MARK}\nnew\n"})
    assert removed == [tmp_path / "remedies" / "old.md"]
    assert set(on_disk(tmp_path)) == {"index.md", "remedies/mine.md"}
    assert (tmp_path / "index.md").read_text() == f"{MARK}\nnew\n"


def test_a_file_in_the_way_is_not_written_over_and_nothing_else_is_written(tmp_path: Path) -> None:
    (tmp_path / "index.md").write_text("# mine\n")
    with pytest.raises(InputError) as error:
        write_book(tmp_path, {"facts.md": f"{MARK}\n", "index.md": f"{MARK}\n"})
    assert [found.code for found in error.value.diagnostics] == ["cannot-write"]
    assert on_disk(tmp_path) == {"index.md": b"# mine\n"}


def test_a_house_can_print_its_own_rules(tmp_path: Path) -> None:
    decision = {"hit_policy": "collect", "values": {"v": "a value"}, "rules": {"one": rule("always", "v")}}
    write(files({"f": FLAG}, {"d": decision}), tmp_path / "house")
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "told.yaml").write_text("title: told\nfacts: {f: true}\n")
    options = ["--base", str(tmp_path / "house"), "--cases", str(tmp_path / "cases")]
    done = CliRunner().invoke(app, ["book", "-o", str(tmp_path / "out"), *options])
    assert done.exit_code == 0, done.output
    assert "# D\n" in (tmp_path / "out" / "decisions" / "d.md").read_text()
