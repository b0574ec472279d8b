"""The law of the diagrams: on complete cases they end as the chain does; on incomplete ones inside it."""

from __future__ import annotations

from hypothesis import given, note
from hypothesis import strategies as st

from amends.engine.chain.outcome import Lack
from amends.engine.diagram import Diagrams
from amends.engine.diagram.forest import YES
from amends.engine.diagram.reading import read_exactly
from amends.engine.rulebase import RuleBase, Value
from amends.engine.truth import Members
from tests.laws.test_executions_agree import is_allowed
from tests.support import naive
from tests.support.examples import moderately
from tests.support.executors import by_memory
from tests.support.strategies import cases, rule_bases
from tests.support.written import Given

CASES_A_RULE_BASE = 3


def cells_of(diagrams: Diagrams, case: Given, measures: dict[str, Value | None]) -> list[int]:
    """Return the cell of a complete case at every level, worked out apart from the engine's own way."""
    found = []
    for variable in diagrams.space.variables:
        name = variable.subject
        value = case.facts[name] if name in case.facts else measures[name]
        if variable.is_known:
            found.append(int(name in case.stated))
        elif variable.member is not None:
            assert isinstance(value, frozenset)
            found.append(int(variable.member in value))
        elif value is None:
            found.append(0)  # what it reads has no value, so whatever reads it is blocked
        else:
            found.append(diagrams.space.place(name, value))
    return found


def ends(diagrams: Diagrams, name: str, cells: list[int]) -> naive.Ending:
    compiled = diagrams.decision(name)
    forest = diagrams.forest
    if compiled.root is None:
        if forest.walk(compiled.lacks, cells) == YES:
            return naive.NoValue.BLOCKED
        return frozenset(
            member for member, root in compiled.members.items() if forest.walk(root, cells) == YES
        )
    value = forest.values[forest.walk(compiled.root, cells)]
    return naive.NoValue(value.value) if isinstance(value, Lack) else value  # type: ignore[return-value]


@moderately
@given(st.data())
def test_on_a_complete_case_the_diagrams_end_as_the_naive_reader_says(data: st.DataObject) -> None:
    rulebase = data.draw(rule_bases())
    diagrams = Diagrams(rulebase)
    for _ in range(CASES_A_RULE_BASE):
        case = data.draw(cases(rulebase, complete=True))
        expected = naive.evaluate(rulebase, case.facts, case.stated)
        cells = cells_of(diagrams, case, dict(expected.measures))
        assert expected.decisions == {name: ends(diagrams, name, cells) for name in rulebase.decisions}
        blocked = {n for n, ending in expected.decisions.items() if ending == naive.NoValue.BLOCKED}
        for path in rulebase.rules:
            says = diagrams.forest.walk(diagrams.rule(path), cells) == YES
            decision = path.split("/")[0]
            assert says == (path in expected.firing[decision] and decision not in blocked)


@moderately
@given(st.data())
def test_on_an_incomplete_case_they_contain_every_completion_and_stay_inside_the_chain(
    data: st.DataObject,
) -> None:
    rulebase = data.draw(rule_bases())
    for _ in range(CASES_A_RULE_BASE):
        case = data.draw(cases(rulebase))
        trace = by_memory(rulebase, case)
        exact = read_exactly(rulebase, case.facts, case.stated, trace)
        assert exact.is_possible and not exact.unfinished
        completions = naive.exact(rulebase, case.facts, case.stated)
        for name, outcome in exact.trace.outcomes.items():
            cautious = trace.outcomes[name]
            endings = [endings.decisions[name] for endings in completions]
            note(f"{name}: {outcome} inside {cautious}, {set(endings)}")
            assert all(is_allowed(outcome, ending) for ending in endings)
            assert outcome.lacks <= cautious.lacks
            if isinstance(outcome.found, Members) and isinstance(cautious.found, Members):
                assert cautious.found.sure <= outcome.found.sure
                assert outcome.found.possible <= cautious.found.possible
            elif isinstance(outcome.found, frozenset) and isinstance(cautious.found, frozenset):
                assert outcome.found <= cautious.found
            if is_told_apart(rulebase):
                assert len(outcome.candidates) <= len(set().union(*map(candidates, endings)))


def candidates(ending: naive.Ending) -> set[object]:
    if isinstance(ending, naive.NoValue):
        return set()
    return set(ending) if isinstance(ending, frozenset) else {ending}


def is_told_apart(rulebase: RuleBase) -> bool:
    """True if no measure hides how facts hang together: then the reading is exact to the value."""
    return not rulebase.measures
