"""The plan of a verdict: who does what by when, in the order of time, and the next word to the client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from amends.cli.main import app
from amends.cli.report import text
from amends.engine import Engine, Verdict, load
from amends.engine.advice import MOST_HOURS, WHO, Advice, Step
from amends.engine.agenda import agenda, entries
from amends.engine.chain import run
from amends.engine.diagnostics import Code, InputError, render_text
from amends.engine.plan import ON_IT, Contact, next_contact, plan
from amends.engine.rulebase import Value
from amends.engine.verdict import NextContact, PlannedStep
from tests.support.examples import moderately

pytestmark = pytest.mark.knowledge

ROOT = Path(__file__).resolve().parents[1]
STORED = sorted((ROOT / "tests" / "cases").rglob("*.yaml"))
OUTAGE = ROOT / "tests" / "cases" / "seeds" / "a-good-client-went-cool-after-an-outage.yaml"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DUE = "due_on"

KNOWLEDGE = """\
sources: {A: {title: t, where: w}}
facts:
  cause: {kind: choice, question: Why?, values: {late: late, wrong: wrong}}
  due_on: {kind: date, question: By when?}
parameters:
  hours_to_reply: {title: hours to reply, value: 24, ours: true, because: A day is enough.}
remedies:
  repair:
    title: Repair it
    sources: [A]
    steps:
      - {do: "Tell them; it is late, and yours.", order: 10, within_hours: 4, promise: true}
      - {do: Let somebody look at it., order: 20, who: colleague}
      - {do: Deliver it., order: 30, by: due_on}
      - {do: Ask how it went., order: 40, within_hours: 168}
  wait: {title: Wait, sources: [A]}
"""
REMEDY = """\
decides: remedy
title: what to do
hit_policy: unique
values: remedies
rules:
  it-is-late: {when: {cause: late}, then: repair, because: It is., sources: [A]}
  it-is-wrong: {when: {cause: wrong}, then: wait, because: It is., sources: [A]}
"""
DEADLINE = """\
decides: contact_deadline_h
title: hours until they must hear from you
hit_policy: any
lowest: 0
highest: 72
rules:
  it-is-late: {when: {cause: late}, then: 2, because: It is., sources: [A]}
  it-is-wrong: {when: {cause: wrong}, then: 12, because: It is., sources: [A]}
