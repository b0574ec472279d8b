"""The facts of one incident, read from YAML and from options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from amends.engine.diagnostics import Code, Problems, Source, Span, did_you_mean
from amends.engine.rulebase import Condition, Decision, Kind, RuleBase, Value, tests
from amends.engine.source import MapNode, Node, ScalarNode, core_value
from amends.engine.values import is_unstated, read_money, read_value

KEYS = ("title", "sources", "facts", "currency", "now", "expect", "note")


@dataclass(frozen=True, slots=True)
class Case:
    """One incident: what the asker stated, in one currency, at one moment.

    `spans` holds the place of each stated fact; `expect` is the node of what a test case
    expects, unread.
    """

    facts: Mapping[str, Value]
    now: datetime
    title: str | None = None
    currency: str | None = None
    sources: tuple[str, ...] = ()
    spans: Mapping[str, Span] = field(default_factory=dict)
    expect: MapNode | None = None

    def stating(self, **facts: Value | None) -> Case:
        """Return the case with *facts* stated too; None takes a fact back."""
        merged = {**self.facts, **facts}
        return replace(self, facts={name: value for name, value in merged.items() if value is not None})


def read_case(
    node: Node | None,
    rulebase: RuleBase,
    problems: Problems,
    *,
    options: Iterable[str] = (),
    now: datetime | None = None,
) -> Case:
    """Return the case that *node* and the options `fact=value` state; an option wins.

    Faults are added to *problems*. A file may hold the facts alone, without `facts:`.
    """
    node, entries = _sections(node, problems)
    stated = _stated(entries.get("facts"), problems)
    for option in options:
        _read_option(option, stated, problems)
    currency_node = entries.get("currency")
    currencies: dict[str, Span] = {}
    if isinstance(currency_node, ScalarNode):
        currencies[_currency(currency_node, problems)] = currency_node.span
    facts: dict[str, Value] = {}
    spans: dict[str, Span] = {}
    read: Value | None
    for name, (key, value) in sorted(stated.items()):
        fact = rulebase.facts.get(name)
        if fact is None:
            _report_unknown(key, rulebase, problems)
            continue
        if is_unstated(value):
            continue
        if fact.domain.kind is Kind.MONEY and isinstance(value, ScalarNode):
            read, currency = read_money(value, fact.domain, name, problems)
            if currency is not None:
                currencies.setdefault(currency, value.span)
        else:
            read = read_value(value, fact.domain, name, problems)
        if read is not None:
            facts[name] = read
            spans[name] = value.span
    currency = _one_currency(currencies, rulebase, problems)
    title = entries.get("title")
    expect = entries.get("expect")
    sources = entries.get("sources")
    return Case(
        facts=facts,
        now=_read_now(entries.get("now"), now, problems),
        title=title.text if isinstance(title, ScalarNode) else None,
        currency=currency,
        sources=_texts(sources),
        spans=spans,
        expect=expect if isinstance(expect, MapNode) else None,
    )


def _sections(node: Node | None, problems: Problems) -> tuple[MapNode | None, dict[str, Node]]:
    if node is None:
        return None, {}
    if not isinstance(node, MapNode):
        problems.add(
            Code.WRONG_SHAPE,
            "a case is a mapping",
            node.span,
            help="write `facts:` and `name: value` lines below it",
        )
        return None, {}
    entries = {key.text: value for key, value in node}
    if "decides" in entries:
        problems.add(
            Code.WRONG_SHAPE,
            "this is a decision file, not a case",
            node.span,
            help="give a file with `facts:`",
        )
        return None, {}
    if not entries.keys() & {"facts", "expect"}:
        head = {name: entries[name] for name in KEYS if name in entries}
        bare = tuple((key, value) for key, value in node if key.text not in KEYS)
        return node, {**head, "facts": MapNode(bare, node.span)}
    for key, _ in node:
        if key.text not in KEYS:
            near = did_you_mean(key.text, KEYS) or "facts belong under `facts:`"
            problems.add(Code.UNKNOWN_KEY, f"a case has no key `{key.text}`", key.span, help=near)
    return node, entries


def _stated(node: Node | None, problems: Problems) -> dict[str, tuple[ScalarNode, Node]]:
    if node is None or (isinstance(node, ScalarNode) and node.value is None):
        return {}
    if not isinstance(node, MapNode):
        problems.add(
            Code.WRONG_SHAPE, "`facts` must be a mapping", node.span, help="write `name: value` lines"
        )
        return {}
    return {key.text: (key, value) for key, value in node}


def _read_option(option: str, stated: dict[str, tuple[ScalarNode, Node]], problems: Problems) -> None:
    source = Source("-f", option)
    name, equals, text = option.partition("=")
    if not equals or not name.strip():
        problems.add(
            Code.WRONG_SHAPE, f"`{option}` states no fact", Span.whole(source), help="write `-f fact=value`"
        )
        return
    key_span = Span(source, 1, 1, 1, len(name) + 1)
    value_span = Span(source, 1, len(name) + 2, 1, len(option) + 1)
    value = ScalarNode(core_value(text.strip()), text.strip(), value_span)
    stated[name.strip()] = (ScalarNode(name.strip(), name.strip(), key_span), value)


def _report_unknown(key: ScalarNode, rulebase: RuleBase, problems: Problems) -> None:
    thing = rulebase.decisions.get(key.text) or rulebase.measures.get(key.text)
    if thing is not None:
        kind = "decided" if isinstance(thing, Decision) else "computed"
        problems.add(
            Code.UNKNOWN_FACT,
            f"`{key.text}` is {kind}, it cannot be stated",
            key.span,
            help="state the facts that it comes from",
        )
        return
    near = did_you_mean(key.text, rulebase.facts) or "`amends facts` lists every fact"
    problems.add(Code.UNKNOWN_FACT, f"there is no fact `{key.text}`", key.span, help=near)


def _currency(node: ScalarNode, problems: Problems) -> str:
    if not (len(node.text) == 3 and node.text.isascii() and node.text.isupper() and node.text.isalpha()):
        problems.add(
            Code.CURRENCY_MISMATCH,
            f"`{node.text}` is no currency",
            node.span,
            help="write its three letters: EUR, USD, GBP",
        )
    return node.text


def _one_currency(currencies: Mapping[str, Span], rulebase: RuleBase, problems: Problems) -> str | None:
    names = list(currencies)
    for name in names[1:]:
        problems.add(
            Code.CURRENCY_MISMATCH,
            f"the case is in `{names[0]}` and this amount in `{name}`",
            currencies[name],
            help="state every amount in one currency",
        )
    for used, span in money_constants(rulebase):
        if names and used not in names:
            problems.add(
                Code.CURRENCY_MISMATCH,
                f"a rule compares amounts in `{used}` and the case is in `{names[0]}`",
                currencies[names[0]],
                help=f"see {span!r}; compare a ratio there, which fits every currency",
            )
            break
    return names[0] if names else None


def money_constants(rulebase: RuleBase) -> list[tuple[str, Span]]:
    """Return the currency and place of every amount that a rule or constraint compares with."""
    conditions: list[Condition] = [rule.when for rule in rulebase.rules.values()]
    conditions += [constraint.never for constraint in rulebase.constraints.values()]
    return [(test.currency, test.span) for when in conditions for test in tests(when) if test.currency]


def _read_now(node: Node | None, given: datetime | None, problems: Problems) -> datetime:
    if given is None and isinstance(node, ScalarNode) and not is_unstated(node):
        try:
            given = datetime.fromisoformat(node.text)
        except ValueError:
            problems.add(
                Code.UNKNOWN_VALUE,
                f"`{node.text}` is no moment",
                node.span,
                help="write `now: 2026-11-22T09:00:00Z`",
            )
    moment = given or datetime.now(UTC)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)


def _texts(node: Node | None) -> tuple[str, ...]:
    if isinstance(node, ScalarNode):
        return (node.text,)
    items = getattr(node, "items", ())
    return tuple(item.text for item in items if isinstance(item, ScalarNode))
