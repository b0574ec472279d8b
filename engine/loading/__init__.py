"""Folders of YAML to one `RuleBase`; everything wrong is found before anyone stops.

A file that says `decides:` is a decision; any other file holds knowledge under the keys
`facts`, `parameters`, `measures`, `remedies`, `companions`, `avoid`, `money`, `sources`,
`constraints`, `claims`, `conflicts`, `samples`, and the parts of messages: `words`, `blocks`,
`skeletons`, `channels` and `phrases`, in any number of files. Nothing depends on the order of files or
keys. Under `rules` and `disables` a pack says what becomes of the rules of others, and under `pack` what
it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from amends.engine.advice import Advice
from amends.engine.diagnostics import Code, Diagnostic, InputError, Label, Problems
from amends.engine.ignore import Ignore, subject_of
from amends.engine.loading import checks, messages, vocabulary
from amends.engine.loading.about import ABOUT, read_about
from amends.engine.loading.claims import read_claim
from amends.engine.loading.conditions import Names, read_condition
from amends.engine.loading.conflicts import check_conflicts, read_conflict
from amends.engine.loading.decisions import Head, merge, read_head, read_rules
from amends.engine.loading.fields import KEBAB, Fields, check_name, named_parameters
from amends.engine.loading.ignores import take_ignores
from amends.engine.loading.samples import read_sample
from amends.engine.loading.sources import read_citable
from amends.engine.loading.stacking import DISABLES, RULES, Written, merged, stacked
from amends.engine.pack import Pack
from amends.engine.rulebase import Constraint, Decision, Domain, Fact, Measure, Reset, RuleBase, Sample
from amends.engine.source import MapNode, Node, ScalarNode, decode, read_bytes, scan

SECTIONS = (
    "parameters",
    "facts",
    "measures",
    *vocabulary.CATALOGUES,
    "money",
    "sources",
    "constraints",
    "claims",
    "conflicts",
    "samples",
    *messages.SECTIONS,
)

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")

T = TypeVar("T")


@dataclass(slots=True)
class _Sections:
    """The entries of each knowledge section, gathered over all files, first come first kept."""

    problems: Problems
    entries: dict[str, dict[str, tuple[ScalarNode, Node]]] = field(
        default_factory=lambda: {section: {} for section in SECTIONS}
    )
    written: list[Written] = field(default_factory=list)
    owners: dict[tuple[str, str], Pack] = field(default_factory=dict)
    packs: dict[Pack, list[tuple[ScalarNode, Node]]] = field(default_factory=dict)
    set_anew: list[tuple[ScalarNode, ScalarNode, Node, Pack]] = field(default_factory=list)
    """Of a parameter that a later pack sets: where it does, and what an earlier one had said."""

    def gather(self, node: MapNode, pack: Pack) -> None:
        fields = Fields(node, "this file", self.problems)
        for section in (RULES, DISABLES):
            for key, value in fields.mapping(section):
                self.written.append(Written(key, value, pack.name, pack.level, section == DISABLES))
        for section in SECTIONS:
            for key, value in fields.mapping(section):
                self._add(section, key, value, pack)
        fields.asked.add("decides")
        if (said := fields.node(ABOUT)) is not None:
            self.packs.setdefault(pack, []).append((fields.keys[ABOUT], said))
        fields.done()

    def _add(self, section: str, key: ScalarNode, value: Node, pack: Pack) -> None:
        """Take an entry in; an earlier pack's parameters and samples are set anew, its facts given values."""
        entries = self.entries[section]
        owner = self.owners.get((section, key.text))
        if owner is None or (owner.level < pack.level and section in ("parameters", "samples")):
            if owner is not None and section == "parameters":
                self.set_anew.append((key, *entries[key.text], pack))
            entries[key.text] = (key, value)
            self.owners[section, key.text] = pack
        elif owner.level < pack.level and section == "facts":
            before, earlier = entries[key.text]
            entries[key.text] = (before, merged(earlier, value, f"`{key.text}`", self.problems))
        else:
            first = Label(entries[key.text][0].span, "first defined here")
            message = f"`{key.text}` is defined twice under `{section}`"
            help = "keep one of the two"
            if owner is not pack:
                both = f"by the packs `{owner.name}` and `{pack.name}`"
                message = f"`{key.text}` under `{section}` is defined {both}"
                help = (
                    "name it otherwise; a later pack changes parameters, samples, rules and values of facts"
                )
            self.problems.add(Code.DUPLICATE_NAME, message, key.span, others=[first], help=help)

    def resets(self) -> Iterator[Reset]:
        """Yield the parameters that a later pack set anew, with what they were."""
        for key, old, node, pack in self.set_anew:
            before = vocabulary.read_parameter(old, node, Problems())  # its faults are its own pack's
            value = None if before is None else before.value
            yield Reset(key.text, value, pack.name, pack.level, key.span)

    def origins(self) -> dict[str, str]:
        """Return the pack of each entry that the base does not have, or has otherwise."""
        return {
            subject_of(section, name): pack.name
            for (section, name), pack in self.owners.items()
            if pack.level
        }

    def defined(self, *sections: str) -> set[str]:
        """Return the names of *sections*, readable or not."""
        return {name for section in sections for name in self.entries[section]}

    def read(self, section: str, reader: Callable[[ScalarNode, Node], T | None]) -> dict[str, T]:
        found = {name: reader(key, node) for name, (key, node) in sorted(self.entries[section].items())}
        return {name: value for name, value in found.items() if value is not None}


