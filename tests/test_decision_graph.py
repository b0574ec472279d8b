"""The decision graph: its counts are those of brute force, and a case goes through it to its own end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from amends.cli.graph import command
from amends.engine import InputError
from amends.engine.case import Case
from amends.engine.chain.outcome import Lack
from amends.engine.diagram import NotFinished, whole
from amends.engine.draw import Picture, drawn
from amends.engine.draw.answers import answer_words
from amends.engine.draw.counted import Graph, decision_counts
from amends.engine.draw.decision_graph import decision_graph, picture_of
from amends.engine.draw.folding import Box
from amends.engine.draw.spine import lay_out_tree
from amends.engine.draw.svg import svg
from amends.engine.rulebase import RuleBase, Value
from tests.support import naive
from tests.support.shipped import CASES, shipped
from tests.support.texts import FLAG, choice, names, rule, rule_base

pytestmark = pytest.mark.proofs

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DAYS = {"kind": "count", "lowest": 0, "highest": 9, "unit": "days"}
HOSTILE = 'say "no" & <b>\\n <script>alert(1)</script> ]]> %%{init}%% #35; http'


def written(**titles: str) -> RuleBase:
    facts = {
        "angry": {**FLAG, "title": titles.get("angry", "angry")},
        "legal": FLAG,
        "insured": FLAG,
        "late": DAYS,
        "cause": {**choice(4), "title": "the cause"},
    }
    decisions = {
        "fault": {
            "hit_policy": "unique",
            "values": names(2),
            "rules": {"yours": rule({"cause": ["v0", "v1"]}, "v0")},
            "otherwise": "v1",
        },
        "remedy": {
            "title": titles.get("remedy", "what to do"),
            "hit_policy": "priority",
            "tiers": ["first", "then"],
            "values": {"v0": titles.get("v0", "value 0"), "v1": "value 1", "v2": "value 2", "v3": "value 3"},
            "rules": {
                "law": rule({"legal": True}, "v0", tier="first"),
                "insurer": rule({"insured": True}, "v0", tier="first"),
                "late": rule({"late": {"at_least": 3, "less_than": 8}, "angry": True}, "v1", tier="then"),
                "own": rule({"fault": "v0", "angry": False}, "v2", tier="then"),
                "own-and-late": rule(
                    {"fault": "v0", "late": {"at_least": 8}, "angry": True}, "v2", tier="then"
                ),
            },
            "otherwise": "v3",
        },
    }
    never = {"never": {"angry": False, "late": {"at_least": 8}}, "because": "nobody is", "sources": ["S"]}
    return rule_base(facts, decisions, constraints={"calm": never})


def every_case(rulebase: RuleBase, given: Mapping[str, Value]) -> Iterator[tuple[Mapping[str, Value], Any]]:
    """Yield each possible case in which everything is stated, with how it ends, by brute force."""
    for facts in naive.completions(rulebase, given):
        if not (facts["angry"] is False and facts["late"] >= 8):  # type: ignore[operator]
            yield facts, naive.evaluate(rulebase, facts, facts.keys()).decisions["remedy"]


def placed(graph: Graph, facts: Mapping[str, Value]) -> dict[int, int]:
    """Return the cell of a case at every level."""
    space = graph.diagrams.space
    return {
        at: 1 if variable.is_known else space.place(variable.subject, facts[variable.subject])
        for at, variable in enumerate(space.variables)
    }


def is_inside(box: Box, cells: Mapping[int, int]) -> bool:
    return any(all(cells[at] in kept for at, kept in spot.box.items()) for spot in box.leaves())


def counted(graph: Graph, given: Mapping[str, Value]) -> dict[Box, Counter[Any]]:
    """Return how many kinds of case come by each box and end in what, one by one."""
    found: dict[Box, Counter[Any]] = {box: Counter() for box in graph.top.boxes()}
    seen = set()
    for facts, end in every_case(graph.rulebase, given):
        cells = placed(graph, facts)
        kind = tuple(sorted(cells.items()))
        if kind not in seen:
            seen.add(kind)
            for box, counter in found.items():
                if is_inside(box, cells):
                    counter[end] += 1
    return found


@pytest.mark.parametrize("most", [3, 6, 40])
@pytest.mark.parametrize("given", [{}, {"legal": False}, {"late": Fraction(9), "insured": False}])
def test_every_count_is_that_of_brute_force(most: int, given: dict[str, Value]) -> None:
    rulebase = written()
    graph = decision_counts(rulebase, "remedy", given=Case(given, NOW) if given else None, most=most)
    by_hand = counted(graph, given)
    assert len(by_hand) <= most
    assert {box: dict(found) for box, found in graph.counts.items()} == {
        box: dict(found) for box, found in by_hand.items()
    }
    assert not graph.at_most, "no measure is in it, so that the counts are exact"


def test_where_there_is_room_every_leaf_has_one_end_and_questions_with_one_answer_share_a_box() -> None:
    picture = decision_graph(written(), "remedy")
    first = picture.nodes[0]
    assert first.lines[0] == "Any of these?"
    assert {"• Legal: yes", "• Insured: yes"} == set(first.lines[1:-1])
    assert not any(node.lines[0].startswith("Several") for node in picture.nodes)
    answers = {edge.label for edge in picture.edges}
    assert {"any of these", "none of these", "3 to 7 days", "value 0 or value 1"} <= answers


def test_the_leaves_of_a_picture_share_out_everything() -> None:
    for most in (3, 7, 40):
        graph = decision_counts(written(), "remedy", most=most)
        leaves = [box for box in graph.top.boxes() if not box.ways]
        assert sum(sum(graph.counts[box].values()) for box in leaves) == graph.total > 0
        picture = picture_of(graph)
        inner = {edge.source for edge in picture.edges}
        assert sum(node.share or 0 for node in picture.nodes if node.id not in inner) == pytest.approx(1)


def test_a_case_goes_to_its_own_end_and_everything_else_is_set_apart_without_colour() -> None:
    rulebase = written()
    for facts, end in every_case(rulebase, {"legal": False, "insured": False}):
        graph = decision_counts(rulebase, "remedy", case=Case(facts, NOW))
        assert graph.ends == {end}
        (leaf,) = [box for box in graph.top.boxes() if box.is_path and not box.ways]
        assert set(graph.counts[leaf]) == {end}
    picture = picture_of(graph)
    states = {node.id: node.state for node in picture.nodes}
    for edge in picture.edges:
        kept = states[edge.source], states[edge.target]
        wanted = {("fired", "fired"): "fired", ("fired", "faded"): "failed"}.get(kept, "faded")
        assert edge.state == wanted and edge.label


@pytest.mark.parametrize("path", CASES[::60], ids=lambda path: path.stem)
def test_the_way_of_a_stored_case_leads_to_the_remedy_of_the_chain(path: Path) -> None:
    engine = shipped()
    verdict = engine.decide(path)
    graph = decision_counts(engine.rulebase, "remedy", case=engine.case(path), most=60)
    assert sum(1 for _ in graph.top.boxes()) <= 60
    ends = {str(end) for end in graph.ends}
    assert ends == ({verdict.remedy} if verdict.remedy else set(verdict.possible))
    (leaf,) = [box for box in graph.top.boxes() if box.is_path and not box.ways]
    assert {str(end) for end in graph.counts[leaf]} == ends
    where = [spot for spot in leaf.leaves() if spot.is_path]
    assert where, "the place where the tree ends for the case is in the box that is drawn as its end"


def test_no_more_boxes_than_asked_for_also_where_the_way_of_a_case_is_longer() -> None:
    engine = shipped()
    for most in (3, 9, 40):
        picture = decision_graph(engine.rulebase, "remedy", case=engine.case(CASES[0]), most=most)
        assert 1 < len(picture.nodes) <= most
    assert any(
        "this case" in line
        for node in decision_graph(engine.rulebase, "remedy", case=engine.case(CASES[0]), most=3).nodes
        for line in node.lines
    ), "cut short, it still says how the case ends"


def test_the_shipped_counts_add_up_to_those_of_the_whole_diagram() -> None:
    diagrams = whole(shipped().rulebase)
    graph = decision_counts(shipped().rulebase, "remedy", most=12)
    forest = diagrams.forest
    by_leaf = forest.counts(diagrams.masked("remedy"), diagrams.space.stated)
    assert dict(graph.counts[graph.top]) == {
        forest.values[leaf]: number for leaf, number in by_leaf.items() if forest.values[leaf] != "impossible"
    }
    assert graph.at_most, "measures are variables of their own in it"
    assert "at most" in picture_of(graph).nodes[0].details[0]


def test_a_decision_that_can_lack_a_value_says_so() -> None:
    decisions = {
        "remedy": {"hit_policy": "unique", "values": names(2), "rules": {"one": rule({"wet": True}, "v0")}}
    }
    rulebase = rule_base({"wet": FLAG}, decisions)
    graph = decision_counts(rulebase, "remedy")
    assert dict(graph.counts[graph.top]) == {"v0": 1, Lack.UNCOVERED: 1}
    assert {node.lines[0] for node in picture_of(graph).nodes} == {"Wet?", "Value 0", "No rule covers it"}


def test_facts_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(InputError):
        decision_counts(written(), "remedy", given=Case({"angry": False, "late": Fraction(9)}, NOW))


def test_numbers_are_told_as_stretches() -> None:
    rulebase = written()
    graph = decision_counts(rulebase, "remedy")
    space = graph.diagrams.space
    level = space.level["late", None, False]
    every = range(len(space.variables[level].cells))
    said = {answer_words(space, level, [cell], every) for cell in every}
    assert said == {"at most 2 days", "3 days", "4 to 7 days", "8 days", "at least 9 days"}
    assert answer_words(space, level, [0, 1], every) == "at most 3 days"


# Forms


def hostile() -> Picture:
    return decision_graph(written(angry=HOSTILE, remedy=HOSTILE, v0=HOSTILE), "remedy")


def test_hostile_titles_stay_text_in_every_form() -> None:
    picture = hostile()
    for form in ("svg", "html", "graphml", "mermaid"):
        assert "<script>alert" not in drawn(picture, form).decode(), form
    labels = [line.partition("label=<")[2] for line in drawn(picture, "dot").decode().splitlines()]
    assert not any("<script" in label.partition("tooltip=")[0] for label in labels)
    nx = pytest.importorskip("networkx")
    graph = nx.parse_graphml(drawn(picture, "graphml").decode())
    assert len(graph) == len(picture.nodes) and graph.number_of_edges() == len(picture.edges)
    assert "<script>alert(1)</script>" in graph.graph["title"]
    said = json.loads(drawn(picture, "json"))
    assert said["nodes"][0]["share"] == 1 and all("share" in edge for edge in said["edges"])


def test_a_page_asks_the_network_for_nothing_and_every_box_can_be_chosen_and_is_told_in_words() -> None:
    found: list[dict[str, str | None]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append({"tag": tag, **dict(attrs)})

    picture = decision_graph(written(), "remedy")
    source = drawn(picture, "html").decode()
    Reader().feed(source)
    assert not [each for each in found if each.keys() & {"src", "href", "action", "style"}]
    assert "http" not in source.replace("http-equiv", "")
    boxes = [each for each in found if "data-of" in each]
    told = {each["id"] for each in found if each["tag"] == "li"}
    assert len(boxes) == len(picture.nodes)
    assert all(box["data-of"] in told and box["tabindex"] == "0" and box["aria-label"] for box in boxes)
    assert "rule remedy/own: it is so" in source, "a box tells its rules"


def test_no_box_of_a_tree_lies_on_another_and_its_lines_have_their_own_room() -> None:
    engine = shipped()
    for case in (None, engine.case(CASES[0])):
        layout = lay_out_tree(decision_graph(engine.rulebase, "remedy", case=case))
        boxes = list(layout.boxes.values())
        for index, box in enumerate(boxes):
            assert box.x >= 0 and box.x + box.width <= layout.width + 1
            for other in boxes[:index]:
                apart_x = box.x + box.width <= other.x or other.x + other.width <= box.x
                apart_y = box.y + box.height <= other.y or other.y + other.height <= box.y
                assert apart_x or apart_y, (box.node.lines, other.node.lines)
        for edge, points in layout.routes:
            others = [box for name, box in layout.boxes.items() if name not in (edge.source, edge.target)]
            for (x, y), (end_x, end_y) in pairwise(points):
                for box in others:
                    meets_x = min(x, end_x) < box.x + box.width and box.x < max(x, end_x)
                    meets_y = min(y, end_y) < box.y + box.height and box.y < max(y, end_y)
                    level = y == end_y and box.y < y < box.y + box.height and meets_x
                    upright = x == end_x and box.x < x < box.x + box.width and meets_y
                    assert not level and not upright, (edge.label, box.node.lines)


def test_more_kinds_of_case_make_a_thicker_line() -> None:
    picture = decision_graph(written(), "remedy")
    thin = replace(picture, edges=tuple(replace(edge, share=0.0) for edge in picture.edges))
    assert svg(thin).count('class="w1"') == len(picture.edges) > svg(picture).count('class="w1"')


def test_the_tree_of_lines_asks_first_and_tells_each_answer(tmp_path: Path) -> None:
    lines = drawn(decision_graph(written(), "remedy"), "text").decode().splitlines()
    assert lines[0] == "What to do: what is asked, and where it leads"
    assert lines[2].startswith("Any of these? (• ")
    assert any(line.startswith("├─ any of these: Value 0") for line in lines)


def test_the_same_graph_is_the_same_bytes_in_every_process() -> None:
    script = (
        "import sys; from tests.test_decision_graph import *\n"
        "picture = decision_graph(written(), 'remedy', most=7)\n"
        "for form in ('svg', 'dot', 'html', 'graphml', 'text', 'mermaid', 'json'):\n"
        "    sys.stdout.buffer.write(drawn(picture, form))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


# The command


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(command, list(arguments))
    return done.exit_code, done.stdout, done.stderr


def test_a_decision_is_drawn_restricted_to_what_is_stated_or_with_the_way_of_a_case(tmp_path: Path) -> None:
    case = tmp_path / "case.yaml"
    case.write_text("title: a slip\nfacts: {client_said_no: true, harm_ongoing: false}\n", encoding="utf-8")
    assert run("remedy", "--most", "5")[1].startswith("What to do: what is asked")
    assert run("remedy", "--most", "5", "-fharm_ongoing=false")[1].startswith(
        "What to do, where still doing damage: no"
    )
    code, out, _ = run("remedy", str(case), "--most", "20", "--format", "text")
    assert code == 0 and out.startswith("A slip: ")


@pytest.mark.parametrize(
    "arguments",
    [["companions"], ["remedy", "--focus", "remedy"], ["rules", "a.yaml"], ["remedy", "--most", "2"]],
)
def test_a_wish_that_makes_no_decision_graph_is_a_usage_error(arguments: list[str]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "") and "Usage:" in err


def test_a_diagram_that_does_not_finish_ends_with_1_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_large(_rulebase: RuleBase) -> None:
        raise NotFinished

    monkeypatch.setattr("amends.engine.draw.counted.whole", too_large)
    code, out, err = run("remedy", "-o", str(tmp_path / "x.svg"))
    assert (code, out) == (1, "") and list(tmp_path.iterdir()) == []
    assert err.startswith("the diagram of `remedy` needs more nodes") and "graph rules --focus remedy" in err


def test_what_is_stated_can_make_a_diagram_small_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    rulebase = written()
    given: dict[str, Value] = {"legal": False, "late": Fraction(5)}
    wanted = drawn(decision_graph(rulebase, "remedy", given=Case(given, NOW)), "text")

    def too_large(_rulebase: RuleBase) -> None:
        raise NotFinished

    monkeypatch.setattr("amends.engine.draw.counted.whole", too_large)
    assert drawn(decision_graph(rulebase, "remedy", given=Case(given, NOW)), "text") == wanted
