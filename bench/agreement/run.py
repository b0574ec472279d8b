"""Decide the coded incidents, and count how often people recommended the same.

    make agreement                    # or: python bench/agreement/run.py [--json]

README.md beside this file says what is compared, and how the incidents were coded.
Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from amends.cli.report import deciding
from amends.engine import Case, Engine, InputError, load
from amends.engine.diagnostics import Problems, render_text
from amends.engine.loading.fields import Fields
from amends.engine.rulebase import RuleBase
from amends.engine.source import MapNode, read
from amends.engine.verdict import Verdict

HERE = Path(__file__).resolve().parent
OWN_KEYS = ("incident", "where", "niche_told")
"""What a coded incident says beside a case: which one it is, where it is told, and by whom."""
VOICES = ("consensus", "single-voice", "split")
NO_ANSWER = "no answer"


@dataclass(frozen=True)
class Recommended:
    """What people recommended for one incident: labels, the first choice first, and how many agreed."""

    labels: tuple[str, ...]
    voices: str


@dataclass(frozen=True)
class Coded:
    """One incident as facts, and the trade in which it was told."""

    incident: str
    niche: str
    case: Case


@dataclass(frozen=True)
class Compared:
    """One incident: what the rules answer, beside what people recommended.

    `given` is the label of the remedy, None where the rules give no answer. `at_fault` says
    whether the rules find the provider at fault, wholly or partly.
    """

    incident: str
    title: str
    niche: str
    remedy: str | None
    given: str | None
    at_fault: bool
    recommended: Recommended
    is_known: bool = False
    """True if whoever wrote the rules knew the recommendation or the page beforehand."""
    trace: tuple[str, ...] = ()

    @property
    def is_first(self) -> bool:
        """True if the answer is what was recommended first."""
        return self.given == self.recommended.labels[0]

    @property
    def is_any(self) -> bool:
        """True if the answer is one of the recommendations."""
        return self.given in self.recommended.labels


@dataclass(frozen=True)
class Score:
    """How often the answers agree, and the label that, always answered, would agree most often."""

    agree: int
    commonest: str
    always: int


@dataclass(frozen=True)
class Tally:
    """The scores of one set of incidents, by first choice and by any."""

    count: int
    first: Score
    any: Score


# --- Reading -------------------------------------------------------------------------


def read_texts(path: Path) -> dict[str, str]:
    """Return a file of one text a name, such as the label of each remedy. Raises `InputError`."""
    problems = Problems()
    fields = Fields(read(path), f"`{path.name}`", problems)
    texts = {name: fields.text(name) or "" for name in fields.entries}
    problems.stop()
    return texts


def read_recommended(path: Path) -> dict[str, Recommended]:
    """Return what was recommended, by incident. Raises `InputError`."""
    problems = Problems()
    listing = Fields(read(path), "the recommendations", problems)
    found = {}
    for incident, node in listing.entries.items():
        fields = Fields(node, f"the incident `{incident}`", problems, listing.keys[incident].span)
        found[incident] = Recommended(
            fields.texts("labels", required=True), fields.text("voices", required=True) or ""
        )
        fields.done()
    problems.stop()
    return found


def read_coded(path: Path, engine: Engine) -> Coded:
    """Return one incident; all but `OWN_KEYS` is read as strictly as any case. Raises `InputError`."""
    problems = Problems()
    node = read(path)
    fields = Fields(node, "a coded incident", problems)
    own = {key: fields.text(key, required=True) or "" for key in OWN_KEYS}
    fields.report_missing()
    problems.stop()
    assert isinstance(node, MapNode)
    rest = MapNode(tuple((key, value) for key, value in node if key.text not in own), node.span)
    return Coded(own["incident"], own["niche_told"], engine.case(rest))


def refuse(
    coded: Sequence[Coded],
    rulebase: RuleBase,
    labels: Mapping[str, str],
    recommended: Mapping[str, Recommended],
) -> None:
    """Stop where a count would be wrong: an incident coded twice or unknown, a remedy without a label."""
    times = Counter(one.incident for one in coded)
    found = [f"`{name}` is coded twice" for name in sorted(times) if times[name] > 1]
    found += [f"nothing is recommended for `{name}`" for name in sorted(times.keys() - recommended.keys())]
    unnamed = rulebase.catalogues["remedies"].keys() - labels.keys()
    found += [f"the remedy `{name}` has no label" for name in sorted(unnamed)]
    if found or not coded:
        sys.exit("\n".join(found or ["no incident is coded"]))


# --- Deciding ------------------------------------------------------------------------


def compare(
    engine: Engine, coded: Coded, labels: Mapping[str, str], recommended: Recommended, *, is_known: bool
) -> Compared:
    """Decide one incident by the cautious reading, with the assumptions of the base."""
    verdict = engine.decide(coded.case)
    return Compared(
        incident=coded.incident,
        title=coded.case.title or "",
        niche=coded.niche,
        remedy=verdict.remedy,
        given=labels[verdict.remedy] if verdict.remedy else None,
        at_fault=verdict.decisions.get("fault") in engine.rulebase.decisions["fault"].domain.sets["yours"],
        recommended=recommended,
        is_known=is_known,
        trace=tuple(traced(verdict, engine.rulebase)),
    )


def traced(verdict: Verdict, rulebase: RuleBase) -> Iterator[str]:
    """Yield the rules that decided the remedy and the fault, or what kept them from it."""
    for name in ("remedy", "fault"):
        for reason in deciding(verdict, name):
            yield f"{reason.rule}: {reason.because}"
        if name in verdict.otherwise:
            yield f"{name}/otherwise, {verdict.decisions[name]}: {verdict.otherwise[name]}"
        if name in verdict.possible_decisions:
            may_be = (*map(str, verdict.possible_decisions[name]), *verdict.may_lack.get(name, ()))
            yield f"{name} is open: {', '.join(may_be)}"
        if name in verdict.without_value:
            yield f"{name} has no value: {verdict.without_value[name]}"
    if verdict.open:
        yield f"facts missing: {', '.join(fact.fact for fact in verdict.open)}"


# --- Counting ------------------------------------------------------------------------


def commonest(labels: Iterable[str]) -> tuple[str, int]:
    """Return the label that occurs most often, the first by name of those that tie."""
    counts = Counter(labels)
    label = min(counts, key=lambda label: (-counts[label], label))
    return label, counts[label]


def tally(compared: Sequence[Compared]) -> Tally:
    """Return the scores of a set that is not empty, each beside the commonest label of that very set."""
    first = commonest(one.recommended.labels[0] for one in compared)
    any_ = commonest(label for one in compared for label in set(one.recommended.labels))
    return Tally(
        count=len(compared),
        first=Score(sum(one.is_first for one in compared), *first),
        any=Score(sum(one.is_any for one in compared), *any_),
    )


def divided(compared: Sequence[Compared]) -> dict[str, dict[str, Tally]]:
    """Return the tallies of all incidents, and of the sets that they fall into."""
    parts: dict[str, Callable[[Compared], str]] = {
        "all incidents": lambda _: "all",
        "by niche": lambda one: one.niche,
        "by fault": lambda one: "the provider's, wholly or partly" if one.at_fault else "the rest",
        "by voices": lambda one: one.recommended.voices,
        "by what was known": lambda one: "known beforehand" if one.is_known else "new to the rules",
    }
    found: dict[str, dict[str, Tally]] = {}
    for heading, part in parts.items():
        members: dict[str, list[Compared]] = {}
        for one in compared:
            members.setdefault(part(one), []).append(one)
        found[heading] = {name: tally(members[name]) for name in sorted(members)}
    return found


def confusion(compared: Iterable[Compared]) -> Counter[tuple[str, str]]:
    """Return how often each label was given where each was recommended first."""
    return Counter((one.given or NO_ANSWER, one.recommended.labels[0]) for one in compared)


# --- Printing ------------------------------------------------------------------------


def table(tallies: Mapping[str, Mapping[str, Tally]]) -> Iterator[str]:
    """Yield a line a set, each score beside that of its commonest label."""
    scores = [score for part in tallies.values() for one in part.values() for score in (one.first, one.any)]
    wide = max(len(score.commonest) for score in scores)
    names = max(len(name) for part in tallies.values() for name in part)
    shared, always = f"{'first choice':<11}", f"{'always the commonest':<{wide + 13}}"
    yield f"  {'':<{names}}    n   {shared}  {always}  any choice    {always.rstrip()}"
    for heading, part in tallies.items():
        yield heading
        for name, one in part.items():
            n = one.count
            cells = [
                f"{share(score.agree, n)}  {share(score.always, n)}  {score.commonest:<{wide}}"
                for score in (one.first, one.any)
            ]
            yield f"  {name:<{names}}  {n:>3}   {'   '.join(cells)}".rstrip()


def share(part: int, whole: int) -> str:
    """Return a count with its share, as wide as any other."""
    return f"{part:>3} {f'({100 * part / whole:.0f} %)':<8}"


def matrix(counts: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """Yield the confusion table: a numbered row a label given, a column a label recommended first."""
    columns = sorted({first for _, first in counts})
    labels = {given for given, _ in counts} | set(columns)
    rows = sorted(labels, key=lambda label: (label == NO_ANSWER, label))
    numbers = {label: str(number) for number, label in enumerate(rows, 1)}
    wide = max(map(len, rows))
    yield f"     {'given':<{wide}}  " + "".join(f"{numbers[label]:>4}" for label in columns)
    for label in rows:
        cells = (counts.get((label, first), 0) for first in columns)
        yield f"  {numbers[label]:>2} {label:<{wide}}  " + "".join(f"{cell or '.':>4}" for cell in cells)


def disagreement(one: Compared) -> Iterator[str]:
    """Yield an incident that came out otherwise than was recommended first, with its trace."""
    later = ", which was recommended too" if one.is_any else ""
    yield f"{one.incident}: {one.title}"
    yield f"  given        {one.given or NO_ANSWER}{f' ({one.remedy})' if one.remedy else ''}{later}"
    yield f"  recommended  {', '.join(one.recommended.labels)}"
    yield from (f"  {line}" for line in one.trace)


def report(compared: Sequence[Compared], every: Iterable[str], labels: Iterable[str]) -> Iterator[str]:
    """Yield the whole report on the incidents compared, out of *every* one there is."""
    reach = set(labels)
    first = sum(one.recommended.labels[0] in reach for one in compared)
    any_ = sum(not reach.isdisjoint(one.recommended.labels) for one in compared)
    answered = sum(one.given is not None for one in compared)
    disagreeing = [one for one in compared if not one.is_first]
    yield f"{len(compared)} incidents; the rules give an answer to {answered}."
    yield f"Some remedy amounts to what was recommended first in {first} of them, to any of it in {any_}."
    if left := sorted(set(every) - {one.incident for one in compared}):
        yield f"Not coded, and not counted: {', '.join(left)}."
    yield ""
    yield from table(divided(compared))
    yield from ("", "Label given, by label recommended first; the columns are numbered as the rows are")
    yield from matrix(confusion(compared))
    yield from ("", f"Otherwise than recommended first: {len(disagreeing)}")
    for one in disagreeing:
        yield ""
        yield from disagreement(one)


def as_json(compared: Sequence[Compared]) -> dict[str, object]:
    """Return the report as data."""

    def score(score: Score) -> dict[str, object]:
        return {"agree": score.agree, "commonest": score.commonest, "always": score.always}

    return {
        "tallies": {
            heading: {
                name: {"count": one.count, "first": score(one.first), "any": score(one.any)}
                for name, one in part.items()
            }
            for heading, part in divided(compared).items()
        },
        "confusion": [
            {"given": given, "first": first, "count": count}
            for (given, first), count in sorted(confusion(compared).items())
        ],
        "incidents": [
            {
                "incident": one.incident,
                "title": one.title,
                "niche": one.niche,
                "at_fault": one.at_fault,
                "voices": one.recommended.voices,
                "remedy": one.remedy,
                "given": one.given,
                "recommended": list(one.recommended.labels),
                "is_known": one.is_known,
                "is_first": one.is_first,
                "is_any": one.is_any,
                "trace": list(one.trace),
            }
            for one in compared
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print the same as data")
    options = parser.parse_args()
    try:
        engine = load()
        labels = read_texts(HERE / "labels.yaml")
        known = read_texts(HERE / "known.yaml")
        recommended = read_recommended(HERE / "recommended.yaml")
        coded = [read_coded(path, engine) for path in sorted((HERE / "cases").glob("*.yaml"))]
        refuse(coded, engine.rulebase, labels, recommended)
        compared = [
            compare(engine, one, labels, recommended[one.incident], is_known=one.incident in known)
            for one in sorted(coded, key=lambda one: one.incident)
        ]
    except InputError as error:
        print("\n\n".join(render_text(found) for found in error.diagnostics), file=sys.stderr)
        sys.exit(2)
    if options.json:
        print(json.dumps(as_json(compared), indent=2, ensure_ascii=False))
    else:
        print("\n".join(report(compared, recommended, labels.values())))


if __name__ == "__main__":
    main()
