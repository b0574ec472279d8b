"""Knowledge files to facts, parameters, measures, catalogues, sources and constraints."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from amends.engine.diagnostics import Code, Problems
from amends.engine.formula import Constant, Formula, FormulaError, parse
from amends.engine.loading.fields import SNAKE, Fields, check_name
from amends.engine.rulebase import (
    Advice,
    Citable,
    Domain,
    Fact,
    Kind,
    Measure,
    MoneyBasis,
    Parameter,
    Step,
)
from amends.engine.source import ListNode, Node, ScalarNode
from amends.engine.values import read_value

CONTROLS = ("you", "client", "nobody")
CATALOGUES = ("remedies", "companions", "avoid")

_DEFAULT_LIMITS = {"largest_number": Fraction(1_000_000), "largest_amount": Fraction(10_000_000)}


def read_domain(fields: Fields, kind: Kind, limits: Mapping[str, Fraction]) -> Domain:
    """Return the domain that the keys of a fact, measure or decision describe."""
    problems = fields.problems
    values: dict[str, str] = {}
    sets: dict[str, frozenset[str]] = {}
    if kind in (Kind.CHOICE, Kind.SET):
        for key, node in fields.mapping("values", required=True):
            if check_name(key, SNAKE, problems):
                title = node.text if isinstance(node, ScalarNode) else ""
                values[key.text] = title.strip() or key.text.replace("_", " ")
        for key, node in fields.mapping("sets"):
            members = read_value(node, Domain(Kind.SET, values), key.text, problems)
            if key.text in values:
                problems.add(
                    Code.DUPLICATE_NAME,
                    f"`{key.text}` is already a value",
                    key.span,
                    help="name the set differently",
                )
            elif check_name(key, SNAKE, problems) and isinstance(members, frozenset):
                sets[key.text] = members
    unit = fields.text("unit")
    decimals, lowest, highest = 0, None, None
    if kind.is_number:
        stated = fields.number("decimals") if kind is not Kind.COUNT else None
        decimals = int(stated) if stated is not None else 2 if kind is Kind.MONEY else 0
        lowest, highest = fields.number("lowest"), fields.number("highest")
        limit = "largest_amount" if kind is Kind.MONEY else "largest_number"
        lowest = Fraction(0) if lowest is None else lowest
        highest = limits.get(limit, _DEFAULT_LIMITS[limit]) if highest is None else highest
    return Domain(kind, values, sets, unit, decimals, lowest, highest)


def read_kind(fields: Fields, default: Kind | None = None) -> Kind | None:
    """Return the kind under `kind`, or report it."""
    node = fields.node("kind", required=default is None)
    if node is None:
        return default
    text = node.text if isinstance(node, ScalarNode) else ""
    if text in {kind.value for kind in Kind}:
        return Kind(text)
    fields.problems.add(
        Code.UNKNOWN_VALUE,
        f"`{text}` is no kind",
        node.span,
        help="one of " + ", ".join(f"`{kind}`" for kind in Kind),
    )
    return None


def read_fact(key: ScalarNode, node: Node, limits: Mapping[str, Fraction], problems: Problems) -> Fact | None:
    """Return one fact."""
    fields = Fields(node, f"the fact `{key.text}`", problems)
    kind = read_kind(fields)
    if kind is None or not check_name(key, SNAKE, problems):
        return None
    domain = read_domain(fields, kind, limits)
    assumed = fields.node("assume")
    controls = fields.text("controls") or "nobody"
    if controls not in CONTROLS:
        span = fields.entries["controls"].span
        problems.add(
            Code.UNKNOWN_VALUE,
            f"`{controls}` does not control facts",
            span,
            help="one of `you`, `client`, `nobody`",
        )
    fact = Fact(
        name=key.text,
        title=fields.text("title") or key.text.replace("_", " "),
        question=fields.text("question", required=True) or "",
        domain=domain,
        sources=fields.texts("sources"),
        span=key.span,
        help=fields.text("help"),
        controls=controls,
        assume=None if assumed is None else read_value(assumed, domain, key.text, problems),
        stop_if=fields.text("stop_if"),
    )
    if fact.stop_if and fact.assume is None:
        problems.add(
            Code.MISSING_KEY,
            f"`{key.text}` warns with `stop_if` but assumes nothing",
            key.span,
            help="add `assume:`",
        )
    fields.done()
    return fact


def read_parameter(key: ScalarNode, node: Node, problems: Problems) -> Parameter | None:
    """Return one parameter; it needs a source unless it says that the number is ours."""
    fields = Fields(node, f"the parameter `{key.text}`", problems)
    value = fields.number("value", required=True)
    ours = fields.flag("ours")
    day = fields.node("as_of")
    as_of = None if day is None else read_value(day, Domain(Kind.DATE), "as_of", problems)
    parameter = Parameter(
        name=key.text,
        title=fields.text("title") or key.text.replace("_", " "),
        value=value if value is not None else Fraction(0),
        unit=fields.text("unit"),
        ours=ours,
        sources=fields.texts("sources", required=not ours),
        as_of=as_of if isinstance(as_of, date) else None,
        span=key.span,
    )
    fields.text("because", required=ours)
    fields.done()
    return parameter if check_name(key, SNAKE, problems) and value is not None else None


def read_measure(key: ScalarNode, node: Node, problems: Problems) -> Measure | None:
    """Return one measure with its formula; its bounds are worked out when all names are known."""
    fields = Fields(node, f"the measure `{key.text}`", problems)
    kind = read_kind(fields, Kind.NUMBER)
    written = fields.node("formula", required=True)
    formula: Formula = Constant(Fraction(0))
    text = fields.text("formula") or "0"
    if written is not None:
        try:
            formula = parse(text)
        except FormulaError as error:
            report_formula(error, written, problems)
            kind = None
    if kind is not None and kind not in (Kind.NUMBER, Kind.MONEY, Kind.FLAG, Kind.COUNT):
        problems.add(
            Code.WRONG_SHAPE,
            f"the measure `{key.text}` cannot be a {kind}",
            key.span,
            help="a measure is a number, money or a flag",
        )
        kind = None
    measure = Measure(
        name=key.text,
        title=fields.text("title") or key.text.replace("_", " "),
        domain=Domain(kind or Kind.NUMBER, unit=fields.text("unit"), decimals=2 if kind is Kind.MONEY else 9),
        formula=formula,
        text=text,
        round=fields.number("round"),
        sources=fields.texts("sources"),
        span=written.span if written is not None else key.span,
    )
    fields.done()
    return measure if check_name(key, SNAKE, problems) and kind is not None else None


def report_formula(
    error: FormulaError, written: Node, problems: Problems, code: Code = Code.BROKEN_FORMULA
) -> None:
    """Record a fault of a formula at its column within the scalar *written*."""
    from dataclasses import replace

    span = written.span
    if span.line == span.end_line and isinstance(written, ScalarNode):
        quoted = span.end_column - span.column - len(written.text)
        column = min(span.column + (1 if quoted >= 2 else 0) + error.column - 1, span.end_column)
        span = replace(span, column=column)
    problems.add(code, str(error), span, help=error.help)


def read_advice(key: ScalarNode, node: Node, what: str, problems: Problems) -> Advice | None:
    """Return one entry of a catalogue: a remedy, a companion or a thing to avoid."""
    fields = Fields(node, f"{what} `{key.text}`", problems)
    listed = fields.node("steps")
    steps: list[Step] = []
    if isinstance(listed, ListNode):
        steps = [_read_step(item, fields, problems) for item in listed.items]
    elif listed is not None:
        problems.add(Code.WRONG_SHAPE, f"`steps` of {fields.what} must be a list", listed.span)
    advice = Advice(
        name=key.text,
        title=fields.text("title", required=True) or key.text,
        summary=fields.text("summary") or "",
        steps=tuple(steps),
        sources=fields.texts("sources", required=True),
        span=key.span,
    )
    fields.done()
    return advice if check_name(key, SNAKE, problems) else None


def _read_step(node: Node, owner: Fields, problems: Problems) -> Step:
    fields = Fields(node, f"a step of {owner.what}", problems)
    order = fields.number("order")
    step = Step(
        do=fields.text("do", required=True) or "",
        order=50 if order is None else int(order),
        within_hours=fields.number("within_hours"),
        sources=fields.texts("sources") or owner.texts("sources"),
    )
    fields.done()
    return step


def read_money_basis(key: ScalarNode, node: Node, problems: Problems) -> MoneyBasis | None:
    """Return how one value of `money_basis` is worked out."""
    fields = Fields(node, f"the money basis `{key.text}`", problems)
    amount = fields.text("amount", required=True) or ""
    basis = MoneyBasis(
        name=key.text,
        title=fields.text("title", required=True) or key.text,
        amount=amount,
        low=fields.text("low") or amount,
        high=fields.text("high") or amount,
        formula=fields.text("formula", required=True) or "",
        sources=fields.texts("sources", required=True),
        span=key.span,
    )
    fields.done()
    return basis if check_name(key, SNAKE, problems) else None


def read_citable(key: ScalarNode, node: Node, problems: Problems) -> Citable:
    """Return one source; an article lists what each citable line advises."""
    fields = Fields(node, f"the source `{key.text}`", problems)
    lines: dict[int, str] = {}
    for number, gist in fields.mapping("lines"):
        if number.text.isdigit() and isinstance(gist, ScalarNode) and gist.text.strip():
            lines[int(number.text)] = " ".join(gist.text.split())
        else:
            problems.add(
                Code.WRONG_SHAPE,
                f"`{number.text}` of {fields.what} must be a line number with a text",
                number.span,
            )
    citable = Citable(
        name=key.text,
        title=fields.text("title", required=True) or key.text,
        where=fields.text("where", required=True) or "",
        lines=lines,
        span=key.span,
    )
    fields.done()
    return citable