"""
CASE = "title: the report is late\nnow: 2026-11-23T09:00:00Z\nfacts: {cause: late"


def engine_of(folder: Path, **decisions: str) -> Engine:
    (folder / "knowledge.yaml").write_text(KNOWLEDGE, encoding="utf-8")
    for name, written in decisions.items():
        (folder / f"{name}.yaml").write_text(written, encoding="utf-8")
    return load(folder)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_of(tmp_path, remedy=REMEDY)


@cache
def shipped() -> Engine:
    return load()


def decided(engine: Engine, more: str = "", case: str = CASE) -> Verdict:
    return engine.decide(engine.case(f"{case}{more}}}"))


def told(verdict: Verdict) -> str:
    """The text as it reads where lines never break."""
    return " ".join(text(verdict).split())


def due(verdict: Verdict) -> Mapping[str, datetime | None]:
    return {step.do: step.by for step in verdict.steps}


def end(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), UTC)


def limits(steps: tuple[PlannedStep, ...]) -> list[datetime]:
    return [step.by for step in steps if step.by is not None]


def test_a_stated_day_is_the_limit_of_what_must_be_there_by_then(engine: Engine) -> None:
    """Friday is what the client counts on; hours from now are ours."""
    verdict = decided(engine, ", due_on: 2026-11-27")
    assert due(verdict)["Deliver it."] == end(date(2026, 11, 27))
    assert "Deliver it. [by Fri 27 Nov]" in told(verdict)


def test_without_a_stated_day_it_has_no_limit_of_its_own(engine: Engine) -> None:
    """Nobody invents the day by which a client needs something."""
    verdict = decided(engine)
    assert due(verdict)["Deliver it."] is None
    assert "Deliver it. 4. Ask how it went." in told(verdict)


def test_the_hours_hold_where_they_end_before_the_day() -> None:
    """A week is no reason to wait with what takes two days."""
    step = Step("Hand it over.", 50, Fraction(48), (), by=DUE)
    (early,) = plan([step], {DUE: date(2026, 11, 30)}, NOW)
    (late,) = plan([step], {DUE: date(2026, 11, 24)}, NOW)
    assert (early.by, early.day) == (NOW + timedelta(hours=48), None)
    assert (late.by, late.day) == (end(date(2026, 11, 24)), date(2026, 11, 24))


def test_what_leads_up_to_the_day_is_due_by_it_too(engine: Engine) -> None:
    """A plan that is told the day after the delivery is none."""
    steps = [Step("Tell them.", 10, Fraction(48), ()), Step("Deliver it.", 30, None, (), by=DUE)]
    told_first, delivered = plan(steps, {DUE: NOW.date()}, NOW)
    assert (told_first.do, told_first.by) == ("Tell them.", delivered.by)


def test_a_day_that_is_over_binds_nothing(engine: Engine) -> None:
    """It was missed; nothing can be done by then any more."""
    assert due(decided(engine, ", due_on: 2026-11-22")) == due(decided(engine))


def test_the_last_day_itself_is_not_over(engine: Engine) -> None:
    assert due(decided(engine, ", due_on: 2026-11-23"))["Deliver it."] == end(NOW.date())


def test_the_moment_is_shown_where_the_case_says_when_it_was_told(engine: Engine) -> None:
    """Hours from a moment that the reader does not see tell nothing the next day."""
    moment = f"{(NOW + timedelta(hours=4)).astimezone():%a %d %b %H:%M}"
    assert f"[by {moment}]" in told(decided(engine))
    assert "within" not in told(decided(engine))


def test_the_hours_are_shown_where_the_clock_was_asked(engine: Engine) -> None:
    """Who decides now counts from now."""
    said = told(engine.decide({"cause": "late"}))
    assert "yours. [within 4 hours]" in said
    assert "Ask how it went. [within 7 days]" in said


def test_who_must_act_is_named_where_it_is_not_you(engine: Engine) -> None:
    assert "Let somebody look at it. [needs a colleague]" in told(decided(engine))
    assert {step.do: step.who for step in decided(engine).steps}["Deliver it."] == "you"


def test_the_next_contact_is_the_earliest_promise(engine: Engine) -> None:
    contact = decided(engine).next_contact
    assert contact is not None
    assert (contact.by, contact.why) == (NOW + timedelta(hours=4), "Tell them; it is late, and yours.")


def test_a_reply_is_brought_forward_to_the_hour_that_the_rules_allow(tmp_path: Path) -> None:
    """One plan does not name two times for one thing."""
    verdict = decided(engine_of(tmp_path, remedy=REMEDY, deadline=DEADLINE))
    contact = verdict.next_contact
    assert contact is not None
    assert contact.by == NOW + timedelta(hours=2) == due(verdict)[contact.why]


def test_a_proposal_takes_its_time_and_a_word_goes_before_it(engine: Engine) -> None:
    """To ask within a day how it went would be worse than to say nothing."""
    steps = [Step("Ask how it went.", 10, Fraction(168), (), promise=True)]
    contact = Contact(NOW + timedelta(hours=2), NOW + timedelta(hours=24))
    planned = plan(steps, {}, NOW, contact)
    assert limits(planned) == [NOW + timedelta(hours=168)]
    trace = run(engine.rulebase, {}, {}, engine.executor)
    assert next_contact(planned, trace, contact) == NextContact(contact.deadline, None, ON_IT)
    asked = next_contact(planned, trace, None)
    assert asked is not None
    assert asked.why == "Ask how it went."


def test_where_a_word_too_much_can_be_used_the_next_contact_is_the_guarded_one() -> None:
    """A lawyer's letter gets a receipt within the hours that the rules allow, and nothing else."""
    contact = shipped().decide({"lawyer_letter": True}).next_contact
    assert contact is not None
    assert contact.why == "Acknowledge receipt in one line, and nothing else."


def test_while_the_deadline_is_open_the_earliest_holds(tmp_path: Path) -> None:
    """Two hours may be asked for; twelve would break that."""
    verdict = engine_of(tmp_path, remedy=REMEDY, deadline=DEADLINE).decide({})
    assert verdict.status == "open"
    assert verdict.next_contact is not None
    assert verdict.next_contact.by == verdict.now + timedelta(hours=2)


