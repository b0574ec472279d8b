"""From rules to diagrams: each decision over the facts and measures that it rests on, end to end.

What is *given* is known already and is asked no more, so that the diagrams of one case are small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from amends.engine.cells import Both, Either, Literal, Positive
from amends.engine.chain.outcome import Lack
from amends.engine.diagram.forest import MOST_NODES, NO, YES, Forest, NotFinished
from amends.engine.diagram.space import Space, space_of
from amends.engine.formula import Call, Constant, Formula, Name, Number, applied
from amends.engine.network import decisions_read as decisions_read
from amends.engine.rulebase import Condition, Decision, HitPolicy, Rule, RuleBase, Value
from amends.engine.truth import Members, Reading, one_value

SILENT = "silent"
"""The leaf of a rule that does not speak."""
IMPOSSIBLE = "impossible"
"""The leaf of what breaks a constraint."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is known before anything is compiled: readings by name, and which facts were stated.

    A name that is missing, or whose reading is open, stays a variable. *stated* is None where
    `known` stays a variable too.
    """

    readings: Mapping[str, Reading] = field(default_factory=dict)
    stated: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Compiled:
    """One decision: the diagram of its value, or of each member of its set.

    A leaf of `root` is a value or a `Lack`; `members` say yes or no, and no where it is blocked.
    `lacks` says where it has no value.
    """

    name: str
    root: int | None
    members: Mapping[str, int]
    lacks: int


class Diagrams:
    """The diagrams of one rule base, each compiled when it is first asked for, in one forest.

    Every method that compiles raises `NotFinished` once they would need more than *most_nodes*
    nodes together; what was finished before stays. Two rule bases that are cut alike (`joint_space`)
    can share a *forest*: what ends alike in both is then one node.

    >>> from amends.engine import load
    >>> fault = Diagrams(load().rulebase).decision("fault")
    >>> fault.lacks
    0
    """

    def __init__(
        self,
        rulebase: RuleBase,
        given: Given | None = None,
        most_nodes: int = MOST_NODES,
        *,
        space: Space | None = None,
        forest: Forest | None = None,
    ) -> None:
        self.rulebase = rulebase
        self.space = space or space_of(rulebase)
        self.given = given or Given()
        self.forest = forest or Forest(self.space.sizes, most_nodes)
        self._decisions: dict[str, Compiled | None] = {}
        self._measures: dict[str, int] = {}
        self._rules: dict[str, int] = {}
        self._possible: int | None = None
        self._masked: dict[str, int] = {}

    # --- What is asked for --------------------------------------------------------------------

    def decision(self, name: str) -> Compiled:
        """Return the diagram of the decision called *name*. Raises `NotFinished`."""
        if name not in self._decisions:
            self._decisions[name] = None  # what reads it is not finished either
            self._decisions[name] = self._decide(self.rulebase.decisions[name])
        found = self._decisions[name]
        if found is None:
            raise NotFinished
        return found

    def rule(self, path: str) -> int:
        """Return yes where the rule says yes, whatever beats it. Raises `NotFinished`."""
        self.decision(self.rulebase.rules[path].decision)
        return self._rules[path]

    def wins(self, path: str) -> int:
        """Return yes where the rule speaks and no rule that speaks beats it. Raises `NotFinished`."""
        rule = self.rulebase.rules[path]
        decision = self.rulebase.decisions[rule.decision]
        stronger = [other.path for other in decision.rules if decision.beats(other, rule)]
        beaten = self.forest.any_of(self.rule(other) for other in stronger)
        return self.forest.both(self.rule(path), self.forest.no(beaten))

    def where(self, name: str, values: Iterable[Value | Lack]) -> int:
        """Return yes where the decision ends in one of *values*, lacks among them."""
        compiled = self.decision(name)
        assert compiled.root is not None
        forest = self.forest
        return forest.where(compiled.root, [forest.terminal(value) for value in values])

    def condition(self, condition: Condition) -> int:
        """Return yes where *condition* holds; no where it reads a decision without a value."""
        return self._positive(self.space.positive(condition))

    @property
    def possible(self) -> int:
        """Yes for the cases that break no constraint."""
        if self._possible is None:
            broken = [self.condition(constraint.never) for constraint in self.rulebase.constraints.values()]
            self._possible = self.forest.no(self.forest.any_of(broken))
        return self._possible

    def masked(self, name: str) -> int:
        """Return the diagram of a decision's value, `IMPOSSIBLE` where a constraint is broken."""
        if name not in self._masked:
            root = self.decision(name).root
            assert root is not None
            leaf = self.forest.terminal(IMPOSSIBLE)
            self._masked[name] = self.forest.choose(self.possible, root, leaf)
        return self._masked[name]

    def has_masked(self, name: str) -> bool:
        """True if asking `masked` for it compiles nothing."""
        return name in self._masked

    def number(self, name: str) -> int:
        """Return the diagram of a fact, expanded measure or decision whose leaves are its values."""
        known = self._known(name)
        if known is not None:
            return self.forest.terminal(known)
        if name in self.rulebase.parameters:
            return self.forest.terminal(self.rulebase.parameters[name].value)
        if name in self.rulebase.decisions:
            root = self.decision(name).root
            assert root is not None
            return root
        if name in self.space.expanded:
            return self._measure(name)
        at = self.space.level[name, None, False]
        samples = (self.space.sample(at, place) for place in range(self.forest.sizes[at]))
        return self.forest.node(at, tuple(self.forest.terminal(value) for value in samples))

    # --- What is there ------------------------------------------------------------------------

    def compiled(self) -> tuple[dict[str, Compiled], dict[str, int], int, dict[str, int]]:
        """Return what is compiled: decisions, their rules, what is possible, and what is masked."""
        decisions = {name: found for name, found in self._decisions.items() if found is not None}
        return decisions, dict(self._rules), self.possible, dict(self._masked)

    def take_over(
        self,
        decisions: Mapping[str, Compiled],
        rules: Mapping[str, int],
        possible: int,
        masked: Mapping[str, int],
    ) -> None:
        """Take over what was compiled before, in a forest of the same nodes."""
        self._decisions.update(decisions)
        self._rules.update(rules)
        self._possible = possible
        self._masked.update(masked)

    # --- Conditions ---------------------------------------------------------------------------

    def _positive(self, condition: Positive) -> int:
        match condition:
            case Literal():
                return self._literal(condition)
            case Both(parts):
                return self.forest.all_of(self._positive(part) for part in parts)
            case Either(parts):
                return self.forest.any_of(self._positive(part) for part in parts)

    def _literal(self, literal: Literal) -> int:
        if literal.is_known and self.given.stated is not None:
            return int((literal.subject in self.given.stated) == bool(literal.cells[0]))
        if literal.member is not None:
            return self._member(literal.subject, literal.member, literal.cells == (1,))
        if not literal.is_known:
            known = self._known(literal.subject)
            if known is not None:
                return int(self.space.grids[literal.subject].cell(known) in literal.cells)
            if literal.subject in self.rulebase.decisions or literal.subject in self.space.expanded:
                return self._where(self.number(literal.subject), literal)
        at, places = self.space.positions(literal)
        return self.forest.literal(at, places)

    def _where(self, root: int, literal: Literal) -> int:
        grid, cells, values = self.space.grids[literal.subject], literal.cells, self.forest.values

        def inside(leaf: int) -> int:
            value = values[leaf]
            return int(not isinstance(value, Lack) and grid.cell(value) in cells)  # type: ignore[arg-type]

        return self.forest.mapped(root, inside)

    def _member(self, subject: str, member: str, inside: bool) -> int:
        found = self.given.readings.get(subject)
        if isinstance(found, Members):
            if member in found.sure:
                return int(inside)
            if member not in found.possible:
                return int(not inside)
        if subject in self.rulebase.decisions:
            compiled = self.decision(subject)
            root = compiled.members.get(member, NO)
            return root if inside else self.forest.no(self.forest.either(root, compiled.lacks))
        at = self.space.level[subject, member, False]
        return self.forest.literal(at, [int(inside)])

    def _known(self, name: str) -> Value | None:
        return one_value(self.given.readings.get(name))

    # --- Measures -----------------------------------------------------------------------------

    def _measure(self, name: str) -> int:
        if name not in self._measures:
            measure = self.rulebase.measures[name]
            root = self._formula(measure.formula)
            if measure.round is not None:
                forest = self.forest

                def rounded(leaf: int) -> int:
                    value = forest.values[leaf]
                    return forest.terminal(measure.rounded(value)) if isinstance(value, Fraction) else leaf

                root = forest.mapped(root, rounded)
            self._measures[name] = root
        return self._measures[name]

    def _formula(self, formula: Formula) -> int:
        match formula:
            case Constant(value):
                return self.forest.terminal(value)
            case Name(name):
                return self.number(name)
            case Call(sign, parts):
                return self._call(sign, [self._formula(part) for part in parts])

    def _call(self, sign: str, parts: list[int]) -> int:
        forest = self.forest

        def value(leaf: int) -> Number | None:
            found = forest.values[leaf]
            return found if isinstance(found, (Fraction, bool)) else None

        def join(*leaves: int) -> int:
            found = applied(sign, [value(leaf) for leaf in leaves])
            return forest.terminal(Lack.BLOCKED if found is None else found)

        if len(parts) == 1:
            return forest.mapped(parts[0], join)
        found = parts[0]
        for part in parts[1:]:
            found = forest.merged(join, found, part)
        return found

    # --- Decisions ----------------------------------------------------------------------------

    def _decide(self, decision: Decision) -> Compiled:
        forest = self.forest
        settled = self.given.readings.get(decision.name)
        known = self._known(decision.name)
        if known is not None:
            return Compiled(decision.name, forest.terminal(known), {}, NO)
        if isinstance(settled, Members) and settled.sure == settled.possible:
            return Compiled(decision.name, None, {str(name): YES for name in settled.sure}, NO)
        read = [self.decision(name) for name in decisions_read(self.rulebase, decision.name)]
        blocked = forest.any_of(compiled.lacks for compiled in read)
        for rule in decision.rules:
            self._rules[rule.path] = forest.both(self.condition(rule.when), forest.no(blocked))
        if decision.hit_policy is HitPolicy.COLLECT:
            return Compiled(decision.name, None, self._collected(decision), blocked)
        root = self._settled(decision)
        root = forest.choose(blocked, forest.terminal(Lack.BLOCKED), root)
        lacks = [leaf for leaf in forest.leaves(root) if isinstance(forest.values[leaf], Lack)]
        return Compiled(decision.name, root, {}, forest.where(root, lacks) if lacks else NO)

    def _collected(self, decision: Decision) -> dict[str, int]:
        forest = self.forest
        saying: dict[str, list[int]] = {}
        for rule in decision.rules:
            for value in rule.then:
                saying.setdefault(str(value), []).append(self._rules[rule.path])
        found = {member: forest.any_of(rules) for member, rules in saying.items()}
        if decision.without is None:
            return found
        taken = {member: self._member(decision.without, member, False) for member in found}
        return {member: forest.both(root, taken[member]) for member, root in found.items()}

    def _settled(self, decision: Decision) -> int:
        """Return the diagram of one value, as if nothing that it reads lacked one."""
        forest = self.forest
        silent = forest.terminal(SILENT)
        otherwise = forest.terminal(Lack.UNCOVERED if decision.otherwise is None else decision.otherwise)

        def spoken(rule: Rule, where: int) -> int:
            return forest.choose(where, forest.terminal(rule.then[0]), silent)

        rules = decision.rules
        match decision.hit_policy:
            case HitPolicy.COLLECT_COUNT | HitPolicy.COLLECT_SUM:
                is_count = decision.hit_policy is HitPolicy.COLLECT_COUNT
                zero = forest.terminal(Fraction(0))
                amounts = [Fraction(1) if is_count else rule.then[0] for rule in rules]
                parts = [
                    forest.choose(self._rules[rule.path], forest.terminal(amount), zero)
                    for rule, amount in zip(rules, amounts, strict=True)
                ]
                return self._folded(self._added, parts, zero)
            case HitPolicy.COLLECT_MAX | HitPolicy.COLLECT_MIN:
                pick = max if decision.hit_policy is HitPolicy.COLLECT_MAX else min

                def extreme(one: int, other: int) -> int:
                    return forest.terminal(pick(self._fraction(one), self._fraction(other)))

                parts = [spoken(rule, self._rules[rule.path]) for rule in rules]
                found = self._folded(extreme, parts, silent)
            case HitPolicy.PRIORITY:
                found = self._by_precedence(decision)
            case _:
                found = self._agreed([spoken(rule, self._rules[rule.path]) for rule in rules], decision)
        return forest.mapped(found, lambda leaf: otherwise if leaf == silent else leaf)

    def _by_precedence(self, decision: Decision) -> int:
        """Fold the groups that precedence orders, the weakest first: each stronger one lies over it."""
        forest = self.forest
        silent = forest.terminal(SILENT)
        groups: dict[tuple[int, int], list[Rule]] = {}
        for rule in decision.rules:
            assert rule.tier is not None
            groups.setdefault((-decision.tiers.index(rule.tier), rule.level), []).append(rule)
        found = silent
        for _, rules in sorted(groups.items()):
            parts = []
            for rule in rules:
                beaten = forest.any_of(
                    self._rules[other.path] for other in rules if rule.name in other.overrides
                )
                stands = forest.both(self._rules[rule.path], forest.no(beaten))
                parts.append(forest.choose(stands, forest.terminal(rule.then[0]), silent))
            group = self._agreed(parts, decision)
            found = forest.over(group, found, silent)
        return found

    def _agreed(self, parts: list[int], decision: Decision) -> int:
        """Join rules that nothing orders: two that speak conflict, under `unique` even with one value."""
        forest = self.forest
        silent, conflict = forest.terminal(SILENT), forest.terminal(Lack.CONFLICT)
        is_unique = decision.hit_policy is HitPolicy.UNIQUE

        def join(one: int, other: int) -> int:
            return one if one == other and not is_unique else conflict

        return self._folded(join, parts, silent)

    def _folded(self, join: Callable[[int, int], int], parts: list[int], empty: int) -> int:
        forest = self.forest
        return forest.folded(lambda one, other: forest.merged(join, one, other, empty), parts, empty)

    def _added(self, one: int, other: int) -> int:
        return self.forest.terminal(self._fraction(one) + self._fraction(other))

    def _fraction(self, leaf: int) -> Fraction:
        value = self.forest.values[leaf]
        assert isinstance(value, Fraction)
        return value
