"""A table as rows of plain texts, as CSV and spreadsheets hold it: a header, and a row for each row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from amends.engine.diagnostics import Code, Problems, Span, did_you_mean
from amends.engine.interchange.feel import ANY
from amends.engine.interchange.sheet import NOTES, OTHERWISE, Entry, Input, Line, Sheet

ABOUT = "# "
"""Begins the name of a row that says something of the decision, in the column `because`."""
BEFORE, AFTER = ("rule", "tier", "overrides"), ("because", "sources", "review_by")
_WHEN = re.compile(r"when (?P<subject>\S+)(?P<known> != null)?(?: \((?P<currency>[A-Z]{3})\))?\Z")
_THEN = re.compile(r"then (?P<decision>\S+)\Z")
MOST_COLUMNS = 400
MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Grid:
    """A header and rows of texts."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def grid_of(sheet: Sheet) -> Grid:
    """Return *sheet* as a grid: first what is said of the decision, then its rules."""
    lines = [*sheet.lines, *([sheet.otherwise] if sheet.otherwise is not None else [])]
    used = {key for key in NOTES if any(line.note(key) for line in lines)} | {"rule", "because"}
    before, after = ([key for key in keys if key in used] for keys in (BEFORE, AFTER))
    tests = [_when(each) for each in sheet.inputs]
    header = (*before, *tests, f"then {sheet.decides.text}", *after)
    about = {"hit policy": sheet.policy.text} | {key: entry.text for key, entry in sheet.about.items()}
    rows = []
    for key, text in about.items():
        said = {"rule": f"{ABOUT}{key}", "because": text}
        rows.append(tuple(said.get(name, "") for name in header))
    for line in lines:
        cells = ["" if entry.text == ANY else entry.text for entry in line.cells]
        own = [line.note(key) for key in before]
        rows.append((*own, *cells, line.then.text, *(line.note(key) for key in after)))
    return Grid(header, tuple(rows))


def _when(each: Input) -> str:
    currency = f" ({each.currency})" if each.currency else ""
    return f"when {each.subject.text}{' != null' if each.is_known else ''}{currency}"


def sheet_of_grid(rows: Sequence[Sequence[Entry]], span: Span, problems: Problems) -> Sheet | None:
    """Return the sheet whose header and rows these are; faults go to *problems*."""
    filled = [row for row in rows if any(entry.text.strip() for entry in row)]
    if not filled:
        problems.add(
            Code.WRONG_SHAPE, "this table is empty", span, help="write a header and a row for each rule"
        )
        return None
    head = _Header(filled[0], problems)
    if head.then is None:
        help = "head the column of what follows `then NAME-OF-THE-DECISION`"
        problems.add(Code.MISSING_KEY, "no column says what is decided", filled[0][0].span, help=help)
        return None
    about: dict[str, Entry] = {}
    lines: list[Line] = []
    for row in filled[1:]:
        line = head.line(row)
        name = line.note("rule")
        if not name.startswith(ABOUT.strip()):
            lines.append(line)
            continue
        key = name.removeprefix(ABOUT.strip()).strip()
        entry = line.notes.get("because", replace(line.notes["rule"], text=""))
        for cell in (*line.cells, line.then):
            if cell.text.strip():
                message = f"{cell.where}: a row about the decision has no tests"
                problems.add(Code.WRONG_SHAPE, message, cell.span, help="empty the cell")
        if key in about:
            problems.add(
                Code.DUPLICATE_KEY, f"{entry.where}: `{key}` is said twice", entry.span, help="keep one"
            )
        about.setdefault(key, entry)
    policy = about.pop("hit policy", Entry("first", filled[0][0].span))
    _check_about(about, problems)
    decides = replace(head.then[1], text=head.decides)
    otherwise = [line for line in lines if line.note("rule") == OTHERWISE]
    for line in otherwise[1:]:
        problems.add(
            Code.DUPLICATE_NAME, f"{line.where}: `{OTHERWISE}` stands twice", line.span, help="keep one"
        )
    for line in otherwise[:1]:
        for cell in line.cells:
            if cell.text.strip() not in ("", ANY):
                message = f"{cell.where}: `{OTHERWISE}` holds where no rule does, and asks nothing itself"
                problems.add(Code.WRONG_SHAPE, message, cell.span, help="leave the cell empty")
    return Sheet(
        decides=decides,
        policy=policy,
        inputs=tuple(each for _, each in head.inputs),
        lines=tuple(line for line in lines if line.note("rule") != OTHERWISE),
        about=about,
        otherwise=otherwise[0] if otherwise else None,
        span=span,
    )


_SINGLE = ("title", "values", "lowest", "highest", "decimals", "unit", "gates", "without", "sources")
_NAMED = ("value", "set", "tier", "parameter", "ignore")


def _check_about(about: dict[str, Entry], problems: Problems) -> None:
    """Report what no decision says of itself: it would be lost."""
    for key, entry in about.items():
        if key not in _SINGLE and key.partition(" ")[0] not in _NAMED:
            near = did_you_mean(key, [*_SINGLE, "hit policy", *_NAMED]) or "take it out"
            problems.add(
                Code.UNKNOWN_KEY, f"{entry.where}: `{key}` says nothing of a decision", entry.span, help=near
            )


class _Header:
    """What each column of a grid holds."""

    def __init__(self, row: Sequence[Entry], problems: Problems) -> None:
        self.problems = problems
        self.notes: dict[str, int] = {}
        self.inputs: list[tuple[int, Input]] = []
        self.then: tuple[int, Entry] | None = None
        self.decides = ""
        for at, entry in enumerate(row):
            self._take(at, entry)
        self.width = len(row)

    def _take(self, at: int, entry: Entry) -> None:
        said = " ".join(entry.text.split())
        if found := _WHEN.match(said):
            subject = replace(entry, text=found["subject"])
            self.inputs.append((at, Input(subject, bool(found["known"]), found["currency"])))
        elif (found := _THEN.match(said)) and self.then is None:
            self.then, self.decides = (at, entry), found["decision"]
        elif said in NOTES and said not in self.notes:
            self.notes[said] = at
        else:
            help = f"head it `when NAME`, `then NAME`, or one of {', '.join(f'`{name}`' for name in NOTES)}"
            message = f"{entry.where}: `{said}` is no column of a table, or there twice"
            self.problems.add(Code.UNKNOWN_KEY, message, entry.span, help=help)

    def line(self, row: Sequence[Entry]) -> Line:
        """Return *row* by what its columns hold."""
        for entry in row[self.width :]:
            if entry.text.strip():
                message = f"{entry.where}: this cell has no header"
                self.problems.add(Code.WRONG_SHAPE, message, entry.span, help="head its column, or empty it")
        last = row[min(len(row), self.width) - 1]
        cells = [row[at] if at < len(row) else replace(last, text="") for at in range(self.width)]
        notes = {
            name: replace(cells[at], text=said)
            for name, at in self.notes.items()
            if (said := " ".join(cells[at].text.split()))
        }
        assert self.then is not None
        return Line(
            cells=tuple(cells[at] for at, _ in self.inputs),
            then=cells[self.then[0]],
            notes=notes,
            span=row[0].span,
            where=row[0].where,
        )
