"""What a rule base is, as frozen values; the words are those of `docs/glossary.md`.

Nothing here reads a file or evaluates anything. Numbers are exact fractions, so that
a threshold is met or it is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from math import floor

from amends.engine.advice import Advice
from amends.engine.claim import Claim
from amends.engine.condition import AllOf as AllOf
from amends.engine.condition import AnyOf as AnyOf
from amends.engine.condition import Condition as Condition
from amends.engine.condition import Not as Not
from amends.engine.condition import Operator as Operator
from amends.engine.condition import Test as Test
from amends.engine.condition import Value as Value
from amends.engine.condition import tests as tests
from amends.engine.diagnostics import Span
from amends.engine.evidence import Citable, Conflict
from amends.engine.formula import Formula, names
from amends.engine.ignore import Ignore
from amends.engine.message import Messages
from amends.engine.source import MapNode


class Kind(StrEnum):
    """What sort of value a fact, measure or decision has."""

    CHOICE = "choice"
    SET = "set"
    FLAG = "flag"
    COUNT = "count"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"

    @property
    def is_ordered(self) -> bool:
        """True where `at_least` and its like make sense."""
        return self in (Kind.COUNT, Kind.NUMBER, Kind.MONEY, Kind.DATE)

    @property
    def is_number(self) -> bool:
        """True where a formula can compute with the value."""
        return self in (Kind.COUNT, Kind.NUMBER, Kind.MONEY)


@dataclass(frozen=True, slots=True)
class Domain:
    """The values that a named thing can take.

    `values` maps each name to plain words, for choices and sets; `sets` are named groups
    of them; bounds are inclusive and `decimals` is the most that a number may state.
    """

    kind: Kind
    values: Mapping[str, str] = field(default_factory=dict)
    sets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unit: str | None = None
    decimals: int = 0
    lowest: Fraction | None = None
    highest: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the asker can state about an incident.

    `stop_at` are the values that its warning speaks of, all but the assumed if it names none.
    `assume` is the value used while it is unstated; `stop_if` marks an assumption that is
    the absence of an event, in the words of a warning. `controls` says who can change it.
    `cues` holds, by value, what tells it from those it could be mistaken for.
    """

    name: str
    title: str
    question: str
    domain: Domain
    sources: tuple[str, ...]
    span: Span
    help: str | None = None
    controls: str = "nobody"
    assume: Value | None = None
    stop_if: str | None = None
    stop_at: frozenset[str] = frozenset()
    cues: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """How a fact is drawn where cases are made up; no verdict rests on it, and every number is ours.

    Values are drawn in proportion to their `weights`, members of a set each with that chance.
    `percentiles` are what the 10th, 50th and 90th of a hundred cases state of a number. With `of`, both
    are multiples of that other number.
    """

    fact: str
    weights: Mapping[Value, Fraction]
    percentiles: tuple[Fraction, ...]
    of: str | None
    because: str
    span: Span


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named, sourced, dated constant; `ours` says that no source fixes it, and `because` why it is so."""

    name: str
    title: str
    value: Fraction
    unit: str | None
    ours: bool
    sources: tuple[str, ...]
    as_of: date | None
    span: Span
    because: str | None = None
    review_by: date | None = None
    """The day by which someone should have looked at it again."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number or flag computed from facts, parameters, measures and numeric decisions.

    `round` is the unit to which the value is rounded, half up, before anyone reads it.
    """

    name: str
    title: str
    domain: Domain
    formula: Formula
    text: str
    round: Fraction | None
    sources: tuple[str, ...]
    span: Span
    inputs: tuple[str, ...] = field(init=False)
    """What its formula reads, parameters included, each name once."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", tuple(sorted(set(names(self.formula)))))

    def rounded(self, value: Fraction) -> Fraction:
        """Return *value* as everyone reads it, to the unit of `round` if there is one."""
        if self.round is None:
            return value
        return floor(value / self.round + Fraction(1, 2)) * self.round


class HitPolicy(StrEnum):
    """What a decision makes of the rules that fire; DMN's names."""

    UNIQUE = "unique"
    ANY = "any"
    PRIORITY = "priority"
    COLLECT = "collect"
    COLLECT_MAX = "collect max"
    COLLECT_MIN = "collect min"
    COLLECT_SUM = "collect sum"
    COLLECT_COUNT = "collect count"

    @property
    def is_aggregate(self) -> bool:
        """True for the policies that turn the fired rules' numbers into one number."""
        return self.value.startswith("collect ")


