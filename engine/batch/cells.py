"""Columns of cells as columns of the kernel: each distinct text is read once, plain numbers all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from amends.engine.batch.column import Column, smallest, unstated
from amends.engine.batch.numbers import Numbers
from amends.engine.batch.texts import is_currency, text
from amends.engine.case import money_constants, read_case
from amends.engine.diagnostics import Problems
from amends.engine.rulebase import Domain, Fact, RuleBase, Value
from amends.engine.truth import fact_reading

MOST_REMEMBERED = 200_000
"""Texts that were read."""
LARGEST_WHOLE = 10**12
"""A number that is no further from zero is read at once; as a float it still has all its decimal places."""


@dataclass(frozen=True)
class Read:
    """A text as a fact's value, with its currency; `value` is None if it states nothing, or is none."""

    value: Value | None
    currency: str | None = None
    is_wrong: bool = False


@dataclass
class Stated:
    """What rows state: a column of the kernel for each fact, and their currencies as codes of a list.

    Rows that `is_wrong` names have to be read by themselves: each of them says what is wrong there.
    """

    facts: dict[str, Column]
    is_wrong: Any
    currency: Any
    currencies: list[str | None] = field(default_factory=lambda: [None])


class Reader:
    """Reads cells as the facts of one rule base; what is not stated in a row may be stated *for_all*."""

    def __init__(self, rulebase: RuleBase, for_all: Mapping[str, str], *, assume: bool) -> None:
        self.rulebase = rulebase
        self.assume = assume
        self.for_all = {fact: self._looked_up(fact, said) for fact, said in for_all.items()}
        self.compared_in = {currency for currency, _ in money_constants(rulebase)}
        self._known: dict[tuple[str, str], Read] = {}

    def read(self, rows: int, cells: Mapping[str, Any], currency: Any = None) -> Stated:
        """Return what so many *rows* state: *cells* are Arrow arrays by fact."""
        found = Stated({}, np.zeros(rows, bool), np.zeros(rows, np.int16))
        if currency is not None:
            self._currencies(found, *_distinct(currency))
        for fact in sorted({*cells, *self.for_all}):
            if fact in cells:
                found.facts[fact] = self._column(found, self.rulebase.facts[fact], cells[fact])
            else:
                found.facts[fact] = self._constant(found, fact)
        for code, name in enumerate(found.currencies):
            if name is not None and self.compared_in - {name}:
                found.is_wrong |= found.currency == code
        return found

    def _constant(self, found: Stated, fact: str) -> Column:
        told = self.for_all[fact]
        if told.currency is not None:
            self._in_currency(found, np.full(len(found.currency), True), told.currency)
        if told.value is None:
            return Column(readings=[unstated(self.rulebase.facts[fact], assume=self.assume)])
        domain = self.rulebase.facts[fact].domain
        if domain.kind.is_number:
            assert isinstance(told.value, Fraction)
            return Column(numbers=Numbers.one(told.value), stated=True)
        return Column(readings=[fact_reading(told.value, domain)], stated=True)

    def _column(self, found: Stated, fact: Fact, cells: Any) -> Column:
        numbers = _of_numbers(cells, fact.domain) if fact.domain.kind.is_number else None
        if numbers is not None and fact.name not in self.for_all:
            tops, is_stated, is_wrong = numbers
            found.is_wrong |= is_wrong
            return self._numbers(fact, tops, is_stated)
        if fact.domain.kind.is_number and _inner(cells) in (pa.string(), pa.large_string()):
            return self._of_texts(found, fact, cells)
        codes, texts, is_wrong = _distinct(cells)
        reads = [self._cell(fact.name, said) for said in texts]
        self._note(found, codes, reads, is_wrong)
        places: dict[Value | None, int] = {None: 0}
        to = np.array([places.setdefault(each.value, len(places)) for each in reads], np.int32)[codes]
        stated = [fact_reading(value, fact.domain) for value in [*places][1:]]
        readings = [unstated(fact, assume=self.assume), *stated]
        return Column(smallest(to, len(places)), readings, stated=to != 0)

    def _of_texts(self, found: Stated, fact: Fact, cells: Any) -> Column:
        """Return texts as numbers: the plain among them at once."""
        codes, texts = None, cells
        if pa.types.is_dictionary(cells.type):
            texts = cells.dictionary
            if len(texts) >= len(cells):
                texts = cells.dictionary_decode()
            else:
                codes = _codes(cells)
                texts = pa.concat_arrays([texts, pa.nulls(1, texts.type)])
        tops, is_stated = _plain_numbers(texts, fact.domain)
        scale = 10**fact.domain.decimals
        odd = np.flatnonzero(~is_stated)
        reads = [self._cell(fact.name, text(said)) for said in texts.take(pa.array(odd)).to_pylist()]
        for place, each in zip(odd.tolist(), reads, strict=True):
            if isinstance(each.value, Fraction):
                tops[place], is_stated[place] = int(each.value * scale), True
        if any(each.is_wrong or each.currency for each in reads):
            every = [Read(None)] * len(texts)
            for place, each in zip(odd.tolist(), reads, strict=True):
                every[place] = each
            self._note(found, np.arange(len(cells)) if codes is None else codes, every, None)
        if codes is None:
            return self._numbers(fact, tops, is_stated)
        return self._numbers(fact, tops[codes], is_stated[codes])

    def _numbers(self, fact: Fact, tops: Any, is_stated: Any) -> Column:
        """Return *tops*, in units of the last decimal place, with what is assumed where none is stated."""
        scale, known = 10**fact.domain.decimals, is_stated
        default = fact.assume if self.assume else None
        if isinstance(default, Fraction):
            exact = default * scale
            factor = exact.denominator
            tops, scale, known = np.where(is_stated, tops * factor, exact.numerator), scale * factor, True
        elif is_stated.all():
            known = True
        return Column(numbers=Numbers.in_units(tops, scale, known), stated=is_stated)

    def _cell(self, fact: str, said: str) -> Read:
        if not said:
            return self.for_all.get(fact, Read(None))
        found = self._known.get((fact, said))
        if found is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            found = self._known[fact, said] = self._looked_up(fact, said)
        return found

    def _looked_up(self, fact: str, said: str) -> Read:
        problems = Problems()
        case = read_case(None, self.rulebase, problems, options=[f"{fact}={said}"])
        return Read(case.facts.get(fact), case.currency, bool(problems.found))

    # --- Currencies and what is wrong -----------------------------------------------------

    def _note(self, found: Stated, codes: Any, reads: Sequence[Read], wrong: Any) -> None:
        """Note which rows hold a cell that is wrong, and the currencies of amounts."""
        bad = np.array([each.is_wrong for each in reads])
        if bad.any():
            found.is_wrong |= bad[codes]
        if wrong is not None:
            found.is_wrong |= wrong
        for name in {each.currency for each in reads} - {None}:
            here = np.array([each.currency == name for each in reads])
            self._in_currency(found, here[codes], str(name))

    def _currencies(self, found: Stated, codes: Any, texts: Sequence[str], wrong: Any) -> None:
        reads = [Read(None, said or None, bool(said) and not is_currency(said)) for said in texts]
        self._note(found, codes, reads, wrong)

    def _in_currency(self, found: Stated, rows: Any, name: str) -> None:
        """Note that *rows* are in the currency *name*; one that is in another already is wrong."""
        if name not in found.currencies:
            found.currencies.append(name)
        code = found.currencies.index(name)
        found.is_wrong |= rows & (found.currency != 0) & (found.currency != code)
        found.currency[rows] = code