def load(packs: Iterable[Pack], problems: Problems) -> RuleBase:
    """Return the rule base that *packs* describe; faults are added to *problems*.

    What is returned after a fault is only fit for finding further faults.
    """
    sections = _Sections(problems)
    decision_files: list[tuple[MapNode, tuple[str, int]]] = []
    documents: list[MapNode] = []
    ignores: list[Ignore] = []
    unreadable: set[str] = set()
    for pack in sorted(packs, key=lambda pack: (pack.level, pack.name)):
        sections.packs.setdefault(pack, [])
        for path in pack.files(problems):
            before = len(problems.found)
            node = _read_file(path, problems)
            if node is None:
                unreadable.update(word for d in problems.found[before:] for word in _words(d))
                continue
            node, ignored = take_ignores(node, SECTIONS, pack.level, problems)
            ignores += ignored
            documents.append(node)
            if node.get("decides") is not None:
                decision_files.append((node, (pack.name, pack.level)))
            else:
                sections.gather(node, pack)

    parameters = sections.read("parameters", lambda key, node: vocabulary.read_parameter(key, node, problems))
    limits: Mapping[str, Fraction] = {name: parameter.value for name, parameter in parameters.items()}
    facts = sections.read("facts", lambda key, node: vocabulary.read_fact(key, node, limits, problems))
    catalogues: dict[str, dict[str, Advice]] = {
        name: sections.read(name, _advice_reader(name, limits, problems)) for name in vocabulary.CATALOGUES
    }
    read_heads = [
        (node, read_head(node, catalogues, limits, pack, problems, complete=not unreadable))
        for node, pack in decision_files
    ]
    heads: list[Head] = sorted(
        (head for _, head in read_heads if head is not None),
        key=lambda head: (head.decision.name, head.level, head.pack, repr(head.decision.span)),
    )
    measures = sections.read("measures", lambda key, node: vocabulary.read_measure(key, node, problems))
    decided = {head.decision.name: head.decision for head in reversed(heads)}
    spoiled = frozenset(
        unreadable | (sections.defined("facts", "parameters", "measures") - {*facts, *parameters, *measures})
    )
    finished = checks.finish_measures(measures, facts, parameters, decided, spoiled, problems)
    spoiled |= measures.keys() - finished.keys()
    measures = finished
    checks.report_shared_names([facts, parameters, measures, decided], problems)

    names = Names(_domains(facts, measures, decided), frozenset(facts), parameters, spoiled)
    rules = {position: read_rules(head, names, problems) for position, head in enumerate(heads)}
    of_facts = checks.measures_of_facts(measures, facts, parameters)
    fact_domains = {n: d for n, d in names.domains.items() if n in facts or n in of_facts}
    fact_names = replace(names, domains=fact_domains)
    decisions, changes, ends = stacked(merge(heads, rules, problems), sections.written, names, problems)
    rulebase = RuleBase(
        facts=facts,
        parameters=parameters,
        measures=measures,
        decisions=decisions,
        catalogues=catalogues,
        money=sections.read("money", lambda key, node: vocabulary.read_money_basis(key, node, problems)),
        sources=sections.read("sources", lambda key, node: read_citable(key, node, problems)),
        constraints=sections.read(
            "constraints", lambda key, node: _read_constraint(key, node, fact_names, problems)
        ),
        conflicts=sections.read("conflicts", lambda key, node: read_conflict(key, node, problems)),
        claims=sections.read(
            "claims",
            lambda key, node: read_claim(key, node, names, decided, sections.defined("phrases"), problems),
        ),
        samples=sections.read("samples", lambda key, node: _read_sample(key, node, facts, spoiled, problems)),
        messages=messages.read_messages(sections.entries, names, problems),
        ignores=tuple(ignores),
        constants=frozenset(name for document in documents for name in named_parameters(document)),
        changes=changes,
        resets=(*sections.resets(), *ends),
        packs=read_about(sections.packs, fact_names, problems),
        origins=sections.origins(),
    )
    money_nodes = {name: node for name, (_, node) in sections.entries["money"].items()}
    checks.check_money(rulebase, money_nodes, spoiled, problems)
    checks.check_money_values(rulebase, spoiled, problems)
    checks.check_known_decisions(rulebase, problems)
    advice_nodes = [node for name in vocabulary.CATALOGUES for _, node in sections.entries[name].values()]
    checks.check_days(rulebase, advice_nodes, spoiled, problems)
    uncitable = sections.defined("sources") - rulebase.sources.keys()
    checks.check_citations(documents, rulebase.sources, spoiled | uncitable, problems)
    conflict_nodes = {name: node for name, (_, node) in sections.entries["conflicts"].items()}
    check_conflicts(rulebase, conflict_nodes, spoiled, problems)
    checks.check_without(rulebase, {head.decision.name: head.node for head in heads}, spoiled, problems)
    messages.check_messages(rulebase, spoiled, problems)
    return rulebase


