"""Rows back to what stands under `when`: the cells that all rows share first, the rest as alternatives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from amends.engine.interchange.cells import Cell, Members, OneOf, YesNo, way_key
from amends.engine.interchange.ranges import End, Ranges, Stretch
from amends.engine.interchange.rows import Column, Row, columns_of
from amends.engine.interchange.yaml_text import word
from amends.engine.rulebase import Domain
from amends.engine.values import decimal_text

SIGNS = {
    (True, False): "more_than",
    (True, True): "at_least",
    (False, False): "less_than",
    (False, True): "at_most",
}
"""The word for an end, by whether it is the lower one and whether it belongs to the stretch."""


@dataclass(slots=True)
class When:
    """A mapping of tests as text, and below it `any` and `all` groups of further ones."""

    tests: dict[str, str] = field(default_factory=dict)
    anys: list[list[When]] = field(default_factory=list)
    alls: list[When] = field(default_factory=list)

    def entries(self) -> list[tuple[str, str | list[When]]]:
        """Return the entries of the mapping, in order; several `any` stand below one `all`."""
        found: list[tuple[str, str | list[When]]] = list(self.tests.items())
        more = list(self.alls)
        if len(self.anys) == 1:
            found.append(("any", self.anys[0]))
        else:
            more += [When(anys=[group]) for group in self.anys]
        return found + ([("all", more)] if more else [])

    def flow(self) -> str:
        """Return it in braces, on one line."""
        entries = self.entries()
        if not entries:
            return "always"
        return "{" + ", ".join(f"{key}: {_flow(value)}" for key, value in entries) + "}"


def _flow(value: str | list[When]) -> str:
    return value if isinstance(value, str) else "[" + ", ".join(each.flow() for each in value) + "]"


@dataclass(frozen=True, slots=True)
class Plain:
    """A test that is a value or a list; all others are entries of a mapping."""

    text: str


Test = Plain | str


def when_of(
    rows: Sequence[Row],
    order: Sequence[Column],
    domain: Callable[[str], Domain],
    currencies: Mapping[str, str],
) -> When:
    """Return what *rows* ask, one of which has to be met; things are told in *order*."""
    first = rows[0]
    shared = {
        column for column in columns_of(rows) if all(row.get(column) == first.get(column) for row in rows)
    }
    writer = _Writer(order, domain, currencies)
    found = writer.mapping({column: first[column] for column in shared})
    if len(rows) > 1:
        rests = [{column: cell for column, cell in row.items() if column not in shared} for row in rows]
        found.anys.append([writer.mapping(rest) for rest in rests])
    return found


@dataclass(frozen=True, slots=True)
class _Writer:
    order: Sequence[Column]
    domain: Callable[[str], Domain]
    currencies: Mapping[str, str]

    def mapping(self, row: Row) -> When:
        found = When()
        for column in dict.fromkeys(self.order):
            if column not in row:
                continue
            tests = list(self.tests(row[column], column))
            if len(tests) == 1:
                _add(found, column.subject, tests[0])
            else:
                found.anys.append([_single(column.subject, test) for test in tests])
        return found

    def tests(self, cell: Cell, column: Column) -> Iterable[Test]:
        """Yield the tests of one thing, one of which has to hold."""
        domain = self.domain(column.subject)
        match cell:
            case YesNo(flags) if column.is_known:
                yield from (f"known: {word(flag)}" for flag in sorted(flags))
            case YesNo(flags):
                yield from (Plain(word(flag)) for flag in sorted(flags))
            case OneOf(values, inside):
                listed = _listed(values, domain)
                yield Plain(listed) if inside else f"not: {listed}"
            case Ranges():
                yield from self.ranges(cell, self.currencies.get(column.subject))
            case Members(ways):
                yield from _members(ways, domain)

    def ranges(self, cell: Ranges, currency: str | None) -> Iterable[Test]:
        if cell.left_out:
            yield f"not: {_points(list(cell.left_out), currency)}"
            return
        points = [part.low for part in cell.parts if part.is_point and not part.is_named and part.low]
        if points:
            yield Plain(_points(points, currency))
        for part in cell.parts:
            if part.is_point and part.is_named and part.low:
                yield f"parameter: {part.low.parameter}"
            elif not part.is_point:
                yield ", ".join(_ends(part, currency))


def _add(found: When, subject: str, test: Test) -> None:
    """Put a test of *subject* into the mapping, beside another of it if there is one."""
    before = found.tests.get(subject)
    if before is None:
        found.tests[subject] = test.text if isinstance(test, Plain) else f"{{{test}}}"
    elif isinstance(test, str) and before.startswith("{"):
        found.tests[subject] = f"{before[:-1]}, {test}}}"
    else:
        found.alls.append(_single(subject, test))


def _single(subject: str, test: Test) -> When:
    found = When()
    _add(found, subject, test)
    return found


def _ends(part: Stretch, currency: str | None) -> Iterable[str]:
    for end, is_lower, with_end in ((part.low, True, part.with_low), (part.high, False, part.with_high)):
        if end is not None:
            yield f"{SIGNS[is_lower, with_end]}: {_end(end, currency)}"


def _end(end: End, currency: str | None) -> str:
    if end.parameter:
        return f"{{parameter: {end.parameter}}}"
    if isinstance(end.value, date):
        return end.value.isoformat()
    return decimal_text(end.value) + (f" {currency}" if currency else "")


def _points(ends: Sequence[End], currency: str | None) -> str:
    texts = [_end(end, currency) for end in ends]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _listed(names: Iterable[str], domain: Domain) -> str:
    """Return one name, the name of the set that has exactly these, or a list."""
    found = frozenset(names)
    if len(found) == 1:
        return word(min(found))
    grouped = sorted(name for name, members in domain.sets.items() if members == found)
    return word(grouped[0]) if grouped else f"[{', '.join(word(name) for name in sorted(found))}]"


def _members(ways: frozenset[tuple[frozenset[str], frozenset[str]]], domain: Domain) -> Iterable[Test]:
    every = frozenset(domain.values)
    singles = {name for has, lacks in ways for name in (*has, *lacks)}
    if ways == {(frozenset(), every)}:
        yield "empty: true"
    elif len(ways) > 1 and all(len(has) == 1 and not lacks for has, lacks in ways):
        yield "empty: false" if singles == every else f"has_any: {_listed(singles, domain)}"
    elif len(ways) > 1 and all(len(lacks) == 1 and not has for has, lacks in ways):
        yield f"not: {{has_all: {_listed(singles, domain)}}}"
    else:
        for has, lacks in sorted(ways, key=way_key):
            said = [f"{'has' if len(has) == 1 else 'has_all'}: {_listed(has, domain)}"] if has else []
            yield ", ".join([*said, *([f"has_none: {_listed(lacks, domain)}"] if lacks else [])])
