"""What a pack says outside the scope that it declares: nothing, as proved, or where it reaches.

It is proved of each thing that a pack says, which is more than that no outcome moves: outside its scope
none of its rules speaks, none that it took out would have spoken, and none that it replaced would have
spoken otherwise or stood otherwise to others. A parameter holds everywhere, so one set anew reaches out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from amends.engine.audit.checks.common import Audit
from amends.engine.audit.finding import Assurance, Count, Finding, Kind, Severity, Witness
from amends.engine.audit.goals import Goals, Met
from amends.engine.audit.witness import Shown
from amends.engine.chain.outcome import Trace
from amends.engine.diagnostics import Span
from amends.engine.draw.wording import asked
from amends.engine.ignore import subject_of
from amends.engine.rulebase import (
    About,
    AllOf,
    AnyOf,
    Change,
    Condition,
    Decision,
    Domain,
    HitPolicy,
    Not,
    Operator,
    Rule,
    RuleBase,
    Test,
    tests,
)
from amends.engine.rulebase import Kind as DomainKind

ASIDE = "set aside"
"""A decision that nothing reads, of what packs took out or added beside rules. No author can name one so."""
OUTSIDE = "outside"
"""Its rule for each pack, under this and the name of the pack, which speaks where the scope does not hold."""
SEVERITY = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Reach:
    """One thing that a pack says, and the rules that all speak in a case where that is felt outside.

    Of the rules in `silent`, none speaks there. `asks` are signals that a case has to meet besides.
    """

    subject: str
    message: str
    span: Span | None
    mend: str
    speak: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    decision: str | None = None
    """The decision in which no rule speaks there."""
    asks: tuple[int, ...] = ()


def check(audit: Audit) -> tuple[list[Finding], list[Assurance]]:
    """Return whatever reaches outside the scope of its pack, and how each pack stands. Raises `OutOfTime`."""
    scoped = [pack for pack in audit.rulebase.packs if pack.scope is not None]
    if not scoped:
        return [], []
    beside = _beside(audit.rulebase, scoped)
    prover = audit.prover.of(beside)
    try:
        # What stays unclear is noted where the whole audit notes it.
        inner = replace(audit, rulebase=beside, prover=prover, goals=Goals(prover))
        found = [_of_pack(inner, pack) for pack in scoped]
    finally:
        prover.solver.close()
    return [finding for findings, _ in found for finding in findings], [assurance for _, assurance in found]


def _of_pack(audit: Audit, pack: About) -> tuple[list[Finding], Assurance]:
    reaches = list(_reaches(audit, pack))
    for place, reach in enumerate(reaches):
        audit.goals.add((pack.name, place), *_signals(audit, pack, reach))
    audit.goals.settle()
    findings, unclear = list(_set_anew(audit.rulebase, pack)), False
    said = len(reaches) + len(findings)
    for place, reach in enumerate(reaches):
        met = audit.met((pack.name, place), Kind.OUT_OF_SCOPE, reach.subject)
        unclear |= met not in (Met.YES, Met.NEVER)
        if met is Met.YES:
            findings.append(_finding(audit, pack, place, reach))
    statement = f"the pack `{pack.name}` changes nothing outside its scope, {_scope(audit.rulebase, pack)}"
    if findings:
        return findings, Assurance(statement, False, f"{len(findings):,} of {said:,} things that it says do")
    if unclear:
        return findings, Assurance(statement, None, "not all that it says could be settled")
    return findings, Assurance(statement, True, f"proved of each of {said:,} things that it says")


def _scope(rulebase: RuleBase, pack: About) -> str:
    assert pack.scope is not None
    said = [
        f"“{rulebase.title(test.subject)}: {asked(test, rulebase)}”"
        for test in dict.fromkeys(tests(pack.scope))
    ]
    return (
        said[0] if len(said) == 1 and not isinstance(pack.scope, Not) else f"which asks for {', '.join(said)}"
    )


# --- What to ask --------------------------------------------------------------------------


def _beside(rulebase: RuleBase, scoped: list[About]) -> RuleBase:
    """Return *rulebase* with a decision more, of which each rule holds where one thing of a pack is felt.

    The constraints that those packs add are none in it, so that it can be asked where they bite.
    """
    names = {pack.name for pack in scoped}
    span = next(pack.span for pack in scoped if pack.span is not None)

    def rule(name: str, when: Condition) -> Rule:
        return Rule(ASIDE, name, when, (ASIDE,), "", (), span)

    rules = [rule(f"{OUTSIDE}/{pack.name}", Not(pack.scope)) for pack in scoped if pack.scope is not None]
    rules += [
        rule(change.before.path, change.before.when) for change in rulebase.changes if change.pack in names
    ]
    rules += [
        rule(subject, when)
        for subject, when, _ in _conditions(rulebase)
        if rulebase.origins.get(subject) in names
    ]
    decision = Decision(
        name=ASIDE,
        title=ASIDE,
        domain=Domain(DomainKind.SET, values={ASIDE: ASIDE}),
        hit_policy=HitPolicy.COLLECT,
        tiers=(),
        rules=tuple(rules),
        sources=(),
        span=span,
    )
    constraints = {
        name: constraint
        for name, constraint in rulebase.constraints.items()
        if rulebase.origins.get(name) not in names
    }
    return replace(
        rulebase, decisions={**rulebase.decisions, ASIDE: decision}, constraints=constraints, claims={}
    )


def _conditions(rulebase: RuleBase) -> Iterator[tuple[str, Condition, Span]]:
    """Yield what holds beside rules: constraints, and phrases that hold a message back."""
    for name, constraint in rulebase.constraints.items():
        yield subject_of("constraints", name), constraint.never, constraint.span
    for name, phrase in rulebase.messages.phrases.items():
        yield subject_of("phrases", name), phrase.when, phrase.span


def _aside(name: str) -> str:
    return f"{ASIDE}/{name}"


def _reaches(audit: Audit, pack: About) -> Iterator[Reach]:
    rulebase, name = audit.rulebase, f"the pack `{pack.name}`"
    mend = "let it ask for the scope too, or widen the scope"
    changes = [change for change in rulebase.changes if change.pack == pack.name]
    replaced = {change.before.path for change in changes}
    for path, rule in rulebase.rules.items():
        if rule.pack == pack.name and rule.decision != ASIDE and path not in replaced:
            yield Reach(path, f"`{path}` of {name} speaks outside its scope", rule.span, mend, (path,))
    for change in changes:
        yield from _changed(rulebase, name, change)
    for reset in rulebase.resets:
        decision, _, of_decision = reset.name.partition("/")
        if reset.pack == pack.name and of_decision:
            message = f"{name} sets what stands where no rule of `{decision}` speaks, outside its scope too"
            better = "write a rule in the scope instead"
            yield Reach(reset.name, message, reset.span, better, decision=decision)
    as_before = tuple(_as_without_it(audit, pack))
    new = frozenset(
        fact.name
        for fact in rulebase.facts.values()
        if fact.assume is None and _is_own(rulebase, pack, fact.name)
    )
    for subject, when, span in _conditions(audit.counts.rulebase):
        if _is_own(rulebase, pack, subject) and not _needs(when, new):
            message = f"`{subject}` of {name} holds outside its scope"
            yield Reach(subject, message, span, mend, (_aside(subject),), asks=as_before)


def _changed(rulebase: RuleBase, name: str, change: Change) -> Iterator[Reach]:
    """Yield where a rule that was taken out or replaced is missed."""
    before, path = change.before, change.before.path
    after = rulebase.rules.get(path)
    if change.disables or after is None:
        message = f"{name} takes out `{path}`, which speaks outside its scope too"
        mend = "beat it by a rule in the scope instead"
        yield Reach(path, message, change.span, mend, (_aside(path),))
        return
    message = f"{name} replaces `{path}` by what is another rule outside its scope too"
    mend = "let it say there what it said, or beat it by a rule in the scope instead"
    if after.then != before.then:
        yield Reach(path, message, change.span, mend, (path,))
        yield Reach(path, message, change.span, mend, (_aside(path),))
        return
    yield Reach(path, message, change.span, mend, (path,), (_aside(path),))
    yield Reach(path, message, change.span, mend, (_aside(path),), (path,))
    decision = rulebase.decisions[after.decision]
    for other in decision.rules:
        if other is not after and other.then != after.then and _ranks_anew(decision, before, after, other):
            message = f"`{path}`, as {name} replaces it, stands otherwise to `{other.path}` than it did"
            yield Reach(path, message, change.span, mend, (path, other.path))


def _ranks_anew(decision: Decision, before: Rule, after: Rule, other: Rule) -> bool:
    return (decision.beats(before, other), decision.beats(other, before)) != (
        decision.beats(after, other),
        decision.beats(other, after),
    )


def _as_without_it(audit: Audit, pack: About) -> Iterator[int]:
    """Yield that each fact of the pack's own is as assumed: a case that says otherwise is new with it."""
    prover = audit.prover
    for at, variable in enumerate(prover.space.variables):
        fact = audit.rulebase.facts.get(variable.subject)
        if _is_own(audit.rulebase, pack, variable.subject) and fact is not None and fact.assume is not None:
            yield prover.cells[at][0 if variable.is_known else prover.first[at]]