def _read_file(path: Path, problems: Problems) -> MapNode | None:
    try:
        node = scan(decode(read_bytes(path), str(path)), problems)
    except InputError as error:
        problems.found += error.diagnostics
        return None
    if node is None or isinstance(node, MapNode):
        return node
    problems.add(
        Code.WRONG_SHAPE,
        "a rule or knowledge file is a mapping",
        node.span,
        help="start it with `decides:` or `facts:`",
    )
    return None


def _words(diagnostic: Diagnostic) -> list[str]:
    """Return whatever a file that cannot be read may have defined."""
    return _WORD.findall(diagnostic.primary.source.text) if diagnostic.primary else []


def _advice_reader(
    name: str, parameters: Mapping[str, Fraction], problems: Problems
) -> Callable[[ScalarNode, Node], Advice | None]:
    return lambda key, node: vocabulary.read_advice(key, node, f"the entry of `{name}`", parameters, problems)


def _domains(
    facts: Mapping[str, Fact], measures: Mapping[str, Measure], decisions: Mapping[str, Decision]
) -> dict[str, Domain]:
    return {name: thing.domain for group in (facts, measures, decisions) for name, thing in group.items()}


def _read_sample(
    key: ScalarNode, node: Node, facts: Mapping[str, Fact], spoiled: Set[str], problems: Problems
) -> Sample | None:
    return None if key.text in spoiled else read_sample(key, node, facts, problems)


def _read_constraint(key: ScalarNode, node: Node, names: Names, problems: Problems) -> Constraint | None:
    fields = Fields(node, f"the constraint `{key.text}`", problems, key.span)
    never = fields.node("never", required=True)
    constraint = None
    if never is not None and check_name(key, KEBAB, problems):
        constraint = Constraint(
            name=key.text,
            never=read_condition(never, names, problems, "`never`"),
            because=fields.text("because", required=True) or "",
            sources=fields.texts("sources"),
            span=key.span,
        )
    fields.done()
    return constraint


__all__ = ["Pack", "load"]
