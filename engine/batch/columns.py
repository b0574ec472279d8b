"""Which column states which fact, and which columns of a verdict come out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from amends.engine.diagnostics import Code, Problems, Span, did_you_mean, listed
from amends.engine.diagnostics import Source as Text
from amends.engine.rulebase import RuleBase

DEFAULT = ("remedy", "status", "decisions", "money.amount", "money.currency", "money.form", "assumptions")
CURRENCY = "currency"
"""A column of that name is the currency of its row, as in a case."""
REASON = "reason"
"""The last column that is written: why a row was refused."""
PARTS: Mapping[str, tuple[str, ...]] = {
    "status": (),
    "remedy": (),
    "possible": (),
    "reading": (),
    "decisions": ("*",),
    "possible_decisions": ("*",),
    "measures": ("*",),
    "companions": (),
    "avoid": (),
    "money": ("status", "basis", "amount", "low", "high", "currency", "form", "formula", "owed_to"),
    "assumptions": (),
    "withdrawn": (),
    "fired": (),
    "undecided": (),
}
"""What can come out, and of what part; `*` stands for names of the rule base."""


@dataclass(frozen=True)
class Layout:
    """Of one input: the fact that each column states, and what comes out under which name."""

    columns: tuple[str, ...]
    facts: Mapping[str, str]
    out: Mapping[str, str]
    """By the name of the column that is written, the part of the verdict in it; `reason` is the last."""

    @property
    def written(self) -> tuple[str, ...]:
        """All columns of the output, those of the input first."""
        return (*self.columns, *self.out)


def layout(
    rulebase: RuleBase,
    columns: Sequence[str],
    source: str,
    *,
    mapped: Iterable[str] = (),
    kept: Iterable[str] = (),
    parts: Sequence[str] = DEFAULT,
    prefix: str = "",
) -> Layout:
    """Return how the *columns* of *source* are read and what is written.

    *mapped* are texts `column=fact`; *kept* columns state nothing and come out as they are, as do all whose
    name is near to no fact. Raises `InputError` with everything that is wrong.

    >>> from amends.engine import load
    >>> found = layout(load().rulebase, ("id", "cause"), "cases.csv", parts=("remedy",))
    >>> dict(found.facts), found.written
    ({'cause': 'cause'}, ('id', 'cause', 'remedy', 'reason'))
    """
    problems = Problems()
    place = Span.whole(Text(source))
    facts = dict(_mapped(mapped, columns, rulebase, place, problems))
    kept = {*kept}
    for name in sorted(kept - {*columns}):
        problems.add(
            Code.UNKNOWN_NAME, f"`{source}` has no column `{name}`", place, help=_near(name, columns)
        )
    for column in columns:
        if column in facts or column in kept or column == CURRENCY:
            continue
        if column in rulebase.facts:
            facts[column] = column
        elif near := did_you_mean(column, rulebase.facts):
            problems.add(
                Code.UNKNOWN_FACT,
                f"the column `{column}` is no fact",
                place,
                help=f"{near} Say so with `--map {column}=FACT`; `--keep {column}` says that it is none",
            )
    _once(columns, facts, place, problems)
    out = {f"{prefix}{part}": part for part in (*dict.fromkeys(parts), REASON)}
    for part in parts:
        _check_part(part, rulebase, place, problems)
    for name in out.keys() & {*columns}:
        help = "put something before the names that are written, such as `--prefix verdict_`"
        problems.add(Code.DUPLICATE_NAME, f"`{source}` has a column `{name}` already", place, help=help)
    if columns and not facts and not problems.found:
        help = "name the columns as facts, see `amends facts`, or use `--map COLUMN=FACT`"
        problems.add(Code.WRONG_SHAPE, f"no column of `{source}` states a fact", place, help=help)
    problems.stop()
    return Layout(tuple(columns), facts, out)


def _mapped(
    mapped: Iterable[str], columns: Sequence[str], rulebase: RuleBase, place: Span, problems: Problems
) -> Iterable[tuple[str, str]]:
    for text in mapped:
        column, equals, fact = text.rpartition("=")
        if not equals:
            help = "write `--map COLUMN=FACT`"
            problems.add(Code.WRONG_SHAPE, f"`{text}` maps no column to a fact", place, help=help)
        elif column not in columns:
            message = f"there is no column `{column}`"
            problems.add(Code.UNKNOWN_NAME, message, place, help=_near(column, columns))
        elif fact not in rulebase.facts:
            help = did_you_mean(fact, rulebase.facts) or "`amends facts` lists them"
            problems.add(Code.UNKNOWN_FACT, f"there is no fact `{fact}`", place, help=help)
        else:
            yield column, fact


def _once(columns: Sequence[str], facts: Mapping[str, str], place: Span, problems: Problems) -> None:
    """Report two columns of one name, and two that state one fact."""
    for name in sorted({column for column in columns if columns.count(column) > 1}):
        message = f"two columns are called `{name}`"
        problems.add(Code.DUPLICATE_KEY, message, place, help="rename one of them")
    for fact in sorted(set(facts.values())):
        several = [column for column, stated in facts.items() if stated == fact]
        if len(several) > 1:
            message = f"the columns {listed(several)} all state `{fact}`"
            help = f"keep one of them aside with `--keep {several[-1]}`"
            problems.add(Code.DUPLICATE_KEY, message, place, help=help)


def _check_part(part: str, rulebase: RuleBase, place: Span, problems: Problems) -> None:
    name, dot, inner = part.partition(".")
    if name not in PARTS:
        help = did_you_mean(name, PARTS) or f"one of {listed(PARTS, 20)}"
        problems.add(Code.UNKNOWN_NAME, f"a verdict has no `{name}` to write", place, help=help)
        return
    inside = PARTS[name]
    known = (*rulebase.decisions, *rulebase.measures) if inside == ("*",) else inside
    if dot and inner not in known:
        help = did_you_mean(inner, known) or f"write `{name}` alone"
        problems.add(Code.UNKNOWN_NAME, f"`{name}` has no `{inner}`", place, help=help)


def _near(name: str, columns: Sequence[str]) -> str:
    return did_you_mean(name, columns) or f"it has {listed(columns, 30)}"
