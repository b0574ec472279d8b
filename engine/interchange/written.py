"""What a loaded rule no longer shows: where its file names a parameter instead of a number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

from amends.engine.diagnostics import InputError, Problems, Source
from amends.engine.interchange.cells import Cell, Members, OneOf, YesNo, has_all, has_any
from amends.engine.interchange.ranges import End, Ranges, Stretch, point
from amends.engine.interchange.rows import Column
from amends.engine.loading.conditions import Names, read_condition
from amends.engine.rulebase import Condition, Decision, Kind, Operator, Rule, RuleBase, Test, tests
from amends.engine.source import MapNode, Node, ScalarNode, parse

_MARK = Fraction(1, 10**40 + 7)
"""No constant is a multiple of it, so that a parameter can stand for itself while a condition is read."""


class Written:
    """The files of a rule base, read again as far as one decision needs it."""

    def __init__(self, rulebase: RuleBase) -> None:
        self.rulebase = rulebase
        marks = {name: _MARK * at for at, name in enumerate(sorted(rulebase.parameters), start=1)}
        self.marks = {mark: End(rulebase.parameters[name].value, name) for name, mark in marks.items()}
        self.names = Names(
            {
                name: thing.domain
                for group in (rulebase.facts, rulebase.measures, rulebase.decisions)
                for name, thing in group.items()
            },
            frozenset(rulebase.facts),
            {name: replace(one, value=marks[name]) for name, one in rulebase.parameters.items()},
        )
        self.documents: dict[int, MapNode | None] = {}

    def condition(self, rule: Rule) -> Condition:
        """Return the condition of *rule*, with a mark where it names a parameter."""
        node = self._rule(rule) if rule.parameters else None
        when = node.get("when") if node is not None else None
        return rule.when if when is None else read_condition(when, self.names, Problems())

    def then(self, rule: Rule) -> str | None:
        """Return the parameter that *rule* names as its value, or None."""
        node = self._rule(rule) if rule.parameters else None
        return _parameter(node.get("then")) if node is not None else None

    def otherwise(self, decision: Decision) -> str | None:
        """Return the parameter to which *decision* falls, or None."""
        reset = next(
            (r for r in reversed(self.rulebase.resets) if r.name == f"{decision.name}/otherwise"), None
        )
        if reset is not None:
            entry = _entry(self._document(reset.span.source), reset.span.line, reset.span.column)
            return _parameter(entry.get("then")) if isinstance(entry, MapNode) else None
        document = self._document(decision.span.source)
        return _parameter(document.get("otherwise")) if document is not None else None

    def tested(self, test: Test) -> tuple[Column, Cell]:
        """Return what *test* asks, and of what."""
        kind = self.rulebase.domain(test.subject).kind
        column = Column(test.subject, test.operator is Operator.KNOWN)
        operand = test.operand
        match test.operator:
            case Operator.KNOWN:
                return column, YesNo(frozenset({operand is True}))
            case Operator.HAS_ANY | Operator.HAS_ALL | Operator.HAS_NONE:
                assert isinstance(operand, frozenset)
                members = frozenset(map(str, operand))
                if test.operator is Operator.HAS_ALL:
                    return column, has_all(members)
                found: Members = has_any(members)
                return column, found.opposite() if test.operator is Operator.HAS_NONE else found
            case Operator.ONE_OF:
                assert isinstance(operand, frozenset)
                if kind is Kind.CHOICE:
                    return column, OneOf(frozenset(map(str, operand)))
                if kind is Kind.FLAG:
                    return column, YesNo(frozenset(value is True for value in operand))
                return column, Ranges.of(point(self._end(value)) for value in operand)
            case Operator.AT_LEAST | Operator.MORE_THAN:
                low = self._end(operand)
                return column, Ranges((Stretch(low=low, with_low=test.operator is Operator.AT_LEAST),))
            case Operator.AT_MOST | Operator.LESS_THAN:
                high = self._end(operand)
                return column, Ranges((Stretch(high=high, with_high=test.operator is Operator.AT_MOST),))

    def _end(self, value: object) -> End:
        marked = self.marks.get(value) if isinstance(value, Fraction) else None
        assert isinstance(value, (Fraction, date)), "the loader lets nothing else through"
        return marked or End(value)

    def _rule(self, rule: Rule) -> MapNode | None:
        entry = _entry(self._document(rule.span.source), rule.span.line, rule.span.column)
        return entry if isinstance(entry, MapNode) else None

    def _document(self, source: Source) -> MapNode | None:
        if id(source) not in self.documents:
            try:
                node: Node | None = parse(source) if source.text else None
            except InputError:
                node = None
            self.documents[id(source)] = node if isinstance(node, MapNode) else None
        return self.documents[id(source)]


def _entry(document: MapNode | None, line: int, column: int) -> Node | None:
    """Return what stands under the key at that place."""
    for key, node in _entries(document) if document is not None else ():
        if (key.span.line, key.span.column) == (line, column):
            return node
    return None


def _entries(document: MapNode) -> Iterator[tuple[ScalarNode, Node]]:
    for key, node in document:
        yield key, node
        if isinstance(node, MapNode):
            yield from node


def _parameter(node: Node | None) -> str | None:
    named = node.get("parameter") if isinstance(node, MapNode) else None
    return named.text if isinstance(named, ScalarNode) else None


def currencies(conditions: Mapping[str, Condition]) -> dict[str, set[str]]:
    """Return the currencies in which each thing is compared with an amount."""
    found: dict[str, set[str]] = {}
    for condition in conditions.values():
        for test in tests(condition):
            if test.currency is not None:
                found.setdefault(test.subject, set()).add(test.currency)
    return found
