"""A small rule base without a fault, to plant faults in; and what an audit's structure says of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from amends.engine import loading
from amends.engine.audit.finding import Finding
from amends.engine.audit.structure import structure
from amends.engine.diagnostics import Problems
from amends.engine.rulebase import RuleBase

TODAY = date(2026, 12, 1)

KNOWLEDGE = """\
sources:
  S: {title: A book, where: a shelf}
parameters:
  share: {value: 0.5, ours: true, because: half of it}
  most_hours: {value: 8, ours: true, because: a working day}
facts:
  cause:
    kind: choice
    question: What broke?
    values: {own: a mistake of yours, outage: an internet outage, fire: a fire}
  fee: {kind: money, question: What was agreed?}
  hours: {kind: count, question: How long does it take?, highest: 40}
  due_on: {kind: date, question: By when?}
measures:
  half_fee: {kind: money, formula: share * fee, round: 0.01}
remedies:
  redo: {title: Do it over, sources: [S], steps: [{do: do it over, by: due_on}]}
  refund: {title: Pay it back, sources: [S]}
companions:
  own_up: {title: Own up, sources: [S]}
avoid:
  argue: {title: Do not argue, sources: [S]}
money:
  half: {title: half the fee, amount: half_fee, formula: "half of {fee}", sources: [S]}
words:
  sum: {title: the sum, of: verdict.amount}
blocks:
  sorry: {title: own it, sources: [S], variants: [{text: "I am sorry; {{ sum }} comes back."}]}
skeletons:
  plain: {title: plainly, sources: [S], letter: [[sorry]]}
  holding: {title: more soon, sources: [S], letter: [[sorry]]}
channels:
  email: {title: by mail, form: letter, chosen_as: email, sources: [S]}
phrases:
  no-but: {title: no but, block: [but], sources: [S]}
"""
RULES = {
    "fault": """\
decides: fault
title: whose fault it was
hit_policy: unique
values: {yours: yours, nobodys: nobody's}
otherwise: nobodys
rules:
  own: {when: {cause: own}, then: yours, because: You made it., sources: [S]}
""",
    "remedy": """\
decides: remedy
title: what to do
hit_policy: priority
tiers: [guard, usual]
gates: [guard]
values: remedies
otherwise: refund
rules:
  long:
    tier: guard
    when: {hours: {more_than: {parameter: most_hours}}}
    then: refund
    because: It takes too long.
    sources: [S]
  yours: {tier: usual, when: {fault: yours}, then: redo, because: You owe it., sources: [S]}
""",
    "companions": """\
decides: companions
title: what goes with it
hit_policy: collect
values: companions
rules:
  yours: {when: {fault: yours}, then: own_up, because: It was you., sources: [S]}
""",
    "avoid": """\
decides: avoid
title: what not to do
hit_policy: collect
values: avoid
rules:
  yours: {when: {fault: yours}, then: argue, because: It was you., sources: [S]}
""",
    "money_basis": """\
decides: money_basis
title: what is paid
hit_policy: unique
values: {half: half of it, none: nothing}
otherwise: none
rules:
  refund: {when: {remedy: refund}, then: half, because: It is owed., sources: [S]}
""",
    "message": """\
decides: message
title: what is written
hit_policy: unique
values: {plain: plainly, holding: more soon}
otherwise: holding
rules:
  yours: {when: {fault: yours}, then: plain, because: It was you., sources: [S]}
""",
    "reply_channel": """\
decides: reply_channel
title: how to reply
hit_policy: unique
values: {email: by mail, phone: by phone}
otherwise: email
rules:
  yours: {when: {fault: yours}, then: phone, because: It was you., sources: [S]}
""",
}


def written(folder: Path, more: str = "", **rules: str) -> Path:
    """Return *folder* with the sound base in it, *more* knowledge, and *rules* files added or replaced."""
    texts = {"knowledge": KNOWLEDGE, **RULES, **rules} | ({"more": more} if more else {})
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def loaded(folder: Path) -> RuleBase:
    """Return the rule base in *folder*, cycles and all; whatever else is wrong with it raises."""
    problems = Problems()
    rulebase = loading.load([loading.Pack("base", 0, (folder,))], problems)
    problems.stop()
    return rulebase


def seen(rulebase: RuleBase, now: date = TODAY) -> list[tuple[str, str]]:
    """Return the kind and subject of each structural finding, sorted."""
    return sorted((found.kind.value, found.subject) for found in structure(rulebase, now))


def found_in(rulebase: RuleBase, now: date = TODAY) -> Finding:
    """Return the one structural finding of *rulebase*."""
    (found,) = structure(rulebase, now)
    return found
