"""What an audit need not fail for: the kinds of finding, and which of them a rule base ignores, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from amends.engine.diagnostics import Span


class Kind(StrEnum):
    """The stable name of a kind of finding; `docs/findings/<kind>.md` explains each."""

    GAP = "gap"
    OVERLAP = "overlap"
    DEAD_RULE = "dead-rule"
    DEAD_IN_CONTEXT = "dead-in-context"
    UNREACHABLE_OUTCOME = "unreachable-outcome"
    MASKED_RULE = "masked-rule"
    MISLEADING_RULE = "misleading-rule"
    SUBSUMED_RULE = "subsumed-rule"
    CONTRACTABLE_RULES = "contractable-rules"
    IDLE_TEST = "idle-test"
    UNUSED = "unused"
    UNREACHABLE_DECISION = "unreachable-decision"
    DEAD_END_DECISION = "dead-end-decision"
    CYCLE = "cycle"
    BUSY_OTHERWISE = "busy-otherwise"
    LOOSE_HIT_POLICY = "loose-hit-policy"
    PAST_REVIEW = "past-review"
    BROKEN_CLAIM = "broken-claim"
    WEAKENED_GATE = "weakened-gate"
    OUT_OF_SCOPE = "out-of-scope"
    UNUSED_IGNORE = "unused-ignore"


IGNORABLE = tuple(kind for kind in Kind if kind not in (Kind.CYCLE, Kind.UNUSED_IGNORE))
"""A base with a loop has no meaning, and an ignore that ignores an ignore would never end."""

NAMED_ALONE = frozenset({"facts", "parameters", "measures", "claims", "constraints"})
"""Sections whose entries a finding calls by their name alone; all others are `section/name`."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """One finding that is known and left alone: its kind, what it is about, and why."""

    kind: Kind
    subject: str
    because: str
    span: Span
    level: int = 0
    """That of the pack that says it."""


def subject_of(section: str, name: str) -> str:
    """Return how a finding calls the entry *name* of a *section* of knowledge.

    >>> subject_of("facts", "cause"), subject_of("sources", "S000")
    ('cause', 'sources/S000')
    """
    return name if section in NAMED_ALONE else f"{section}/{name}"
