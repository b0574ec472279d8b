"""The facts of one incident, read from YAML and from options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from amends.engine.claim import Holds
from amends.engine.diagnostics import Code, InputError, Label, Problems, Source, Span, did_you_mean, listed
from amends.engine.rulebase import Condition, Decision, Kind, RuleBase, Value, tests
from amends.engine.source import (
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    core_value,
    decode,
    parse,
    read_bytes,
)
from amends.engine.values import CASE_KEYS, is_unstated, read_money, read_value

KEYS = CASE_KEYS

LONGEST_FILL = 200
"""Characters of a word that the asker gives for a message."""

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_COMMENT = re.compile(r"[^#]*\s#(?P<word>[^\s#]+)")


@dataclass(frozen=True, slots=True)
class Case:
    """One incident: what the asker stated, in one currency, at one moment.

    `spans` holds the place of each stated fact; `expect` is the node of what a test case
    expects, unread. `is_dated` says that the moment was given, not taken from the clock.
    `words` are those that a message needs and no rule decides, such as the client's name. `packs` are
    those that the case is told for.
    """

    facts: Mapping[str, Value]
    now: datetime
    title: str | None = None
    currency: str | None = None
    sources: tuple[str, ...] = ()
    spans: Mapping[str, Span] = field(default_factory=dict)
    expect: MapNode | None = None
    is_dated: bool = False
    words: Mapping[str, ScalarNode] = field(default_factory=dict)
    packs: tuple[str, ...] = ()

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
    words: Iterable[str] = (),
    now: datetime | None = None,
) -> Case:
    """Return the case that *node* and the options `fact=value` and `word=text` state; an option wins.

    Faults are added to *problems*. A file may hold the facts alone, without `facts:`.
    """
    node, entries = _sections(node, problems)
    is_bare = node is not None and "facts" not in {key.text for key, _ in node}
    stated = _stated(entries.get("facts"), problems)
    _read_options(options, "-f", stated, problems)
    currencies: dict[str, Span] = {}
    currency_node = _scalar(entries, "currency", "EUR", problems)
    if currency_node is not None and _is_currency(currency_node, problems):
        currencies[currency_node.text] = currency_node.span
    facts: dict[str, Value] = {}
    spans: dict[str, Span] = {}
    read: Value | None
    in_order = sorted(
        stated.items(), key=lambda item: (item[1][1].span.line, item[1][1].span.column, item[0])
    )
    for name, (key, value) in in_order:
        fact = rulebase.facts.get(name)
        if fact is None:
            _report_unknown(key, rulebase, problems, KEYS if is_bare else ())
            continue
        if is_unstated(value):
            _report_comment(name, value, problems)
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
    title = _scalar(entries, "title", "some words", problems)
    moment = _scalar(entries, "now", "2026-11-22T09:00:00Z", problems)
    expect = entries.get("expect")
    if expect is not None and not isinstance(expect, MapNode):
        help = "write `remedy: name` below it"
        problems.add(Code.WRONG_SHAPE, "`expect` must be a mapping", expect.span, help=help)
    return Case(
        facts=dict(sorted(facts.items())),
        now=_read_now(moment, now, problems),
        title=title.text if title is not None else None,
        currency=currency,
        sources=_texts(entries.get("sources"), "sources", "[S000:L13]", problems),
        spans=spans,
        expect=expect if isinstance(expect, MapNode) else None,
        is_dated=now is not None or (moment is not None and not is_unstated(moment)),
        words=_read_words(entries.get("words"), words, rulebase, problems),
        packs=tuple(_laid(entries.get("packs"), rulebase, problems)),
    )


def packs_of(path: Path) -> tuple[str, ...]:
    """Return the names of the packs that the case in a file is told for; none if it cannot be read.

    >>> packs_of(Path("no-such-case.yaml"))
    ()
    """
    try:
        node = parse(decode(read_bytes(path), str(path)))
    except InputError:  # which will be told when the case is read
        return ()
    _, entries = _sections(node, Problems())
    return _texts(entries.get("packs"), "packs", "[dog_groomer]", Problems())


def _laid(node: Node | None, rulebase: RuleBase, problems: Problems) -> Iterator[str]:
    """Yield the packs that a case names, each of which must be laid: another base would decide otherwise."""
    there = {pack.name for pack in rulebase.packs}
    for name in _texts(node, "packs", "[dog_groomer]", problems):
        if name not in there:
            assert node is not None
            message = f"this case is told for the pack `{name}`, which is not laid"
            problems.add(Code.UNKNOWN_NAME, message, node.span, help=f"add `--pack {name}`")
        yield name


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


def _stated(node: Node | None, problems: Problems, what: str = "facts") -> dict[str, tuple[ScalarNode, Node]]:
    if node is None or (isinstance(node, ScalarNode) and node.value is None):
        return {}
    if not isinstance(node, MapNode):
        message = f"`{what}` must be a mapping"
        problems.add(Code.WRONG_SHAPE, message, node.span, help="write `name: value` lines")
        return {}
    return {key.text: (key, value) for key, value in node}


def _read_words(
    node: Node | None, options: Iterable[str], rulebase: RuleBase, problems: Problems
) -> dict[str, ScalarNode]:
    """Return the words for a message that the case and the options give, each on one line."""
    given = _stated(node, problems, "words")
    _read_options(options, "--word", given, problems)
    found: dict[str, ScalarNode] = {}
    known = {name for name, word in rulebase.messages.words.items() if not word.is_bound}
    for name, (key, value) in sorted(given.items()):
        if name in rulebase.messages.words.keys() - known:
            help = "remove it, and state the facts that it comes from"
            message = f"`{name}` comes from the verdict, it cannot be filled in"
            problems.add(Code.UNKNOWN_NAME, message, key.span, help=help)
        elif name not in known:
            words_are = f"one of {listed(sorted(known), 30)}" if known else "remove it"
            near = did_you_mean(name, known) or words_are
            problems.add(Code.UNKNOWN_NAME, f"no message has a word `{name}`", key.span, help=near)
        elif is_unstated(value):
            continue
        elif not isinstance(value, ScalarNode) or len(value.text) > LONGEST_FILL:
            help = f"write some words, {LONGEST_FILL} characters at most"
            problems.add(Code.WRONG_SHAPE, f"the word `{name}` is one short text", value.span, help=help)
        else:
            found[name] = replace(value, text=" ".join(value.text.split()))
    return found


def _read_options(
    options: Iterable[str], flag: str, stated: dict[str, tuple[ScalarNode, Node]], problems: Problems
) -> None:
    """Add what the options state; each is a line of one source, so that its number is its place."""
    lines = [" ".join(option.split()) for option in options]
    source = Source(flag, "\n".join(lines))
    what = "fact" if flag == "-f" else "word"
    seen: dict[str, Span] = {}
    for number, line in enumerate(lines, 1):
        name, equals, text = line.partition("=")
        if not equals or not name.strip():
            span = Span(source, number, 1, number, len(line) + 1)
            help = f"write `{flag} {what}=value`"
            problems.add(Code.WRONG_SHAPE, f"`{line}` states no {what}", span, help=help)
            continue
        start = len(line) - len(text.lstrip()) + 1
        key_span = Span(source, number, 1, number, len(name.rstrip()) + 1)
        if name.strip() in seen:
            others = [Label(seen[name.strip()], "first stated here")]
            help = f"state it once; several values of a set are one: `-f {name.strip()}=a,b`"
            help = help if flag == "-f" else "state it once"
            message = f"`{name.strip()}` is stated twice"
            problems.add(Code.DUPLICATE_KEY, message, key_span, others=others, help=help)
        seen[name.strip()] = key_span
        value = ScalarNode(
            core_value(text.strip()), text.strip(), Span(source, number, start, number, len(line) + 1)
        )
        stated[name.strip()] = (ScalarNode(name.strip(), name.strip(), key_span), value)


def _report_comment(name: str, node: Node, problems: Problems) -> None:
    """Report `name: #word`: what looks like a value is a comment, and would be lost in silence."""
    if not isinstance(node, ScalarNode) or node.text:
        return
    line = node.span.source.line(node.span.line)
    found = _COMMENT.match(line, max(0, node.span.column - 2))
    if found is not None:
        start = found.start("word")
        message = f"`#{found['word']}` is a comment, so `{name}` has no value"
        help = f"remove the `#`, or write `{name}: unknown`"
        span = Span(node.span.source, node.span.line, start, node.span.line, found.end() + 1)
        problems.add(Code.WRONG_SHAPE, message, span, help=help)


def _report_unknown(key: ScalarNode, rulebase: RuleBase, problems: Problems, keys: Iterable[str]) -> None:
    thing = rulebase.decisions.get(key.text) or rulebase.measures.get(key.text)
    if key.text in rulebase.parameters:
        message = f"`{key.text}` is a parameter, the same in every case"
        problems.add(Code.UNKNOWN_FACT, message, key.span, help="change it in a pack of your own")
        return
    if thing is not None:
        kind = "decided" if isinstance(thing, Decision) else "computed"
        problems.add(
            Code.UNKNOWN_FACT,
            f"`{key.text}` is {kind}, it cannot be stated",
            key.span,
            help="state the facts that it comes from",
        )
        return
    near = did_you_mean(key.text, [*rulebase.facts, *keys]) or "`amends facts` lists every fact"
    problems.add(Code.UNKNOWN_FACT, f"there is no fact `{key.text}`", key.span, help=near)


def _is_currency(node: ScalarNode, problems: Problems) -> bool:
    if re.fullmatch("[A-Z]{3}", node.text):
        return True
    help = "write its three capital letters: EUR, USD, GBP"
    problems.add(Code.CURRENCY_MISMATCH, f"`{node.text}` is no currency", node.span, help=help)
    return False


def _one_currency(currencies: Mapping[str, Span], rulebase: RuleBase, problems: Problems) -> str | None:
    names = list(currencies)
    for name in names[1:]:
        problems.add(
            Code.CURRENCY_MISMATCH,
            f"the case is in `{names[0]}` and this amount in `{name}`",
            currencies[name],
            others=[Label(currencies[names[0]], f"`{names[0]}` is stated here")],
            help="state every amount in one currency",
        )
    for used, span in money_constants(rulebase):
        if names and used not in names:
            problems.add(
                Code.CURRENCY_MISMATCH,
                f"the case is in `{names[0]}` and a rule compares amounts in `{used}`",
                currencies[names[0]],
                others=[Label(span, "compared here")],
                help="let the rule compare a ratio, which fits every currency",
            )
            break
    return names[0] if names else None


@lru_cache(maxsize=8)
def money_constants(rulebase: RuleBase) -> list[tuple[str, Span]]:
    """Return the currency and place of every amount that a rule, constraint or claim compares with."""
    conditions: list[Condition] = [rule.when for rule in rulebase.rules.values()]
    conditions += [constraint.never for constraint in rulebase.constraints.values()]
    for claim in rulebase.claims.values():
        conditions += [claim.when, *([claim.says.condition] if isinstance(claim.says, Holds) else [])]
    return [(test.currency, test.span) for when in conditions for test in tests(when) if test.currency]


def _read_now(node: ScalarNode | None, given: datetime | None, problems: Problems) -> datetime:
    if given is None and node is not None and not is_unstated(node):
        try:
            given = datetime.fromisoformat(node.text)
        except ValueError:
            help = "write `now: 2026-11-22T09:00:00Z`"
            problems.add(Code.UNKNOWN_VALUE, f"`{node.text}` is no moment", node.span, help=help)
    moment = given or datetime.now(UTC)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not _EARLIEST <= moment <= _LATEST:
        message = f"`{moment.isoformat()}` is no moment at which a case is decided"
        span = node.span if node is not None else None
        help = f"it lies between {_EARLIEST.year} and {_LATEST.year}"
        problems.add(Code.OUT_OF_BOUNDS, message, span, help=help)
        return _EARLIEST
    return moment.astimezone(UTC).replace(microsecond=0)


def _scalar(entries: Mapping[str, Node], key: str, example: str, problems: Problems) -> ScalarNode | None:
    node = entries.get(key)
    if node is None or isinstance(node, ScalarNode):
        return node if node is not None and node.value is not None else None
    message = f"`{key}` of a case is one text"
    problems.add(Code.WRONG_SHAPE, message, node.span, help=f"write `{key}: {example}`")
    return None


def _texts(node: Node | None, what: str, such_as: str, problems: Problems) -> tuple[str, ...]:
    items = node.items if isinstance(node, ListNode) else () if node is None else (node,)
    for item in items:
        if not isinstance(item, ScalarNode):
            help = f"write `{what}: {such_as}`"
            problems.add(Code.WRONG_SHAPE, f"`{what}` must be a list of words", item.span, help=help)
    return tuple(item.text for item in items if isinstance(item, ScalarNode))
