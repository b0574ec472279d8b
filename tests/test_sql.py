"""`amends export --to sql`: what the query says of a row is what `decide` says, in each dialect.

DuckDB stands for all of them; PostgreSQL is started where its programs are, Spark where PySpark is.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

pa = pytest.importorskip("pyarrow")
pytest.importorskip("sqlglot")

from amends.cli.main import app  # noqa: E402
from amends.engine import load  # noqa: E402
from amends.engine.batch import decide_table  # noqa: E402
from amends.engine.batch.sampling import sampled  # noqa: E402
from amends.engine.interchange.sql import sql_of  # noqa: E402
from amends.engine.rulebase import Kind  # noqa: E402
from tests.support.shipped import shipped  # noqa: E402

pytestmark = pytest.mark.proofs

ALSO = ("money", "companions", "avoid", "goodwill_stock", "deficit", "message", "money_form", "severity_base")
ROWS = 1_500


@pytest.fixture(scope="module")
def cases() -> Any:
    """Made-up cases, a third of them with facts left out."""
    rulebase = shipped().rulebase
    whole, partial = (
        pa.concat_tables(sampled(rulebase, count, seed=7, unknown=unknown))
        for count, unknown in ((ROWS, 0.0), (ROWS // 2, 0.1))
    )
    table = pa.concat_tables([whole, partial])
    table = table.set_column(0, "id", pa.array(range(len(table))))
    for name in rulebase.facts:
        if name not in table.schema.names:
            table = table.append_column(name, pa.nulls(len(table), pa.string()))
    return table


@pytest.fixture(scope="module")
def told(cases: Any) -> Sequence[Mapping[str, Any]]:
    """What the engine says of each of them."""
    parts = ("remedy", "decisions", "money.amount", "money.low", "money.high")
    rows = decide_table(shipped(), cases, columns=parts, kept=["id"]).to_pylist()
    return [
        {**row["decisions"], **{name: row[name] for name in parts if name != "decisions"}} for row in rows
    ]


def assert_same(found: Sequence[Mapping[str, Any]], told: Sequence[Mapping[str, Any]]) -> None:
    """What the query says is true; of whole rows it says everything."""
    assert sorted(int(row["id"]) for row in found) == list(range(len(told)))
    for row in found:
        number = int(row["id"])
        for name, value in row.items():
            if name == "id":
                continue
            wanted = told[number][name]
            if value is None:
                assert number >= ROWS, f"row {number}: nothing is said of {name}, which is {wanted}"
            elif isinstance(wanted, list):
                assert value == ", ".join(wanted), (number, name)
            elif isinstance(wanted, (Decimal, float, int)):
                assert Decimal(str(value)) == Decimal(str(wanted)), (number, name)
            else:
                assert value == wanted, (number, name)


def test_duckdb_says_what_decide_says(cases: Any, told: Sequence[Mapping[str, Any]]) -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    connection.register("cases", cases)
    done = connection.execute(sql_of(shipped().rulebase, "remedy", also=ALSO))
    names = [column[0] for column in done.description]
    found = [dict(zip(names, row, strict=True)) for row in done.fetchall()]
    assert_same(found, told)
    assert sum(row["remedy"] is not None for row in found) > 1.2 * ROWS, "partial rows are decided too"


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[list[str]]:
    """A server of our own, and how to call its client."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *map(Path, os.environ["PATH"].split(":"))]
    server = next((folder for folder in folders if (folder / "initdb").exists()), None)
    if server is None or shutil.which("psql") is None:
        pytest.skip("there is no PostgreSQL")
    place = tmp_path / "data"
    place.mkdir()
    as_user = []
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        if shutil.which("runuser") is None:
            pytest.skip("nobody to run PostgreSQL as")
        as_user = ["runuser", "-u", "nobody", "--"]
        for folder in (tmp_path, place):
            os.chown(folder, *_nobody())
        for folder in tmp_path.parents:
            if folder.owner() == "root" and folder.is_relative_to("/tmp"):
                folder.chmod(folder.stat().st_mode | 0o011)
    subprocess.run(
        [*as_user, server / "initdb", "-D", place, "-A", "trust", "-U", "amends"],
        check=True,
        capture_output=True,
        cwd="/",
    )
    options = f"-k {place} -c listen_addresses='' -c fsync=off"
    control = [*as_user, server / "pg_ctl", "-D", place, "-w"]
    subprocess.run(
        [*control, "-o", options, "-l", place / "log", "start"], check=True, capture_output=True, cwd="/"
    )
    yield ["psql", "-q", "-h", str(place), "-U", "amends", "-v", "ON_ERROR_STOP=1", "postgres"]
    subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd="/")


