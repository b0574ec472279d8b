"""The answer to a case, as frozen data whose explanation is already inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from amends.engine.evidence import Citable

SCHEMA = "amends/verdict/1"
"""Described by `docs/verdict.schema.json`."""

Plain = str | bool | int | float | list[str] | None
"""A value as JSON carries it; money is a string."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that fired, with the values that it read; `beaten_by` is empty for the winners."""

    rule: str
    decision: str
    then: tuple[Plain, ...]
    because: str
    sources: tuple[str, ...]
    read: Mapping[str, Plain]
    beats: tuple[str, ...]
    beaten_by: tuple[str, ...]
    is_deciding: bool


@dataclass(frozen=True, slots=True)
class Assumption:
    """A value used for a fact that was not stated, and what else the remedy could become.

    `stop_if` is set where the value is the absence of an event that matters: if it happened, stop.
    """

    fact: str
    question: str
    value: Plain
    could_become: tuple[str, ...]
    stop_if: str | None


@dataclass(frozen=True, slots=True)
class OpenFact:
    """An unstated fact on which the remedy depends, with its question and the outcomes it parts.

    `values` are those that it can take, where they can be listed.
    """

    fact: str
    question: str
    values: tuple[str, ...]
    could_become: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One thing to do, who must act, and by when, if there is a limit.

    `day` is the day that the case states, where the limit comes from it: `by` is its end.
    By a `promise` the client hears something.
    """

    do: str
    by: datetime | None
    sources: tuple[str, ...]
    who: str = "you"
    promise: bool = False
    day: date | None = None


@dataclass(frozen=True, slots=True)
class NextContact:
    """By when the client hears something at the latest, through which channel, and what for."""

    by: datetime
    channel: str | None
    why: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class PastReview:
    """A rule, parameter or source behind a verdict that somebody should have looked at again by a day."""

    kind: str
    name: str
    title: str
    review_by: date


@dataclass(frozen=True, slots=True)
class Limit:
    """A floor or cap of the money, by the measure that sets it; `binds` if it changed the amount."""

    kind: str
    name: str
    value: str
    binds: bool


@dataclass(frozen=True, slots=True)
class Money:
    """The money of a verdict, exact, as decimal text; `needs` are the facts still missing.

    It goes to the client, or comes to you, as `owed_to` says.
    """

    status: str
    basis: str | None = None
    amount: str | None = None
    low: str | None = None
    high: str | None = None
    currency: str | None = None
    form: str | None = None
    formula: str | None = None
    owed_to: str | None = None
    limits: tuple[Limit, ...] = ()
    sources: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the part `money` of the schema."""
        return {
            "status": self.status,
            "basis": self.basis,
            "amount": self.amount,
            "currency": self.currency,
            "form": self.form,
            "formula": self.formula,
            "low": self.low,
            "high": self.high,
            "owed_to": self.owed_to,
            "limits": [
                {"kind": limit.kind, "name": limit.name, "value": limit.value, "binds": limit.binds}
                for limit in self.limits
            ],
            "needs": list(self.needs),
            "sources": list(self.sources),
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one case.

    `status` is `decided`, `open`, `uncovered` or `conflict`, that of the decision `remedy`;
    unless decided, `remedy` is None and `possible` lists the candidates. `titles` holds the
    plain words for every name and value that a reader meets. `without_value` says, of each
    decision that surely has none, why (`uncovered`, `conflict`, or the decision that blocks
    it); `may_lack` why one still may have none. `taken_out` holds the members that a set lost
    because they must not be done, `otherwise` the decisions for which no rule spoke, with
    the reason for what stands then.
    """

    status: str
    remedy: str | None
    possible: tuple[str, ...]
    reading: str
    executor: str
    now: datetime
    decisions: Mapping[str, Plain]
    possible_decisions: Mapping[str, tuple[Plain, ...]]
    measures: Mapping[str, Plain]
    companions: tuple[str, ...]
    taken_out: Mapping[str, tuple[str, ...]]
    otherwise: Mapping[str, str]
    avoid: tuple[str, ...]
    steps: tuple[PlannedStep, ...]
    money: Money
    assumptions: tuple[Assumption, ...]
    withdrawn: tuple[str, ...]
    open: tuple[OpenFact, ...]
    fired: tuple[Reason, ...]
    undecided: tuple[str, ...]
    without_value: Mapping[str, str]
    may_lack: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, Plain]
    titles: Mapping[str, str] = field(default_factory=dict, repr=False)
    case_title: str | None = None
    next_contact: NextContact | None = None
    general_information: tuple[Citable, ...] = ()
    """The law, insurance and platform rules that it rests on: each holds in one place and for a time."""
    past_review: tuple[PastReview, ...] = ()
    """What it rests on that may have changed, as nobody has looked at it again by the day that was set."""
    is_dated: bool = False
    """Whether the case states its `now`, so that the moments of the steps are known to the reader."""

    def title(self, name: str, value: Plain = None) -> str:
        """Return the plain words for a name, or for one value of it."""
        key = name if value is None else f"{name}={value}"
        return self.titles.get(key, str(name if value is None else value).replace("_", " "))

    def to_json(self) -> dict[str, object]:
        """Return the verdict in the shape of the schema `amends/verdict/1`."""
        contact = self.next_contact
        return {
            "schema": SCHEMA,
            "status": self.status,
            "remedy": self.remedy,
            "possible": list(self.possible),
            "reading": self.reading,
            "executor": self.executor,
            "now": _moment(self.now),
            "decisions": dict(self.decisions),
            "possible_decisions": {name: list(values) for name, values in self.possible_decisions.items()},
            "without_value": dict(self.without_value),
            "may_lack": {name: list(lacks) for name, lacks in self.may_lack.items()},
            "measures": dict(self.measures),
            "companions": list(self.companions),
            "avoid": list(self.avoid),
            "taken_out": {name: list(members) for name, members in self.taken_out.items()},
            "otherwise": dict(self.otherwise),
            "steps": [
                {
                    "do": step.do,
                    "who": step.who,
                    "by": step.by and _moment(step.by),
                    "day": step.day and step.day.isoformat(),
                    "promise": step.promise,
                    "sources": list(step.sources),
                }
                for step in self.steps
            ],
            "next_contact": contact
            and {
                "by": _moment(contact.by),
                "day": contact.day and contact.day.isoformat(),
                "channel": contact.channel,
                "why": contact.why,
            },
            "money": self.money.to_json(),
            "assumptions": [
                {
                    "fact": assumed.fact,
                    "question": assumed.question,
                    "value": assumed.value,
                    "could_become": list(assumed.could_become),
                    "stop_if": assumed.stop_if,
                }
                for assumed in self.assumptions
            ],
            "withdrawn": list(self.withdrawn),
            "open": [
                {
                    "fact": fact.fact,
                    "question": fact.question,
                    "values": list(fact.values),
                    "could_become": list(fact.could_become),
                }
                for fact in self.open
            ],
            "fired": [
                {
                    "rule": reason.rule,
                    "then": list(reason.then),
                    "because": reason.because,
                    "sources": list(reason.sources),
                    "read": dict(reason.read),
                    "beats": list(reason.beats),
                    "beaten_by": list(reason.beaten_by),
                    "deciding": reason.is_deciding,
                }
                for reason in self.fired
            ],
            "undecided": list(self.undecided),
            "general_information": [
                {
                    "source": source.name,
                    "title": source.title,
                    "jurisdiction": source.jurisdiction,
                    "as_of": source.as_of and source.as_of.isoformat(),
                }
                for source in self.general_information
            ],
            "past_review": [
                {"kind": past.kind, "name": past.name, "review_by": past.review_by.isoformat()}
                for past in self.past_review
            ],
        }

    def _repr_html_(self) -> str:
        """Return the verdict as notebooks show it."""
        import html

        head = (
            self.title("remedy", self.remedy) if self.remedy else f"{self.status}: {', '.join(self.possible)}"
        )
        steps = "".join(f"<li>{html.escape(step.do)}</li>" for step in self.steps)
        return f"<div><h3>{html.escape(head)}</h3><ol>{steps}</ol></div>"


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
