"""Wide tables: overlaps, what is missing and what is covered, held against every combination of cells."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from amends.engine.diagram.cuts import Gaps, covered, missing
from amends.engine.diagram.forest import NotFinished
from amends.engine.diagram.space import space_of
from amends.engine.diagram.table import Overlaps, Row, Table, overlapping, table_of
from amends.engine.rulebase import RuleBase, Value
from tests.support import naive
from tests.support.examples import moderately
from tests.support.strategies import rule_bases
from tests.support.texts import FLAG, choice, rule, rule_base

pytestmark = pytest.mark.proofs

Point = tuple[int, ...]


def holds(row: Row, point: Point) -> bool:
    return all(mask is None or mask >> cell & 1 for mask, cell in zip(row, point, strict=True))


def points(sizes: tuple[int, ...]) -> list[Point]:
    return list(itertools.product(*map(range, sizes)))


def interval(size: int) -> st.SearchStrategy[int]:
    ends = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).map(sorted)
    return ends.map(lambda found: (1 << found[1] + 1) - (1 << found[0]))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Draw a table of up to four columns; each takes intervals only, or any cells, none among them."""
    sizes = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=4)))
    masks: list[st.SearchStrategy[int | None]] = []
    for size in sizes:
        anything = st.integers(0, (1 << size) - 1)
        masks.append(st.none() | (interval(size) if draw(st.booleans()) else anything))
    return Table(sizes, tuple(draw(st.lists(st.tuples(*masks), max_size=9))))


NO_COLUMNS = Table((), ())
NO_CELL = Table((2, 0), ((0b01, None), (0b11, None)))


@moderately
@given(tables())
@example(NO_CELL)
def test_two_rows_overlap_if_a_point_satisfies_both(table: Table) -> None:
    everywhere = points(table.sizes)
    pairs = [
        (one, other)
        for one, other in itertools.combinations(range(len(table.rows)), 2)
        if any(holds(table.rows[one], point) and holds(table.rows[other], point) for point in everywhere)
    ]
    found = overlapping(table)
    assert list(found) == pairs
    assert len(found) == len(pairs), "the number is known without making the pairs"


@moderately
@given(tables())
@example(NO_COLUMNS)
@example(NO_CELL)
def test_each_point_that_no_row_covers_is_in_one_gap_and_no_other_point_in_any(table: Table) -> None:
    gaps = missing(table)
    assert gaps.is_finished
    for point in points(table.sizes):
        times = sum(holds(box, point) for box in gaps.boxes)
        assert times == (not any(holds(row, point) for row in table.rows)), "gaps are exact and disjoint"


@moderately
@given(tables())
def test_no_two_gaps_are_left_that_make_one_box(table: Table) -> None:
    boxes = missing(table).boxes
    whole = [(1 << size) - 1 for size in table.sizes]
    ordered = [
        all(naively_side_by_side(row[column]) for row in table.rows) for column in range(len(table.sizes))
    ]
    for one, other in itertools.combinations(boxes, 2):
        unlike = [column for column in range(len(whole)) if one[column] != other[column]]
        if len(unlike) == 1:
            (column,) = unlike
            together = (one[column] or 0) | (other[column] or 0)
            assert ordered[column] and not naively_side_by_side(together)


def naively_side_by_side(mask: int | None) -> bool:
    return mask is None or "1" not in bin(mask)[2:].strip("0") or "0" not in bin(mask)[2:].strip("0")


@moderately
@given(tables(), st.data())
def test_rows_cover_a_row_if_every_point_of_it_satisfies_one_of_them(
    table: Table, data: st.DataObject
) -> None:
    assume(table.rows)
    numbers = st.integers(0, len(table.rows) - 1)
    row, by = data.draw(numbers), data.draw(st.lists(numbers, unique=True))
    expected = all(
        any(holds(table.rows[other], point) for other in by)
        for point in points(table.sizes)
        if holds(table.rows[row], point)
    )
    assert covered(table, row, by) == expected


@moderately
@given(tables())
def test_the_order_of_the_rows_changes_no_point_of_the_gaps(table: Table) -> None:
    def uncovered(gaps: Gaps) -> set[Point]:
        return {point for point in points(table.sizes) if any(holds(box, point) for box in gaps.boxes)}

    backwards = Table(table.sizes, table.rows[::-1])
    assert uncovered(missing(table)) == uncovered(missing(backwards))


# --- Ending early -----------------------------------------------------------------------------


@moderately
@given(tables(), st.integers(0, 12))
def test_past_its_budget_it_says_so_and_what_it_has_found_is_missing_all_the_same(
    table: Table, most_boxes: int
) -> None:
    gaps, all_of_them = missing(table, most_boxes), missing(table)
    found = {point for point in points(table.sizes) if any(holds(box, point) for box in gaps.boxes)}
    everything = {
        point for point in points(table.sizes) if any(holds(box, point) for box in all_of_them.boxes)
    }
    assert found <= everything
    assert gaps == all_of_them if gaps.is_finished else len(found) <= len(everything)


def checkers(columns: int) -> Table:
    """Return rows that hold on every second combination of two cells: nothing joins."""
    odd = (point for point in points((2,) * columns) if sum(point) % 2)
    return Table((2,) * columns, tuple(tuple(1 << cell for cell in point) for point in odd))


def test_a_table_past_its_budget_is_never_called_complete() -> None:
    table = checkers(6)
    gaps = missing(table, 10)
    assert not gaps.is_finished
    assert len(gaps.boxes) < len(missing(table).boxes) == 32
    with pytest.raises(NotFinished):
        covered(Table(table.sizes, (*table.rows, (None,) * 6)), len(table.rows), range(len(table.rows)), 3)


