"""`amends batch`: each row as `decide` decides it, in its place, and no file half-written."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import subprocess
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from amends.cli.main import app
from amends.engine.batch import DEFAULT, Ground, decide_table, decided, layout, running
from amends.engine.batch.texts import said
from amends.engine.case import Case
from tests.support.commands import rows as rows_of
from tests.support.commands import run
from tests.support.examples import examples
from tests.support.shipped import CASES, near_cases, shipped

pytestmark = pytest.mark.proofs

HEAD = "id,cause,failure_kind,client_temperament,fee_total,amount_paid,payment_status"
ROWS = ("1,own_error,defective_work,fuming,400,400,paid", "2,overload,missed_deadline,understanding,,,unpaid")
TABLE = "\n".join((HEAD, *ROWS)) + "\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def batch(*arguments: str, code: int = 0, given: bytes | None = None) -> Result:
    return run("batch", *arguments, "-j", "1", code=code, given=given)


def put(text: str | bytes, name: str = "in.csv") -> str:
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def rows(name: str = "out.csv") -> list[dict[str, str]]:
    return rows_of(name)


def there(folder: str = ".") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


# The same verdicts ---------------------------------------------------------------------------------------


def test_rows_come_out_as_decide_decides_them() -> None:
    """Stored cases as rows: every decision, the money, the rules, to the cent and the letter."""
    cases = [shipped().case(path) for path in CASES[::25]]
    facts = sorted({name for case in cases for name in case.facts})
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["path", "currency", *facts])
    for path, case in zip(CASES[::25], cases, strict=True):
        stated = {name: cell(value) for name, value in case.facts.items()}
        writer.writerow([path.stem, case.currency or "", *(stated.get(name, "") for name in facts)])
    columns = "status,remedy,possible,decisions,possible_decisions,companions,avoid,money,measures,undecided"
    batch(put(out.getvalue()), "-o", "out.jsonl", "--columns", columns)
    found = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [row["path"] for row in found] == [path.stem for path in CASES[::25]]
    for row, case in zip(found, cases, strict=True):
        verdict = shipped().decide(case, what_if=False).to_json()
        assert {name: row[name] for name in columns.split(",")} == {
            name: json.loads(json.dumps(verdict[name])) for name in columns.split(",")
        }


def cell(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case frozenset():
            return ", ".join(sorted(value))
        case str():
            return value
    return str(float(value)) if hasattr(value, "denominator") else str(value)  # type: ignore[arg-type]


def test_every_column_and_the_order_of_rows_are_kept_with_any_number_of_processes() -> None:
    lines = [f"{number},{ROWS[number % 2].partition(',')[2]}" for number in range(300)]
    put("\n".join((HEAD, *lines)) + "\n")
    batch("in.csv", "-o", "one.csv", "--columns", "remedy,money.amount")
    done = CliRunner().invoke(
        app, ["batch", "in.csv", "-o", "two.csv", "--columns", "remedy,money.amount", "-j", "2"]
    )
    assert done.exit_code == 0
    assert Path("one.csv").read_text() == Path("two.csv").read_text()
    found = rows("one.csv")
    assert [row["id"] for row in found] == [str(number) for number in range(300)]
    assert list(found[0]) == [*HEAD.split(","), "remedy", "money.amount", "reason"]
    assert {row["remedy"] for row in found} - {""}


def test_the_default_is_remedy_status_decisions_money_and_assumptions() -> None:
    batch(put(TABLE), "-o", "out.csv")
    row = rows()[0]
    assert (row["status"], row["remedy"]) == ("decided", "repair_own_cost")
    assert json.loads(row["decisions"])["fault"] == "provider_full"
    assert json.loads(row["assumptions"])["client_said_no"] == "false"
    assert {"money.amount", "money.currency", "money.form", "reason"} <= row.keys()


@pytest.mark.parametrize(
    "parts", [DEFAULT, ("remedy", "status", "money.amount", "money.form"), ("decisions.fault",)]
)
@examples(15)
@given(st.lists(near_cases(), min_size=12, max_size=24))
def test_rows_that_are_decided_at_once_come_out_as_by_themselves(
    parts: tuple[str, ...], cases: list[Case]
) -> None:
    """Whatever is stated, and whether it can be or not."""
    rows = [{name: said(value) for name, value in case.facts.items()} for case in cases]
    ground = ground_of(sorted({name for row in rows for name in row}), parts)
    assert ground.columns() is not None
    together = decided(ground, rows)
    for row, found in zip(rows, together, strict=True):
        (alone,) = decided(ground_of(list(row), parts), [row]) if row else (found,)
        assert found == {**dict.fromkeys(row), **alone}


def ground_of(facts: list[str], parts: tuple[str, ...]) -> Ground:
    return Ground(shipped(), layout(shipped().rulebase, facts, "rows", parts=parts))


def test_most_rows_are_decided_at_once_if_they_ask_for_little_and_none_without_numpy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Or the two ways would be one, and the test above compare it with itself."""
    cases = [shipped().case(path) for path in CASES]
    rows = [{name: said(value) for name, value in case.facts.items()} for case in cases]
    facts = sorted({name for row in rows for name in row})
    together = ground_of(facts, ("remedy", "status", "money.amount"))
    found = decided(together, rows)
    assert len(together.remembered) < 0.3 * len(rows)
    monkeypatch.setattr("amends.engine.batch.deciding.find_spec", lambda _: None)
    without = ground_of(facts, ("remedy", "status", "money.amount"))
    assert without.columns() is None
    some = slice(0, None, 20)
    assert decided(without, rows[some]) == found[some]


