"""Cases to keep, written out: for what is missing or survives one that shows it, as few files as do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from amends.engine.audit.witness import NO_CLOCK
from amends.engine.case import Case
from amends.engine.diagnostics import Code, Diagnostic, InputError
from amends.engine.exercise.about import expected, written
from amends.engine.exercise.coverage import Coverage
from amends.engine.exercise.goals import Comes, Goal, Said, Written, is_met, missing, subject
from amends.engine.exercise.judged import Judged, Mutation, State
from amends.engine.exercise.killing import Tried
from amends.engine.exercise.mutants import Change
from amends.engine.exercise.playing import played_case
from amends.engine.exercise.small import UNWRITTEN, Facts
from amends.engine.exercise.told import as_written
from amends.engine.message import MESSAGE
from amends.engine.rulebase import Rule, RuleBase
from amends.engine.source import MapNode
from amends.engine.truth import Members
from amends.engine.values import sort_key, words

MARK = "# suggested: look at it before you keep it"
_NO_LETTER = re.compile("[^a-z]+")
_LONGEST_NAME = 90


@dataclass(frozen=True)
class Suggestion:
    """One case to keep: `expect` is None where what it shows can be expected of no case."""

    name: str
    title: str
    sources: tuple[str, ...]
    notes: tuple[str, ...]
    facts: Facts
    expect: MapNode | None
    because: tuple[str, ...]


def of_survivors(rulebase: RuleBase, mutation: Mutation) -> tuple[Suggestion, ...]:
    """Return as few cases as kill every survivor that has one; of one rule a case may kill several."""
    found: list[Suggestion] = []
    left = [each for each in mutation.judged if each.state is State.SURVIVED and each.kill is not None]
    for path in dict.fromkeys(each.mutant.rule.path for each in left):
        of_rule = [each for each in left if each.mutant.rule.path == path]
        killed = {each: _killed_by(rulebase, each, of_rule) for each in of_rule}
        open_ones = set(of_rule)
        while open_ones:
            best = max(of_rule, key=lambda each: len(killed[each] & open_ones))
            kills = tuple(each for each in of_rule if each in killed[best] & open_ones)
            found.append(_killing(rulebase, best, kills))
            open_ones.difference_update(kills)
    return tuple(found)


def _killing(rulebase: RuleBase, best: Judged, kills: Sequence[Judged]) -> Suggestion:
    kill, rule = best.kill, best.mutant.rule
    assert kill is not None
    shown = f"{_words(rule.name)}{_what_shows(rulebase, best)}"
    return Suggestion(
        name=shown,
        title=shown,
        sources=rule.sources,
        notes=tuple(f"{rule.path}: {each.mutant.said}." for each in kills),
        facts=kill.facts,
        expect=kill.expect,
        because=kill.deciding,
    )


_SHOWS = {
    Change.TIER: ", and another rule is heard before or after it",
    Change.OVERRIDE: ", and what it overrides holds too",
    Change.SWAPPED: ", and only some of it is so",
}


def _what_shows(rulebase: RuleBase, killed: Judged) -> str:
    """Return how the case that kills a mutant goes on after the name of its rule."""
    kill, mutant = killed.kill, killed.mutant
    assert kill is not None
    if mutant.reads is None:
        return _SHOWS.get(mutant.change, "")
    domain, title = rulebase.domain(mutant.reads), rulebase.title(mutant.reads)
    found = played_case(rulebase, UNWRITTEN, Case(kill.facts, NO_CLOCK)).look(mutant.reads)
    if isinstance(found, Members):
        said = words(found.sure, domain)
    else:
        said = " or ".join(words(value, domain) for value in sorted(found or (), key=sort_key)) or "not told"
    return f", {title}: {said}"


def of_missing(rulebase: RuleBase, coverage: Coverage) -> tuple[Suggestion, ...]:
    """Return as few cases as exercise all that is missing and can be, each where none before it does."""
    found: list[Suggestion] = []
    left = [(each.goal, each.facts) for each in coverage.missing if each.facts is not None]
    while left:
        goal, facts = left[0]
        played = played_case(rulebase, UNWRITTEN, Case(facts, NO_CLOCK))
        met = [other for other, _ in left if other is goal or is_met(other, played)]
        left = [(other, its) for other, its in left if other not in met]
        name, members, rule = _about(goal)
        outcome = played.exact.trace.outcomes.get(name)
        expect = None if outcome is None else expected(outcome, members)
        found.append(
            Suggestion(
                name=f"{subject(goal).partition('/')[2]} in {name}",
                title=f"{_words(subject(goal).partition('/')[2])}, which no other case shows",
                sources=() if rule is None else rule.sources,
                notes=tuple(f"Before it, {missing(other)}." for other in met),
                facts=facts,
                expect=expect,
                because=() if outcome is None or expect is None else outcome.deciding,
            )
        )
    return tuple(found)


def _about(goal: Goal) -> tuple[str, frozenset[str] | None, Rule | None]:
    """Return the decision that shows *goal*, the members of it that do, and the rule that it is about."""
    match goal:
        case Said() | Written():
            return MESSAGE, None, None
        case Comes(decision, value, rules):
            return decision.name, frozenset([str(value)]), rules[0] if rules else None
    return goal.rule.decision, frozenset(map(str, goal.rule.then)), goal.rule


def _words(name: str) -> str:
    return name.replace("-", " ").replace("_", " ")


def _killed_by(rulebase: RuleBase, one: Judged, others: Sequence[Judged]) -> frozenset[Judged]:
    assert one.kill is not None
    case = replace(Case(one.kill.facts, NO_CLOCK), expect=one.kill.expect)
    played = played_case(rulebase, UNWRITTEN, case)
    return frozenset(
        other for other in others if other is one or Tried(rulebase, other.mutant).does_fail(played)
    )


def write(rulebase: RuleBase, found: Iterable[Suggestion], folder: Path) -> tuple[Path, ...]:
    """Write each suggestion into a new file in *folder*. Raises `InputError` if that cannot be."""
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suggestion in found:
            path = next(path for path in _paths(folder, suggestion.name) if not path.exists())
            path.write_text(case_text(rulebase, suggestion), encoding="utf-8")
            paths.append(path)
    except OSError as error:
        message = f"`{folder}` cannot be written to: {(error.strerror or str(error)).lower()}"
        help = "name another folder with --suggest"
        raise InputError([Diagnostic(Code.CANNOT_WRITE, message, help=help)]) from None
    return tuple(paths)


def _paths(folder: Path, said: str) -> Iterator[Path]:
    """Yield file names of letters alone that say *said*."""
    name = _NO_LETTER.sub("-", said.lower()).strip("-")
    if len(name) > _LONGEST_NAME:
        name = name[:_LONGEST_NAME].rpartition("-")[0]
    yield folder / f"{name}.yaml"
    number = 1
    while True:
        number += 1
        yield folder / f"{name}-{_letters(number)}.yaml"


def _letters(number: int) -> str:
    """Return a number in letters, as the columns of a sheet are named.

    >>> [_letters(number) for number in (2, 26, 27)]
    ['b', 'z', 'aa']
    """
    found = ""
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(ord("a") + rest) + found
    return found


def case_text(rulebase: RuleBase, case: Suggestion) -> str:
    """Return the case as a file, with what it is for."""
    lines = [MARK, f"title: {_quoted(case.title)}"]
    if case.sources:
        lines.append(f"sources: [{', '.join(case.sources)}]")
    lines += ["note: >-", *(f"  {_plain(note)}" for note in case.notes)]
    lines.append("facts:" if case.facts else "facts: {}")
    lines += [f"  {name}: {text}" for name, text in as_written(case.facts, rulebase).items()]
    if case.expect is not None:
        lines.append("expect:")
        lines += [f"  {key.text}: {written(node)}" for key, node in case.expect]
        if case.because:
            lines.append(f"  because: [{', '.join(case.because)}]")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return " ".join(text.replace("`", "").split())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
