"""Rows as columns: cells read once, the kernel run over all, the parts of verdicts put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from amends.engine.batch.begun import Begun, begun
from amends.engine.batch.cells import Reader, Stated
from amends.engine.batch.coding import Fast
from amends.engine.batch.columns import REASON, Layout
from amends.engine.batch.kernel import Chunk, Kernel
from amends.engine.batch.parts import Coded, Fields, Objects, Part, Sets
from amends.engine.batch.possible import Possible
from amends.engine.batch.sums import DECIDED, Sums, numbers_of
from amends.engine.batch.texts import said
from amends.engine.deciding import AVOID, COMPANIONS, REMEDY
from amends.engine.money import BASIS, FORM
from amends.engine.network import strata
from amends.engine.rulebase import RuleBase, Value
from amends.engine.truth import Truth
from amends.engine.values import plain

NEEDS: Mapping[str, tuple[str, ...]] = {
    "status": (REMEDY,),
    "remedy": (REMEDY,),
    "possible": (REMEDY,),
    "companions": (COMPANIONS,),
    "avoid": (AVOID,),
    "money": (BASIS, FORM),
    "assumptions": (),
    "fired": (),
}
"""The decisions that a part of a verdict hangs on; other parts are told of one case at a time."""


@dataclass
class Columns:
    """A rule base and a layout, ready for many rows."""

    rulebase: RuleBase
    layout: Layout
    reader: Reader
    kernel: Kernel
    possible: Possible
    sums: Sums
    wanted: tuple[str, ...]
    shown: tuple[str, ...]
    """The decisions of the part `decisions`."""
    fast: Fast | None = None
    """What tells the remedy alone, if nothing else is asked for."""

    @classmethod
    def over(
        cls, rulebase: RuleBase, layout: Layout, stated: Mapping[str, str], *, assume: bool
    ) -> Columns | None:
        """Return what decides rows of *layout* at once, None if it asks for what cannot be told so."""
        parts = {part for part in layout.out.values() if part != REASON}
        shown: set[str] = set()
        wanted: set[str] = set()
        for part in parts:
            name, _, inner = part.partition(".")
            if name == "fired":
                wanted |= rulebase.decisions.keys()
            elif name == "decisions":
                shown |= {inner} if inner in rulebase.decisions else set(rulebase.decisions)
            elif name in NEEDS:
                wanted |= {*NEEDS[name]} & rulebase.decisions.keys()
            else:
                return None
        if REMEDY not in rulebase.decisions:
            return None
        every = tuple(sorted(wanted | shown | {REMEDY}))
        numbers: set[str] = set()
        if any(part.partition(".")[0] == "money" for part in parts):
            numbers = {name for basis in rulebase.money.values() for name in numbers_of(basis)}
        kernel = Kernel(rulebase, every, assume=assume, also=numbers, credits="fired" in parts)
        return cls(
            rulebase,
            layout,
            Reader(rulebase, stated, assume=assume),
            kernel,
            Possible(rulebase, assume=assume),
            Sums(rulebase, frozenset(parts)),
            every,
            tuple(sorted(shown)),
            Fast.over(rulebase, assume=assume) if every == (REMEDY,) else None,
        )

    def learn(self, facts: Mapping[str, Value], *, is_possible: bool) -> None:
        """Note whether a row of these facts can be as it is."""
        self.possible.learn(facts, is_possible=is_possible)

    def told(
        self, rows: int, cells: Mapping[str, Any], currency: Any = None
    ) -> tuple[Mapping[str, Part], Any, Callable[[int], Begun | None]]:
        """Return the parts that the layout asks for, and of which rows they are; the others need more.

        What is returned last says how far one of the others got. *cells* are Arrow arrays by fact, of so
        many *rows*.
        """
        stated = self.reader.read(rows, cells, currency)
        chunk = self.fast.run(rows, stated.facts) if self.fast is not None else None
        if chunk is None:
            chunk = self.kernel.run(rows, stated.facts)
        is_told = chunk.is_settled & ~stated.is_wrong
        is_case = ~(stated.is_wrong | chunk.is_broken)
        for at in self.possible.unseen(np.flatnonzero(is_told & chunk.may_break), stated.facts):
            is_told[at] = False
        money: dict[str, Any] = {}
        if any(part.partition(".")[0] == "money" for part in self.layout.out.values()):
            sums, is_unclear = self.sums.told(rows, chunk, stated, is_told)
            is_told &= ~is_unclear
            money |= sums
        for part in {"money", "money.formula"} & {*self.layout.out.values()}:
            is_worked_out = is_told & (np.asarray(money["money.status"].codes) == DECIDED)
            money[part] = self._in_words(part, chunk, stated, is_worked_out)
        parts = {
            name: money[part] if part in money else self._part(part, chunk, stated)
            for name, part in self.layout.out.items()
        }
        return parts, is_told, partial(self._begun, chunk, stated, is_case)

    def _begun(self, chunk: Chunk, stated: Stated, is_case: Any, row: int) -> Begun | None:
        # Which rules fired is told from the start alone.
        if not is_case[row] or self.kernel.credits or REMEDY not in chunk.columns:
            return None
        names = (
            name
            for name, column in stated.facts.items()
            if (column.stated if np.ndim(column.stated) == 0 else column.stated[row])
        )
        currency = stated.currencies[int(stated.currency[row])]
        return begun(self.kernel, chunk, frozenset(names), currency, row)

    def _in_words(self, part: str, chunk: Chunk, stated: Stated, rows: Any) -> Objects:
        found: list[Any] = [None] * len(rows)
        for row in np.flatnonzero(rows).tolist():
            money = self.sums.in_words(row, chunk, stated)
            found[row] = money.to_json() if part == "money" else money.formula
        return Objects(found)

    def _part(self, part: str, chunk: Chunk, stated: Stated) -> Part:
        name, _, inner = part.partition(".")
        match name:
            case "status":
                return Coded(0, ["decided"])
            case "remedy":
                return self._decision(chunk, REMEDY)
            case "possible":
                found = self._decision(chunk, REMEDY)
                assert isinstance(found, Coded)
                return Coded(found.codes, [[value] for value in found.values])
            case "decisions" if inner:
                return self._decision(chunk, inner)
            case "decisions":
                return Fields({each: self._decision(chunk, each) for each in self.shown})
            case "fired":
                return Sets({path: chunk.credited[path] * Truth.YES for path in self._in_order()})
            case "assumptions":
                return Fields(dict(self._assumed(stated)))
        decision = {"companions": COMPANIONS, "avoid": AVOID}.get(name)
        if decision is None:
            return Coded(0, [None])
        return self._decision(chunk, decision) if decision in self.wanted else Coded(0, [[]])

    def _in_order(self) -> list[str]:
        """Return the paths of all rules, by layer, in which a verdict tells of those that fired."""
        layers = strata(self.rulebase)
        return [
            path
            for layer in layers
            for path in sorted(
                rule.path
                for name in layer
                if name in self.rulebase.decisions
                for rule in self.rulebase.decisions[name].rules
            )
        ]

    def _decision(self, chunk: Chunk, name: str) -> Coded | Sets:
        if name not in chunk.decisions:
            members = chunk.columns[name].members
            assert members is not None
            return Sets({member: members[member] for member in sorted(members)})
        codes, table = chunk.decisions[name]
        domain = self.rulebase.domain(name)
        return Coded(codes, [plain(each.value, domain) for each in table])

    def _assumed(self, stated: Stated) -> Iterator[tuple[str, Coded | Sets]]:
        if not self.kernel.assume:
            return
        for name, fact in sorted(self.rulebase.facts.items()):
            if fact.assume is not None:
                is_stated = stated.facts[name].stated if name in stated.facts else False
                yield name, Coded(np.asarray(is_stated).astype(np.int8), [said(fact.assume), None])
