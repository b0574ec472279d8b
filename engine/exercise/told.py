"""What reports of both kinds share: sections as text or Markdown, facts as a case file writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from textwrap import wrap

from amends.engine.book.page import plain as escaped
from amends.engine.draw.picture import tidy
from amends.engine.rulebase import RuleBase, Value
from amends.engine.values import plain

WIDTH = 110

Line = tuple[int, str]
"""How deep a line stands below its heading, from 0, and what it says."""
Section = tuple[str, list[Line]]


def in_text(sections: Iterable[Section]) -> str:
    """Return *sections* as text."""
    lines: list[str] = []
    for heading, body in sections:
        lines += [tidy(heading), *(wrapped for line in body for wrapped in _wrapped(line)), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def in_markdown(sections: Iterable[Section]) -> str:
    """Return *sections* as Markdown, whatever the words of the rule base hold."""
    lines: list[str] = []
    for heading, body in sections:
        lines += [f"## {escaped(heading)}", ""]
        lines += [f"{'  ' * depth}- {escaped(said)}" for depth, said in body] + [""] * bool(body)
    return "\n".join(lines).rstrip("\n") + "\n"


def _wrapped(line: Line) -> list[str]:
    """Return a line of text, cut at *WIDTH* columns; what goes on stands two columns further in."""
    depth, said = line
    before = "  " * (depth + 1)
    return wrap(
        tidy(said),
        WIDTH,
        initial_indent=before,
        subsequent_indent=before + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_stated(facts: Mapping[str, Value], rulebase: RuleBase) -> str:
    """Return the facts of a case on one line, as options state them."""
    said = ", ".join(f"{name}={text}" for name, text in as_written(facts, rulebase).items())
    return said or "a case that states nothing"


def as_written(facts: Mapping[str, Value], rulebase: RuleBase) -> dict[str, str]:
    """Return the facts of a case, each value as a file writes it."""
    found = {}
    for name, value in sorted(facts.items()):
        text = plain(value, rulebase.facts[name].domain)
        if isinstance(text, list):
            text = f"[{','.join(text)}]"
        found[name] = str(text).lower() if isinstance(text, bool) else str(text)
    return found


def as_data(facts: Mapping[str, Value], rulebase: RuleBase) -> dict[str, object]:
    """Return the facts of a case as JSON carries them."""
    return {name: plain(value, rulebase.facts[name].domain) for name, value in sorted(facts.items())}