def _is_own(rulebase: RuleBase, pack: About, name: str) -> bool:
    return rulebase.origins.get(name) == pack.name


def _needs(condition: Condition, names: frozenset[str]) -> bool:
    """True if *condition* holds in no case in which none of *names* is stated, as none is assumed."""
    match condition:
        case AllOf(parts):
            return any(_needs(part, names) for part in parts)
        case AnyOf(parts):
            return all(_needs(part, names) for part in parts)
        case Test(subject=subject, operator=operator):
            return subject in names and operator is not Operator.KNOWN
    return False


def _signals(audit: Audit, pack: About, reach: Reach) -> Iterator[int]:
    speaks = audit.circuit.speaks
    yield speaks[_aside(f"{OUTSIDE}/{pack.name}")]
    yield from (speaks[path] for path in reach.speak)
    yield from (-speaks[path] for path in reach.silent)
    if reach.decision is not None:
        yield audit.circuit.ends[reach.decision].silent
    yield from reach.asks


# --- What was found -----------------------------------------------------------------------


def _finding(audit: Audit, pack: About, place: int, reach: Reach) -> Finding:
    return Finding(
        Kind.OUT_OF_SCOPE,
        SEVERITY,
        reach.subject,
        reach.message,
        reach.span,
        reach.mend,
        count=_count(audit, pack, reach),
        witness=_witness(audit, pack, place, reach),
    )


