"""durable_rules behind the chain's port; no other module knows that it exists.

Each stratum becomes rulesets of positive rules over one asserted case and one asserted
fact a decision, all in small integers. `docs/decisions/0001-durable-rules.md` and the
tests of the same name list the traps of the library that this shape avoids.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import durable_rules_engine
from durable import engine

from amends.engine.chain.cells import (
    OPEN,
    Both,
    Either,
    Literal,
    Positive,
    alternatives,
    cell_reading,
    cut,
    literals,
    member_cell,
    positive,
)
from amends.engine.chain.memory import Memory
from amends.engine.rulebase import RuleBase
from amends.engine.truth import Truth

CASE = "case"
RULES_A_SET = 200
"""durable_rules crashes when 256 rules share a pattern; every rule here tests the case."""
MOST_CELLS = 250
MOST_FACTS = 15

Pattern = dict[str, Any]

_sids = itertools.count(1)


class ChainError(RuntimeError):
    """durable_rules failed inside a run; the message names the rule or ruleset."""


class LimitError(ValueError):
    """A rule base is too large for durable_rules; carries what to say and the rule's path."""

    def __init__(self, message: str, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path


class _Host(engine.Host):  # type: ignore[misc]
    """A host of its own: no timers, no decorators, actions that only note the rule's path."""

    def __init__(self, note: Callable[[str], None]) -> None:
        super().__init__()
        # Its dispatcher threads would run actions of their own accord and read freed states.
        self._d_timer.cancel()
        self._t_timer.cancel()
        self._note = note

    def get_action(self, action_name: str) -> Callable[[Any], None]:
        return lambda _context: self._note(action_name)


def fault() -> str | None:
    """Return what is wrong with the library as it fires one rule, or None."""
    fired: list[str] = []
    host = _Host(fired.append)
    try:
        host.set_rulesets({"probe": {"rule": {"all": [{"fact": {"t": CASE}}], "run": "seen"}}})
        host.assert_fact("probe", {"t": CASE, "sid": "1"})
    except Exception as error:
        return f"it can be imported, but fails: {error}"
    return None if fired == ["seen"] else "it can be imported, but a rule did not fire"


class DurableRules:
    """Fires the rules of one stratum after another inside durable_rules."""

    name = "durable_rules"

    def __init__(self, rulebase: RuleBase, strata: tuple[tuple[str, ...], ...]) -> None:
        self._lock = threading.Lock()
        self._fired: set[str] = set()
        self._failure: tuple[str, Exception] | None = None
        self._host = _Host(self._note)
        self._grids = cut(rulebase)
        self._decisions = rulebase.decisions
        for name, grid in self._grids.items():
            if grid.size > MOST_CELLS:
                raise LimitError(
                    f"`{name}` is compared with more constants than durable_rules can tell apart"
                )
        self._strata = [_Stratum(self, rulebase, index, layer) for index, layer in enumerate(strata)]

    def fire(self, stratum: int, memory: Memory) -> Mapping[str, Truth]:
        """Return each rule of *stratum* that says yes or is undecided, by path.

        The *perhaps* rulesets run only where something asserted is open. Raises `ChainError`.
        """
        layer = self._strata[stratum]
        facts = layer.facts(memory)
        is_open = any(OPEN in fact.values() for fact in facts)
        with self._lock:
            surely = self._run(layer.surely(), facts)
            perhaps = self._run(layer.perhaps(), facts) if is_open else surely
        return {path: Truth.YES if path in surely else Truth.UNDECIDED for path in surely | perhaps}

    def close(self) -> None:
        """Give back the memory of every ruleset; the library has no other way to unload."""
        with self._lock:
            for name, ruleset in self._host._ruleset_directory.items():
                durable_rules_engine.delete_ruleset(ruleset._handle)
                del name
            self._host._ruleset_directory.clear()
            self._host._ruleset_list.clear()

    def register(self, name: str, rules: Mapping[str, Pattern]) -> None:
        """Load one ruleset from a dictionary built for it alone."""
        self._host.set_rulesets({name: dict(rules)})

    def _note(self, path: str) -> None:
        # An exception in an action would be swallowed by the library; none leaves here.
        try:
            if path:
                self._fired.add(path)
        except Exception as error:
            self._failure = (path, error)

    def _run(self, names: list[str], facts: list[Pattern]) -> frozenset[str]:
        self._fired = set()
        for name in names:
            sid = str(next(_sids))
            try:
                for fact in facts:
                    self._host.assert_fact(name, {**fact, "sid": sid})
                state = self._host.get_state(name, sid)
                if "exception" in state or self._failure:
                    failed = self._failure[0] if self._failure else name
                    self._failure = None
                    raise ChainError(f"durable_rules failed in `{failed}`: {state.get('exception')}")
            finally:
                self._host.delete_state(name, sid)
        return frozenset(self._fired)


class _Stratum:
    """The rulesets of one stratum, registered when they are first needed."""

    def __init__(self, chain: DurableRules, rulebase: RuleBase, index: int, layer: tuple[str, ...]) -> None:
        self._chain = chain
        self._index = index
        rules = [
            rule for name in layer if name in rulebase.decisions for rule in rulebase.decisions[name].rules
        ]
        self._conditions = {rule.path: positive(rule.when, chain._grids) for rule in rules}
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
        self._names: dict[bool, list[str]] = {}

    def surely(self) -> list[str]:
        """Return the names of the rulesets of what surely holds."""
        return self._registered(perhaps=False)

    def perhaps(self) -> list[str]:
        """Return the names of the rulesets of what may hold."""
        return self._registered(perhaps=True)

    def facts(self, memory: Memory) -> list[Pattern]:
        """Return what is asserted: one fact a decision, then the case."""
        grids = self._chain._grids
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

    def _registered(self, *, perhaps: bool) -> list[str]:
        if perhaps not in self._names:
            patterns = list(self._patterns(perhaps))
            self._names[perhaps] = []
            for start in range(0, len(patterns), RULES_A_SET):
                name = f"stratum-{self._index}-{'perhaps' if perhaps else 'surely'}-{start}"
                rules: dict[str, Pattern] = {
                    f"rule-{start + at}": {"all": joined, "pri": 1, "run": path}
                    for at, (path, joined) in enumerate(patterns[start : start + RULES_A_SET])
                }
                # A fact that no rule matches raises, unless some rule matches everything.
                rules["anything"] = {"all": [{"m": {"$ex": {"t": 1}}}], "pri": 9, "run": ""}
                self._chain.register(name, rules)
                self._names[perhaps].append(name)
        return self._names[perhaps]

    def _patterns(self, perhaps: bool) -> Iterator[tuple[str, list[Pattern]]]:
        for path, when in self._conditions.items():
            for choice in alternatives(when, self._owner):
                if len(choice) > MOST_FACTS:
                    raise LimitError(f"`{path}` reads more decisions than durable_rules can join", path)
                owned = {CASE: Both(()), **choice}
                joined: list[Pattern] = []
                for at, (owner, part) in enumerate(sorted(owned.items(), key=lambda item: item[0] == CASE)):
                    tested = self._test(part, perhaps)
                    if tested is None:
                        break
                    joined.append({f"f{at}": {"$and": [{"t": owner}, *tested]}})
                else:
                    yield path, joined

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


def _all(tests: list[Pattern]) -> Pattern:
    if not tests:
        return {"$ex": {"t": 1}}
    return tests[0] if len(tests) == 1 else {"$and": tests}


def _any(choices: list[Pattern]) -> list[Pattern] | None:
    if not choices:
        return None
    return [choices[0] if len(choices) == 1 else {"$or": choices}]
