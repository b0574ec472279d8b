"""The rows of a table as rules: rows of one name are one rule, a row without a name is one of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from amends.engine.diagnostics import Code, Problems, did_you_mean
from amends.engine.interchange.exporting import APART
from amends.engine.interchange.ranges import CannotSay
from amends.engine.interchange.rows import (
    MOST_ROWS,
    Column,
    Row,
    again_apart,
    columns_of,
    fewest,
    meeting,
    overlap,
    widened,
)
from amends.engine.interchange.sheet import NOTES, OTHERWISE, Entry, Input, Line, Sheet
from amends.engine.interchange.unary import Outside, Token, read_cell, tokens_of, unquoted
from amends.engine.loading.fields import KEBAB, SNAKE
from amends.engine.rulebase import Domain, HitPolicy, Kind, RuleBase

FLAG = Domain(Kind.FLAG)
LONGEST_NUMBER = 40
MOST_LINES = 3 * MOST_ROWS
"""Of one rule, which may have several values."""


@dataclass(frozen=True, slots=True)
class Then:
    """What follows: a name, a number, or the name of a parameter."""

    text: str
    is_number: bool = False
    is_parameter: bool = False
    entry: Entry = field(default=Entry(""), compare=False)


@dataclass(slots=True)
class Group:
    """One rule: its rows, what follows from it, and what its rows say of it."""

    name: str
    rows: list[Row]
    thens: list[Then]
    lines: list[Line]
    notes: dict[str, Entry]
    taken: int = 0
    """How many of its lines could be read."""

    @property
    def first(self) -> Line:
        """The row that stands first."""
        return self.lines[0]

    def note(self, name: str) -> str:
        """Return what is said of the rule under *name*, empty if nothing."""
        return self.notes[name].text if name in self.notes else ""


@dataclass(slots=True)
class Grouper:
    """Reads the rows of one sheet against what a rule base knows; faults go to `problems`."""

    sheet: Sheet
    rulebase: RuleBase
    policy: HitPolicy
    problems: Problems
    parameters: Mapping[str, Fraction] = field(init=False)

    def __post_init__(self) -> None:
        self.parameters = {name: one.value for name, one in self.rulebase.parameters.items()}

    def wrong(
        self, entry: Entry | Line, message: str, help: str | None, code: Code = Code.WRONG_SHAPE
    ) -> None:
        """Report a fault at its place."""
        self.problems.add(
            code, f"{entry.where}: {message}" if entry.where else message, entry.span, help=help
        )

    def order(self) -> list[Column]:
        """Return what the columns are about, each once, having reported those that nobody knows."""
        found = [column for each in self.sheet.inputs if (column := self._column(each)) is not None]
        either_kind = [Column(column.subject, known) for column in found for known in (True, False)]
        return list(dict.fromkeys(either_kind))

    def groups(self) -> list[Group]:
        """Return the rules, in order of their first rows."""
        found: dict[str, Group] = {}
        taken = {line.note("rule") for line in self.sheet.lines}
        for number, line in enumerate(self.sheet.lines, start=1):
            row, then = self._row(line), self.then(line.then)
            name = line.note("rule") or _free(f"row-{number}", taken)
            if not KEBAB.match(name) or name == OTHERWISE:
                better = (
                    "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
                    or "some-situation"
                )
                better = f"{better}-rule" if name == OTHERWISE else better
                self.wrong(
                    line.notes["rule"], f"`{name}` is no name of a rule", f"write `{better}`", Code.BAD_NAME
                )
                continue
            group = found.setdefault(name, Group(name, [], [], [], {}))
            self._join(group, line)
            if row is not None and then is not None:
                self._take(group, row, then)
        for group in found.values():
            self._check(group)
        return list(found.values())

    # --- Columns and cells --------------------------------------------------------------------

    def _domain(self, subject: str) -> Domain | None:
        for things in (self.rulebase.facts, self.rulebase.measures, self.rulebase.decisions):
            if subject in things and subject != self.sheet.decides.text:
                return things[subject].domain
        return None

    def _column(self, each: Input) -> Column | None:
        subject, domain = each.subject.text, self._domain(each.subject.text)
        if domain is None:
            known = [*self.rulebase.facts, *self.rulebase.measures, *self.rulebase.decisions]
            help = did_you_mean(subject, known) or "name a fact, a measure or a decision of the rule base"
            self.wrong(each.subject, f"nothing is called `{subject}`", help, Code.UNKNOWN_NAME)
            return None
        if each.is_known and subject not in self.rulebase.facts:
            help = "test the facts that it comes from"
            self.wrong(
                each.subject,
                f"only a fact is known or not, and `{subject}` is derived",
                help,
                Code.UNFIT_TEST,
            )
        if each.allowed is not None and domain.kind in (Kind.CHOICE, Kind.SET) and not each.is_known:
            for value in self.literals(each.allowed):
                if value not in domain.values:
                    help = (
                        did_you_mean(value, domain.values) or "take it out, or give the fact this value first"
                    )
                    message = f"`{value}` is no value of `{subject}`"
                    self.wrong(each.allowed, message, help, Code.UNKNOWN_VALUE)
        return Column(subject, each.is_known)

    def literals(self, entry: Entry) -> list[str]:
        """Return the texts that *entry* lists in double quotes."""
        try:
            tokens = list(tokens_of(entry.text))
        except Outside as error:
            self.wrong(entry, str(error), error.help)
            return []
        if [token.kind for token in tokens] != ["text", "sign"] * (len(tokens) // 2) + ["text"] * (
            len(tokens) % 2
        ):
            self.wrong(entry, "this is no list of values", 'write them in double quotes: `"one", "other"`')
            return []
        return [unquoted(token.text) for token in tokens if token.kind == "text"]

    def _row(self, line: Line) -> Row | None:
        """Return what the cells of *line* ask, or None after a fault."""
        found: Row | None = {}
        for each, entry in zip(self.sheet.inputs, line.cells, strict=True):
            subject = each.subject.text
            domain = FLAG if each.is_known else self._domain(subject)
            if domain is None:
                found = None
                continue
            try:
                asked = read_cell(entry.text, domain, self.parameters, subject)
                if asked.cell is None:
                    continue
                if asked.is_known and (each.is_known or subject not in self.rulebase.facts):
                    raise Outside(
                        f"whether `{subject}` is known is no question", "only a fact is known or not"
                    )
                if asked.cell.is_never or asked.cell.is_always:
                    how = "never" if asked.cell.is_never else "always"
                    raise Outside(
                        f"this {how} holds", "ask for what makes a difference, or leave the cell empty"
                    )
            except Outside as error:
                about = "" if f"`{subject}`" in f"{entry.where}{error}" else f" (`{subject}`)"
                self.wrong(entry, f"{error}{about}", error.help, error.code)
                found = None
                continue
            if found is not None:
                found = self._with(found, Column(subject, each.is_known or asked.is_known), asked.cell, line)
        return found

    def _with(self, row: Row, column: Column, cell: object, line: Line) -> Row | None:
        try:
            met = meeting(row, {column: cell})  # type: ignore[dict-item]
        except CannotSay as error:
            self.wrong(
                line, f"two cells about `{column.subject}` cannot be joined: {error}", "keep one of them"
            )
            return None
        if met is None:
            message = f"its cells about `{column.subject}` contradict each other"
            self.wrong(line, message, "keep one of them, or take the row out")
        return met

    def then(self, entry: Entry) -> Then | None:
        """Return what *entry*, an output, says; None after a fault."""
        if self.policy is HitPolicy.COLLECT_COUNT:
            return Then("", entry=entry)
        try:
            found = _then(list(tokens_of(entry.text)), self.parameters, entry)
            if self.policy is HitPolicy.COLLECT and found.is_number:
                raise Outside("a set gathers names, not numbers", "take their sum, max, min or count")
            if self.policy.is_aggregate and not found.is_number:
                raise Outside(f"`{self.policy}` takes numbers", "write a number, or `collect` names")
            return found
        except Outside as error:
            self.wrong(entry, str(error), error.help, error.code)
            return None

    # --- Rows of one rule ---------------------------------------------------------------------

    def _join(self, group: Group, line: Line) -> None:
        """Let *line* be one of the rule's, which says of it what the others say, or nothing."""
        group.lines.append(line)
        if len(group.lines) == MOST_LINES:
            message = f"`{group.name}` has more than {MOST_LINES} rows"
            self.wrong(line, message, "make several rules of it", Code.TOO_MANY_NODES)
        for key in NOTES:
            said, entry = group.notes.get(key), line.notes.get(key)
            if entry is None or not entry.text:
                continue
            if said is not None and said.text != entry.text:
                message = f"the rows of `{group.name}` differ in `{key}`"
                self.wrong(entry, message, "say the same in all of them, or give each a name of its own")
            group.notes.setdefault(key, entry)

    def _take(self, group: Group, row: Row, then: Then) -> None:
        group.taken += 1
        if then in group.thens or not group.thens:
            group.thens = group.thens or [then]
        elif self.policy is HitPolicy.COLLECT:
            group.thens.append(then)
        else:
            help = "a rule has one value; give the rows names of their own"
            self.wrong(then.entry, f"the rows of `{group.name}` end in different values", help)
        if row not in group.rows:
            group.rows.append(row)
        elif self.policy is not HitPolicy.COLLECT:
            self.wrong(group.lines[-1], f"a row of `{group.name}` stands twice", "keep one of the two")

    def _check(self, group: Group) -> None:
        """Report rows that do not make one rule, and put those together that were only kept apart."""
        if len(group.thens) > 1 and group.taken != len(group.rows) * len(group.thens):
            help = "give each value a row for each way, or a rule of its own"
            self.wrong(group.first, f"the values of `{group.name}` follow in different rows", help)
        if self.policy not in APART or len(group.rows) < 2:
            return
        for at, row in enumerate(group.rows):
            for before in group.rows[:at]:
                if overlap(before, row):
                    what = "is an error" if self.policy is HitPolicy.UNIQUE else "counts twice"
                    message = f"a case can meet two rows of `{group.name}`, which {what} in such a table"
                    self.wrong(group.lines[at], message, "let no case meet both, or make one row of them")
                    return
        group.rows = _together(group.rows)


