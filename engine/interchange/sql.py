"""A decision as a query: every rule a yes or no, every decision a `CASE`, layer by layer.

What the query says is what `decide` says of the same row. Where a fact is missing that could matter, or a row
breaks a constraint, it says NULL, and the row is one for `amends batch`: SQL knows no completions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import lcm

from amends.engine.condition import SIGNS
from amends.engine.diagnostics import Code, Diagnostic, InputError, did_you_mean, listed
from amends.engine.interchange.exporting import in_order
from amends.engine.interchange.files import NeedsLibrary
from amends.engine.interchange.sql_numbers import (
    TooLarge,
    Whole,
    alike,
    evaluated,
    extreme,
    floored,
    passed,
    rounded,
)
from amends.engine.money import BASIS
from amends.engine.network import cone, strata
from amends.engine.rulebase import (
    AllOf,
    AnyOf,
    Condition,
    Decision,
    Fact,
    HitPolicy,
    Kind,
    Measure,
    Not,
    Operator,
    RuleBase,
    Test,
    Value,
    tests,
)

MONEY = "money"
FIGURES = ("amount", "low", "high")


def sql_of(
    rulebase: RuleBase,
    decision: str,
    dialect: str = "duckdb",
    *,
    also: Iterable[str] = (),
    table: str = "cases",
    key: str = "id",
) -> str:
    """Return a query for *decision* over *table*, whose columns are named as facts.

    *also* names more decisions, measures, and `money` for its amount and bounds; *key* is the column that
    tells the rows apart. Raises `InputError`, and `NeedsLibrary` without sqlglot.

    >>> from amends.engine import load
    >>> query = sql_of(load().rulebase, "abuse_level")
    >>> query.splitlines()[0], query.splitlines()[-1]
    ('WITH facts AS (', 'FROM checked')
    """
    try:
        import sqlglot
    except ImportError:
        raise NeedsLibrary("sqlglot") from None
    from amends.engine.interchange.proof import check_order

    writer = _Writer(rulebase, (decision, *also), table, key)
    try:
        query = writer.query()
    except TooLarge:
        message = "a number that the query works with can be too large for 64 bits"
        help = "bound the facts that it reads"
        raise InputError([Diagnostic(Code.OUT_OF_BOUNDS, message, help=help)]) from None
    for name in writer.decisions:
        check_order(rulebase, name)  # the first rule that holds is the one that stands
    (tree,) = sqlglot.parse(query, read="duckdb")
    assert tree is not None
    if dialect == "postgres":
        for each in tree.find_all(sqlglot.exp.CTE):
            each.set("materialized", True)  # or each name is written out where it stands
    return f"{tree.sql(dialect=dialect, pretty=True)}\n"


@dataclass
class _Writer:
    """Writes the stages of one query; a name stands for a column, a number, or the members of a set."""

    rulebase: RuleBase
    wanted: tuple[str, ...]
    table: str
    key: str
    numbers: dict[str, Whole] = field(default_factory=dict)
    members: dict[str, Mapping[str, str]] = field(default_factory=dict)
    decisions: list[str] = field(default_factory=list)
    """Those that were written."""

    def query(self) -> str:
        """Return the whole query, in DuckDB's words."""
        needed = self._needed()
        stages = [("facts", f"SELECT {', '.join(self._facts(needed))} FROM {_name(self.table)}")]
        before = "facts"
        for number, layer in enumerate(strata(self.rulebase)):
            names = [name for name in layer if name in needed]
            rules = [
                f"{self.condition(rule.when)} AS {_name(rule.path)}"
                for name in names
                if name in self.rulebase.decisions
                for rule in self.rulebase.decisions[name].rules
            ]
            if rules:
                stages.append((f"rules_{number}", f"SELECT *, {', '.join(rules)} FROM {before}"))
                before = f"rules_{number}"
            columns = [column for name in names for column in self._columns(name)]
            if columns:
                stages.append((f"layer_{number}", f"SELECT *, {', '.join(columns)} FROM {before}"))
                before = f"layer_{number}"
        constraints = [self.condition(each.never) for each in self.rulebase.constraints.values()]
        can_be = f"(NOT ({' OR '.join(constraints)}))" if constraints else "TRUE"
        stages.append(("checked", f"SELECT *, {can_be} AS {_name('can_be')} FROM {before}"))
        told = ", ".join(
            f"CASE WHEN {_name('can_be')} THEN {text} END AS {_name(name)}" for name, text in self._told()
        )
        ctes = ", ".join(f"{name} AS ({query})" for name, query in stages)
        return f"WITH {ctes} SELECT {_name(self.key)}, {told} FROM checked"

    def _needed(self) -> set[str]:
        rulebase = self.rulebase
        found: set[str] = set()
        for name in self.wanted:
            if name == MONEY and rulebase.money:
                found |= {BASIS, *(each for basis in rulebase.money.values() for each in basis.numbers)}
            elif name in rulebase.decisions or name in rulebase.measures:
                found.add(name)
            else:
                known = [*rulebase.decisions, *rulebase.measures, MONEY]
                help = did_you_mean(name, known) or f"one of {listed(rulebase.decisions, 50)}"
                message = f"there is no decision `{name}`"
                raise InputError([Diagnostic(Code.UNKNOWN_NAME, message, help=help)])
        found |= {test.subject for each in rulebase.constraints.values() for test in tests(each.never)}
        return set().union(*(cone(rulebase, name) for name in found - rulebase.parameters.keys()))

    # --- Facts ----------------------------------------------------------------------------

    def _facts(self, needed: set[str]) -> Iterator[str]:
        yield _name(self.key)
        asked = {
            test.subject
            for condition in self._conditions()
            for test in tests(condition)
            if test.operator is Operator.KNOWN
        }
        for name, fact in self.rulebase.facts.items():
            if name in needed:
                yield from self._fact(fact)
                if name in asked:
                    yield f"({_name(name)} IS NOT NULL) AS {_name(f'{name}?')}"

    def _conditions(self) -> Iterator[Condition]:
        yield from (rule.when for rule in self.rulebase.rules.values())
        yield from (each.never for each in self.rulebase.constraints.values())

    def _fact(self, fact: Fact) -> Iterator[str]:
        column, domain = _name(fact.name), fact.domain
        if domain.kind.is_number:
            scale = 10**domain.decimals
            assert domain.lowest is not None and domain.highest is not None
            low, high = int(domain.lowest * scale), int(domain.highest * scale)
            text = f"CAST(CAST({column} AS DECIMAL(18, {domain.decimals})) * {scale} AS BIGINT)"
            bottom = scale
            if isinstance(fact.assume, Fraction):
                bottom = lcm(scale, fact.assume.denominator)
                factor = bottom // scale
                text = text if factor == 1 else f"{text} * {factor}"
                text = f"COALESCE({text}, {int(fact.assume * bottom)})"
                low, high = low * factor, high * factor
            self.numbers[fact.name] = Whole(column, bottom, low, high, bottom)
            yield f"{text} AS {column}"
        elif domain.kind is Kind.SET:
            assumed = ",".join(sorted(fact.assume)) if isinstance(fact.assume, frozenset) else None
            said = f"REPLACE(CAST({column} AS VARCHAR), ' ', '')"
            said = said if assumed is None else f"COALESCE({said}, {_text(assumed)})"
            names = {member: _name(f"{fact.name}.{member}") for member in domain.values}
            self.members[fact.name] = names
            for member, name in names.items():
                yield f"((',' || {said} || ',') LIKE {_text(f'%,{member},%')}) AS {name}"
        else:
            kind = {Kind.FLAG: "BOOLEAN", Kind.DATE: "DATE"}.get(domain.kind, "VARCHAR")
            text = f"CAST({column} AS {kind})"
            text = text if fact.assume is None else f"COALESCE({text}, {_text(fact.assume)})"
            yield f"{text} AS {column}"

    # --- Conditions -----------------------------------------------------------------------

    def condition(self, condition: Condition) -> str:
        """Return *condition* as SQL, which is NULL where it is undecided."""
        match condition:
            case Test():
                return self._test(condition)
            case Not(part):
                return f"(NOT {self.condition(part)})"
            case AllOf(parts):
                return f"({' AND '.join(map(self.condition, parts)) or 'TRUE'})"
            case AnyOf(parts):
                return f"({' OR '.join(map(self.condition, parts)) or 'FALSE'})"

    def _test(self, test: Test) -> str:
        if test.operator is Operator.KNOWN:
            known = _name(f"{test.subject}?")
            return known if test.operand else f"(NOT {known})"
        if test.subject in self.members:
            return self._of_set(test)
        if test.subject in self.numbers:
            return passed(self.numbers[test.subject], test.operator, test.operand)
        column = _name(test.subject)
        if isinstance(test.operand, frozenset):
            if test.operand in (frozenset([True]), frozenset([False])):
                return column if True in test.operand else f"(NOT {column})"
            return f"({column} IN ({', '.join(sorted(map(_text, test.operand)))}))"
        assert isinstance(test.operand, date)
        return f"({column} {SIGNS[test.operator]} {_text(test.operand)})"

    def _of_set(self, test: Test) -> str:
        assert isinstance(test.operand, frozenset)
        names = self.members[test.subject]
        found = [names.get(str(member), "FALSE") for member in sorted(map(str, test.operand))]
        if test.operator is Operator.HAS_ALL:
            return f"({' AND '.join(found) or 'TRUE'})"
        has_any = f"({' OR '.join(found) or 'FALSE'})"
        return f"(NOT {has_any})" if test.operator is Operator.HAS_NONE else has_any

    # --- Measures and decisions -----------------------------------------------------------

    def _columns(self, name: str) -> Iterator[str]:
        if name in self.rulebase.measures:
            yield from self._measure(self.rulebase.measures[name])
        else:
            yield from self._decision(self.rulebase.decisions[name])

    def _measure(self, measure: Measure) -> Iterator[str]:
        try:
            found = evaluated(measure.formula, self._look)
            found = rounded(found, measure.round) if isinstance(found, Whole) else found
        except TooLarge:
            message = f"`{measure.name}` can be too large for a number of 64 bits"
            help = "bound the facts that it reads"
            raise InputError([Diagnostic(Code.OUT_OF_BOUNDS, message, measure.span, help=help)]) from None
        if isinstance(found, str):
            yield f"{found} AS {_name(measure.name)}"
            return
        top, bottom = _name(measure.name), found.bottom
        yield f"{found.top} AS {top}"
        if isinstance(bottom, str):
            yield f"{bottom} AS {_name(f'{measure.name}/')}"
            bottom = _name(f"{measure.name}/")
        self.numbers[measure.name] = Whole(top, bottom, found.low, found.high, found.deepest)

    def _look(self, name: str) -> Whole | str:
        if name in self.rulebase.parameters:
            return Whole.of(self.rulebase.parameters[name].value)
        return self.numbers.get(name, _name(name))

    def _decision(self, decision: Decision) -> Iterator[str]:
        self.decisions.append(decision.name)
        column = _name(decision.name)
        rules = [(_name(rule.path), rule) for rule in in_order(decision)]
        match decision.hit_policy:
            case HitPolicy.COLLECT:
                yield from self._collected(decision)
            case HitPolicy.COLLECT_COUNT | HitPolicy.COLLECT_SUM:
                counts = decision.hit_policy is HitPolicy.COLLECT_COUNT
                values = {rule.path: Fraction(1) if counts else _number(rule.then[0]) for _, rule in rules}
                bottom = lcm(*(value.denominator for value in values.values()))
                parts = [
                    f"(CASE WHEN {name} THEN {int(values[rule.path] * bottom)} WHEN NOT {name} THEN 0 END)"
                    for name, rule in rules
                ]
                ends = [int(value * bottom) for value in values.values()]
                low, high = (sum(end for end in ends if (end < 0) is below) for below in (True, False))
                self.numbers[decision.name] = Whole(column, bottom, low, high, bottom)
                yield f"({' + '.join(parts) or '0'}) AS {column}"
            case HitPolicy.COLLECT_MAX | HitPolicy.COLLECT_MIN:
                is_max = decision.hit_policy is HitPolicy.COLLECT_MAX
                ordered = sorted(rules, key=lambda each: _number(each[1].then[0]), reverse=is_max)
                yield self._first([(name, rule.then[0]) for name, rule in ordered], decision)
            case _:
                yield self._first([(name, rule.then[0]) for name, rule in rules], decision)

    def _first(self, rules: Sequence[tuple[str, Value]], decision: Decision) -> str:
        """Return the value of the first rule that holds; NULL if one before it is undecided."""
        column = _name(decision.name)
        told: Callable[[Value], str] = _text
        values = [value for _, value in rules] + ([] if decision.otherwise is None else [decision.otherwise])
        if all(isinstance(value, Fraction) for value in values):
            bottom = lcm(*(_number(value).denominator for value in values))
            ends = [int(_number(value) * bottom) for value in values]
            self.numbers[decision.name] = Whole(column, bottom, min(ends), max(ends), bottom)
            told = lambda value: str(int(_number(value) * bottom))  # noqa: E731
        whens = " ".join(
            f"WHEN {name} THEN {told(value)} WHEN {name} IS NULL THEN NULL" for name, value in rules
        )
        otherwise = "NULL" if decision.otherwise is None else told(decision.otherwise)
        return f"(CASE {whens} ELSE {otherwise} END) AS {column}" if rules else f"{otherwise} AS {column}"

    def _collected(self, decision: Decision) -> Iterator[str]:
        adding: dict[str, list[str]] = {member: [] for member in decision.domain.values}
        for rule in decision.rules:
            for value in rule.then:
                adding.setdefault(str(value), []).append(_name(rule.path))
        taken = self.members[decision.without] if decision.without else {}
        names = {member: _name(f"{decision.name}.{member}") for member in adding}
        self.members[decision.name] = names
        for member, rules in adding.items():
            text = f"({' OR '.join(rules) or 'FALSE'})"
            text = f"({text} AND NOT {taken[member]})" if member in taken else text
            yield f"{text} AS {names[member]}"

    # --- What comes out -------------------------------------------------------------------

    def _told(self) -> Iterator[tuple[str, str]]:
        for name in dict.fromkeys(self.wanted):
            if name == MONEY:
                yield from self._money()
            elif name in self.members:
                found = self.members[name]
                parts = ", ".join(f"CASE WHEN {found[each]} THEN {_text(each)} END" for each in sorted(found))
                is_open = " OR ".join(f"{each} IS NULL" for each in found.values())
                yield name, f"CASE WHEN {is_open} THEN NULL ELSE CONCAT_WS(', ', {parts}) END"
            elif name in self.numbers:
                number = self.numbers[name]
                yield name, f"CAST({number.top} AS DOUBLE) / {number.bottom}"
            else:
                yield name, _name(name)

    def _money(self) -> Iterator[tuple[str, str]]:
        for figure in FIGURES:
            whens = []
            for name, basis in self.rulebase.money.items():
                number = self._look(getattr(basis, figure))
                assert isinstance(number, Whole)
                for sign, limits in (("max", basis.floors), ("min", basis.caps)):
                    bounds = [each for each in map(self._look, limits) if isinstance(each, Whole)]
                    number = extreme(sign, [number, *bounds])
                number, _ = alike(number, Whole.of(Fraction(1, 100)))
                cents = floored(f"({number.top} * 100)", str(number.bottom), is_negative=number.low < 0)
                whens.append(f"WHEN {_name(BASIS)} = {_text(name)} THEN {cents}")
            text = f"CASE {' '.join(whens)} WHEN {_name(BASIS)} IS NOT NULL THEN 0 END"
            cent = "CAST(0.01 AS DECIMAL(3, 2))"
            yield f"{MONEY}.{figure}", f"CAST(CAST({text} AS DECIMAL(16, 0)) * {cent} AS DECIMAL(18, 2))"


def _number(value: Value) -> Fraction:
    assert isinstance(value, Fraction)
    return value


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: Value) -> str:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case date():
            return f"DATE '{value.isoformat()}'"
    return "'" + str(value).replace("'", "''") + "'"
