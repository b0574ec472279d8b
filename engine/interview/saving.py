"""An interview as a case file and back: what was said stands in order, `unknown` where it is not known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction

from amends.engine.case import Case
from amends.engine.interview.state import Answer, Answers
from amends.engine.rulebase import RuleBase, Value
from amends.engine.source import MapNode, Node, ScalarNode, core_value
from amends.engine.values import UNKNOWN, decimal_text, is_unstated


def case_file(case: Case, answers: Answers) -> str:
    """Return the file that `decide` accepts as it is, and from which `answers_of` goes on.

    What *case* expects is left out: it was expected of other facts.
    """
    return "\n".join(_lines(case, answers)) + "\n"


def _lines(case: Case, answers: Answers) -> Iterator[str]:
    if case.title is not None:
        yield f"title: {_quoted(case.title)}"
    if case.sources:
        yield f"sources: [{', '.join(map(_quoted, case.sources))}]"
    if case.is_dated:
        yield f"now: {case.now.isoformat().replace('+00:00', 'Z')}"
    if case.currency is not None:
        yield f"currency: {case.currency}"
    yield "facts:" if answers.said else "facts: {}"
    for answer in answers.said:
        yield f"  {answer.fact}: {written(answer.value)}"
    if case.words:
        yield "words:"
        yield from (f"  {name}: {_quoted(word.text)}" for name, word in sorted(case.words.items()))


def written(value: Value | None) -> str:
    """Return *value* as a case states it.

    >>> written("no"), written(None), written(frozenset(["b", "a"])), written(Fraction(5, 2))
    ('no', 'unknown', '[a, b]', '2.5')
    """
    match value:
        case None:
            return UNKNOWN
        case bool():
            return str(value).lower()
        case str():
            return _name(value)
        case frozenset():
            return f"[{', '.join(map(_name, sorted(value)))}]"
        case date():
            return value.isoformat()
        case Fraction():
            return decimal_text(value)


def _name(name: str) -> str:
    return name if core_value(name) == name and name.isidentifier() else _quoted(name)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def answers_of(node: Node | None, case: Case, rulebase: RuleBase, *, were_asked: bool) -> Answers:
    """Return what *case*, read from *node* and from options, says: in the order of the file, options last."""
    entries: Mapping[str, Node] = {}
    if isinstance(node, MapNode):
        inner = node.get("facts")
        under = inner if isinstance(inner, MapNode) else node
        entries = {key.text: value for key, value in under if key.text in rulebase.facts}
    said = [
        Answer(name, case.facts.get(name), were_asked)
        for name, value in entries.items()
        if name in case.facts
        or (isinstance(value, ScalarNode) and is_unstated(value) and value.text == UNKNOWN)
    ]
    said += [Answer(name, value, were_asked) for name, value in case.facts.items() if name not in entries]
    return Answers(tuple(said))
