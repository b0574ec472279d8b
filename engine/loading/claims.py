"""Claims to frozen values: what must hold of every verdict, in one of a few shapes."""

from __future__ import annotations

from collections.abc import Mapping, Set

from amends.engine.claim import (
    NOTHING,
    Cited,
    Claim,
    Guarded,
    Holds,
    Keeps,
    MoneyWithin,
    Move,
    OneValue,
    Statement,
    Steady,
)
from amends.engine.diagnostics import Code, Problems, did_you_mean, listed
from amends.engine.loading.conditions import Names, read_condition
from amends.engine.loading.fields import KEBAB, Fields, check_name
from amends.engine.rulebase import AllOf, Decision, Domain, Value
from amends.engine.source import MapNode, Node, ScalarNode
from amends.engine.values import read_value

SHAPES = ("never", "always", "one_value", "money", "change", "text", "cited")
"""A claim has one of these keys: what it says."""
EACH_FACT = "any"
GATES = "gates"
MONEY = "money"

_OTHER = {"title", "when", "then", "because", "sources"}
_MONEY = {keeps.value: keeps for keeps in (Keeps.NO_MORE_MONEY, Keeps.NO_LESS_MONEY)}


def read_claim(
    key: ScalarNode,
    node: Node,
    names: Names,
    decisions: Mapping[str, Decision],
    phrases: Set[str],
    problems: Problems,
) -> Claim | None:
    """Return one claim, or None if it has no shape that can be checked."""
    fields = Fields(node, f"the claim `{key.text}`", problems, key.span)
    when = fields.node("when")
    reader = _Reader(fields, names, decisions, phrases, problems)
    stated = [shape for shape in SHAPES if shape in fields.entries]
    for shape in SHAPES:
        fields.node(shape)
    says = None
    if len(stated) > 1:
        span = fields.keys[stated[1]].span
        message = f"{fields.what} says two things, {listed(stated)}"
        problems.add(Code.WRONG_SHAPE, message, span, help="make a claim of each")
    elif stated:
        says = reader.read(stated[0])
    elif fields.is_mapping and not any(did_you_mean(name, SHAPES) for name in fields.entries.keys() - _OTHER):
        message = f"{fields.what} says nothing"
        problems.add(Code.MISSING_KEY, message, key.span, help=f"add one of {listed(SHAPES, 10)}")
    if "change" not in stated and "then" in fields.entries:
        help = "write `change: {name: value}` beside it"
        fields.asked.add("then")
        problems.add(
            Code.MISSING_KEY, "`then` says what a change keeps, and nothing changes", key.span, help=help
        )
    claim = Claim(
        name=key.text,
        title=fields.text("title", required=True) or key.text.replace("-", " "),
        when=AllOf(()) if when is None else read_condition(when, names, problems),
        says=says or Cited(),
        because=fields.text("because", required=True) or "",
        sources=fields.texts("sources", required=True),
        span=key.span,
    )
    fields.done()
    return claim if check_name(key, KEBAB, problems) and says is not None else None