@dataclass(frozen=True, slots=True)
class Example:
    """Facts beside a rule in which it fires, or does not; not read yet, for packs may bring facts later."""

    facts: MapNode
    fires: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """When the condition holds, the decision takes the value, because of the sources.

    `then` has one value, except under `collect`, where a rule may add several. `level` is
    the pack's: 0 base, 1 niche, 2 platform, 3 house.
    """

    decision: str
    name: str
    when: Condition
    then: tuple[Value, ...]
    because: str
    sources: tuple[str, ...]
    span: Span
    tier: str | None = None
    overrides: tuple[str, ...] = ()
    pack: str = "base"
    level: int = 0
    parameters: tuple[str, ...] = ()
    """Those that its condition names."""
    review_by: date | None = None
    """The day by which someone should have looked at it again."""
    examples: tuple[Example, ...] = ()
    path: str = field(init=False)
    """The rule's identity: `<decision>/<name>`."""
    subjects: tuple[str, ...] = field(init=False)
    """What its condition tests, each name once, in order of name."""

    def __post_init__(self) -> None:
        # Worked out once: a run asks for them thousands of times.
        object.__setattr__(self, "path", f"{self.decision}/{self.name}")
        subjects = sorted({test.subject for test in tests(self.when)})
        object.__setattr__(self, "subjects", tuple(subjects))


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that a later pack replaced or disabled, as it was before, and why."""

    before: Rule
    reason: str
    pack: str
    level: int
    span: Span
    disables: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """What a later pack set anew: a parameter, or, called `decision/otherwise`, what a decision falls to."""

    name: str
    before: Value | None
    pack: str
    level: int
    span: Span


@dataclass(frozen=True, slots=True)
class About:
    """What a pack says of itself; outside its `scope`, if it states one, it changes nothing."""

    name: str
    level: int
    title: str | None = None
    about: str | None = None
    version: str | None = None
    scope: Condition | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A derived value with its rules.

    `otherwise` speaks only when every rule says no; None leaves a gap. `without` names a
    collecting decision whose members are taken out last. `tier_words` say what a tier is
    about, for those tiers that do.
    """

    name: str
    title: str
    domain: Domain
    hit_policy: HitPolicy
    tiers: tuple[str, ...]
    rules: tuple[Rule, ...]
    sources: tuple[str, ...]
    span: Span
    otherwise: Value | None = None
    otherwise_because: str | None = None
    without: str | None = None
    gates: frozenset[str] = frozenset()
    tier_words: Mapping[str, str] = field(default_factory=dict)

    def beats(self, rule: Rule, other: Rule) -> bool:
        """True if *rule*, firing, strikes *other*: by tier, then pack level, then `overrides`.

        Only `priority` orders rules. The relation is not transitive, on purpose: an
        override says what it says and no more.
        """
        if self.hit_policy is not HitPolicy.PRIORITY or rule is other:
            return False
        if rule.tier != other.tier:
            assert rule.tier is not None and other.tier is not None
            return self.tiers.index(rule.tier) < self.tiers.index(other.tier)
        if rule.level != other.level:
            return rule.level > other.level
        return other.name in rule.overrides


PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")
"""A name in the formula of a `MoneyBasis`."""


@dataclass(frozen=True, slots=True)
class MoneyBasis:
    """How the money of one value of the decision `money_basis` is worked out.

    `amount`, `low` and `high` name measures; `formula` is words with `{names}` in them. No figure
    is below the greatest of the `floors` nor, which comes last, above the least of the `caps`;
    both name measures. `owed_to` is the client, or you.
    """

    name: str
    title: str
    amount: str
    low: str
    high: str
    formula: str
    sources: tuple[str, ...]
    span: Span
    floors: tuple[str, ...] = ()
    caps: tuple[str, ...] = ()
    owed_to: str = "client"

    @property
    def numbers(self) -> tuple[str, ...]:
        """The names of all that its sums are worked out from: figures, floors and caps."""
        return (self.amount, self.low, self.high, *self.floors, *self.caps)


@dataclass(frozen=True, slots=True)
class Constraint:
    """A combination of facts that cannot be; a case that surely shows it is refused."""

    name: str
    never: Condition
    because: str
    sources: tuple[str, ...]
    span: Span


Named = Fact | Parameter | Measure | Decision


@dataclass(frozen=True, eq=False)
class RuleBase:
    """Everything that is known and what follows from it; names are unique across kinds.

    Two rule bases are never equal, which makes one usable as the key of a cache.
    """

    facts: Mapping[str, Fact]
    parameters: Mapping[str, Parameter]
    measures: Mapping[str, Measure]
    decisions: Mapping[str, Decision]
    catalogues: Mapping[str, Mapping[str, Advice]]
    money: Mapping[str, MoneyBasis]
    sources: Mapping[str, Citable]
    constraints: Mapping[str, Constraint]
    conflicts: Mapping[str, Conflict]
    claims: Mapping[str, Claim] = field(default_factory=dict)
    samples: Mapping[str, Sample] = field(default_factory=dict)
    messages: Messages = field(default_factory=Messages)
    ignores: tuple[Ignore, ...] = ()
    constants: frozenset[str] = frozenset()
    """The parameters that stand for a number somewhere: in a test, a conclusion, a limit."""
    changes: tuple[Change, ...] = ()
    """What later packs replaced or disabled."""
    resets: tuple[Reset, ...] = ()
    """What later packs set anew."""
    packs: tuple[About, ...] = ()
    """From the first laid to the last; the base is one of them."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """The pack that brought an entry of knowledge, by what findings call it; without those of the base."""

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """Every rule by its path, in order of path."""
        found = [rule for decision in self.decisions.values() for rule in decision.rules]
        return {rule.path: rule for rule in sorted(found, key=lambda rule: rule.path)}

    def domain(self, name: str) -> Domain:
        """Return the domain of a fact, measure or decision. Raises `KeyError`."""
        for group in (self.facts, self.measures, self.decisions):
            if name in group:
                return group[name].domain
        raise KeyError(name)

    def title(self, name: str) -> str:
        """Return the plain words for a fact, parameter, measure or decision."""
        for group in (self.facts, self.measures, self.decisions, self.parameters):
            if name in group:
                return group[name].title
        return name