def test_a_base_that_decides_no_deadline_falls_back_on_the_hours_to_reply(engine: Engine) -> None:
    contact = engine.decide({"cause": "wrong"}).next_contact
    assert contact is not None
    assert contact.why == ON_IT
    assert f"Next contact Within 24 hours: {ON_IT}" in told(engine.decide({"cause": "wrong"}))


@pytest.mark.parametrize(("value", "hours"), [(10**11, MOST_HOURS), (-5, 0)])
def test_a_time_to_reply_that_cannot_be_is_held_within_bounds(value: int, hours: int, tmp_path: Path) -> None:
    """A base may say anything; no calendar reaches that far, and nobody replies in the past."""
    engine_of(tmp_path, remedy=REMEDY)
    (tmp_path / "knowledge.yaml").write_text(KNOWLEDGE.replace("value: 24", f"value: {value}"))
    verdict = load(tmp_path).decide({"cause": "wrong"})
    assert verdict.next_contact is not None
    assert verdict.next_contact.by == verdict.now + timedelta(hours=hours)


def test_a_base_that_sets_no_time_promises_none(tmp_path: Path) -> None:
    """A house may leave the hours out; the verdict then says nothing it cannot know."""
    (tmp_path / "remedy.yaml").write_text(REMEDY, encoding="utf-8")
    without = "\n".join(line for line in KNOWLEDGE.splitlines() if "hours_to_reply" not in line)
    (tmp_path / "knowledge.yaml").write_text(without.replace("parameters:\n", ""), encoding="utf-8")
    verdict = load(tmp_path).decide({"cause": "wrong"})
    assert verdict.next_contact is None
    assert "Next contact" not in text(verdict)
    file = tmp_path / "plan.ics"
    told = CliRunner().invoke(
        app, ["decide", "--base", str(tmp_path), "-f", "cause=wrong", "--ics", str(file)]
    )
    assert (told.exit_code, file.exists()) == (0, False), "an empty calendar is none that RFC 5545 knows"
    assert "nothing is due at a time" in told.stderr


STEPS = st.lists(
    st.builds(
        Step,
        do=st.sampled_from(["Tell them.", "Mend it.", "Deliver it.", "Ask."]),
        order=st.integers(0, 100),
        within_hours=st.none() | st.integers(0, 400).map(Fraction),
        sources=st.just(()),
        who=st.sampled_from(WHO),
        by=st.none() | st.just(DUE),
        promise=st.booleans(),
    ),
    max_size=8,
)
DAYS: st.SearchStrategy[dict[str, Value]] = st.dictionaries(
    st.just(DUE), st.integers(-3, 20).map(lambda days: NOW.date() + timedelta(days=days))
)


@moderately
@given(STEPS, DAYS, st.none() | st.tuples(st.integers(0, 72), st.integers(0, 72)))
def test_no_step_stands_below_one_that_is_due_later(
    steps: list[Step], facts: dict[str, Value], hours: tuple[int, int] | None
) -> None:
    """Whatever a house writes into its catalogues; and none is lost."""
    contact = Contact(*(NOW + timedelta(hours=count) for count in hours)) if hours else None
    planned = plan(steps, facts, NOW, contact)
    assert limits(planned) == sorted(limits(planned))
    assert sorted(step.do for step in steps) == sorted(step.do for step in planned)


@moderately
@given(STEPS, DAYS)
def test_a_day_only_ever_brings_a_limit_forward_and_nothing_that_leads_to_it_is_late(
    steps: list[Step], facts: dict[str, Value]
) -> None:
    day = facts.get(DUE)
    numbered = [
        Step(f"{n:02}", s.order, s.within_hours, (), s.who, s.by, s.promise) for n, s in enumerate(steps)
    ]
    with_day = {step.do: step.by for step in plan(numbered, facts, NOW)}
    without = {step.do: step.by for step in plan(numbered, {}, NOW)}
    for do, by in without.items():
        later = with_day[do]
        assert by is None or (later is not None and later <= by)
    if isinstance(day, date) and end(day) >= NOW:
        last = max((step.order for step in numbered if step.by), default=-1)
        for step in numbered:
            by = with_day[step.do]
            if by is not None and (step.by or step.order < last):
                assert by <= end(day)


