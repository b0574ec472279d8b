"""A forest of diagrams says what a table of all combinations says; every operation is held against one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from amends.engine.diagram import NO, YES, Forest, NotFinished
from amends.engine.diagram.pricing import cheapest
from tests.support.examples import moderately

Cells = tuple[int, ...]
LEAVES = ("a", "b", "c")


class Drawn:
    """A forest with one random function, as a diagram and as a table."""

    def __init__(self, data: st.DataObject, leaves: tuple[object, ...] = LEAVES) -> None:
        self.sizes = data.draw(st.lists(st.integers(2, 4), min_size=1, max_size=4))
        self.forest = Forest(self.sizes)
        self.data = data
        self.leaves = leaves

    @property
    def rows(self) -> list[Cells]:
        return list(itertools.product(*map(range, self.sizes)))

    def draw(self, leaves: tuple[object, ...] | None = None) -> tuple[int, dict[Cells, object]]:
        choices = st.sampled_from(leaves or self.leaves)
        table: dict[Cells, object] = {row: self.data.draw(choices) for row in self.rows}

        def build(prefix: Cells) -> int:
            if len(prefix) == len(self.sizes):
                return self.forest.terminal(table[prefix])
            children = tuple(build((*prefix, cell)) for cell in range(self.sizes[len(prefix)]))
            return self.forest.node(len(prefix), children)

        return build(()), table

    def is_as(self, root: int, said: Callable[[Cells], object]) -> bool:
        forest = self.forest
        return all(forest.values[forest.walk(root, row)] == said(row) for row in self.rows)

    def cells(self) -> dict[int, tuple[int, ...]]:
        """Some cells for some variables, in order."""
        levels = self.data.draw(st.sets(st.sampled_from(range(len(self.sizes)))))
        return {
            level: tuple(
                sorted(self.data.draw(st.sets(st.sampled_from(range(self.sizes[level])), min_size=1)))
            )
            for level in levels
        }

    def inside(self, cells: Mapping[int, tuple[int, ...]]) -> list[Cells]:
        return [row for row in self.rows if all(row[level] in kept for level, kept in cells.items())]


@moderately
@given(st.data())
def test_a_diagram_walks_to_what_its_table_says(data: st.DataObject) -> None:
    drawn = Drawn(data)
    root, table = drawn.draw()
    assert drawn.is_as(root, table.__getitem__)
    again, other = drawn.draw()
    assert (again == root) is (other == table), "equal functions are one node, and different ones are not"


@moderately
@given(st.data())
def test_both_either_and_no_are_those_of_logic(data: st.DataObject) -> None:
    drawn = Drawn(data, (False, True))
    (one, left), (other, right) = drawn.draw(), drawn.draw()
    forest = drawn.forest
    assert drawn.is_as(forest.both(one, other), lambda row: left[row] and right[row])
    assert drawn.is_as(forest.either(one, other), lambda row: left[row] or right[row])
    assert drawn.is_as(forest.no(one), lambda row: not left[row])
    assert forest.either(one, forest.no(one)) == YES
    assert forest.both(one, forest.no(one)) == NO
    assert forest.all_of([one, other]) == forest.both(one, other)
    assert forest.any_of([]) == NO


@moderately
@given(st.data())
def test_choosing_merging_and_mapping_work_leaf_by_leaf(data: st.DataObject) -> None:
    drawn = Drawn(data)
    forest = drawn.forest
    (one, left), (other, right) = drawn.draw(), drawn.draw()
    test, says = drawn.draw((False, True))
    assert drawn.is_as(forest.choose(test, one, other), lambda row: left[row] if says[row] else right[row])

    def joined(a: int, b: int) -> int:
        return forest.terminal((forest.values[a], forest.values[b]))

    assert drawn.is_as(forest.merged(joined, one, other), lambda row: (left[row], right[row]))
    wanted = [forest.terminal("a"), forest.terminal("c")]
    assert drawn.is_as(forest.where(one, wanted), lambda row: left[row] in ("a", "c"))


@moderately
@given(st.data())
def test_counts_and_leaves_are_those_of_the_rows(data: st.DataObject) -> None:
    drawn = Drawn(data)
    forest = drawn.forest
    root, table = drawn.draw()
    cells = drawn.cells()
    rows = drawn.inside(cells)
    by_value = {value: sum(table[row] == value for row in rows) for value in LEAVES}
    counted = {forest.values[leaf]: number for leaf, number in forest.counts(root, cells).items()}
    assert counted == {value: number for value, number in by_value.items() if number}
    assert {forest.values[leaf] for leaf in forest.leaves(root, cells)} == {table[row] for row in rows}
    cut = forest.restricted(root, cells)
    assert all(forest.values[forest.walk(cut, row)] == table[row] for row in rows)
    alone = {level for level, kept in cells.items() if len(kept) == 1}
    assert not alone & forest.support(cut), "what has one cell is asked no more"


@moderately
@given(st.data())
def test_the_support_is_what_can_change_the_end(data: st.DataObject) -> None:
    drawn = Drawn(data)
    root, table = drawn.draw()
    matters = {
        level
        for level in range(len(drawn.sizes))
        for row in drawn.rows
        for cell in range(drawn.sizes[level])
        if table[row] != table[(*row[:level], cell, *row[level + 1 :])]
    }
    assert drawn.forest.support(root) == matters


@moderately
@given(st.data())
def test_the_cheapest_path_costs_what_the_cheapest_row_costs(data: st.DataObject) -> None:
    drawn = Drawn(data)
    forest = drawn.forest
    root, table = drawn.draw()
    prices = {
        (level, cell): data.draw(st.one_of(st.none(), st.integers(0, 5)))
        for level, size in enumerate(drawn.sizes)
        for cell in range(size)
    }
    for level in range(len(drawn.sizes)):
        prices[level, 0] = 0  # so that what a path leaves out costs nothing

    def cost(row: Cells) -> int | None:
        each = [prices[level, cell] for level, cell in enumerate(row)]
        return None if None in each else sum(price for price in each if price is not None)

    costs = [price for row in drawn.rows if table[row] == "a" and (price := cost(row)) is not None]
    found = cheapest(forest, root, frozenset([forest.terminal("a")]), lambda at, cell: prices[at, cell])
    if not costs:
        assert found is None
        return
    assert found is not None
    price, path = found
    assert price == min(costs)
    row = tuple(path.get(level, 0) for level in range(len(drawn.sizes)))
    assert table[row] == "a", "the path leads where it should"


def test_a_forest_that_may_not_grow_says_so() -> None:
    forest = Forest([2] * 20, most_nodes=10)
    found = YES
    try:
        for level in range(20):
            found = forest.both(forest.literal(level, [1]), found)
    except NotFinished:
        assert len(forest) == 10
    else:
        raise AssertionError("20 variables need more than 10 nodes")


def test_one_true_and_a_fraction_of_one_are_three_leaves() -> None:
    from fractions import Fraction

    forest = Forest([2])
    assert len({forest.terminal(1), forest.terminal(True), forest.terminal(Fraction(1))}) == 3
