"""The engines of others, each given the same rules in the form that it takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from work import Case, Decide, Timed, Work, labels, name_of

from amends.engine.cells import Both, Either, Literal, Positive


def python(work: Work) -> Decide:
    """Each rule as a function, written out and compiled: what a programmer would do by hand."""

    def text(condition: Positive) -> str:
        match condition:
            case Literal():
                return f"(c[{name_of(condition)!r}] in {set(labels(condition))!r})"
            case Both(parts):
                return f"({' and '.join(map(text, parts)) or 'True'})"
            case Either(parts):
                return f"({' or '.join(map(text, parts)) or 'False'})"

    lines = [f"    if {text(condition)}: return {value!r}" for _, condition, value in work.rules]
    space: dict[str, Any] = {}
    exec("def decide(c):\n" + "\n".join(lines) + f"\n    return {work.otherwise!r}\n", space)
    one = space["decide"]
    return lambda cases: [one(case) for case in cases]


def json_logic(work: Work) -> Decide:
    from json_logic import jsonLogic

    def tree(condition: Positive) -> Any:
        match condition:
            case Literal():
                return {"in": [{"var": name_of(condition)}, list(labels(condition))]}
            case Both(parts):
                return {"and": [tree(part) for part in parts]} if parts else True
            case Either(parts):
                return {"or": [tree(part) for part in parts]} if parts else False

    branches = [each for _, condition, value in work.rules for each in (tree(condition), value)]
    logic = {"if": [*branches, work.otherwise]}
    return lambda cases: [jsonLogic(logic, case) for case in cases]


def rule_engine(work: Work) -> Decide:
    import rule_engine as peer

    def text(condition: Positive) -> str:
        match condition:
            case Literal():
                return f"({name_of(condition)} in {json.dumps(list(labels(condition)))})"
            case Both(parts):
                return f"({' and '.join(map(text, parts)) or 'true'})"
            case Either(parts):
                return f"({' or '.join(map(text, parts)) or 'false'})"

    compiled = [(peer.Rule(text(condition)), value) for _, condition, value in work.rules]

    def one(case: Case) -> str:
        return next((value for rule, value in compiled if rule.matches(case)), work.otherwise)

    return lambda cases: [one(case) for case in cases]


def business_rules(work: Work) -> Decide:
    from business_rules import run_all
    from business_rules.actions import BaseActions, rule_action
    from business_rules.fields import FIELD_TEXT
    from business_rules.variables import BaseVariables, string_rule_variable

    def getter(name: str) -> Any:
        def get(self: Any) -> str:
            return str(self.case[name])

        get.__name__ = name
        return string_rule_variable()(get)

    members = {name: getter(name) for name in work.sizes}
    members["__init__"] = lambda self, case: setattr(self, "case", case)
    variables = type("Variables", (BaseVariables,), members)

    class Actions(BaseActions):  # type: ignore[misc]
        def __init__(self) -> None:
            self.found = work.otherwise

        @rule_action(params={"value": FIELD_TEXT})  # type: ignore[misc]
        def end(self, value: str) -> None:
            self.found = value

    def tree(condition: Positive) -> Any:
        match condition:
            case Literal():
                tests = [
                    {"name": name_of(condition), "operator": "equal_to", "value": label}
                    for label in labels(condition)
                ]
                return tests[0] if len(tests) == 1 else {"any": tests}
            case Both(parts):
                return {"all": [tree(part) for part in parts]}
            case Either(parts):
                return {"any": [tree(part) for part in parts]}

    rules = [
        {"conditions": {"all": [tree(condition)]}, "actions": [{"name": "end", "params": {"value": value}}]}
        for _, condition, value in work.rules
    ]

    def one(case: Case) -> str:
        actions = Actions()
        run_all(
            rule_list=rules,
            defined_variables=variables(case),
            defined_actions=actions,
            stop_on_first_trigger=True,
        )
        return actions.found

    return lambda cases: [one(case) for case in cases]


def zen(work: Work) -> Decide:
    import zen as peer

    inputs = [{"id": name, "name": name, "field": name} for name in work.sizes]
    rows = [
        {
            "_id": str(at),
            **{name: ", ".join(json.dumps(cell) for cell in box.get(name, ())) for name in work.sizes},
            "out": json.dumps(value),
        }
        for at, (_, box, value) in enumerate(work.boxes)
    ]
    rows.append({"_id": "last", **dict.fromkeys(work.sizes, ""), "out": json.dumps(work.otherwise)})
    content = {
        "hitPolicy": "first",
        "inputs": inputs,
        "outputs": [{"id": "out", "name": "out", "field": "out"}],
        "rules": rows,
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        {"id": "table", "type": "decisionTableNode", "name": "table", "content": content},
        {"id": "end", "type": "outputNode", "name": "end"},
    ]
    edges = [
        {"id": "a", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "b", "type": "edge", "sourceId": "table", "targetId": "end"},
    ]
    decision = peer.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    return lambda cases: [decision.evaluate(dict(case))["result"]["out"] for case in cases]


def clipspy(work: Work) -> Decide:
    """CLIPS; its facts are retracted after each case, for they are never forgotten by themselves."""
    import clips

    environment = clips.Environment()
    slots = " ".join(f"(slot {name} (type SYMBOL))" for name in work.sizes)
    environment.build(f"(deftemplate incident {slots})")
    environment.build("(defglobal ?*end* = nil)")
    rows = list(work.boxes)
    for at, (_, box, value) in enumerate(rows):
        tests = " ".join(f"({name} {'|'.join(cells)})" for name, cells in box.items())
        environment.build(
            f"(defrule r{at} (declare (salience {len(rows) - at})) (incident {tests}) "
            f'=> (bind ?*end* "{value}") (halt))'
        )
    template = environment.find_template("incident")
    end = environment.find_global("end")

    def one(case: Case) -> str:
        end.value = work.otherwise
        fact = template.assert_fact(**{name: clips.Symbol(cell) for name, cell in case.items()})
        environment.run()
        fact.retract()
        return str(end.value)

    return lambda cases: [one(case) for case in cases]


def durable_rules(work: Work) -> Decide:
    """Bare: every row a rule, the order by `pri`; what fires first writes the end down."""
    import functools
    import operator

    from durable.lang import assert_fact, delete_state, m, pri, ruleset, when_all

    found: list[tuple[int, str]] = []
    rows = list(work.boxes)

    def noting(at: int, value: str) -> Callable[[Any], None]:
        def fire(c: Any) -> None:
            found.append((at, value))

        return fire

    with ruleset("peers"):
        for at, (_, box, value) in enumerate(rows):
            tests = [
                functools.reduce(operator.or_, [getattr(m, name) == cell for cell in cells])
                for name, cells in box.items()
            ]
            condition = functools.reduce(operator.and_, tests)

            when_all(pri(at), condition)(noting(at, value))
        # A fact that no rule reads is an error to it, and leaves memory behind in disorder.
        when_all(pri(len(rows)), m.t == 1)(noting(len(rows), work.otherwise))

    def one(number: int, case: Case) -> str:
        found.clear()
        assert_fact("peers", {"sid": str(number), "t": 1, **case})
        delete_state("peers", str(number))
        return min(found)[1]

    return lambda cases: [one(number, case) for number, case in enumerate(cases, 1)]


def spiff(work: Work) -> Decide:
    from lxml import etree
    from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
    from SpiffWorkflow.dmn.parser.DMNParser import DMNParser

    def entry(text: str, kind: str, at: str) -> str:
        text = text.replace("&", "&amp;").replace("<", "&lt;")
        return f'<{kind} id="{kind}_{at}"><text>{text}</text></{kind}>'

    def tested(cells: Sequence[str]) -> str:
        if len(cells) < 2:
            return "".join(map(json.dumps, cells))
        return f"? in [{', '.join(map(json.dumps, cells))}]"

    names = list(work.sizes)
    inputs = "".join(
        f'<input id="i{at}" label="{name}"><inputExpression id="e{at}" typeRef="string">'
        f"<text>{name}</text></inputExpression></input>"
        for at, name in enumerate(names)
    )
    rows = [*work.boxes, ("otherwise", {}, work.otherwise)]
    rules = "".join(
        f'<rule id="r{at}">'
        + "".join(
            entry(tested(box.get(name, ())), "inputEntry", f"{at}_{place}")
            for place, name in enumerate(names)
        )
        + entry(json.dumps(value), "outputEntry", str(at))
        + "</rule>"
        for at, (_, box, value) in enumerate(rows)
    )
    xml = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
        f'<decision id="remedy" name="remedy"><decisionTable id="t" hitPolicy="FIRST">{inputs}'
        f'<output id="o" label="out" name="out" typeRef="string"/>{rules}'
        "</decisionTable></decision></definitions>"
    )
    root = etree.fromstring(xml)
    space = {"dmn": "https://www.omg.org/spec/DMN/20191111/MODEL/"}
    parser = DMNParser(None, root, space, filename="peers.dmn")
    parser.parse()
    from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine

    engine = DMNEngine(parser.decision.decisionTables[0])

    class Task:
        def __init__(self, case: Case) -> None:
            self.data = dict(case)
            self.workflow = self
            self.script_engine = scripts

    scripts = PythonScriptEngine()

    def one(case: Case) -> str:
        return str(engine.result(Task(case))["out"])

    return lambda cases: [one(case) for case in cases]


def experta(work: Work) -> Decide:
    """Nothing is written for it: it imports on no Python that is supported here."""
    import experta as peer

    raise NotImplementedError(f"{peer.__name__} imports after all, and has to be given the rules")


def _sql(condition: Positive) -> str:
    match condition:
        case Literal():
            return f"({name_of(condition)} IN ({', '.join(map(repr, labels(condition)))}))"
        case Both(parts):
            return f"({' AND '.join(map(_sql, parts)) or 'TRUE'})"
        case Either(parts):
            return f"({' OR '.join(map(_sql, parts)) or 'FALSE'})"


def duckdb(work: Work) -> Decide:
    import duckdb as peer
    import pyarrow as pa

    whens = " ".join(f"WHEN {_sql(condition)} THEN {value!r}" for _, condition, value in work.rules)
    connection = peer.connect()
    connection.execute("SET threads = 1")
    connection.execute("SET preserve_insertion_order = true")

    def ready(cases: Sequence[Case]) -> Callable[[], list[str]]:
        rows = pa.table({name: [case[name] for case in cases] for name in work.sizes})
        connection.register("given", rows.append_column("id", pa.array(range(len(cases)))))
        connection.execute("CREATE OR REPLACE TABLE cases AS SELECT * FROM given")
        decided = f"SELECT id, CASE {whens} ELSE {work.otherwise!r} END AS remedy FROM cases"
        query = f"CREATE OR REPLACE TABLE ends AS {decided}"

        def go() -> list[str]:
            connection.execute(query)
            return []

        def told() -> list[str]:
            go()
            return [row[0] for row in connection.execute("SELECT remedy FROM ends ORDER BY id").fetchall()]

        return Timed(go, told)

    return ready  # type: ignore[return-value]


def polars(work: Work) -> Decide:
    import polars as peer

    def tree(condition: Positive) -> Any:
        match condition:
            case Literal():
                return peer.col(name_of(condition)).is_in(list(labels(condition)))
            case Both(parts):
                return peer.all_horizontal([tree(part) for part in parts])
            case Either(parts):
                return peer.any_horizontal([tree(part) for part in parts])

    chain: Any = peer
    for _, condition, value in work.rules:
        chain = chain.when(tree(condition)).then(peer.lit(value))
    expression = chain.otherwise(peer.lit(work.otherwise)).alias("remedy")

    def ready(cases: Sequence[Case]) -> Any:
        frame = peer.DataFrame({name: [case[name] for case in cases] for name in work.sizes})
        return Timed(lambda: frame.select(expression), lambda: frame.select(expression)["remedy"].to_list())

    return ready  # type: ignore[return-value]
