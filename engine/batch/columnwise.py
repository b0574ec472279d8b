"""Rows as columns: each text read once, the kernel run over all, the parts of verdicts put together again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from amends.engine.batch.columns import Layout
from amends.engine.batch.deciding import is_currency, said, written
from amends.engine.batch.kernel import Chunk, Kernel
from amends.engine.batch.possible import Possible
from amends.engine.case import read_case
from amends.engine.chain.outcome import Trace
from amends.engine.deciding import AVOID, COMPANIONS, REMEDY
from amends.engine.diagnostics import Problems
from amends.engine.money import BASIS, FORM, work_out
from amends.engine.rulebase import PLACEHOLDER, MoneyBasis, RuleBase, Value
from amends.engine.values import plain
from amends.engine.verdict import Money

MOST_REMEMBERED = 200_000
"""Texts that were read, and sums that were worked out."""

NEEDS: Mapping[str, tuple[str, ...]] = {
    "status": (REMEDY,),
    "remedy": (REMEDY,),
    "possible": (REMEDY,),
    "companions": (COMPANIONS,),
    "avoid": (AVOID,),
    "money": (BASIS, FORM),
    "assumptions": (),
}
"""The decisions that a part of a verdict hangs on; other parts are told of one case at a time."""


@dataclass(frozen=True)
class Read:
    """A text as a fact's value, with its currency; `value` is None if it states nothing, or is none."""

    value: Value | None
    currency: str | None
    is_wrong: bool = False


def numbers_of(basis: MoneyBasis) -> tuple[str, ...]:
    """Return what the sum of *basis* rests on, and what its formula names besides."""
    return tuple(sorted({*basis.numbers, *PLACEHOLDER.findall(basis.formula)}))


