"""Findings planted in copies of the shipped rule base: one small edit each, and what is to be found of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from amends.engine import api, loading
from amends.engine.diagnostics import Problems
from amends.engine.ignore import Kind
from amends.engine.pack import Pack
from amends.engine.rulebase import RuleBase

LATER = "later"
"""The folder of a niche's pack: a plant that has a file in it makes a copy be laid with it."""


@dataclass(frozen=True)
class Edit:
    """*new* in the place of *old*, which stands once in *file*; a new file where *old* is empty."""

    file: str
    new: str
    old: str = ""


@dataclass(frozen=True)
class Plant:
    """One finding to be: its kind, what it is about, a part of what is said of it, and what plants it."""

    kind: Kind
    subjects: tuple[str, ...]
    says: str
    edits: tuple[Edit, ...] = field(repr=False)


LEFT_OPEN = Plant(
    Kind.GAP,
    ("failure_mode",),
    "no rule decides `failure_mode` in some cases",
    (
        Edit("rules/ownership/failure_mode.yaml", "", "  none: nothing\notherwise: none\n"),
        Edit(
            "rules/ownership/failure_mode.yaml", "", "otherwise_because: Nothing on your side was missing.\n"
        ),
    ),
)
"""Somebody takes the value for `nothing` to be of no use, and its `otherwise` with it."""

COVERED = Plant(
    Kind.DEAD_RULE,
    ("controllability/you-looked-twice",),
    "so does one of what beats it: ``controllability/you-could-have``",
    (
        Edit(
            "rules/ownership/controllability.yaml",
            """\
rules:
  you-looked-twice:
    tier: partly
    when: {preventable: "yes", evidence_strength: strong}
    then: medium
    because: You know what it was, so it will not come again.
    sources: [VV14]

""",
            "rules:\n",
        ),
    ),
)
"""A rule in too late a tier: all of its cases are taken by the tier before."""

NEVER_SO = Plant(
    Kind.DEAD_IN_CONTEXT,
    ("deficit/their-own-doing",),
    "what it asks of ``fault`` is never so",
    (
        Edit(
            "rules/relationship/deficit.yaml",
            """\
rules:
  their-own-doing:
    when: {fault: client, cause: own}
    then: interactional
    because: They slipped over what you had left lying about.
    sources: [TAX98]

""",
            "rules:\n",
        ),
    ),
)
"""A fault that is the client's, with a cause that is yours: `fault` never says so."""

NEVER_SAID = Plant(
    Kind.UNREACHABLE_OUTCOME,
    ("stability/seasonal",),
    "nothing concludes “every winter”, which is a value of `stability`",
    (
        Edit(
            "rules/ownership/stability.yaml",
            "  recurring: a pattern\n  seasonal: every winter\n",
            "  recurring: a pattern\n",
        ),
    ),
)

SAID_BY_OTHERS = Plant(
    Kind.MASKED_RULE,
    ("tone/hot-blood-on-both-sides",),
    "of ``tone/abuse-or-a-threat``, ``tone/hot-blood-on-your-side``",
    (
        Edit(
            "rules/communication/tone.yaml",
            """\
rules:
  hot-blood-on-both-sides:
    when: {any: [{provider_emotion: panicked}, {abuse_kind: under_threat}]}
    then: neutral
    because: Somebody has to be the first to calm down.
    sources: [S004:L15]

""",
            "rules:\n",
        ),
    ),
)
"""No single rule says it everywhere; two of them do together."""

SAID_BY_ONE = Plant(
    Kind.SUBSUMED_RULE,
    ("first_reply/you-are-angry-at-night",),
    "so does `first_reply/you-are-in-no-state-to-write`, which says the same",
    (
        Edit(
            "rules/triage/first_reply.yaml",
            """\
rules:
  you-are-angry-at-night:
    when: {provider_emotion: angry, client_temperament: fuming}
    then: holding_note
    because: Two angry people write nothing that helps.
    sources: [S001:L8]

""",
            "rules:\n",
        ),
    ),
)

SPLIT = Plant(
    Kind.CONTRACTABLE_RULES,
    ("leverage_client/a-payment-on-a-platform",),
    "differ in `payment_channel` only, and say the same for the same reason",
    (
        Edit(
            "rules/relationship/leverage_client.yaml",
            """\
    when: {payment_channel: [card, paypal]}
    because: They can call the payment back.
    sources: [CB-GRUV]

  a-payment-on-a-platform:
    when: {payment_channel: platform}
    because: They can call the payment back.
    sources: [CB-GRUV]
""",
            """\
    when: {payment_channel: [card, paypal, platform]}
    because: They can call the payment back.
    sources: [CB-GRUV]
""",
        ),
    ),
)
"""One rule is written as two."""

OVERDUE = Plant(
    Kind.PAST_REVIEW,
    ("many_refunds",),
    "the parameter `many_refunds` was to be reviewed by 2026-11-30",
    (
        Edit(
            "kb/parameters.yaml",
            "    unit: refunds a year\n    review_by: 2026-11-30\n",
            "    unit: refunds a year\n",
        ),
    ),
)

