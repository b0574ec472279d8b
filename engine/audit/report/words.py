"""The words that every form of a report shares: counts, cases, the verdict on the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from amends.engine.audit.finding import Assurance, Count, Finding, Report, Severity, Witness
from amends.engine.diagnostics import number_of
from amends.engine.rulebase import Fact, RuleBase
from amends.engine.values import decimal_text, plain, words

NOT_STATED = "while these are not stated, and are:"
LONGEST_NUMBER = 10**9
"""From here on a number says more as a power of ten."""
HEADINGS = {Severity.ERROR: "Errors", Severity.WARNING: "Warnings", Severity.NOTE: "Notes"}
SAYS = {False: "does not hold", None: "not decided", True: "holds"}


def number(count: int) -> str:
    """Return a whole number as people read it.

    >>> number(1234567), number(31 * 10**40)
    ('1,234,567', 'about 3.1e41')
    """
    if count < LONGEST_NUMBER:
        return f"{count:,}"
    mantissa, _, exponent = f"{Decimal(count):.1e}".partition("e")
    return f"about {mantissa}e{int(exponent)}"


def share(part: Fraction) -> str:
    """Return a share as a percentage that never says all or nothing of a part.

    >>> share(Fraction(1, 4)), share(Fraction(1, 10**6)), share(1 - Fraction(1, 10**6)), share(Fraction(1))
    ('25 %', 'under 0.01 %', 'over 99.99 %', '100 %')
    """
    percent = part * 100
    least = Fraction(1, 100)
    if 0 < percent < least:
        return "under 0.01 %"
    if 100 - least < percent < 100:
        return "over 99.99 %"
    return f"{decimal_text(round(percent, 2))} %"


def counted(count: Count) -> str:
    """Return how many kinds of case something touches, and which share of all kinds.

    >>> counted(Count(3, 4)), counted(Count(1, 4, at_most=True))
    ('3 kinds of case (75 %)', 'at most 1 kind of case (25 %)')
    """
    if not count.cases:
        return "no kind of case in which everything is stated"
    most = "at most " if count.at_most else ""
    kinds = "kind" if count.cases == 1 else "kinds"
    return f"{most}{number(count.cases)} {kinds} of case ({share(count.share)})"


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One stated fact of a case: what is asked, what is answered, and how a case file writes that."""

    question: str
    answer: str
    written: str


def case_lines(witness: Witness, rulebase: RuleBase) -> tuple[CaseLine, ...]:
    """Return what a case states, in words, by name."""
    return tuple(
        CaseLine(
            question=fact.question or fact.title,
            answer=words(witness.facts[name], fact.domain),
            written=_written(fact, witness),
        )
        for name, fact in _of(rulebase.facts, witness)
        if name in witness.stated
    )


def unstated(witness: Witness, rulebase: RuleBase) -> str:
    """Return what the other facts that matter are, as a case file writes it."""
    silent = (fact for name, fact in _of(rulebase.facts, witness) if name not in witness.stated)
    return ", ".join(_written(fact, witness) for fact in silent)


def in_short(witness: Witness, rulebase: RuleBase) -> str:
    """Return a case on one line, with what it shows."""
    stated = ", ".join(line.written for line in case_lines(witness, rulebase)) or "a case that states nothing"
    silent = unstated(witness, rulebase)
    return f"such as {stated}{f', {NOT_STATED} {silent}' if silent else ''}; there {witness.shows}"


def case_facts(witness: Witness, rulebase: RuleBase) -> dict[str, object]:
    """Return the facts of a case as JSON carries them."""
    return {name: plain(witness.facts[name], fact.domain) for name, fact in _of(rulebase.facts, witness)}


def _of(facts: Mapping[str, Fact], witness: Witness) -> Iterable[tuple[str, Fact]]:
    return ((name, facts[name]) for name in sorted(witness.facts) if name in facts)


def _written(fact: Fact, witness: Witness) -> str:
    value = plain(witness.facts[fact.name], fact.domain)
    if isinstance(value, bool):
        value = str(value).lower()
    return f"{fact.name}={'[' + ','.join(value) + ']' if isinstance(value, list) else value}"


def standing(report: Report) -> list[Finding]:
    """Return the findings that nothing ignores."""
    return [found for found in report.findings if found.ignored is None]


def left_alone(report: Report) -> dict[tuple[str, str], list[Finding]]:
    """Return the findings that are ignored, by kind and reason, in order."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for found in report.findings:
        if found.ignored is not None:
            groups.setdefault((found.kind.value, found.ignored), []).append(found)
    return dict(sorted(groups.items()))


def unsettled(report: Report) -> dict[tuple[str, str], list[str]]:
    """Return the subjects of what is undecided, by kind and why, in order: there can be hundreds."""
    groups: dict[tuple[str, str], list[str]] = {}
    for each in report.undecided:
        groups.setdefault((each.kind.value, each.why), []).append(each.subject)
    return groups


def by_severity(findings: Iterable[Finding]) -> dict[Severity, list[Finding]]:
    """Return *findings* under their severity, the gravest first; a severity without any is left out."""
    found = list(findings)
    groups = {severity: [each for each in found if each.severity is severity] for severity in Severity}
    return {severity: group for severity, group in groups.items() if group}


def opening(report: Report) -> str:
    """Return the sentence that stands before what could have been false."""
    if report.cases is None:
        return "How many kinds of case there are was not counted"
    kinds = "kind" if report.cases == 1 else "kinds"
    most = "at most " if report.at_most else ""
    return f"Of {most}{number(report.cases)} {kinds} of case that can be"


def worst_first(report: Report) -> list[Assurance]:
    """Return what could have been false: what is, then what is not decided, then what holds."""
    order = list(SAYS)
    return sorted(report.assurances, key=lambda each: order.index(each.holds))


def assured(assurance: Assurance) -> str:
    """Return one assurance as a line, without what it comes to."""
    return f"{assurance.statement}{f' ({assurance.detail})' if assurance.detail else ''}"


def summary(report: Report) -> str:
    """Return what the whole comes to, in one line.

    >>> summary(Report((), (), (), 4))
    'nothing found and nothing undecided'
    """
    found, ignored = len(standing(report)), sum(map(len, left_alone(report).values()))
    said = [
        number_of(found, "finding") if found else "nothing found",
        f"{len(report.undecided):,} undecided" if report.undecided else "",
        f"{ignored:,} ignored" if ignored else "",
    ]
    if not found and not report.undecided and report.finished:
        said[0] = "nothing found and nothing undecided"
    line = ", ".join(part for part in said if part)
    return line if report.finished else f"not finished, so far {line}"


UNFINISHED = (
    "This audit was not finished: of what it does not list, nothing is said. "
    "Give it more nodes (--max-nodes) or more time (--timeout)."
)
