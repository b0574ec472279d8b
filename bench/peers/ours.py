"""The same work by `amends`: one case, whole columns, look-ups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from work import Case, Decide, Timed, Work

from amends.engine import load
from amends.engine.cells import Grid
from amends.engine.chain.outcome import Lack
from amends.engine.compare.locally import by_itself
from amends.engine.diagram import Diagrams, Variable, space_of
from amends.engine.rulebase import Fact, RuleBase, Value
from amends.engine.truth import fact_reading


@dataclass(frozen=True)
class Alone:
    """The decision by itself, for which what it reads are facts; and values for the names of cells."""

    rulebase: RuleBase
    grids: Mapping[str, Grid]

    @classmethod
    def made(cls, work: Work) -> Alone:
        rulebase = load().rulebase
        alone = by_itself(rulebase, "remedy")
        kept, decision = {name for name, _, _ in work.rules}, alone.decisions["remedy"]
        rules = tuple(rule for rule in decision.rules if rule.name in kept)
        alone = replace(alone, decisions={"remedy": replace(decision, rules=rules)})
        given = {
            name: Fact(name, each.title, each.title, each.domain, each.sources, each.span)
            for name, each in alone.measures.items()
        }
        alone = replace(alone, facts={**alone.facts, **given}, measures={})
        return cls(alone, space_of(rulebase).grids)

    def value(self, case: Case, name: str) -> Value:
        """Return the value that *case* has for a fact: some value of its cell, or its members."""
        if name in case:
            return self.grids[name].sample(int(case[name][1:]))
        members = {each.partition("__")[2]: case[each] for each in case if each.startswith(f"{name}__")}
        return frozenset(member for member, cell in members.items() if cell == "c1" and member != "known")


def amends_columns(work: Work) -> Decide:
    """The kernel of `amends batch`: tests over columns of codes, a decision once for each way it can end."""
    import numpy as np

    from amends.engine.batch.column import Column, smallest
    from amends.engine.batch.kernel import Kernel

    alone = Alone.made(work)
    kernel = Kernel(alone.rulebase, ("remedy",))

    def ready(cases: Sequence[Case]) -> Any:
        facts = {}
        for name, fact in alone.rulebase.facts.items():
            places: dict[Value, int] = {}
            codes = [places.setdefault(alone.value(case, name), len(places)) for case in cases]
            readings = [fact_reading(value, fact.domain) for value in places]
            known = np.array([case.get(f"{name}__known", "c1") == "c1" for case in cases])
            facts[name] = Column(smallest(np.array(codes, np.int32), len(places)), readings, stated=known)
        size = 1 << 15

        def part(column: Column, rows: slice) -> Column:
            return Column(column.codes[rows], column.readings, stated=column.stated[rows])

        def go() -> list[Any]:
            found = []
            for start in range(0, len(cases), size):
                rows = slice(start, min(start + size, len(cases)))
                some = {name: part(column, rows) for name, column in facts.items()}
                found.append(kernel.run(rows.stop - rows.start, some).decisions["remedy"])
            return found

        return Timed(
            go,
            lambda: [str(ends[at].value or work.otherwise) for codes, ends in go() for at in codes.tolist()],
        )

    return ready  # type: ignore[return-value]


def amends_lookups(work: Work) -> Decide:
    """The decision compiled to a diagram, and that to look-up tables."""
    import numpy as np

    from amends.engine.batch.lookups import Lookups

    alone = Alone.made(work)
    diagrams = Diagrams(alone.rulebase, most_nodes=5_000_000)
    root = diagrams.decision("remedy").root
    assert root is not None
    lookups = Lookups.of(diagrams, root)

    def code(variable: Variable, case: Case) -> int:
        name = variable.subject
        if variable.is_known:
            return int(case[f"{name}__known"][1:])
        if variable.member is not None:
            return int(case[f"{name}__{variable.member}"][1:])
        return diagrams.space.place(name, alone.value(case, name))

    def ready(cases: Sequence[Case]) -> Any:
        codes = {
            level: np.array([code(variable, case) for case in cases], np.uint8)
            for level, variable in lookups.variables.items()
        }
        ends = [work.otherwise if isinstance(end, Lack) else str(end) for end in lookups.ends]
        size = 1 << 15

        def go() -> list[Any]:
            found = []
            for start in range(0, len(cases), size):
                some = {level: each[start : start + size] for level, each in codes.items()}
                found.append(lookups.run(min(size, len(cases) - start), some))
            return found

        return Timed(go, lambda: [ends[at] for part in go() for at in part.tolist()])

    return ready  # type: ignore[return-value]


def amends_chain(work: Work) -> Decide:
    """One case after another through the chain, with its whole trace."""
    from amends.engine.chain import run
    from amends.engine.what_if import memory_of

    alone = Alone.made(work)
    memory = memory_of(alone.rulebase, frozenset(["remedy"]))

    def one(case: Case) -> str:
        facts = {name: alone.value(case, name) for name in alone.rulebase.facts}
        stated = {name: value for name, value in facts.items() if case.get(f"{name}__known", "c1") == "c1"}
        return str(run(alone.rulebase, facts, stated, memory).outcomes["remedy"].value or work.otherwise)

    return lambda cases: [one(case) for case in cases]
