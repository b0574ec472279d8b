"""The steps of a verdict in the order of time, and the next word to the client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

from amends.engine.advice import MOST_HOURS, Step
from amends.engine.chain.outcome import Trace
from amends.engine.message import REPLY_CHANNEL
from amends.engine.rulebase import RuleBase, Value
from amends.engine.verdict import NextContact, PlannedStep

DEADLINE = "contact_deadline_h"
"""The decision that says within how many hours the client must hear something."""
REPLY = "hours_to_reply"
"""The parameter that stands in where no rule base decides that."""
ON_IT = "Let them know that you are on it, and when they will hear more."
"""What they hear where every promise comes later than they can wait."""


@dataclass(frozen=True, slots=True)
class Contact:
    """By when the client must hear something, and until when a promise is a reply.

    A reply can be brought forward to `deadline`; a proposal takes the time that it takes.
    """

    deadline: datetime
    reply: datetime


def plan(
    steps: Iterable[Step], facts: Mapping[str, Value], now: datetime, contact: Contact | None = None
) -> tuple[PlannedStep, ...]:
    """Return *steps* with their limits, none below a step that is due later.

    Whatever comes before a step that a day binds is due by that day too; a day that is over
    binds nothing. The first promise, if it is a reply, is due by the deadline of *contact*. A
    step without a limit stays behind those that it follows by `order`.
    """
    in_order = sorted(steps, key=lambda step: (step.order, step.do))
    planned: list[PlannedStep] = []
    bound: date | None = None
    for step in reversed(in_order):
        by = None if step.within_hours is None else after(now, step.within_hours)
        day = facts.get(step.by) if step.by else None
        has_day = isinstance(day, date) and _end(day) >= now
        if isinstance(day, date) and has_day and (bound is None or day < bound):
            bound = day
        late = bound is not None and (has_day if by is None else by > _end(bound))
        planned.append(
            PlannedStep(
                do=step.do,
                by=_end(bound) if bound and late else by,
                sources=step.sources,
                who=step.who,
                promise=step.promise,
                day=bound if late else None,
            )
        )
    in_order_of_doing = planned[::-1]
    return _in_time(_replied(in_order_of_doing, contact) if contact else in_order_of_doing, now)


def _end(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), UTC)


def _replied(steps: Sequence[PlannedStep], contact: Contact) -> list[PlannedStep]:
    """Return *steps*, the first promise brought forward to the deadline if it is a reply."""
    found = list(steps)
    limits = [(step.by, place) for place, step in enumerate(found) if step.promise and step.by is not None]
    by, place = min(limits, default=(None, 0))
    if by is not None and contact.deadline < by <= contact.reply:
        found[place] = replace(found[place], by=contact.deadline, day=None)
    return found


def _in_time(steps: Iterable[PlannedStep], now: datetime) -> tuple[PlannedStep, ...]:
    reached = now
    keyed: list[tuple[datetime, int, PlannedStep]] = []
    for place, step in enumerate(steps):
        reached = max(reached, step.by or now)
        keyed.append((step.by or reached, place, step))
    return tuple(step for _, _, step in sorted(keyed, key=lambda item: item[:2]))


def due_contact(rulebase: RuleBase, trace: Trace, now: datetime) -> Contact | None:
    """Return by when the client must hear something, the earliest where that is open.

    None if the rule base neither decides it nor has the parameter for it.
    """
    outcome = trace.outcomes.get(DEADLINE)
    hours = [value for value in (outcome.candidates if outcome else ()) if isinstance(value, Fraction)]
    reply = [rulebase.parameters[REPLY].value] if REPLY in rulebase.parameters else hours
    if not hours and not reply:
        return None
    return Contact(after(now, min(hours or reply)), after(now, min(reply)))


def after(now: datetime, hours: Fraction) -> datetime:
    """Return the moment *hours* after *now*, not before it and at most `MOST_HOURS` away."""
    return now + timedelta(hours=float(min(max(hours, Fraction(0)), Fraction(MOST_HOURS))))


def next_contact(steps: Iterable[PlannedStep], trace: Trace, contact: Contact | None) -> NextContact | None:
    """Return the earliest promise among *steps*, or the deadline where it comes before all of them."""
    outcome = trace.outcomes.get(REPLY_CHANNEL)
    channel = None if outcome is None or outcome.value is None else str(outcome.value)
    for step in steps:
        if step.promise and step.by is not None and (contact is None or step.by <= contact.deadline):
            return NextContact(step.by, channel, step.do, step.day)
    return None if contact is None else NextContact(contact.deadline, channel, ON_IT)