NOTHING_MET = Plant(
    Kind.UNUSED_IGNORE,
    ("urgency",),
    "`urgency` ignores `loose-hit-policy`, and there is none",
    (
        Edit(
            "rules/triage/urgency.yaml",
            "ignore: {loose-hit-policy: A trade may add rules that overlap.}\nrules:\n",
            "rules:\n",
        ),
    ),
)

IDLE_THINGS = Plant(
    Kind.UNUSED,
    (
        "weather",
        "double_fee",
        "spare",
        "remedies/wait",
        "companions/call_them",
        "avoid/shout",
        "money/twice",
        "sources/SPARE",
        "words/weekday",
        "blocks/so_long",
        "skeletons/grand",
    ),
    "nothing ",
    (
        Edit(
            "kb/spare.yaml",
            """\
facts: {weather: {kind: flag, question: Did it rain?, controls: nobody}}
measures: {double_fee: {title: twice the fee, kind: money, formula: fee_total * 2, sources: [S003:L5]}}
parameters: {spare: {title: spare, value: 3, ours: true, because: Three is a good number.}}
remedies: {wait: {title: wait, sources: [S003:L5]}}
companions: {call_them: {title: call them, sources: [S003:L5]}}
avoid: {shout: {title: shout, sources: [S003:L5]}}
money: {twice: {title: twice the fee, amount: open_balance, formula: all of it, sources: [S003:L5]}}
sources: {SPARE: {title: a book that nobody has read, where: a shelf}}
words: {weekday: {title: the day of the week}}
blocks: {so_long: {title: goodbye, sources: [S003:L5], variants: [{text: So long.}]}}
skeletons: {grand: {title: grandly, letter: [[opening]], talk: [[opening]], sources: [S003:L5]}}
""",
        ),
        Edit("rules/communication/message.yaml", "values:\n  grand: grandly\n", "values:\n"),
    ),
)
"""One of each section of which nothing should be idle; a skeleton is one only as a value of `message`.

A phrase is none of them: it guards some form, and the shipped channels have all forms that there are.
"""

DISAGREE = Plant(
    Kind.OVERLAP,
    ("failure_mode/the-client-was-not-attended-to",),
    "`failure_mode/the-client-was-not-attended-to` and `failure_mode/the-invoice-was-wrong` disagree",
    (
        Edit(
            "rules/ownership/failure_mode.yaml",
            "{any: [{failure_kind: attention}, {failure_kind: billing_error, client_aware: false}]}",
            "{failure_kind: attention}",
        ),
    ),
)
"""Under `unique` a rule is widened into the cases of another."""

SELDOM_HEARD = Plant(
    Kind.MISLEADING_RULE,
    ("trust_violation/an-ordinary-mistake",),
    "is beaten in its own tier in",
    (
        Edit(
            "rules/ownership/trust_violation.yaml",
            """\
rules:
  a-mistake-is-human:
    tier: competence
    overrides: [an-ordinary-mistake]
    when: {any: [{client_type: {not: business}}, {track_record: {not: none}}, {client_heard: true}]}
    then: none
    because: They know you, and one mistake is human.
    sources: [KIM04]

""",
            "rules:\n",
        ),
    ),
)
"""Only the value for dishonesty is read by other rules, so that none of them is touched."""

ASKED_IN_VAIN = Plant(
    Kind.IDLE_TEST,
    ("tone/you-hold-firm",),
    "the test of `client_aware` in `tone/you-hold-firm` always holds where its other tests do",
    (
        Edit(
            "rules/communication/tone.yaml",
            "{fault: not_yours, client_demand: claims, client_aware: true}",
            "{fault: not_yours, client_demand: claims}",
        ),
    ),
)
"""Whoever claims something knows of it: a constraint says so."""

NEVER_TWO = Plant(
    Kind.LOOSE_HIT_POLICY,
    ("recovery_stage",),
    "no two rules of `recovery_stage` ever speak in one case, so `any` could be `unique`",
    (Edit("rules/severity/recovery_stage.yaml", "hit_policy: any\n", "hit_policy: unique\n"),),
)

ALWAYS_THE_SAME = Plant(
    Kind.UNREACHABLE_DECISION,
    ("tone_intensity",),
    "no fact leads to `tone_intensity`, so it is the same in every case",
    (
        Edit(
            "rules/communication/tone_intensity.yaml",
            """\
decides: tone_intensity
title: how strongly to put it
hit_policy: unique
values: {mild: mildly}
rules:
  in-every-case:
    when: always
    then: mild
    because: Strong words wear out.
    sources: [S004:L15]
""",
        ),
    ),
)
"""Its name is that of an answer, or it would be a dead end as well."""

