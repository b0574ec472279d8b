"""A comparison as text, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from textwrap import wrap

from amends.engine.audit.finding import Count, Witness
from amends.engine.audit.report.words import counted, number, share
from amends.engine.compare.moved import Box, ChangedDecision, Comparison, Known, Move, Moves, StoredCases
from amends.engine.diagnostics import listed
from amends.engine.draw.wording import capital
from amends.engine.rulebase import Domain, Kind, Value
from amends.engine.values import plain

SCHEMA = "amends/comparison/1"
MOST_CASES = 20
"""Stored cases that text and Markdown list; the rest is counted."""
MOST_MOVES = 5
"""Moves of one decision that text and Markdown show with their cases; of the rest, the counts."""
WIDTH = 110

Line = tuple[int, str]
"""How deep a line stands below its heading, from 0, and what it says."""


def rendered(comparison: Comparison, form: str) -> str:
    """Return *comparison* as `text`, `markdown` or `json`, with a line end at its end."""
    if form == "json":
        return json.dumps(to_json(comparison), indent=2, ensure_ascii=False) + "\n"
    lines = []
    for heading, body in _sections(comparison):
        if form == "markdown":
            lines += [f"## {heading}", "", *(f"{'  ' * depth}- {line}" for depth, line in body), ""]
        else:
            lines += [heading, *(wrapped for line in body for wrapped in _wrapped(line)), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _wrapped(line: Line) -> list[str]:
    """Return a line of text, cut at *WIDTH* columns; what goes on stands two columns further in."""
    depth, said = line
    before = "  " * (depth + 1)
    return wrap(
        said,
        WIDTH,
        initial_indent=before,
        subsequent_indent=before + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _sections(comparison: Comparison) -> Iterator[tuple[str, list[Line]]]:
    yield f"From {comparison.first} to {comparison.second}", list(_edit(comparison))
    for moves in comparison.counted:
        yield _heading(moves), list(_moves(moves))
    if comparison.stored is not None:
        yield _stored_heading(comparison.stored), list(_stored(comparison.stored))


def _edit(comparison: Comparison) -> Iterator[Line]:
    for changed in comparison.changed:
        yield 0, f"{changed.decision}: {_change(changed)}"
    for altered in comparison.altered:
        yield 0, f"the {altered.kind} {altered.name}: {altered.before}, then {altered.after}"
    for side, known in (("first", comparison.only_first), ("second", comparison.only_second)):
        yield from ((0, f"only the {side} side has {what}") for what in _known(known))
    only = [*_known(comparison.only_first), *_known(comparison.only_second)]
    if not (comparison.changed or comparison.altered or only):
        yield 0, "no decision, measure, parameter, fact or constraint differs"


def _known(known: Known) -> Iterator[str]:
    for kind, names in known.lists:
        yield f"the {kind} {listed(names)}" if len(names) > 1 else f"the {kind[:-1]} {listed(names)}"


def _change(changed: ChangedDecision) -> str:
    parts = [
        f"{word} {listed(rules)}"
        for word, rules in (
            ("without", changed.removed),
            ("with", changed.added),
            ("another", changed.altered),
            ("about", changed.members),
        )
        if rules
    ]
    return "; ".join([changed.change.value, *parts])


def _heading(moves: Moves) -> str:
    if not moves.is_finished:
        return f"{capital(moves.decision)}: not compared, {moves.reason}"
    assert moves.cases is not None
    most = "at most " if moves.cases.at_most else ""
    every = f"{most}{number(moves.cases.cases)} {'kind' if moves.cases.cases == 1 else 'kinds'} of case"
    if moves.nothing_moves:
        return f"{capital(moves.decision)}: nothing moves in any of the {every}"
    moved = sum(move.count.cases for move in moves.moves)
    if any(move.member is not None for move in moves.moves):
        return f"{capital(moves.decision)}: members move, among {every}"
    if not moves.shown:
        return (
            f"{capital(moves.decision)}: no case is known to move, among {every}; some could not be settled"
        )
    part = share(Count(moved, moves.cases.cases).share)
    return f"{capital(moves.decision)}: {most}{number(moved)} of {every} move ({part})"


def _moves(moves: Moves) -> Iterator[Line]:
    if moves.nothing_moves:
        yield 0, "proved: both sides come to the same diagram"
    for at, move in enumerate(moves.shown):
        yield from _move(move) if at < MOST_MOVES else [(0, f"{_ends(move)}: {counted(move.count)}")]
    for move in moves.unsettled:
        yield 0, f"{_ends(move)}: not settled, {counted(move.count)}, and no case was found"
    for count, said in (
        (moves.fresh, "new: only the second side has them, or holds them possible"),
        (moves.gone, "gone: only the first side has them, or holds them possible"),
    ):
        if count is not None and count.cases:
            yield 0, f"{'at most ' if count.at_most else ''}{number(count.cases)} kinds of case are {said}"
    if moves.apart:
        are = "is" if len(moves.apart) == 1 else "are"
        yield (
            0,
            "what only one side holds possible is not counted: "
            f"{listed(moves.apart)} {are} worked out otherwise",
        )


def _ends(move: Move) -> str:
    return f"{move.before} to {move.after}"


def _move(move: Move) -> Iterator[Line]:
    yield 0, f"{_ends(move)}: {counted(move.count)}"
    for box in move.boxes:
        yield 1, f"{counted(box.count)}, where {'; '.join(box.where) or 'anything is'}"
        if box.witness is not None:
            yield 2, f"for example {' '.join(_stated(box.witness)) or 'a case in which nothing is stated'}"
        else:
            yield 2, "no case of these was found"
    if move.rest:
        yield 1, f"and {'at most ' if move.count.at_most else ''}{number(move.rest)} more"


def _stated(witness: Witness) -> Iterator[str]:
    for name, value in witness.facts.items():
        written = _plain(value)
        if isinstance(written, bool):
            written = str(written).lower()
        elif isinstance(written, list):
            written = f"[{','.join(written)}]"
        yield f"{name}={written}"


def _plain(value: Value) -> object:
    return plain(value, Domain(Kind.NUMBER))


def _stored_heading(stored: StoredCases) -> str:
    if not stored.changed:
        return f"Stored cases: none of the {stored.read} at {stored.folder} ends otherwise"
    ends = "ends" if len(stored.changed) == 1 else "end"
    return f"Stored cases: {len(stored.changed)} of {stored.read} at {stored.folder} {ends} otherwise"


def _stored(stored: StoredCases) -> Iterator[Line]:
    for case in stored.changed[:MOST_CASES]:
        yield 0, case.path
        yield from ((1, f"{name}: {before}, then {after}") for name, before, after in case.differs)
    if len(stored.changed) > MOST_CASES:
        yield 0, f"and {len(stored.changed) - MOST_CASES} more"


# --- JSON -------------------------------------------------------------------------------------


def to_json(comparison: Comparison) -> dict[str, object]:
    """Return *comparison* as plain data; counts are text, since they pass what a number of JSON holds."""
    stored = comparison.stored
    return {
        "schema": SCHEMA,
        "first": comparison.first,
        "second": comparison.second,
        "finished": comparison.is_finished,
        "counted": [_moves_json(moves) for moves in comparison.counted],
        "changed": [asdict(changed) for changed in comparison.changed],
        "altered": [asdict(altered) for altered in comparison.altered],
        "only_first": asdict(comparison.only_first),
        "only_second": asdict(comparison.only_second),
        "stored": stored
        and {
            "folder": stored.folder,
            "read": stored.read,
            "changed": [
                {
                    "case": case.path,
                    "differs": {name: {"before": b, "after": a} for name, b, a in case.differs},
                }
                for case in stored.changed
            ],
        },
    }


def _moves_json(moves: Moves) -> dict[str, object]:
    return {
        "decision": moves.decision,
        "finished": moves.is_finished,
        "reason": moves.reason,
        "nothing_moves": moves.nothing_moves,
        "cases": _count_json(moves.cases),
        "moves": [_move_json(move) for move in moves.moves],
        "new": _count_json(moves.fresh),
        "gone": _count_json(moves.gone),
        "worked_out_otherwise": list(moves.apart),
    }


def _move_json(move: Move) -> dict[str, object]:
    return {
        "before": move.before,
        "after": move.after,
        "member": move.member,
        "proved": move.is_shown,
        "count": _count_json(move.count),
        "boxes": [_box_json(box) for box in move.boxes],
        "rest": str(move.rest),
    }


def _box_json(box: Box) -> dict[str, object]:
    witness = box.witness
    case = witness and {name: _plain(value) for name, value in witness.facts.items()}
    return {"where": list(box.where), "count": _count_json(box.count), "case": case}


def _count_json(count: Count | None) -> dict[str, object] | None:
    if count is None:
        return None
    return {
        "cases": str(count.cases),
        "of": str(count.of),
        "share": float(count.share),
        "at_most": count.at_most,
    }