# Columns -------------------------------------------------------------------------------------------------


def test_a_column_of_another_name_is_mapped_and_one_that_is_no_fact_is_kept() -> None:
    put(TABLE.replace("client_temperament", "client_mood"))
    said = batch("in.csv", "-o", "out.csv", code=2).output
    assert "the column `client_mood` is no fact" in said and "--map client_mood=FACT" in said
    assert not Path("out.csv").exists()
    batch("in.csv", "-o", "out.csv", "--map", "client_mood=client_temperament")
    batch("in.csv", "-o", "kept.csv", "--keep", "client_mood")
    batch(put(TABLE, "named.csv"), "-o", "direct.csv")
    assert rows("out.csv")[0]["decisions"] == rows("direct.csv")[0]["decisions"]
    assert rows("kept.csv")[0]["decisions"] != rows("direct.csv")[0]["decisions"]


@pytest.mark.parametrize(
    ("head", "arguments", "said"),
    [
        ("cause,mood", ("--map", "mood=cause"), "the columns `mood`, `cause` all state `cause`"),
        ("cause,cause", (), "two columns are called `cause`"),
        ("cause,remedy", (), "has a column `remedy` already"),
        ("cause,x", ("--map", "y=fault"), "there is no column `y`"),
        ("cause,x", ("--map", "x=caus"), "there is no fact `caus`"),
        ("cause,x", ("--map", "x"), "`x` maps no column to a fact"),
        ("cause,x", ("--keep", "z"), "has no column `z`"),
        ("this,that", (), "no column of `in.csv` states a fact"),
        ("cause,x", ("--columns", "remedi"), "did you mean `remedy`?"),
        ("cause,x", ("--columns", "money.amout"), "did you mean `amount`?"),
        ("cause,x", ("-f", "caus=own_error"), "did you mean `cause`"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_written(
    head: str, arguments: tuple[str, ...], said: str
) -> None:
    put(f"{head}\nown_error,1\n")
    assert said in batch("in.csv", "-o", "out.csv", *arguments, code=2).output
    assert there() == ["in.csv"]


def test_a_prefix_makes_room_and_a_fact_can_be_stated_of_all_rows() -> None:
    put("remedy,cause\nmine,own_error\n")
    batch(
        "in.csv",
        "-o",
        "out.csv",
        "--prefix",
        "v_",
        "-f",
        "failure_kind=no_failure",
        "--columns",
        "decisions.fault",
    )
    assert rows() == [
        {"remedy": "mine", "cause": "own_error", "v_decisions.fault": "no_breach", "v_reason": ""}
    ]


# Rows that are no cases ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,own_eror,wrong_work,fuming,1,1,paid", "own_eror is no value of cause"),
        ("1,own_error,wrong_work,fuming,much,1,paid", "much"),
        ("1,own_error,wrong_work,fuming,400,0,paid", "these facts cannot all be true"),
        ("1,own_error", "it has 2 cells, and the head 7"),
        ("1,own_error,wrong_work,fuming,1,1,paid,a,b", "the last a, b"),
        ("1,[own_error],wrong_work,fuming,1,1,paid", "[own_error]"),
    ],
)
def test_a_row_that_is_no_case_is_refused_with_the_reason_and_keeps_its_cells(line: str, reason: str) -> None:
    put("\n".join((HEAD, ROWS[0], line, ROWS[1])) + "\n")
    done = batch("in.csv", "-o", "out.csv", code=1)
    assert "3 rows, 1 refused" in done.output
    found = rows()
    assert [row["id"] for row in found] == ["1", "1", "2"]
    assert [row["status"] == "refused" for row in found] == [False, True, False]
    assert reason in found[1]["reason"]
    assert found[1]["cause"] == line.split(",")[1]


def test_lines_of_json_that_are_no_objects_are_refused_too() -> None:
    put(
        '{"cause": "own_error", "id": 7}\n[1]\n{"cause"\n\n{"harm_kinds": ["safety"], "fee_total": 1.5}\n',
        "in.jsonl",
    )
    batch("in.jsonl", "-o", "out.jsonl", code=1)
    found = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [row["status"] for row in found] == ["open", "refused", "refused", "decided"]
    assert found[0]["id"] == 7 and found[3]["harm_kinds"] == ["safety"] and found[3]["fee_total"] == 1.5


# Files that are no tables --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "the file is empty"),
        (b'cause\n"own_error\n', "the line is no CSV"),
        (b"cause\nown_\xff\n", "in.csv:2:1: wrong-encoding"),
        (b"cause\n" + b"x" * 10_000_001, "in.csv:2:1: file-too-large"),
    ],
)
def test_a_file_that_is_no_table_leaves_nothing_behind(text: bytes, said: str) -> None:
    put(text)
    assert said in batch("in.csv", "-o", "out.csv", code=2).output
    assert there() == ["in.csv"]


