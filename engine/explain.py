"""A verdict's reasons as sentences, one decision after another, in the order of deciding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from amends.engine.verdict import Plain, Reason, Verdict


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one decision came out as it did; one that *stands otherwise* has no rule that speaks."""

    decision: str
    heading: str
    lines: tuple[str, ...]
    stands_otherwise: bool = False

    def to_json(self) -> dict[str, object]:
        """Return it as JSON carries it."""
        return {"decision": self.decision, "heading": self.heading, "lines": list(self.lines)}


def explain(verdict: Verdict) -> Iterator[Explanation]:
    """Yield an explanation for each decision that has rules to show, or that has no value."""
    names = list(dict.fromkeys(reason.decision for reason in verdict.fired))
    silent = [
        name
        for name in (*verdict.decisions, *verdict.possible_decisions, *verdict.without_value)
        if name not in names
    ]
    for name in (*names, *silent):
        reasons = [reason for reason in verdict.fired if reason.decision == name]
        stands = name in verdict.decisions and not reasons
        yield Explanation(name, _heading(name, verdict), tuple(_lines(name, reasons, verdict)), stands)


def _heading(name: str, verdict: Verdict) -> str:
    title = verdict.title(name)
    if name in verdict.decisions:
        return f"{title}: {shown(name, verdict.decisions[name], verdict)}"
    if name in verdict.possible_decisions:
        values = "; ".join(shown(name, value, verdict) for value in verdict.possible_decisions[name])
        return f"{title}: open ({values})"
    return f"{title}: no value ({verdict.without_value[name]})"


def shown(name: str, value: Plain, verdict: Verdict) -> str:
    """Return one value of the thing called *name* in plain words."""
    if value is None:
        return "not known"
    if isinstance(value, list):
        return "; ".join(verdict.title(name, item) for item in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return verdict.title(name, value)


def _lines(name: str, reasons: list[Reason], verdict: Verdict) -> Iterator[str]:
    for reason in reasons:
        sign = "✓" if reason.is_deciding else "✗"
        yield f"{sign} {reason.rule}: {reason.because} [{', '.join(reason.sources)}]"
        read = [
            f"{verdict.title(fact)}: {shown(fact, value, verdict)}" for fact, value in reason.read.items()
        ]
        if read:
            yield f"    read {'; '.join(read)}"
        if reason.beats:
            yield f"    beats {', '.join(reason.beats)}"
        if reason.beaten_by:
            yield f"    beaten by {', '.join(reason.beaten_by)}"
    if name in verdict.taken_out:
        yield f"✗ taken out, since it must not be done: {shown(name, list(verdict.taken_out[name]), verdict)}"
    if not reasons and verdict.otherwise.get(name):
        yield verdict.otherwise[name]
    undecided = [path for path in verdict.undecided if path.startswith(f"{name}/")]
    if undecided and name not in verdict.decisions:
        yield f"? not known yet: {', '.join(undecided)}"
