"""Examples beside a rule, tried: in these facts it fires, and in those it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from amends.engine.case import Case, read_case
from amends.engine.chain import Executor
from amends.engine.deciding import reach
from amends.engine.diagnostics import Code, Diagnostic, InputError, Problems, listed
from amends.engine.rulebase import Example, Rule, RuleBase


@dataclass(frozen=True)
class Tried:
    """One example of a rule, the `number`-th of those that say the same, and what is wrong with it."""

    rule: Rule
    example: Example
    number: int
    found: tuple[Diagnostic, ...]

    @property
    def says(self) -> str:
        """What is claimed, in words."""
        return f"{self.rule.path} {'fires' if self.example.fires else 'does not fire'}, example {self.number}"


def check_examples(rulebase: RuleBase, problems: Problems) -> None:
    """Report what an example states that no case can state."""
    for rule in rulebase.rules.values():
        for example in rule.examples:
            read_case(example.facts, rulebase, problems)


def tried(rulebase: RuleBase, executor: Executor, word: str = "") -> Iterator[Tried]:
    """Yield each example of the rules whose path contains *word*.

    >>> from amends.engine import load
    >>> engine = load()
    >>> [each.says for each in tried(engine.rulebase, engine.executor, "no-such-rule")]
    []
    """
    for rule in rulebase.rules.values():
        if word not in rule.path:
            continue
        numbers = {True: 0, False: 0}
        for example in rule.examples:
            numbers[example.fires] += 1
            yield Tried(
                rule, example, numbers[example.fires], tuple(_wrong(rulebase, rule, example, executor))
            )


def _wrong(rulebase: RuleBase, rule: Rule, example: Example, executor: Executor) -> Iterator[Diagnostic]:
    problems = Problems()
    try:
        case = read_case(example.facts, rulebase, problems)
        problems.stop()
        _, exact = reach(rulebase, case, executor, problems)
    except InputError as error:
        yield from error.diagnostics
        return
    fires = any(fired.rule.path == rule.path for fired in exact.trace.fired)
    is_open = rule.path in exact.trace.undecided
    if fires is example.fires and not is_open:
        return
    becomes = "may fire" if is_open else "fires" if fires else "does not fire"
    yield Diagnostic(
        Code.FAILED_EXPECTATION,
        f"`{rule.path}` {becomes} in an example of {'firing' if example.fires else 'not firing'}",
        example.facts.span,
        help=_help(rule, case, fires=fires),
    )


def _help(rule: Rule, case: Case, *, fires: bool) -> str:
    unstated = sorted(name for name in rule.subjects if name not in case.facts)
    if fires:
        return "state what keeps the rule quiet, or move the example to `fires`"
    beside = f"; it reads {listed(unstated)} too" if unstated else ""
    return f"`amends why-not` says which of its tests fails{beside}"
