"""What a comparison of two rule bases says: what moves, what only one side knows, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from amends.engine.audit.finding import Count, Witness


@dataclass(frozen=True, slots=True)
class Box:
    """Kinds of case that move alike: those that meet every one of `where`, which is in words.

    A condition that is not named may be anything that breaks no constraint. `witness` is one of these
    cases, replayed through the chain of both sides; None where no case was found.
    """

    where: tuple[str, ...]
    count: Count
    witness: Witness | None


@dataclass(frozen=True, slots=True)
class Move:
    """The kinds of case that end in `before` on the first side and in `after` on the second.

    `boxes` show some of them, no kind of case counted twice; `rest` is how many they leave out.
    """

    before: str
    after: str
    count: Count
    boxes: tuple[Box, ...] = ()
    rest: int = 0
    member: str | None = None
    """The member that a collected set gains or loses."""

    @property
    def is_shown(self) -> bool:
        """True if some case of it was replayed; otherwise it is not known whether there is one."""
        return any(box.witness for box in self.boxes)


@dataclass(frozen=True, slots=True)
class Moves:
    """What becomes of one decision.

    `cases` counts the kinds of case that are possible on both sides. Where nothing moves, both sides
    come to the same diagram, which is the proof. `reason` says why a decision was not finished, or
    cannot be compared. `fresh` are the kinds of case that the first side does not have, or does not
    hold possible, and the second does; `gone` is the reverse. Both are None where `apart` names measures
    that the two sides work out otherwise: what one holds possible of them cannot be laid beside the other.
    """

    decision: str
    cases: Count | None
    moves: tuple[Move, ...] = ()
    fresh: Count | None = None
    gone: Count | None = None
    apart: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def is_finished(self) -> bool:
        """True if every kind of case was compared."""
        return self.reason is None

    @property
    def shown(self) -> tuple[Move, ...]:
        """The moves of which a case was replayed."""
        return tuple(move for move in self.moves if move.is_shown)

    @property
    def unsettled(self) -> tuple[Move, ...]:
        """The moves of which neither a case was found nor shown that there is none."""
        return tuple(move for move in self.moves if not move.is_shown)

    @property
    def nothing_moves(self) -> bool:
        """True if it is proved that every kind of case ends alike on both sides."""
        return self.is_finished and not self.moves


class Change(StrEnum):
    """What an edit does to one decision, taken by itself."""

    SAME = "says the same, written otherwise"
    OTHER = "says something else"
    MAY = "may say something else"
    FOLLOWS = "follows what it reads"


@dataclass(frozen=True, slots=True)
class ChangedDecision:
    """One decision whose rules, or what they rest on, differ.

    `change` is about its own rules over what they read directly. `members` are, for a collected set,
    those that its own rules give in other cases than before.
    """

    decision: str
    change: Change
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What one side knows and the other does not, each list by name."""

    facts: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()

    @property
    def lists(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each list that is not empty, with the word for what it holds."""
        return tuple((kind, getattr(self, kind)) for kind in self.__slots__ if getattr(self, kind))


@dataclass(frozen=True, slots=True)
class Altered:
    """A parameter, measure, fact or constraint that differs: what it was and what it is, in words."""

    kind: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangedCase:
    """A stored case that ends otherwise: for each thing that differs, what it was and what it is."""

    path: str
    differs: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class StoredCases:
    """What becomes of the stored cases; `read` is how many there are."""

    folder: str
    read: int
    changed: tuple[ChangedCase, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rule bases beside each other, `remedy` first among the decisions that are counted."""

    first: str
    second: str
    counted: tuple[Moves, ...]
    changed: tuple[ChangedDecision, ...]
    altered: tuple[Altered, ...]
    only_first: Known
    only_second: Known
    stored: StoredCases | None = field(default=None)

    @property
    def is_finished(self) -> bool:
        """True if every decision that was asked for was compared to the end."""
        return all(moves.is_finished for moves in self.counted)

    @property
    def something_moves(self) -> bool:
        """True unless it is proved that nothing that was asked for moves, stored cases included."""
        counted = any(moves.moves for moves in self.counted)
        return counted or bool(self.stored and self.stored.changed)
