"""What the page of a picture tells of a box, beside what it draws."""

from __future__ import annotations

from amends.engine.draw.page import page
from amends.engine.draw.picture import Edge, Node, Picture

FULL = "Talk to your insurer: 90 % of 2 × 10^9"
SEVERAL = ("Several: 50 %", "this case: Hold firm", "90 % Talk to your…")
NODES = (
    Node("a", ("Late?", "100 %"), "fact"),
    Node("b", SEVERAL, "note", "faded", (FULL,)),
)


def told(*, is_tree: bool) -> str:
    edges = (Edge("a", "b", "failed", "yes"),)
    return page(Picture("t", NODES, edges, "", is_tree=is_tree)).partition("<ul>")[2].partition("</ul>")[0]


def test_a_box_of_several_ends_is_told_in_full_and_not_cut_beside_it() -> None:
    assert "Talk to your insurer" in told(is_tree=True)
    assert "Talk to your…" not in told(is_tree=True)
    assert "this case: Hold firm" in told(is_tree=True), "no detail tells this"
    assert "Talk to your…" in told(is_tree=False), "elsewhere nothing else tells it"


def test_a_way_not_taken_is_told_as_that() -> None:
    assert "not on the way of this case" in told(is_tree=True)
    assert "for completeness" not in told(is_tree=True)
    assert "for completeness" in told(is_tree=False)


def test_no_line_of_a_page_ends_between_a_number_and_its_sign() -> None:
    assert "90\u00a0% of 2\u00a0×\u00a010^9" in told(is_tree=True)
    assert " %" not in told(is_tree=True)
