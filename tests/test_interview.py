"""The interview against brute force: what is asked, how many at most, when it ends; order is no matter."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from math import log2, prod

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from amends.engine import Engine
from amends.engine.case import Case
from amends.engine.diagram import IMPOSSIBLE, whole
from amends.engine.interview import Answer, Answers, Asker, choices, read_reply
from amends.engine.interview.columns import columns_of, sheet_from
from amends.engine.interview.information import mutual
from amends.engine.interview.sheet import Layered, Weights, sheet_of
from amends.engine.rulebase import RuleBase, Value
from tests.support import naive
from tests.support.examples import moderately
from tests.support.shipped import NOW, shipped
from tests.support.strategies import written_rule_bases
from tests.support.texts import FLAG, choice, names, rule, rule_base
from tests.support.written import load

pytestmark = pytest.mark.proofs

MOST_COMPLETIONS = 24


def remedies(count: int) -> Mapping[str, object]:
    return {f"v{at}": {"title": f"value {at}", "sources": ["S"]} for at in range(count)}


def base(facts: Mapping[str, dict[str, object]], rules: dict[str, object], **more: object) -> RuleBase:
    """Return a rule base whose `remedy` has *rules*, the first that holds before the others."""
    tiers = list(rules)
    tiered = {name: {**found, "tier": name} for name, found in rules.items()}  # type: ignore[dict-item]
    remedy = {
        "hit_policy": "priority",
        "tiers": tiers,
        "values": "remedies",
        "rules": tiered,
        "otherwise": "v0",
    }
    return rule_base(facts, {"remedy": remedy}, remedies=remedies(4), **more)


LATE = base(
    {"a": {**FLAG, "assume": False}, "b": choice(3), "c": {**choice(3), "assume": "v1"}, "d": FLAG},
    {
        "first": rule({"a": True}, "v1"),
        "second": rule({"b": "v2", "c": ["v0", "v1"]}, "v2"),
        "third": rule({"b": "v1", "d": True}, "v3"),
    },
)


def said(**values: Value | None) -> Answers:
    return Answers(tuple(Answer(name, value) for name, value in values.items()))


def ends_of(asker: Asker, answers: Answers) -> set[str]:
    return set(map(str, asker.sheet(answers).ends))


def by_brute_force(rulebase: RuleBase, answers: Answers) -> set[str]:
    """Every end over all values of what is not known, each unasked fact stated or left out."""
    facts = answers.facts
    taken = {name: rulebase.facts[name].assume for name in answers.unknown}
    given = {**facts, **{name: value for name, value in taken.items() if value is not None}}
    unasked = sorted(rulebase.facts.keys() - facts.keys() - answers.unknown)
    found = set()
    for complete in naive.completions(rulebase, given):
        for size in range(len(unasked) + 1):
            for stated in itertools.combinations(unasked, size):
                endings = naive.evaluate(rulebase, complete, {*facts, *stated})
                found.add(str(endings.decisions["remedy"]))
    return found


@moderately
@given(st.data())
def test_what_is_left_is_what_some_completion_ends_in(data: st.DataObject) -> None:
    """Finished means one end over all completions: sooner would be wrong, and later would tire."""
    rulebase = load(data.draw(written_rule_bases(remedy=True)))
    assume(not any(variable.subject in rulebase.measures for variable in whole(rulebase).space.variables))
    asker = Asker(rulebase)
    domains = {name: naive.values_of(rulebase, fact) for name, fact in rulebase.facts.items()}
    order = data.draw(st.permutations(sorted(domains)))
    answers = Answers()
    for name in order:
        left = prod(len(domains[other]) for other in domains.keys() - {a.fact for a in answers.said})
        if left <= MOST_COMPLETIONS:
            break
        answers = answers.saying(Answer(name, data.draw(st.sampled_from(domains[name]))))
    assert ends_of(asker, answers) == by_brute_force(rulebase, answers)


@moderately
@given(st.data())
def test_the_end_is_the_verdict_of_the_same_facts_and_of_all_facts(data: st.DataObject) -> None:
    """What was not asked cannot matter: the whole case, told at once, ends alike."""
    rulebase = load(data.draw(written_rule_bases(remedy=True)))
    asker = Asker(rulebase)
    truth = {
        name: data.draw(st.sampled_from(naive.values_of(rulebase, fact)))
        for name, fact in rulebase.facts.items()
    }
    answers = to_the_end(asker, truth)
    left = ends_of(asker, answers)
    complete = str(naive.evaluate(rulebase, truth, truth.keys()).decisions["remedy"])
    told = Engine(rulebase).decide(Case(dict(sorted(answers.facts.items())), NOW))
    assert left == {complete}
    assert told.remedy == (complete if complete in rulebase.domain("remedy").values else None)


def to_the_end(asker: Asker, truth: Mapping[str, Value]) -> Answers:
    """Answer every question by *truth*; "at most" holds at every step, and never grows."""
    answers, promised = Answers(), len(asker.rulebase.facts)
    for asked in itertools.count():
        now = asker.standing(answers)
        assert now.at_most <= promised - 1 if asked else now.at_most <= promised
        if now.question is None:
            assert now.at_most == 0
            return answers
        promised = now.at_most
        name = now.question.fact.name
        answers = answers.saying(Answer(name, truth.get(name)))
    raise AssertionError


def test_at_most_is_reached_by_no_interview_and_bounds_every_one() -> None:
    """Every asker of a small base, some of whom do not know, is asked no more than was said at first."""
    asker = Asker(LATE)
    domains = [[None, *naive.values_of(LATE, fact)] for fact in LATE.facts.values()]
    first = asker.standing(Answers()).at_most
    counts = {
        len(to_the_end(asker, dict(zip(LATE.facts, values, strict=True))).said)  # type: ignore[arg-type]
        for values in itertools.product(*domains)
    }
    assert first == 4
    assert counts == {2, 3, 4}, "some are asked half of it, some all, none more"


def combinations(
    sheet: Layered, weights: Weights, rulebase: RuleBase
) -> Iterator[tuple[tuple[int, ...], float]]:
    """Every combination of cells with its weight."""
    sizes = whole(rulebase).forest.sizes
    for cells in itertools.product(*map(range, sizes)):
        yield cells, prod(weights[at][cell] for at, cell in enumerate(cells))


CONSTRAINED = base(
    {"a": {**FLAG, "assume": False}, "b": choice(3), "c": {**choice(3), "assume": "v1"}},
    {"first": rule({"a": True, "b": "v1"}, "v1"), "second": rule({"c": "v2", "b": ["v0", "v1"]}, "v2")},
    constraints={"no-both": {"never": {"a": True, "c": "v2"}, "because": "it cannot be"}},
)
SETS = base(
    {"s": {"kind": "set", "values": names(3), "assume": ["v0"]}, "n": {"kind": "count", "highest": 4}},
    {
        "first": rule({"s": {"has": "v1"}, "n": {"at_least": 2}}, "v1"),
        "second": rule({"s": {"has_any": ["v0", "v2"]}, "n": 1}, "v2"),
        "third": rule({"n": {"known": True}, "all": [{"n": 0}]}, "v3"),
    },
)


@pytest.mark.parametrize("rulebase", [LATE, CONSTRAINED, SETS])
@pytest.mark.parametrize("uniform", [False, True])
@pytest.mark.parametrize("in_numpy", [False, True])
def test_the_information_of_a_question_is_that_of_counting(
    rulebase: RuleBase, uniform: bool, in_numpy: bool
) -> None:
    """One pass up and one down say what all combinations of cells say, counted one by one."""
    asker = Asker(rulebase, uniform=uniform)
    forest, root = asker.diagrams.forest, asker.diagrams.masked("remedy")
    sheet: Layered = sheet_of(forest, root)
    if in_numpy:
        sheet = columns_of(sheet_of(forest, root))
    weighed = sheet.weighed(asker.weights)
    for level in sheet.support:
        counted: dict[tuple[int, object], float] = {}
        for cells, weight in combinations(sheet, asker.weights, rulebase):
            end = forest.values[forest.walk(root, cells)]
            if end != IMPOSSIBLE:
                counted[cells[level], end] = counted.get((cells[level], end), 0.0) + weight
        joint = weighed.joint(level)
        for place, row in enumerate(joint):
            for end, chance in zip(sheet.ends, row, strict=True):
                assert chance == pytest.approx(counted.get((place, end), 0.0), abs=1e-12)
        assert mutual(joint) == pytest.approx(bits(counted), abs=1e-9)


def bits(counted: Mapping[tuple[int, object], float]) -> float:
    """The mutual information by its definition."""
    total = sum(counted.values())
    cells: dict[int, float] = {}
    ends: dict[object, float] = {}
    for (cell, end), weight in counted.items():
        cells[cell] = cells.get(cell, 0.0) + weight / total
        ends[end] = ends.get(end, 0.0) + weight / total
    return sum(
        weight / total * log2(weight / total / (cells[cell] * ends[end]))
        for (cell, end), weight in counted.items()
        if weight
    )


def test_numpy_and_plain_lists_agree_on_the_shipped_base() -> None:
    """Whoever has no numpy is asked the same questions."""
    asker = Asker(shipped().rulebase)
    plain = sheet_of(asker.diagrams.forest, asker.diagrams.masked("remedy"))
    arrays = columns_of(plain)
    space = asker.diagrams.space
    kind = space.place("failure_kind", "no_failure")
    cells = {space.level["failure_kind", None, False]: (kind,)}
    narrow, narrowed = plain.narrowed(cells), arrays.narrowed(cells)
    assert (narrow.size, narrow.support, narrow.ends) == (narrowed.size, narrowed.support, narrowed.ends)
    one, other = narrow.weighed(asker.weights), narrowed.weighed(asker.weights)
    assert one.total == pytest.approx(other.total)
    for level in sorted(narrow.support):
        for left, right in zip(one.joint(level), other.joint(level), strict=True):
            assert left == pytest.approx(right, abs=1e-12)
    level = space.level["client_demand", None, False]
    for left, right in zip(one.exchange(level), other.exchange(level), strict=True):
        assert left == pytest.approx(right, abs=1e-12)
    assert sheet_from(arrays).size == plain.size


@moderately
@given(st.data())
def test_a_diagram_narrowed_in_numpy_is_the_one_narrowed_in_plain_lists(data: st.DataObject) -> None:
    """Step by step, with one cell or some: the same ends, the same support, and as few nodes."""
    rulebase = load(data.draw(written_rule_bases(remedy=True)))
    diagrams = whole(rulebase)
    sheet = sheet_of(diagrams.forest, diagrams.masked("remedy"))
    left = {at: tuple(range(size)) for at, size in enumerate(diagrams.forest.sizes)}
    assume(left)
    for _ in range(3):
        at = data.draw(st.sampled_from(sorted(left)))
        left[at] = tuple(sorted(data.draw(st.sets(st.sampled_from(left[at]), min_size=1))))
        one, other = sheet.narrowed({at: left[at]}), columns_of(sheet).narrowed({at: left[at]})
        assert (one.ends, one.support, one.size) == (other.ends, other.support, other.size)
        sheet = one


@moderately
@given(st.data())
def test_the_order_of_the_answers_makes_no_difference(data: st.DataObject) -> None:
    """Who tells it in another order is asked the same next, and ends alike."""
    asker = Asker(LATE)
    values = {
        name: data.draw(st.sampled_from([None, *naive.values_of(LATE, LATE.facts[name])])) for name in "abc"
    }
    told = [Answer(name, value) for name, value in values.items()]
    one = Answers(tuple(told))
    other = Answers(tuple(data.draw(st.permutations(told))))
    assert asker.standing(one) == asker.standing(other)


def test_to_take_back_or_change_an_answer_keeps_the_others() -> None:
    answers = said(a=False, b="v2", c=None)
    assert answers.without("b") == said(a=False, c=None)
    assert answers.saying(Answer("b", "v1")) == said(a=False, b="v1", c=None), "it stands where it stood"
    asker = Asker(LATE)
    assert asker.standing(answers.without("b").saying(Answer("b", "v2"))) == asker.standing(answers)


def test_what_is_not_known_is_taken_for_granted_and_without_assumptions_it_is_not() -> None:
    """With `a` assumed false, `b` v1 and `d` false nothing is left; otherwise `a` could still be true."""
    answers = said(a=None, b="v1", d=False)
    assert ends_of(Asker(LATE), answers) == {"v0"}
    assert ends_of(Asker(LATE, assume=False), answers) == {"v0", "v1"}


def test_an_assumption_that_a_constraint_could_withdraw_is_not_relied_on() -> None:
    """`c` is assumed v1 however `a` is answered, but were v2 assumed, `a` could take that away."""
    rulebase = base(
        {"a": FLAG, "c": {**choice(3), "assume": "v2"}},
        {"first": rule({"c": "v2"}, "v1")},
        constraints={"no-both": {"never": {"a": True, "c": "v2"}, "because": "it cannot be"}},
    )
    asker = Asker(rulebase)
    assert ends_of(asker, said(c=None)) == {"v0", "v1"}
    assert ends_of(asker, said(c=None, a=False)) == {"v1"}
    assert Engine(rulebase).decide(Case({"a": False}, NOW)).remedy == "v1"


def test_an_answer_that_contradicts_is_found_with_its_constraint() -> None:
    now = Asker(CONSTRAINED).standing(said(c="v2", a=True))
    assert [constraint.name for constraint in now.clash] == ["no-both"]
    assert now.question is None and not now.is_finished


def test_the_reason_names_two_ends_that_the_answer_parts() -> None:
    """`d` decides between its own remedy and what is left once `b` is v1."""
    question = Asker(LATE).standing(said(a=False, b="v1")).question
    assert question is not None
    assert (question.fact.name, set(question.between)) == ("d", {"v0", "v3"})


def test_what_a_warning_is_about_is_asked_first_where_all_else_is_equal() -> None:
    """Two facts bring the same; one of them is an event that would stop everything."""
    facts = {name: {**FLAG, "assume": False} for name in "ab"}
    even = {"first": rule({"a": True, "b": True}, "v1")}
    plain = Asker(base(facts, even), uniform=True).standing(Answers()).question
    facts["b"] = {**facts["b"], "stop_if": "there is smoke"}
    warned = Asker(base(facts, even), uniform=True).standing(Answers()).question
    assert plain is not None and warned is not None
    assert (plain.fact.name, warned.fact.name) == ("a", "b")


def test_a_fast_interview_asks_a_few_of_what_is_assumed_and_all_that_is_not() -> None:
    """Of eight facts that are assumed it asks five; `x` is assumed by nobody, so it is asked for."""
    facts = {f"f{at}": {**FLAG, "assume": False} for at in range(8)}
    rules = {f"r{at}": rule({f"f{at}": True}, f"v{at % 3 + 1}") for at in range(8)}
    rulebase = base({**facts, "x": FLAG}, {**rules, "last": rule({"x": True}, "v3")})
    asker = Asker(rulebase, fast=True)
    answers = to_the_end(asker, {**dict.fromkeys(facts, False), "x": False})
    asked = {answer.fact for answer in answers.said}
    assert "x" in asked and len(asked) == 6
    assert len(to_the_end(Asker(rulebase), {**dict.fromkeys(facts, False), "x": False}).said) == 9


def test_what_the_case_stated_is_not_counted_as_asked() -> None:
    """To go back leads to the last question, not into the file that was given."""
    answers = Answers((Answer("a", False, was_asked=False), Answer("b", "v1"), Answer("d", None)))
    assert answers.last == Answer("d", None)
    assert answers.without("d").without("b").last is None


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        ("client_fit", "2", "poor"),
        ("client_fit", "night", "nightmare"),
        ("client_fit", "a nightmare", "nightmare"),
        ("client_said_no", "Y", True),
        ("client_said_no", "2", False),
        ("insured_pi", "false", "no"),
        ("harm_kinds", "1, 2", frozenset(list(shipped().rulebase.facts["harm_kinds"].domain.values)[:2])),
        ("harm_kinds", "0", frozenset()),
    ],
)
def test_an_answer_may_be_a_number_a_name_or_its_beginning(fact: str, text: str, value: Value) -> None:
    assert read_reply(text, shipped().rulebase.facts[fact]).value == value


@pytest.mark.parametrize(
    ("fact", "text", "part"),
    [
        ("client_demand", "re", "could be `redo`"),
        ("client_fit", "9", "goes from 1 to 3"),
        ("client_fit", "0", "goes from 1 to 3"),
        ("client_fit", "?!", "none of the answers"),
        ("fee_total", "much", "is no number"),
        ("fee_total", "-3", "between 0"),
        ("harm_kinds", "1, nonsense", "none of the answers"),
    ],
)
def test_what_is_no_answer_is_told_in_one_line(fact: str, text: str, part: str) -> None:
    wrong = read_reply(text, shipped().rulebase.facts[fact]).wrong
    assert wrong is not None and part in wrong and "\n" not in wrong


@example(text="0\x1f", name="abuse_kind")
@given(text=st.text(max_size=20), name=st.sampled_from(sorted(shipped().rulebase.facts)))
def test_whatever_is_typed_is_an_answer_or_is_told_what_is_wrong(text: str, name: str) -> None:
    """A cat on the keyboard ends no interview."""
    reply = read_reply(text, shipped().rulebase.facts[name])
    assert (reply.value is None) != (reply.wrong is None)


def test_every_listed_value_can_be_typed_by_its_number_and_name() -> None:
    for fact in shipped().rulebase.facts.values():
        for number, name in enumerate(choices(fact.domain), 1):
            one, other = read_reply(str(number), fact), read_reply(name, fact)
            assert one.value == other.value is not None


def test_an_interview_on_the_shipped_base_ends_as_the_whole_case_does() -> None:
    """Ten made-up askers who know everything: what they are not asked would have changed nothing."""
    engine = shipped()
    asker = Asker(engine.rulebase)
    space = asker.diagrams.space
    rng = random.Random(7)
    for _ in range(10):
        truth: dict[str, Value] = {}
        answers = Answers()
        while (question := asker.standing(answers).question) is not None:
            name = question.fact.name
            levels = space.levels_of(name)
            if question.fact.domain.kind == "set":
                value: Value | None = frozenset(
                    str(space.variables[at].member) for at in levels if rng.random() < asker.weights[at][1]
                )
            elif not levels:
                value = None
            else:
                value = space.sample(levels[0], rng.choices(range(len(asker.weights[levels[0]])))[0])
            if value is not None and asker.standing(answers.saying(Answer(name, value))).clash:
                value = None
            answers = answers.saying(Answer(name, value))
            truth |= {} if value is None else {name: value}
        verdict = engine.decide(Case(dict(sorted(truth.items())), NOW))
        left = ends_of(asker, answers)
        assert verdict.remedy in left or not verdict.remedy
        assert len(left) > 1 or verdict.remedy in left
