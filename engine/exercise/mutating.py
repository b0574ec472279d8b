"""Every mutant of some rules, held against stored cases."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from time import monotonic

from amends.engine.diagnostics import Code, Problems
from amends.engine.exercise.judged import Judged, Mutation, State
from amends.engine.exercise.killing import killer
from amends.engine.exercise.mutants import Change, Mutant, mutants_of
from amends.engine.exercise.playing import Played
from amends.engine.exercise.sharing import shared_among
from amends.engine.exercise.small import NO_TIME
from amends.engine.exercise.surviving import judge
from amends.engine.rulebase import RuleBase

AT_ONCE = 40
"""Mutants of one decision that one prover is asked about: more would make each answer slow."""
PER_PROCESS = 100
"""Fewer mutants than that are sooner tried than another process is begun."""


@dataclass(frozen=True)
class Ground:
    """What every process needs to know."""

    rulebase: RuleBase
    cases: tuple[Played, ...]
    mutants: tuple[Mutant, ...]
    deadline: float | None

    @property
    def is_over(self) -> bool:
        """True if the time has run out."""
        return self.deadline is not None and monotonic() > self.deadline


def mutate(
    rulebase: RuleBase,
    cases: Sequence[Played],
    rules: Iterable[str],
    *,
    changes: Collection[Change] = tuple(Change),
    sample: int | None = None,
    seed: int = 0,
    most_cases: int | None = None,
    deadline: float | None = None,
    jobs: int = 1,
) -> Mutation:
    """Return what becomes of the mutants of the rules at the paths *rules*, or of *sample* drawn by *seed*.

    Only those of the kinds in *changes* are made.
    Survivors come with the smallest case that would kill them, *most_cases* of them if that is given.
    Nothing new is begun after *deadline*, a time of `time.monotonic`; *jobs* processes share the work and
    change nothing of what is found. Raises `InputError` if a case that kills one fails as the rules are.
    """
    paths = list(rules)
    made = [
        mutant
        for path in paths
        for mutant in mutants_of(rulebase, rulebase.rules[path])
        if mutant.change in changes
    ]
    chosen = made
    if sample is not None and sample < len(made):
        places = sorted(random.Random(seed).sample(range(len(made)), sample))  # noqa: S311 - no secret
        chosen = [made[at] for at in places]
    expecting = tuple(case for case in cases if case.case.expect is not None)
    ground = Ground(rulebase, expecting, tuple(chosen), deadline)
    jobs = max(1, min(jobs, 1 + len(chosen) // PER_PROCESS))
    with shared_among(jobs, ground) as shares:
        found: dict[int, int | State] = {}
        for killed in shares.over(_killed, list(_parts(range(len(chosen))))):
            found |= killed
        _stop_at_failures(expecting, {case for case in found.values() if isinstance(case, int)})
        became = {at: _tried(ground, at, case) for at, case in found.items()}
        survivors = sorted(
            (at for at, each in became.items() if each.state is State.SURVIVED),
            key=lambda at: chosen[at].rule.path,
        )
        is_shown = most_cases is None or most_cases >= len(survivors)
        for part in shares.over(_judged, [(batch, is_shown) for batch in _batches(chosen, survivors)]):
            became |= part
        if not is_shown:
            shown = [at for at in survivors if became[at].state is State.SURVIVED][:most_cases]
            for part in shares.over(_judged, [(batch, True) for batch in _batches(chosen, shown)]):
                became |= {at: each for at, each in part.items() if each.state is State.SURVIVED}
    # A mutant is known by its identity, which what comes from another process has lost.
    judged = tuple(replace(became[at], mutant=mutant) for at, mutant in enumerate(chosen))
    return Mutation(judged, len(paths), len(expecting), len(made))


def _parts(places: range) -> Iterator[range]:
    for start in range(0, len(places), AT_ONCE):
        yield places[start : start + AT_ONCE]


def _batches(mutants: Sequence[Mutant], places: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """Yield *places* in batches of mutants of one decision."""
    for _, group in groupby(places, key=lambda at: mutants[at].rule.decision):
        of_decision = tuple(group)
        for part in _parts(range(len(of_decision))):
            yield tuple(of_decision[at] for at in part)


def _killed(ground: Ground, places: range) -> dict[int, int | State]:
    """Return the number of the case that kills each, or that none does, or that it is not tried."""
    numbers = {case: number for number, case in enumerate(ground.cases)}
    found: dict[int, int | State] = {}
    for at in places:
        if ground.is_over:
            found[at] = State.NOT_TRIED
            continue
        case = killer(ground.mutants[at], ground.cases)
        found[at] = State.SURVIVED if case is None else numbers[case]
    return found


def _tried(ground: Ground, at: int, found: int | State) -> Judged:
    mutant = ground.mutants[at]
    if isinstance(found, int):
        return Judged(mutant, State.KILLED, by=ground.cases[found].path)
    return Judged(mutant, found, why=NO_TIME if found is State.NOT_TRIED else None)


def _judged(ground: Ground, task: tuple[tuple[int, ...], bool]) -> dict[int, Judged]:
    places, is_shown = task
    mutants = {ground.mutants[at]: at for at in places}
    found = judge(ground.rulebase, tuple(mutants), is_shown=is_shown, deadline=ground.deadline)
    return {mutants[each.mutant]: each for each in found}


def _stop_at_failures(cases: Sequence[Played], killing: Iterable[int]) -> None:
    """Raise `InputError` for those of *cases* that fail already: they would seem to kill every mutant."""
    problems = Problems()
    for case in (cases[number] for number in sorted(killing)):
        if case.fails is not None:
            message = f"`{case.path}` fails as the rules are, so it cannot tell what a change would break"
            help = "mend it first; `amends test` says why"
            problems.add(Code.FAILED_EXPECTATION, message, case.fails.primary, help=help)
    problems.stop()
