"""The picture of a remedy: its rules, what they ask for, and the remedy that they lead to."""

from __future__ import annotations

from collections.abc import Sequence

from amends.engine.advice import Advice
from amends.engine.book.page import heading_of
from amends.engine.draw.picture import MOST_NODES, Edge, Node, NodeKind, Picture
from amends.engine.draw.wording import capital, listing
from amends.engine.rulebase import Decision, Rule, RuleBase

MOST_NAMES = 4


def picture_of(remedy: Advice, rules: Sequence[Rule], decision: Decision, rulebase: RuleBase) -> Picture:
    """Return the picture of *rules*, which lead to *remedy*.

    Where there are too many nodes or edges to read, a rule names what it reads, and no node does.
    """
    subjects = sorted({subject for rule in rules for subject in rule.subjects})
    asked = sum(len(rule.subjects) for rule in rules)
    is_small = len(subjects) + len(rules) < MOST_NODES and asked <= MOST_NODES
    nodes = [_subject(name, rulebase) for name in subjects] if is_small else []
    edges = [Edge(name, rule.path) for rule in rules for name in rule.subjects] if is_small else []
    for rule in rules:
        lines = [heading_of(rule.name)]
        if rule.tier:
            lines.append(f"tier {rule.tier.replace('_', ' ')}")
        if not is_small:
            lines.append(f"reads {listing(map(rulebase.title, rule.subjects), 'and', MOST_NAMES)}")
        nodes.append(Node(rule.path, tuple(lines), "rule"))
        edges.append(Edge(rule.path, remedy.name))
    nodes.append(Node(remedy.name, (remedy.title,), "remedy"))
    title = f"The rules that lead to “{remedy.title}”"
    alt = f"{title}: {listing((heading_of(rule.name) for rule in rules), 'and', len(rules))}."
    return Picture(title, tuple(nodes), tuple(edges), alt)


def _subject(name: str, rulebase: RuleBase) -> Node:
    kind: NodeKind = "decision" if name in rulebase.decisions else "fact"
    return Node(name, (capital(rulebase.title(name)),), "measure" if name in rulebase.measures else kind)
