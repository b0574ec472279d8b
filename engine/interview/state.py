"""What has been said so far in an interview, as a frozen value: answer, take back, change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from amends.engine.rulebase import Value


@dataclass(frozen=True, slots=True)
class Answer:
    """What the asker said of one fact; `value` is None for "I don't know".

    `was_asked` is False for what the case said before the first question.
    """

    fact: str
    value: Value | None
    was_asked: bool = True


@dataclass(frozen=True, slots=True)
class Answers:
    """All that was said, in order, each fact once.

    >>> said = Answers().saying(Answer("late", True)).saying(Answer("cause", None))
    >>> said.saying(Answer("late", False)).facts, said.without("late").unknown
    ({'late': False}, frozenset({'cause'}))
    """

    said: tuple[Answer, ...] = ()

    @property
    def facts(self) -> Mapping[str, Value]:
        """The values that were stated."""
        return {answer.fact: answer.value for answer in self.said if answer.value is not None}

    @property
    def unknown(self) -> frozenset[str]:
        """The facts of which the asker said that they do not know."""
        return frozenset(answer.fact for answer in self.said if answer.value is None)

    @property
    def last(self) -> Answer | None:
        """The last answer to a question; None if nothing was asked yet."""
        return next((answer for answer in reversed(self.said) if answer.was_asked), None)

    def of(self, fact: str) -> Answer | None:
        """Return what was said of *fact*, None if nothing."""
        return next((answer for answer in self.said if answer.fact == fact), None)

    def saying(self, answer: Answer) -> Answers:
        """Return these with one more; an answer to the same fact is replaced where it stands."""
        if self.of(answer.fact) is None:
            return replace(self, said=(*self.said, answer))
        return replace(self, said=tuple(answer if a.fact == answer.fact else a for a in self.said))

    def without(self, fact: str) -> Answers:
        """Return these with what was said of *fact* taken back; the others stay."""
        return replace(self, said=tuple(answer for answer in self.said if answer.fact != fact))
