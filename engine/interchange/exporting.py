"""From a decision of a rule base to a table: rules as rows, and nothing of them left behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from amends.engine.diagnostics import Code, Diagnostic, InputError, Problems, did_you_mean, listed
from amends.engine.interchange.feel import ANY, cell_text, point_text, quoted
from amends.engine.interchange.ranges import CannotSay
from amends.engine.interchange.rows import Column, Row, columns_of, rows_of
from amends.engine.interchange.sheet import OTHERWISE, Entry, Input, Line, Sheet
from amends.engine.interchange.written import Written, currencies
from amends.engine.rulebase import Condition, Decision, Domain, HitPolicy, Kind, Rule, RuleBase, Value
from amends.engine.values import decimal_text

APART = (HitPolicy.UNIQUE, HitPolicy.COLLECT_SUM, HitPolicy.COLLECT_COUNT)
"""Where two rows of one rule that are met together would be counted twice, or called an error."""


def sheet_of(rulebase: RuleBase, name: str) -> Sheet:
    """Return the decision called *name* as a table. Raises `InputError` with all that a table cannot say."""
    decision = _decision(rulebase, name)
    written, problems = Written(rulebase), Problems()
    conditions = {rule.name: written.condition(rule) for rule in decision.rules}
    rows = {
        rule.name: _rows(rule, conditions[rule.name], decision, written, problems) for rule in decision.rules
    }
    money = _currencies(conditions, decision, problems)
    problems.stop()
    columns = _ordered(rows.values())
    lines = [
        _line(rulebase, decision, rule, row, then, columns)
        for rule in in_order(decision)
        for then in _thens(decision, rule, written)
        for row in rows[rule.name]
    ]
    return Sheet(
        decides=Entry(name),
        policy=Entry(decision.hit_policy.value),
        inputs=tuple(_input(rulebase, column, money) for column in columns),
        lines=tuple(lines),
        about={key: Entry(" ".join(text.split())) for key, text in _about(rulebase, decision, written)},
        otherwise=_otherwise(decision, written, len(columns)),
        outputs=Entry(_outputs(decision)),
    )


def _decision(rulebase: RuleBase, name: str) -> Decision:
    if name not in rulebase.decisions:
        help = did_you_mean(name, rulebase.decisions) or f"name one of {listed(rulebase.decisions, 40)}"
        raise InputError([Diagnostic(Code.UNKNOWN_NAME, f"there is no decision `{name}`", help=help)])
    decision = rulebase.decisions[name]
    for rule in decision.rules:
        if rule.name == OTHERWISE:
            message = f"`{rule.path}` has the name of the row that holds where no other does"
            raise InputError(
                [Diagnostic(Code.BAD_NAME, message, rule.span, help="give the rule another name")]
            )
    if not decision.rules:
        message = f"`{name}` has no rules, and a table has rows"
        raise InputError([Diagnostic(Code.WRONG_SHAPE, message, decision.span, help="give it a rule first")])
    return decision


def _rows(
    rule: Rule, condition: Condition, decision: Decision, written: Written, problems: Problems
) -> list[Row]:
    try:
        return rows_of(condition, written.tested, apart=decision.hit_policy in APART)
    except CannotSay as error:
        help = "split the rule in two, or leave out what can never hold or never fail"
        problems.add(Code.UNFIT_TEST, f"no row can say `{rule.path}`: {error}", rule.span, help=help)
        return []


def _currencies(
    conditions: Mapping[str, Condition], decision: Decision, problems: Problems
) -> dict[str, str]:
    found = currencies(conditions)
    for subject, names in found.items():
        if len(names) > 1:
            message = f"`{decision.name}` compares `{subject}` with amounts in {listed(sorted(names))}"
            help = "a column has one currency; compare a share, which fits every currency"
            problems.add(Code.CURRENCY_MISMATCH, message, decision.span, help=help)
    return {subject: min(names) for subject, names in found.items()}


def _ordered(rows: Iterable[list[Row]]) -> list[Column]:
    """Return the columns, those that most rules read first."""
    read = Counter(column for each in rows for column in columns_of(each))
    return sorted(read, key=lambda column: (-read[column], column))


def in_order(decision: Decision) -> list[Rule]:
    """Return the rules in an order in which none comes after one that it beats; else by name."""
    if decision.hit_policy is not HitPolicy.PRIORITY:
        return sorted(decision.rules, key=lambda rule: rule.name)
    left = sorted(decision.rules, key=lambda rule: (decision.tiers.index(rule.tier or ""), rule.name))
    found: list[Rule] = []
    while left:
        free = next(rule for rule in left if not any(decision.beats(other, rule) for other in left))
        left.remove(free)
        found.append(free)
    return found


def beaten(decision: Decision, rule: Rule) -> list[str]:
    """Return the rules of its own tier that *rule* beats: by `overrides`, or by a pack laid later."""
    return sorted(o.name for o in decision.rules if o.tier == rule.tier and decision.beats(rule, o))


def _line(
    rulebase: RuleBase, decision: Decision, rule: Rule, row: Row, then: str, columns: list[Column]
) -> Line:
    notes = {
        "rule": rule.name,
        "tier": rule.tier or "",
        "overrides": ", ".join(beaten(decision, rule)),
        "because": rule.because,
        "sources": ", ".join(rule.sources),
        "review_by": rule.review_by.isoformat() if rule.review_by else "",
    }
    cells = (
        cell_text(row[column], rulebase.domain(column.subject).values) if column in row else ANY
        for column in columns
    )
    return Line(
        tuple(map(Entry, cells)),
        Entry(then),
        {key: Entry(text) for key, text in notes.items() if text},
        rule.span,
    )


def _thens(decision: Decision, rule: Rule, written: Written) -> list[str]:
    """Return what follows from *rule*, a text for each row: a rule that collects two values needs two."""
    if decision.hit_policy is HitPolicy.COLLECT_COUNT:
        return [quoted(rule.name)]  # what differs is counted, whoever counts only that
    named = written.then(rule)
    return [named] if named else [value_literal(value) for value in rule.then]


def value_literal(value: Value) -> str:
    """Return a decision's value as a literal."""
    return point_text(value) if isinstance(value, Fraction) else quoted(str(value))