def _nobody() -> tuple[int, int]:
    import pwd

    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def test_postgres_says_what_decide_says(
    cases: Any, told: Sequence[Mapping[str, Any]], postgres: list[str], tmp_path: Path
) -> None:
    from pyarrow import csv as arrow_csv

    kinds = {name: fact.domain.kind for name, fact in shipped().rulebase.facts.items()}
    columns = ", ".join(f'"{name}" {_type(kinds.get(name))}' for name in cases.schema.names)
    plain = cases.cast(
        pa.schema(
            [
                (field.name, pa.string() if pa.types.is_dictionary(field.type) else field.type)
                for field in cases.schema
            ]
        )
    )
    arrow_csv.write_csv(plain, tmp_path / "cases.csv")
    query = tmp_path / "query.sql"
    query.write_text(sql_of(shipped().rulebase, "remedy", "postgres", also=ALSO))
    load_in = f"CREATE TABLE cases ({columns});"
    subprocess.run([*postgres, "-c", load_in], check=True, capture_output=True)
    copy = f"\\copy cases FROM '{tmp_path / 'cases.csv'}' CSV HEADER"
    subprocess.run([*postgres, "-c", copy], check=True, capture_output=True)
    null = ["-P", "null=NULL", "--csv", "-f", str(query)]
    done = subprocess.run([*postgres, *null], check=True, capture_output=True, text=True)
    found = [
        {name: None if value == "NULL" else value for name, value in row.items()}
        for row in csv.DictReader(io.StringIO(done.stdout))
    ]
    assert_same(found, told)


def _type(kind: Kind | None) -> str:
    if kind is None:
        return "bigint"
    return "numeric" if kind.is_number else "boolean" if kind is Kind.FLAG else "text"


BASE = """
facts:
  loss: {title: l, question: l?, kind: money, sources: [S]}
  fee: {title: f, question: f?, kind: money, sources: [S]}
  due: {title: d, question: d?, kind: date, sources: [S]}
sources: {S: {title: s, where: s}}
measures:
  ratio: {title: r, kind: number, formula: "loss / max(fee, 0.01)", sources: [S]}
"""
RULES = """
decides: remedy
title: r
hit_policy: priority
tiers: [a, b]
values: {refuse: x, pay: y, wait: z}
sources: [S]
otherwise: wait
otherwise_because: w
rules:
  third: {tier: a, when: {ratio: {more_than: 3}}, then: refuse, because: b, sources: [S]}
  late:
    when: {due: {less_than: 2026-03-01}, ratio: {at_most: 3}}
    then: pay
    tier: b
    because: b
    sources: [S]
"""


def test_a_ratio_at_its_edge_and_a_day_are_exact(tmp_path: Path) -> None:
    """Three tenths over one tenth is three, and in halves it is not."""
    duckdb = pytest.importorskip("duckdb")
    (tmp_path / "a.yaml").write_text(BASE)
    (tmp_path / "b.yaml").write_text(RULES)
    engine = load(tmp_path)
    rows = [
        {"id": 1, "loss": "0.30", "fee": "0.10", "due": "2026-02-28"},
        {"id": 2, "loss": "0.31", "fee": "0.10", "due": "2026-02-28"},
        {"id": 3, "loss": "0.30", "fee": "0.10", "due": "2026-03-01"},
        {"id": 4, "loss": None, "fee": "0.10", "due": "2026-03-01"},
    ]
    connection = duckdb.connect()
    connection.register("cases", pa.Table.from_pylist(rows))
    found = dict(connection.execute(sql_of(engine.rulebase, "remedy")).fetchall())
    assert found == {1: "pay", 2: "refuse", 3: "wait", 4: None}
    told = decide_table(engine, pa.Table.from_pylist(rows), columns=("remedy",), kept=["id"])
    assert told["remedy"].to_pylist()[:3] == ["pay", "refuse", "wait"]


def test_the_command_writes_a_query_and_says_what_it_does_not_know(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["export", "abuse_level", "--to", "sql", "--table", "t", "--key", "k"])
    assert done.exit_code == 0
    assert done.output.startswith("WITH facts AS (")
    assert '"k"' in done.output
    done = CliRunner().invoke(app, ["export", "remedy", "--to", "sql", "--also", "mony"])
    assert done.exit_code == 2
    assert "did you mean `money`" in done.output
