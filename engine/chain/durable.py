"""durable_rules behind the chain's port; no other module knows that it exists.

Each stratum becomes rulesets of positive rules over one asserted case and one asserted
fact a decision, all in small integers (`joins`, `limits`). `docs/decisions/0001-durable-rules.md`
and `tests/laws/test_durable_rules_traps.py` list the traps of the library that this shape avoids.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import durable_rules_engine
from durable import engine

from amends.engine import store
from amends.engine.cells import OPEN, cut
from amends.engine.chain.joins import CASE, Join, Stratum, check_cells, read_by
from amends.engine.chain.limits import Pattern
from amends.engine.chain.memory import Memory
from amends.engine.rulebase import RuleBase
from amends.engine.truth import Truth

CATCH_ALL = "anything"
"""No rule's path: that of a rule has a slash."""

Reads = Mapping[str, frozenset[str]]
"""The properties that a ruleset reads of each asserted fact, by its `t`."""

_sids = itertools.count(1)


class ChainError(RuntimeError):
    """durable_rules failed inside a run; the message names the rule or ruleset."""


class _Host(engine.Host):  # type: ignore[misc]
    """A host of its own: no timers, no decorators, actions that only note the rule's path.

    `failure` is the first rule whose action raised, and what it raised.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        super().__init__()
        # Its dispatcher threads would run actions of their own accord and read freed states.
        self._d_timer.cancel()
        self._t_timer.cancel()
        self.note = note
        self.failure: tuple[str, BaseException] | None = None

    def get_action(self, action_name: str) -> Callable[[Any], None]:
        def act(_context: object) -> None:
            # The library would swallow what is raised here, even a KeyboardInterrupt.
            try:
                if action_name != CATCH_ALL:
                    self.note(action_name)
            except BaseException as error:
                self.failure = self.failure or (action_name, error)

        return act


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
        self._host = _Host(lambda path: self._fired.add(path))
        grids = cut(rulebase)
        check_cells(rulebase, grids)
        self._strata = [Stratum(rulebase, grids, layer) for layer in strata]
        self._rulesets: dict[tuple[int, bool], list[_Ruleset]] = {}
        self._key = store.key_of(rulebase)

    def fire(self, stratum: int, memory: Memory) -> Mapping[str, Truth]:
        """Return each rule of *stratum* that says yes or is undecided, by path.

        The *perhaps* rulesets run only where something asserted is open. Raises `ChainError`,
        and `LimitError` when a stratum too large for the library is met for the first time.
        """
        layer = self._strata[stratum]
        facts = layer.facts(memory)
        is_open = any(OPEN in fact.values() for fact in facts)
        with self._lock:
            surely = self._run(self._loaded(stratum, perhaps=False), facts)
            perhaps = self._run(self._loaded(stratum, perhaps=True), facts) if is_open else surely
        return {path: Truth.YES if path in surely else Truth.UNDECIDED for path in surely | perhaps}

    def load(self) -> None:
        """Load every ruleset now, not when a case first needs it. Raises `LimitError`."""
        with self._lock:
            for stratum in range(len(self._strata)):
                self._loaded(stratum, perhaps=False)
                self._loaded(stratum, perhaps=True)

    def close(self) -> None:
        """Give back the memory of every ruleset; the library has no other way to unload."""
        with self._lock:
            for ruleset in self._host._ruleset_directory.values():
                durable_rules_engine.delete_ruleset(ruleset._handle)
            self._host._ruleset_directory.clear()
            self._host._ruleset_list.clear()
            self._rulesets.clear()

    def _loaded(self, stratum: int, *, perhaps: bool) -> list[_Ruleset]:
        """Return the rulesets of what surely, or perhaps, holds, loaded when they are first needed."""
        key = (stratum, perhaps)
        if key not in self._rulesets:
            made = []
            kind = f"stratum-{stratum}-{'perhaps' if perhaps else 'surely'}"
            for at, (rules, reads) in enumerate(self._written(stratum, kind, perhaps=perhaps)):
                name = f"{kind}-{at}"
                try:
                    self._host.set_rulesets({name: rules})
                except durable_rules_engine.error as error:
                    raise ChainError(f"durable_rules cannot hold `{name}`: {error}") from error
                made.append(_Ruleset(name, reads))
            self._rulesets[key] = made
        return self._rulesets[key]

    def _written(self, stratum: int, kind: str, *, perhaps: bool) -> list[tuple[Pattern, Reads]]:
        """Return each ruleset of a stratum as the library takes it, with what it reads.

        They are kept on disk: to count what they cost the library takes longer than to load them.
        """
        kept = store.recall_object(kind, self._key) if self._key else None
        if isinstance(kept, list):
            return kept
        written: list[tuple[Pattern, Reads]] = []
        for joins in self._strata[stratum].rulesets(perhaps=perhaps):
            rules = {f"rule-{number}": _rule(join) for number, join in enumerate(joins)}
            # A fact that no rule matches raises, unless some rule matches everything.
            rules[CATCH_ALL] = {"all": [{"m": {"$ex": {"t": 1}}}], "pri": 9, "run": CATCH_ALL}
            written.append((rules, read_by(joins)))
        if self._key:
            store.keep_object(kind, self._key, written)
        return written

    def _run(self, rulesets: list[_Ruleset], facts: list[Pattern]) -> frozenset[str]:
        self._fired = set()
        self._host.failure = None
        for ruleset in rulesets:
            sid = str(next(_sids))
            try:
                for fact in ruleset.relevant(facts):
                    self._host.assert_fact(ruleset.name, {**fact, "sid": sid})
                state = self._host.get_state(ruleset.name, sid)
            except durable_rules_engine.error as error:
                raise ChainError(f"durable_rules failed in `{ruleset.name}`: {error}") from error
            finally:
                # Where the first fact was refused there is no state; the error above says more.
                with suppress(durable_rules_engine.error):
                    self._host.delete_state(ruleset.name, sid)
            self._raise_failure(ruleset.name, state)
        return frozenset(self._fired)

    def _raise_failure(self, ruleset: str, state: Mapping[str, Any]) -> None:
        if self._host.failure is not None:
            path, error = self._host.failure
            if not isinstance(error, Exception):
                raise error
            raise ChainError(f"the rule `{path}` failed as it fired: {error}") from error
        if "exception" in state:
            raise ChainError(f"durable_rules failed in `{ruleset}`: {state['exception']}")


@dataclass(frozen=True, slots=True)
class _Ruleset:
    """A loaded ruleset, with the properties that it reads of each asserted fact, by its `t`."""

    name: str
    reads: Reads

    def relevant(self, facts: list[Pattern]) -> Iterator[Pattern]:
        """Yield *facts* with what this ruleset reads of them, and nothing of the others."""
        for fact in facts:
            if fact["t"] in self.reads:
                read = self.reads[fact["t"]]
                yield {name: cell for name, cell in fact.items() if name in read}


def _rule(join: Join) -> Pattern:
    # `dist: 0` lets one fact match several patterns of a rule: they are parts of one condition.
    joined = [{f"f{at}": pattern} for at, (_, pattern) in enumerate(join.patterns)]
    return {"all": joined, "pri": 1, "dist": 0, "run": join.path}
