"""The rules that packs lay on a base, read back in words, with the number of stored cases that each moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from amends.engine.api import Engine
from amends.engine.author.sentences import rule_sentence
from amends.engine.case import Case
from amends.engine.chain import run
from amends.engine.chain.memory import WorkingMemory
from amends.engine.completion import Completed, complete
from amends.engine.diagnostics import InputError, Problems, Span
from amends.engine.network import cone, has_cycle
from amends.engine.rulebase import Change, Rule, RuleBase
from amends.engine.truth import Reading, Truth, fact_reading, truth
from amends.engine.what_if import memory_of


@dataclass(frozen=True, slots=True)
class ReadBack:
    """One rule in words: its place, its sentence, what became of an earlier one, and what it moves.

    `moves` counts the cases of `of` in which its decision ends otherwise than without it.
    """

    path: str
    pack: str
    says: str
    because: str
    span: Span
    before: str | None
    decides: str
    moves: int
    of: int


@dataclass(frozen=True, slots=True)
class _Played:
    case: Case
    completed: Completed


def read_back(rulebase: RuleBase, files: Iterable[Path], *, all_rules: bool = False) -> Iterator[ReadBack]:
    """Yield each rule that a pack adds, replaces or disables, or every rule, in order of path.

    What it moves is counted over the cases in *files* that can be read with this stack.
    """
    played = list(_played(rulebase, files))
    changes = {change.before.path: change for change in rulebase.changes}
    new = {path: rule for path, rule in rulebase.rules.items() if all_rules or rule.level}
    for path in sorted({*new, *changes}):
        rule, change = new.get(path), changes.get(path)
        yield _told(rulebase, rule, change, played)


def _played(rulebase: RuleBase, files: Iterable[Path]) -> Iterator[_Played]:
    engine = Engine(rulebase)
    for file in files:
        problems = Problems()
        try:
            case = engine.case(file)
        except InputError:  # told for a pack that is not laid, or wrong: `amends test` says which
            continue
        completed = complete(rulebase, case, problems)
        if not problems.found:
            yield _Played(case, completed)


def _told(rulebase: RuleBase, rule: Rule | None, change: Change | None, played: list[_Played]) -> ReadBack:
    told = rule or (change.before if change else None)
    assert told is not None
    before = None
    if change is not None:
        sentence = rule_sentence(change.before, rulebase)
        before = sentence if rule else None
    says = rule_sentence(told, rulebase)
    because = told.because
    if rule is None and change is not None:
        says, because = f"No longer: {says[:1].lower()}{says[1:]}", change.reason
    return ReadBack(
        path=told.path,
        pack=change.pack if change else told.pack,
        says=says,
        because=because,
        span=change.span if change else told.span,
        before=before,
        decides=rulebase.title(told.decision),
        moves=_moves(rulebase, rule, change, played),
        of=len(played),
    )


def _moves(rulebase: RuleBase, rule: Rule | None, change: Change | None, played: list[_Played]) -> int:
    """Return the cases in which the decision ends otherwise without *rule* and with what it replaced."""
    told = rule or (change.before if change else None)
    assert told is not None
    decision = rulebase.decisions[told.decision]
    kept = [each for each in decision.rules if each.path != told.path]
    if change is not None:
        kept.append(change.before)
    rules = tuple(sorted(kept, key=lambda each: each.path))
    without = replace(
        rulebase, decisions={**rulebase.decisions, decision.name: replace(decision, rules=rules)}
    )
    if has_cycle(without):
        return 0
    now, then = (_memory(each, decision.name) for each in (rulebase, without))
    moves = 0
    for each in played:
        facts, stated = each.completed.facts, each.case.facts
        if not any(_may_hold(each, one, rulebase) for one in (rule, change and change.before) if one):
            continue
        trace = run(rulebase, facts, stated, now)
        speaks = told.path in trace.undecided or any(fired.rule.path == told.path for fired in trace.fired)
        if not speaks and change is None:
            continue
        other = run(without, facts, stated, then).outcomes[decision.name]
        moves += other.found != trace.outcomes[decision.name].found
    return moves


def _may_hold(played: _Played, rule: Rule, rulebase: RuleBase) -> bool:
    """False if the facts alone rule *rule* out, which is so of most cases, and takes no run to see."""
    facts, known = played.completed.facts, rulebase.facts

    def look(name: str) -> Reading:
        return fact_reading(facts.get(name), known[name].domain) if name in known else None

    return truth(rule.when, look, lambda name: name in played.case.facts) is not Truth.NO


def _memory(rulebase: RuleBase, decision: str) -> WorkingMemory:
    return memory_of(rulebase, cone(rulebase, decision).intersection(rulebase.decisions))
