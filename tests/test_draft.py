"""The message to the client: what it says, what it never says, and what it leaves to be filled in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given

from amends.engine import Engine, InputError, load
from amends.engine.api import check
from amends.engine.case import Case
from amends.engine.chain import run
from amends.engine.chain.memory import WorkingMemory
from amends.engine.completion import complete
from amends.engine.deciding import decide
from amends.engine.diagnostics import Code, Problems, Source, Span
from amends.engine.draft import Draft
from amends.engine.draft.compose import write
from amends.engine.draft.guard import check as guard
from amends.engine.draft.templates import render
from amends.engine.loading.messages import SHAPES
from amends.engine.message import Channel, Phrase
from amends.engine.network import strata
from amends.engine.rulebase import AllOf, Rule, RuleBase
from amends.engine.rulebase import tests as each_test
from amends.engine.truth import Truth
from tests.support import texts
from tests.support.examples import examples
from tests.support.shipped import memory, near_cases, shipped

pytestmark = pytest.mark.knowledge

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "cases" / "messages"
EXPECTED = ROOT / "tests" / "drafts"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AT_FAULT = {
    "failure_kind": "defective_work",
    "cause": "own_error",
    "deliverable_status": "delivered",
    "client_aware": True,
    "harm_kinds": ["inconvenience"],
    "fee_total": "1000 EUR",
    "amount_paid": 1000,
    "payment_status": "paid",
    "affected_share": 0.5,
    "work_done_share": 0.5,
}
NOT_AT_FAULT = {**AT_FAULT, "brief_met": True}
FROM_OUTSIDE = {
    **AT_FAULT,
    "failure_kind": "missed_deadline",
    "cause": "isp_outage",
    "preventable": "no",
    "backup_existed": True,
}
CIRCUMSTANCES: dict[str, dict[str, object]] = {
    "nothing is known": {},
    "the cause came from outside": FROM_OUTSIDE,
    "the cause cannot be told": {**AT_FAULT, "evidence_strength": "none"},
    "the brief was met": NOT_AT_FAULT,
    "there was an apology": {**AT_FAULT, "already_apologised": True},
    "a platform holds the money": {**AT_FAULT, "payment_status": "escrow", "direct_loss_amount": 100},
    "a sum was promised": {**AT_FAULT, "promise_made": "money", "promised_amount": 70},
    "the invoice was too high": {**AT_FAULT, "failure_kind": "billing_error", "amount_paid": 1200},
    "they do not know": {**AT_FAULT, "client_aware": False},
}
NOTHING_WRONG = {
    "bill_and_stop",
    "buy_peace",
    "change_order",
    "end_engagement",
    "exit_with_refund",
    "grin_and_bear",
    "hold_firm",
    "platform_process",
    "refund_unearned",
    "revise_in_policy",
}
"""The remedies for which nothing of the freelancer's need have fallen short."""
LIABILITY = re.compile(
    r"(?i)\b(?:liab\w+|fault|mistake|my doing|responsib\w+|negligen\w+|admi(?:t|ssion)\w*|should have)\b"
)
OFFER = re.compile(
    r"(?i)\b(?:refund|discount|compensat\w+|reimburs\w+|pay|money|charge|offer|settle\w*|cover)\b|EUR|%|€"
)


def remedies() -> list[str]:
    return list(shipped().rulebase.catalogues["remedies"])


def temperaments() -> list[str | None]:
    return [None, *shipped().rulebase.facts["client_temperament"].domain.values]


def policies() -> list[str]:
    return list(shipped().rulebase.decisions["admission_policy"].domain.values)


def deciding_on(**values: str) -> RuleBase:
    """Return the shipped base with one rule for each decision named, which always says its value."""
    rulebase = shipped().rulebase
    decisions = dict(rulebase.decisions)
    for name, value in values.items():
        decision = decisions[name]
        tier = decision.tiers[0] if decision.tiers else None
        rule = Rule(name, "as-asked", AllOf(()), (value,), "it is asked for", (), decision.span, tier=tier)
        decisions[name] = replace(decision, rules=(rule,))
    return replace(rulebase, decisions=decisions)