class _Reader:
    """Reads what one claim says."""

    def __init__(
        self,
        fields: Fields,
        names: Names,
        decisions: Mapping[str, Decision],
        phrases: Set[str],
        problems: Problems,
    ) -> None:
        self.fields = fields
        self.names = names
        self.decisions = decisions
        self.phrases = phrases
        self.problems = problems

    def read(self, shape: str) -> Statement | None:
        node = self.fields.entries[shape]
        match shape:
            case "never" | "always":
                condition = read_condition(node, self.names, self.problems, f"`{shape}`")
                return Holds(condition, never=shape == "never")
            case "one_value":
                name = self.fields.text("one_value")
                return OneValue(name) if name and self._is_decision(name, node) else None
            case "money":
                return self._money(node)
            case "change":
                return self._change(node)
            case "text":
                return self._text()
        if not self.fields.flag("cited"):
            self.fields.wrong(
                f"`cited` of {self.fields.what} is true or left out", node, "write `cited: true`"
            )
        return Cited()

    def _text(self) -> Guarded | None:
        listed_phrases = self.fields.scalars("text", required=True)
        missing = [phrase for phrase in listed_phrases if phrase.text not in self.phrases]
        for phrase in missing:
            if phrase.text not in self.names.spoiled:
                near = did_you_mean(phrase.text, self.phrases) or "define it under `phrases:`"
                message = f"the guard has no phrase `{phrase.text}`"
                self.problems.add(Code.UNKNOWN_NAME, message, phrase.span, help=near)
        known = tuple(phrase.text for phrase in listed_phrases if phrase not in missing)
        return Guarded(known) if known and not missing else None

    def _money(self, node: Node) -> MoneyWithin | None:
        bounds = Fields(node, f"`money` of {self.fields.what}", self.problems)
        least, most = bounds.text("at_least"), bounds.text("at_most")
        if bounds.is_mapping and least is None and most is None and bounds.asked.issuperset(bounds.entries):
            bounds.wrong(f"{bounds.what} sets no bound", node, "write `{at_most: name}` or `{at_least: 0}`")
        bounds.done()
        for key, name in (("at_least", least), ("at_most", most)):
            if name is not None and not self._is_number(name, bounds.entries[key]):
                return None
        return MoneyWithin(least, most) if least or most else None

    def _is_number(self, name: str, node: Node) -> bool:
        domain = self.names.domains.get(name)
        if name == NOTHING or name in self.names.parameters or (domain and domain.kind.is_number):
            return True
        if domain is not None:
            message = f"`{name}` is a {domain.kind}, and money is compared with numbers"
            self.problems.add(Code.UNFIT_TEST, message, node.span, help="name a measure that is money")
        elif name not in self.names.spoiled:
            numbers = [known for known, found in self.names.domains.items() if found.kind.is_number]
            near = did_you_mean(name, numbers) or "define it under `measures:`, or write 0"
            self.problems.add(Code.UNKNOWN_NAME, f"nothing is called `{name}`", node.span, help=near)
        return False

    def _is_decision(self, name: str, node: Node) -> bool:
        if name in self.decisions:
            return True
        if name not in self.names.spoiled:
            near = did_you_mean(name, self.decisions) or "name a decision"
            self.problems.add(Code.UNKNOWN_NAME, f"no decision is called `{name}`", node.span, help=near)
        return False

    def _change(self, node: Node) -> Steady | None:
        then = self.fields.node("then", required=True)
        changed = self._one_entry("change", node, "write `change: {name: value}`")
        kept = self._one_entry("then", then, "write `then: {money: not_higher}`") if then else None
        if changed is None or kept is None:
            return None
        to, keeps = self._target(*changed), self._kept(*kept)
        if to is None or keeps is None:
            return None
        subject = None if changed[0].text == EACH_FACT else changed[0].text
        return Steady(subject, to, keeps, kept[0].text if keeps is Keeps.SAME else None)

    def _one_entry(self, key: str, node: Node, help: str) -> tuple[ScalarNode, Node] | None:
        if isinstance(node, MapNode) and len(node.entries) == 1:
            return next(iter(node))
        self.fields.wrong(f"`{key}` of {self.fields.what} names one thing", node, help)
        return None

    def _target(self, key: ScalarNode, node: Node) -> Move | Value | None:
        text = node.text if isinstance(node, ScalarNode) else ""
        if key.text == EACH_FACT:
            if text == Move.UNKNOWN:
                return Move.UNKNOWN
            help = "write `change: {any: unknown}`"
            self.problems.add(
                Code.UNFIT_TEST, "all that each fact can become is unknown", node.span, help=help
            )
            return None
        domain = self.names.domains.get(key.text)
        if domain is None or not (key.text in self.names.facts or key.text in self.decisions):
            self._report_unchangeable(key, domain)
            return None
        if text in (Move.LOWER, Move.HIGHER) and text not in domain.values:
            if domain.kind.is_number:
                return Move(text)
            message = f"`{key.text}` is a {domain.kind}, and has nothing {text}"
            self.problems.add(Code.UNFIT_TEST, message, node.span, help="name the value that it changes to")
            return None
        if text == Move.OTHER:
            return Move.OTHER
        if text == Move.UNKNOWN and key.text in self.names.facts:
            return Move.UNKNOWN
        return read_value(node, domain, key.text, self.problems)

    def _report_unchangeable(self, key: ScalarNode, domain: Domain | None) -> None:
        if domain is not None:
            message = f"`{key.text}` is a measure, and changes only with what it reads"
            self.problems.add(Code.UNFIT_TEST, message, key.span, help="change a fact or a decision")
        elif key.text not in self.names.spoiled:
            near = did_you_mean(key.text, self.names.domains) or "name a fact or a decision, or `any`"
            self.problems.add(Code.UNKNOWN_NAME, f"nothing is called `{key.text}`", key.span, help=near)

    def _kept(self, key: ScalarNode, node: Node) -> Keeps | None:
        text = node.text if isinstance(node, ScalarNode) else ""
        choices = {MONEY: _MONEY, GATES: {Keeps.GATES.value: Keeps.GATES}}.get(
            key.text, {Keeps.SAME.value: Keeps.SAME}
        )
        if key.text not in (MONEY, GATES) and not self._is_decision(key.text, key):
            return None
        if text not in choices:
            help = f"write {listed(choices)}"
            message = f"`{text}` is not what a change does to `{key.text}`"
            self.problems.add(Code.UNKNOWN_VALUE, message, node.span, help=help)
        return choices.get(text)


__all__ = ["SHAPES", "read_claim"]