FOR_NOTHING = Plant(
    Kind.DEAD_END_DECISION,
    ("mood",),
    "`mood` is decided for nothing: nothing reads it",
    (
        Edit(
            "rules/relationship/mood.yaml",
            """\
decides: mood
title: how heated it is
hit_policy: unique
values: {hot: heated, cool: calm}
otherwise: cool
rules:
  they-are-angry:
    when: {client_temperament: [fuming, abusive]}
    then: hot
    because: They say so.
    sources: [S001:L2]
""",
        ),
    ),
)

HARDLY_EVER = Plant(
    Kind.BUSY_OTHERWISE,
    ("love_turns_to_hate",),
    "of the kinds of case of `love_turns_to_hate`",
    (
        Edit(
            "rules/relationship/love_turns_to_hate.yaml",
            "      client_temperament: silent\n      controllability: high\n",
            "      controllability: high\n",
        ),
    ),
)
"""A test more, and nearly all of what the rule was for is left to `otherwise`."""

BROKEN = Plant(
    Kind.BROKEN_CLAIM,
    ("a-no-ends-the-selling",),
    "what is claimed does not hold: after a no, nothing is offered anew",
    (
        Edit(
            "rules/remedy/companions.yaml",
            """\
rules:
  a-no-that-may-be-none:
    when: {client_said_no: true, admission_policy: full_ownership, track_record: excellent}
    then: two_options
    because: Whoever has praised you may be won back.
    sources: [S001:L10]

""",
            "rules:\n",
        ),
    ),
)
"""A rule offers anew what the client has declined."""

PASSED = Plant(
    Kind.WEAKENED_GATE,
    ("message/the-insurer-can-wait",),
    "of the pack `later` beats what guards: `message/a-claim-before-the-insurer-knows`",
    (
        Edit(
            f"{LATER}/rules.yaml",
            """\
rules:
  message/the-insurer-can-wait:
    tier: cover
    when: {admission_policy: facts_and_care, niche: event_vendor}
    then: holding
    because: On the day of an event there is no time for an insurer.
    sources: [S001:L8]
""",
        ),
    ),
)
"""A later pack lets a trade pass a gate."""

FELT_BY_ALL = Plant(
    Kind.OUT_OF_SCOPE,
    ("tone/nobody-is-warm-at-a-wedding",),
    "`tone/nobody-is-warm-at-a-wedding` of the pack `later` speaks outside its scope",
    (
        Edit(
            f"{LATER}/more.yaml",
            """\
pack: {title: weddings, scope: {niche: event_vendor}}
rules:
  tone/nobody-is-warm-at-a-wedding:
    when: {client_said_no: true, provider_emotion: ashamed}
    then: neutral
    because: Whoever is ashamed says too much.
    sources: [S004:L15]
""",
        ),
    ),
)
"""Meant for one trade, but it does not ask which trade it is."""

LOOP = Plant(
    Kind.CYCLE,
    ("due_again_at_once",),
    "in a loop: `contact_deadline_h` → `due_again_at_once` → `first_reply` → `contact_deadline_h`",
    (
        Edit(
            "rules/triage/contact_deadline_h.yaml",
            "    when: {urgency: now, first_reply: full_reply}\n",
            "    when: {urgency: now}\n",
        ),
    ),
)
"""How soon they must hear from you hangs on what to send first, and that on how soon they must."""

COPIES = {
    "one": (
        LEFT_OPEN,
        COVERED,
        NEVER_SO,
        NEVER_SAID,
        SAID_BY_OTHERS,
        SAID_BY_ONE,
        SPLIT,
        OVERDUE,
        NOTHING_MET,
        IDLE_THINGS,
    ),
    "two": (
        DISAGREE,
        SELDOM_HEARD,
        ASKED_IN_VAIN,
        NEVER_TWO,
        ALWAYS_THE_SAME,
        FOR_NOTHING,
        HARDLY_EVER,
        BROKEN,
    ),
    "a later pack": (PASSED, FELT_BY_ALL),
    "a loop": (LOOP,),
}
"""Copies of the shipped base, and what is planted in each; no plant touches another of the same copy.

A loop leaves nothing else to look at, so it has a copy to itself.
"""


def copied(folder: Path, *plants: Plant) -> RuleBase:
    """Return the shipped base, copied into *folder* with *plants* in it, and loaded from there."""
    knowledge, rules = api.shipped()
    shutil.copytree(knowledge, folder / "kb")
    shutil.copytree(rules, folder / "rules")
    for edit in (edit for plant in plants for edit in plant.edits):
        write(folder / edit.file, edit)
    packs = [Pack("base", 0, (folder / "kb", folder / "rules"))]
    if (folder / LATER).exists():
        packs.append(Pack(LATER, 1, (folder / LATER,)))
    problems = Problems()
    rulebase = loading.load(packs, problems)
    problems.stop()
    return rulebase


def write(path: Path, edit: Edit) -> None:
    """Write *edit* into the file at *path*; an edit that does not fit is a fault of the test."""
    if not edit.old:
        path.parent.mkdir(exist_ok=True)
        assert not path.exists(), path
        path.write_text(edit.new, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    assert text.count(edit.old) == 1, f"{path} has {edit.old!r} {text.count(edit.old)} times"
    path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
