"""Which rule beats which: tiers and `overrides` out of the order of rows, or of a list of values."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from amends.engine.diagnostics import Code, Label, did_you_mean, listed
from amends.engine.interchange.grouping import Group, Grouper
from amends.engine.interchange.sheet import BY_VALUE, FIRST


@dataclass(slots=True)
class Precedence:
    """The tiers, first to last, the tier of each rule by its name, and what each overrides."""

    tiers: list[str] = field(default_factory=list)
    of: dict[str, str] = field(default_factory=dict)
    overrides: dict[str, tuple[str, ...]] = field(default_factory=dict)
    is_given: bool = False
    """True if the table names the tiers; those out of the order of rows or values leave nothing open."""


def precedence(grouper: Grouper, groups: list[Group]) -> Precedence:
    """Return what orders the rules of a decision with tiers; faults go to the problems of *grouper*."""
    sheet = grouper.sheet
    policy = sheet.policy.text
    if policy == BY_VALUE:
        return _by_value(grouper, groups)
    if policy == FIRST:
        _check_together(grouper, groups)
        if not any(group.note("tier") for group in groups):
            return _by_row(groups)
        _fill_in(groups)
    found = Precedence([name for name, _ in sheet.named("tier")], is_given=True)
    is_open = not found.tiers
    for group in groups:
        tier = group.note("tier")
        if not tier:
            message = f"`{group.name}` has no tier, and the rules around it are of several"
            help = "say under `tier` whether it comes before or after them"
            grouper.wrong(group.first, message, help, Code.MISSING_KEY)
        elif is_open and tier not in found.tiers:
            found.tiers.append(tier)
        elif tier not in found.tiers:
            help = did_you_mean(tier, found.tiers) or f"one of {listed(found.tiers)}"
            grouper.wrong(group.notes["tier"], f"`{tier}` is no tier of the table", help, Code.UNKNOWN_TIER)
        found.of[group.name] = tier
        if "overrides" in group.notes:
            found.overrides[group.name] = group.notes["overrides"].words
    if policy == FIRST and not grouper.problems.found:
        _check_order(grouper, groups, found)
    return found


def _by_value(grouper: Grouper, groups: list[Group]) -> Precedence:
    """Return a tier for each value, in the order of the list of values."""
    outputs = grouper.sheet.outputs
    if outputs is None or not outputs.text:
        message = "the values of this table decide which rule wins, and they are not listed"
        grouper.wrong(grouper.sheet.policy, message, "list them in their order, or let the first row win")
        return Precedence()
    found = Precedence([f"row_of_{value}" for value in grouper.literals(outputs)])
    for group in groups:
        tier = f"row_of_{group.thens[0].text}" if group.thens else ""
        if group.thens and tier not in found.tiers:
            message = f"`{group.thens[0].text}` is not in the list of values, which decides who wins"
            grouper.wrong(group.thens[0].entry, message, "add it to the list", Code.UNKNOWN_VALUE)
        found.of[group.name] = tier
    return found


def _by_row(groups: list[Group]) -> Precedence:
    """Return a tier for each run of rules that end alike."""
    found = Precedence()
    row = 1
    for _, run in itertools.groupby(groups, key=lambda group: group.thens):
        rules = list(run)
        tier = f"row_{row}"
        found.tiers.append(tier)
        found.of |= {group.name: tier for group in rules}
        row += sum(len(group.lines) for group in rules)
    return found


def _fill_in(groups: list[Group]) -> None:
    """Let a rule without a tier stand in that of the rules on both sides of it."""
    for at, group in enumerate(groups):
        if group.note("tier"):
            continue
        before = next((one.notes["tier"] for one in reversed(groups[:at]) if one.note("tier")), None)
        after = next((one.notes["tier"] for one in groups[at + 1 :] if one.note("tier")), None)
        if before is not None and after is not None and before.text == after.text:
            group.notes["tier"] = before


def _check_together(grouper: Grouper, groups: list[Group]) -> None:
    """Report a rule whose rows stand apart: another could be met between them."""
    places = {id(line): at for at, line in enumerate(grouper.sheet.lines)}
    for group in groups:
        for one, other in itertools.pairwise(group.lines):
            if places[id(other)] != places[id(one)] + 1:
                message = f"the rows of `{group.name}` stand apart, and the first row that is met wins"
                grouper.wrong(other, message, "move them together, or give them names of their own")
                break


def _check_order(grouper: Grouper, groups: list[Group], found: Precedence) -> None:
    """Report where the order of rows says otherwise than tiers or `overrides`."""
    place = {group.name: at for at, group in enumerate(groups)}
    for one, other in itertools.pairwise(groups):
        if found.tiers.index(found.of[one.name]) > found.tiers.index(found.of[other.name]):
            own, above = found.of[other.name], found.of[one.name]
            message = f"`{other.name}`, of the tier `{own}`, stands below a rule of the later tier `{above}`"
            grouper.wrong(other.first, message, "move the row, or change its tier")
    for group in groups:
        for name in found.overrides.get(group.name, ()):
            if name in place and place[name] < place[group.name]:
                message = f"`{group.name}` overrides `{name}`, which stands above it and wins"
                grouper.problems.add(
                    Code.WRONG_SHAPE,
                    f"{group.first.where}: {message}",
                    group.first.span,
                    others=[Label(groups[place[name]].first.span, f"`{name}` stands here")],
                    help="move the row up, or take the `overrides` out",
                )
