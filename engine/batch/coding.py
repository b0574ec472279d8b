"""Rows of which nothing that matters is missing, by look-up: their cells as codes, and the remedy at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from amends.engine.batch.column import Column
from amends.engine.batch.kernel import Chunk, Kernel, UnderWay
from amends.engine.batch.lookups import Lookups
from amends.engine.batch.numbers import passed
from amends.engine.chain.outcome import Lack, Outcome
from amends.engine.deciding import REMEDY
from amends.engine.diagram import NotFinished, Space, Variable, space_of, whole
from amends.engine.network import cone
from amends.engine.rulebase import Operator, RuleBase
from amends.engine.truth import Members, Truth, one_value

UNKNOWN = 255
"""The code of what is not known; no variable that fits into a byte has so many cells."""


@dataclass(frozen=True)
class Fast:
    """The remedy of a rule base as look-ups, and what has to be worked out of a row before."""

    rulebase: RuleBase
    space: Space
    lookups: Lookups
    kernel: Kernel
    ends: tuple[Outcome, ...]

    @classmethod
    def over(cls, rulebase: RuleBase, *, assume: bool) -> Fast | None:
        """Return it, or None if the decision is too wide to be compiled whole.

        None too if it asks for a measure that is only known once something is decided.
        """
        diagrams = whole(rulebase)
        try:
            root = diagrams.decision(REMEDY).root
        except NotFinished:
            return None
        if root is None or any(len(variable.cells) >= UNKNOWN for variable in diagrams.space.variables):
            return None
        lookups = Lookups.of(diagrams, root)
        subjects = {variable.subject for variable in lookups.variables.values()}
        if any(cone(rulebase, subject) & rulebase.decisions.keys() for subject in subjects):
            return None
        ends = tuple(
            Outcome(REMEDY, frozenset(), frozenset([end]))
            if isinstance(end, Lack)
            else Outcome(REMEDY, frozenset([end]))
            for end in lookups.ends
        )
        kernel = Kernel(rulebase, (), assume=assume, also=subjects)
        return cls(rulebase, space_of(rulebase), lookups, kernel, ends)

    def run(self, rows: int, facts: Mapping[str, Column]) -> Chunk | None:
        """Return what becomes of so many *rows*; None if something that may matter is missing in one."""
        under_way = self.kernel.begun(rows, facts)
        codes = {}
        for level, variable in self.lookups.variables.items():
            found = self._codes(under_way, variable)
            if np.max(found, initial=0) == UNKNOWN:
                return None
            codes[level] = np.broadcast_to(found, (rows,))
        may, does = under_way.broken()
        ends = self.lookups.run(rows, codes)
        lacks = np.array([not end.is_settled for end in self.ends])
        return Chunk(~does & ~lacks[ends], may, does, {REMEDY: (ends, self.ends)}, under_way.columns, {})

    def _codes(self, under_way: UnderWay, variable: Variable) -> Any:
        """Return the code of a variable in each row, `UNKNOWN` where it is not known."""
        column = under_way.columns[variable.subject]
        if variable.is_known:
            return np.asarray(column.stated).astype(np.uint8)
        place = {cell: at for at, cell in enumerate(variable.cells)}
        grid = self.space.grids[variable.subject] if variable.member is None else None
        if column.numbers is not None:
            assert grid is not None
            cells: Any = np.int16(0)
            for cut in grid.cuts:
                for operator in (Operator.AT_LEAST, Operator.MORE_THAN):
                    cells = cells + (passed(column.numbers, operator, cut) == Truth.YES)
            to = np.array([place.get(cell, UNKNOWN) for cell in range(grid.size)], np.uint8)
            return np.where(column.numbers.known, to[cells], np.uint8(UNKNOWN))
        codes = []
        for found in column.readings:
            if isinstance(found, Members):
                is_open = (variable.member in found.sure) is not (variable.member in found.possible)
                codes.append(UNKNOWN if is_open else int(variable.member in found.sure))
            else:
                value = one_value(found)
                codes.append(UNKNOWN if value is None or grid is None else place[grid.cell(value)])
        return np.array(codes, np.uint8)[column.codes]
