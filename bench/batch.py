"""Make up millions of cases, decide them, and replay some through the chain; say how fast each part is.

    .venv/bin/python bench/batch.py [--cases N] [--replayed N] [--spark] [--no-write]

Ten million need some four minutes and 2 GB of disk. With --spark the same file is decided by Spark on this
machine too, and compared row for row.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from page import prose, put, seconds, table

from amends.engine import Engine, load
from amends.engine.batch.arrow import plain_schema
from amends.engine.batch.lookups import Lookups
from amends.engine.batch.on_spark import has_java
from amends.engine.batch.tables import settings
from amends.engine.batch.texts import said, text
from amends.engine.diagram import whole

AMENDS = Path(sys.executable).with_name("amends")
ROWS = 32_768
ABOUT = """Cases made up by `amends sample`, one column a fact and {columns} of them, in one Parquet
file of {size:,.0f} MB, and decided with the default columns: remedy, status, all 40 decisions,
money, assumptions. Each is one run of the command, its start with it. {replayed:,} rows drawn at
random were then decided by `decide`, each by itself through the chain: {equal:,} were equal in
every decision, and to the cent. The last lines are what no engine can be faster than here: reading
that file, and writing the verdicts anew from memory, each with the settings of `amends batch`."""
CODED = """From columns of codes, a byte a row, the remedy alone by look-up: {million:.0f} million
rows a second on one core, {levels} variables in {steps} tables of {places:,} places together,
{ready} to make."""
SPARSE = """Where facts that matter are missing, rows are decided one by one, by the chain and the
diagrams. With a tenth of what nothing is assumed of left out: {rate:,.0f} rows a second on both
cores, with all decisions; {few:,.0f} for `--columns remedy,status,money.amount`."""
NO_JAVA = "Spark was left out: there is no Java here."
SPARK = """Spark in local mode on the same {cores} cores took {took} for the same file, its start
included: {same} row for row."""


def run(*arguments: object) -> tuple[float, int]:
    """Run the command; return its seconds, and the most memory that it held, in bytes."""
    with tempfile.TemporaryFile() as said:
        before = time.perf_counter()
        process = subprocess.Popen([AMENDS, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - before
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            said.seek(0)
            sys.exit(said.read().decode())
    return took, usage.ru_maxrss * 1024


def batches(path: Path) -> Iterator[Any]:
    schema = pq.read_schema(path)
    file = pq.ParquetFile(path, read_dictionary=[each.name for each in schema if each.type == pa.string()])
    yield from file.iter_batches(batch_size=ROWS)


def reading(path: Path) -> float:
    began = time.perf_counter()
    for _ in batches(path):
        pass
    return time.perf_counter() - began


def writing(path: Path, to: Path) -> float:
    took, writer = 0.0, None
    for batch in batches(path):
        began = time.perf_counter()
        writer = writer or pq.ParquetWriter(to, batch.schema, **settings(batch.schema))
        writer.write_batch(batch)
        took += time.perf_counter() - began
    began = time.perf_counter()
    assert writer is not None
    writer.close()
    return took + time.perf_counter() - began


def replayed(given: Path, decided: Path, count: int, total: int) -> int:
    """Decide rows drawn at random by themselves; return how many are what *decided* says."""
    engine, equal = load(), 0
    wanted = sorted(random.Random(1).sample(range(total), count))
    for row, verdict in zip(_rows(given, wanted), _rows(decided, wanted), strict=True):
        options = [f"{name}={text(value)}" for name, value in row.items() if name != "id"]
        told = engine.decide(engine.case({}, options=options), what_if=False)
        decisions = {name: value for name, value in verdict["decisions"].items() if value is not None}
        amount = verdict["money.amount"]
        equal += (
            told.remedy == verdict["remedy"]
            and told.status == verdict["status"]
            and dict(told.decisions) == decisions
            and told.money.amount == (None if amount is None else str(amount))
            and _assumed(engine, row) == verdict["assumptions"]
        )
    return equal


def _assumed(engine: Engine, row: dict[str, Any]) -> dict[str, str | None]:
    return {
        name: said(fact.assume) if row.get(name) is None else None
        for name, fact in engine.rulebase.facts.items()
        if fact.assume is not None
    }


def _rows(path: Path, wanted: Sequence[int]) -> Iterator[dict[str, Any]]:
    start, left = 0, list(wanted)
    for batch in batches(path):
        here = [at - start for at in left if at < start + batch.num_rows]
        left = left[len(here) :]
        start += batch.num_rows
        if here:
            yield from batch.take(pa.array(here)).to_pylist()


def coded(rows: int = 1 << 20, rounds: int = 7) -> str:
    diagrams = whole(load().rulebase)
    root = diagrams.decision("remedy").root
    assert root is not None
    began = time.perf_counter()
    lookups = Lookups.of(diagrams, root)
    ready = time.perf_counter() - began
    rng = np.random.default_rng(0)
    codes = {
        level: rng.integers(0, len(each.cells), rows).astype(np.uint8)
        for level, each in lookups.variables.items()
    }
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        for start in range(0, rows, ROWS):
            lookups.run(ROWS, {level: each[start : start + ROWS] for level, each in codes.items()})
        took.append(time.perf_counter() - began)
    return CODED.format(
        million=rows / median(took) / 1e6,
        levels=len(codes),
        steps=len(lookups.steps),
        places=sum(len(step.table) for step in lookups.steps),
        ready=seconds(ready),
    )


def sparse(folder: Path, count: int = 4_000) -> str:
    run("sample", "-n", count, "-o", folder / "sparse.parquet", "--unknown", "0.1")
    start, _ = run("sample", "-n", 0, "-o", folder / "none.parquet")
    rates = []
    for columns in ((), ("--columns", "remedy,status,money.amount")):
        took, _ = run("batch", folder / "sparse.parquet", "-o", folder / "s.parquet", "--force", *columns)
        rates.append(count / max(took - start, 0.01))
    return SPARSE.format(rate=rates[0], few=rates[1])


def on_spark(given: Path, decided: Path, folder: Path) -> str:
    took, _ = run("batch", given, "-o", folder / "spark", "--engine", "spark")
    there = pq.ParquetDataset(folder / "spark")
    order = {int(path.rsplit("part-", 1)[1][:5]): path for path in there.files}
    theirs = (batch for at in sorted(order) for batch in batches(Path(order[at])))
    same = _same(batches(decided), theirs)
    return SPARK.format(cores=os.cpu_count(), took=seconds(took), same="equal" if same else "NOT equal")


def _same(ours: Iterator[Any], theirs: Iterator[Any]) -> bool:
    """Compare two streams of rows, however they are cut."""
    one: Any = None
    for other in theirs:
        table_ = pa.Table.from_batches([other])
        while one is None or one.num_rows < table_.num_rows:
            more = next(ours, None)
            if more is None:
                return False
            fresh = pa.Table.from_batches([more])
            one = fresh if one is None else pa.concat_tables([one, fresh])
        here = one.slice(0, table_.num_rows)
        kind = plain_schema(here.schema)
        if not here.cast(kind).equals(table_.cast(kind)):
            return False
        one = one.slice(table_.num_rows)
    return next(ours, None) is None and (one is None or one.num_rows == 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000_000)
    parser.add_argument("--replayed", type=int, default=10_000)
    parser.add_argument("--spark", action="store_true")
    parser.add_argument("--no-write", action="store_true")
    options = parser.parse_args()
    rows: list[tuple[str, ...]] = []

    def line(what: str, took: float, held: int | None = None) -> None:
        shown = "" if held is None else f"{held / 2**20:,.0f} MiB"
        rows.append((what, seconds(took), f"{options.cases / took:,.0f}", shown))
        print(*rows[-1], sep="  ", flush=True)

    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        given, one, two = folder / "cases.parquet", folder / "one.parquet", folder / "two.parquet"
        line("`amends sample`", *run("sample", "-n", options.cases, "-o", given))
        few = ("--columns", "remedy,status")
        line("`amends batch -j 1 --columns remedy,status`", *run("batch", given, "-o", two, "-j", 1, *few))
        line("`amends batch -j 1`", *run("batch", given, "-o", one, "-j", 1))
        line("`amends batch -j 2`", *run("batch", given, "-o", two, "-j", 2, "--force"))
        line("reading the cases", reading(given))
        line("writing the verdicts", writing(one, folder / "again.parquet"))
        equal = replayed(given, one, min(options.replayed, options.cases), options.cases)
        about = ABOUT.format(
            columns=len(pq.read_schema(given)) - 1,
            size=given.stat().st_size / 1e6,
            replayed=min(options.replayed, options.cases),
            equal=equal,
        )
        others = [coded(), sparse(folder)]
        if options.spark:
            others.append(on_spark(given, one, folder) if has_java() else NO_JAVA)
    heads = (f"{options.cases:,} cases", "took", "rows a second", "memory at most")
    lines = ["## Tables of cases", "", *prose(about), "", *table(heads, rows)]
    for each in others:
        lines += ["", *prose(each)]
    print("\n".join(lines))
    if not options.no_write:
        put("batch", lines)


if __name__ == "__main__":
    main()