def drafts(rulebase: RuleBase, words: tuple[str, ...] = (), **facts: Any) -> Iterator[Draft]:
    """Yield the draft of a case for each channel; the verdict is worked out once."""
    case = Engine(rulebase).case(facts, words=words, now=NOW)
    executor, problems = WorkingMemory(rulebase, strata(rulebase)), Problems()
    verdict = decide(rulebase, case, executor, problems, what_if=False)
    known = complete(rulebase, case, problems).facts
    trace = run(rulebase, known, case.facts, executor)
    for channel in rulebase.messages.channels.values():
        yield write(rulebase, verdict, trace, case, known, channel, problems)


def stated(temperament: str | None) -> dict[str, str]:
    return {} if temperament is None else {"client_temperament": temperament}


# --- Every message ---------------------------------------------------------------------


@pytest.mark.knowledge
@pytest.mark.parametrize("policy", policies())
@pytest.mark.parametrize("remedy", remedies())
def test_every_message_passes_the_guard_and_lists_its_blanks(remedy: str, policy: str) -> None:
    """Whatever is decided, whoever the client is and however it is sent; a finding would raise."""
    rulebase = deciding_on(remedy=remedy, admission_policy=policy)
    facts = NOT_AT_FAULT if remedy in NOTHING_WRONG else AT_FAULT
    for temperament in temperaments():
        for draft in drafts(rulebase, **facts, **stated(temperament)):
            shown = set(re.findall(r"\[([^\]]+)\]", draft.text))
            assert shown == {blank.title for blank in draft.blanks}
            assert draft.paragraphs
            assert "{{" not in draft.text
            assert bool(draft.subject) is (draft.channel == "email")


@pytest.mark.knowledge
@pytest.mark.parametrize("known", CIRCUMSTANCES)
@pytest.mark.parametrize("remedy", remedies())
def test_a_message_passes_the_guard_whatever_else_is_known(remedy: str, known: str) -> None:
    """Rules may combine what no author thought of; no combination may say what must not be said."""
    rulebase = deciding_on(remedy=remedy, admission_policy="full_ownership")
    for draft in drafts(rulebase, **CIRCUMSTANCES[known], client_temperament="fuming"):
        assert draft.paragraphs


@pytest.mark.parametrize("policy", [name for name in policies() if name != "full_ownership"])
@pytest.mark.parametrize("remedy", remedies())
def test_before_it_is_cleared_there_is_no_sum_no_offer_and_no_word_of_liability(
    remedy: str, policy: str
) -> None:
    """The guard knows phrases; here the words themselves are looked for."""
    rulebase = deciding_on(remedy=remedy, admission_policy=policy)
    for facts in (AT_FAULT, {**AT_FAULT, "abuse_kind": "threats"}, {**AT_FAULT, "direct_loss_amount": 300}):
        for draft in drafts(rulebase, **facts):
            said = " ".join(part for part in draft.paragraphs if not _is_aside(part))
            assert not LIABILITY.search(said), said
            assert not OFFER.search(said), said


@examples(60)
@given(near_cases())
def test_no_case_whatever_gets_past_the_insurer(case: Case) -> None:
    """Facts that nobody thought of together; what is not surely cleared is not cleared."""
    rulebase, problems = shipped().rulebase, Problems()
    try:
        known = complete(rulebase, case, problems).facts
        problems.stop()
    except InputError:
        assume(False)  # the facts contradict each other, which a constraint has said
        raise
    verdict = decide(rulebase, case, memory(), problems, what_if=False)
    trace = run(rulebase, known, case.facts, memory())
    for channel in rulebase.messages.channels.values():
        draft = write(rulebase, verdict, trace, case, known, channel, problems)
        if verdict.decisions.get("admission_policy") != "full_ownership":
            said = " ".join(part for part in draft.paragraphs if not _is_aside(part))
            assert not LIABILITY.search(said), said
            assert not OFFER.search(said), said


def _is_aside(paragraph: str) -> bool:
    """True for what is meant for the asker's eyes: notes about the talk, not words in it."""
    blocks = shipped().rulebase.messages.blocks.values()
    starts = {v.text.split("{{")[0][:20] for block in blocks if block.aside for v in block.variants if v.text}
    return any(paragraph.startswith(start) for start in starts)