def _count(audit: Audit, pack: About, reach: Reach) -> Count | None:
    """Return how many kinds of case one rule of the pack speaks in outside; of other reaches None."""
    if len(reach.speak) != 1 or reach.silent or reach.speak[0] not in audit.counts.rulebase.rules:
        return None
    rule = audit.counts.rulebase.rules[reach.speak[0]]
    assert pack.scope is not None
    beyond = Not(pack.scope)
    return audit.counts.of(
        lambda diagrams: diagrams.forest.both(diagrams.condition(rule.when), diagrams.condition(beyond)),
        rule.decision,
    )


def _witness(audit: Audit, pack: About, place: int, reach: Reach) -> Witness:
    wanted = {*reach.speak, _aside(f"{OUTSIDE}/{pack.name}")}
    about = {audit.rulebase.rules[path].decision for path in (*wanted, *reach.silent)}
    if reach.decision is not None:
        about.add(reach.decision)
    words = f"it lies outside the scope of `{pack.name}`, and is not as it was without the pack"
    shown = Shown(frozenset(about), _shows(wanted, reach), words)
    return audit.witness((pack.name, place), shown)


def _shows(wanted: set[str], reach: Reach) -> Callable[[Trace], bool]:
    def shows(trace: Trace) -> bool:
        fired = {fired.rule.path for fired in trace.fired}
        if not wanted <= fired or fired & set(reach.silent):
            return False
        return reach.decision is None or trace.outcomes[reach.decision].by_otherwise

    return shows


def _set_anew(rulebase: RuleBase, pack: About) -> Iterator[Finding]:
    for reset in rulebase.resets:
        parameter = rulebase.parameters.get(reset.name)
        if reset.pack == pack.name and parameter is not None and parameter.value != reset.before:
            message = f"the pack `{pack.name}` sets `{reset.name}` anew, and a parameter holds in every case"
            mend = "give the pack a parameter of its own, and a rule in the scope that uses it"
            yield Finding(Kind.OUT_OF_SCOPE, SEVERITY, reset.name, message, reset.span, mend)