def _distinct(cells: Any) -> tuple[Any, list[str], Any]:
    """Return of *cells* the codes of their distinct texts, and which rows hold what no case does, if any."""
    if not pa.types.is_dictionary(cells.type):
        try:
            cells = cells.dictionary_encode()
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):  # of lists, say
            texts, wrong = _read_each(cells.to_pylist())
            return np.arange(len(texts)), texts, np.array(wrong)
    texts, wrong = _read_each(cells.dictionary.to_pylist())
    codes = _codes(cells)
    return codes, [*texts, ""], np.array([*wrong, False])[codes] if any(wrong) else None


def _codes(cells: Any) -> Any:
    """Return the places of *cells* in their dictionary; of what is null that past its end."""
    codes = cells.indices.fill_null(len(cells.dictionary)) if cells.indices.null_count else cells.indices
    return codes.to_numpy(zero_copy_only=False).astype(np.intp)


def _inner(cells: Any) -> Any:
    return cells.type.value_type if pa.types.is_dictionary(cells.type) else cells.type


def _read_each(values: Sequence[object]) -> tuple[list[str], list[bool]]:
    texts, wrong = [], []
    for value in values:
        try:
            texts.append(text(value))
            wrong.append(False)
        except TypeError:
            texts.append("")
            wrong.append(True)
    return texts, wrong