def _otherwise(decision: Decision, written: Written, columns: int) -> Line | None:
    if decision.otherwise is None:
        return None
    then = written.otherwise(decision) or value_literal(decision.otherwise)
    because = decision.otherwise_because
    notes = {"rule": Entry(OTHERWISE)} | ({"because": Entry(because)} if because else {})
    return Line((Entry(ANY),) * columns, Entry(then), notes, decision.span)


def _input(rulebase: RuleBase, column: Column, money: Mapping[str, str]) -> Input:
    domain = rulebase.domain(column.subject)
    title = " ".join(rulebase.title(column.subject).split())
    if column.is_known:
        return Input(Entry(column.subject), True, None, f"{title} is known", Kind.FLAG)
    allowed = allowed_text(domain)
    return Input(
        Entry(column.subject),
        False,
        money.get(column.subject),
        title,
        domain.kind,
        Entry(allowed) if allowed else None,
    )


def allowed_text(domain: Domain) -> str:
    """Return the values of *domain* as tests, empty where there is no end to them."""
    if domain.kind in (Kind.CHOICE, Kind.SET):
        return ", ".join(map(quoted, domain.values))
    if domain.lowest is None or domain.highest is None:
        return ""
    return f"[{point_text(domain.lowest)}..{point_text(domain.highest)}]"


def _outputs(decision: Decision) -> str:
    return "" if decision.hit_policy is HitPolicy.COLLECT_COUNT else allowed_text(decision.domain)


def _about(rulebase: RuleBase, decision: Decision, written: Written) -> Iterator[tuple[str, str]]:
    """Yield what the head of the decision's file says, beside what the table itself shows."""
    domain = decision.domain
    yield "title", decision.title
    if domain.kind.is_number and decision.hit_policy is not HitPolicy.COLLECT_COUNT:
        if domain.lowest is not None and domain.highest is not None:
            yield "lowest", decimal_text(domain.lowest)
            yield "highest", decimal_text(domain.highest)
        if domain.decimals:
            yield "decimals", str(domain.decimals)
        if domain.unit:
            yield "unit", domain.unit
    catalogue = _catalogue(rulebase, domain)
    if catalogue is not None:
        yield "values", catalogue
    else:
        yield from ((f"value {name}", words) for name, words in domain.values.items())
    for name, members in domain.sets.items():
        yield f"set {name}", ", ".join(sorted(members))
    for tier in decision.tiers:
        yield f"tier {tier}", decision.tier_words.get(tier, "")
    if decision.gates:
        yield "gates", ", ".join(tier for tier in decision.tiers if tier in decision.gates)
    if decision.without:
        yield "without", decision.without
    if decision.sources:
        yield "sources", ", ".join(decision.sources)
    for name in sorted(_parameters(decision, written)):
        yield f"parameter {name}", decimal_text(rulebase.parameters[name].value)
    yield from sorted(_ignores(rulebase, decision))


def _catalogue(rulebase: RuleBase, domain: Domain) -> str | None:
    """Return the catalogue whose entries are the values of *domain*, or None."""
    for name, entries in rulebase.catalogues.items():
        if entries and {entry.name: entry.title for entry in entries.values()} == domain.values:
            return name
    return None


def _parameters(decision: Decision, written: Written) -> set[str]:
    otherwise = written.otherwise(decision)
    named = {name for rule in decision.rules for name in rule.parameters}
    return named | ({otherwise} if otherwise else set())


def _ignores(rulebase: RuleBase, decision: Decision) -> Iterator[tuple[str, str]]:
    """Yield what an audit leaves alone of the decision, its rules and its values."""
    rules = {rule.name for rule in decision.rules}
    for ignore in rulebase.ignores:
        owner, _, name = ignore.subject.partition("/")
        if owner == decision.name and (not name or name in rules or name in decision.domain.values):
            yield f"ignore {ignore.kind} {name}".strip(), ignore.because
