"""A verdict laid out for reading under stress: the remedy first, then what to do, then why."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import click

from amends.engine.verdict import Assumption, PlannedStep, Reason, Verdict

WIDEST = 88
MOST_QUESTIONS = 3
WHO = {
    "client": "the client",
    "colleague": "a colleague",
    "insurer": "your insurer",
    "lawyer": "a lawyer",
    "platform": "the platform",
}
GLUE = "\x1f"
"""A space at which no line is broken, so that what is copied can be typed."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its items; `numbered` for what is done in order."""

    heading: str
    items: tuple[str, ...]
    numbered: bool = False
    is_list: bool = True


def headline(verdict: Verdict) -> str:
    """Return the one line that matters most."""
    if verdict.remedy:
        return verdict.title("remedy", verdict.remedy)
    if verdict.status == "open":
        return "Not decided yet: " + (
            "one answer is missing" if len(verdict.open) == 1 else "answers are missing"
        )
    if verdict.status == "conflict":
        return "No answer: the rules disagree about this case"
    return "No answer: no rule covers this case"


def sections(verdict: Verdict) -> Iterator[Section]:
    """Yield what a reader needs, the most urgent first; empty sections are left out."""
    yield Section("Stop if", tuple(_warnings(verdict)))
    if verdict.status != "decided":
        yield from _undecided(verdict)
    yield Section("Check this first", tuple(_weightiest(verdict)), is_list=False)
    yield Section("Do now", tuple(_step(step, verdict) for step in verdict.steps), numbered=True)
    yield Section("Next contact", tuple(_contact(verdict)), is_list=False)
    yield Section("Avoid", tuple(_sentence(verdict.title("avoid", name)) for name in verdict.avoid))
    yield Section("Money", tuple(_money(verdict)), is_list=False)
    yield Section("Why", tuple(_why(verdict)))
    yield Section("Taken for granted", tuple(_assumptions(verdict)))


def _warnings(verdict: Verdict) -> Iterator[str]:
    """Yield the events that were taken not to have happened, those with one consequence together."""
    together: dict[tuple[str, ...], list[str]] = {}
    for assumed in verdict.assumptions:
        if assumed.stop_if:
            together.setdefault(assumed.could_become, []).append(assumed.stop_if)
    for names, events in together.items():
        then = f"Then: {_remedies(verdict, names)}" if names else "Then say so, and decide again"
        yield f"{'; or '.join(events)}. {then}"


def _remedies(verdict: Verdict, names: Iterable[str]) -> str:
    return " or ".join(f"“{verdict.title('remedy', name)}”" for name in names)


def _undecided(verdict: Verdict) -> Iterator[Section]:
    possible = [verdict.title("remedy", name) for name in verdict.possible]
    if "uncovered" in verdict.may_lack.get("remedy", ()) and possible:
        possible.append("something that these rules do not cover")
    yield Section("It could be", tuple(possible))
    asked = verdict.open[:MOST_QUESTIONS]
    questions = tuple(
        f"{fact.question}  (-f{GLUE}{fact.fact}={'|'.join(fact.values) or '…'})" for fact in asked
    )
    yield Section("Answer this first" if len(asked) == 1 else "Answer these first", questions)
    if not verdict.possible and "remedy" in verdict.without_value:
        blocker = verdict.without_value["remedy"]
        if blocker in ("uncovered", "conflict"):
            yield Section(
                "What is missing",
                ("a rule for these facts; `amends graph` shows which came near",),
                is_list=False,
            )
        else:
            yield Section(
                "What is missing",
                (f"it rests on “{verdict.title(blocker)}”, which has no value",),
                is_list=False,
            )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _step(step: PlannedStep, verdict: Verdict) -> str:
    needs = () if step.who == "you" else (f"needs {WHO[step.who]}",)
    limit = () if step.by is None else (_due(step.by, step.day, verdict),)
    return f"{step.do}  [{', '.join((*needs, *limit))}]" if needs or limit else step.do


def _due(by: datetime, day: date | None, verdict: Verdict) -> str:
    """Return by when: a day or moment that the case makes known, else the hours from now."""
    if day is not None:
        return f"by {day:%a %d %b}" + (f" {day.year}" if day.year != verdict.now.year else "")
    if verdict.is_dated:
        return f"by {by.astimezone():%a %d %b %H:%M}"
    hours = (by - verdict.now) / timedelta(hours=1)
    if hours <= 1:
        return "within the hour"
    return f"within {hours:g} hours" if hours < 48 or hours % 24 else f"within {hours / 24:g} days"


def _contact(verdict: Verdict) -> Iterator[str]:
    contact = verdict.next_contact
    if contact is not None:
        channel = f", {verdict.title('reply_channel', contact.channel)}" if contact.channel else ""
        yield f"{_sentence(_due(contact.by, contact.day, verdict))}{channel}: {contact.why}"


def _money(verdict: Verdict) -> Iterator[str]:
    money = verdict.money
    if money.status == "none" and money.basis is None:
        return
    currency = f" {money.currency}" if money.currency else ""
    if money.status == "open":
        if verdict.remedy is None or not money.needs:
            yield "Depends on what is still open."
            return
        needs = "; ".join(
            f"{verdict.title(name)} (-f{GLUE}{name}=…)" for name in money.needs[:MOST_QUESTIONS]
        )
        yield f"Cannot be told yet; missing: {needs}."
        return
    if money.amount == "0.00" and money.high == "0.00":
        because = " ".join(reason.because for reason in deciding(verdict, "money_basis"))
        because = because or verdict.otherwise.get("money_basis", "")
        yield f"Nothing. {because}".strip()
        return
    form = f", {verdict.title('money_form', money.form)}" if money.form and money.form != "none" else ""
    yield f"{money.amount}{currency}{form}: {money.formula}."
    for limit in money.limits:
        if limit.binds:
            held = "raised to" if limit.kind == "floor" else "held at"
            yield f"It is {held} {limit.value}{currency}: {verdict.title(limit.name)}."
    if money.low != money.high:
        yield f"Between {money.low} and {money.high}{currency}; it is your call."