def timed(entry: Advice) -> list[Step]:
    return [step for step in entry.steps if step.within_hours is not None]


def test_the_limits_of_a_remedy_and_of_all_companions_rise_with_their_order() -> None:
    """What is written down is what is shown: no step has to be moved to stand before a later one."""
    catalogues = shipped().rulebase.catalogues
    besides = [step for entry in catalogues["companions"].values() for step in timed(entry)]
    wrong = {
        f"{first.order} {first.do} ({first.within_hours} h), {then.order} {then.do} ({then.within_hours} h)"
        for remedy in catalogues["remedies"].values()
        for first, then in combinations(sorted([*timed(remedy), *besides], key=lambda s: (s.order, s.do)), 2)
        if (first.within_hours or 0) > (then.within_hours or 0)
    }
    assert sorted(wrong) == []


@pytest.mark.parametrize("kind", ["remedies", "companions"])
def test_a_promise_says_by_when(kind: str) -> None:
    """Else nobody could hold you to it, yourself included."""
    steps = [step for entry in shipped().rulebase.catalogues[kind].values() for step in entry.steps]
    assert [step.do for step in steps if step.promise and step.within_hours is None] == []


def test_no_two_steps_of_one_plan_are_the_same() -> None:
    """The calendar tells entries apart by what they say."""
    catalogues = shipped().rulebase.catalogues
    besides = [step.do for entry in catalogues["companions"].values() for step in entry.steps]
    assert len(besides) == len(set(besides))
    for remedy in catalogues["remedies"].values():
        own = [step.do for step in remedy.steps]
        assert len(own) == len(set(own))
        assert not set(own) & set(besides), remedy.name


@pytest.mark.knowledge
@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_the_plan_of_a_stored_case_keeps_every_day_and_names_the_next_contact(path: Path) -> None:
    engine = shipped()
    case = engine.case(path).stating(**{DUE: NOW.date() + timedelta(days=1)})
    verdict = engine.decide(case, what_if=False)
    assert limits(verdict.steps) == sorted(limits(verdict.steps))
    assert verdict.next_contact is not None
    assert all(step.by <= end(step.day) for step in verdict.steps if step.by and step.day)


def test_the_calendar_reads_back_with_one_alarm_for_each_entry(engine: Engine) -> None:
    icalendar = pytest.importorskip("icalendar")
    verdict = decided(engine, ", due_on: 2026-11-27")
    read = icalendar.Calendar.from_ical(agenda(verdict))
    events = read.walk("VEVENT")
    assert [str(event["summary"]) for event in events] == [
        "Tell them; it is late, and yours.",
        "Deliver it.",
        "Ask how it went.",
    ]
    assert len(read.walk("VALARM")) == len(events) == len(entries(verdict))
    first, whole_day, _ = events
    assert first.decoded("dtend") == NOW + timedelta(hours=4)
    assert whole_day.decoded("dtstart") == date(2026, 11, 27)
    assert all(len(event.walk("VALARM")) == 1 for event in events)


def test_the_next_contact_is_in_the_calendar_even_where_no_step_is_it(engine: Engine) -> None:
    """It is the one thing that must not be forgotten."""
    icalendar = pytest.importorskip("icalendar")
    (event,) = icalendar.Calendar.from_ical(agenda(engine.decide({"cause": "wrong"}))).walk("VEVENT")
    assert str(event["summary"]) == ON_IT


def test_every_alarm_rings_before_it_is_too_late(tmp_path: Path) -> None:
    """Also where the limit is nearer than the usual hour, or the day is today."""
    icalendar = pytest.importorskip("icalendar")
    engine = engine_of(tmp_path, remedy=REMEDY, deadline=DEADLINE.replace("then: 2,", "then: 1,"))
    verdict = decided(engine, ", due_on: 2026-11-23")
    for event, entry in zip(
        icalendar.Calendar.from_ical(agenda(verdict)).walk("VEVENT"), entries(verdict), strict=True
    ):
        start = event.decoded("dtstart")
        moment = start if isinstance(start, datetime) else datetime.combine(start, time(), UTC)
        (alarm,) = event.walk("VALARM")
        assert NOW < moment + alarm.decoded("trigger") < entry.by


