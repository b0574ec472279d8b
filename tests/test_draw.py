"""Pictures: what they show of a case, that no text breaks them, and that none is half-written."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from amends.cli.graph import command
from amends.cli.main import app
from amends.engine import Engine, InputError, load
from amends.engine.diagnostics import Code
from amends.engine.draw import (
    FORMS,
    Edge,
    Node,
    Picture,
    drawn,
    files,
    path_of_case,
    render,
    rule_graph,
    write,
)
from amends.engine.draw.layout import lay_out
from amends.engine.draw.picture import MOST_NODES, columns
from amends.engine.draw.svg import svg
from amends.engine.draw.text import WIDTH, text

ROOT = Path(__file__).resolve().parents[1]
SEEDS = sorted((ROOT / "tests" / "cases" / "seeds").glob("*.yaml"))
PLAIN = ("dot", "mermaid", "html", "text", "json", "graphml")
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = 'say "no" & <b>\n\\n \\" &lt; 1. #35; 😀 für × — <script>alert(1)</script> %%{init}%% ]]> \x07'

KNOWLEDGE = """
sources:
  S000: {title: t, where: w, lines: {13: own it}}
parameters:
  share: {value: 60, unit: "%", sources: [S000:L13], as_of: 2026-11-01}
facts:
  why_it_broke: {title: cause, kind: choice, question: Why?,
    values: {own_error: your own error, isp_down: internet outage}}
  hours_needed: {title: hours needed, kind: number, question: How long?, unit: h}
  hours_left: {title: hours left, kind: number, question: How long is left?, unit: h}
  said_no: {title: client said no, kind: flag, question: Did they say no?, assume: false}
  amount_paid: {title: amount paid, kind: money, question: How much was paid?}
  people_hurt: {title: people hurt, kind: flag, question: Is anybody hurt?}
  harm_done: {title: harm done, kind: set, question: Which?,
    values: {lost_time: lost time, lost_face: lost face}}
measures:
  fits_in_time: {title: fits in time, kind: flag, formula: hours_needed <= hours_left}
  part_back: {title: part to give back, kind: money, formula: amount_paid * share / 100}
remedies:
  mend_it: {title: Mend it at once, sources: [S000:L13]}
  pay_back: {title: Give the money back, sources: [S000:L13]}
  accept_no: {title: Accept the no, sources: [S000:L13]}
  call_help: {title: Call for help, sources: [S000:L13]}
money:
  paid_part: {title: a part of what was paid, amount: part_back,
    formula: "{share} of {amount_paid}", sources: [S000:L13]}
"""
FAULT = """
decides: who_did_it
title: who is at fault
hit_policy: unique
values: {all_yours: all yours, not_yours: not yours}
rules:
  own-doing: {when: {why_it_broke: own_error}, then: all_yours,
    because: It came from how you worked., sources: [S000:L13]}
otherwise: not_yours
"""
REMEDY = """
decides: remedy
title: what to do
hit_policy: priority
tiers: [safety, client_no, repair, money]
values: remedies
rules:
  somebody-is-hurt: {tier: safety, when: {people_hurt: true}, then: call_help,
    because: People first., sources: [S000:L13]}
  the-client-ended-it: {tier: client_no, when: {said_no: true}, then: accept_no,
    because: They decided., sources: [S000:L13]}
  time-is-left:
    tier: repair
    when: {who_did_it: all_yours, fits_in_time: true}
    then: mend_it
    because: It is yours and you can.
    sources: [S000:L13]
  it-was-yours: {tier: money, when: {who_did_it: all_yours}, then: pay_back,
    because: They paid for it., sources: [S000:L13]}
"""
MONEY = """
decides: money_basis
title: what the money is for
hit_policy: priority
tiers: [owed]
values: {paid_part: a part of what was paid, none: nothing}
rules:
  paying-back: {tier: owed, when: {remedy: pay_back}, then: paid_part,
    because: What was not earned goes back., sources: [S000:L13]}
