"""What decides whole columns, piece by piece, against what decides one row: numbers, numberings, look-ups."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

np = pytest.importorskip("numpy")
pa = pytest.importorskip("pyarrow")

from amends.engine import load  # noqa: E402
from amends.engine.batch import DEFAULT, Ground, decided, layout  # noqa: E402
from amends.engine.batch.coding import Fast  # noqa: E402
from amends.engine.batch.kernel import Kernel  # noqa: E402
from amends.engine.batch.lookups import Lookups  # noqa: E402
from amends.engine.batch.numbering import Numbering  # noqa: E402
from amends.engine.batch.numbers import Numbers, evaluated, passed, rounded, whole_units  # noqa: E402
from amends.engine.batch.sampling import sampled  # noqa: E402
from amends.engine.diagram import Diagrams, NotFinished  # noqa: E402
from amends.engine.formula import Call, Constant, Formula, Name, evaluate  # noqa: E402
from amends.engine.rulebase import Operator, RuleBase  # noqa: E402
from amends.engine.truth import Truth  # noqa: E402
from tests.support.examples import examples  # noqa: E402
from tests.support.shipped import shipped  # noqa: E402
from tests.support.strategies import rule_bases  # noqa: E402

pytestmark = pytest.mark.proofs

FRACTIONS = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**4)
"""Products of a few of these leave 64 bits."""
ROWS = 4


def formulas() -> st.SearchStrategy[Formula]:
    leaves = st.one_of(FRACTIONS.map(Constant), st.sampled_from(["a", "b"]).map(lambda name: Name(name, 1)))

    def grown(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
        signs = st.sampled_from(["+", "-", "*", "min", "max"])
        divided = inner.map(lambda part: Call("/", (part, Constant(Fraction(3, 7))), 1))
        by_name = inner.map(
            lambda part: Call("/", (part, Call("max", (Name("b", 1), Constant(Fraction(1, 3))), 1)), 1)
        )
        return st.one_of(
            st.builds(lambda sign, one, two: Call(sign, (one, two), 1), signs, inner, inner), divided, by_name
        )

    return st.recursive(leaves, grown, max_leaves=8)


@examples(150)
@given(
    formulas(),
    st.lists(st.tuples(FRACTIONS, FRACTIONS | st.none()), min_size=ROWS, max_size=ROWS),
    FRACTIONS,
    st.sampled_from([None, Fraction(1), Fraction(1, 100), Fraction(5, 2)]),
)
def test_a_column_of_a_formula_is_the_formula_of_each_row(
    formula: Formula,
    rows: list[tuple[Fraction, Fraction | None]],
    edge: Fraction,
    unit: Fraction | None,
) -> None:
    """However large the numbers grow, whatever is not known, rounded or not, on each side of an edge."""
    codes = np.arange(ROWS)
    columns = {
        "a": Numbers.listed([one for one, _ in rows], codes),
        "b": Numbers.listed([other for _, other in rows], codes),
    }
    found = rounded(evaluated(formula, columns.__getitem__), unit)
    for row, (one, other) in enumerate(rows):
        value = evaluate(formula, {"a": one, "b": other})
        if value is not None and unit is not None:
            value = (value / unit + Fraction(1, 2)).__floor__() * unit
        assert found.fraction(row if np.ndim(found.top) or np.ndim(found.known) else 0) == value
        for operator, holds in (
            (Operator.AT_LEAST, value is not None and value >= edge),
            (Operator.MORE_THAN, value is not None and value > edge),
            (Operator.AT_MOST, value is not None and value <= edge),
            (Operator.LESS_THAN, value is not None and value < edge),
        ):
            said = np.broadcast_to(passed(found, operator, edge), (ROWS,))[row]
            assert said == (Truth.UNDECIDED if value is None else 2 * holds)
        if value is not None:
            cents = np.broadcast_to(whole_units(found, 2), (ROWS,))[row]
            assert cents == (value * 100).__floor__()


@examples(60)
@given(
    st.lists(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=40), min_size=1, max_size=6),
    st.booleans(),
)
def test_each_number_is_numbered_once_in_the_order_of_coming(chunks: list[list[int]], few: bool) -> None:
    seen, known = Numbering(), dict[int, int]()
    for chunk in chunks:
        keys = [key % 7 for key in chunk] if few else chunk
        codes, fresh = seen.of(np.array(keys, np.uint64))
        new = []
        for place, key in enumerate(keys):
            if key not in known:
                new.append(place)
        assert {keys[place] for place in fresh} == {keys[place] for place in new}
        for place in fresh:
            known[keys[place]] = len(known)
        assert codes.tolist() == [known[key] for key in keys]
    assert len(seen) == len(known)


def test_a_numbering_that_outgrows_its_table_forgets_nothing() -> None:
    seen = Numbering()
    keys = np.arange(20_000, dtype=np.uint64) * np.uint64(2**40 + 1)
    first, fresh = seen.of(keys)
    assert len(fresh) == len(keys)
    again, none = seen.of(keys)
    assert none == []
    assert (first == again).all()


@examples(25)
@given(rule_bases(), st.randoms(use_true_random=False), st.sampled_from([4, 64, 1 << 17]))
def test_look_ups_end_where_the_diagram_ends(rulebase: RuleBase, random: Any, largest: int) -> None:
    """However small its tables are."""
    diagrams = Diagrams(rulebase)
    for name in rulebase.decisions:
        try:
            root = diagrams.decision(name).root
        except NotFinished:
            continue
        if root is None:
            continue
        lookups, forest = Lookups.of(diagrams, root, largest), diagrams.forest
        codes = {
            level: np.array([random.randrange(len(variable.cells)) for _ in range(20)], np.uint8)
            for level, variable in lookups.variables.items()
        }
        ends = lookups.run(20, codes)
        for row in range(20):
            node = root
            while forest.level[node] != forest.bottom:
                node = forest.children[node][codes[forest.level[node]][row]]
            assert lookups.ends[ends[row]] == forest.values[node]


def test_look_ups_and_columns_say_the_same_remedy_of_cases_that_state_everything() -> None:
    rulebase = shipped().rulebase
    (table,) = sampled(rulebase, 4_000, seed=11)
    columns = Ground(shipped(), layout(rulebase, table.schema.names, "cases", parts=("remedy",))).columns()
    assert columns is not None
    cells = {name: table[name].combine_chunks() for name in columns.layout.facts.values()}
    stated = columns.reader.read(len(table), cells)
    assert columns.fast is not None
    fast = columns.fast.run(len(table), stated.facts)
    slow = Kernel(rulebase, ("remedy",)).run(len(table), stated.facts)
    assert fast is not None
    assert fast.is_settled.all()
    assert slow.is_settled.all()
    found = (one.decisions["remedy"] for one in (fast, slow))
    told = [[ends[code].value for code in codes] for codes, ends in found]
    assert told[0] == told[1]
    assert len(set(told[0])) > 20


def test_where_something_that_matters_is_missing_nothing_is_looked_up() -> None:
    rulebase = shipped().rulebase
    (table,) = sampled(rulebase, 50, unknown=0.5)
    ground = Ground(shipped(), layout(rulebase, table.schema.names, "cases", parts=("remedy",)))
    columns = ground.columns()
    assert columns is not None
    cells = {name: table[name].combine_chunks() for name in columns.layout.facts.values()}
    fast = Fast.over(rulebase, assume=True)
    assert fast is not None
    assert fast.run(50, columns.reader.read(50, cells).facts) is None


def test_whole_rows_come_out_at_once_as_by_themselves() -> None:
    """With every part that is told at once, and the rules that fired in their order."""
    rulebase = shipped().rulebase
    (table,) = sampled(rulebase, 120, seed=2)
    parts = (*DEFAULT, "fired", "companions", "avoid", "possible", "money", "money.formula")
    at_once, alone = (
        Ground(shipped(), layout(rulebase, table.schema.names, "cases", parts=parts)) for _ in range(2)
    )
    alone._columns.append(None)
    rows = table.to_pylist()
    found = decided(at_once, rows)
    assert not at_once.remembered, "none of them by itself"
    assert found[:40] == decided(alone, rows[:40])


def test_a_measure_that_waits_for_a_decision_is_worked_out_after_it(tmp_path: Path) -> None:
    """Where the remedy alone is asked for, too, which is looked up if nothing has to be decided before."""
    source = {"sources": ["S"]}
    files = {
        "facts": {
            "facts": {
                "fee": {"title": "f", "question": "f?", "kind": "money", **source},
                "rough": {"title": "r", "question": "r?", "kind": "flag", **source},
            },
            "sources": {"S": {"title": "s", "where": "s"}},
            "measures": {
                "owed": {"title": "o", "kind": "money", "formula": "share * fee", "round": 0.01, **source}
            },
        },
        "share": {
            "decides": "share",
            "title": "s",
            "hit_policy": "collect max",
            "lowest": 0,
            "highest": 2,
            "otherwise": 1,
            "otherwise_because": "b",
            **source,
            "rules": {"twice": {"when": {"rough": True}, "then": 2, "because": "b", **source}},
        },
        "remedy": {
            "decides": "remedy",
            "title": "r",
            "hit_policy": "any",
            "values": {"pay": "p", "wait": "w"},
            "otherwise": "wait",
            "otherwise_because": "b",
            **source,
            "rules": {
                "much": {"when": {"owed": {"more_than": "150 EUR"}}, "then": "pay", "because": "b", **source}
            },
        },
    }
    for name, content in files.items():
        (tmp_path / f"{name}.yaml").write_text(json.dumps(content))
    engine = load(tmp_path)
    rows = [
        {"fee": fee, "rough": rough} for fee in ("100 EUR", "151 EUR", "75 EUR") for rough in (True, False)
    ] * 2
    ground = Ground(engine, layout(engine.rulebase, ("fee", "rough"), "rows", parts=("remedy",)))
    found = [row["remedy"] for row in decided(ground, rows)]
    assert found == ["pay", "wait", "pay", "pay", "wait", "wait"] * 2
    assert not ground.remembered, "none of them by itself"
