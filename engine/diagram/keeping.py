"""The diagrams of a whole rule base, kept on disk: what `remedy` rests on, compiled once for each content."""

from __future__ import annotations

import marshal
import pickle
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

    `remedy`, with all that it rests on, is compiled at once, or taken from where it is kept; what else
    is asked for is compiled then. Where it does not fit into *most_nodes*, asking for it raises
    `NotFinished`.
    """
    key = store.key_of(rulebase)
    if key is not None:
        found = store.recall(_KIND, key, lambda data: _thawed(rulebase, most_nodes, data))
        if found is not None:
            return found
    diagrams = Diagrams(rulebase, most_nodes=most_nodes)
    if REMEDY in rulebase.decisions and rulebase.decisions[REMEDY].domain.values:
        try:
            diagrams.masked(REMEDY)
        except NotFinished:
            return diagrams
        if key is not None:
            store.keep(_KIND, key, _frozen(diagrams))
    return diagrams


def _frozen(diagrams: Diagrams) -> bytes:
    """Return what is compiled as bytes, without the nodes that were only needed on the way."""
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
    small = (
        forest.sizes,
        values,
        renamed,
        {path: number[root] for path, root in rules.items()},
        number[possible],
        {name: number[root] for name, root in masked.items()},
    )
    # Lists of numbers are read back by marshal in a third of the time.
    return pickle.dumps((marshal.dumps((level, children)), small), pickle.HIGHEST_PROTOCOL)


def _thawed(rulebase: RuleBase, most_nodes: int, data: bytes) -> Diagrams | None:
    nodes, (sizes, values, compiled, rules, possible, masked) = pickle.loads(data)  # noqa: S301 - our own file
    diagrams = Diagrams(rulebase, most_nodes=most_nodes)
    if sizes != diagrams.forest.sizes:
        return None
    level, children = marshal.loads(nodes)  # noqa: S302 - our own file
    if len(level) > most_nodes:
        return None
    diagrams.forest.extend(level, children, {leaf: value for leaf, value in values.items() if leaf > YES})
    diagrams.take_over(compiled, rules, possible, masked)
    return diagrams
