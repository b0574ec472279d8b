"""Every line of the five articles that gives advice is taken up somewhere in the rule base."""

from __future__ import annotations

import pytest

from amends.engine.book.citations import citers
from tests.support.shipped import shipped

ADVICE = {
    "S000": {13, 17, 21, 25, 29, 31},
    "S001": {3, 4, 5, 8, 10, 11, 12, 13},
    "S002": {9, 11, 13, 19, 21, 23, 25, 27, 29, 31, 33},
    "S003": {5, 7, 9, 13, 17, 21, 25, 27, 34, 38, 42, 46, 52, 54, 56, 60, 70, 72},
    "S004": {3, 5, 7, 9, 11, 13, 15, 17},
}
"""The lines that give advice, as read: the articles', their commenters' and what is said aside.

A heading stands for the paragraph below it, and is no line of its own here.
"""

TAKEN_UP = {
    "rule",
    "remedy",
    "companion",
    "thing to avoid",
    "fact",
    "parameter",
    "block",
    "order",
    "channel",
    "phrase",
}
"""What can take a line up: a decision as a whole, a conflict or a claim only speaks about those that do."""


@pytest.mark.parametrize("article", ADVICE)
def test_no_line_of_advice_is_dropped_from_the_list_or_called_context(article: str) -> None:
    """The lines are written out here because a list that is only compared with itself loses one unseen."""
    assert set(shipped().rulebase.sources[article].lines) == ADVICE[article]


@pytest.mark.parametrize("article", ADVICE)
def test_every_line_of_advice_is_taken_up(article: str) -> None:
    cited = citers(shipped().rulebase)
    lines = {f"{article}:L{line}" for line in ADVICE[article]}
    idle = {line for line in lines if TAKEN_UP.isdisjoint(citer.kind for citer in cited.get(line, ()))}
    assert idle == set()


def test_each_gist_says_something_of_its_own() -> None:
    """A gist that is copied from another line says that nobody read this one."""
    gists = [
        gist for article in ADVICE for gist in shipped().rulebase.sources[article].citable_lines.values()
    ]
    assert len(gists) == len(set(gists))
    assert min(len(gist.split()) for gist in gists) >= 4
