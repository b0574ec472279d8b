"""The decision graph as a picture: what is asked, what follows, and how many kinds of case go which way.

A diagram of thousands of nodes cannot be read, and its order is chosen to keep it small. So what is
drawn is a tree of the same function, grown from the top: where most is still open, the question that
tells most. What is not asked any more is one box with all ends that are left, counted. No box has two
ways in, so that no line crosses another; what would be drawn twice for one end goes into one box
("any of these"). Percentages are of the kinds of case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import PurePath

from amends.engine.case import Case
from amends.engine.chain.outcome import Lack
from amends.engine.diagnostics import number_of
from amends.engine.diagram import YES
from amends.engine.draw.answers import answer_words, question_words
from amends.engine.draw.counted import MOST, End, Graph, decision_counts
from amends.engine.draw.folding import Box, Way
from amends.engine.draw.picture import Edge, Node, NodeKind, Picture, State, short
from amends.engine.draw.wording import capital, listing
from amends.engine.rulebase import RuleBase
from amends.engine.values import words

MOST_ENDS = 3
"""Named in a box of several; the others are counted."""
END = 36
"""Columns of the name of an end in a box of several."""
MOST_RULES = 6
ANSWER = 64
"""Columns of an answer on a line."""
LACKS: Mapping[Lack, str] = {
    Lack.UNCOVERED: "no rule covers it",
    Lack.CONFLICT: "its rules disagree",
    Lack.BLOCKED: "what it reads has no value",
}
WEIGHTS: Mapping[State, str] = {"fired": "the thicker a line, the more kinds of case go that way"}
PATH: Mapping[State, str] = {
    "fired": "thick: the way of this case",
    "failed": "dashed: not taken",
    "faded": "thin: where it would have led",
}


def decision_graph(
    rulebase: RuleBase,
    decision: str,
    *,
    given: Case | None = None,
    case: Case | None = None,
    assume: bool = True,
    most: int = MOST,
) -> Picture:
    """Return the picture of how *decision*, which has one value, follows from the facts.

    *given*, *case*, *assume* and *most* are those of `decision_counts`, and so are the errors.
    """
    return picture_of(decision_counts(rulebase, decision, given=given, case=case, assume=assume, most=most))


def picture_of(graph: Graph) -> Picture:
    """Return *graph* as it is drawn: the case that it follows, if any, thick, what it left dashed or thin."""
    names = {box: str(number) for number, box in enumerate(_in_order(graph, graph.top))}
    nodes: list[Node] = []
    edges: list[Edge] = []
    came: dict[Box, str] = {}
    for box, name in names.items():
        nodes.append(_node(graph, box, name, came.get(box, "")))
        for way in box.ways:
            asked, *parts = _question(graph, box)
            if parts:
                asked = f"any of these: {'; '.join(part.removeprefix('• ') for part in parts)} –"
            came[way.box] = f"{asked} {way_words(graph, box, way, full=True)}"
        for way in _ordered(graph, box):
            state = _state(graph, way.box) if not box.is_path or way.box.is_path else "failed"
            label = short(way_words(graph, box, way), ANSWER)
            share = None if graph.case is not None else float(_fraction(graph, way.box))
            edges.append(Edge(name, names[way.box], state, label, share))
    title = _title(graph)
    legend = dict(PATH if graph.case is not None else WEIGHTS)
    if graph.at_most:
        legend["fired"] += "; shares are of the kinds of case, some of which arithmetic may rule out"
    else:
        legend["fired"] += "; shares are of the kinds of case"
    return Picture(title, tuple(nodes), tuple(edges), _alt(graph, title), legend, is_tree=True)


def end_words(graph: Graph, end: End) -> str:
    """Return one way in which the decision ends."""
    if isinstance(end, Lack):
        return capital(LACKS[end])
    return capital(words(end, graph.rulebase.domain(graph.decision)))


def way_words(graph: Graph, box: Box, way: Way, *, full: bool = False) -> str:
    """Return what has to be answered to go *way*, and all of it if *full*."""
    if len(box.spots) > 1:
        return "any of these" if way.where else "none of these"
    ((spot, at),) = way.where
    assert spot.question is not None
    level = spot.question.level
    among = graph.among(spot, level)
    return answer_words(graph.diagrams.space, level, spot.question.groups[at], among, full=full)


def share_words(part: Fraction) -> str:
    """Return a share as a percentage, rounded so that a part is never nothing nor all; a rare one as "1 in".

    >>> share_words(Fraction(2, 7)), share_words(Fraction(1, 5123)), share_words(Fraction(9999, 10000))
    ('29 %', '1 in 5,100', 'over 99.9 %')
    """
    percent = part * 100
    if 0 < percent < Fraction(1, 10):
        rarity = int(1 / part)
        digits = len(str(rarity)) - 2
        if digits > 7:
            return f"1 in 10^{digits + 1}"
        return f"1 in {rarity // 10**digits * 10**digits:,}"
    if Fraction(999, 10) < percent < 100:
        return "over 99.9 %"
    places = 0 if 10 <= percent <= 99 else 1
    text = f"{float(percent):.{places}f}"
    return f"{text.removesuffix('.0')} %"


def count_words(number: int) -> str:
    """Return how many kinds of case, large numbers as a power of ten.

    >>> count_words(1), count_words(31 * 10**40)
    ('1 kind of case', 'about 3.1 × 10^41 kinds of case')
    """
    if number < 10**9:
        return f"{number_of(number, 'kind')} of case"
    # Rounded in whole numbers: a float would overflow, and its last digits differ.
    digits = len(str(number)) - 1
    tenths = (number * 10 // 10**digits * 2 + 1) // 2
    return f"about {tenths // 10}.{tenths % 10} × 10^{digits} kinds of case"


def _in_order(graph: Graph, box: Box) -> Iterator[Box]:
    yield box
    for way in _ordered(graph, box):
        yield from _in_order(graph, way.box)


def _ordered(graph: Graph, box: Box) -> list[Way]:
    """Return the ways out, the main one last: that of the case, else the one with most below it."""

    def weight(way: Way) -> tuple[bool, int, int]:
        below = list(way.box.boxes())
        return way.box.is_path, len(below), sum(graph.counts[way.box].values())

    return sorted(box.ways, key=weight)


def _node(graph: Graph, box: Box, name: str, came: str) -> Node:
    counts = graph.counts[box]
    number = sum(counts.values())
    share = share_words(_fraction(graph, box))
    most = "at most " if graph.at_most else ""
    details = [came] if came else []
    details += [f"{share} of the kinds of case come here: {most}{count_words(number)}"]
    ranked = sorted(counts, key=lambda end: (-counts[end], end_words(graph, end)))
    kind: NodeKind = "note"
    if box.ways:
        kind = "fact" if _subject(graph, box) in graph.rulebase.facts else "measure"
        lines = [*_question(graph, box), share]
        details += _about(graph, box)
    elif len(counts) == 1:
        kind = "remedy"
        lines = [end_words(graph, ranked[0]), share]
        details += _rules(graph, box, ranked[0])
    else:
        shown = [
            f"{share_words(Fraction(counts[end], number))} {short(end_words(graph, end), END)}"
            for end in ranked[:MOST_ENDS]
        ]
        rest = sum(counts[end] for end in ranked[MOST_ENDS:])
        if rest:
            shown.append(f"{share_words(Fraction(rest, number))} in {len(ranked) - MOST_ENDS} more")
        lines = [f"Several: {share}", *shown]
    if len(counts) > 1:
        details += [
            f"{end_words(graph, end)}: {share_words(Fraction(counts[end], number))} of them"
            # A count that is only a bound says no more than the share.
            + ("" if graph.at_most else f", {count_words(counts[end])}")
            for end in ranked
        ]
    if not box.ways and box.is_path and len(counts) > 1:
        left = [end_words(graph, end) for end in ranked if end in graph.ends]
        lines.insert(1, f"this case: {listing(left, 'or', MOST_ENDS)}")
    return Node(name, tuple(lines), kind, _state(graph, box), tuple(details), float(_fraction(graph, box)))


def _question(graph: Graph, box: Box) -> list[str]:
    """Return what a box asks, as paragraphs."""
    space, rulebase = graph.diagrams.space, graph.rulebase
    if len(box.spots) == 1:
        assert box.spots[0].question is not None
        return [f"{question_words(space, rulebase, box.spots[0].question.level)}?"]
    found = []
    for spot, at in box.ways[0].where:
        assert spot.question is not None
        level = spot.question.level
        answer = answer_words(space, level, spot.question.groups[at], graph.among(spot, level))
        found.append(f"• {question_words(space, rulebase, level)}: {answer}")
    return ["Any of these?", *found]


def _subject(graph: Graph, box: Box) -> str:
    question = box.spots[0].question
    assert question is not None
    return graph.diagrams.space.variables[question.level].subject


def _about(graph: Graph, box: Box) -> Iterator[str]:
    """Yield the question as it is put to the asker, and the rules that read what it asks."""
    rulebase = graph.rulebase
    for spot in box.spots:
        assert spot.question is not None
        name = graph.diagrams.space.variables[spot.question.level].subject
        if name in rulebase.facts:
            yield f"asked as: {rulebase.facts[name].question}"
        else:
            yield f"{rulebase.title(name)} is worked out: {rulebase.measures[name].text}"
        readers = [rule.path for rule in rulebase.rules.values() if name in rule.subjects]
        if readers:
            yield f"read by {listing(readers, 'and', MOST_RULES)}"


def _rules(graph: Graph, box: Box, end: End) -> Iterator[str]:
    """Yield the rules that say so for some case that comes here."""
    decision = graph.rulebase.decisions[graph.decision]
    forest = graph.diagrams.forest
    is_said = False
    for rule in decision.rules:
        if end in rule.then and not isinstance(end, Lack):
            root = graph.diagrams.rule(rule.path)
            if any(YES in forest.leaves(root, {**graph.base, **spot.box}) for spot in box.spots):
                is_said = True
                place = f"{PurePath(rule.span.source.name).name}, line {rule.span.line}"
                yield f"rule {rule.path}: {rule.because} ({place})"
    if not is_said and end == decision.otherwise:
        yield f"otherwise: {decision.otherwise_because or 'none of its rules holds'}"


def _state(graph: Graph, box: Box) -> State:
    return "fired" if graph.case is None or box.is_path else "faded"


def _fraction(graph: Graph, box: Box) -> Fraction:
    return Fraction(sum(graph.counts[box].values()), graph.total or 1)


def _title(graph: Graph) -> str:
    title = capital(graph.rulebase.title(graph.decision))
    if graph.case is not None:
        ended = listing(sorted(end_words(graph, end) for end in graph.ends), "or", MOST_ENDS)
        return f"{capital(graph.case.title or title)}: {ended}"
    if graph.given is not None and graph.given.facts:
        rulebase = graph.rulebase
        known = [
            f"{rulebase.title(name)}: {words(value, rulebase.domain(name))}"
            for name, value in sorted(graph.given.facts.items())
        ]
        return f"{title}, where {listing(known, 'and', 4)}"
    return f"{title}: what is asked, and where it leads"


def _alt(graph: Graph, title: str) -> str:
    """Return the picture in sentences."""
    counts = graph.counts[graph.top]
    ranked = sorted(counts, key=lambda end: (-counts[end], end_words(graph, end)))
    shares = [f"{end_words(graph, end)} {share_words(Fraction(counts[end], graph.total))}" for end in ranked]
    parts = [f"{title}.", f"Of the kinds of case: {listing(shares, 'and', 8)}." if shares else ""]
    if graph.case is not None:
        said = []
        box = graph.top
        while way := next((way for way in box.ways if way.box.is_path), None):
            asked = _question(graph, box)
            said.append(f"{' '.join(asked)} {way_words(graph, box, way)}")
            box = way.box
        parts.append(f"The way of the case: {'; '.join(said)}." if said else "")
    elif graph.top.ways:
        parts.append(f"First is asked: {' '.join(_question(graph, graph.top))}")
    return " ".join(part for part in parts if part)