def test_no_rows_are_no_fault_and_a_byte_order_mark_is_no_part_of_a_name() -> None:
    batch(put(HEAD + "\n"), "-o", "out.csv", "--columns", "remedy")
    assert Path("out.csv").read_text() == f"{HEAD},remedy,reason\n"
    batch(put(b"\xef\xbb\xbfcause\r\nown_error\r\n"), "-o", "bom.csv", "--columns", "decisions.fault")
    assert rows("bom.csv") == [{"cause": "own_error", "decisions.fault": "", "reason": ""}]


def test_a_file_that_is_not_there_is_said() -> None:
    assert "in.csv" in batch("in.csv", "-o", "out.csv", code=2).output


# Never half a file ---------------------------------------------------------------------------------------


def test_what_is_there_is_written_over_only_by_force_and_never_while_it_is_read() -> None:
    put(TABLE)
    put("precious", "out.csv")
    assert "it is there already" in batch("in.csv", "-o", "out.csv", code=2).output
    assert Path("out.csv").read_text() == "precious"
    batch("in.csv", "-o", "out.csv", "--force")
    assert len(rows()) == 2
    assert "it is what is read" in batch("in.csv", "-o", "in.csv", "--force", code=2).output
    assert Path("in.csv").read_text() == TABLE


def test_an_interrupt_and_a_full_disk_leave_nothing_half_written(monkeypatch: pytest.MonkeyPatch) -> None:
    put(TABLE)

    def interrupted(*_: object) -> list[Mapping[str, Any]]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(running, "decided", interrupted)
        batch("in.csv", "-o", "out.csv", code=1)
    assert there() == ["in.csv"]

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert "no space left on device" in batch("in.csv", "-o", "out.csv", code=2).output
    assert there() == ["in.csv"]


def test_a_folder_is_taken_up_again_where_it_stopped() -> None:
    Path("in").mkdir()
    for name in ("a.csv", "b.csv", "c.jsonl"):
        put(TABLE if name.endswith("csv") else '{"cause": "own_error"}\n', f"in/{name}")
    put("no table", "in/readme.txt")
    batch("in", "-o", "out")
    assert there("out") == ["a.csv", "b.csv", "c.jsonl"]
    Path("out/b.csv").unlink()
    put("whole", "out/a.csv")
    assert "2 files were there already" in batch("in", "-o", "out", "--resume").output
    assert Path("out/a.csv").read_text() == "whole"
    assert len(rows("out/b.csv")) == 2


def test_standard_input_and_output_are_files_too() -> None:
    done = batch("-", "-o", "-", "--columns", "status", given=TABLE.encode())
    assert done.stdout.splitlines()[0] == f"{HEAD},status,reason"
    assert len(done.stdout.splitlines()) == 3
    assert done.stderr.strip() == "2 rows"


# Parquet -------------------------------------------------------------------------------------------------


def test_columns_of_parquet_keep_their_types_and_states_facts() -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = arrow.table(
        {
            "id": arrow.array([7, 8], arrow.int64()),
            "cause": ["own_error", None],
            "client_said_no": [True, False],
            "harm_kinds": [["safety"], []],
            "fee_total": arrow.array([Decimal("400.50"), None], arrow.decimal128(9, 2)),
        }
    )
    parquet.write_table(table, "in.parquet")
    batch("in.parquet", "-o", "out.parquet", "--columns", "status,decisions.severity_base")
    found = parquet.read_table("out.parquet")
    assert found.schema.names == [*table.schema.names, "status", "decisions.severity_base", "reason"]
    assert found.select(table.schema.names).equals(table)
    batch("in.parquet", "-o", "out.csv", "--columns", "status,decisions.severity_base")
    assert [row["status"] for row in rows()] == found["status"].to_pylist()


