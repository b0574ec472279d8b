"""Knowledge files to facts, parameters, measures, catalogues and the ways to work out money."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from amends.engine.advice import MOST_HOURS, WHO, Advice, Step
from amends.engine.diagnostics import Code, Problems, Span, did_you_mean, listed
from amends.engine.formula import Constant, Formula, FormulaError, ZeroDivisor, parse
from amends.engine.loading.fields import RESERVED, SNAKE, Fields, check_name, named_parameters
from amends.engine.loading.sources import read_day
from amends.engine.rulebase import (
    Domain,
    Fact,
    Kind,
    Measure,
    MoneyBasis,
    Parameter,
)
from amends.engine.source import ListNode, MapNode, Node, ScalarNode
from amends.engine.values import CASE_KEYS, decimal_text, read_value

CONTROLS = ("you", "client", "nobody")
OWED_TO = ("client", "you")
CATALOGUES = ("remedies", "companions", "avoid")

_PLACES = Domain(Kind.COUNT, lowest=Fraction(0), highest=Fraction(9))
_ORDER = Domain(Kind.COUNT, lowest=Fraction(0), highest=Fraction(1_000))
_HOURS = Domain(Kind.NUMBER, unit="hours", decimals=2, lowest=Fraction(0), highest=Fraction(MOST_HOURS))
_UNIT = Domain(Kind.NUMBER, decimals=9, lowest=Fraction(1, 10**9), highest=Fraction(10**9))
_DEFAULT_LIMITS = {"largest_number": Fraction(1_000_000), "largest_amount": Fraction(10_000_000)}


def read_domain(fields: Fields, kind: Kind, limits: Mapping[str, Fraction]) -> Domain:
    """Return the domain that the keys of a fact, measure or decision describe."""
    problems = fields.problems
    values: dict[str, str] = {}
    sets: dict[str, frozenset[str]] = {}
    if kind in (Kind.CHOICE, Kind.SET):
        listing = fields.entries.get("values")
        if isinstance(listing, MapNode) and not listing.entries:
            fields.wrong(f"{fields.what} has no values", listing, "write `name: words` lines below it")
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
        stated = fields.number("decimals", _PLACES) if kind is not Kind.COUNT else None
        decimals = int(stated) if stated is not None else 2 if kind is Kind.MONEY else 0
        lowest, highest = fields.number("lowest"), fields.number("highest")
        limit = "largest_amount" if kind is Kind.MONEY else "largest_number"
        lowest = Fraction(0) if lowest is None else lowest
        highest = limits.get(limit, _DEFAULT_LIMITS[limit]) if highest is None else highest
        if lowest > highest:
            at = fields.keys.get("highest") or fields.keys.get("lowest")
            problems.add(
                Code.OUT_OF_BOUNDS,
                f"{fields.what} can have no value: its lowest is above its highest",
                at.span if at else fields.span,
                help=f"`lowest` is {decimal_text(lowest)} and `highest` is {decimal_text(highest)}",
            )
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
    fields = Fields(node, f"the fact `{key.text}`", problems, key.span)
    kind = read_kind(fields)
    if not check_name(key, SNAKE, problems, RESERVED.union(CASE_KEYS)) or kind is None:
        fields.report_missing()
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
        stop_at=_read_stop_at(fields, domain),
        cues=_read_cues(fields, domain) if domain.kind in (Kind.CHOICE, Kind.SET) else {},
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


def _read_cues(fields: Fields, domain: Domain) -> dict[str, str]:
    """Return what tells each value from its neighbours; a value may do without."""
    cues: dict[str, str] = {}
    for key, node in fields.mapping("cues"):
        if key.text not in domain.values:
            near = did_you_mean(key.text, domain.values) or f"one of {listed(domain.values, 20)}"
            message = f"`{key.text}` is no value of {fields.what}"
            fields.problems.add(Code.UNKNOWN_VALUE, message, key.span, help=near)
        elif not isinstance(node, ScalarNode) or not node.text.strip():
            help = f"write `{key.text}: how to tell it`"
            fields.wrong(f"the cue for `{key.text}` of {fields.what} must be a text", node, help)
        else:
            cues[key.text] = " ".join(node.text.split())
    return cues


def _read_stop_at(fields: Fields, domain: Domain) -> frozenset[str]:
    """Return the values under `stop_at` of a choice."""
    node = fields.node("stop_at") if domain.kind is Kind.CHOICE else None
    if node is None:
        return frozenset()
    members = read_value(node, Domain(Kind.SET, domain.values), "stop_at", fields.problems)
    return members if isinstance(members, frozenset) else frozenset()


def read_parameter(key: ScalarNode, node: Node, problems: Problems) -> Parameter | None:
    """Return one parameter; it needs a source with its day unless it says that the number is ours."""
    fields = Fields(node, f"the parameter `{key.text}`", problems, key.span)
    fields.node("value", required=True)
    value = fields.number("value")
    ours = fields.flag("ours")
    parameter = Parameter(
        name=key.text,
        title=fields.text("title") or key.text.replace("_", " "),
        value=value if value is not None else Fraction(0),
        unit=fields.text("unit"),
        ours=ours,
        sources=fields.texts("sources", required=not ours),
        as_of=read_day(fields, required=not ours),
        span=key.span,
        because=fields.text("because", required=ours),
        review_by=read_day(fields, "review_by"),
    )
    fields.done()
    return parameter if check_name(key, SNAKE, problems) and value is not None else None


def read_measure(key: ScalarNode, node: Node, problems: Problems) -> Measure | None:
    """Return one measure with its formula; its bounds are worked out when all names are known."""
    fields = Fields(node, f"the measure `{key.text}`", problems, key.span)
    kind = read_kind(fields, Kind.NUMBER)
    written = fields.node("formula", required=True)
    formula: Formula = Constant(Fraction(0))
    text = fields.text("formula")
    if text is None:
        kind = None
    elif written is not None:
        try:
            formula = parse(text)
        except FormulaError as error:
            report_formula(error, written.span, text, problems)
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
        text=text or "",
        round=fields.number("round", _UNIT),
        sources=fields.texts("sources"),
        span=written.span if written is not None else key.span,
    )
    fields.done()
    return measure if check_name(key, SNAKE, problems) and kind is not None else None


def report_formula(error: FormulaError, span: Span, text: str, problems: Problems) -> None:
    """Record a fault of the formula *text* at its place within *span*, where it is written."""
    code = Code.DIVISION_BY_ZERO if isinstance(error, ZeroDivisor) else Code.BROKEN_FORMULA
    problems.add(code, str(error), part_of(span, text, error.column, error.length), help=error.help)


def part_of(span: Span, text: str, column: int, length: int) -> Span:
    """Return the place of a part of the formula *text*, which is written at *span*.

    That is the whole of *span* where the formula runs over several lines or spaces.
    """
    start = span.source.line(span.line).find(text, span.column - 1)
    if span.line != span.end_line or not text or not 0 <= start <= span.end_column - 1 - len(text):
        return span
    first = start + column
    return Span(span.source, span.line, first, span.line, first + max(1, length))


def read_advice(
    key: ScalarNode, node: Node, what: str, parameters: Mapping[str, Fraction], problems: Problems
) -> Advice | None:
    """Return one entry of a catalogue: a remedy, a companion or a thing to avoid."""
    fields = Fields(node, f"{what} `{key.text}`", problems, key.span)
    listed = fields.node("steps")
    steps: list[Step] = []
    if isinstance(listed, ListNode):
        steps = [_read_step(item, fields, parameters, problems) for item in listed.items]
    elif listed is not None:
        help = "write `- do: some words` lines below it"
        fields.wrong(f"`steps` of {fields.what} must be a list", listed, help)
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


def _read_step(node: Node, owner: Fields, parameters: Mapping[str, Fraction], problems: Problems) -> Step:
    fields = Fields(node, f"a step of {owner.what}", problems)
    order = fields.number("order", _ORDER)
    step = Step(
        do=fields.text("do", required=True) or "",
        order=50 if order is None else int(order),
        within_hours=_read_limit(fields, parameters, problems),
        sources=fields.texts("sources") or owner.texts("sources"),
        who=_read_who(fields, problems),
        by=fields.text("by"),
        promise=fields.flag("promise"),
        parameters=named_parameters(fields.entries.get("within_hours")),
    )
    fields.done()
    return step


def _read_who(fields: Fields, problems: Problems) -> str:
    who = fields.text("who") or WHO[0]
    if who not in WHO:
        help = did_you_mean(who, WHO) or f"one of {listed(WHO)}"
        problems.add(Code.UNKNOWN_VALUE, f"`{who}` does no step", fields.entries["who"].span, help=help)
    return who


def _read_limit(fields: Fields, parameters: Mapping[str, Fraction], problems: Problems) -> Fraction | None:
    """Return the hours under `within_hours`, a number or `{parameter: name}`."""
    node = fields.entries.get("within_hours")
    if not isinstance(node, MapNode):
        return fields.number("within_hours", _HOURS)
    inner = Fields(fields.node("within_hours") or node, "`within_hours`", problems)
    name = inner.text("parameter", required=True)
    inner.done()
    if name is not None and name not in parameters:
        near = did_you_mean(name, parameters) or "define it under `parameters:`"
        problems.add(Code.UNKNOWN_NAME, f"no parameter is called `{name}`", node.span, help=near)
    hours = parameters.get(name or "")
    if hours is not None and not 0 <= hours <= MOST_HOURS:
        message = f"`{name}` is {decimal_text(hours)}, and a step cannot be due then"
        problems.add(Code.OUT_OF_BOUNDS, message, node.span, help=f"a limit is 0 to {MOST_HOURS} hours")
        return None
    return hours


def read_money_basis(key: ScalarNode, node: Node, problems: Problems) -> MoneyBasis | None:
    """Return how one value of `money_basis` is worked out."""
    fields = Fields(node, f"the money basis `{key.text}`", problems, key.span)
    amount = fields.text("amount", required=True) or ""
    owed_to = fields.text("owed_to") or "client"
    if owed_to not in OWED_TO:
        help = "one of " + ", ".join(f"`{name}`" for name in OWED_TO)
        problems.add(
            Code.UNKNOWN_VALUE, f"money is not owed to `{owed_to}`", fields.entries["owed_to"].span, help=help
        )
    basis = MoneyBasis(
        name=key.text,
        title=fields.text("title", required=True) or key.text,
        amount=amount,
        low=fields.text("low") or amount,
        high=fields.text("high") or amount,
        formula=fields.text("formula", required=True) or "",
        sources=fields.texts("sources", required=True),
        span=key.span,
        floors=fields.texts("floors"),
        caps=fields.texts("caps"),
        owed_to=owed_to,
    )
    fields.done()
    return basis if check_name(key, SNAKE, problems) else None
