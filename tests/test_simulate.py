"""`amends sample` and `amends simulate`: made-up cases that can be, and counts that add up to the cent."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

from amends.engine.batch.sampling import sampled  # noqa: E402
from amends.engine.batch.texts import text  # noqa: E402
from amends.engine.completion import broken  # noqa: E402
from tests.support.commands import rows, run  # noqa: E402
from tests.support.shipped import shipped  # noqa: E402

pytestmark = pytest.mark.proofs


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Sample --------------------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_cases_and_another_seed_others() -> None:
    run("sample", "-n", "200", "-o", "one.csv")
    run("sample", "-n", "200", "-o", "two.csv")
    run("sample", "-n", "200", "-o", "three.csv", "--seed", "1")
    assert Path("one.csv").read_text() == Path("two.csv").read_text() != Path("three.csv").read_text()
    assert [row["id"] for row in rows("one.csv")] == [str(number) for number in range(1, 201)]


def test_what_is_made_up_breaks_no_constraint_and_states_every_fact_but_days() -> None:
    engine = shipped()
    (table,) = sampled(engine.rulebase, 500, seed=3)
    days = {name for name, fact in engine.rulebase.facts.items() if fact.domain.kind == "date"}
    unread = engine.rulebase.facts.keys() - {*table.schema.names} - days
    assert not unread & engine.rulebase.samples.keys()
    for row in table.slice(0, 60).to_pylist():
        options = [f"{name}={text(value)}" for name, value in row.items() if name != "id"]
        case = engine.case({}, options=options)
        assert not broken(engine.rulebase, case.facts, case.facts)


def test_weights_are_kept_where_no_constraint_asks_otherwise() -> None:
    weights = shipped().rulebase.samples["agreement"].weights
    (table,) = sampled(shipped().rulebase, 20_000)
    found = Counter(table["agreement"].to_pylist())
    for value, weight in weights.items():
        assert abs(found[str(value)] / 20_000 - weight / sum(weights.values())) < 0.015


def test_a_share_of_what_nothing_is_assumed_of_is_left_out() -> None:
    (table,) = sampled(shipped().rulebase, 4_000, unknown=0.25)
    for name, fact in shipped().rulebase.facts.items():
        if name in table.schema.names:
            share = table[name].null_count / 4_000
            assert share == 0 if fact.assume is not None else 0.2 < share < 0.3, name


def test_every_form_is_read_by_batch_and_all_say_the_same() -> None:
    found = []
    for form in ("csv", "jsonl", "parquet"):
        run("sample", "-n", "40", "-o", f"cases.{form}")
        run("batch", f"cases.{form}", "-o", f"{form}.csv", "--columns", "remedy,money.amount", "-j", "1")
        found.append([(row["id"], row["remedy"], row["money.amount"]) for row in rows(f"{form}.csv")])
    assert found[0] == found[1] == found[2]


def test_no_cases_and_a_file_that_is_there() -> None:
    run("sample", "-n", "0", "-o", "none.csv")
    assert rows("none.csv") == []
    assert "it is there already" in run("sample", "-n", "1", "-o", "none.csv", code=2).output
    run("sample", "-n", "1", "-o", "none.csv", "--force")


def test_a_constraint_that_no_draw_keeps_is_named(folder: Path) -> None:
    (folder / "base").mkdir()
    Path("base/a.yaml").write_text(
        "facts: {wet: {title: w, question: w?, kind: flag, sources: [S]}}\n"
        "sources: {S: {title: s, where: s}}\n"
        "samples: {wet: {weights: {true: 1}, because: b}}\n"
        "constraints: {never-wet: {never: {wet: true}, because: b}}\n"
    )
    Path("base/b.yaml").write_text(
        "decides: remedy\ntitle: r\nhit_policy: any\nvalues: {a: a}\nsources: [S]\n"
        "otherwise: a\notherwise_because: b\nrules: {}\n"
    )
    done = run("sample", "-n", "5", "-o", "out.csv", "--base", "base", code=2)
    assert "no case could be drawn that keeps `never-wet`" in done.output
    assert not Path("out.csv").exists()


# Simulate ------------------------------------------------------------------------------------------------


def made(count: int = 300) -> None:
    run("sample", "-n", str(count), "-o", "cases.parquet")


def test_the_groups_add_up_to_what_batch_says_row_by_row() -> None:
    made()
    run("simulate", "cases.parquet", "-o", "groups.csv", "--by", "platform", "-j", "1")
    columns = "remedy,money.amount,money.owed_to"
    run("batch", "cases.parquet", "-o", "rows.csv", "--columns", columns, "-j", "1")
    cases: Counter[tuple[str, str]] = Counter()
    paid: dict[tuple[str, str], list[Decimal]] = {}
    for row in rows("rows.csv"):
        key = row["platform"], row["remedy"]
        cases[key] += 1
        if row["money.owed_to"] != "you" and Decimal(row["money.amount"] or 0) > 0:
            paid.setdefault(key, []).append(Decimal(row["money.amount"]))
    found = rows("groups.csv")
    assert {(row["platform"], row["remedy"]): int(row["cases"]) for row in found} == cases
    for row in found:
        amounts = sorted(paid.get((row["platform"], row["remedy"]), []))
        assert Decimal(row["money"]) == sum(amounts)
        assert int(row["paid"]) == len(amounts)
        assert Decimal(row["largest"]) == max(amounts, default=0)
        if amounts:
            assert Decimal(row["median"]) == amounts[(len(amounts) + 1) // 2 - 1]


def test_two_policies_move_the_rows_that_differ_and_no_others() -> None:
    made(400)
    stated = ("-f", "niche=web_developer", "-j", "1")
    done = run(
        "simulate", "cases.parquet", *stated, "--against", "base+web_developer", "--moved", "moved.csv"
    )
    columns = ("--columns", "remedy,money.amount,money.owed_to")
    run("batch", "cases.parquet", "-o", "before.csv", *stated, *columns)
    run("batch", "cases.parquet", "-o", "after.csv", *stated, *columns, "--pack", "web_developer")
    differ = [
        (one["id"], one["remedy"], other["remedy"])
        for one, other in zip(rows("before.csv"), rows("after.csv"), strict=True)
        if any(one[name] != other[name] for name in ("remedy", "money.amount"))
    ]
    found = [(row["id"], row["before.remedy"], row["after.remedy"]) for row in rows("moved.csv")]
    assert found == differ
    count = sum(before != after for _, before, after in differ)
    assert f"{count:,} cases" in done.output


def test_a_policy_that_is_the_same_moves_nothing() -> None:
    made()
    done = run("simulate", "cases.parquet", "--against", "base", "--moved", "moved.csv", "-j", "1")
    assert "0 cases (0.0 %) end in another remedy, 0 in the same with another sum" in done.output
    assert rows("moved.csv") == []


def test_rows_that_are_open_or_refused_are_counted_as_such() -> None:
    Path("cases.csv").write_text(
        "id,cause,failure_kind,client_temperament\n1,own_error,wrong_work,fuming\n2,rain,wrong_work,fuming\n3,own_error\n"
    )
    run("simulate", "cases.csv", "-o", "groups.csv", "--no-assume", "-j", "1")
    found = {row["remedy"]: row["cases"] for row in rows("groups.csv")}
    assert found["(refused)"] == "2"
    assert sum(map(int, found.values())) == 3


def test_it_is_drawn_with_every_number_beside_its_bar() -> None:
    pytest.importorskip("matplotlib")
    made()
    run("simulate", "cases.parquet", "--plot", "one.svg", "--plot", "one.png", "-o", "groups.csv", "-j", "1")
    picture = Path("one.svg").read_text()
    assert Path("one.png").read_bytes().startswith(b"\x89PNG")
    titles = shipped().rulebase.decisions["remedy"].domain.values
    largest = max(rows("groups.csv"), key=lambda row: int(row["cases"]))
    assert titles[largest["remedy"]] in picture
    assert f">{int(largest['cases']):,}</text>" in picture
    run("simulate", "cases.parquet", "--plot", "two.svg", "-j", "1")
    assert Path("two.svg").read_text() == picture


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--by", "platfrom"), "did you mean `platform`"),
        (("--moved", "m.csv"), "--against"),
        (("--plot", "p.gif"), "ends in neither .svg nor .png"),
        (("--against", "bse"), "bse"),
    ],
)
def test_what_cannot_be_meant_is_said(arguments: tuple[str, ...], said: str) -> None:
    made(5)
    assert said in run("simulate", "cases.parquet", *arguments, "-j", "1", code=2).output
