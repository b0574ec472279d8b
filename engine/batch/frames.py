"""Tables in memory: Arrow, pandas or Polars in, the same out, with the verdict beside each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from amends.engine.api import Engine
from amends.engine.batch.columns import DEFAULT, layout
from amends.engine.batch.deciding import Ground, decided_batch, facts_for_all
from amends.engine.batch.tables import ROWS
from amends.engine.interchange.files import NeedsLibrary

NAME = "the table"


def decide_table(
    engine: Engine,
    table: Any,
    *,
    columns: Sequence[str] = DEFAULT,
    mapped: Mapping[str, str] | None = None,
    kept: Iterable[str] = (),
    prefix: str = "",
    stated: Mapping[str, str] | None = None,
    assume: bool = True,
) -> Any:
    """Return *table*, of Arrow, pandas or Polars, as one of its kind with what is written beside each row.

    Columns are named as facts, or *mapped* to them; *kept* ones state nothing. *columns* are the parts of
    the verdict to write, with *prefix* before their names; *stated* facts hold for every row. Raises
    `InputError` if the columns cannot be meant, and `NeedsLibrary` without pyarrow. A row that is no case
    is `refused`, with the reason.

    >>> import pyarrow
    >>> from amends.engine import load
    >>> rows = pyarrow.table({"cause": ["own_error", "rain"], "lawyer_letter": [True, True]})
    >>> found = decide_table(load(), rows, columns=("status", "remedy"))
    >>> found["status"].to_pylist(), found["remedy"].to_pylist()
    (['decided', 'refused'], ['advice_first', None])
    """
    try:
        import pyarrow as pa
    except ImportError:
        raise NeedsLibrary("pyarrow") from None
    given = _as_arrow(table)
    laid = layout(
        engine.rulebase,
        tuple(given.schema.names),
        NAME,
        mapped=[f"{column}={fact}" for column, fact in (mapped or {}).items()],
        kept=kept,
        parts=columns,
        prefix=prefix,
    )
    for_all = facts_for_all(engine, [f"{fact}={said}" for fact, said in (stated or {}).items()])
    ground = Ground(engine, laid, for_all, assume)
    batches = given.to_batches(max_chunksize=ROWS) or [pa.RecordBatch.from_pylist([], given.schema)]
    found = pa.concat_tables([decided_batch(ground, batch) for batch in batches])
    return _like(table, found)


def _as_arrow(table: Any) -> Any:
    import pyarrow as pa

    if isinstance(table, pa.Table):
        return table
    if isinstance(table, pa.RecordBatch):
        return pa.Table.from_batches([table])
    if hasattr(table, "to_arrow"):  # Polars
        return table.to_arrow()
    return pa.Table.from_pandas(table, preserve_index=False)


def _like(table: Any, found: Any) -> Any:
    import pyarrow as pa

    if isinstance(table, (pa.Table, pa.RecordBatch)):
        return found
    if hasattr(table, "to_arrow"):
        import polars

        return polars.from_arrow(found)
    frame = found.to_pandas()
    frame.index = table.index
    return frame