@pytest.mark.parametrize("remedy", sorted(set(remedies()) & NOTHING_WRONG))
def test_where_nothing_fell_short_there_is_neither_apology_nor_blame(remedy: str) -> None:
    """An apology would not be true, and blame would not help."""
    rulebase = deciding_on(remedy=remedy, admission_policy="full_ownership")
    for temperament in ("understanding", "disappointed", "standoffish", "fuming", "silent"):
        for draft in drafts(rulebase, **NOT_AT_FAULT, client_temperament=temperament):
            assert not re.search(r"(?i)\b(?:sorry|apolog\w+|mistake|my doing|fault)\b", draft.text)


@pytest.mark.parametrize("remedy", remedies())
def test_an_e_mail_is_neither_curt_nor_long(remedy: str) -> None:
    """A page nobody reads; a line sounds cold. Notes that only buy time, or name a danger, may be short."""
    rulebase = deciding_on(remedy=remedy, admission_policy="full_ownership")
    facts = NOT_AT_FAULT if remedy in NOTHING_WRONG else AT_FAULT
    short = {"holding", "receipt_only", "insurer_hold", "warning", "platform_case", "accept_no", "no_fault"}
    for temperament in temperaments():
        draft = next(d for d in drafts(rulebase, **facts, **stated(temperament)) if d.channel == "email")
        assert (40 if draft.skeleton in short else 80) <= len(draft.text.split()) <= 175, draft.text


@pytest.mark.parametrize("remedy", remedies())
def test_a_public_reply_gives_nothing_of_the_matter_away(remedy: str) -> None:
    """Three sentences, no figure, no name, and the rest in private."""
    rulebase = deciding_on(remedy=remedy)
    words = ("client=Ana", "project=the catalogue", "contact=jo@example.org")
    for draft in drafts(rulebase, words, **AT_FAULT, channel_in="public_review"):
        if draft.form == "public":
            assert len(re.findall(r"[.!?](?:\s|$)", draft.text)) <= 3
            assert not re.search(r"Ana|catalogue|EUR|\d{3}", draft.text)


def test_temperament_changes_the_order_and_not_what_is_owed() -> None:
    """A calm client gets thanks, a fuming one is heard first; both get the same refund."""
    rulebase = deciding_on(remedy="full_refund", admission_policy="full_ownership")
    found = {}
    for temperament in ("understanding", "disappointed", "fuming", "silent"):
        by_channel = drafts(rulebase, **AT_FAULT, client_temperament=temperament)
        found[temperament] = next(draft for draft in by_channel if draft.channel == "email")
    assert len({draft.paragraphs[1] for draft in found.values()}) == 4
    assert all(draft.text.count("1000 EUR") == 1 for draft in found.values())
    assert "Thank you for taking it so well" in found["understanding"].text
    assert "Thank you" not in found["fuming"].text


# --- Sums, dates and blanks --------------------------------------------------------------


def test_sums_and_dates_are_those_of_the_verdict() -> None:
    """Nothing is made up: the same case says the same in `decide`."""
    engine = shipped()
    case = engine.case(CASES / "a-website-down-on-launch-day.yaml")
    verdict, draft = engine.decide(case), engine.draft(case, channel="email")
    assert verdict.money.amount is not None
    assert f"{verdict.money.amount.removesuffix('.00')} EUR off the open invoice" in draft.text
    assert "put right by Wednesday 25 November" in draft.text, "the day the case says it is due"


def test_an_unknown_sum_and_day_are_marked_and_named() -> None:
    """A blank says what is missing; a guess would be sent."""
    draft = shipped().draft(
        {"failure_kind": "no_show", "cause": "own_error", "client_demand": "termination"}, channel="email"
    )
    assert draft.verdict.remedy == "accept_no"
    assert "[the client's name]" in draft.text
    titles = {blank.word: blank.help for blank in draft.blanks}
    assert "--word client=" in titles["client"]
    rulebase = deciding_on(remedy="full_refund", admission_policy="full_ownership")
    unpaid = {name: value for name, value in AT_FAULT.items() if name not in ("fee_total", "amount_paid")}
    draft = next(d for d in drafts(rulebase, **unpaid) if d.channel == "email")
    assert "I'm returning [the amount]" in draft.text
    assert any("-f amount_paid=" in blank.help for blank in draft.blanks)