def _plain_numbers(texts: Any, domain: Domain) -> tuple[Any, Any]:
    """Return those of *texts* that are digits, and cents at most, within the domain; and which are."""
    tops, places = np.zeros(len(texts), np.int64), domain.decimals
    after = rf"(\.[0-9]{{1,{places}}})?" if places else ""
    is_plain = pc.match_substring_regex(texts, rf"^(0|[1-9][0-9]{{0,8}}){after}$").fill_null(False)
    plain = texts.filter(is_plain).cast(pa.decimal128(18, places))
    is_plain = is_plain.to_numpy(zero_copy_only=False)
    tops[is_plain] = tops_of(plain)
    is_plain &= _is_within(tops, 10**places, domain)
    return np.where(is_plain, tops, 0), is_plain


def tops_of(cells: Any) -> Any:
    """Return decimals of at most 18 digits in units of their last place; of what is null anything."""
    wide = np.frombuffer(cells.buffers()[1], np.int64)
    # Of 16 bytes the first eight, for nothing here is larger.
    return wide[2 * cells.offset : 2 * (cells.offset + len(cells)) : 2]


def _is_within(tops: Any, scale: int, domain: Domain) -> Any:
    inside = np.ones(len(tops), bool)
    if domain.lowest is not None:
        inside &= tops >= int(domain.lowest * scale)
    if domain.highest is not None:
        inside &= tops <= int(domain.highest * scale)
    return inside


def _of_numbers(cells: Any, domain: Domain) -> tuple[Any, Any, Any] | None:
    """Return *cells* of numbers as `(tops, is_stated, is_wrong)`; None if their type is no such."""
    scale = 10**domain.decimals
    if pa.types.is_floating(cells.type):
        values = cells.to_numpy(zero_copy_only=False).astype(np.float64)
        is_given = ~np.isnan(values)
        is_read = np.abs(values) <= LARGEST_WHOLE / scale
        tops = np.rint(np.where(is_read, values, 0) * scale).astype(np.int64)
        # No shorter decimal is that half, and the shortest is what it is read as.
        is_read &= tops / scale == values
    elif pa.types.is_integer(cells.type):
        is_given = cells.is_valid().to_numpy(zero_copy_only=False)
        values = cells.fill_null(0).to_numpy(zero_copy_only=False)
        is_read = is_given & (values <= LARGEST_WHOLE) & (values >= -LARGEST_WHOLE)
        tops = np.where(is_read, values, 0).astype(np.int64) * scale
    elif pa.types.is_decimal128(cells.type) and cells.type.scale <= domain.decimals:
        if cells.type.precision - cells.type.scale + domain.decimals > 18:
            return None
        is_given = cells.is_valid().to_numpy(zero_copy_only=False)
        tops = tops_of(cells) * 10 ** (domain.decimals - cells.type.scale)
        is_read = is_given.copy()
    else:
        return None
    is_read &= _is_within(tops, scale, domain)
    return np.where(is_read, tops, 0), is_read, is_given & ~is_read
