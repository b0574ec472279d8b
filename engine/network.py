"""The rule base as a graph of facts, measures, decisions and rules.

`strata` and `check` need only the standard library, because every command pays for
them; `graph` gives the networkx graph to the commands that ask questions of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from itertools import islice
from typing import TYPE_CHECKING

from amends.engine.diagnostics import Code, Label, Problems, Span
from amends.engine.formula import names
from amends.engine.rulebase import RuleBase, tests

if TYPE_CHECKING:
    import networkx as nx

MOST_LOOPS = 20
"""A tangle can hold exponentially many loops; breaking these shows what is left."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """`reader` reads `read`, at *span*; both are facts, measures or decisions."""

    read: str
    reader: str
    span: Span


def arrows(rulebase: RuleBase) -> Iterator[Arrow]:
    """Yield every dependency between named things, parameters left out."""
    for measure in rulebase.measures.values():
        for name in names(measure.formula):
            if name not in rulebase.parameters:
                yield Arrow(name, measure.name, measure.span)
    for decision in rulebase.decisions.values():
        if decision.without:
            yield Arrow(decision.without, decision.name, decision.span)
        for rule in decision.rules:
            for test in tests(rule.when):
                yield Arrow(test.subject, decision.name, test.span)


@lru_cache(maxsize=8)
def reads(rulebase: RuleBase) -> Mapping[str, frozenset[str]]:
    """Return, for each measure and decision, the names that it reads directly."""
    found: dict[str, set[str]] = {name: set() for name in (*rulebase.measures, *rulebase.decisions)}
    for arrow in arrows(rulebase):
        found[arrow.reader].add(arrow.read)
    return {name: frozenset(read) for name, read in found.items()}


def check(rulebase: RuleBase, problems: Problems) -> None:
    """Report each cycle once, with the whole loop and the place of each of its edges."""
    if not has_cycle(rulebase):
        return
    import networkx as nx

    spans: dict[tuple[str, str], Span] = {}
    for arrow in sorted(arrows(rulebase), key=lambda a: (a.read, a.reader, repr(a.span))):
        if arrow.read not in rulebase.facts:
            spans.setdefault((arrow.read, arrow.reader), arrow.span)
    derived = nx.DiGraph(list(spans))
    for loop in sorted(_rotate(found) for found in islice(nx.simple_cycles(derived), MOST_LOOPS)):
        edges = list(zip(loop, [*loop[1:], loop[0]], strict=True))
        places = [Label(spans[edge], f"`{edge[1]}` reads `{edge[0]}`") for edge in edges]
        problems.add(
            Code.CYCLE,
            "these decide each other in a loop: " + " → ".join(f"`{name}`" for name in [*loop, loop[0]]),
            places[0].span,
            others=places,
            help="break the loop: let one of them read facts only",
        )


def has_cycle(rulebase: RuleBase) -> bool:
    """True if some measures or decisions read each other in a loop."""
    try:
        TopologicalSorter(reads(rulebase)).prepare()
    except CycleError:
        return True
    return False


def _rotate(loop: list[str]) -> list[str]:
    start = loop.index(min(loop))
    return loop[start:] + loop[:start]


@lru_cache(maxsize=8)
def strata(rulebase: RuleBase) -> tuple[tuple[str, ...], ...]:
    """Return measures and decisions in layers: each reads facts and earlier layers only.

    Raises `graphlib.CycleError`; `check` says the same with places.
    """
    sorter = TopologicalSorter(reads(rulebase))
    sorter.prepare()
    layers: list[tuple[str, ...]] = []
    while sorter.is_active():
        ready = tuple(sorted(sorter.get_ready()))
        sorter.done(*ready)
        derived = tuple(name for name in ready if name not in rulebase.facts)
        if derived:
            layers.append(derived)
    return tuple(layers)


@lru_cache(maxsize=1024)
def cone(rulebase: RuleBase, name: str) -> frozenset[str]:
    """Return everything that *name* depends on, itself included."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += reads(rulebase).get(current, ())
    return frozenset(found)


@lru_cache(maxsize=1024)
def dependants(rulebase: RuleBase, name: str) -> frozenset[str]:
    """Return the measures and decisions that depend on *name*."""
    return frozenset(reader for reader in reads(rulebase) if name in cone(rulebase, reader))


def decisions_read(rulebase: RuleBase, name: str) -> tuple[str, ...]:
    """Return the decisions that *name* reads, in its rules or in a measure that they name."""
    found: set[str] = set()
    waiting = list(reads(rulebase)[name])
    seen = set(waiting)
    while waiting:
        read = waiting.pop()
        if read in rulebase.decisions:
            found.add(read)
        elif read in rulebase.measures:
            more = reads(rulebase)[read] - seen
            seen |= more
            waiting += more
    return tuple(sorted(found))


def graph(rulebase: RuleBase) -> nx.DiGraph:
    """Return the rule graph: an edge runs from what is read to what reads it.

    Nodes are names and rule paths, with `kind` (fact, measure, decision, rule, parameter)
    and `title`; edges have `kind` (condition, conclusion, input, override, without).
    """
    import networkx as nx

    found = nx.DiGraph()
    for kind, group in (
        ("fact", rulebase.facts),
        ("parameter", rulebase.parameters),
        ("measure", rulebase.measures),
        ("decision", rulebase.decisions),
    ):
        for name, thing in group.items():
            found.add_node(name, kind=kind, title=thing.title)
    for measure in rulebase.measures.values():
        found.add_edges_from((name, measure.name, {"kind": "input"}) for name in names(measure.formula))
    for rule in rulebase.rules.values():
        found.add_node(rule.path, kind="rule", title=rule.name.replace("-", " "))
        found.add_edges_from((test.subject, rule.path, {"kind": "condition"}) for test in tests(rule.when))
        found.add_edge(rule.path, rule.decision, kind="conclusion")
        found.add_edges_from(
            (rule.path, f"{rule.decision}/{other}", {"kind": "override"}) for other in rule.overrides
        )
    for decision in rulebase.decisions.values():
        if decision.without:
            found.add_edge(decision.without, decision.name, kind="without")
    return found