def test_a_sum_without_a_currency_asks_for_it() -> None:
    """1000 of what?"""
    rulebase = deciding_on(remedy="full_refund", admission_policy="full_ownership")
    facts = {**AT_FAULT, "fee_total": 1000}
    draft = next(d for d in drafts(rulebase, **facts) if d.channel == "email")
    assert "1000 [the currency]" in draft.text
    assert "currency" in {blank.word for blank in draft.blanks}


def test_a_day_that_is_over_is_no_date_to_promise() -> None:
    """The client needed it last week; when it is done now, only the asker knows."""
    rulebase = deciding_on(remedy="repair_own_cost", admission_policy="full_ownership")
    over, ahead = (
        next(d for d in drafts(rulebase, **AT_FAULT, due_on=day) if d.channel == "email")
        for day in ("2026-11-16", "2026-11-27")
    )
    assert "[the day it is done]" in over.text
    assert "Friday 27 November" in ahead.text


def test_a_day_of_another_year_says_so() -> None:
    """In November, “Friday 1 January” could be weeks ahead or years."""
    rulebase = deciding_on(remedy="repair_own_cost", admission_policy="full_ownership")
    draft = next(d for d in drafts(rulebase, **AT_FAULT, due_on="2027-01-01") if d.channel == "email")
    assert "Friday 1 January 2027" in draft.text


def test_the_asker_fills_in_words_in_the_file_or_on_the_line_and_the_line_wins() -> None:
    """As with facts."""
    text = "facts: {client_said_no: true}\nwords: {client: Ana, you: Jo}"
    engine = shipped()
    draft = engine.draft(engine.case(text, words=["client=Bea", "project=the site"]), channel="email")
    assert draft.text.startswith("Subject: The site: ")
    assert "Hello Bea," in draft.text
    assert draft.text.endswith("Jo")
    assert [blank.word for blank in draft.blanks] == ["amount"], "that is the verdict's to say"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["clint=Ana"], "no message has a word `clint`"),
        (["amount=5000 EUR"], "`amount` comes from the verdict"),
        (["client"], "`client` states no word"),
        (["client=A", "client=B"], "`client` is stated twice"),
        (["client=" + "x" * 201], "the word `client` is one short text"),
    ],
)
def test_a_word_that_cannot_be_used_is_refused(words: list[str], said: str) -> None:
    """Lost words would leave blanks in a message that looks done; a sum is the verdict's to say."""
    with pytest.raises(InputError) as error:
        shipped().case({"client_said_no": True}, words=words)
    assert said in str(error.value)


def test_a_word_that_is_left_empty_stays_a_blank() -> None:
    """`client: ~` is nobody's name."""
    case = shipped().case("facts: {client_said_no: true}\nwords: {client: ~, you: unknown, project: ''}")
    assert {"client", "you", "project"} <= {blank.word for blank in shipped().draft(case).blanks}


def test_words_are_never_read_as_a_template() -> None:
    """Whoever pastes a client's name must not run it."""
    case = shipped().case({"client_said_no": True}, words=["client={{ you }}{% for a in b %}"])
    assert "Hello {{ you }}{% for a in b %}," in shipped().draft(case, channel="email").text


# --- Which message, which channel --------------------------------------------------------


def test_an_undecided_case_gets_a_message_that_only_buys_time() -> None:
    """The reply clock runs while facts are missing; nothing is admitted or offered."""
    draft = shipped().draft({"client_temperament": "fuming"})
    assert (draft.verdict.status, draft.skeleton, draft.holds_back) == ("open", "holding", True)
    assert not OFFER.search(draft.text)
    assert not LIABILITY.search(draft.text)


def test_every_value_of_the_message_has_a_case_that_shows_it() -> None:
    """Otherwise a skeleton could rot unseen."""
    engine = shipped()
    shown = {engine.draft(path).skeleton for path in sorted(CASES.glob("*.yaml"))}
    assert shown == set(engine.rulebase.messages.skeletons)


def test_every_value_of_the_channel_has_a_shape() -> None:
    """A channel that the rules can choose must not fall back to another."""
    rulebase = shipped().rulebase
    chosen = {channel.chosen_as for channel in rulebase.messages.channels.values()}
    assert chosen == set(rulebase.decisions["reply_channel"].domain.values)