def test_the_same_case_twice_gives_the_same_bytes(engine: Engine) -> None:
    """So that a file in a shared folder changes only with the plan."""
    pytest.importorskip("icalendar")
    assert agenda(decided(engine)) == agenda(decided(engine))


def test_an_entry_keeps_its_identity_when_its_time_moves(engine: Engine) -> None:
    """A calendar that reads the plan anew moves the entry in place of adding another."""
    icalendar = pytest.importorskip("icalendar")

    def uids(verdict: Verdict) -> list[str]:
        return [str(event["uid"]) for event in icalendar.Calendar.from_ical(agenda(verdict)).walk("VEVENT")]

    known = decided(engine, ", due_on: 2026-11-27")
    moved = decided(engine, ", due_on: 2026-11-28")
    other = decided(engine, ", due_on: 2026-11-27", case=CASE.replace("report", "invoice"))
    assert uids(known) == uids(moved)
    assert len(set(uids(known))) == len(uids(known))
    assert not set(uids(known)) & set(uids(other)), "two cases, two sets of entries"


def test_two_cases_without_a_title_share_no_entry(engine: Engine) -> None:
    """Reading the second plan must not take the first one's promises away."""
    icalendar = pytest.importorskip("icalendar")
    one, other = (
        icalendar.Calendar.from_ical(agenda(engine.decide({"cause": "late", DUE: day})))
        for day in ("2199-01-01", "2199-01-02")
    )
    assert not {str(e["uid"]) for e in one.walk("VEVENT")} & {str(e["uid"]) for e in other.walk("VEVENT")}


def test_a_title_cannot_add_to_the_calendar(engine: Engine) -> None:
    """A case may come from somebody else."""
    icalendar = pytest.importorskip("icalendar")
    sly = CASE.replace("the report is late", r'"late\r\nEND:VEVENT\nBEGIN:VALARM\nACTION:EMAIL"')
    verdict = decided(engine, case=sly)
    read = icalendar.Calendar.from_ical(agenda(verdict))
    assert len(read.walk("VALARM")) == len(entries(verdict))
    assert {str(alarm["action"]) for alarm in read.walk("VALARM")} == {"DISPLAY"}


def test_without_the_library_it_says_what_to_install(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(InputError) as error:
        agenda(decided(engine))
    (found,) = error.value.diagnostics
    assert found.code is Code.NO_CALENDAR
    page = ROOT / "docs" / "diagnostics" / f"{Code.NO_CALENDAR}.md"
    assert render_text(found) in page.read_text(encoding="utf-8")


def test_without_the_library_nothing_is_written_and_the_code_is_5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a picture that nothing here can draw."""
    monkeypatch.setitem(sys.modules, "icalendar", None)
    file = tmp_path / "plan.ics"
    done = CliRunner().invoke(app, ["decide", str(OUTAGE), "--ics", str(file)])
    assert (done.exit_code, done.stdout, file.exists()) == (5, "", False)
    assert "amends[calendar]" in done.stderr


def test_the_command_writes_the_calendar_beside_the_verdict(tmp_path: Path) -> None:
    """The whole way, as people type it; what is on standard output stays JSON."""
    icalendar = pytest.importorskip("icalendar")
    file = tmp_path / "new" / "plan.ics"
    command = ["decide", str(OUTAGE), "-f", f"{DUE}=2199-12-31"]
    done = subprocess.run(
        [sys.executable, "-m", "amends.cli", *command, "--ics", str(file), "--format", "json"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TZ": "America/New_York"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, f"{file}\n")
    verdict = json.loads(done.stdout)
    read = icalendar.Calendar.from_ical(file.read_bytes())
    due = [step["by"] for step in verdict["steps"] if step["by"] and not step["day"]]
    ends = [event.decoded("dtend") for event in read.walk("VEVENT") if "dtend" in event]
    assert due == [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in ends]
    assert len(read.walk("VALARM")) == len(read.walk("VEVENT")) > 0
    assert verdict["next_contact"]["by"] in due
