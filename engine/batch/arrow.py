"""Arrow batches in and out: the columns of the input as they are, and beside them those of the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from amends.engine.batch.columns import CURRENCY, Layout
from amends.engine.batch.parts import Part, as_arrow, type_of
from amends.engine.rulebase import RuleBase

if TYPE_CHECKING:
    from amends.engine.batch.begun import Begun
    from amends.engine.batch.deciding import Alone, Ground


def schema_of(rulebase: RuleBase, layout: Layout, given: Any, *, assume: bool) -> Any:
    """Return the schema of the output for an input of the schema *given*."""
    beside = [(name, type_of(rulebase, part, assume=assume)) for name, part in layout.out.items()]
    return pa.schema([*given, *(pa.field(*each) for each in beside)])


def plain_schema(schema: Any) -> Any:
    """Return *schema* with texts where it has codes of a dictionary."""
    return pa.schema([_plain(each) for each in schema], schema.metadata)


def _plain(field: Any) -> Any:
    kind = field.type
    if pa.types.is_dictionary(kind):
        return field.with_type(kind.value_type)
    if pa.types.is_struct(kind):
        return field.with_type(pa.struct([_plain(kind.field(at)) for at in range(kind.num_fields)]))
    if pa.types.is_list(kind):
        return field.with_type(pa.list_(_plain(kind.value_field)))
    return field


def _not_begun(_row: int) -> None:
    """Say of a row that nothing was made of it yet."""


def beside_batch(ground: Ground, batch: Any, alone: Alone) -> Any:
    """Return *batch* as a table, with what is written beside its rows."""
    layout, rows = ground.layout, batch.num_rows
    columns = ground.columns()
    parts: Mapping[str, Part] = {}
    is_told = np.zeros(rows, bool)
    begin: Callable[[int], Begun | None] = _not_begun
    if columns is not None:
        cells = {fact: batch.column(name) for name, fact in layout.facts.items()}
        currency = batch.column(CURRENCY) if CURRENCY in layout.columns else None
        parts, is_told, begin = columns.told(rows, cells, currency)
    left = np.flatnonzero(~is_told)
    rest = batch.take(pa.array(left)).to_pylist() if len(left) else []
    found = alone(list(zip(rest, map(begin, left.tolist()), strict=True)))
    schema = schema_of(ground.engine.rulebase, layout, batch.schema, assume=ground.assume)
    order = np.arange(rows)
    order[left] = rows + np.arange(len(left))
    arrays = list(batch.columns)
    for name in layout.out:
        kind = schema.field(name).type
        pieces = [parts[name].arrow(rows, kind)] if parts else []
        if found or not parts:
            pieces.append(as_arrow([each[name] for each in found], kind))
        arrays.append(pa.concat_arrays(pieces).take(pa.array(order)) if len(pieces) > 1 else pieces[0])
    return pa.Table.from_arrays(arrays, schema=schema)