def test_every_block_is_used_and_every_remedy_has_a_text_of_its_own() -> None:
    """A block that no skeleton has, or a remedy that falls through to another's words, is a slip."""
    messages = shipped().rulebase.messages
    used = {
        name for s in messages.skeletons.values() for order in s.orders.values() for p in order for name in p
    }
    for channel in messages.channels.values():
        around = [*channel.before, *channel.after, *(name for p in channel.order for name in p)]
        used.update([*around, *([channel.subject] if channel.subject else [])])
    assert used == set(messages.blocks)
    told = {
        value
        for variant in messages.blocks["fix"].variants
        for test in each_test(variant.when)
        if test.subject == "remedy" and isinstance(test.operand, frozenset)
        for value in test.operand
    }
    assert set(remedies()) - told == {"insurer_first", "advice_first"}, "they hold the answer back"


def test_an_unknown_channel_is_refused_with_the_nearest() -> None:
    """`mail` is `email`."""
    with pytest.raises(InputError) as error:
        shipped().draft({"client_said_no": True}, channel="e_mail")
    assert error.value.diagnostics[0].help == "did you mean `email`?"


# --- The guard ---------------------------------------------------------------------------


def email() -> Channel:
    return shipped().rulebase.messages.channels["email"]


def findings(text: str, *phrases: Phrase, applies: Truth = Truth.YES) -> list[str]:
    return [found.message for found in guard(text, email(), phrases, lambda _: applies)]


def blocked() -> list[tuple[str, str]]:
    phrases = shipped().rulebase.messages.phrases.values()
    return [(p.name, words) for p in phrases if p.rule == "block" for words in p.words if "{" not in words]


@pytest.mark.parametrize(("name", "words"), blocked())
def test_the_guard_catches_the_phrase_in_any_case_and_across_lines(name: str, words: str) -> None:
    """A phrase in capitals, with curly quotes or over a line break is the same phrase."""
    phrase = shipped().rulebase.messages.phrases[name]
    beside = f"{phrase.beside[0]} " if phrase.beside else ""
    for said in (words, words.upper(), words.replace("'", "’"), words.replace(" ", "\n")):
        assert findings(f"So {beside}{said} then.", phrase), said
    assert not findings("So I'm putting it right then.", phrase)


def test_a_but_counts_only_in_the_sentence_of_the_apology() -> None:
    """“But” is a useful word elsewhere."""
    phrase = shipped().rulebase.messages.phrases["an-apology-with-a-but"]
    assert findings("I'm sorry, but it was late.", phrase)
    assert not findings("I'm sorry. It was late, but it is here now.", phrase)


def test_a_phrase_within_a_word_is_not_the_phrase() -> None:
    """A button is no “but”, and Sorrybank no apology."""
    phrase = shipped().rulebase.messages.phrases["an-apology-with-a-but"]
    assert not findings("I'm sorry that the button was missing.", phrase)


@pytest.mark.parametrize(
    "figure",
    ["600 EUR", "600 eur", "1,200.50 USD", "€600", "10 %", "10%", "5 per cent", "USD 20", "[the amount]"],
)
def test_a_sum_is_seen_however_it_is_written(figure: str) -> None:
    """And said once; a second figure starts the haggling."""
    phrase = shipped().rulebase.messages.phrases["one-figure"]
    assert not findings(f"You get {figure} back.", phrase)
    assert findings(f"You get {figure} back, or {figure} off.", phrase)


@pytest.mark.parametrize("text", ["[ day " * 3_000, "[day " + "day " * 10_000, "1," * 10_000, "1" * 20_000])
def test_the_guard_gets_to_the_end_of_a_long_text(text: str) -> None:
    """A pack could hold it; a guard that looks from each place to the end would not come back for minutes."""
    phrase = Phrase("p", "p", "block", SHAPES, (), Span.whole(Source("phrases")))
    assert not any(found.startswith("it says") for found in findings(text, phrase))


