"""What must hold of every verdict of the shipped rules, tried on cases made up at random."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cache

from hypothesis import assume, given
from hypothesis import strategies as st

from amends.engine import Engine, Verdict, load
from amends.engine.chain.memory import WorkingMemory
from amends.engine.diagnostics import InputError
from amends.engine.network import strata
from amends.engine.rulebase import Domain, Kind
from tests.support.examples import examples


@cache
def shipped() -> Engine:
    return load()


@cache
def memory() -> WorkingMemory:
    return WorkingMemory(shipped().rulebase, strata(shipped().rulebase))


def written(domain: Domain) -> st.SearchStrategy[str]:
    """Values of one fact, as they are written; amounts and counts stay near what people have."""
    match domain.kind:
        case Kind.FLAG:
            return st.sampled_from(["true", "false"])
        case Kind.CHOICE:
            return st.sampled_from(list(domain.values))
        case Kind.SET:
            return st.sets(st.sampled_from(list(domain.values)), max_size=3).map(lambda s: f"[{','.join(s)}]")
        case Kind.COUNT:
            return st.integers(0, 4).map(str)
    top = min(domain.highest or Fraction(1), Fraction(2000))
    steps = 10 if top <= 1 else 40
    return st.integers(0, steps).map(lambda step: str(float(top * step / steps)))


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


@examples(150)
@given(verdicts())
def test_what_is_returned_never_exceeds_what_was_paid(made: tuple[dict[str, str], Verdict]) -> None:
    """A refund gives back, it does not give."""
    stated, verdict = made
    if (
        verdict.money.form == "refund"
        and verdict.money.basis != "goodwill"
        and verdict.money.high is not None
    ):
        assert Decimal(verdict.money.high) <= Decimal(stated["amount_paid"])


@examples(150)
@given(verdicts())
def test_no_figure_and_no_admission_before_the_insurer_agrees(made: tuple[dict[str, str], Verdict]) -> None:
    """An offer or an admission can cost the cover."""
    verdict = made[1]
    if verdict.decisions.get("admission_policy") in ("facts_and_care", "process_only"):
        assert verdict.money.amount == "0.00"
        assert not {"own_up", "apologise", "goodwill_discount", "reimburse_direct_loss"} & set(
            verdict.companions
        )


@examples(150)
@given(verdicts())
def test_after_a_no_there_is_no_repair(made: tuple[dict[str, str], Verdict]) -> None:
    """The client's no ends the matter, unless an insurer or a lawyer must speak first."""
    stated, verdict = made
    if stated.get("client_said_no") == "true" and verdict.remedy is not None:
        assert verdict.remedy in ("accept_no", "insurer_first", "advice_first")


@examples(150)
@given(verdicts())
def test_a_discount_has_an_amount_to_offer(made: tuple[dict[str, str], Verdict]) -> None:
    """The remedy and its money read the same facts."""
    verdict = made[1]
    if verdict.remedy == "discount":
        assert verdict.money.basis in ("goodwill", "direct_loss")
        assert "goodwill_discount" not in verdict.companions


@examples(150)
@given(verdicts())
def test_what_goes_with_it_is_never_what_must_not_be_done(made: tuple[dict[str, str], Verdict]) -> None:
    """A forbidden member always loses."""
    verdict = made[1]
    assert not set(verdict.companions) & set(verdict.avoid)


@examples(150)
@given(verdicts())
def test_no_two_rules_of_the_shipped_base_conflict(made: tuple[dict[str, str], Verdict]) -> None:
    """Wherever two rules could disagree, a tier or an override says which one wins."""
    verdict = made[1]
    assert "conflict" not in {*verdict.without_value.values()}