def _together(rows: list[Row]) -> list[Row]:
    """Return *rows* as they were before they were kept apart, if that gives the same rows again."""
    try:
        wider = fewest(widened(rows))
        if columns_of(wider) == columns_of(rows) and again_apart(wider) == rows:
            return wider
    except CannotSay:
        pass
    return rows


def _then(tokens: list[Token], parameters: Mapping[str, Fraction], entry: Entry) -> Then:
    match tokens:
        case [Token("text", literal)]:
            name = unquoted(literal)
            if SNAKE.match(name):
                return Then(name, entry=entry)
            better = "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
            raise Outside(f"`{name}` is no name of a value", f"write `{better}`", Code.BAD_NAME)
        case [*_, Token("number", digits)] if len(digits) > LONGEST_NUMBER:
            raise Outside("this number is too long", f"a number has at most {LONGEST_NUMBER} signs")
        case [Token("number", digits)]:
            return Then(digits, is_number=True, entry=entry)
        case [Token("sign", "-"), Token("number", digits)]:
            return Then(f"-{digits}", is_number=True, entry=entry)
        case [Token("name", name)] if name in parameters:
            return Then(name, is_number=True, is_parameter=True, entry=entry)
        case [Token("name", name)] if name not in ("true", "false", "null"):
            help = did_you_mean(name, parameters) or "write a value in double quotes"
            raise Outside(f"no parameter is called `{name}`", help, Code.UNKNOWN_NAME)
        case []:
            raise Outside("nothing follows from this row", "write a value in double quotes, or a number")
    raise Outside(
        f"`{entry.text}` is no value of a decision", "write one value in double quotes, or one number"
    )


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "-x"
    taken.add(name)
    return name
