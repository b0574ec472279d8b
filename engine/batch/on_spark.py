"""The same rows on Spark: it reads, spreads and writes them, and each worker decides its own as columns.

The verdicts are made by the very code that makes them on one machine, so nothing can differ. A query of
Spark's own, as `amends export --to sql` writes it, says nothing of rows whose missing facts matter.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from amends.engine.batch.columns import REASON, Layout
from amends.engine.batch.deciding import Ground, decided_batch
from amends.engine.batch.running import Told
from amends.engine.batch.tables import ROWS, Table
from amends.engine.diagnostics import Code, Diagnostic, InputError
from amends.engine.interchange.files import NeedsLibrary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

READS = {"csv": "csv", "jsonl": "json", "parquet": "parquet"}
APP = "amends"
JAVA = "java"
"""What Spark needs, and no package brings."""


def session_at(master: str | None) -> SparkSession:
    """Return the session that is there, or one at *master*, by default on all cores here.

    Raises `NeedsLibrary` without PySpark or Java, and `InputError` if none answers.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise NeedsLibrary("pyspark") from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # where `amends` is installed
    builder = SparkSession.builder.appName(APP).config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", str(ROWS))
    builder = builder.config("spark.log.level", "ERROR")
    try:
        return builder.master(master or "local[*]").getOrCreate()
    except Exception:
        if not has_java():
            raise NeedsLibrary(JAVA) from None
        help = "`spark://HOST:PORT`, `local[*]`, or none for all cores here"
        message = f"there is no Spark at `{master}`, or it does not answer"
        raise InputError([Diagnostic(Code.UNKNOWN_VALUE, message, help=help)]) from None


def has_java() -> bool:
    """Return whether there is a Java for Spark to run on."""
    return shutil.which("java") is not None or "JAVA_HOME" in os.environ


def decided_frame(ground: Ground, lay: Callable[[Table], Layout], frame: DataFrame) -> DataFrame:
    """Return the rows of *frame* with what is written beside each, as a Spark data frame.

    Raises `InputError` if its columns cannot be meant.
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    from amends.engine.batch.arrow import plain_schema, schema_of

    layout = lay(Table(tuple(frame.columns), iter(())))
    here = replace(ground, layout=layout)
    given = to_arrow_schema(frame.schema)
    schema = plain_schema(schema_of(ground.engine.rulebase, layout, given, assume=ground.assume))

    def work(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            yield from decided_batch(here, batch).cast(schema).to_batches()

    return frame.mapInArrow(work, from_arrow_schema(schema))


def decide_on_spark(
    ground: Ground,
    lay: Callable[[Table], Layout],
    given: str,
    form: str,
    output: str,
    out_form: str,
    *,
    master: str | None = None,
    force: bool = False,
) -> Told:
    """Decide what Spark reads at *given* into what it writes at *output*, a folder of parts.

    Raises `InputError`, and `NeedsLibrary` without PySpark.
    """
    session = session_at(master)
    from pyspark.sql import Observation
    from pyspark.sql.functions import col, count, lit

    (reason,) = (name for name, part in ground.layout.out.items() if part == REASON)
    seen = Observation()
    mode = "overwrite" if force else "errorifexists"
    try:
        frame = session.read.option("header", "true").format(READS[form]).load(given)
        found = decided_frame(ground, lay, frame)
        # Counted as they pass, so that nothing is read again.
        found = found.observe(seen, count(lit(1)).alias("rows"), count(col(f"`{reason}`")).alias("refused"))
        found.write.mode(mode).option("header", "true").format(READS[out_form]).save(output)
        return Told(**seen.get)
    except Exception as error:
        raise _told(error, given, output) from None


def _told(error: Exception, given: str, output: str) -> Exception:
    """Return what Spark says as a diagnostic; any other fault as it is."""
    from pyspark.errors import PySparkException

    if not isinstance(error, PySparkException):
        return error
    condition = error.getCondition() or ""
    if condition == "PATH_NOT_FOUND":
        found = Diagnostic(Code.FILE_NOT_FOUND, f"`{given}` cannot be read: Spark finds nothing there")
    elif condition == "PATH_ALREADY_EXISTS":
        help = "name another with -o, or write over it with --force"
        found = Diagnostic(Code.CANNOT_WRITE, f"`{output}` cannot be written: it is there already", help=help)
    else:
        said = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        found = Diagnostic(Code.CANNOT_WRITE, f"`{output}` cannot be written: {said.strip()[:300]}")
    return InputError([found])