def test_what_is_required_is_missed_and_what_may_hold_is_guarded() -> None:
    """A ban holds unless it surely does not; a duty holds only if it surely does."""
    phrases = shipped().rulebase.messages.phrases
    assert findings("All will be well.", phrases["a-date"]) == ["it lacks a date that they can hold you to"]
    assert not findings("All will be well by 27 November.", phrases["a-date"])
    assert not findings("All will be well.", phrases["a-date"], applies=Truth.UNDECIDED)
    gated = phrases["liability-before-it-is-cleared"]
    assert findings("That was my mistake.", gated, applies=Truth.UNDECIDED)
    assert not findings("That was my mistake.", gated, applies=Truth.NO)


def test_goodwill_is_no_word_for_what_is_owed() -> None:
    """Only where it is goodwill may it be called so."""
    phrase = shipped().rulebase.messages.phrases["goodwill-for-what-is-owed"]
    assert findings("As a gesture of goodwill you get it back.", phrase)
    assert [test.subject for test in each_test(phrase.when)] == ["money_gate"]


def test_a_word_of_the_asker_that_the_guard_blocks_is_shown_at_its_place() -> None:
    """The message is not printed; what to change is."""
    case = shipped().case(
        CASES / "a-kind-word-about-a-slip.yaml", words=["change=told my assistant to check"]
    )
    with pytest.raises(InputError) as error:
        shipped().draft(case)
    (found,) = error.value.diagnostics
    assert found.code is Code.UNFIT_MESSAGE
    assert str(found.primary) == "--word:1:8"
    assert "`my assistant`" in found.message


# --- Templates are not trusted -------------------------------------------------------------


def base(template: str, **more: Any) -> dict[str, Any]:
    """Return the files of a small base whose one block is *template*."""
    block = {"title": "x", "sources": ["S"], "variants": [{"text": template}]}
    sections: dict[str, Any] = {
        "remedies": {"wait": {"title": "Wait", "sources": ["S"]}},
        "words": {"client": {"title": "their name"}},
        "blocks": {"whole": block},
        "skeletons": {"holding": {"title": "x", "sources": ["S"], "letter": ["whole"]}},
        "channels": {"email": {"title": "x", "sources": ["S"], "form": "letter", "chosen_as": "written"}},
        **more,
    }
    remedy = {
        "hit_policy": "unique",
        "values": "remedies",
        "rules": {"late": texts.rule({"late": True}, "wait")},
    }
    return texts.files({"late": texts.FLAG}, {"remedy": remedy}, **sections)


def engine_over(files: dict[str, Any], folder: Path) -> Engine:
    from tests.support.written import write as write_files

    write_files(files, folder)
    return load(folder)


@pytest.mark.parametrize(
    "template",
    [
        "{{ client.__class__ }}",
        "{{ client['__class__'] }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ client.upper() }}",
        "{{ client|attr('__class__') }}",
        "{{ client|upper }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__ }}",
        "{{ [1, 2] }}",
        "{{ client * 1000000000 }}",
        "{% for a in client %}{{ a }}{% endfor %}",
        "{% set a = client %}",
        "{% include 'secret' %}",
        "{% import 'os' as os %}",
        "{% macro m() %}{% endmacro %}",
        "{% if client %}x{% endif %}",
        "{{ client if client else client }}",
    ],
)
def test_a_template_that_does_more_than_fill_in_is_refused(template: str, tmp_path: Path) -> None:
    """Packs come from strangers: text and names, nothing that loops, calls or reaches in."""
    engine = engine_over(base(template), tmp_path)
    for use in (lambda: check(tmp_path), lambda: engine.draft({"late": True})):
        with pytest.raises(InputError) as error:
            use()
        assert {found.code for found in error.value.diagnostics} == {Code.BROKEN_TEMPLATE}
        assert all(found.primary is not None for found in error.value.diagnostics)


@pytest.mark.parametrize("template", ["{{ client", "{{ }}", "{% endfor %}", "{{ client }} {# open"])
def test_a_template_that_cannot_be_read_has_its_place(template: str, tmp_path: Path) -> None:
    """Found by `check`, with file and line."""
    engine_over(base(template), tmp_path)
    with pytest.raises(InputError) as error:
        check(tmp_path)
    (found,) = error.value.diagnostics
    assert found.code is Code.BROKEN_TEMPLATE
    assert found.primary is not None
    assert found.primary.source.name.endswith("facts.yaml")


