"""What comes out, a column at a time: parts of verdicts as codes, amounts or several, as rows or in Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from amends.engine.batch.columns import PARTS, REASON
from amends.engine.batch.texts import flat, in_money
from amends.engine.deciding import AVOID, COMPANIONS
from amends.engine.rulebase import Domain, Kind, RuleBase
from amends.engine.truth import Truth

NAMES = pa.dictionary(pa.int32(), pa.string())
"""The type of what has few values."""
LISTS = pa.list_(NAMES)
AMOUNTS = pa.decimal128(18, 2)
_SUMS = ("amount", "low", "high")
_LISTED = ("possible", COMPANIONS, AVOID, "fired", "undecided", "withdrawn")


@dataclass(frozen=True)
class Coded:
    """One of few *values* in each row; None where there is none."""

    codes: Any
    values: Sequence[Any]

    def objects(self, rows: int) -> list[Any]:
        """Return the value of each of so many rows."""
        if np.ndim(self.codes) == 0:
            return [self.values[int(self.codes)]] * rows
        return [self.values[code] for code in self.codes.tolist()]

    def arrow(self, rows: int, kind: Any) -> Any:
        """Return it as an Arrow array of that type."""
        codes = np.broadcast_to(np.asarray(self.codes), (rows,)).astype(np.int32)
        if kind != NAMES:
            return as_arrow(self.values, kind).take(pa.array(codes))
        names = list(dict.fromkeys(value for value in self.values if value is not None))
        place = {name: at for at, name in enumerate(names)}
        codes = np.array([place.get(value, -1) for value in self.values], np.int32)[codes]
        mask = codes < 0 if None in self.values else None
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=mask), pa.array(names, pa.string()))


@dataclass(frozen=True)
class Amounts:
    """Money in cents; None where it is not `known`."""

    cents: Any
    known: Any

    def objects(self, rows: int) -> list[Any]:
        """Return the amount of each of so many rows as text."""
        known = np.broadcast_to(np.asarray(self.known), (rows,)).tolist()
        cents = np.broadcast_to(np.asarray(self.cents), (rows,)).tolist()
        return [in_money(cent) if is_known else None for cent, is_known in zip(cents, known, strict=True)]

    def arrow(self, rows: int, kind: Any) -> Any:
        """Return it as an Arrow array of decimals."""
        return decimals_of(np.broadcast_to(np.asarray(self.cents), (rows,)), self.known, kind)


@dataclass(frozen=True)
class Sets:
    """A set in each row, in the order of its members, by what is said of each; what may be in it is not."""

    members: Mapping[str, Any]

    def _found(self, rows: int) -> tuple[list[str], Any, Any]:
        """Return the members in order, how many there are up to each row, and the places of all."""
        names = list(self.members)
        table = np.zeros((rows, len(names)), bool)
        for place, name in enumerate(names):
            table[:, place] = self.members[name] == Truth.YES
        # The places of a table laid flat are found three times as fast as those by row and column.
        at, places = np.divmod(np.flatnonzero(table).astype(np.int32), np.int32(max(len(names), 1)))
        ends = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=rows))]).astype(np.int32)
        return names, ends, places

    def objects(self, rows: int) -> list[Any]:
        """Return the members of each of so many rows."""
        names, ends, places = self._found(rows)
        found, edges = [names[place] for place in places.tolist()], ends.tolist()
        return [found[start:end] for start, end in pairwise(edges)]

    def arrow(self, rows: int, kind: Any) -> Any:
        """Return it as an Arrow array of lists."""
        names, ends, places = self._found(rows)
        values = pa.DictionaryArray.from_arrays(pa.array(places), pa.array(names, pa.string()))
        return pa.ListArray.from_arrays(pa.array(ends), values)


@dataclass(frozen=True)
class Fields:
    """Several parts by name; those that are None in a row are left out of it."""

    parts: Mapping[str, Coded | Sets]

    def objects(self, rows: int) -> list[Any]:
        """Return of each of so many rows what is in it, by name."""
        names = list(self.parts)
        columns = [part.objects(rows) for part in self.parts.values()]
        return [
            {name: value for name, value in zip(names, row, strict=True) if value is not None}
            for row in zip(*columns, strict=True)
        ] or [{}] * rows

    def arrow(self, rows: int, kind: Any) -> Any:
        """Return it as an Arrow array of structs."""
        if not pa.types.is_struct(kind):
            return as_arrow(self.objects(rows), kind)
        fields = [kind.field(at) for at in range(kind.num_fields)]
        arrays = [self.parts[field.name].arrow(rows, field.type) for field in fields]
        return pa.StructArray.from_arrays(arrays, fields=fields)


@dataclass(frozen=True)
class Objects:
    """What was made for each row by itself."""

    found: Sequence[Any]

    def objects(self, rows: int) -> list[Any]:
        """Return it."""
        return list(self.found)

    def arrow(self, rows: int, kind: Any) -> Any:
        """Return it as an Arrow array."""
        return as_arrow(self.found, kind)


Part = Coded | Amounts | Sets | Fields | Objects


def type_of(rulebase: RuleBase, part: str, *, assume: bool) -> Any:
    """Return the Arrow type of a part of a verdict. What is of no one form is JSON in a text."""
    name, _, inner = part.partition(".")
    if name == REASON:
        return pa.string()
    if name == "decisions":
        if inner in rulebase.decisions:
            return _type_in(rulebase.decisions[inner].domain)
        return pa.struct([(each, _type_in(rulebase.decisions[each].domain)) for each in rulebase.decisions])
    if name == "assumptions":
        assumed = [name for name, fact in rulebase.facts.items() if assume and fact.assume is not None]
        return pa.struct([(each, NAMES) for each in assumed]) if assumed else pa.string()
    if name == "money" and inner:
        return AMOUNTS if inner in _SUMS else pa.string() if inner == "formula" else NAMES
    if name in _LISTED:
        return LISTS
    return pa.string() if PARTS[name] else NAMES


def _type_in(domain: Domain) -> Any:
    if domain.kind is Kind.SET:
        return LISTS
    if domain.kind is Kind.FLAG:
        return pa.bool_()
    return pa.float64() if domain.kind in (Kind.NUMBER, Kind.COUNT) else NAMES


def decimals_of(tops: Any, known: Any, kind: Any) -> Any:
    """Return *tops*, in units of the last decimal place of *kind*, as decimals; null where not *known*."""
    wide = np.stack([tops, tops >> 63], axis=1)
    valid = None if known is True else pa.array(np.broadcast_to(known, (len(tops),))).buffers()[1]
    return pa.Array.from_buffers(kind, len(tops), [valid, pa.py_buffer(wide)])


def as_arrow(values: Iterable[Any], kind: Any) -> Any:
    """Return *values*, as they stand in a row, as an Arrow array of that type."""
    if kind == NAMES:
        return pa.array(values, pa.string()).dictionary_encode()
    if pa.types.is_struct(kind):
        rows = [value or {} for value in values]
        fields = [kind.field(at) for at in range(kind.num_fields)]
        arrays = [as_arrow([row.get(field.name) for row in rows], field.type) for field in fields]
        return pa.StructArray.from_arrays(arrays, fields=fields)
    if kind == AMOUNTS:
        return pa.array([None if value is None else Decimal(value) for value in values], kind)
    if kind == pa.string():
        return pa.array([flat(value) for value in values], kind)
    if kind == LISTS:
        lists = pa.array(values, pa.list_(pa.string()))
        mask = lists.is_null() if lists.null_count else None
        return pa.ListArray.from_arrays(lists.offsets, lists.values.dictionary_encode(), mask=mask)
    return pa.array(values, kind)
