"""The plan of a verdict as calendar entries with alarms: iCalendar, RFC 5545."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from amends.engine.diagnostics import Code, Diagnostic, InputError
from amends.engine.verdict import Verdict

QUARTER = timedelta(minutes=15)
"""How long an entry lasts; it ends when the step is due."""
AHEAD = timedelta(hours=1)
EVE = timedelta(hours=15)
"""The alarm of a whole day rings at nine in the morning of the day before."""
HELP = 'run `pip install "amends[calendar]"`; the verdict itself needs no calendar'


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the calendar: a step with a limit, or the next word to the client."""

    words: str
    by: datetime
    day: date | None = None


def entries(verdict: Verdict) -> tuple[Entry, ...]:
    """Return what of the plan has a limit, in the order of time."""
    found = {step.do: Entry(step.do, step.by, step.day) for step in reversed(verdict.steps) if step.by}
    contact = verdict.next_contact
    if contact is not None and contact.why not in found:
        found[contact.why] = Entry(contact.why, contact.by, contact.day)
    return tuple(sorted(found.values(), key=lambda entry: (entry.by, entry.words)))


def agenda(verdict: Verdict) -> bytes:
    """Return the plan of *verdict* as an iCalendar file, one event with one alarm for each entry.

    One verdict gives the same bytes every time, and an entry keeps its identity as long as the
    case keeps its title, so that a calendar which reads the plan anew moves what it has.
    Raises `InputError` with `no-calendar` where icalendar is not installed.
    """
    try:
        from icalendar import Alarm, Calendar, Event
    except ImportError:
        message = "nothing here writes calendar entries: icalendar is not installed"
        raise InputError([Diagnostic(Code.NO_CALENDAR, message, help=HELP)]) from None
    calendar = Calendar()
    calendar.add("prodid", "-//amends//plan//EN")
    calendar.add("version", "2.0")
    for entry in entries(verdict):
        start = entry.day or entry.by - QUARTER
        event = Event()
        event.add("uid", _uid(entry, verdict))
        event.add("dtstamp", verdict.now)
        event.add("dtstart", start)
        if entry.day is None:
            event.add("dtend", entry.by)
        event.add("summary", entry.words)
        event.add("description", "\n".join(_description(verdict)))
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", entry.words)
        alarm.add("trigger", _rings(entry, verdict.now) - _moment(start))
        event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _uid(entry: Entry, verdict: Verdict) -> str:
    # Two cases without a title are two cases; their facts tell them apart.
    case = verdict.case_title or json.dumps(dict(verdict.facts), sort_keys=True)
    digest = sha256("\n".join((case, entry.words)).encode(errors="surrogatepass"))
    return f"{digest.hexdigest()[:32]}@amends"


def _description(verdict: Verdict) -> Iterator[str]:
    if verdict.case_title:
        yield verdict.case_title
    if verdict.remedy:
        yield verdict.title("remedy", verdict.remedy)
    yield "General information, no legal, tax or insurance advice."


def _rings(entry: Entry, now: datetime) -> datetime:
    """Return when the alarm rings: an hour ahead, the morning before a day, or halfway if that is over."""
    rings = _moment(entry.day) - EVE if entry.day else entry.by - AHEAD
    halfway = now + (entry.by - now) / 2
    return rings if rings > now else halfway.replace(microsecond=0)


def _moment(start: date) -> datetime:
    return start if isinstance(start, datetime) else datetime.combine(start, time(), UTC)
