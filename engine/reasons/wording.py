"""Reasons and changes in plain words, and as JSON carries them."""

from __future__ import annotations

from collections.abc import Mapping

from amends.engine.draw.wording import said
from amends.engine.reasons.changes import Change, Flip, Flips
from amends.engine.reasons.elsewhere import Attempt, Failed, Miss, WhyNot
from amends.engine.reasons.shortest import Forcing, Given
from amends.engine.rulebase import Operator, RuleBase, Value
from amends.engine.truth import Members, Reading
from amends.engine.values import plain, sort_key, words

BY: Mapping[str, str] = {
    "you": "what you can change",
    "client": "what it takes the client to change",
    "nobody": "what nobody can change, or not alone",
}
"""A heading for each who can bring a change about; the facts of a case are told, not chosen, in the last."""


def value_words(rulebase: RuleBase, name: str, value: Value | None) -> str:
    """Return a value of the thing called *name* as people read it."""
    return words(value, rulebase.domain(name))


def given_words(rulebase: RuleBase, given: Given) -> str:
    """Return one reason: what the fact is, or that it is not known."""
    return f"{rulebase.title(given.fact)}: {value_words(rulebase, given.fact, given.value)}"


def change_words(rulebase: RuleBase, change: Change) -> str:
    """Return one change as before and after."""
    before = value_words(rulebase, change.fact, change.before)
    after = value_words(rulebase, change.fact, change.after)
    title = rulebase.title(change.fact)
    if change.before == change.after:
        return f"{title}: {after}, once it is stated and not taken for granted"
    taken = "" if change.was_stated or change.before is None else " (taken for granted)"
    return f"{title}: {before}{taken} → {after}"


def flip_words(rulebase: RuleBase, flip: Flip) -> str:
    """Return the changes of one flip, in one line."""
    return "; and ".join(change_words(rulebase, change) for change in flip.changes)


def failed_words(rulebase: RuleBase, failed: Failed) -> str:
    """Return what a rule wanted and what it read; alternatives are joined by *or*."""
    return ", or ".join(_miss_words(rulebase, miss) for miss in failed.misses)


def _miss_words(rulebase: RuleBase, miss: Miss) -> str:
    wanted = said(miss.test, rulebase, passes=miss.wanted)
    if miss.test.operator is Operator.KNOWN:
        return wanted
    return f"{wanted} (it is {_reading_words(rulebase, miss.test.subject, miss.read)})"


def _reading_words(rulebase: RuleBase, name: str, found: Reading) -> str:
    if isinstance(found, Members):
        return value_words(rulebase, name, found.sure) if found.sure == found.possible else "not known"
    if not found:
        return "not known" if found is None else "without a value"
    return " or ".join(value_words(rulebase, name, value) for value in sorted(found, key=sort_key))


def forcing_json(rulebase: RuleBase, decision: str, found: Forcing) -> dict[str, object]:
    """Return the shortest reasons as JSON carries them."""
    return {
        "value": plain(found.value, rulebase.domain(decision)),
        "reasons": [
            {
                "fact": given.fact,
                "title": rulebase.title(given.fact),
                "value": plain(given.value, rulebase.domain(given.fact)),
                "words": value_words(rulebase, given.fact, given.value),
                "stated": given.is_stated,
            }
            for given in found.reasons
        ],
        "no_fewer_suffice": found.is_least,
    }


def flip_json(rulebase: RuleBase, decision: str, flip: Flip) -> dict[str, object]:
    """Return one flip as JSON carries it."""
    return {
        "becomes": plain(flip.becomes, rulebase.domain(decision)),
        "by": flip.by,
        "changes": [
            {
                "fact": change.fact,
                "title": rulebase.title(change.fact),
                "before": plain(change.before, rulebase.domain(change.fact)),
                "after": plain(change.after, rulebase.domain(change.fact)),
                "was_stated": change.was_stated,
                "words": change_words(rulebase, change),
            }
            for change in flip.changes
        ],
    }


def flips_json(rulebase: RuleBase, decision: str, found: Flips) -> dict[str, object]:
    """Return all flips as JSON carries them."""
    domain = rulebase.domain(decision)
    return {
        "decision": decision,
        "value": plain(found.value, domain),
        "most": found.most,
        "flips": [flip_json(rulebase, decision, flip) for flip in found.flips],
        "not_reached": [plain(value, domain) for value in found.not_reached],
    }


def why_not_json(rulebase: RuleBase, decision: str, now: Value | None, found: WhyNot) -> dict[str, object]:
    """Return why a value was not decided as JSON carries it."""
    domain = rulebase.domain(decision)
    return {
        "decision": decision,
        "value": plain(now, domain),
        "why_not": plain(found.value, domain),
        "is_possible": found.is_possible,
        "is_otherwise": found.is_otherwise,
        "rules": [_attempt_json(rulebase, attempt) for attempt in found.attempts],
        "flips": [flip_json(rulebase, decision, flip) for flip in found.flips],
        "most": found.most,
    }


def _attempt_json(rulebase: RuleBase, attempt: Attempt) -> dict[str, object]:
    return {
        "rule": attempt.rule.path,
        "because": attempt.rule.because,
        "failed": [
            {
                "words": failed_words(rulebase, failed),
                "reads": sorted({miss.test.subject for miss in failed.misses}),
            }
            for failed in attempt.failed
        ],
        "beaten_by": [{"rule": victor.rule.path, "why": victor.because} for victor in attempt.beaten_by],
    }
