"""The diagrams of a whole rule base, kept on disk: what `remedy` rests on, compiled once for each content."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from amends.engine import store
from amends.engine.diagram.compiling import Compiled, Diagrams
from amends.engine.diagram.forest import MOST_NODES, NO, YES, NotFinished
from amends.engine.rulebase import RuleBase

REMEDY = "remedy"
_KIND = "diagrams"


@lru_cache(maxsize=4)
def whole(rulebase: RuleBase, most_nodes: int = MOST_NODES) -> Diagrams:
    """Return the diagrams over all that can be asked, nothing given; the same object each time.

    `remedy`, with all that it rests on, is compiled and masked at once, or taken from where it is kept;
    what else is asked for is compiled then. Where it does not fit into *most_nodes*, asking for it raises
    `NotFinished`.
    """
    diagrams = unmasked(rulebase, most_nodes)
    if not diagrams.has_masked(REMEDY):
        _compile(diagrams, lambda: diagrams.masked(REMEDY))
    return diagrams


@lru_cache(maxsize=4)
def unmasked(rulebase: RuleBase, most_nodes: int = MOST_NODES) -> Diagrams:
    """Return the diagrams of `whole`, not masked yet perhaps: no count asks that, and it takes a third."""
    key = store.key_of(rulebase)
    if key is not None:
        kept = store.recall_object(_KIND, key)
        found = _thawed(rulebase, most_nodes, kept) if isinstance(kept, _Frozen) else None
        if found is not None:
            return found
    diagrams = Diagrams(rulebase, most_nodes=most_nodes)
    _compile(diagrams, lambda: diagrams.decision(REMEDY))
    return diagrams


def _compile(diagrams: Diagrams, ask: Callable[[], object]) -> None:
    """Compile what *ask* asks of `remedy`, and keep it, unless it does not fit."""
    remedy = diagrams.rulebase.decisions.get(REMEDY)
    if remedy is not None and remedy.domain.values:
        with suppress(NotFinished):
            ask()
            key = store.key_of(diagrams.rulebase)
            if key is not None:
                store.keep_object(_KIND, key, _frozen(diagrams))


@dataclass(frozen=True, slots=True)
class _Frozen:
    """What is compiled, and the nodes that it needs, numbered anew; `nodes` are their levels and children."""

    nodes: bytes
    sizes: tuple[int, ...]
    values: Mapping[int, Hashable]
    compiled: Mapping[str, Compiled]
    rules: Mapping[str, int]
    possible: int
    masked: Mapping[str, int]


def _frozen(diagrams: Diagrams) -> _Frozen:
    """Return what is compiled, without the nodes that were only needed on the way."""
    forest = diagrams.forest
    compiled, rules, possible, masked = diagrams.compiled()
    roots = [possible, *rules.values(), *masked.values()]
    for one in compiled.values():
        roots += [one.lacks, *one.members.values(), *([] if one.root is None else [one.root])]
    reached = {node for root in set(roots) for node in forest.reached(root)} | {NO, YES}
    order = sorted(reached)  # children have lower numbers than their parents, also in their new numbers
    number = {node: at for at, node in enumerate(order)}
    level = [forest.level[node] for node in order]
    children = [tuple([number[child] for child in forest.children[node]]) for node in order]
    values = {number[leaf]: forest.values[leaf] for leaf in order if forest.level[leaf] == forest.bottom}
    renamed = {
        name: Compiled(
            name,
            None if one.root is None else number[one.root],
            {member: number[root] for member, root in one.members.items()},
            number[one.lacks],
        )
        for name, one in compiled.items()
    }
    return _Frozen(
        # Lists of numbers are read back by marshal in a third of the time.
        marshal.dumps((level, children)),
        forest.sizes,
        values,
        renamed,
        {path: number[root] for path, root in rules.items()},
        number[possible],
        {name: number[root] for name, root in masked.items()},
    )


def _thawed(rulebase: RuleBase, most_nodes: int, kept: _Frozen) -> Diagrams | None:
    diagrams = Diagrams(rulebase, most_nodes=most_nodes)
    if kept.sizes != diagrams.forest.sizes:
        return None
    level, children = marshal.loads(kept.nodes)  # noqa: S302 - our own file
    if len(level) > most_nodes:
        return None
    values = {leaf: value for leaf, value in kept.values.items() if leaf > YES}
    diagrams.forest.extend(level, children, values)
    diagrams.take_over(kept.compiled, kept.rules, kept.possible, kept.masked)
    return diagrams
