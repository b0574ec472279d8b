"""`amends batch --engine spark`: Spark's rows come out as those of one machine, and its faults are told."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyspark")
pytest.importorskip("pandas")
pq = pytest.importorskip("pyarrow.parquet")

from amends.engine.batch.on_spark import session_at  # noqa: E402
from amends.engine.interchange.sql import sql_of  # noqa: E402
from tests.support.commands import run  # noqa: E402
from tests.support.shipped import shipped  # noqa: E402

pytestmark = [
    pytest.mark.proofs,
    pytest.mark.xdist_group("spark"),
    pytest.mark.filterwarnings("ignore"),  # Spark's own
]


@pytest.fixture(autouse=True, scope="module")
def session() -> Iterator[Any]:
    found = session_at("local[2]")
    yield found
    found.stop()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_rows_on_spark_come_out_as_on_one_machine(session: Any, folder: Path) -> None:
    """Parquet and CSV, rows that are open or refused among them, with every column of the default."""
    run("sample", "-n", "150", "-o", "cases.parquet", "--unknown", "0.05")
    run("batch", "cases.parquet", "-o", "here.parquet", "-j", "1")
    done = run("batch", "cases.parquet", "-o", "there", "--engine", "spark")
    assert "150 rows" in done.output
    here = {row["id"]: row for row in pq.read_table("here.parquet").to_pylist()}
    there = {row["id"]: row for row in pq.read_table("there").to_pylist()}
    assert there == here
    query = sql_of(shipped().rulebase, "remedy", "spark", also=["money"])
    table = session.read.parquet(str(folder / "cases.parquet"))
    missing = [name for name in shipped().rulebase.facts if name not in table.columns]
    table.selectExpr("*", *(f"CAST(NULL AS STRING) AS {name}" for name in missing)).createOrReplaceTempView(
        "cases"
    )
    for row in session.sql(query).collect():
        wanted = here[row["id"]]
        assert row["remedy"] in (None, wanted["remedy"])
        assert row["money.amount"] in (None, wanted["money.amount"])


def test_a_row_that_is_no_case_is_refused_there_too() -> None:
    Path("in.csv").write_text(
        "id,cause,failure_kind\n1,own_error,wrong_work\n2,rain,wrong_work\n3,overload,wrong_work\n"
    )
    run("batch", "in.csv", "-o", "there", "--engine", "spark", "--columns", "status,remedy", code=1)
    rows = [row for part in Path("there").glob("*.csv") for row in csv.DictReader(part.open())]
    assert {row["id"]: row["reason"] for row in rows}["2"] == "rain is no value of cause"
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none.parquet", "-o", "out"), "Spark finds nothing there"),
        (("in.csv", "-o", "."), "it is there already"),
        (("in.csv", "-o", "out", "--map", "mood=client_temperament"), "there is no column `mood`"),
    ],
)
def test_what_spark_cannot_do_is_told(arguments: tuple[str, ...], said: str) -> None:
    Path("in.csv").write_text("id,cause\n1,own_error\n")
    assert said in run("batch", *arguments, "--engine", "spark", code=2).output
