"""What a stored case's `expect` is about, and an `expect` made of how a decision ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

from amends.engine.chain.outcome import Outcome
from amends.engine.deciding import AVOID, COMPANIONS, REMEDY
from amends.engine.diagnostics import Source, Span
from amends.engine.exercise.playing import Played
from amends.engine.money import BASIS, FORM
from amends.engine.network import cone
from amends.engine.rulebase import RuleBase, Value
from amends.engine.source import ListNode, MapNode, Node, ScalarNode, core_value
from amends.engine.truth import Members
from amends.engine.values import decimal_text

UNWRITTEN = Span.whole(Source("suggested"))
"""The place of what no file says yet."""


@dataclass(frozen=True)
class About:
    """What a stored case's `expect` is about.

    `asked` are the decisions whose outcomes it asks for, with the members of its set that it names,
    None for the whole; `credited` the rules that it wants to have decided, by their decision; `measured`
    the measures that it asks for or that its money is worked out from.
    """

    rulebase: RuleBase
    asked: Mapping[str, frozenset[str] | None]
    credited: Mapping[str, frozenset[str]]
    measured: frozenset[str]

    @cached_property
    def names(self) -> frozenset[str]:
        """The decisions that it asks for or whose rules it names."""
        return frozenset(self.asked) | frozenset(self.credited)

    @cached_property
    def behind(self) -> frozenset[str]:
        """All that these rest on."""
        return frozenset().union(*(cone(self.rulebase, name) for name in self.names | self.measured))

    def lacks_credit(self, outcome: Outcome) -> bool:
        """True if a rule that should have decided is not credited with *outcome*."""
        return not self.credited.get(outcome.decision, frozenset()).issubset(outcome.deciding)

    def is_clear(self, outcome: Outcome) -> bool:
        """True if the chain alone tells what is asked of *outcome*: its value, or the members named."""
        members = self.asked.get(outcome.decision, frozenset())
        if members is None:
            return outcome.is_settled
        if not members:
            return True  # who is credited does not hang on what is open
        if outcome.lacks or not isinstance(outcome.found, Members):
            return outcome.is_settled
        return members.isdisjoint(outcome.found.possible - outcome.found.sure)

    def sees_alike(self, one: Outcome, other: Outcome) -> bool:
        """True if nothing that is asked differs between two clear outcomes of one decision."""
        name = one.decision
        if self.lacks_credit(one) or self.lacks_credit(other):
            return False
        if name not in self.asked:
            return True
        members = self.asked[name]
        if members is None or not (isinstance(one.found, Members) and isinstance(other.found, Members)):
            return one.found == other.found and one.lacks == other.lacks
        return one.found.sure & members == other.found.sure & members and one.lacks == other.lacks


@lru_cache(maxsize=4096)
def about_what(case: Played) -> About | None:
    """Return what *case* expects something of, None if it expects nothing."""
    if case.case.expect is None:
        return None
    rulebase = case.rulebase
    whole: set[str] = set()
    measured: set[str] = set()
    members: dict[str, frozenset[str]] = {}
    credited: dict[str, frozenset[str]] = {}
    for key, node in case.case.expect:
        match key.text:
            case "status" | "remedy" | "possible":
                whole.add(REMEDY)
            case "companions" | "avoid":
                name = COMPANIONS if key.text == "companions" else AVOID
                members[name] = frozenset(_text(one) for _, part in _entries(node) for one in _items(part))
            case "money" | "money_form":
                whole |= {BASIS, FORM}
                measured.update(name for basis in rulebase.money.values() for name in basis.numbers)
            case "decisions":
                whole.update(name.text for name, _ in _entries(node))
            case "measures":
                measured.update(name.text for name, _ in _entries(node))
            case "because":
                for path in map(_text, _items(node)):
                    name = path.split("/")[0]
                    credited[name] = credited.get(name, frozenset()) | {path}
    measured &= rulebase.measures.keys()
    whole.update(*(cone(rulebase, name) for name in measured))
    asked: dict[str, frozenset[str] | None] = {**members, **dict.fromkeys(whole)}
    asked = {name: wanted for name, wanted in asked.items() if name in rulebase.decisions}
    return About(rulebase, asked, credited, frozenset(measured))


def _entries(node: Node) -> tuple[tuple[ScalarNode, Node], ...]:
    return node.entries if isinstance(node, MapNode) else ()


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, ListNode) else (node,)


def _text(node: Node) -> str:
    return node.text if isinstance(node, ScalarNode) else ""


# --- Made of an outcome -----------------------------------------------------------------------


def expected(outcome: Outcome, members: frozenset[str] | None = None) -> MapNode | None:
    """Return what a case expects that comes to *outcome*; None if that is open.

    Of a set for which a case can name them it is about *members* alone.
    """
    name, found = outcome.decision, outcome.found
    if outcome.lacks:
        return None
    if name in (COMPANIONS, AVOID) and members and isinstance(found, Members):
        if not members.isdisjoint(found.possible - found.sure):
            return None
        sides = {"include": members & found.sure, "exclude": members - found.possible}
        parts = [(_scalar(side), _node(named)) for side, named in sides.items() if named]
        return _mapping([(_scalar(name), _mapping(parts))])
    if outcome.value is None:
        return None
    node = _node(outcome.value)
    if name == REMEDY:
        return _mapping([(_scalar(name), node)])
    return _mapping([(_scalar("decisions"), _mapping([(_scalar(name), node)]))])


def _mapping(entries: list[tuple[ScalarNode, Node]]) -> MapNode:
    return MapNode(tuple(entries), UNWRITTEN)


def _node(value: Value) -> Node:
    if isinstance(value, frozenset):
        return ListNode(tuple(map(_scalar, sorted(value))), UNWRITTEN)
    if isinstance(value, bool):
        return ScalarNode(value, str(value).lower(), UNWRITTEN)
    text = decimal_text(value) if isinstance(value, Fraction) else str(value)
    return ScalarNode(core_value(text), text, UNWRITTEN)


def _scalar(text: str) -> ScalarNode:
    return ScalarNode(text, text, UNWRITTEN)


def written(node: Node) -> str:
    """Return *node* as a case file writes it on one line."""
    match node:
        case MapNode(entries):
            return "{" + ", ".join(f"{key.text}: {written(value)}" for key, value in entries) + "}"
        case ListNode(items):
            return "[" + ", ".join(map(written, items)) + "]"
        case ScalarNode(_, text):
            return text
