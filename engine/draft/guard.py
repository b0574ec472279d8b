"""The phrase guard: what no message may say, must say, or may say once, by the phrases of the rule base."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from amends.engine.message import Channel, Phrase
from amends.engine.rulebase import Condition
from amends.engine.truth import Truth

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = (
    rf"\b\d{{1,2}} (?:{_MONTHS})\b|\b(?:{_MONTHS}) \d{{1,2}}\b|\b\d{{4}}-\d\d-\d\d\b"
    r"|\b\d{1,2}:\d\d today\b|\[(?=[^\[\]\n]*\])[^\[\]\n]*?\b(?:day|date)\b[^\[\]\n]*\]"
)
_UNIT = r"%|€|\$|£|¥|per ?cent\b|euros?\b|dollars?\b|pounds?\b|eur\b|usd\b|gbp\b|[A-Z]{3}\b"
# Bounded, for a pack may hold a page of digits; of a longer figure the end is found.
_FIGURE = r"\d[\d.,]{0,30}"
_AMOUNT = (
    rf"[€$£¥]\s?{_FIGURE}|\b(?:[A-Z]{{3}}|eur|usd|gbp)\s?{_FIGURE}|{_FIGURE}\s?(?:{_UNIT})"
    rf"|{_FIGURE} \[the currency\]|\[the (?:amount|percentage|price)\]"
)
_SHAPES = {"{date}": re.compile(_DATE, re.IGNORECASE), "{amount}": re.compile(_AMOUNT)}
_SENTENCE_END = re.compile(r"(?<=[.!?])[”\"']?\s+|\n+")
_SAME = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " ", "‑": "-"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a message, the words that are, and what to write instead, if known."""

    phrase: str
    message: str
    instead: str | None = None
    said: str | None = None


def check(
    text: str, channel: Channel, phrases: Iterable[Phrase], holds: Callable[[Condition], Truth]
) -> tuple[Finding, ...]:
    """Return what is wrong with *text*; a phrase counts unless its condition surely does not hold.

    What the condition of a required phrase does not surely say is not required.
    """
    found: list[Finding] = []
    for phrase in phrases:
        if channel.form not in phrase.forms:
            continue
        wanted = Truth.YES if phrase.rule == "require" else Truth.UNDECIDED
        if holds(phrase.when) >= wanted:
            found += _judge(phrase, text)
    return (*found, *_length(text, channel))


def _judge(phrase: Phrase, text: str) -> Iterator[Finding]:
    parts = _sentences(text) if phrase.beside else [text]
    parts = [part for part in parts if not phrase.beside or any(_said(part, phrase.beside))]
    said = [match for part in parts for match in _said(part, phrase.words)]
    match phrase.rule:
        case "block":
            for words in dict.fromkeys(said):
                yield Finding(phrase.name, f"it says `{words}`: {phrase.title}", phrase.instead, words)
        case "require" if not said:
            yield Finding(phrase.name, f"it lacks {phrase.title}", phrase.instead)
        case "once" if len(said) > 1:
            yield Finding(phrase.name, f"it says {' and '.join(f'`{w}`' for w in said)}: {phrase.title}")


def says(text: str, words: str) -> bool:
    """Return whether *text* says *words*, whatever their case, quotes and line breaks."""
    return bool(_said(text, [words]))


def _said(text: str, words: Iterable[str]) -> list[str]:
    """Return every place where *text* says one of *words*, whatever their case and quotes."""
    plain = " ".join(text.translate(_SAME).split())
    found: list[str] = []
    for word in words:
        found += [match[0] for match in _shape(word).finditer(plain)]
    return found


@lru_cache(maxsize=4096)
def _shape(word: str) -> re.Pattern[str]:
    bare = " ".join(word.translate(_SAME).split())
    return _SHAPES.get(word) or re.compile(rf"(?<!\w){re.escape(bare)}(?!\w)", re.IGNORECASE)


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE_END.split(text) if part.strip()]


def _length(text: str, channel: Channel) -> Iterator[Finding]:
    sentences, words = len(_sentences(text)), len(text.split())
    if channel.most_sentences is not None and sentences > channel.most_sentences:
        limit = f"{channel.title} has {channel.most_sentences} sentences at most"
        yield Finding("length", f"it has {sentences} sentences, and {limit}")
    if channel.most_words is not None and words > channel.most_words:
        limit = f"{channel.title} has {channel.most_words} words at most"
        yield Finding("length", f"it has {words} words, and {limit}")
