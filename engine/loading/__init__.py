"""Folders of YAML to one `RuleBase`; everything wrong is found before anyone stops.

A file that says `decides:` is a decision; any other file holds knowledge under the keys
`facts`, `parameters`, `measures`, `remedies`, `companions`, `avoid`, `money`, `sources`
and `constraints`, in any number of files. Nothing depends on the order of files or keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from amends.engine.diagnostics import Code, InputError, Label, Problems, Source, Span
from amends.engine.loading import checks, vocabulary
from amends.engine.loading.conditions import Names, read_condition
from amends.engine.loading.decisions import Head, merge, read_head, read_rules
from amends.engine.loading.fields import KEBAB, Fields, check_name
from amends.engine.rulebase import Advice, Constraint, Domain, Fact, Measure, Parameter, RuleBase
from amends.engine.source import MapNode, Node, ScalarNode, read

SECTIONS = ("parameters", "facts", "measures", *vocabulary.CATALOGUES, "money", "sources", "constraints")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pack:
    """Folders or files of YAML at one level: 0 base, 1 niche, 2 platform, 3 house."""

    name: str
    level: int
    paths: tuple[Path, ...]


@dataclass(slots=True)
class _Sections:
    """The entries of each knowledge section, gathered over all files, first come first kept."""

    problems: Problems
    entries: dict[str, dict[str, tuple[ScalarNode, Node]]] = field(
        default_factory=lambda: {section: {} for section in SECTIONS}
    )

    def gather(self, node: MapNode) -> None:
        fields = Fields(node, "this file", self.problems)
        for section in SECTIONS:
            for key, value in fields.mapping(section):
                if key.text in self.entries[section]:
                    first = Label(self.entries[section][key.text][0].span, "first defined here")
                    message = f"`{key.text}` is defined twice under `{section}`"
                    self.problems.add(
                        Code.DUPLICATE_NAME, message, key.span, others=[first], help="keep one of the two"
                    )
                else:
                    self.entries[section][key.text] = (key, value)
        fields.asked.add("decides")
        fields.done()

    def read(self, section: str, reader: Callable[[ScalarNode, Node], T | None]) -> dict[str, T]:
        found = {name: reader(key, node) for name, (key, node) in sorted(self.entries[section].items())}
        return {name: value for name, value in found.items() if value is not None}


def load(packs: Iterable[Pack], problems: Problems) -> RuleBase:
    """Return the rule base that *packs* describe; faults are added to *problems*.

    What is returned after a fault is only fit for finding further faults.
    """
    sections = _Sections(problems)
    decision_files: list[tuple[MapNode, tuple[str, int]]] = []
    for pack in packs:
        for path in yaml_files(pack.paths, problems):
            node = _read_file(path, problems)
            if node is not None and node.get("decides") is not None:
                decision_files.append((node, (pack.name, pack.level)))
            elif node is not None:
                sections.gather(node)

    parameters = sections.read("parameters", lambda key, node: vocabulary.read_parameter(key, node, problems))
    limits: Mapping[str, Fraction] = {name: parameter.value for name, parameter in parameters.items()}
    facts = sections.read("facts", lambda key, node: vocabulary.read_fact(key, node, limits, problems))
    catalogues: dict[str, dict[str, Advice]] = {
        name: sections.read(name, _advice_reader(name, problems)) for name in vocabulary.CATALOGUES
    }
    read_heads = [
        (node, read_head(node, catalogues, limits, pack, problems)) for node, pack in decision_files
    ]
    heads: list[Head] = sorted(
        (head for _, head in read_heads if head is not None),
        key=lambda head: (head.decision.name, head.level, head.pack, repr(head.decision.span)),
    )
    measures = sections.read("measures", lambda key, node: vocabulary.read_measure(key, node, problems))
    decided = {head.decision.name: head.decision for head in reversed(heads)}
    measures = checks.finish_measures(measures, facts, parameters, decided, problems)
    checks.report_shared_names([facts, parameters, measures, decided], problems)

    names = _names(facts, parameters, measures, {name: d.domain for name, d in decided.items()})
    rules = {position: read_rules(head, names, problems) for position, head in enumerate(heads)}
    fact_names = Names(
        {
            n: d
            for n, d in names.domains.items()
            if n in facts or n in checks.measures_of_facts(measures, facts, parameters)
        },
        names.facts,
        names.parameters,
    )
    rulebase = RuleBase(
        facts=facts,
        parameters=parameters,
        measures=measures,
        decisions=merge(heads, rules, problems),
        catalogues=catalogues,
        money=sections.read("money", lambda key, node: vocabulary.read_money_basis(key, node, problems)),
        sources=sections.read("sources", lambda key, node: vocabulary.read_citable(key, node, problems)),
        constraints=sections.read(
            "constraints", lambda key, node: _read_constraint(key, node, fact_names, problems)
        ),
    )
    checks.check(rulebase, problems)
    return rulebase


def yaml_files(paths: Iterable[Path], problems: Problems) -> list[Path]:
    """Return every `.yaml` file at or below *paths*, in order of path."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += [file for file in path.rglob("*") if file.suffix in (".yaml", ".yml") and file.is_file()]
        elif path.exists():
            found.append(path)
        else:
            problems.add(
                Code.FILE_NOT_FOUND, f"there is no file or folder `{path}`", Span.whole(Source(str(path)))
            )
    return sorted(set(found))


def _read_file(path: Path, problems: Problems) -> MapNode | None:
    try:
        node = read(path)
    except InputError as error:
        problems.found += error.diagnostics
        return None
    if isinstance(node, MapNode):
        return node
    problems.add(
        Code.WRONG_SHAPE,
        "a rule or knowledge file is a mapping",
        node.span,
        help="start it with `decides:` or `facts:`",
    )
    return None


def _advice_reader(name: str, problems: Problems) -> Callable[[ScalarNode, Node], Advice | None]:
    return lambda key, node: vocabulary.read_advice(key, node, f"the entry of `{name}`", problems)


def _names(
    facts: Mapping[str, Fact],
    parameters: Mapping[str, Parameter],
    measures: Mapping[str, Measure],
    decisions: Mapping[str, Domain],
) -> Names:
    domains = {name: fact.domain for name, fact in facts.items()}
    domains |= {name: measure.domain for name, measure in measures.items()}
    domains |= decisions
    return Names(domains, frozenset(facts), parameters)


def _read_constraint(key: ScalarNode, node: Node, names: Names, problems: Problems) -> Constraint | None:
    fields = Fields(node, f"the constraint `{key.text}`", problems)
    never = fields.node("never", required=True)
    constraint = None
    if never is not None and check_name(key, KEBAB, problems):
        constraint = Constraint(
            name=key.text,
            never=read_condition(never, names, problems),
            because=fields.text("because", required=True) or "",
            sources=fields.texts("sources"),
            span=key.span,
        )
    fields.done()
    return constraint


__all__ = ["Pack", "load", "yaml_files"]
