"""What rows read under one name, a column at a time: codes of readings, numbers, or the members of a set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from amends.engine.batch.numbers import Numbers, Truths
from amends.engine.rulebase import Domain, Fact, Value
from amends.engine.truth import Members, Reading, Truth, fact_reading, one_value

Codes = Any
"""One number a row, an index into what a column holds; one alone where all rows hold the same."""


@dataclass
class Column:
    """What one name reads in each row: an index into the distinct `readings`, `numbers`, or `members`.

    Of a collected set it is said of each member whether it is in it. `stated` says of a fact which rows
    state it.
    """

    codes: Codes = 0
    readings: Sequence[Reading] = ()
    numbers: Numbers | None = None
    members: Mapping[str, Truths] | None = None
    stated: Any = False

    def as_numbers(self) -> Numbers:
        """Return the numbers that it reads, not known where it is open which."""
        if self.numbers is not None:
            return self.numbers
        values = map(one_value, self.readings)
        return Numbers.listed(
            [value if isinstance(value, Fraction) else None for value in values], self.codes
        )

    def reading(self, row: int) -> Reading:
        """Return what is read in *row*."""
        if self.numbers is not None:
            value = self.numbers.fraction(row)
            return None if value is None else frozenset([value])
        if self.members is not None:
            said = {name: at(each, row) for name, each in self.members.items()}
            return Members(
                frozenset(name for name, each in said.items() if each == Truth.YES),
                frozenset(name for name, each in said.items() if each != Truth.NO),
            )
        return self.readings[at(self.codes, row)]


def at(codes: Codes, row: int) -> int:
    """Return the code of *row*."""
    return int(codes if np.ndim(codes) == 0 else codes[row])


def coded(values: Iterable[Value | None], domain: Domain) -> Column:
    """Return a column of *values*, None where nothing is stated."""
    places: dict[Value | None, int] = {None: 0}
    codes = np.array([places.setdefault(value, len(places)) for value in values], np.int32)
    return Column(smallest(codes, len(places)), [fact_reading(v, domain) for v in places], stated=codes != 0)


def smallest(codes: Codes, size: int) -> Codes:
    """Return *codes* below *size* in as few bytes as they need: bytes are compared many at a time."""
    return codes.astype(np.uint8) if size <= 256 and np.ndim(codes) else codes


def unstated(fact: Fact, *, assume: bool) -> Reading:
    """Return what is read of a fact that is not stated."""
    return fact_reading(fact.assume if assume else None, fact.domain)
