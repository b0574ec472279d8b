"""The rule graph as a picture: collapsed to decisions, or one decision with its rules, or everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from amends.engine.diagnostics import Code, Diagnostic, InputError, did_you_mean
from amends.engine.draw.picture import Edge, Node, NodeKind, Picture, State
from amends.engine.draw.wording import capital, listing
from amends.engine.network import graph
from amends.engine.rulebase import Decision, Rule, RuleBase
from amends.engine.values import sort_key, words

if TYPE_CHECKING:
    import networkx as nx

Collapse = Literal["decision", "none"]
LEGEND: Mapping[State, str] = {
    "fired": "thick: is read",
    "failed": "dashed: beats",
    "faded": "thin: reads it directly too, beside the way over others",
}
MOST_RULES = 14
"""In one column; past it the rules of a decision are shown by tier or by value."""
REMEDY = "remedy"


def rule_graph(rulebase: RuleBase, collapse: Collapse = "decision", focus: str | None = None) -> Picture:
    """Return the picture of what reads what in *rulebase*.

    `collapse="decision"` shows decisions with the number of their rules and the facts that
    they read, `"none"` every name and rule; *focus* names one decision to show with its
    rules. Raises `InputError` if there is no such decision.
    """
    if focus is None:
        return _everything(rulebase) if collapse == "none" else _decisions(rulebase)
    if focus not in rulebase.decisions:
        near = did_you_mean(focus, rulebase.decisions) or "`amends graph rules` shows every decision"
        raise InputError([Diagnostic(Code.UNKNOWN_NAME, f"there is no decision `{focus}`", help=near)])
    return _one(rulebase, rulebase.decisions[focus], whole=collapse == "none")


def _decisions(rulebase: RuleBase) -> Picture:
    full = graph(rulebase)
    nodes: list[Node] = []
    edges: list[Edge] = []
    for name, decision in sorted(rulebase.decisions.items()):
        facts, decisions = _read(full, rulebase, name)
        counts = [_count(len(decision.rules), "rule")]
        if facts:
            titles = [rulebase.title(fact) for fact in facts]
            counts.append(f"{_count(len(facts), 'fact')}: {listing(titles, 'and', 3)}")
        kind: NodeKind = "remedy" if name == REMEDY else "decision"
        nodes.append(Node(name, (capital(decision.title), *counts), kind))
        edges += [Edge(read, name) for read in sorted(decisions)]
    edges = _without_shortcuts(edges)
    rules = _count(len(rulebase.rules), "rule")
    title = f"{_count(len(nodes), 'decision')}, {rules}: what follows from what"
    return Picture(title, tuple(nodes), tuple(edges), _alt(title, nodes, edges), LEGEND, facts_first=False)


def _read(full: nx.DiGraph, rulebase: RuleBase, name: str) -> tuple[list[str], set[str]]:
    """Return the facts and decisions that a decision reads, by its rules and measures alone."""
    facts: set[str] = set()
    decisions: set[str] = set()
    waiting, seen = [name], {name}
    while waiting:
        for read, _, kind in full.in_edges(waiting.pop(), data="kind"):
            if read in seen or kind == "override":
                continue
            seen.add(read)
            if read in rulebase.facts:
                facts.add(read)
            elif read in rulebase.decisions:
                decisions.add(read)
            elif read not in rulebase.parameters:
                waiting.append(read)
    return sorted(facts, key=rulebase.title), decisions


def _without_shortcuts(edges: list[Edge]) -> list[Edge]:
    """Return the edges with those thin that a longer way says already."""
    import networkx as nx

    whole = nx.DiGraph([(edge.source, edge.target) for edge in edges])
    kept = set(nx.transitive_reduction(whole).edges)
    return [Edge(e.source, e.target, "fired" if (e.source, e.target) in kept else "faded") for e in edges]


def _one(rulebase: RuleBase, decision: Decision, *, whole: bool) -> Picture:
    full = graph(rulebase)
    groups = _groups(rulebase, decision, whole=whole)
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str], Edge] = {}
    for key, label, rules in groups:
        for rule in rules:
            for read in sorted(read for read, _ in full.in_edges(rule.path)):
                kind = full.nodes[read]["kind"]
                if kind in ("fact", "measure", "decision"):
                    nodes[read] = Node(read, (capital(rulebase.title(read)),), kind)
                    edges[read, key] = Edge(read, key)
            for other in rule.overrides:
                target = f"{decision.name}/{other}"
                if any(target == group for group, _, _ in groups):
                    edges[key, target] = Edge(key, target, "failed", "beats")
        told = tuple(f"rule {rule.path}: {rule.because}" for rule in rules)
        nodes[key] = Node(key, label, "rule", details=told)
        edges[key, decision.name] = Edge(key, decision.name)
    lines = [capital(decision.title), f"{_count(len(decision.rules), 'rule')}, {_policy(decision)}"]
    if decision.otherwise is not None:
        lines.append(f"otherwise: {words(decision.otherwise, decision.domain)}")
    shape: NodeKind = "remedy" if decision.name == REMEDY else "decision"
    nodes[decision.name] = Node(decision.name, tuple(lines), shape)
    title = f"{capital(decision.title)}: {_count(len(decision.rules), 'rule')} and what they read"
    shown = tuple(nodes.values())
    return Picture(title, shown, tuple(edges.values()), _alt(title, shown, edges.values()), LEGEND)


Group = tuple[str, tuple[str, ...], list[Rule]]


def _groups(rulebase: RuleBase, decision: Decision, *, whole: bool) -> list[Group]:
    """Return what stands for the rules: each for itself, or by tier, or by value."""
    if whole or len(decision.rules) <= MOST_RULES:
        order = {tier: index for index, tier in enumerate(decision.tiers)}
        rules = sorted(decision.rules, key=lambda rule: (order.get(rule.tier or "", 0), rule.path))
        return [(rule.path, (_name(rule), f"→ {_values([rule], decision)}"), [rule]) for rule in rules]
    grouped: dict[str, list[Rule]] = {tier: [] for tier in decision.tiers}
    for rule in decision.rules:
        grouped.setdefault(rule.tier or _values([rule], decision), []).append(rule)
    ordered = bool(decision.tiers)
    found: list[Group] = []
    for rank, (name, rules) in enumerate(((n, r) for n, r in grouped.items() if r), start=1):
        head = f"{rank}. {_plain(name)}" if ordered else capital(name)
        shown = _name(rules[0]) if len(rules) == 1 else _count(len(rules), "rule")
        lines = (head, shown, f"→ {_values(rules, decision)}") if ordered else (head, shown)
        found.append((f"{decision.name}//{name}", lines, rules))
    return found


def _everything(rulebase: RuleBase) -> Picture:
    full = graph(rulebase)
    kinds = ("fact", "measure", "decision", "rule")
    nodes = [
        Node(name, (capital(data["title"]),), "remedy" if name == REMEDY else data["kind"])
        for name, data in sorted(full.nodes(data=True))
        if data["kind"] in kinds
    ]
    shown = {node.id for node in nodes}
    edges = [
        Edge(read, reader, "failed" if kind == "override" else "fired", "beats" if kind == "override" else "")
        for read, reader, kind in sorted(full.edges(data="kind"))
        if read in shown and reader in shown
    ]
    title = f"All {_count(len(rulebase.rules), 'rule')}, and what they read"
    return Picture(title, tuple(nodes), tuple(edges), _alt(title, nodes, edges), LEGEND, facts_first=False)


def _policy(decision: Decision) -> str:
    if decision.tiers:
        used = {rule.tier for rule in decision.rules}
        return f"{_count(len(used), 'tier')}, the first that speaks wins"
    return f"hit policy: {decision.hit_policy.value}"


def _name(rule: Rule) -> str:
    return capital(rule.name.replace("-", " "))


def _plain(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _values(rules: list[Rule], decision: Decision) -> str:
    values = sorted({value for rule in rules for value in rule.then}, key=sort_key)
    return listing([words(value, decision.domain) for value in values], "and" if len(rules) == 1 else "or", 3)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _alt(title: str, nodes: Iterable[Node], edges: Iterable[Edge]) -> str:
    names = {node.id: node.lines[0] for node in nodes}
    feeds: dict[str, list[str]] = {}
    for edge in edges:
        feeds.setdefault(edge.target, []).append(names[edge.source])
    read = [f"{names[name]} from {listing(found, 'and', 6)}" for name, found in feeds.items()]
    return f"{title}. {'; '.join(read)}." if read else f"{title}."
