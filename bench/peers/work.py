"""The work that every engine is given: rules over names of cells, made-up cases, and the remedy of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from amends.engine import load
from amends.engine.batch import Ground, layout
from amends.engine.batch.coding import Fast
from amends.engine.batch.sampling import sampled
from amends.engine.cells import Both, Either, Literal, Positive, literals, positive
from amends.engine.interchange.exporting import in_order
from amends.engine.truth import Members

OTHERWISE = "(none)"

Case = Mapping[str, str]
Decide = Callable[[Sequence[Case]], list[str]]


@dataclass(frozen=True)
class Work:
    """The rules, the first that holds decides; and cases, with the remedy of each."""

    rules: Sequence[tuple[str, Positive, str]]
    otherwise: str
    sizes: Mapping[str, int]
    cases: Sequence[Case]
    expected: Sequence[str]

    @property
    def boxes(self) -> Iterator[tuple[str, Mapping[str, tuple[str, ...]], str]]:
        """Yield a row for each way in which a rule holds: its name, labels by column, the remedy."""
        for name, condition, value in self.rules:
            for box in _boxes(condition, self.sizes):
                yield name, box, value


def name_of(literal: Literal) -> str:
    member = f"__{literal.member}" if literal.member else ""
    return f"{literal.subject}{member}{'__known' if literal.is_known else ''}"


def labels(literal: Literal) -> tuple[str, ...]:
    return tuple(f"c{cell}" for cell in sorted(literal.cells))


def _boxes(condition: Positive, sizes: Mapping[str, int]) -> list[dict[str, tuple[str, ...]]]:
    match condition:
        case Literal():
            return [{name_of(condition): labels(condition)}]
        case Either(parts):
            return [box for part in parts for box in _boxes(part, sizes)]
        case Both(parts):
            found = []
            for each in product(*(_boxes(part, sizes) for part in parts)):
                box: dict[str, tuple[str, ...]] = {}
                for one in each:
                    for column, cells in one.items():
                        box[column] = tuple(c for c in box.get(column, cells) if c in cells)
                if all(box.values()):
                    found.append(box)
            return found


def holds(condition: Positive, case: Case) -> bool:
    """Say whether *condition* holds of a case, plainly: what the engines are checked by."""
    match condition:
        case Literal():
            return case[name_of(condition)] in labels(condition)
        case Both(parts):
            return all(holds(part, case) for part in parts)
        case Either(parts):
            return any(holds(part, case) for part in parts)


def fewer(work: Work, rules: int) -> Work:
    """Return the same cases decided by the first so many of the rules."""
    kept = work.rules[:rules]
    expected = [
        next((value for _, condition, value in kept if holds(condition, case)), work.otherwise)
        for case in work.cases
    ]
    return replace(work, rules=kept, expected=expected)


def made(count: int) -> Work:
    """Return the work, with *count* made-up cases."""
    engine = load()
    rulebase = engine.rulebase
    decision = rulebase.decisions["remedy"]
    fast = Fast.over(rulebase, assume=True)
    assert fast is not None
    grids = fast.space.grids
    rules = [(r.name, positive(r.when, grids), str(r.then[0])) for r in in_order(decision)]
    read = {name_of(each): each for _, condition, _ in rules for each in literals(condition)}
    cases: list[dict[str, str]] = []
    expected: list[str] = []
    for drawn in sampled(rulebase, count, seed=5):
        columns = Ground(
            engine, layout(rulebase, drawn.schema.names, "cases", parts=("decisions",))
        ).columns()
        assert columns is not None
        cells = {name: drawn[name].combine_chunks() for name in columns.layout.facts.values()}
        chunk = columns.kernel.run(len(drawn), columns.reader.read(len(drawn), cells).facts)
        told: dict[str, list[str]] = {}
        for name, literal in read.items():
            column = chunk.columns[literal.subject]
            found = []
            for row in range(len(drawn)):
                if literal.is_known:
                    stated = column.stated
                    found.append(f"c{int(stated if isinstance(stated, bool) else stated[row])}")
                    continue
                value = column.reading(row)
                if literal.member is not None:
                    assert isinstance(value, Members)
                    found.append(f"c{int(literal.member in value.sure)}")
                else:
                    assert value is not None
                    (one,) = value
                    found.append(f"c{grids[literal.subject].cell(one)}")
            told[name] = found
        codes, ends = chunk.decisions["remedy"]
        expected += [str(ends[int(code)].value) for code in codes]
        cases += [dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=True)]
    sizes = {name: 1 + max(int(case[name][1:]) for case in cases) for name in read}
    return Work(rules, str(decision.otherwise or OTHERWISE), sizes, cases, expected)


@dataclass(frozen=True)
class Timed:
    """A whole column at once: what is timed, and the same with the ends told."""

    go: Callable[[], Any]
    told: Callable[[], list[str]]
