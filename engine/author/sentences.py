"""A rule as one English sentence, so that who wrote it hears what was understood."""

from __future__ import annotations

from amends.engine.draw.wording import asked, listing
from amends.engine.rulebase import (
    AllOf,
    AnyOf,
    Condition,
    HitPolicy,
    Kind,
    Not,
    Operator,
    Rule,
    RuleBase,
    Test,
    Value,
)
from amends.engine.values import sort_key, words

MOST_NAMED = 5
"""Values of one test that a sentence names; the rest is counted."""
_APART = (",", ";", "?", " or ", " and ", " is ")
_INCLUDES = {Operator.HAS_ANY: "or", Operator.HAS_ALL: "and", Operator.HAS_NONE: "or"}


def rule_sentence(rule: Rule, rulebase: RuleBase) -> str:
    """Return *rule* as one sentence; every word of it stands in the files.

    >>> from amends.engine import load
    >>> base = load().rulebase
    >>> rule_sentence(base.rules["reply_channel/the-attempt-to-mend-it-failed"], base)
    'When “which attempt this is” is a second disappointment, how to reply is a call by you yourself.'
    """
    then = _conclusion(rule, rulebase)
    when = rule.when
    if when == AllOf(()):
        return f"Always, {then}."
    return f"When {_said(when, rulebase)}, {then}."


def _conclusion(rule: Rule, rulebase: RuleBase) -> str:
    decision = rulebase.decisions[rule.decision]
    values = _listed([words(value, decision.domain) for value in rule.then], "and")
    match decision.hit_policy:
        case HitPolicy.COLLECT:
            return f"{decision.title} includes {values}"
        case HitPolicy.COLLECT_COUNT:
            return f"{decision.title} counts one more"
        case HitPolicy.COLLECT_SUM:
            return f"{decision.title} grows by {values}"
        case HitPolicy.COLLECT_MAX:
            return f"{decision.title} is at least {values}"
        case HitPolicy.COLLECT_MIN:
            return f"{decision.title} is at most {values}"
    return f"{decision.title} is {values}"


def _said(condition: Condition, rulebase: RuleBase, *, within: bool = False) -> str:
    """Return *condition* as a clause; *within* another it must not run into its neighbours."""
    match condition:
        case AllOf(parts):
            text = " and ".join(_said(part, rulebase, within=len(parts) > 1) for part in parts)
            return f"({text})" if within and len(parts) > 1 else text
        case AnyOf((only,)):
            return _said(only, rulebase, within=within)
        case AnyOf(parts):
            text = " or ".join(_said(part, rulebase, within=True) for part in parts)
            return f"(either {text})" if within else f"either {text}"
        case Not(Test() as test):
            return _test(test, rulebase, passes=False)
        case Not(part):
            return f"it is not so that ({_said(part, rulebase)})"
    return _test(condition, rulebase)


def _test(test: Test, rulebase: RuleBase, *, passes: bool = True) -> str:
    title = _quoted(rulebase.title(test.subject))
    if test.operator is Operator.KNOWN:
        return f"{title} is {asked(test, rulebase, passes=passes)}"
    domain = rulebase.domain(test.subject)
    if test.operator in _INCLUDES and isinstance(test.operand, frozenset):
        return f"{title} {_membership(test, test.operand, rulebase, passes)}"
    if domain.kind is Kind.FLAG and isinstance(test.operand, frozenset) and len(test.operand) == 1:
        (operand,) = test.operand
        return f"{title} is {'yes' if (operand is True) is passes else 'no'}"
    if test.operator is Operator.ONE_OF and isinstance(test.operand, frozenset):
        values = _values(test.operand, rulebase, test.subject, "or")
        money = f" {test.currency}" if test.currency else ""
        return f"{title} is {'' if passes else 'not '}{values}{money}"
    return f"{title} is {asked(test, rulebase, passes=passes)}"


def _membership(test: Test, operand: frozenset[Value], rulebase: RuleBase, passes: bool) -> str:
    is_whole = operand == frozenset(rulebase.domain(test.subject).values)
    wants_none = (test.operator is Operator.HAS_NONE) is passes
    if is_whole and test.operator is not Operator.HAS_ALL:
        return "is empty" if wants_none else "is not empty"
    values = _values(operand, rulebase, test.subject, _INCLUDES[test.operator])
    if test.operator is Operator.HAS_ALL:
        return f"{'includes' if passes else 'does not include'} {values}"
    return f"{'does not include' if wants_none else 'includes'} {values}"


def _values(operand: frozenset[Value], rulebase: RuleBase, name: str, last: str) -> str:
    domain = rulebase.domain(name)
    return _listed([words(value, domain) for value in sorted(operand, key=sort_key)], last)


def _listed(texts: list[str], last: str) -> str:
    """Return *texts* as a list; where one needs quotes, all have them."""
    quoted = [f"“{text}”" for text in texts] if any(_quoted(text) != text for text in texts) else texts
    return listing(quoted, last, MOST_NAMED)


def _quoted(text: str) -> str:
    """Return *text* in quotes where it is a sentence, or would run into one by a word of its own."""
    is_apart = text[:1].isupper() or any(sign in f" {text} " for sign in _APART)
    return f"“{text}”" if is_apart else text