def test_many_overlaps_are_counted_without_being_made() -> None:
    found = overlapping(Table((2,), ((0b11,),) * 3_000))
    assert len(found) == 3_000 * 2_999 // 2
    assert next(iter(found)) == (0, 1)


def test_the_tree_behind_a_wide_table_is_found_again() -> None:
    """A comb over fourteen columns: cut anywhere but along its teeth, it falls into thousands of boxes."""
    columns = 14
    rows = [(None,) * at + (0b01,) + (None,) * (columns - at - 1) for at in range(columns)]
    rows = [(*((0b10,) * at), *row[at:]) for at, row in enumerate(rows)]
    gaps = missing(Table((2,) * columns, tuple(rows)), 2 * columns)
    assert gaps == Gaps(((0b10,) * columns,), True)


# --- From decisions ---------------------------------------------------------------------------


def cells_of(
    table: Table, rulebase: RuleBase, facts: dict[str, Value], read: naive.Endings, known: Any
) -> Point:
    """Return the cell of a complete case in every column."""
    grids = space_of(rulebase).grids
    found = []
    for column in table.columns:
        name = column.subject
        value = facts.get(name, read.measures.get(name, read.decisions.get(name)))
        if column.is_known:
            found.append(int(name in known))
        elif column.member is not None:
            assert isinstance(value, frozenset)
            found.append(int(column.member in value))
        else:
            assert value is not None
            found.append(column.cells.index(grids[name].cell(value)))  # type: ignore[arg-type]
    return tuple(found)


NUMBERS = {"kind": "count", "lowest": 0, "highest": 6}
WRITTEN = {
    "bounds": [{"n": {"at_least": 2, "less_than": 5}, "f": True}, {"n": {"not": 3}, "c": ["v0", "v2"]}],
    "sets": [
        {"s": {"has_none": ["v0", "v1"]}},
        {"s": {"has": "v1"}, "f": False},
        {"s": {"has_all": ["v0", "v1"]}},
    ],
    "known": [{"n": {"known": False}, "c": "v1"}, {"n": {"known": True, "more_than": 4}}],
    "within one column": [{"any": [{"n": 1}, {"n": {"at_least": 5}}], "f": True}, "always"],
    "never": [{"n": {"at_least": 4, "less_than": 2}}, {"all": [{"c": "v0"}, {"c": "v1"}]}],
}


def table_in(conditions: list[Any]) -> tuple[RuleBase, Table | None]:
    facts = {"n": NUMBERS, "f": FLAG, "c": choice(3), "s": {"kind": "set", "values": choice(2)["values"]}}
    rules = {f"r{at}": rule(when, "v0") for at, when in enumerate(conditions)}
    decision = {"hit_policy": "any", "values": {"v0": "value 0"}, "otherwise": "v0", "rules": rules}
    rulebase = rule_base(facts, {"d": decision})
    return rulebase, table_of(rulebase.decisions["d"], space_of(rulebase), rulebase)


@pytest.mark.parametrize("conditions", WRITTEN.values(), ids=list(WRITTEN))
def test_a_row_holds_where_the_naive_reader_fires_its_rule(conditions: list[Any]) -> None:
    rulebase, table = table_in(conditions)
    assert table is not None
    paths = [rule.path for rule in rulebase.decisions["d"].rules]
    reached = set()
    for facts in naive.completions(rulebase, {}):
        for known in ({}, {"n"}):
            read = naive.evaluate(rulebase, facts, frozenset(known))
            point = cells_of(table, rulebase, dict(facts), read, known)
            reached.add(point)
            assert [holds(row, point) for row in table.rows] == [path in read.firing["d"] for path in paths]
    assert reached == set(points(table.sizes)), "no cell is there in which no value lies"


@pytest.mark.parametrize(
    "conditions",
    [
        pytest.param([{"any": [{"n": 1}, {"f": True}]}], id="alternatives over two columns"),
        pytest.param([{"f": True}, {"s": {"has_any": ["v0", "v1"]}}], id="one of two members"),
        pytest.param(["always"], id="nothing read"),
    ],
)
def test_what_is_no_box_is_no_table(conditions: list[Any]) -> None:
    assert table_in(conditions)[1] is None


@moderately
@given(st.data())
def test_tables_of_random_decisions_hold_where_their_rules_fire(data: st.DataObject) -> None:
    rulebase = data.draw(rule_bases())
    space = space_of(rulebase)
    found = {
        name: table
        for name, decision in rulebase.decisions.items()
        if (table := table_of(decision, space, rulebase)) is not None
    }
    assume(found)
    values = {name: naive.values_of(rulebase, fact) for name, fact in rulebase.facts.items()}
    for _ in range(3):
        facts = {name: data.draw(st.sampled_from(of_it)) for name, of_it in values.items()}
        known = data.draw(st.sets(st.sampled_from(sorted(facts))))
        read = naive.evaluate(rulebase, facts, known)
        for name, table in found.items():
            if read.decisions[name] is naive.NoValue.BLOCKED:
                continue
            point = cells_of(table, rulebase, facts, read, known)
            firing = [rule.path in read.firing[name] for rule in rulebase.decisions[name].rules]
            assert [holds(row, point) for row in table.rows] == firing


def test_gaps_and_overlaps_of_a_written_decision_are_those_one_sees() -> None:
    _, table = table_in([{"n": {"at_most": 2}, "f": True}, {"n": {"at_least": 2}, "f": True}])
    assert table is not None
    assert overlapping(table) == Overlaps((0b10, 0))
    flag = [column.subject for column in table.columns].index("f")
    assert [box[flag] for box in missing(table).boxes] == [0b01], "only where the flag is false"
