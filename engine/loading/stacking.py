"""Packs on packs: the rules that a later pack adds, replaces and disables, and what it may set anew.

A pack writes rules by their path, `rules: {remedy/some-situation: …}`. One that is there already takes
`replaces: the reason`; `disables: {remedy/some-situation: the reason}` takes one out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from amends.engine.diagnostics import Code, Label, Problems, did_you_mean
from amends.engine.loading.conditions import Names
from amends.engine.loading.decisions import Head, check_overrides, check_sums, read_one, read_rules
from amends.engine.loading.fields import Fields
from amends.engine.rulebase import Change, Decision, Reset, Rule
from amends.engine.source import MapNode, Node, ScalarNode

RULES = "rules"
DISABLES = "disables"
"""The sections in which a pack writes about rules by their path."""
OTHERWISE = "otherwise"
VALUES_OF_FACTS = ("values", "cues")
"""All that a later pack may say of an earlier pack's fact."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a pack writes about one path: a rule, or, if it `disables`, the reason to leave one out."""

    path: ScalarNode
    node: Node
    pack: str
    level: int
    disables: bool = False

    @property
    def decision(self) -> str:
        """The decision that the path begins with."""
        return self.path.text.partition("/")[0]

    @property
    def name(self) -> str:
        """The name of the rule in its decision."""
        return self.path.text.partition("/")[2]


def stacked(
    decisions: Mapping[str, Decision], written: Iterable[Written], names: Names, problems: Problems
) -> tuple[dict[str, Decision], tuple[Change, ...], tuple[Reset, ...]]:
    """Return *decisions* with what packs write about them, level by level, and what that changed.

    What it changed is rules, and what stands where no rule speaks.

    Two packs of one level that write about one path are not ordered: that is reported with both places.
    """
    stack = _Stack(dict(decisions), names, problems)
    for each in sorted(written, key=lambda each: (each.level, each.pack, repr(each.path.span))):
        if stack.may(each):
            stack.take(each)
    return stack.settled(), tuple(stack.changes), tuple(stack.ends)


