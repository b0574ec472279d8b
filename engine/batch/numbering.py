"""Whole numbers of 64 bits to small ones, a column at a time: each is numbered when it first comes."""

from __future__ import annotations

from typing import Any

import numpy as np

_FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
"""Odd, with bits all over: they spread what differs in a few bits."""


class Numbering:
    """Numbers what it is shown, in the order of coming.

    Exact: a number is found by its place in a table and compared there; what finds no place is looked up
    in a dictionary.

    >>> seen = Numbering()
    >>> seen.of(np.array([7, 9, 7], np.uint64))
    (array([0, 1, 0], dtype=int32), [0, 1])
    >>> seen.of(np.array([9, 8], np.uint64)), len(seen)
    ((array([1, 2], dtype=int32), [1]), 3)
    """

    def __init__(self) -> None:
        self._known: dict[int, int] = {}
        self._clear(12)

    def __len__(self) -> int:
        return len(self._known)

    def _clear(self, bits: int) -> None:
        self._shift = np.uint64(64 - bits)
        self._most = 1 << (bits - 2)
        self._keys = [np.zeros(1 << bits, np.uint64) for _ in _FACTORS]
        self._codes = [np.full(1 << bits, -1, np.int32) for _ in _FACTORS]

    def of(self, keys: Any) -> tuple[Any, list[int]]:
        """Return the number of each of *keys*, and where those stand that came for the first time."""
        codes, is_found = self._looked_up(keys, 0)
        left = np.flatnonzero(~is_found)
        if not len(left):
            return codes, []
        again, is_found = self._looked_up(keys[left], 1)
        codes[left[is_found]] = again[is_found]
        left = left[~is_found]
        fresh: list[int] = []
        if len(left):
            some, first, places = np.unique(keys[left], return_index=True, return_inverse=True)
            rows = left[first].tolist()
            numbers = [self._number(key, row, fresh) for key, row in zip(some.tolist(), rows, strict=True)]
            codes[left] = np.array(numbers, np.int32)[places]
        return codes, fresh

    def _looked_up(self, keys: Any, table: int) -> tuple[Any, Any]:
        at = self._place(keys, table)
        codes = self._codes[table][at]
        return codes, (self._keys[table][at] == keys) & (codes >= 0)

    def _place(self, keys: Any, table: int) -> Any:
        with np.errstate(over="ignore"):
            return (keys * np.uint64(_FACTORS[table]) >> self._shift).astype(np.intp)

    def _number(self, key: int, row: int, fresh: list[int]) -> int:
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = len(self._known)
            fresh.append(row)
            if number > self._most:
                self._clear(self._most.bit_length() + 4)
                for each in self._known.items():
                    self._put(*each)
            else:
                self._put(key, number)
        return number

    def _put(self, key: int, number: int) -> None:
        for table, (keys, codes) in enumerate(zip(self._keys, self._codes, strict=True)):
            at = int(self._place(np.uint64(key), table))
            if codes[at] < 0:
                keys[at], codes[at] = key, number
                return
