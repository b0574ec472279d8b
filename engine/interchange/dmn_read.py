"""A decision table out of a DMN document: one decision, its inputs, its rows, and what they rest on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from amends.engine.diagnostics import Code, Diagnostic, InputError, Problems, Span, did_you_mean, listed
from amends.engine.interchange.dmn_names import ABOUT, AMENDS, BECAUSE, FILTER, POLICIES, READABLE
from amends.engine.interchange.feel import ANY
from amends.engine.interchange.sheet import NOTES, OTHERWISE, Entry, Input, Line, Sheet
from amends.engine.interchange.xml_form import Element
from amends.engine.loading.checks import CITATION
from amends.engine.loading.fields import SNAKE

_EXPRESSION = re.compile(r"(?P<subject>[A-Za-z_][A-Za-z0-9_]*)(?P<known>\s*!=\s*null)?\Z")
_CURRENCY = re.compile(r"\((?P<currency>[A-Z]{3})\)\s*\Z")
_TRAILER = re.compile(r"(?P<because>.*?)\s*\[(?P<said>[^\[\]]*)\]\s*\Z", re.DOTALL)
_OTHERS = (
    "literalExpression",
    "context",
    "invocation",
    "relation",
    "list",
    "functionDefinition",
    "conditional",
)


@dataclass(frozen=True, slots=True)
class Read:
    """What a document holds: a table, and what else is in it that was not read."""

    sheet: Sheet
    notes: tuple[str, ...] = ()


def sheet_of_dmn(
    root: Element, problems: Problems, *, wanted: str | None, parameters: frozenset[str]
) -> Read:
    """Return the table of the decision that is *wanted*, or of the only one. Raises `InputError`.

    *parameters* are those that the rule base has: a decision of that name is its value, to be compared.
    """
    if root.name != "definitions" or root.namespace not in READABLE:
        message = "this is no DMN 1.3, 1.4 or 1.5"
        help = "save it as DMN 1.3 or later, as modellers do since 2020"
        raise _wrong(message, root.span, help)
    decisions = list(root.all("decision"))
    decision = _chosen(decisions, wanted, root)
    table = decision.one("decisionTable")
    assert table is not None, "it was chosen for its table"
    reader = _Reader(table, problems)
    reader.check_language(root, "the document")
    about = {
        element.get("key"): Entry(" ".join(element.text.split()), element.span, f"`{element.get('key')}`")
        for holder in decision.all("extensionElements")
        for element in holder.children
        if element.name == ABOUT and element.namespace == AMENDS
    }
    name, title = _name(decision)
    about.setdefault("title", Entry(title, decision.span))
    notes = []
    for other in decisions:
        expression = other.one("literalExpression")
        text = "".join(expression.text_of("text").split()) if expression is not None else ""
        taken = _taken_out(text, decision.get("id"))
        if other is decision:
            continue
        if other.get("id") in parameters and expression is not None:
            about[f"parameter {other.get('id')}"] = Entry(text, expression.span, f"`{other.get('id')}`")
        elif taken is not None and expression is not None:
            about["without"] = Entry(taken, expression.span, f"`{other.get('id')}`")
            name, title = _name(other)
            about["title"] = Entry(title, other.span)
        else:
            notes.append(f"the decision `{_name(other)[0]}` of the same file is not read")
    policy = (table.get("hitPolicy") or "UNIQUE", table.get("aggregation"))
    policy_text = POLICIES.get(policy, " ".join(filter(None, policy)).lower())
    because = about.pop(BECAUSE, None)
    sheet = Sheet(
        decides=Entry(name, decision.span, f"`{decision.get('name') or decision.get('id')}`"),
        policy=Entry(policy_text, table.span, "the table"),
        inputs=tuple(reader.inputs()),
        lines=tuple(reader.lines()),
        about=about,
        span=table.span,
    )
    output = next(table.all("output"), None)
    if output is not None:
        sheet = replace(sheet, outputs=reader.entry(output.one("outputValues"), "the output"))
        default = reader.entry(output.one("defaultOutputEntry"), "the default output")
        if default is not None and default.text:
            said = {"rule": Entry(OTHERWISE)} | ({"because": because} if because is not None else {})
            cells = (Entry(ANY),) * len(sheet.inputs)
            sheet = replace(sheet, otherwise=Line(cells, default, said, default.span, default.where))
    unread = [
        f"the annotations under `{each}` are not read" for each in reader.annotations if each not in NOTES
    ]
    return Read(sheet, (*notes, *unread))


def _chosen(decisions: list[Element], wanted: str | None, root: Element) -> Element:
    """Return the decision to read: the one of that name, or the only one that has a table."""
    tables = [decision for decision in decisions if decision.one("decisionTable") is not None]
    names = {
        name: table
        for table in tables
        for name in (table.get("id"), table.get("name"), _name(table)[0])
        if name
    }
    if wanted is not None:
        if wanted in names:
            return names[wanted]
        help = did_you_mean(wanted, names) or f"the tables here are {listed(sorted(names)) or 'none'}"
        raise _wrong(f"no decision table here is called `{wanted}`", root.span, help)
    if len(tables) == 1:
        return tables[0]
    if not tables:
        kinds = [kind for decision in decisions for kind in _OTHERS if decision.one(kind) is not None]
        what = f"; there is a {kinds[0]}, which no decision of a rule base can be" if kinds else ""
        raise _wrong(
            f"there is no decision table in this file{what}", root.span, "draw the decision as a table"
        )
    help = f"say which with --decision, one of {listed(_name(table)[0] for table in tables)}"
    raise _wrong("there are several decision tables in this file", tables[1].span, help)


def _name(decision: Element) -> tuple[str, str]:
    """Return what a decision is called in a rule base, and its title."""
    identifier, name = decision.get("id"), " ".join(decision.get("name").split())
    if SNAKE.match(identifier):
        return identifier, name or identifier
    plain = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in name.lower())
    return "_".join(plain.split()) or identifier, name


def _taken_out(text: str, table: str) -> str | None:
    """Return the set that *text* takes out of what *table* gathers, or None if it does something else."""
    start, end = ("".join(part.split()) for part in FILTER.format(table=table, without="\0").split("\0"))
    inside = text.removeprefix(start).removesuffix(end)
    return inside if text == f"{start}{inside}{end}" and SNAKE.match(inside) else None


def _wrong(message: str, span: Span, help: str) -> InputError:
    return InputError([Diagnostic(Code.WRONG_SHAPE, message, span, help=help)])


class _Reader:
    """Reads the columns and rows of one table; faults go to `problems`."""

    def __init__(self, table: Element, problems: Problems) -> None:
        self.table = table
        self.problems = problems
        self.annotations = [each.get("name") for each in table.all("annotation")]
        self.heads = list(table.all("input"))
        outputs = list(table.all("output"))
        if len(outputs) != 1:
            message = f"the table has {len(outputs)} outputs, and a decision has one value"
            at = outputs[1].span if outputs else table.span
            raise _wrong(message, at, "make a table for each output")
        self.check_language(outputs[0], "the output")

    def check_language(self, element: Element, where: str) -> None:
        """Report a language other than FEEL."""
        for each in (element, *(child for child in element.children if child.get("expressionLanguage"))):
            language = each.get("expressionLanguage")
            if language and "feel" not in language.lower():
                message = f"{where}: this is written in `{language}`"
                self.problems.add(Code.UNFIT_TEST, message, each.span, help="write it in FEEL")

    def entry(self, element: Element | None, where: str) -> Entry | None:
        """Return the text of an element, or None if it is not there."""
        if element is None:
            return None
        self.check_language(element, where)
        return Entry(element.text_of("text"), element.span, where)

    def inputs(self) -> Iterator[Input]:
        for at, head in enumerate(self.heads, start=1):
            expression = head.one("inputExpression")
            where = f"input {at}"
            entry = self.entry(expression, where) or Entry("", head.span, where)
            found = _EXPRESSION.match(entry.text)
            if found is None:
                message = f"{where}: `{entry.text}` is not the name of a fact, a measure or a decision"
                if not entry.text:
                    message = f"{where}: its expression is empty"
                self.problems.add(
                    Code.UNKNOWN_NAME, message, entry.span, help="write the name alone, as its expression"
                )
                yield Input(replace(entry, text=""))
                continue
            currency = _CURRENCY.search(head.get("label"))
            yield Input(
                replace(entry, text=found["subject"]),
                bool(found["known"]),
                currency["currency"] if currency else None,
                head.get("label"),
                allowed=_filled(self.entry(head.one("inputValues"), f"the values of `{found['subject']}`")),
            )

    def lines(self) -> Iterator[Line]:
        names = [
            head.text_of("text") or f"input {at}" for at, head in enumerate(self._expressions(), start=1)
        ]
        for number, rule in enumerate(self.table.all("rule"), start=1):
            where = f"row {number}"
            cells = [self.entry(cell, where) for cell in rule.all("inputEntry")]
            thens = [self.entry(cell, f"{where}, the output") for cell in rule.all("outputEntry")]
            if len(cells) != len(self.heads) or len(thens) != 1:
                has = f"{len(cells)} cells and {len(thens)} outputs"
                message = f"{where} has {has}, and the table {len(self.heads)} and 1"
                self.problems.add(Code.WRONG_SHAPE, message, rule.span, help="give it a cell for each column")
                continue
            then = thens[0]
            assert then is not None
            placed = [
                replace(cell, where=f"{where}, `{name}`")
                for cell, name in zip(cells, names, strict=True)
                if cell is not None
            ]
            yield Line(tuple(placed), then, self._notes(rule, where), rule.span, where)

    def _expressions(self) -> Iterator[Element]:
        for head in self.heads:
            yield head.one("inputExpression") or head

    def _notes(self, rule: Element, where: str) -> dict[str, Entry]:
        """Return what is said of a row: its annotation, and what stands at its end in brackets."""
        found: dict[str, Entry] = {}
        for name, element in zip(self.annotations, rule.all("annotationEntry"), strict=False):
            text = " ".join(element.text_of("text").split())
            if name in NOTES and text:
                found[name] = Entry(text, element.span, f"{where}, `{name}`")
        description = rule.one("description")
        if description is None:
            return found
        because = " ".join(description.text.split())
        place = Entry("", description.span, f"{where}, its annotation")
        if "sources" not in found:
            because, said = _trailer(because)
            found |= {name: replace(place, text=text) for name, text in said.items()}
        if because:
            found["because"] = replace(place, text=because)
        return found


def _trailer(text: str) -> tuple[str, dict[str, str]]:
    """Return *text* without what it says at its end of its row, and that.

    >>> _trailer("It is so. [S000:L13]"), _trailer("It is so. [tier: exit; sources: S1, S2]")
    (('It is so.', {'sources': 'S000:L13'}), ('It is so.', {'tier': 'exit', 'sources': 'S1, S2'}))
    """
    found = _TRAILER.match(text)
    if found is None:
        return text, {}
    said = found["said"].strip()
    if said and all(CITATION.match(each.strip()) for each in said.split(",")):
        return found["because"], {"sources": said}
    pairs = [part.partition(":") for part in said.split(";")]
    if all(colon and name.strip() in NOTES for name, colon, _ in pairs):
        return found["because"], {name.strip(): " ".join(value.split()) for name, _, value in pairs}
    return text, {}


def _filled(entry: Entry | None) -> Entry | None:
    return entry if entry is not None and entry.text else None