def _why(verdict: Verdict) -> Iterator[str]:
    for name in _grounds(verdict):
        for reason in deciding(verdict, name):
            yield f"{_reading(reason, verdict)}: {reason.because}  [{', '.join(reason.sources)}]"


def _grounds(verdict: Verdict) -> list[str]:
    """Return `remedy` and the decisions that it rests on, nearest first."""
    found = ["remedy"]
    for name in found:
        for reason in deciding(verdict, name):
            decided = {other.decision for other in verdict.fired}
            found += [read for read in reason.read if read in decided and read not in found]
    return found


def deciding(verdict: Verdict, name: str) -> list[Reason]:
    """Return the rules that decided the decision called *name*."""
    return [reason for reason in verdict.fired if reason.decision == name and reason.is_deciding]


def _reading(reason: Reason, verdict: Verdict) -> str:
    then = ", ".join(verdict.title(reason.decision, value) for value in reason.then)
    return f"{_sentence(verdict.title(reason.decision))} – {then}"


def _weightiest(verdict: Verdict) -> Iterator[str]:
    """Yield the question whose answer was assumed and could change the remedy in the most ways."""
    if verdict.status == "decided":
        for assumed in _changing(verdict)[:1]:
            taken = f"taken for granted: {_value(assumed, verdict)}"
            yield f"{assumed.question}  ({taken}; else -f{GLUE}{assumed.fact}=…)"


def _changing(verdict: Verdict) -> list[Assumption]:
    """Return the assumptions that could change the remedy and carry no warning, the weightiest first."""
    return [assumed for assumed in verdict.assumptions if assumed.could_become and not assumed.stop_if]


def _value(assumed: Assumption, verdict: Verdict) -> str:
    value = assumed.value
    return ", ".join(value) if isinstance(value, list) else verdict.title(assumed.fact, value)


def _assumptions(verdict: Verdict) -> Iterator[str]:
    for assumed in _changing(verdict):
        others = _remedies(verdict, assumed.could_become)
        taken = f"{verdict.title(assumed.fact)}: {_value(assumed, verdict)}"
        yield f"{_sentence(taken)}. Otherwise: {others}."
    if verdict.withdrawn:
        names = ", ".join(verdict.title(name) for name in verdict.withdrawn)
        yield f"Not assumed, since it would contradict what you said: {names}."


def footer(verdict: Verdict) -> str:
    """Return what a verdict is not, the law behind what is shown of it, and what is past its review date."""
    old = "; ".join(f"{past.title} ({past.name}, by {past.review_by})" for past in verdict.past_review)
    warning = f" Look whether this still holds, as its review is overdue: {old}." if old else ""
    return _general(verdict) + warning


def _general(verdict: Verdict) -> str:
    shown = {cited.split(":")[0] for cited in _shown_sources(verdict)}
    places: dict[tuple[str, str], list[str]] = {}
    for source in verdict.general_information:
        if source.name in shown:
            places.setdefault((str(source.jurisdiction), str(source.as_of)), []).append(source.name)
    if not places:
        return "General information, no legal, tax or insurance advice."
    rests = "; ".join(f"{', '.join(names)} ({where}, {day})" for (where, day), names in places.items())
    return f"General information, not advice; it rests on: {rests}."


def _shown_sources(verdict: Verdict) -> Iterator[str]:
    for name in _grounds(verdict):
        for reason in deciding(verdict, name):
            yield from reason.sources
    for step in verdict.steps:
        yield from step.sources
    yield from verdict.money.sources


def text(verdict: Verdict) -> str:
    """Return the verdict for a terminal."""
    width = min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)
    lines = [_bold(headline(verdict)), ""]
    if verdict.case_title:
        lines = [_faint(_sentence(verdict.case_title)), *lines]
    for section in sections(verdict):
        if not section.items:
            continue
        lines.append(_bold(section.heading))
        for number, item in enumerate(section.items, 1):
            mark = f"{number:2}. " if section.numbered else "  - " if section.is_list else "  "
            lines += textwrap.wrap(
                item, width, initial_indent=mark, subsequent_indent=" " * len(mark), break_on_hyphens=False
            )
        lines.append("")
    lines += [_faint(line) for line in textwrap.wrap(footer(verdict), width, break_on_hyphens=False)]
    return "\n".join(lines).replace(GLUE, " ")


def markdown(verdict: Verdict) -> str:
    """Return the verdict as Markdown."""
    lines = [f"# {headline(verdict)}", ""]
    if verdict.case_title:
        lines += [f"*{_sentence(verdict.case_title)}*", ""]
    for section in sections(verdict):
        if section.items:
            lines += [f"## {section.heading}", ""]
            lines += [
                f"{number}. {item}" if section.numbered else f"- {item}"
                for number, item in enumerate(section.items, 1)
            ]
            lines.append("")
    return "\n".join([*lines, f"*{footer(verdict)}*"]).replace(GLUE, " ")


def _styled() -> bool:
    return sys.stdout is not None and sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _bold(line: str) -> str:
    return click.style(line, bold=True) if _styled() else line


def _faint(line: str) -> str:
    return click.style(line, dim=True) if _styled() else line
