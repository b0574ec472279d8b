"""What must hold of every verdict of the shipped rules beyond its claims, tried on random cases."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from amends.engine import Verdict
from amends.engine.diagnostics import InputError
from tests.support.examples import examples
from tests.support.shipped import memory, shipped, written

pytestmark = pytest.mark.knowledge


@st.composite
def verdicts(draw: st.DrawFn) -> tuple[dict[str, str], Verdict]:
    facts = shipped().rulebase.facts
    names = draw(st.sets(st.sampled_from(sorted(facts)), min_size=len(facts) // 2))
    stated = {name: draw(written(facts[name].domain)) for name in sorted(names)}
    try:
        found = shipped().decide(stated, what_if=False, executor=memory())
    except InputError:
        assume(False)  # the facts contradict each other, which a constraint has said
        raise
    return stated, found


@examples(50)
@given(verdicts())
def test_a_discount_has_an_amount_to_offer(made: tuple[dict[str, str], Verdict]) -> None:
    """The remedy and its money read the same facts."""
    verdict = made[1]
    if verdict.remedy == "discount":
        assert verdict.money.basis in ("goodwill", "late_scale", "direct_loss")
        assert "goodwill_discount" not in verdict.companions


@examples(50)
@given(verdicts())
def test_what_goes_with_it_is_never_what_must_not_be_done(made: tuple[dict[str, str], Verdict]) -> None:
    """A forbidden member always loses."""
    verdict = made[1]
    assert not set(verdict.companions) & set(verdict.avoid)


@examples(50)
@given(verdicts())
def test_no_two_rules_of_the_shipped_base_conflict(made: tuple[dict[str, str], Verdict]) -> None:
    """Wherever two rules could disagree, a tier or an override says which one wins."""
    verdict = made[1]
    assert "conflict" not in {*verdict.without_value.values()}