@dataclass
class Columns:
    """A rule base and a layout, ready for many rows."""

    rulebase: RuleBase
    layout: Layout
    stated: Mapping[str, str]
    kernel: Kernel
    possible: Possible
    wanted: tuple[str, ...]
    shown: tuple[str, ...]
    """The decisions of the part `decisions`."""
    _read: dict[tuple[str, str], Read] = field(default_factory=dict)
    _sums: dict[tuple[Any, ...], Money] = field(default_factory=dict)
    _plain: dict[tuple[str, Any], Any] = field(default_factory=dict)

    @classmethod
    def over(
        cls, rulebase: RuleBase, layout: Layout, stated: Mapping[str, str], *, assume: bool
    ) -> Columns | None:
        """Return what decides rows of *layout* at once, None if it asks for what cannot be told so."""
        parts = {part for part in layout.out.values() if part != "reason"}
        shown: set[str] = set()
        wanted: set[str] = set()
        for part in parts:
            name, _, inner = part.partition(".")
            if name == "decisions":
                shown |= {inner} if inner in rulebase.decisions else set(rulebase.decisions)
            elif name in NEEDS:
                wanted |= {*NEEDS[name]} & rulebase.decisions.keys()
            else:
                return None
        if REMEDY not in rulebase.decisions:
            return None
        every = tuple(sorted(wanted | shown | {REMEDY}))
        numbers = (
            {name for basis in rulebase.money.values() for name in numbers_of(basis)}
            if BASIS in every
            else set()
        )
        kernel = Kernel(rulebase, every, assume=assume, also=numbers)
        possible = Possible(rulebase, assume=assume)
        return cls(rulebase, layout, stated, kernel, possible, every, tuple(sorted(shown)))

    def learn(self, facts: Mapping[str, Value], *, is_possible: bool) -> None:
        """Note whether a row of these facts can be as it is."""
        self.possible.learn(facts, is_possible=is_possible)

    def beside(self, rows: Sequence[tuple[Mapping[str, str], str]]) -> Iterator[Mapping[str, Any] | None]:
        """Yield what is written beside each row, None where it has to be decided by itself."""
        facts = sorted({*self.stated, *(fact for texts, _ in rows for fact in texts)})
        read = [
            {fact: self._value(fact, said) for fact, said in {**self.stated, **texts}.items()}
            for texts, _ in rows
        ]
        stated = {fact: [row[fact].value if fact in row else None for row in read] for fact in facts}
        chunk = self.kernel.run(len(rows), stated)
        for at in self.possible.unseen(np.flatnonzero(chunk.is_settled & chunk.may_break), stated):
            chunk.is_settled[at] = False
        for at, (row, (_, currency)) in enumerate(zip(read, rows, strict=True)):
            yield self._one(chunk, at, row, currency) if chunk.is_settled[at] else None

    def _value(self, fact: str, text: str) -> Read:
        found = self._read.get((fact, text))
        if found is None:
            problems = Problems()
            case = read_case(None, self.rulebase, problems, options=[f"{fact}={text}"])
            found = Read(case.facts.get(fact), case.currency, bool(problems.found))
            if len(self._read) >= MOST_REMEMBERED:
                self._read.clear()
            self._read[fact, text] = found
        return found

    def _one(self, chunk: Chunk, at: int, row: Mapping[str, Read], currency: str) -> Mapping[str, Any] | None:
        currencies = {currency, *(read.currency for read in row.values())} - {None, ""}
        if any(read.is_wrong for read in row.values()) or len(currencies) > 1:
            return None  # decided by itself it says all that is wrong
        if currency and not is_currency(currency):
            return None
        told: dict[str, Any] = {}
        remedy = self._outcome(chunk, REMEDY, at)
        told["status"], told["remedy"], told["possible"] = "decided", remedy, [remedy]
        for part, decision in (("companions", COMPANIONS), ("avoid", AVOID)):
            if decision in self.wanted:
                told[part] = self._outcome(chunk, decision, at)
        told["decisions"] = {name: self._outcome(chunk, name, at) for name in self.shown}
        if BASIS in self.wanted:
            money = self._money(chunk, at, row, next(iter(currencies), None))
            if money.status == "open" and "money" in self.layout.out.values():
                return None  # which facts it needs is told of one case at a time
            told["money"] = money.to_json()
        told["assumptions"] = {
            name: text for name, text in self._assumed().items() if name not in row or row[name].value is None
        }
        return written(self.layout, told)

    def _outcome(self, chunk: Chunk, name: str, at: int) -> Any:
        end = chunk.settled(name, at)
        found = self._plain.get((name, end.found))
        if found is None:
            found = self._plain[name, end.found] = plain(end.value, self.rulebase.domain(name))
        return found

    def _assumed(self) -> Mapping[str, str]:
        if not self.kernel.assume:
            return {}
        if not self._assumptions:
            self._assumptions.update(
                (name, said(fact.assume))
                for name, fact in sorted(self.rulebase.facts.items())
                if fact.assume is not None
            )
        return self._assumptions

    _assumptions: dict[str, str] = field(default_factory=dict)

    def _money(self, chunk: Chunk, at: int, row: Mapping[str, Read], currency: str | None) -> Money:
        outcomes = {name: chunk.settled(name, at) for name in (BASIS, FORM) if name in self.wanted}
        basis = self.rulebase.money.get(str(outcomes[BASIS].value))
        numbers = numbers_of(basis) if basis is not None else ()
        measures = {name: chunk.measure(name, at) for name in numbers if name in self.rulebase.measures}
        facts = {
            name: row[name].value
            if name in row and row[name].value is not None
            else self._assumed_value(name)
            for name in numbers
            if name in self.rulebase.facts
        }
        known = {**measures, **facts}
        if basis is not None and any(known.get(name, 0) is None for name in basis.numbers):
            form = outcomes[FORM].value if FORM in outcomes else None
            return Money(
                "open",
                basis.name,
                currency=currency,
                form=None if form is None else str(form),
                owed_to=basis.owed_to,
            )
        key = (
            outcomes[BASIS].value,
            outcomes[FORM].value if FORM in outcomes else None,
            currency,
            *measures.values(),
            *facts.values(),
        )
        found = self._sums.get(key)
        if found is None:
            trace = Trace("columns", (), (), outcomes, measures)
            stated = {name: value for name, value in facts.items() if value is not None}
            found = work_out(self.rulebase, trace, stated, currency)
            if len(self._sums) >= MOST_REMEMBERED:
                self._sums.clear()
            self._sums[key] = found
        return found

    def _assumed_value(self, name: str) -> Value | None:
        return self.rulebase.facts[name].assume if self.kernel.assume else None
