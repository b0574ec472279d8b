"""A table as DMN 1.3: one decision table with its inputs, and a diagram of them, for any modeller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from amends.engine.interchange.dmn_names import (
    AMENDS,
    BECAUSE,
    BEFORE,
    DC,
    DI,
    DMN_13,
    DMNDI_13,
    FILTER,
    HIT_POLICIES,
    INPUT,
)
from amends.engine.interchange.sheet import NOTES, Entry, Input, Line, Sheet
from amends.engine.interchange.xml_form import escape
from amends.engine.rulebase import HitPolicy, Kind

_TYPES = {
    Kind.CHOICE: "string",
    Kind.FLAG: "boolean",
    Kind.COUNT: "number",
    Kind.NUMBER: "number",
    Kind.MONEY: "number",
    Kind.DATE: "date",
}
_ANNOTATIONS = [note for note in NOTES if note != "because"]
_WIDE, _HIGH, _GAP, _IN_A_ROW = 180, 60, 20, 6
_LEFT, _TOP = 160, 80


def dmn_text(sheet: Sheet) -> str:
    """Return *sheet*, of a decision with one of the policies of a rule base, as a DMN document."""
    return "\n".join(_document(_Drawing(sheet))) + "\n"


@dataclass(slots=True)
class _Drawing:
    """A sheet with the names of what is drawn of it."""

    sheet: Sheet

    @property
    def name(self) -> str:
        return self.sheet.decides.text

    @property
    def table(self) -> str:
        """The decision that has the table: what it gathers is not all that stands where some is taken out."""
        return self.name + (BEFORE if self.sheet.said("without") else "")

    @property
    def subjects(self) -> list[Input]:
        found: dict[str, Input] = {}
        for each in self.sheet.inputs:
            if each.subject.text not in found or not each.is_known:
                found[each.subject.text] = each
        return list(found.values())

    @property
    def taken_out(self) -> str:
        return self.sheet.said("without")

    @property
    def inputs(self) -> list[str]:
        """What is handed in, each once."""
        names = [each.subject.text for each in self.subjects]
        return list(dict.fromkeys([*names, *([self.taken_out] if self.taken_out else [])]))

    @property
    def parameters(self) -> list[tuple[str, Entry]]:
        return list(self.sheet.named("parameter"))


def _document(drawing: _Drawing) -> Iterator[str]:
    sheet = drawing.sheet
    title = escape(sheet.said("title") or drawing.name)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<definitions xmlns="{DMN_13}" xmlns:dmndi="{DMNDI_13}" xmlns:dc="{DC}" xmlns:di="{DI}"'
    yield f'             xmlns:amends="{AMENDS}" id="definitions-{drawing.name}" name="{title}"'
    yield f'             namespace="{AMENDS}" exporter="amends">'
    for each in drawing.subjects:
        if each.kind is Kind.SET and each.allowed is not None:
            yield f'  <itemDefinition id="type-{each.subject.text}" name="{_type(each)}" isCollection="true">'
            yield "    <typeRef>string</typeRef>"
            yield f"    <allowedValues><text>{escape(each.allowed.text)}</text></allowedValues>"
            yield "  </itemDefinition>"
    types = {each.subject.text: _type(each) for each in drawing.subjects if not each.is_known}
    for name in drawing.inputs:
        of_type = f' typeRef="{types[name]}"' if name in types else ""
        yield f'  <inputData id="{INPUT}{name}" name="{name}">'
        yield f'    <variable id="variable-{name}" name="{name}"{of_type} />'
        yield "  </inputData>"
    for name, entry in drawing.parameters:
        yield f'  <decision id="{name}" name="{name}">'
        yield f'    <variable id="variable-{name}" name="{name}" typeRef="number" />'
        text = escape(entry.text)
        yield f'    <literalExpression id="value-{name}"><text>{text}</text></literalExpression>'
        yield "  </decision>"
    if drawing.taken_out:
        yield f'  <decision id="{drawing.name}" name="{title}">'
        yield f'    <variable id="variable-{drawing.name}" name="{drawing.name}" />'
        yield from _requires(drawing.name, decisions=[drawing.table], inputs=[drawing.taken_out])
        filtered = FILTER.format(table=drawing.table, without=drawing.taken_out)
        yield f'    <literalExpression id="filter-{drawing.name}"><text>{filtered}</text></literalExpression>'
        yield "  </decision>"
    yield from _decision(drawing, title)
    yield from _diagram(drawing)
    yield "</definitions>"


def _requires(name: str, decisions: Iterable[str], inputs: Iterable[str]) -> Iterator[str]:
    for kind, targets in (
        ("requiredDecision", decisions),
        ("requiredInput", (f"{INPUT}{n}" for n in inputs)),
    ):
        for target in targets:
            yield f'    <informationRequirement id="{_edge(name, target)}">'
            yield f'      <{kind} href="#{target}" />'
            yield "    </informationRequirement>"


def _edge(name: str, target: str) -> str:
    return f"{name}-needs-{target}"


def _type(each: Input) -> str:
    if each.kind is Kind.SET:
        return f"{each.subject.text}_members"
    return _TYPES[each.kind or Kind.CHOICE]


def _decision(drawing: _Drawing, title: str) -> Iterator[str]:
    sheet, policy = drawing.sheet, HitPolicy(drawing.sheet.policy.text)
    is_number = sheet.about.keys() >= {"lowest"} or policy is HitPolicy.COLLECT_COUNT
    of_type = "number" if is_number and policy is not HitPolicy.COLLECT_COUNT else "string"
    name = title if drawing.table == drawing.name else f"{title}, before any is taken out"
    yield f'  <decision id="{drawing.table}" name="{name}">'
    yield "    <extensionElements>"
    for key, entry in sheet.about.items():
        if key not in ("title", "without") and not key.startswith("parameter "):
            yield f'      <amends:about key="{escape(key)}">{escape(entry.text)}</amends:about>'
    because = sheet.otherwise.note("because") if sheet.otherwise is not None else ""
    if because and policy is not HitPolicy.PRIORITY:
        yield f'      <amends:about key="{BECAUSE}">{escape(because)}</amends:about>'
    yield "    </extensionElements>"
    variable = drawing.table
    yield f'    <variable id="variable-{variable}" name="{variable}"{_variable_type(policy, of_type)} />'
    yield from _requires(
        drawing.table,
        decisions=[name for name, _ in drawing.parameters],
        inputs=[each.subject.text for each in drawing.subjects],
    )
    code, aggregation = HIT_POLICIES[policy]
    gathers = f' aggregation="{aggregation}"' if aggregation else ""
    yield f'    <decisionTable id="table-{drawing.name}" hitPolicy="{code}"{gathers}>'
    for at, each in enumerate(sheet.inputs, start=1):
        yield from _input(at, each)
    yield f'      <output id="output-1" label="{title}" name="{drawing.table}" typeRef="{of_type}">'
    if sheet.outputs is not None and sheet.outputs.text:
        text = escape(sheet.outputs.text)
        yield f'        <outputValues id="output-values"><text>{text}</text></outputValues>'
    lines = list(sheet.lines)
    if sheet.otherwise is not None and policy is HitPolicy.PRIORITY:
        lines.append(sheet.otherwise)
    elif sheet.otherwise is not None:
        text = escape(sheet.otherwise.then.text)
        yield f'        <defaultOutputEntry id="default-output"><text>{text}</text></defaultOutputEntry>'
    yield "      </output>"
    notes = [note for note in _ANNOTATIONS if any(line.note(note) for line in lines)]
    for note in notes:
        yield f'      <annotation name="{note}" />'
    for at, line in enumerate(lines, start=1):
        yield from _rule(at, line, notes)
    yield "    </decisionTable>"
    yield "  </decision>"


def _variable_type(policy: HitPolicy, of_type: str) -> str:
    if policy is HitPolicy.COLLECT:
        return ""
    return ' typeRef="number"' if policy is HitPolicy.COLLECT_COUNT else f' typeRef="{of_type}"'


def _input(at: int, each: Input) -> Iterator[str]:
    label = escape(f"{each.title} ({each.currency})" if each.currency else each.title)
    text = f"{each.subject.text} != null" if each.is_known else each.subject.text
    yield f'      <input id="input-{at}" label="{label}">'
    yield f'        <inputExpression id="expression-{at}" typeRef="{_type(each)}">'
    yield f"          <text>{text}</text>"
    yield "        </inputExpression>"
    if each.allowed is not None and each.kind is not Kind.SET:
        yield f'        <inputValues id="values-{at}"><text>{escape(each.allowed.text)}</text></inputValues>'
    yield "      </input>"


def _rule(at: int, line: Line, notes: list[str]) -> Iterator[str]:
    yield f'      <rule id="rule-{at}">'
    if line.note("because"):
        yield f"        <description>{escape(line.note('because'))}</description>"
    for column, cell in enumerate(line.cells, start=1):
        yield f'        <inputEntry id="cell-{at}-{column}"><text>{escape(cell.text)}</text></inputEntry>'
    yield f'        <outputEntry id="then-{at}"><text>{escape(line.then.text)}</text></outputEntry>'
    for note in notes:
        yield f"        <annotationEntry><text>{escape(line.note(note))}</text></annotationEntry>"
    yield "      </rule>"


# --- The diagram --------------------------------------------------------------------------------


def _diagram(drawing: _Drawing) -> Iterator[str]:
    """Yield the shapes: what is decided above, what it needs in rows below, each half a step aside."""
    needed = [name for name, _ in drawing.parameters] + [f"{INPUT}{name}" for name in drawing.inputs]
    in_a_row = _IN_A_ROW if len(needed) <= 4 * _IN_A_ROW else 2 * _IN_A_ROW
    step = _WIDE + _GAP
    middle = _LEFT + (min(len(needed), in_a_row) * step - _GAP - _WIDE) // 2
    places = {drawing.table: (middle, _TOP + _HIGH + 2 * _GAP)}
    if drawing.table != drawing.name:
        places[drawing.name] = (middle, _TOP)
    for at, target in enumerate(needed):
        row, column = divmod(at, in_a_row)
        places[target] = (_LEFT + column * step + row % 2 * step // 2, _TOP + (row + 3) * (_HIGH + 2 * _GAP))
    yield "  <dmndi:DMNDI>"
    yield '    <dmndi:DMNDiagram id="diagram-1">'
    for target, (left, top) in places.items():
        yield f'      <dmndi:DMNShape id="shape-{target}" dmnElementRef="{target}">'
        yield f'        <dc:Bounds x="{left}" y="{top}" width="{_WIDE}" height="{_HIGH}" />'
        yield "      </dmndi:DMNShape>"
    for name, target in _edges(drawing):
        (left, top), (under_left, under_top) = places[target], places[name]
        yield f'      <dmndi:DMNEdge id="edge-{_edge(name, target)}" dmnElementRef="{_edge(name, target)}">'
        yield f'        <di:waypoint x="{left + _WIDE // 2}" y="{top}" />'
        yield f'        <di:waypoint x="{under_left + _WIDE // 2}" y="{under_top + _HIGH}" />'
        yield "      </dmndi:DMNEdge>"
    yield "    </dmndi:DMNDiagram>"
    yield "  </dmndi:DMNDI>"


def _edges(drawing: _Drawing) -> Iterator[tuple[str, str]]:
    if drawing.table != drawing.name:
        yield drawing.name, drawing.table
        yield drawing.name, f"{INPUT}{drawing.taken_out}"
    for name, _ in drawing.parameters:
        yield drawing.table, name
    for each in drawing.subjects:
        yield drawing.table, f"{INPUT}{each.subject.text}"
