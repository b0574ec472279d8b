"""The lines of a decision's file, each with the place in the table that it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from amends.engine.diagnostics import Span
from amends.engine.interchange.grouping import Group, Grouper, Then
from amends.engine.interchange.precedence import Precedence
from amends.engine.interchange.rows import Column
from amends.engine.interchange.sheet import Entry
from amends.engine.interchange.unary import Outside, tokens_of
from amends.engine.interchange.whens import When, when_of
from amends.engine.interchange.yaml_text import WIDTH, entry, text, word, words
from amends.engine.rulebase import HitPolicy
from amends.engine.values import decimal_text

Placed = Iterator[tuple[str, Span, str]]


def lines_of(
    grouper: Grouper,
    groups: Sequence[Group],
    order: Sequence[Column],
    ranks: Precedence | None,
    otherwise: Then | None,
) -> Placed:
    """Yield the lines of the file that says what *grouper* has read as *groups*."""
    sheet = grouper.sheet
    thens = [then for group in groups for then in group.thens] + ([otherwise] if otherwise else [])
    yield from _of(sheet.decides, f"decides: {sheet.decides.text}")
    yield from _of(
        sheet.about.get("title", sheet.decides), *entry("title", sheet.said("title") or sheet.decides.text)
    )
    yield from _of(sheet.policy, f"hit_policy: {grouper.policy}")
    yield from _values(grouper, thens)
    if ranks is not None:
        yield from _tiers(grouper, ranks)
    for key in ("gates", "without", "sources"):
        if key in sheet.about and sheet.said(key):
            said = sheet.about[key]
            yield from _of(said, f"{key}: {said.text if key == 'without' else words(said.words)}")
    if otherwise is not None and sheet.otherwise is not None:
        yield from _of(otherwise.entry, f"otherwise: {_then(otherwise)}")
        because = sheet.otherwise.notes.get("because")
        if because is not None and because.text:
            yield from _of(because, *entry("otherwise_because", because.text))
    yield from _ignores(grouper)
    yield from _of(sheet.decides, "", "rules:")
    for group in groups:
        yield from _rule(grouper, group, order, ranks)


def _of(place: Entry, *lines: str) -> Placed:
    for line in lines:
        yield line, place.span, place.where


def _then(then: Then) -> str:
    return (
        f"{{parameter: {then.text}}}"
        if then.is_parameter
        else word(then.text)
        if not then.is_number
        else then.text
    )


# --- The head -----------------------------------------------------------------------------------


def _values(grouper: Grouper, thens: Sequence[Then]) -> Placed:
    sheet = grouper.sheet
    if grouper.policy is HitPolicy.COLLECT_COUNT:
        return
    named = list(sheet.named("value"))
    if not named and "values" not in sheet.about and (thens and all(then.is_number for then in thens)):
        yield from _bounds(grouper, thens)
        return
    if "values" in sheet.about:
        yield from _of(sheet.about["values"], f"values: {word(sheet.said('values'))}")
    else:
        known = dict(named)
        place = sheet.outputs if sheet.outputs is not None and sheet.outputs.text else None
        names = list(dict.fromkeys(then.text for then in thens)) if place is None else grouper.literals(place)
        if place is None and known:
            names = list(known)
        yield from _of(place or sheet.decides, "values:")
        for name in names:
            said = known.get(name) or place or sheet.decides
            title = text(said.text) if name in known else text(name.replace("_", " "))
            yield from _of(said, f"  {word(name)}: {title}")
    sets = list(sheet.named("set"))
    if sets:
        yield from _of(sets[0][1], "sets:")
        for name, said in sets:
            yield from _of(said, f"  {word(name)}: {words(said.words)}")


def _bounds(grouper: Grouper, thens: Sequence[Then]) -> Placed:
    """Yield the bounds of a number: those that are said, or as narrow as its rules allow."""
    sheet = grouper.sheet
    numbers = [grouper.parameters[then.text] if then.is_parameter else Fraction(then.text) for then in thens]
    low, high = min(numbers), max(numbers)
    if grouper.policy is HitPolicy.COLLECT_SUM:
        low, high = (
            sum((n for n in numbers if n < 0), Fraction(0)),
            sum((n for n in numbers if n > 0), Fraction(0)),
        )
    said = _listed_bounds(sheet.outputs) or (sheet.said("lowest"), sheet.said("highest"))
    place = sheet.outputs if sheet.outputs is not None and sheet.outputs.text else sheet.decides
    yield from _of(
        place, f"lowest: {said[0] or decimal_text(low)}", f"highest: {said[1] or decimal_text(high)}"
    )
    needed = max((_places(number) for number in numbers), default=0)
    if decimals := sheet.said("decimals") or (str(needed) if needed else ""):
        yield from _of(sheet.about.get("decimals", sheet.decides), f"decimals: {decimals}")
    if sheet.said("unit"):
        yield from _of(sheet.about["unit"], f"unit: {text(sheet.said('unit'))}")


def _places(number: Fraction) -> int:
    return next((places for places in range(10) if (number * 10**places).denominator == 1), 9)


def _listed_bounds(outputs: Entry | None) -> tuple[str, str] | None:
    """Return the ends of an interval, `[0..4]`, or None if *outputs* is none."""
    try:
        tokens = [token.text for token in tokens_of(outputs.text if outputs is not None else "")]
    except Outside:
        return None
    joined = "".join(tokens)
    if len(tokens) < 5 or joined[0] != "[" or joined[-1] != "]" or tokens.count("..") != 1:
        return None
    low, _, high = joined[1:-1].partition("..")
    return low, high


def _tiers(grouper: Grouper, ranks: Precedence) -> Placed:
    sheet = grouper.sheet
    said = {name: entry for name, entry in sheet.named("tier") if name in ranks.tiers}
    if not any(said[name].text for name in said):
        place = next(iter(said.values()), sheet.decides)
        yield from _of(place, f"tiers: {words(ranks.tiers)}")
        return
    yield from _of(sheet.decides, "tiers:")
    for tier in ranks.tiers:
        about = said.get(tier)
        words_of = f": {text(about.text)}" if about is not None and about.text else ""
        yield from _of(about or sheet.decides, f"  - {word(tier)}{words_of}")


def _ignores(grouper: Grouper) -> Placed:
    """Yield what an audit is to leave alone: one reason for all that it is about."""
    found: dict[str, dict[str, list[str]]] = {}
    for key, said in grouper.sheet.named("ignore"):
        kind, _, name = key.partition(" ")
        found.setdefault(kind, {}).setdefault(said.text, []).append(name)
    if not found:
        return
    place = next(entry for _, entry in grouper.sheet.named("ignore"))
    yield from _of(place, "", "ignore:")
    for kind, reasons in found.items():
        if list(reasons.values()) == [[""]]:
            yield from _of(place, *entry(kind, min(reasons), 2))
            continue
        yield from _of(place, f"  {word(kind)}:")
        for because, names in reasons.items():
            if "" in names:  # about the decision itself
                yield from _of(place, f"    - {text(because)}")
            if rest := [name for name in names if name]:
                yield from _of(place, f"    - of: {words(rest)}", *entry("because", because, 6))


# --- The rules ----------------------------------------------------------------------------------


def _rule(grouper: Grouper, group: Group, order: Sequence[Column], ranks: Precedence | None) -> Placed:
    place = Entry("", group.first.span, group.first.where)
    notes = group.notes
    yield from _of(place, f"  {word(group.name)}:")
    if ranks is not None and ranks.of.get(group.name):
        yield from _of(place, f"    tier: {word(ranks.of[group.name])}")
    if ranks is not None and ranks.overrides.get(group.name):
        yield from _of(notes["overrides"], f"    overrides: {words(ranks.overrides[group.name])}")
    when = when_of(group.rows, order, grouper.rulebase.domain, _currencies(grouper)) if group.rows else When()
    yield from _of(place, *_when(when))
    if grouper.policy is not HitPolicy.COLLECT_COUNT and group.thens:
        thens = list(map(_then, group.thens))
        said = thens[0] if len(thens) == 1 else f"[{', '.join(thens)}]"
        yield from _of(group.thens[0].entry, f"    then: {said}")
    if "because" in notes:
        yield from _of(notes["because"], *entry("because", notes["because"].text, 4))
    if "sources" in notes:
        yield from _of(notes["sources"], f"    sources: {words(notes['sources'].words)}")
    if "review_by" in notes:
        yield from _of(notes["review_by"], f"    review_by: {notes['review_by'].text}")
    yield from _of(place, "")


def _currencies(grouper: Grouper) -> dict[str, str]:
    return {each.subject.text: each.currency for each in grouper.sheet.inputs if each.currency is not None}


def _when(when: When, indent: int = 4) -> Iterator[str]:
    """Yield `when` in braces if that fits on a line, else an entry a line."""
    margin = " " * indent
    if len(flow := when.flow()) + indent + 6 <= WIDTH:
        yield f"{margin}when: {flow}"
        return
    yield f"{margin}when:"
    yield from _block(when, indent + 2)


def _block(when: When, indent: int) -> Iterator[str]:
    margin = " " * indent
    for key, value in when.entries():
        if isinstance(value, str):
            yield f"{margin}{key}: {value}"
            continue
        yield f"{margin}{key}:"
        for each in value:
            if len(flow := each.flow()) + indent + 4 <= WIDTH or not each.entries():
                yield f"{margin}  - {flow}"
            else:
                first, *rest = _block(each, indent + 4)
                yield f"{margin}  - {first.lstrip()}"
                yield from rest
