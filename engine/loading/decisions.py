"""Decision files to decisions: first their heads, then, when every name is known, their rules."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

from amends.engine.advice import Advice
from amends.engine.diagnostics import Code, Label, Problems, Span, did_you_mean, listed
from amends.engine.loading.conditions import Names, read_condition
from amends.engine.loading.fields import KEBAB, SNAKE, Fields, check_name, named_parameters
from amends.engine.loading.sources import read_day
from amends.engine.loading.vocabulary import read_domain
from amends.engine.rulebase import AllOf, Decision, Domain, Example, HitPolicy, Kind, Rule, Value
from amends.engine.source import ListNode, MapNode, Node, ScalarNode
from amends.engine.values import decimal_text, read_value

_POLICIES = {policy.value: policy for policy in HitPolicy}
_NUMERIC = (HitPolicy.COLLECT_MAX, HitPolicy.COLLECT_MIN, HitPolicy.COLLECT_SUM)

MOST_SUMS = 5_000
"""What undecided rules could add up to is a set of candidates, and each is followed."""


@dataclass(frozen=True, slots=True)
class Head:
    """A decision as far as it can be read before every name is known, with its rule nodes."""

    decision: Decision
    node: MapNode
    rules: tuple[tuple[ScalarNode, Node], ...]
    pack: str
    level: int


def read_head(
    node: MapNode,
    catalogues: Mapping[str, Mapping[str, Advice]],
    limits: Mapping[str, Fraction],
    pack: tuple[str, int],
    problems: Problems,
    *,
    complete: bool = True,
) -> Head | None:
    """Return the head of one decision file; *complete* says that every other file could be read."""
    fields = Fields(node, "the decision", problems)
    named = fields.node("decides", required=True)
    if not isinstance(named, ScalarNode):
        fields.wrong("`decides` must be a name", named or node, "write `decides: name`")
        return None
    if not check_name(named, SNAKE, problems):
        return None
    fields.what, fields.span = f"the decision `{named.text}`", named.span
    policy = _POLICIES.get(fields.text("hit_policy") or "unique")
    if policy is None:
        written = fields.entries["hit_policy"]
        text = written.text if isinstance(written, ScalarNode) else ""
        help = did_you_mean(text, _POLICIES) or f"one of {listed(_POLICIES)}"
        problems.add(Code.UNKNOWN_VALUE, f"`{text}` is no hit policy", written.span, help=help)
        policy = HitPolicy.PRIORITY
    domain = _read_domain(fields, policy, catalogues, limits, complete=complete)
    tier_words = _take_tier_words(fields)
    tiers = fields.scalars("tiers", required=policy is HitPolicy.PRIORITY)
    if tiers and policy is not HitPolicy.PRIORITY:
        problems.add(
            Code.UNKNOWN_KEY,
            f"`tiers` order the rules of `hit_policy: priority`, not of `{policy}`",
            fields.keys["tiers"].span,
            help="remove `tiers`, or write `hit_policy: priority`",
        )
    for position, tier in enumerate(tiers):
        if tier.text in {earlier.text for earlier in tiers[:position]}:
            message = f"the tier `{tier.text}` is listed twice"
            problems.add(Code.DUPLICATE_NAME, message, tier.span, help="keep one of the two")
    otherwise = fields.node("otherwise")
    if otherwise is not None and policy in (
        HitPolicy.COLLECT,
        HitPolicy.COLLECT_SUM,
        HitPolicy.COLLECT_COUNT,
    ):
        problems.add(
            Code.UNKNOWN_KEY,
            f"`{policy}` of nothing has a value already",
            otherwise.span,
            help="remove `otherwise`",
        )
    if otherwise is None and policy in (HitPolicy.COLLECT_MAX, HitPolicy.COLLECT_MIN):
        problems.add(
            Code.MISSING_KEY, f"`{policy}` of nothing has no value", named.span, help="add `otherwise:`"
        )
    gates = fields.scalars("gates")
    for gate in gates:
        if gate.text not in {tier.text for tier in tiers}:
            problems.add(
                Code.UNKNOWN_TIER,
                f"`{gate.text}` is no tier of `{named.text}`",
                gate.span,
                help=did_you_mean(gate.text, (t.text for t in tiers))
                or f"one of {listed(t.text for t in tiers)}",
            )
    decision = Decision(
        name=named.text,
        title=fields.text("title", required=True) or named.text,
        domain=domain,
        hit_policy=policy,
        tiers=tuple(tier.text for tier in tiers),
        rules=(),
        sources=fields.texts("sources"),
        span=named.span,
        otherwise=read_one(otherwise, domain, named.text, limits, problems),
        otherwise_because=fields.text("otherwise_because"),
        without=fields.text("without"),
        gates=frozenset(gate.text for gate in gates),
        tier_words=tier_words,
    )
    rules = tuple(fields.mapping("rules", required=True))
    fields.done()
    return Head(decision, node, rules, *pack)


def _take_tier_words(fields: Fields) -> dict[str, str]:
    """Return what tiers written as `- name: words` say, and leave their names alone in *fields*."""
    listed = fields.entries.get("tiers")
    words: dict[str, str] = {}
    if isinstance(listed, ListNode):
        names = list(listed.items)
        for position, item in enumerate(names):
            pairs = list(item) if isinstance(item, MapNode) else []
            if len(pairs) == 1 and isinstance(said := pairs[0][1], ScalarNode):
                names[position] = name = pairs[0][0]
                words[name.text] = " ".join(said.text.split())
        fields.entries["tiers"] = replace(listed, items=tuple(names))
    return words


def _read_domain(
    fields: Fields,
    policy: HitPolicy,
    catalogues: Mapping[str, Mapping[str, Advice]],
    limits: Mapping[str, Fraction],
    *,
    complete: bool,
) -> Domain:
    if policy is HitPolicy.COLLECT_COUNT:
        return Domain(Kind.COUNT, lowest=Fraction(0), highest=Fraction(10_000))
    if policy in _NUMERIC or "lowest" in fields.entries:
        return read_domain(fields, Kind.NUMBER, limits)
    kind = Kind.SET if policy is HitPolicy.COLLECT else Kind.CHOICE
    node = fields.node("values", required=True)
    if isinstance(node, ScalarNode):
        if node.text in catalogues:
            entries = catalogues[node.text]
            if not entries and complete:
                message = f"the catalogue `{node.text}` is empty"
                fields.wrong(message, node, f"define its entries under `{node.text}:` in a knowledge file")
            return Domain(kind, {name: entry.title for name, entry in entries.items()})
        problems = fields.problems
        problems.add(
            Code.UNKNOWN_NAME,
            f"there is no catalogue `{node.text}`",
            node.span,
            help=did_you_mean(node.text, catalogues)
            or f"one of {listed(catalogues)}, or a mapping of values",
        )
        return Domain(kind)
    return read_domain(fields, kind, limits)


def read_rules(head: Head, names: Names, problems: Problems) -> tuple[Rule, ...]:
    """Return the rules of one decision file."""
    decision = head.decision
    found: list[Rule] = []
    for key, node in head.rules:
        fields = Fields(node, f"the rule `{decision.name}/{key.text}`", problems, key.span)
        condition = fields.node("when", required=True)
        rule = Rule(
            decision=decision.name,
            name=key.text,
            when=read_condition(condition, names, problems) if condition is not None else AllOf(()),
            then=_read_then(fields, decision, names, problems),
            because=fields.text("because", required=True) or "",
            sources=fields.texts("sources", required=True),
            span=key.span,
            tier=_read_tier(fields, decision, problems),
            overrides=fields.texts("overrides") if decision.hit_policy is HitPolicy.PRIORITY else (),
            pack=head.pack,
            level=head.level,
            parameters=tuple(sorted({*named_parameters(condition), *named_parameters(fields.node("then"))})),
            review_by=read_day(fields, "review_by"),
            examples=tuple(_read_examples(fields)),
        )
        fields.done()
        if check_name(key, KEBAB, problems):
            found.append(rule)
    return tuple(found)


def _read_examples(rule: Fields) -> Iterator[Example]:
    """Yield the examples beside a rule, in order; of what they state, only the shape is looked at."""
    node = rule.node("examples")
    if node is None:
        return
    fields = Fields(node, f"`examples` of {rule.what}", rule.problems)
    for key, fires in (("fires", True), ("does_not_fire", False)):
        given = fields.node(key)
        items = given.items if isinstance(given, ListNode) else (given,) if given is not None else ()
        for item in items:
            if isinstance(item, MapNode):
                yield Example(item, fires)
            else:
                fields.wrong("an example must be a mapping of facts", item, "write `{cause: own_error}`")
    fields.done()


def read_one(
    node: Node | None, domain: Domain, name: str, parameters: Mapping[str, Fraction], problems: Problems
) -> Value | None:
    """Return the value of the decision called *name* at *node*, which may be `{parameter: …}`."""
    given = node.get("parameter") if isinstance(node, MapNode) else None
    if isinstance(node, MapNode) and isinstance(given, ScalarNode) and len(node.entries) == 1:
        if given.text not in parameters:
            near = did_you_mean(given.text, parameters) or "define it under `parameters:`"
            problems.add(Code.UNKNOWN_NAME, f"no parameter is called `{given.text}`", given.span, help=near)
            return None
        written = decimal_text(parameters[given.text])
        node = replace(given, text=written, value=Decimal(written))
    return None if node is None else read_value(node, domain, name, problems)


def _read_then(fields: Fields, decision: Decision, names: Names, problems: Problems) -> tuple[Value, ...]:
    if decision.hit_policy is HitPolicy.COLLECT_COUNT:
        fields.node("then")
        return ()
    node = fields.node("then", required=True)
    if node is None:
        return ()
    if decision.hit_policy is HitPolicy.COLLECT:
        items = node.items if isinstance(node, ListNode) else (node,)
        single = Domain(Kind.CHOICE, decision.domain.values)
        values = [read_value(item, single, decision.name, problems) for item in items]
        return tuple(value for value in values if value is not None)
    parameters = {name: parameter.value for name, parameter in names.parameters.items()}
    value = read_one(node, decision.domain, decision.name, parameters, problems)
    return () if value is None else (value,)


def _read_tier(fields: Fields, decision: Decision, problems: Problems) -> str | None:
    if decision.hit_policy is not HitPolicy.PRIORITY:
        return None
    only = decision.tiers[0] if len(decision.tiers) == 1 else None
    tier = fields.text("tier", required=only is None) or only
    if tier is not None and tier not in decision.tiers:
        near = did_you_mean(tier, decision.tiers) or f"one of {listed(decision.tiers)}"
        span = fields.entries["tier"].span if "tier" in fields.entries else fields.span
        problems.add(Code.UNKNOWN_TIER, f"`{tier}` is no tier of `{decision.name}`", span, help=near)
        return decision.tiers[0] if decision.tiers else None
    return tier


def check_overrides(decision: Decision, head: Head, problems: Problems) -> None:
    """Report overrides that name nothing, reach across tiers or levels, or run in a loop."""
    by_name = {rule.name: rule for rule in decision.rules}
    places = _override_places(head)
    arrows: dict[str, list[str]] = {}
    for rule in decision.rules:
        for other in rule.overrides:
            place = places.get((rule.name, other), rule.span)
            if other not in by_name:
                near = did_you_mean(other, by_name.keys() - {rule.name})
                problems.add(
                    Code.UNKNOWN_OVERRIDE,
                    f"`{decision.name}` has no rule `{other}` to override",
                    place,
                    help=near or "name a rule of the same decision and tier",
                )
            elif (by_name[other].tier, by_name[other].level) != (rule.tier, rule.level):
                seen = Label(by_name[other].span, f"in the tier `{by_name[other].tier}`")
                problems.add(
                    Code.UNKNOWN_OVERRIDE,
                    f"`{rule.name}` in the tier `{rule.tier}` overrides a rule of another tier or pack",
                    place,
                    others=[seen],
                    help="the order of tiers and packs decides between the two; remove `overrides`",
                )
            else:
                arrows.setdefault(rule.name, []).append(other)
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        loop = list(reversed(error.args[1]))
        edges = [
            Label(places.get(edge, by_name[edge[0]].span), f"`{edge[0]}` overrides `{edge[1]}`")
            for edge in itertools.pairwise(loop)
        ]
        problems.add(
            Code.OVERRIDE_LOOP,
            "these rules override each other in a loop: " + " → ".join(f"`{name}`" for name in loop),
            edges[0].span,
            others=edges,
            help="remove one `overrides`",
        )


def _override_places(head: Head) -> dict[tuple[str, str], Span]:
    places: dict[tuple[str, str], Span] = {}
    for key, node in head.rules:
        written = node.get("overrides") if isinstance(node, MapNode) else None
        items = written.items if isinstance(written, ListNode) else (written,)
        places |= {(key.text, item.text): item.span for item in items if isinstance(item, ScalarNode)}
    return places


def merge(
    heads: list[Head], rules: Mapping[int, tuple[Rule, ...]], problems: Problems
) -> dict[str, Decision]:
    """Return one decision a name; a second file on it may come from a later pack only."""
    merged: dict[str, Decision] = {}
    for position, head in enumerate(heads):
        name = head.decision.name
        if name in merged:
            first = Label(merged[name].span, "first decided here")
            problems.add(
                Code.DUPLICATE_NAME,
                f"`{name}` is decided in two files",
                head.decision.span,
                others=[first],
                help="one file decides one thing; move the rules into one",
            )
            continue
        merged[name] = replace(
            head.decision, rules=tuple(sorted(rules[position], key=lambda rule: rule.path))
        )
        check_overrides(merged[name], head, problems)
        check_sums(merged[name], problems)
    return merged


def check_sums(decision: Decision, problems: Problems) -> None:
    """Report a `collect sum` that can leave its bounds, or end in more ways than a run can keep apart."""
    if decision.hit_policy is not HitPolicy.COLLECT_SUM:
        return
    added = [value for rule in decision.rules for value in rule.then if isinstance(value, Fraction)]
    ends = {
        "lowest": sum((number for number in added if number < 0), Fraction(0)),
        "highest": sum((number for number in added if number > 0), Fraction(0)),
    }
    low, high = decision.domain.lowest, decision.domain.highest
    for bound, end in ends.items():
        if (low is not None and end < low) or (high is not None and end > high):
            problems.add(
                Code.OUT_OF_BOUNDS,
                f"the rules of `{decision.name}` can add up to {decimal_text(end)}",
                decision.span,
                help=f"write `{bound}: {decimal_text(end)}`; the sum of no rules is 0",
            )
    sums = {Fraction(0)}
    for number in added:
        sums |= {total + number for total in sums}
        if len(sums) > MOST_SUMS:
            problems.add(
                Code.TOO_LARGE_FOR_THE_CHAIN,
                f"the rules of `{decision.name}` have more than {MOST_SUMS} different sums",
                decision.span,
                help="add rounder numbers, or sum in two decisions and add them in a measure",
            )
            break
