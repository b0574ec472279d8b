"""Names for what is new, checked before anything is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from amends.engine.diagnostics import (
    Code,
    Diagnostic,
    InputError,
    Problems,
    Source,
    Span,
    did_you_mean,
    listed,
)
from amends.engine.loading.fields import CAPITAL, SNAKE, check_name
from amends.engine.rulebase import Decision, Kind, RuleBase, Value
from amends.engine.source import ScalarNode, core_value
from amends.engine.values import read_value


def asked_decision(path: str, rulebase: RuleBase) -> Decision:
    """Return the decision that the path of a rule begins with. Raises `InputError`."""
    name, slash, rest = path.partition("/")
    if not slash or not rest:
        raise wrong(Code.BAD_NAME, f"`{path}` is no path of a rule", "write `decision/the-situation`")
    if name not in rulebase.decisions:
        help = did_you_mean(name, rulebase.decisions) or f"one of {listed(rulebase.decisions, 50)}"
        raise wrong(Code.UNKNOWN_NAME, f"there is no decision `{name}`", help)
    return rulebase.decisions[name]


def asked_value(text: str, decision: Decision) -> Value | None:
    """Return the value of *decision*, or member, that *text* states. Raises `InputError`."""
    problems = Problems()
    domain = decision.domain
    if domain.kind is Kind.SET:
        domain = replace(domain, kind=Kind.CHOICE)
    source = Source("--then", text)
    node = ScalarNode(core_value(text), text, Span(source, 1, 1, 1, len(text) + 1))
    value = read_value(node, domain, decision.name, problems)
    problems.stop()
    return value


def checked(name: str, pattern: re.Pattern[str]) -> None:
    """Raise `InputError` unless *name* is a usable name after *pattern*."""
    problems = Problems()
    source = Source("the name", name)
    check_name(ScalarNode(name, name, Span(source, 1, 1, 1, len(name) + 1)), pattern, problems)
    problems.stop()


def _free(name: str, taken: Mapping[str, object], glue: str) -> str:
    return next(each for each in (name, *(f"{name}{glue}{n}" for n in range(2, 999))) if each not in taken)


def words_of(name: str) -> str:
    """Return the words that a name is made of."""
    return name.replace("-", " ").replace("_", " ")


def source_name(pack: str, rulebase: RuleBase) -> str:
    """Return a name for a source of the pack called so, that nothing has yet."""
    found = re.sub("[^A-Z0-9]+", "-", pack.upper()).strip("-")
    return _free(found if CAPITAL.match(found) else f"P-{found}", rulebase.sources, "-")


def fact_name(words: str, rulebase: RuleBase) -> str:
    """Return a name of a fact after *words*, that nothing has yet."""
    found = re.sub("[^a-z0-9]+", "_", words.lower()).strip("_")
    taken = {**rulebase.facts, **rulebase.measures, **rulebase.decisions, **rulebase.parameters}
    return _free(found if SNAKE.match(found) else f"is_{found}", taken, "_")


def wrong(code: Code, message: str, help: str) -> InputError:
    """Return the error of something asked for that cannot be."""
    return InputError([Diagnostic(code, message, help=help)])