def test_an_unknown_word_is_found_by_check_and_not_in_the_middle_of_a_draft(tmp_path: Path) -> None:
    """With the nearest word there is."""
    engine_over(base("Hello {{ clint }}"), tmp_path)
    with pytest.raises(InputError) as error:
        check(tmp_path)
    (found,) = error.value.diagnostics
    assert (found.code, found.help) == (Code.UNKNOWN_NAME, "did you mean `client`?")


def test_a_template_cannot_print_itself(tmp_path: Path) -> None:
    """Jinja knows a name that is no word of ours; the client would get a piece of the machine."""
    for words, code in (({}, Code.UNKNOWN_NAME), ({"self": {"title": "you"}}, Code.BAD_NAME)):
        with pytest.raises(InputError) as error:
            engine_over(base("{{ self }}", words=words), tmp_path)
            check(tmp_path)
        assert [found.code for found in error.value.diagnostics] == [code]


def test_a_template_is_bounded_before_and_after_it_is_filled_in(tmp_path: Path) -> None:
    """A page of template is refused when it is read; what would grow to a book, when it is filled in."""
    with pytest.raises(InputError) as error:
        engine_over(base("x" * 2_001), tmp_path)
    assert error.value.diagnostics[0].code is Code.OUT_OF_BOUNDS
    engine = engine_over(base("{{ client }}" * 100), tmp_path)
    case = engine.case({"late": True}, words=["client=" + "x" * 200])
    with pytest.raises(InputError) as error:
        engine.draft(case)
    assert error.value.diagnostics[0].code is Code.UNFIT_MESSAGE


def test_the_sandbox_stands_behind_the_check() -> None:
    """Were something to slip through, it would still reach nothing."""
    from jinja2.exceptions import SecurityError, UndefinedError

    for template in ("{{ client.__class__.__mro__ }}", "{{ client.__init__.__globals__ }}", "{{ range(9) }}"):
        with pytest.raises((SecurityError, UndefinedError)):
            render(template, {"client": "Ana"})


def test_a_small_base_drafts_too_and_a_base_without_messages_says_so(tmp_path: Path) -> None:
    """Other bases need not have messages; asking for one is answered plainly."""
    assert (
        engine_over(base("Hello {{ client }}"), tmp_path).draft({"late": True}).text == "Hello [their name]"
    )
    bare = base("x")
    for section in ("blocks", "skeletons", "channels", "words"):
        del bare["kb/facts.yaml"][section]
    with pytest.raises(InputError) as error:
        engine_over(bare, tmp_path / "bare").draft({"late": True})
    assert "has no messages" in str(error.value)


# --- The command ---------------------------------------------------------------------------


def amends(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "amends.cli", *map(str, args)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "88", "TZ": "UTC"},
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("expected", sorted(EXPECTED.glob("*.txt")), ids=lambda path: path.stem)
def test_the_command_writes_the_whole_message(expected: Path) -> None:
    """`AMENDS_REWRITE=1` writes them anew; read them as the client would."""
    done = amends("draft", CASES / f"{expected.stem}.yaml")
    said = f"{done.stdout}--- stderr, exit {done.returncode}\n{done.stderr}"
    if os.environ.get("AMENDS_REWRITE") == "1":
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def test_the_exit_code_is_that_of_the_verdict() -> None:
    """A script can tell an answer from a note that buys time."""
    assert amends("draft", CASES / "a-kind-word-about-a-slip.yaml").returncode == 0
    waiting = amends("draft", "-f", "client_temperament=fuming")
    assert waiting.returncode == 4
    assert "Not decided yet" in waiting.stderr
    assert "Not decided yet" not in waiting.stdout


def test_json_carries_the_message_and_its_blanks() -> None:
    """For whoever sends it from a program."""
    import json

    found = json.loads(amends("draft", "-f", "client_said_no=true", "--format", "json").stdout)
    assert (found["schema"], found["message"], found["channel"]) == ("amends/draft/1", "accept_no", "email")
    assert {"word", "title", "help"} == set(found["fill_in"][0])
    assert found["text"].startswith("Subject: ")


def test_deciding_pays_for_no_template_engine() -> None:
    """Jinja is imported by a draft and by `check` alone."""
    code = (
        "import sys\nfrom amends.engine import load\nload().decide({'client_said_no': True})\n"
        "assert 'jinja2' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
