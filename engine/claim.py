"""What a claim says of every verdict, as frozen values; `amends.engine.claims` checks it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from amends.engine.condition import Condition, Value
from amends.engine.diagnostics import Span

NOTHING = "0"
"""The bound of a sum that is written as a number; all others are named."""


@dataclass(frozen=True, slots=True)
class Holds:
    """The condition holds of the verdict, or with `never` does not."""

    condition: Condition
    never: bool = False


@dataclass(frozen=True, slots=True)
class MoneyWithin:
    """The sum, and the lowest and highest beside it, lie between two named numbers; None is nothing."""

    at_least: str | None
    at_most: str | None


@dataclass(frozen=True, slots=True)
class OneValue:
    """The decision has one value, unless facts that would settle it are missing."""

    decision: str


@dataclass(frozen=True, slots=True)
class Cited:
    """Every rule that fired names a source, and every source that it names is listed."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """No message for the case breaks one of these phrases of the guard, in any channel."""

    phrases: tuple[str, ...]


class Move(StrEnum):
    """How a fact or decision changes while all else stays."""

    LOWER = "lower"
    HIGHER = "higher"
    OTHER = "any"
    UNKNOWN = "unknown"


class Keeps(StrEnum):
    """What a change leaves alone."""

    NO_MORE_MONEY = "not_higher"
    NO_LESS_MONEY = "not_lower"
    GATES = "kept"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Steady:
    """Where *subject* alone changes, the verdict keeps something; a subject of None is each stated fact.

    `decision` is the one that stays the same under `Keeps.SAME`.
    """

    subject: str | None
    to: Move | Value
    keeps: Keeps
    decision: str | None = None


Statement = Holds | MoneyWithin | OneValue | Cited | Guarded | Steady


@dataclass(frozen=True, slots=True)
class Claim:
    """What must hold of every verdict for which `when` holds."""

    name: str
    title: str
    when: Condition
    says: Statement
    because: str
    sources: tuple[str, ...]
    span: Span