otherwise: none
"""
MEND = {"why_it_broke": "own_error", "hours_needed": 3, "hours_left": 5, "people_hurt": "false"}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    parts = {"known": KNOWLEDGE, "fault": FAULT, "remedy": REMEDY, "money_basis": MONEY}
    for name, content in parts.items():
        (folder / f"{name}.yaml").write_text(content, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def engine(base: Path) -> Engine:
    return load(base)


@pytest.fixture(scope="module")
def shipped() -> Engine:
    return load()


def picture_of(engine: Engine, facts: dict[str, object]) -> Picture:
    return path_of_case(engine.decide(facts), engine.rulebase)


def node_named(picture: Picture, start: str) -> Node:
    return next(node for node in picture.nodes if node.lines[0].startswith(start))


def states_into(picture: Picture, node: Node) -> dict[str, str]:
    names = {other.id: other.lines[0] for other in picture.nodes}
    return {names[edge.source]: edge.state for edge in picture.edges if edge.target == node.id}


def without_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render.shutil, "which", lambda _name: None)
    monkeypatch.setattr(render, "find_spec", lambda _name: None)


def hostile() -> Picture:
    nodes = (Node("a:b", (HOSTILE, HOSTILE), "fact"), Node("<x>", (HOSTILE,), "remedy", "failed"))
    return Picture(HOSTILE, nodes, (Edge("a:b", "<x>", "failed", HOSTILE),), HOSTILE)


# What the path of a case shows


def test_the_remedy_follows_from_what_its_deciding_rule_read(engine: Engine) -> None:
    picture = picture_of(engine, MEND)
    remedy = picture.nodes[0]
    assert (remedy.kind, remedy.state) == ("remedy", "fired")
    assert remedy.lines == ("Mend it at once", "It is yours and you can.")
    assert states_into(picture, remedy) == {
        "Who is at fault: all yours": "fired",
        "Fits in time: yes": "fired",
    }
    assert states_into(picture, node_named(picture, "Fits in time")) == {
        "Hours needed: 3 h": "fired",
        "Hours left: 5 h": "fired",
    }


def test_a_rule_that_was_beaten_is_dashed_and_names_what_beat_it(engine: Engine) -> None:
    rival = node_named(picture_of(engine, MEND), "Not chosen: Give the money back")
    assert rival.state == "failed"
    assert rival.lines[1] == "fits too, but this comes first: time is left"


def test_a_rule_that_one_test_stopped_is_dashed_and_names_the_test(engine: Engine) -> None:
    picture = picture_of(engine, {**MEND, "hours_left": 1})
    rival = node_named(picture, "Not chosen: Mend it at once")
    assert rival.lines[1] == "it needs “Fits in time: yes”"
    assert states_into(picture, rival) == {"Fits in time: no": "failed"}


def test_an_assumed_fact_says_that_nobody_stated_it(engine: Engine) -> None:
    rulebase = engine.rulebase
    guessed = replace(rulebase.facts["why_it_broke"], assume="own_error")
    guessing = Engine(replace(rulebase, facts={**rulebase.facts, "why_it_broke": guessed}))
    picture = picture_of(guessing, {name: value for name, value in MEND.items() if name != "why_it_broke"})
    assert node_named(picture, "Cause").lines == ("Cause: your own error", "(assumed, not stated)")


def test_a_decision_that_no_rule_decided_says_otherwise(engine: Engine) -> None:
    picture = picture_of(
        engine, {"why_it_broke": "isp_down", "people_hurt": "false", "hours_needed": 9, "hours_left": 9}
    )
    assert node_named(picture, "Who is at fault: not yours").lines[1] == "otherwise: none of its rules holds"


def test_an_uncovered_case_says_so_and_what_it_fell_short_of(engine: Engine) -> None:
    picture = picture_of(
        engine, {"why_it_broke": "isp_down", "people_hurt": "false", "hours_needed": 9, "hours_left": 9}
    )
    assert picture.title == "No rule covers this case"
    assert (picture.nodes[0].lines[0], picture.nodes[0].state) == ("What to do: no rule covers it", "failed")
    assert node_named(picture, "Not chosen: Mend it").lines[1] == "it needs “Who is at fault: all yours”"


def test_the_remedy_says_its_money_and_how_it_is_worked_out(engine: Engine) -> None:
    picture = picture_of(engine, {**MEND, "hours_left": 1, "amount_paid": "1000 EUR"})
    remedy = node_named(picture, "Give the money back")
    assert remedy.lines[-2:] == ("Money: 600.00 EUR", "60 % of 1000.00")
    assert not any(edge.source == remedy.id for edge in picture.edges), "the remedy stands at the end"


def test_an_open_case_shows_candidates_and_missing_facts_dashed(engine: Engine) -> None:
    picture = picture_of(engine, {"why_it_broke": "own_error", "people_hurt": "false"})
    assert picture.nodes[0].lines == ("What to do: still open?",)
    candidates = {node.lines[0]: node.state for node in picture.nodes if node.kind == "remedy"}
    assert candidates == {"Mend it at once?": "failed", "Give the money back?": "failed"}
    asked = {node.lines[0]: node.state for node in picture.nodes if node.lines[0].endswith("not stated")}
    assert asked == {"Hours needed: not stated": "failed", "Hours left: not stated": "failed"}
    assert node_named(picture, "Cause").state == "fired"


def test_the_text_for_those_who_cannot_see_names_answer_facts_and_rivals(engine: Engine) -> None:
    alt = picture_of(engine, MEND).alt
    assert alt.startswith("Answer: Mend it at once. It is yours and you can. Facts: ")
    assert "Hours left: 5 h" in alt
    assert "Dashed: Not chosen: Give the money back" in alt


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_a_stored_case_fits_one_screen_in_plain_words(shipped: Engine, path: Path) -> None:
    picture = path_of_case(shipped.decide(shipped.case(path)), shipped.rulebase)
    said = [line for node in picture.nodes for line in node.lines] + [edge.label for edge in picture.edges]
    layout = lay_out(picture)
    assert len(picture.nodes) <= MOST_NODES
    assert [line for line in [picture.title, picture.alt, *said] if "_" in line] == []
    assert layout.width <= 1900
    assert layout.height <= 1100


@pytest.mark.parametrize("facts", [{}, {"failure_kind": "missed_deadline"}, {"client_fit": "nightmare"}])
def test_a_case_with_nearly_nothing_stated_fits_too(shipped: Engine, facts: dict[str, object]) -> None:
    picture = picture_of(shipped, facts)
    assert len(picture.nodes) <= MOST_NODES
    assert {edge.source for edge in picture.edges} | {edge.target for edge in picture.edges} == {
        node.id for node in picture.nodes
    }


def test_the_path_of_a_case_does_not_wait_for_networkx_or_graphviz(base: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from amends.engine import load; from amends.engine.draw import *\n"
        f"engine = load(Path({str(base)!r}))\n"
        "drawn(path_of_case(engine.decide({'said_no': 'true'}), engine.rulebase), 'text')\n"
        "sys.exit(bool({'networkx', 'graphviz', 'pygraphviz'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


# The rule graph


def test_the_rule_graph_is_collapsed_to_decisions_with_their_counts(engine: Engine) -> None:
    picture = rule_graph(engine.rulebase)
    assert [node.id for node in picture.nodes] == ["money_basis", "remedy", "who_did_it"]
    assert node_named(picture, "What to do").lines == (
        "What to do",
        "4 rules",
        "4 facts: client said no, hours left, hours needed and 1 more",
    )
    assert {(edge.source, edge.target) for edge in picture.edges} == {
        ("who_did_it", "remedy"),
        ("remedy", "money_basis"),
    }


def test_focus_shows_one_decision_with_its_rules_and_what_they_read(engine: Engine) -> None:
    picture = rule_graph(engine.rulebase, focus="remedy")
    rule = node_named(picture, "Time is left")
    assert (rule.kind, rule.lines[1]) == ("rule", "→ Mend it at once")
    assert states_into(picture, rule) == {"Fits in time": "fired", "Who is at fault": "fired"}


def test_many_rules_are_shown_by_tier_unless_asked_for_one_by_one(shipped: Engine) -> None:
    folded = rule_graph(shipped.rulebase, focus="remedy")
    whole = rule_graph(shipped.rulebase, collapse="none", focus="remedy")
    rules = len(shipped.rulebase.decisions["remedy"].rules)
    assert sum(node.kind == "rule" for node in whole.nodes) == rules
    assert 1 < sum(node.kind == "rule" for node in folded.nodes) <= 14 < rules


def test_uncollapsed_the_rule_graph_holds_every_rule(engine: Engine) -> None:
    picture = rule_graph(engine.rulebase, collapse="none")
    assert {node.id for node in picture.nodes} >= {*engine.rulebase.rules, *engine.rulebase.facts}


def test_a_focus_that_is_no_decision_is_a_diagnostic_with_a_suggestion(engine: Engine) -> None:
    with pytest.raises(InputError) as caught:
        rule_graph(engine.rulebase, focus="remdy")
    assert caught.value.diagnostics[0].help == "did you mean `remedy`?"


# No text breaks a picture


def test_dot_holds_hostile_text_as_text() -> None:
    source = drawn(hostile(), "dot").decode()
    labels = [line.partition("label=<")[2] for line in source.splitlines() if "label=<" in line]
    tags = {tag for label in labels for tag in re.findall(r"<(\w+)", label.partition("tooltip=")[0])}
    assert len(labels) == 4
    assert tags == {"B", "BR", "FONT"}
    assert all("say &quot;no&quot; &amp; &lt;b&gt;" in re.sub("<.*?>| +", " ", label) for label in labels)
    assert not any(char < " " and char not in "\n\t" for char in source)


@pytest.mark.skipif(not find_spec("pygraphviz"), reason="pygraphviz is not installed")
def test_a_renderer_shows_hostile_text_as_it_is() -> None:
    tree = ET.fromstring(drawn(replace(hostile(), edges=(Edge("a:b", "<x>"),)), "svg"))
    shown = "".join(tree.itertext())
    for part in (
        'say "no" & <b>',
        "\\n",
        '\\"',
        "&lt;",
        "#35;",
        "<script>alert(1)</script>",
        "für × —",
        "😀",
    ):
        assert part.replace(" ", "") in "".join(shown.split()).replace("\xa0", "")


def test_our_own_svg_shows_hostile_text_and_holds_no_markup_of_it() -> None:
    tree = ET.fromstring(svg(hostile()))
    shown = " ".join("".join(tree.itertext()).split())
    assert 'say "no" & <b> \\n \\" &lt; 1.' in shown
    assert tree.findall(f".//{SVG}script") == []


def test_html_holds_no_markup_of_hostile_text_and_asks_the_network_for_nothing() -> None:
    tags: list[str] = []
    links: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(tag)
            links.extend(name for name, _ in attrs if name in ("href", "src", "onload", "style"))

    source = drawn(hostile(), "html").decode()
    Reader().feed(source)
    ours = drawn(Picture("t", (Node("a", ("a",), "fact"),), (), ""), "html").decode()
    assert tags.count("script") == ours.count("<script") == 1
    assert source.partition("<script>")[2].startswith(ours.partition("<script>")[2][:9000]), (
        "no text is in it"
    )
    assert not {"link", "img", "iframe", "object", "base"} & set(tags)
    assert links == []
    assert "url(" not in source and "@import" not in source and "http" not in source.replace("http-equiv", "")


def test_the_policy_of_a_page_names_its_script_and_lets_no_other_run() -> None:
    source = drawn(hostile(), "html").decode()
    script = source.partition("<script>")[2].partition("</script>")[0]
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in source


def test_graphml_holds_hostile_text_as_text_and_can_be_read() -> None:
    nx = pytest.importorskip("networkx")
    graph = nx.parse_graphml(drawn(hostile(), "graphml").decode())
    assert 'say "no" & <b> \\n' in graph.nodes["n0"]["label"]
    assert [data["state"] for _, _, data in graph.edges(data=True)] == ["failed"]


def test_mermaid_keeps_every_active_character_of_hostile_text_out() -> None:
    lines = drawn(hostile(), "mermaid").decode().splitlines()
    label = lines[3].partition('("')[2].rpartition('")')[0]
    assert label.startswith("say #34;no#34; #38;")
    assert not set('"&%`\\\\') & set(label)
    assert set(re.findall("<.*?>", label)) == {"<br/>"}
    assert len(lines) == len(drawn(replace(hostile(), title="t", alt="t"), "mermaid").decode().splitlines())


def test_a_label_never_loses_text_to_wrapping() -> None:
    words = "the quick brown fox " * 5 + "x" * 70 + " 漢字" * 20
    node = Node("a", (words,), "decision")
    tree = ET.fromstring(svg(Picture("t", (node,), (), "")))
    shown = "".join(line.text or "" for line in tree.iter(f"{SVG}text"))
    assert "".join(words.split()) in "".join(shown.split())


def test_a_tree_of_lines_keeps_to_its_width(engine: Engine) -> None:
    for picture in (hostile(), picture_of(engine, MEND), rule_graph(engine.rulebase, collapse="none")):
        assert max(map(columns, text(picture).splitlines())) <= WIDTH


def test_loops_and_chains_of_any_length_can_be_drawn() -> None:
    nodes = tuple(Node(str(number), (f"node {number}",), "decision") for number in range(400))
    edges = tuple(Edge(str(number), str((number + 1) % 400)) for number in range(400))
    ring = Picture("a ring", nodes, edges, "")
    assert len(lay_out(ring).boxes) == 400
    assert text(ring).count("node 399\n") >= 1


def test_no_two_boxes_of_our_layout_overlap(shipped: Engine) -> None:
    for picture in (picture_of(shipped, {}), rule_graph(shipped.rulebase)):
        boxes = list(lay_out(picture).boxes.values())
        for index, box in enumerate(boxes):
            for other in boxes[:index]:
                apart_x = box.x + box.width <= other.x or other.x + other.width <= box.x
                apart_y = box.y + box.height <= other.y or other.y + other.height <= box.y
                assert apart_x or apart_y, (box.node.lines, other.node.lines)


# Forms and renderers


@pytest.mark.parametrize("form", [*PLAIN, "svg"])
def test_a_form_that_needs_no_renderer_is_drawn_without_one(
    engine: Engine, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_renderer(monkeypatch)
    assert "Mend it at once" in drawn(picture_of(engine, MEND), form).decode()


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_png_and_pdf_without_a_renderer_stop_with_the_fix(
    engine: Engine, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_renderer(monkeypatch)
    with pytest.raises(InputError) as caught:
        drawn(picture_of(engine, MEND), form)
    found = caught.value.diagnostics[0]
    assert found.code is Code.NO_RENDERER
    assert found.help is not None
    assert 'pip install "amends[draw]"' in found.help and "graphviz" in found.help


def test_a_renderer_that_fails_is_named_with_what_it_said(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "dot"
    broken.write_text("#!/bin/sh\necho 'no such font' >&2\nexit 1\n")
    broken.chmod(0o755)
    without_renderer(monkeypatch)
    monkeypatch.setattr(render.shutil, "which", lambda _name: str(broken))
    with pytest.raises(InputError, match="dot: no such font"):
        drawn(picture_of(engine, MEND), "png")
    assert b"Mend it at" in drawn(picture_of(engine, MEND), "svg")


def test_the_system_dot_is_tried_first(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "dot"
    fake.write_text('#!/bin/sh\ncat > /dev/null\nprintf "drawn as $1"\n')
    fake.chmod(0o755)
    monkeypatch.setattr(render.shutil, "which", lambda _name: str(fake))
    assert drawn(picture_of(engine, MEND), "pdf") == b"drawn as -Tpdf"


@pytest.mark.skipif(not find_spec("pygraphviz"), reason="pygraphviz is not installed")
@pytest.mark.parametrize(
    ("form", "magic"), [("png", b"\x89PNG\r\n\x1a\n"), ("pdf", b"%PDF-"), ("svg", b"<?xml")]
)
def test_pygraphviz_draws_in_a_child_process(
    engine: Engine, form: str, magic: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render.shutil, "which", lambda _name: None)
    assert drawn(picture_of(engine, MEND), form).startswith(magic)


def test_the_child_draws_no_format_but_those_on_its_list() -> None:
    command = [sys.executable, "-m", "amends.engine.draw.child", "xlib"]
    assert subprocess.run(command, input=b"digraph{}", check=False).returncode == 2


@pytest.mark.parametrize("form", [*PLAIN, "svg"])
def test_the_same_case_gives_the_same_bytes_in_every_process(base: Path, form: str) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from amends.engine import load; from amends.engine.draw import *\n"
        "from amends.engine.draw.svg import svg\n"
        f"engine = load(Path({str(base)!r}))\n"
        f"picture = path_of_case(engine.decide({MEND!r}), engine.rulebase)\n"
        f"sys.stdout.buffer.write(svg(picture).encode() if {form!r} == 'svg' else drawn(picture, {form!r}))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] != b""


# Files


def test_a_picture_is_written_whole_and_replaces_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "why.svg"
    write(target, b"old")
    target.chmod(0o640)
    write(target, b"new")
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [target]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "why.svg"
    target.write_bytes(b"old")

    def full(_self: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.Path, "replace", full)
    with pytest.raises(InputError) as caught:
        write(target, b"new")
    assert caught.value.diagnostics[0].code is Code.CANNOT_WRITE
    assert "no space left on device" in caught.value.diagnostics[0].message
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ["a-file/why.svg", ""])
def test_a_target_that_cannot_be_written_is_a_diagnostic(tmp_path: Path, name: str) -> None:
    (tmp_path / "a-file").touch()
    with pytest.raises(InputError) as caught:
        write(tmp_path / name, b"new")
    assert caught.value.diagnostics[0].code is Code.CANNOT_WRITE


def test_the_folder_of_the_target_is_made(tmp_path: Path) -> None:
    write(tmp_path / "out" / "demo" / "why.svg", b"new")
    assert (tmp_path / "out" / "demo" / "why.svg").read_bytes() == b"new"


# The command


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.dot", "digraph"),
        ("a.mmd", "flowchart LR"),
        ("a.HTML", "<!doctype html>"),
        ("a.txt", "Mend it"),
        ("a.json", "{"),
        ("a.svg", "<?xml"),
    ],
)
def test_the_ending_of_the_file_says_how_to_draw(base: Path, tmp_path: Path, name: str, start: str) -> None:
    options = [f"-f{fact}={value}" for fact, value in MEND.items()]
    done = CliRunner().invoke(command, ["--base", str(base), *options, "-o", str(tmp_path / name)])
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / name}\n"), "scripts read the path"
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_without_a_file_the_tree_of_a_case_goes_to_standard_output(base: Path) -> None:
    case = "why_it_broke: own_error\nhours_needed: 3\nhours_left: 5\npeople_hurt: false\n"
    done = CliRunner().invoke(command, ["--base", str(base), "-"], input=case)
    assert done.exit_code == 0
    assert done.stdout.startswith("Mend it at once\n\nMend it at once\n│ It is yours and you can.\n")


@pytest.mark.parametrize("target", [[], ["rules"]])
def test_without_a_case_the_rules_are_drawn(base: Path, target: list[str]) -> None:
    done = CliRunner().invoke(command, ["--base", str(base), *target])
    assert done.stdout.startswith("3 decisions, 6 rules")


def test_focus_draws_one_decision_with_its_rules(base: Path) -> None:
    one = CliRunner().invoke(command, ["--base", str(base), "rules", "--focus", "remedy"])
    assert one.stdout.startswith("What to do: 4 rules and what they read")


@pytest.mark.parametrize(
    "arguments",
    [
        ["-o", "why.jpg"],
        ["--format", "jpg"],
        ["rules", "-f", "said_no=true"],
        ["-fsaid_no=true", "--focus", "remedy"],
    ],
)
def test_a_wish_that_cannot_be_met_is_a_usage_error(base: Path, arguments: list[str]) -> None:
    done = CliRunner().invoke(command, ["--base", str(base), *arguments])
    assert done.exit_code == 2
    assert "Usage:" in done.stderr


def test_a_case_file_that_is_not_there_is_the_diagnostic_of_reading_it(base: Path) -> None:
    done = CliRunner().invoke(command, ["--base", str(base), "no-such-case.yaml"])
    assert isinstance(done.exception, InputError)
    assert done.exception.diagnostics[0].code is Code.FILE_NOT_FOUND


def test_a_png_without_a_renderer_ends_with_5_and_leaves_no_file(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_renderer(monkeypatch)
    done = CliRunner().invoke(app, ["graph", "--base", str(base), "-o", str(tmp_path / "a.png")])
    assert (done.exit_code, done.stdout) == (5, "")
    assert done.stderr.startswith("no-renderer: nothing here draws png, neither `dot` nor pygraphviz")
    assert list(tmp_path.iterdir()) == []


def test_the_command_offers_exactly_the_forms_that_can_be_drawn() -> None:
    option = next(parameter for parameter in command.params if parameter.name == "form")
    assert tuple(option.type.to_info_dict()["choices"]) == FORMS