class _Stack:
    """Decisions while packs are laid on them."""

    def __init__(self, decisions: dict[str, Decision], names: Names, problems: Problems) -> None:
        self.decisions = decisions
        self.names = names
        self.problems = problems
        self.rules: dict[str, Rule] = {
            rule.path: rule for decision in decisions.values() for rule in decision.rules
        }
        self.touched: dict[str, Written] = {}
        self.changes: list[Change] = []
        self.ends: list[Reset] = []
        self.heads: dict[str, list[tuple[ScalarNode, Node]]] = {}

    def may(self, each: Written) -> bool:
        """True if *each* is about a decision that there is, and nobody else of its level is about it too."""
        if each.decision not in self.decisions or not each.name:
            near = did_you_mean(each.decision, self.decisions)
            message = f"`{each.path.text}` names no decision that there is"
            help = near or "write `decision/name-of-the-rule`"
            self.problems.add(Code.UNKNOWN_NAME, message, each.path.span, help=help)
            return False
        other = self.touched.get(each.path.text)
        if other is not None and other.level == each.level:
            message = f"`{each.path.text}` is written by the packs `{other.pack}` and `{each.pack}`"
            if other.pack == each.pack:
                message = f"`{each.path.text}` is written twice"
            first = Label(other.path.span, "first written here")
            help = "keep one of the two; packs of one level are not ordered"
            self.problems.add(Code.DUPLICATE_NAME, message, each.path.span, others=[first], help=help)
            return False
        self.touched[each.path.text] = each
        return True

    def take(self, each: Written) -> None:
        """Lay *each* on what is there."""
        if each.name == OTHERWISE:
            self._otherwise(each)
            return
        before = self.rules.get(each.path.text)
        reason = self._reason(each)
        if before is None and (each.disables or reason is not None):
            near = did_you_mean(each.path.text, self.rules)
            what = "disable" if each.disables else "replace"
            message = f"there is no rule `{each.path.text}` to {what}"
            self.problems.add(Code.UNKNOWN_NAME, message, each.path.span, help=near)
            return
        if before is not None and reason is None:
            if not each.disables and not _says_replaces(each):
                message = f"there is a rule `{each.path.text}` already"
                there = Label(before.span, f"in the pack `{before.pack}`")
                help = "choose another name, or write `replaces:` and the reason"
                self.problems.add(Code.DUPLICATE_NAME, message, each.path.span, others=[there], help=help)
            return
        if before is not None and reason is not None:
            self.changes.append(Change(before, reason, each.pack, each.level, each.path.span, each.disables))
        if each.disables:
            del self.rules[each.path.text]
            return
        pair = (replace(each.path, text=each.name), _without(each.node, "replaces"))
        head = Head(self.decisions[each.decision], _mapping(each), (pair,), each.pack, each.level)
        for rule in read_rules(head, self.names, self.problems):
            self.rules[rule.path] = rule
            self.heads.setdefault(each.decision, []).append(pair)

    def settled(self) -> dict[str, Decision]:
        """Return the decisions with the rules that are left."""
        found = {}
        touched = {each.decision for each in self.touched.values()}
        for name, decision in self.decisions.items():
            rules = [self._trimmed(rule) for rule in self.rules.values() if rule.decision == name]
            found[name] = replace(decision, rules=tuple(sorted(rules, key=lambda rule: rule.path)))
            if name in touched:
                pairs = tuple(self.heads.get(name, ()))
                nodes = MapNode((), decision.span)
                check_overrides(found[name], Head(found[name], nodes, pairs, "", 0), self.problems)
                check_sums(found[name], self.problems)
        return found

    def _trimmed(self, rule: Rule) -> Rule:
        """Return *rule* without overrides of rules that a later pack took out or put in another place."""
        kept = tuple(
            other
            for other in rule.overrides
            if (at := self.touched.get(f"{rule.decision}/{other}")) is None or at.level <= rule.level
        )
        return rule if kept == rule.overrides else replace(rule, overrides=kept)

    def _otherwise(self, each: Written) -> None:
        """Let another value stand where no rule speaks."""
        decision = self.decisions[each.decision]
        fields = Fields(each.node, f"`{each.path.text}`", self.problems, each.path.span)
        node = fields.node("then", required=True)
        reason = fields.text("replaces", required=True)
        because = fields.text("because", required=True)
        fields.done()
        parameters = {name: parameter.value for name, parameter in self.names.parameters.items()}
        value = read_one(node, decision.domain, decision.name, parameters, self.problems)
        if value is not None and reason is not None:
            before = decision.otherwise
            self.ends.append(Reset(each.path.text, before, each.pack, each.level, each.path.span))
            self.decisions[each.decision] = replace(decision, otherwise=value, otherwise_because=because)

    def _reason(self, each: Written) -> str | None:
        """Return why *each* replaces or disables a rule, None if it only adds one or does not say."""
        node: Node | None = each.node
        if not each.disables:
            node = each.node.get("replaces") if isinstance(each.node, MapNode) else None
        if node is None:
            return None
        if isinstance(node, ScalarNode) and node.text.strip():
            return " ".join(node.text.split())
        what, after = ("disables", "the path") if each.disables else ("replaces", "`replaces:`")
        message = f"`{each.path.text}` does not say why the pack {what} it"
        help = f"write the reason after {after}"
        self.problems.add(Code.MISSING_KEY, message, node.span, help=help)
        return None


def merged(earlier: Node, later: Node, what: str, problems: Problems) -> Node:
    """Return a fact as an earlier pack knows it, with the values that a later one adds."""
    if not isinstance(earlier, MapNode) or not isinstance(later, MapNode):
        return earlier
    for key, _ in later:
        if key.text not in VALUES_OF_FACTS:
            message = f"a later pack adds values to {what}, and changes nothing else of it"
            problems.add(Code.DUPLICATE_NAME, message, key.span, help="write `values:`, and `cues:`, alone")
    entries = list(earlier)
    for section in VALUES_OF_FACTS:
        more = later.get(section)
        if not isinstance(more, MapNode):
            continue
        known = earlier.get(section)
        there = {key.text: key for key, _ in known} if isinstance(known, MapNode) else {}
        for key, _ in more:
            if key.text in there:
                first = Label(there[key.text].span, "first defined here")
                message = f"`{key.text}` is a value of {what} already"
                problems.add(Code.DUPLICATE_NAME, message, key.span, others=[first], help="leave it out")
        added = tuple(pair for pair in more if pair[0].text not in there)
        if isinstance(known, MapNode):
            both = replace(known, entries=(*known.entries, *added))
            entries = [(key, both if key.text == section else node) for key, node in entries]
        else:
            key = next(key for key, _ in later if key.text == section)
            entries.append((key, replace(more, entries=added)))
    return replace(earlier, entries=tuple(entries))


def _without(node: Node, key: str) -> Node:
    if not isinstance(node, MapNode):
        return node
    return replace(node, entries=tuple(pair for pair in node if pair[0].text != key))


def _says_replaces(each: Written) -> bool:
    return isinstance(each.node, MapNode) and each.node.get("replaces") is not None


def _mapping(each: Written) -> MapNode:
    return each.node if isinstance(each.node, MapNode) else MapNode((), each.node.span)
