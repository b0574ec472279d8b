"""From a table to the file of a decision, read back by the loader before anyone sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from amends.engine import network
from amends.engine.diagnostics import Code, Diagnostic, InputError, Problems, Source, Span
from amends.engine.interchange.decision_text import lines_of
from amends.engine.interchange.grouping import Grouper
from amends.engine.interchange.precedence import precedence
from amends.engine.interchange.proof import conflicts
from amends.engine.interchange.sheet import BY_VALUE, FIRST, OTHERWISE, POLICIES, Line, Sheet
from amends.engine.loading import checks
from amends.engine.loading.conditions import Names
from amends.engine.loading.decisions import merge, read_head, read_rules
from amends.engine.loading.fields import SNAKE
from amends.engine.loading.ignores import take_ignores
from amends.engine.rulebase import Decision, HitPolicy, RuleBase
from amends.engine.source import MapNode, decode, scan
from amends.engine.values import decimal_text

_HELP = {
    "names no source": "say under `sources` where it comes from, or end its annotation with `[S000:L13]`",
    "has no `because`": "say why it holds, under `because` or as the annotation of its row",
}
"""What to do about it in a table, where the loader knows of files alone."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A decision file out of a table: its text, the decision that it is, and what there is to know."""

    text: str
    decision: Decision
    notes: tuple[str, ...] = ()


def decision_of(sheet: Sheet, rulebase: RuleBase) -> Imported:
    """Return the decision of *sheet*, over what *rulebase* knows. Raises `InputError`."""
    problems = Problems()
    policy = _policy(sheet, problems)
    sheet = _with_last_row_as_otherwise(sheet)
    grouper = Grouper(sheet, rulebase, policy, problems)
    order, groups = grouper.order(), grouper.groups()
    ranks = precedence(grouper, groups) if policy is HitPolicy.PRIORITY else None
    _check_parameters(sheet, rulebase, grouper)
    otherwise = None if sheet.otherwise is None else grouper.then(sheet.otherwise.then)
    problems.stop()
    text = Text()
    for line, span, where in lines_of(grouper, groups, order, ranks, otherwise):
        text.add(line, span, where)
    decision = read_decision(text, rulebase)
    if sheet.policy.text == FIRST and ranks is not None and ranks.is_given:
        _check_first(decision, rulebase, {group.name: group.first for group in groups})
    return Imported(text.whole, decision, tuple(_notes(sheet, decision)))


@dataclass(slots=True)
class Text:
    """Lines of YAML, and the place in the table that each comes from."""

    lines: list[str] = field(default_factory=list)
    places: list[tuple[Span, str]] = field(default_factory=list)

    def add(self, line: str, span: Span, where: str) -> None:
        """Put *line* last."""
        self.lines.append(line)
        self.places.append((span, where))

    @property
    def whole(self) -> str:
        """All lines, each ended."""
        return "\n".join(self.lines).rstrip("\n") + "\n"

    def placed(self, found: Diagnostic) -> Diagnostic:
        """Return what the loader found at its place in the table."""
        span, where = self.places[min(found.primary.line, len(self.places)) - 1 if found.primary else 0]
        return Diagnostic(
            found.code,
            f"{where}: {found.message}" if where else found.message,
            span,
            help=next((help for said, help in _HELP.items() if said in found.message), found.help),
        )


def read_decision(text: Text, rulebase: RuleBase) -> Decision:
    """Return the decision that *text* states, as if its file were in *rulebase*. Raises `InputError`."""
    problems = Problems()
    decision = _loaded(decode(text.whole.encode(), "a decision file"), rulebase, problems)
    if problems.found or decision is None:
        raise InputError(text.placed(found) for found in problems.found)
    return decision


def _loaded(source: Source, rulebase: RuleBase, problems: Problems) -> Decision | None:
    document = scan(source, problems)
    if not isinstance(document, MapNode):
        return None
    node, _ = take_ignores(document, (), 0, problems)
    limits: Mapping[str, Fraction] = {name: one.value for name, one in rulebase.parameters.items()}
    head = read_head(node, rulebase.catalogues, limits, ("base", 0), problems)
    if head is None:
        return None
    name = head.decision.name
    things = {**rulebase.facts, **rulebase.measures, **rulebase.decisions, name: head.decision}
    names = Names(
        {known: thing.domain for known, thing in things.items()},  # type: ignore[attr-defined]
        frozenset(rulebase.facts),
        rulebase.parameters,
    )
    decision = merge([head], {0: read_rules(head, names, problems)}, problems)[name]
    checks.report_shared_names(
        [rulebase.facts, rulebase.parameters, rulebase.measures, {name: decision}], problems
    )
    checks.check_citations([node], rulebase.sources, frozenset(), problems)
    known = with_decision(rulebase, decision)
    checks.check_known_decisions(replace(known, decisions={name: decision}), problems)
    nodes = {each: MapNode((), node.span) for each in known.decisions} | {name: node}
    checks.check_without(known, nodes, frozenset(), problems)
    if not problems.found:
        network.check(known, problems)
    return decision


