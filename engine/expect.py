"""What a test case expects, held against its verdict; each failure points into the case file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from amends.engine.diagnostics import Code, Problems, did_you_mean, listed
from amends.engine.source import ListNode, MapNode, Node, ScalarNode
from amends.engine.verdict import Plain, Verdict

KEYS = (
    "status",
    "remedy",
    "possible",
    "companions",
    "avoid",
    "money",
    "money_form",
    "because",
    "decisions",
    "measures",
)
_BOUNDS = ("at_least", "at_most")
MONEY_KEYS = ("amount", "low", "high", *_BOUNDS, "status", "basis", "owed_to", "binds", "needs")
"""`binds` lists the floors and caps that changed the amount, `needs` the facts that it waits for."""


def hold(verdict: Verdict, expect: MapNode, problems: Problems) -> None:
    """Record every expectation that *verdict* does not meet, or that cannot be read."""
    for key, node in expect:
        match key.text:
            case "status" | "remedy":
                found = verdict.status if key.text == "status" else verdict.remedy
                _equal(key.text, node, found, problems)
            case "possible":
                _same_set("possible", node, verdict.possible, problems)
            case "companions" | "avoid":
                present = verdict.companions if key.text == "companions" else verdict.avoid
                _members(key, node, present, problems)
            case "money":
                _money(node, verdict, problems)
            case "money_form":
                _equal("money_form", node, verdict.money.form, problems)
            case "because":
                _because(node, verdict, problems)
            case "decisions" | "measures":
                found_all = verdict.decisions if key.text == "decisions" else verdict.measures
                _mapping(key, node, found_all, problems)
            case _:
                near = did_you_mean(key.text, KEYS) or f"one of {listed(KEYS)}"
                problems.add(Code.UNKNOWN_KEY, f"`expect` has no key `{key.text}`", key.span, help=near)


def _fail(what: str, node: Node, found: object, problems: Problems) -> None:
    problems.add(
        Code.FAILED_EXPECTATION, f"`{what}` is {_shown(found)}", node.span, help=f"expected {_wanted(node)}"
    )


def _shown(found: object) -> str:
    if found is None:
        return "not settled"
    return f"`{', '.join(map(str, found))}`" if isinstance(found, (list, tuple)) else f"`{_text(found)}`"


def _wanted(node: Node) -> str:
    match node:
        case ScalarNode(_, text):
            return f"`{text}`"
        case ListNode(items):
            return ", ".join(map(_wanted, items))
        case MapNode(entries):
            return ", ".join(f"{key.text.replace('_', ' ')} {_wanted(value)}" for key, value in entries)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _words(node: Node) -> list[ScalarNode]:
    items = node.items if isinstance(node, ListNode) else (node,)
    return [item for item in items if isinstance(item, ScalarNode)]


def _equal(what: str, node: Node, found: object, problems: Problems) -> None:
    if not isinstance(node, ScalarNode) or found is None or node.text != _text(found):
        _fail(what, node, found, problems)


def _same_set(what: str, node: Node, found: Iterable[str], problems: Problems) -> None:
    if {word.text for word in _words(node)} != set(found):
        _fail(what, node, tuple(found), problems)


def _members(key: ScalarNode, node: Node, present: tuple[str, ...], problems: Problems) -> None:
    if not isinstance(node, MapNode):
        problems.add(
            Code.WRONG_SHAPE,
            f"`{key.text}` takes `include` and `exclude`",
            node.span,
            help="write `{include: [own_up]}`",
        )
        return
    for side, listed_node in node:
        if side.text not in ("include", "exclude"):
            problems.add(
                Code.UNKNOWN_KEY,
                f"`{key.text}` has no key `{side.text}`",
                side.span,
                help="write `include` or `exclude`",
            )
            continue
        for word in _words(listed_node):
            if (word.text in present) is not (side.text == "include"):
                state = "is missing from" if side.text == "include" else "must not be in"
                problems.add(
                    Code.FAILED_EXPECTATION,
                    f"`{word.text}` {state} `{key.text}`",
                    word.span,
                    help=f"it has {listed(present, 30) or 'nothing'}",
                )


def _money(node: Node, verdict: Verdict, problems: Problems) -> None:
    money = verdict.money
    if isinstance(node, ScalarNode):
        _amount("money", node, money.amount, problems)
        return
    if not isinstance(node, MapNode):
        problems.add(Code.WRONG_SHAPE, "`money` takes an amount or bounds", node.span)
        return
    for key, value in node:
        match key.text:
            case "amount" | "low" | "high":
                found = {"amount": money.amount, "low": money.low, "high": money.high}[key.text]
                _amount(f"money {key.text}", value, found, problems)
            case bound if bound in _BOUNDS:
                _bound("money", bound, value, money.amount, problems)
            case "status" | "basis" | "owed_to":
                said = {"status": money.status, "basis": money.basis, "owed_to": money.owed_to}[key.text]
                _equal(f"money {key.text}", value, said, problems)
            case "binds":
                binding = [limit.name for limit in money.limits if limit.binds]
                _same_set("money binds", value, binding, problems)
            case "needs":
                _same_set("money needs", value, money.needs, problems)
            case _:
                near = did_you_mean(key.text, MONEY_KEYS) or f"one of {listed(MONEY_KEYS)}"
                problems.add(Code.UNKNOWN_KEY, f"`money` has no key `{key.text}`", key.span, help=near)


def _amount(what: str, node: Node, found: str | None, problems: Problems) -> None:
    wanted = node.value if isinstance(node, ScalarNode) else None
    if found is None or not isinstance(wanted, Decimal) or Decimal(found) != wanted:
        _fail(what, node, found, problems)


def _bound(what: str, bound: str, node: Node, found: Plain, problems: Problems) -> None:
    wanted = node.value if isinstance(node, ScalarNode) else None
    if isinstance(found, bool) or not isinstance(found, (str, int, float)) or not isinstance(wanted, Decimal):
        _fail(what, node, found, problems)
        return
    number = Decimal(str(found))
    if not (number >= wanted if bound == "at_least" else number <= wanted):
        problems.add(
            Code.FAILED_EXPECTATION,
            f"`{what}` is `{found}`",
            node.span,
            help=f"expected {bound.replace('_', ' ')} {node.text if isinstance(node, ScalarNode) else ''}",
        )


def _because(node: Node, verdict: Verdict, problems: Problems) -> None:
    deciding = {reason.rule for reason in verdict.fired if reason.is_deciding}
    fired = {reason.rule for reason in verdict.fired}
    for word in _words(node):
        if word.text not in deciding:
            beaten = [by for reason in verdict.fired if reason.rule == word.text for by in reason.beaten_by]
            state = f"fired and was beaten by {listed(beaten)}" if word.text in fired else "did not fire"
            near = [rule for rule in sorted(deciding) if rule.split("/")[0] == word.text.split("/")[0]]
            problems.add(
                Code.FAILED_EXPECTATION,
                f"`{word.text}` {state}",
                word.span,
                help=f"decided by {listed(near) or 'no rule of that decision'}",
            )


def _mapping(key: ScalarNode, node: Node, found: Mapping[str, Plain], problems: Problems) -> None:
    if not isinstance(node, MapNode):
        problems.add(Code.WRONG_SHAPE, f"`{key.text}` takes a mapping", node.span)
        return
    for name, wanted in node:
        value = found.get(name.text)
        if isinstance(wanted, MapNode):
            for bound, number in wanted:
                if bound.text in _BOUNDS:
                    _bound(name.text, bound.text, number, value, problems)
                else:
                    problems.add(
                        Code.UNKNOWN_KEY,
                        f"`{bound.text}` is no bound",
                        bound.span,
                        help="write `at_least` or `at_most`",
                    )
        elif isinstance(wanted, ListNode):
            _same_set(name.text, wanted, value if isinstance(value, list) else (), problems)
        elif (
            isinstance(wanted.value, Decimal)
            and isinstance(value, (int, float))
            and not isinstance(value, bool)
        ):
            if Decimal(str(value)) != wanted.value:
                _fail(name.text, wanted, value, problems)
        else:
            _equal(name.text, wanted, value, problems)
