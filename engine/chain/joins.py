"""A stratum's conditions as joins of positive patterns: what durable_rules is given.

A pattern tests one asserted fact: the case, or the fact of one decision. A rule becomes
one join or more, each a way in which it fires, packed into rulesets that the library can
carry (`limits`). Nothing here needs the library.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amends.engine.cells import (
    OPEN,
    Both,
    Either,
    Grid,
    Literal,
    Positive,
    TooManyAlternatives,
    alternatives,
    cell_reading,
    literals,
    member_cell,
    positive,
)
from amends.engine.chain.limits import Pattern, fields, fits, fitting, packed
from amends.engine.chain.memory import Memory
from amends.engine.diagnostics import Code, Diagnostic, InputError, Span
from amends.engine.rulebase import RuleBase, tests

CASE = "case"
RULES_A_SET = 200
"""durable_rules crashes when 256 rules share a pattern; every rule here tests the case."""
MOST_CELLS = 230
"""An open decision is asserted with one property a cell, and 255 properties are refused."""
MOST_FACTS = 15
MOST_ALTERNATIVES = 200


class LimitError(InputError):
    """A rule base is too large for durable_rules; carries one diagnostic that says where."""

    def __init__(self, message: str, at: Span, help: str) -> None:
        super().__init__([Diagnostic(Code.TOO_LARGE_FOR_THE_CHAIN, message, at, help=help)])


def check_cells(rulebase: RuleBase, grids: Mapping[str, Grid]) -> None:
    """Raise `LimitError` at the first rule that tests a thing cut into too many cells."""
    for rule in rulebase.rules.values():
        for test in tests(rule.when):
            if test.subject in grids and grids[test.subject].size > MOST_CELLS:
                raise LimitError(
                    f"`{test.subject}` has more values and constants than durable_rules can tell apart",
                    rule.span,
                    "let a decision sort them into fewer first",
                )


@dataclass(frozen=True, slots=True)
class Join:
    """One way in which a rule fires: a pattern or more of each asserted fact that it reads."""

    path: str
    patterns: list[tuple[str, Pattern]]


class Stratum:
    """The rules of one stratum as joins, and what a case looks like to them."""

    def __init__(self, rulebase: RuleBase, grids: Mapping[str, Grid], layer: tuple[str, ...]) -> None:
        self._grids = grids
        rules = [
            rule for name in layer if name in rulebase.decisions for rule in rulebase.decisions[name].rules
        ]
        self._rules = {rule.path: rule for rule in rules}
        self._conditions = {rule.path: positive(rule.when, grids) for rule in rules}
        used = sorted({literal for when in self._conditions.values() for literal in literals(when)}, key=repr)
        self._owner = {
            lit.subject: f"decision/{lit.subject}" if lit.subject in rulebase.decisions else CASE
            for lit in used
        }
        self._case = sorted(
            {(lit.subject, lit.member, lit.is_known) for lit in used if self._owner[lit.subject] == CASE},
            key=repr,
        )
        self._read: dict[str, list[str | None]] = {}
        for lit in used:
            if self._owner[lit.subject] != CASE:
                members = self._read.setdefault(lit.subject, [])
                if lit.member not in members:
                    members.append(lit.member)

    def facts(self, memory: Memory) -> list[Pattern]:
        """Return what is asserted: one fact a decision, then the case."""
        grids = self._grids
        asserted: list[Pattern] = []
        for name, members in self._read.items():
            found = memory.look(name)
            fact: Pattern = {"t": f"decision/{name}"}
            if name in grids:
                cells = cell_reading(found, grids[name])
                fact["value"] = cells[0] if len(cells) == 1 else OPEN
                if len(cells) != 1:
                    fact |= {f"may~{cell}": int(cell in cells) for cell in range(grids[name].size)}
            else:
                fact |= {f"has~{member}": member_cell(found, str(member)) for member in members}
            asserted.append(fact)
        case: Pattern = {"t": CASE}
        for subject, member, is_known in self._case:
            if is_known:
                case[f"{subject}~known"] = int(memory.is_stated(subject))
            elif member is not None:
                case[f"{subject}~has~{member}"] = member_cell(memory.look(subject), member)
            else:
                cells = cell_reading(memory.look(subject), grids[subject])
                case[f"{subject}~value"] = cells[0] if len(cells) == 1 else OPEN
        return [*asserted, case]

    def rulesets(self, *, perhaps: bool) -> Iterator[list[Join]]:
        """Yield the joins of what surely, or perhaps, holds, a ruleset at a time. Raises `LimitError`."""
        return self._halved(list(self._joins(perhaps)))

    def _halved(self, joins: list[Join]) -> Iterator[list[Join]]:
        if not joins:
            return
        if len(joins) <= RULES_A_SET and fits(pattern for join in joins for _, pattern in join.patterns):
            yield joins
            return
        half = len(joins) // 2
        if not half:
            raise self._too_large(joins[0].path, "compares more values than durable_rules can hold")
        yield from self._halved(joins[:half])
        yield from self._halved(joins[half:])

    def _joins(self, perhaps: bool) -> Iterator[Join]:
        for path, when in self._conditions.items():
            count = 0
            for choice in self._alternatives(path, when):
                owned: dict[str, Positive] = {CASE: Both(()), **choice}
                tested = {owner: self._test(part, perhaps) for owner, part in owned.items()}
                for patterns in self._patterns(path, tested):
                    count += 1
                    if count > MOST_ALTERNATIVES:
                        raise self._too_large(path, "has more alternatives than durable_rules can hold")
                    yield Join(path, patterns)

    def _alternatives(self, path: str, when: Positive) -> list[dict[str, Positive]]:
        try:
            return alternatives(when, self._owner, MOST_ALTERNATIVES)
        except TooManyAlternatives:
            raise self._too_large(path, "has more alternatives than durable_rules can hold") from None

    def _patterns(
        self, path: str, tested: Mapping[str, list[Pattern] | None]
    ) -> Iterator[list[tuple[str, Pattern]]]:
        """Yield the ways to join one pattern or more of each owner."""
        options = []
        for owner, conjuncts in sorted(tested.items(), key=lambda item: (item[0] == CASE, item[0])):
            found = [] if conjuncts is None else fitting(conjuncts, MOST_ALTERNATIVES)
            if found is None:
                raise self._too_large(path, "has more alternatives than durable_rules can hold")
            options.append([(owner, alternative) for alternative in found])
        for chosen in itertools.product(*options):
            joined = [
                (owner, {"$and": [{"t": owner}, *batch]})
                for owner, conjuncts in chosen
                for batch in packed(conjuncts)
            ]
            if len(joined) > MOST_FACTS:
                raise self._too_large(path, "reads more decisions than durable_rules can join")
            yield joined

    def _too_large(self, path: str, why: str) -> LimitError:
        help = "split the rule, or turn part of it into a decision of its own"
        return LimitError(f"`{path}` {why}", self._rules[path].span, help)

    def _test(self, condition: Positive, perhaps: bool) -> list[Pattern] | None:
        """Return *condition* as the conjuncts of a pattern, or None if it can never hold."""
        match condition:
            case Both(parts):
                made = [self._test(part, perhaps) for part in parts]
                return None if None in made else [test for part in made if part for test in part]
            case Either(parts):
                choices = [choice for part in parts if (choice := self._test(part, perhaps)) is not None]
                return _any([_all(choice) for choice in choices])
            case Literal():
                return self._literal(condition, perhaps)

    def _literal(self, literal: Literal, perhaps: bool) -> list[Pattern] | None:
        decided = self._owner[literal.subject] != CASE
        prefix = "" if decided else f"{literal.subject}~"
        if literal.is_known:
            return [{f"{prefix}known": literal.cells[0]}]
        if literal.member is not None:
            field = f"{prefix}has~{literal.member}"
            return _any([{field: cell} for cell in (*literal.cells, *([OPEN] if perhaps else []))])
        field = f"{prefix}value"
        choices: list[Pattern] = [{field: cell} for cell in literal.cells]
        if not decided:
            return _any([*choices, *([{field: OPEN}] if perhaps else [])])
        if perhaps:
            return _any([*choices, *({f"may~{cell}": 1} for cell in literal.cells)])
        others = [{f"may~{cell}": 0} for cell in range(literal.size) if cell not in literal.cells]
        return _any([*choices, _all([{field: OPEN}, *others])])


def read_by(joins: list[Join]) -> dict[str, frozenset[str]]:
    """Return the properties that *joins* read of each asserted fact, by its `t`."""
    read: dict[str, set[str]] = {CASE: {"t"}}
    for owner, pattern in (pattern for join in joins for pattern in join.patterns):
        read.setdefault(owner, set()).update(fields(pattern))
    return {owner: frozenset(names) for owner, names in read.items()}


def _all(tests: list[Pattern]) -> Pattern:
    if not tests:
        return {"$ex": {"t": 1}}
    return tests[0] if len(tests) == 1 else {"$and": tests}


def _any(choices: list[Pattern]) -> list[Pattern] | None:
    flat = [inner for choice in choices for inner in choice.get("$or", [choice])]
    if not flat:
        return None
    return flat[0].get("$and", flat) if len(flat) == 1 else [{"$or": flat}]