def with_decision(rulebase: RuleBase, decision: Decision) -> RuleBase:
    """Return *rulebase* with *decision* in it, in the place of the one of that name."""
    others = {name: other for name, other in rulebase.decisions.items() if name != decision.name}
    return replace(rulebase, decisions=dict(sorted({**others, decision.name: decision}.items())))


def _policy(sheet: Sheet, problems: Problems) -> HitPolicy:
    written = sheet.policy.text
    if not SNAKE.match(sheet.decides.text):
        better = "_".join("".join(c if c.isalnum() else " " for c in sheet.decides.text.lower()).split())
        message = f"`{sheet.decides.text}` is no name of a decision"
        problems.add(Code.BAD_NAME, message, sheet.decides.span, help=f"write `{better or 'dish'}`")
    if written not in POLICIES:
        message = f"no decision of a rule base has the hit policy `{written}`"
        help = "use unique, any, first, or collect, alone or with max, min, sum or count"
        problems.add(Code.UNKNOWN_VALUE, message, sheet.policy.span, help=help)
        return HitPolicy.ANY
    return HitPolicy.PRIORITY if written in (FIRST, BY_VALUE) else HitPolicy(written)


def _with_last_row_as_otherwise(sheet: Sheet) -> Sheet:
    """Return *sheet* with the last row, if it asks nothing and the first row wins, as what else holds."""
    if sheet.policy.text != FIRST or sheet.otherwise is not None or len(sheet.lines) < 2:
        return sheet
    last = sheet.lines[-1]
    if last.note("rule") not in ("", OTHERWISE) or any(
        cell.text.strip() not in ("", "-") for cell in last.cells
    ):
        return sheet
    return replace(sheet, lines=sheet.lines[:-1], otherwise=last)


def _check_parameters(sheet: Sheet, rulebase: RuleBase, grouper: Grouper) -> None:
    """Report a parameter that has another value in the table: a table sets none."""
    for name, entry in sheet.named("parameter"):
        if name not in rulebase.parameters:
            help = "define it in the rule base, or write the number itself"
            grouper.wrong(entry, f"no parameter is called `{name}`", help, Code.UNKNOWN_NAME)
            continue
        if entry.text.strip() != decimal_text(rulebase.parameters[name].value):
            message = f"the parameter `{name}` is `{entry.text}` here, and something else in the rule base"
            grouper.wrong(
                entry, message, "change it in the rule base; a table of a decision sets no parameter"
            )


def _check_first(decision: Decision, rulebase: RuleBase, lines: Mapping[str, Line]) -> None:
    """Refuse a table in which the order of rows decides what tiers and `overrides` leave open."""
    found = conflicts(with_decision(rulebase, decision), decision.name)
    if found is None:
        message = f"it cannot be told whether the rules of `{decision.name}` say the same in any order"
        help = "give every two rules that end differently tiers of their own, or `overrides`"
        raise InputError([Diagnostic(Code.WRONG_SHAPE, message, decision.span, help=help)])
    order = {name: at for at, name in enumerate(lines)}
    problems = Problems()
    for pair in found:
        upper, lower = sorted((rule.name for rule in pair), key=order.__getitem__)
        message = f"a case can meet `{upper}` and `{lower}`, of one tier, and only the order of rows decides"
        problems.add(
            Code.WRONG_SHAPE,
            f"{lines[upper].where}: {message}" if lines[upper].where else message,
            lines[upper].span,
            help=f"write `{lower}` under `overrides` of `{upper}`, or give it a tier of its own",
        )
    problems.stop()


def _notes(sheet: Sheet, decision: Decision) -> Iterator[str]:
    """Yield what somebody who made the table should know."""
    unnamed = sum(not line.note("rule") for line in sheet.lines)
    if unnamed:
        rows = "row has" if unnamed == 1 else "rows have"
        yield f"{unnamed} {rows} no name; rename `row-…` after the situation"
    if decision.hit_policy is HitPolicy.COLLECT:
        yield "it collects a set: a value that several rows give is in it once"