def test_a_truncated_parquet_is_said_and_so_is_a_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    arrow = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet").write_table(
        arrow.table({"cause": ["own_error"] * 9}), "in.parquet"
    )
    whole = Path("in.parquet").read_bytes()
    put(whole[: len(whole) // 2], "cut.parquet")
    assert "is no whole Parquet file" in batch("cut.parquet", "-o", "out.parquet", code=2).output
    assert not Path("out.parquet").exists()
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    assert "amends[batch]" in batch("in.parquet", "-o", "out.parquet", code=5).output


# In memory -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["arrow", "pandas", "polars"])
def test_a_table_in_memory_comes_back_as_one_of_its_kind(kind: str) -> None:
    arrow = pytest.importorskip("pyarrow")
    rows = {
        "id": [1, 2, 3],
        "cause": ["own_error", "rain", None],
        "failure_kind": ["wrong_work", "wrong_work", "missed_deadline"],
        "fee_total": [400.5, 300.0, 100.0],
    }
    given: Any = arrow.table(rows)
    if kind == "pandas":
        given = pytest.importorskip("pandas").DataFrame(rows, index=[7, 8, 9])
    elif kind == "polars":
        given = pytest.importorskip("polars").DataFrame(rows)
    found = decide_table(
        shipped(), given, columns=("status", "decisions.fault"), stated={"lawyer_letter": "true"}, prefix="v_"
    )
    assert type(found) is type(given)
    told = found.to_dict("records") if kind == "pandas" else given_rows(found)
    assert [row["v_status"] for row in told] == ["decided", "refused", "decided"]
    assert [row["v_reason"] for row in told][1] == "rain is no value of cause"
    assert told[0]["v_decisions.fault"] == "provider_full"
    assert [row["fee_total"] for row in told] == rows["fee_total"]
    if kind == "pandas":
        assert list(found.index) == [7, 8, 9]


def given_rows(table: Any) -> list[dict[str, Any]]:
    return table.to_pylist() if hasattr(table, "to_pylist") else table.to_dicts()


@pytest.mark.parametrize(
    "cells",
    [
        ["400", "400.5", "400.50", " 400 ", "4e2", "0400", "-1", "400 EUR", "1,000", "", None, "unknown"],
        [400, 0, None, -1, 10**12, 2**40],
        [400.0, 400.25, 0.1, 400.255, float("nan"), float("inf"), None, 1e300],
        [Decimal("400.50"), Decimal("0.01"), None, Decimal("-1.00")],
        ["400"] * 20 + ["500.25"] * 20,
    ],
)
def test_a_number_is_read_at_once_as_it_is_read_by_itself(cells: list[Any]) -> None:
    """However it is written, and of whatever type the column is."""
    arrow = pytest.importorskip("pyarrow")
    rows = [dict.fromkeys(["fee_total", "client_said_no"], None) | {"fee_total": cell} for cell in cells] * 2
    table = arrow.table(
        {"fee_total": [row["fee_total"] for row in rows], "client_said_no": [True] * len(rows)}
    )
    parts = ("status", "remedy", "money.amount", "money.currency", "money.basis")
    at_once = decide_table(shipped(), table, columns=parts).to_pylist()
    for row, found in zip(table.to_pylist(), at_once, strict=True):
        (alone,) = decided(ground_of(list(row), parts), [row])
        alone["money.amount"] = alone["money.amount"] and Decimal(alone["money.amount"])
        assert {name: found[name] for name in (*parts, "reason")} == {
            name: alone[name] for name in (*parts, "reason")
        }, row


def test_a_disk_that_is_full_leaves_what_was_there(folder: Path) -> None:
    """A real one, of a few pages."""
    place = folder / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("nobody may mount here")
    try:
        lines = [f"{number},{ROWS[number % 2].partition(',')[2]}" for number in range(2_000)]
        put("\n".join((HEAD, *lines)) + "\n")
        (place / "out.csv").write_text("as it was\n")
        done = batch("in.csv", "-o", str(place / "out.csv"), "--columns", "remedy", "--force", code=2)
        assert "no space left on device" in done.output
        assert there(str(place)) == ["out.csv"]
        assert (place / "out.csv").read_text() == "as it was\n"
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_value_that_is_none_in_the_last_of_many_rows_is_refused_there() -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    count = 70_000
    table = arrow.table(
        {
            "id": range(count),
            "cause": ["own_error"] * (count - 1) + ["rain"],
            "lawyer_letter": [True] * count,
        }
    )
    parquet.write_table(table, "in.parquet")
    batch("in.parquet", "-o", "out.parquet", "--columns", "status,remedy", code=1)
    found = parquet.read_table("out.parquet")
    assert found["id"].to_pylist() == list(range(count))
    assert found["reason"].null_count == count - 1
    assert found["reason"][-1].as_py() == "rain is no value of cause"
    assert set(found["remedy"].to_pylist()[:-1]) == {"advice_first"}
