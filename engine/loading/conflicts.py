"""Where sources disagree, with what was made of it and the rules that show it."""

from __future__ import annotations

from collections.abc import Mapping

from amends.engine.diagnostics import Code, Problems, did_you_mean
from amends.engine.evidence import Conflict, Side
from amends.engine.loading.fields import KEBAB, Fields, check_name
from amends.engine.rulebase import RuleBase
from amends.engine.source import ListNode, MapNode, Node, ScalarNode


def read_conflict(key: ScalarNode, node: Node, problems: Problems) -> Conflict | None:
    """Return one conflict; whether its rules exist is for `check_conflicts` to say."""
    fields = Fields(node, f"the conflict `{key.text}`", problems, key.span)
    conflict = Conflict(
        name=key.text,
        title=fields.text("title", required=True) or key.text,
        sides=_read_sides(fields),
        resolution=fields.text("resolution", required=True) or "",
        because=fields.text("because", required=True) or "",
        sources=fields.texts("sources"),
        rules=fields.texts("rules", required=True),
        span=key.span,
    )
    fields.done()
    return conflict if check_name(key, KEBAB, problems) else None


def _read_sides(fields: Fields) -> tuple[Side, ...]:
    listed = fields.node("sides", required=True)
    if listed is None:
        return ()
    help = "write two or more `- {advises: some words, sources: […]}` lines below it"
    if not isinstance(listed, ListNode):
        fields.wrong(f"`sides` of {fields.what} must be a list", listed, help)
        return ()
    if len(listed.items) < 2:
        fields.wrong(f"{fields.what} has fewer than two sides", listed, help)
    return tuple(_read_side(item, fields) for item in listed.items)


def _read_side(node: Node, owner: Fields) -> Side:
    fields = Fields(node, f"a side of {owner.what}", owner.problems)
    side = Side(
        advises=fields.text("advises", required=True) or "", sources=fields.texts("sources", required=True)
    )
    fields.done()
    return side


def check_conflicts(
    rulebase: RuleBase, nodes: Mapping[str, Node], spoiled: frozenset[str], problems: Problems
) -> None:
    """Report the paths under `rules` that name no rule; *nodes* hold how each conflict is written.

    A rule whose name is in *spoiled* stands in a file that could not be read.
    """
    for name in rulebase.conflicts:
        node = nodes[name]
        written = node.get("rules") if isinstance(node, MapNode) else None
        for item in written.items if isinstance(written, ListNode) else (written,):
            if not isinstance(item, ScalarNode) or not item.text.strip() or item.text in rulebase.rules:
                continue
            if any(change.before.path == item.text for change in rulebase.changes):
                continue  # a pack took it out
            if spoiled.isdisjoint(item.text.split("/")):
                near = did_you_mean(item.text, rulebase.rules) or "write `decision/name-of-the-rule`"
                problems.add(Code.UNKNOWN_NAME, f"there is no rule `{item.text}`", item.span, help=near)
