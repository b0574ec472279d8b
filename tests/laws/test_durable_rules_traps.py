"""What durable_rules 2.0.28 does wrong, and that the chain is right where it would.

Each test puts the chain where one trap of the library would catch it; those of its limits
are in `test_durable_rules_limits.py`.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from amends import engine as package
from amends.engine.chain import run
from amends.engine.diagnostics import Code, InputError
from amends.engine.rulebase import RuleBase
from tests.support.executors import agreed, check_agreement, durable, durable_rules, fired, stating
from tests.support.texts import FLAG, choice, collecting, names, rule, rule_base
from tests.support.written import Given, Yaml

UNSTATED = Given({}, frozenset())


@pytest.fixture(autouse=True, scope="module")
def _the_library() -> None:
    durable()


class Spied:
    """Everything that a host asserts and deletes, in order."""

    def __init__(self, executor: Any, patch: pytest.MonkeyPatch) -> None:
        self.asserted: list[dict[str, Any]] = []
        self.live: list[set[str]] = [set()]
        host = executor._host
        tell, forget = host.assert_fact, host.delete_state

        def assert_fact(ruleset: str, fact: dict[str, Any]) -> Any:
            self.asserted.append(fact)
            self.live.append(self.live[-1] | {fact["sid"]})
            return tell(ruleset, fact)

        def delete_state(ruleset: str, sid: str) -> Any:
            self.live.append(self.live[-1] - {sid})
            return forget(ruleset, sid)

        patch.setattr(host, "assert_fact", assert_fact)
        patch.setattr(host, "delete_state", delete_state)


@pytest.fixture
def small() -> Iterator[tuple[RuleBase, Any]]:
    """Two rules of which the case decides, with an executor."""
    rulebase = rule_base({"x": choice(3)}, {"d": collecting({"x": "v0"}, {"x": ["v1", "v2"]})})
    with durable_rules(rulebase) as executor:
        yield rulebase, executor


# 1


def test_a_rule_that_another_excludes_never_fires_with_it() -> None:
    first = {"x": "v0", "ready": True}
    rest = {"any": [{"x": {"not": "v0"}}, {"ready": {"not": True}}]}
    rulebase = rule_base({"x": choice(3), "ready": FLAG}, {"d": collecting(first, rest)})
    with durable_rules(rulebase) as executor:
        for value in ("v0", "v1", "v2"):
            for ready in (False, True):
                trace = check_agreement(rulebase, executor, stating(x=value, ready=ready))
                assert fired(trace) == {"d/r0" if value == "v0" and ready else "d/r1"}


def test_no_rule_that_reaches_the_library_has_a_negation() -> None:
    tangled = {"x": {"not": {"not": ["v0"]}}, "s": {"has_none": ["v0"]}, "n": {"not": {"at_least": 2}}}
    facts = {"x": choice(3), "s": {"kind": "set", "values": names(2)}, "n": {"kind": "count", "highest": 3}}
    rulebase = rule_base(facts, {"d": collecting(tangled), "e": collecting({"d": {"empty": True}})})
    with durable_rules(rulebase) as executor:
        executor.load()
        texts = [ruleset.get_definition() for ruleset in executor._host._ruleset_list]
    said = json.dumps(texts)
    assert '"$or"' in said
    assert not [word for word in ("$not", "$nex", "$neq", "none", "$any", "$all") if f'{word}"' in said]


# 2


def test_a_rule_with_only_a_negative_test_fires_once_and_the_run_ends() -> None:
    rulebase = rule_base({"x": choice(2)}, {"d": collecting({"x": {"not": "v0"}})})
    assert fired(agreed(rulebase, stating(x="v1"))) == {"d/r0"}
    assert fired(agreed(rulebase, stating(x="v0"))) == set()
    assert agreed(rulebase, UNSTATED).undecided == ("d/r0",)


# 3


def test_what_a_consequent_raises_ends_the_run_with_the_name_of_the_rule(
    small: tuple[RuleBase, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rulebase, executor = small

    def fail(path: str) -> None:
        raise ValueError(f"no room for {path}")

    with monkeypatch.context() as patch:
        patch.setattr(executor._host, "note", fail)
        with pytest.raises(durable().ChainError, match="the rule `d/r0` failed as it fired: no room"):
            run(rulebase, {"x": "v0"}, {"x"}, executor)
    assert fired(check_agreement(rulebase, executor, stating(x="v1"))) == {"d/r1"}, "the next run is clean"


def test_an_interrupt_inside_a_consequent_is_not_swallowed(
    small: tuple[RuleBase, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rulebase, executor = small

    def interrupt(_path: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(executor._host, "note", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(rulebase, {"x": "v0"}, {"x"}, executor)


def test_what_the_library_itself_caught_ends_the_run_too(
    small: tuple[RuleBase, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rulebase, executor = small
    monkeypatch.setattr(executor._host, "get_state", lambda _ruleset, _sid: {"exception": "timeout expired"})
    with pytest.raises(durable().ChainError, match="`stratum-0-surely-0`: timeout expired"):
        run(rulebase, {"x": "v0"}, {"x"}, executor)


# 4


def test_a_case_that_no_rule_matches_is_an_ordinary_case() -> None:
    decision = {"hit_policy": "unique", "values": names(2), "rules": {"r": rule({"x": "v0"}, "v0")}}
    rulebase = rule_base({"x": choice(2)}, {"d": {**decision, "otherwise": "v1"}, "silent": decision})
    trace = agreed(rulebase, stating(x="v1"))
    assert trace.outcomes["d"].value == "v1"
    assert {lack.value for lack in trace.outcomes["silent"].lacks} == {"uncovered"}


# 5, 6, 7


def test_the_same_case_is_decided_as_often_as_one_likes(small: tuple[RuleBase, Any]) -> None:
    rulebase, executor = small
    traces = [run(rulebase, {"x": "v0"}, {"x"}, executor) for _ in range(1_100)]
    assert all(trace == traces[0] for trace in traces), "1,024 live states would have ended it"
    assert fired(traces[0]) == {"d/r0"}


def test_each_run_has_a_fresh_sid_and_never_two_at_once(
    small: tuple[RuleBase, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rulebase, executor = small
    spied = Spied(executor, monkeypatch)
    for value in ("v0", "v0", "v1"):
        run(rulebase, {"x": value}, {"x"}, executor)
    run(rulebase, {}, set(), executor)
    sids = [fact["sid"] for fact in spied.asserted]
    assert len(set(sids)) == len(sids) == 5, "three runs of one ruleset, and one of two"
    assert {len(live) for live in spied.live} == {0, 1}


def test_two_sids_of_one_hash_share_nothing(
    small: tuple[RuleBase, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rulebase, executor = small
    monkeypatch.setattr(durable(), "_sids", iter(["case-478212", "case-1221200"]))
    assert fired(run(rulebase, {"x": "v0"}, {"x"}, executor)) == {"d/r0"}
    assert fired(run(rulebase, {"x": "v1"}, {"x"}, executor)) == {"d/r1"}


def test_a_run_that_fails_leaves_no_state_behind(
    small: tuple[RuleBase, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rulebase, executor = small
    spied = Spied(executor, monkeypatch)
    monkeypatch.setattr(executor._host, "get_state", lambda _ruleset, _sid: {"exception": "x"})
    with pytest.raises(durable().ChainError):
        run(rulebase, {"x": "v0"}, {"x"}, executor)
    assert [len(live) for live in spied.live] == [0, 1, 0]


def test_thousands_of_cases_do_not_make_the_process_grow(small: tuple[RuleBase, Any]) -> None:
    rulebase, executor = small
    before = resident_after(500, rulebase, executor)
    after = resident_after(3_000, rulebase, executor)
    assert after - before < 2_000_000, "bytes; a state that stays takes several thousand"


def resident_after(runs: int, rulebase: RuleBase, executor: Any) -> int:
    for at in range(runs):
        run(rulebase, {"x": f"v{at % 3}"}, {"x"}, executor)
    return resident()


def resident() -> int:
    """Return the bytes of memory that the process holds."""
    pages = Path("/proc/self/statm")
    if not pages.exists():
        pytest.skip("only Linux says how much memory a process holds")
    return int(pages.read_text().split()[1]) * 4096


# 8


def test_a_host_starts_no_thread_that_lives_on(small: tuple[RuleBase, Any]) -> None:
    _, executor = small
    for timer in (executor._host._d_timer, executor._host._t_timer):
        assert timer.finished.is_set(), "a cancelled timer is finished before it ran"
        timer.join(5)
        assert not timer.is_alive()


def test_two_engines_in_two_threads_do_not_disturb_each_other() -> None:
    left = rule_base({"x": choice(2)}, {"d": collecting({"x": "v0"}, {"x": "v1"})})
    right = rule_base({"x": choice(2)}, {"d": collecting({"x": "v1"}, {"x": "v0"})})
    found: dict[str, set[frozenset[str]]] = {}

    def decide(name: str, rulebase: RuleBase) -> None:
        with durable_rules(rulebase) as executor:
            traces = [run(rulebase, {"x": "v0"}, {"x"}, executor) for _ in range(300)]
        found[name] = {frozenset(fired(trace)) for trace in traces}

    threads = [threading.Thread(target=decide, args=each) for each in (("left", left), ("right", right))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"left": {frozenset({"d/r0"})}, "right": {frozenset({"d/r1"})}}


# 9, 10


def test_numbers_of_any_size_are_compared_exactly() -> None:
    amounts = {"kind": "number", "decimals": 9, "highest": "1e11"}
    rulebase = rule_base({"n": amounts}, {"d": collecting({"n": {"more_than": 0.0000001}}, {"n": "1e11"})})
    tiny = Fraction(1, 10**7)
    assert fired(agreed(rulebase, stating(n=tiny))) == set()
    assert fired(agreed(rulebase, stating(n=tiny + Fraction(1, 10**9)))) == {"d/r0"}
    assert fired(agreed(rulebase, stating(n=Fraction(10**11)))) == {"d/r0", "d/r1"}
    assert fired(agreed(rulebase, stating(n=Fraction(10**11 - 1)))) == {"d/r0"}


def test_yes_and_one_are_not_the_same_nor_is_a_number_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    facts: dict[str, Yaml] = {"flag": FLAG, "count": {"kind": "count", "highest": 9}}
    rulebase = rule_base(facts, {"d": collecting({"flag": True}, {"count": 1}, {"count": 0})})
    with durable_rules(rulebase) as executor:
        spied = Spied(executor, monkeypatch)
        trace = check_agreement(rulebase, executor, stating(flag=True, count=Fraction(0)))
        assert fired(trace) == {"d/r0", "d/r2"}
    cells = [value for fact in spied.asserted for name, value in fact.items() if name not in ("t", "sid")]
    assert {type(cell) for cell in cells} == {int}, "nothing looser than a small integer is asserted"


def test_a_fact_that_is_not_stated_is_neither_equal_nor_different() -> None:
    rulebase = rule_base({"x": choice(3)}, {"d": collecting({"x": "v0"}, {"x": {"not": "v0"}})})
    trace = agreed(rulebase, UNSTATED)
    assert fired(trace) == set()
    assert trace.undecided == ("d/r0", "d/r1")


# 12


def test_what_is_closed_can_be_loaded_again() -> None:
    rulebase = rule_base({"x": choice(2)}, {"d": collecting({"x": "v0"})})
    with durable_rules(rulebase) as executor:
        for _ in range(3):
            assert fired(check_agreement(rulebase, executor, stating(x="v0"))) == {"d/r0"}
            executor.close()
            assert not executor._host._ruleset_list and not executor._host._ruleset_directory


def test_what_is_closed_gives_its_memory_back() -> None:
    rulebase = rule_base({"x": choice(100)}, {"d": collecting(*({"x": f"v{at}"} for at in range(100)))})

    def reload(times: int) -> int:
        for _ in range(times):
            with durable_rules(rulebase) as executor:
                executor.load()
        return resident()

    before = reload(5)
    assert reload(40) - before < 20_000_000, "bytes; each that stays takes more than one million"


# 13


def test_nothing_depends_on_the_priority_or_order_in_which_the_library_fires() -> None:
    tiers = ["first", "second"]
    rules = {
        "late": rule({"x": "v0"}, "v0", tier="second"),
        "early": rule({"x": ["v0", "v1"]}, "v1", tier="first"),
    }
    for named in (rules, {"a-early": rules["early"], "b-late": rules["late"]}):
        decision = {"hit_policy": "priority", "tiers": tiers, "values": names(2), "rules": named}
        rulebase = rule_base({"x": choice(2)}, {"d": decision})
        with durable_rules(rulebase) as executor:
            assert check_agreement(rulebase, executor, stating(x="v0")).outcomes["d"].value == "v1"
            loaded = [ruleset.get_definition() for ruleset in executor._host._ruleset_list]
        given = [
            each["pri"] for rules in loaded for name, each in rules.items() if name != durable().CATCH_ALL
        ]
        assert given == [1, 1], "one number for all: what beats what is settled from the set that fired"


# 14


def test_a_consequent_does_nothing_but_note_its_rule(
    small: tuple[RuleBase, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rulebase, executor = small
    noted: list[object] = []
    monkeypatch.setattr(executor._host, "note", noted.append)
    assert run(rulebase, {"x": "v0"}, {"x"}, executor).fired == (), "all that follows rests on the notes"
    assert noted == ["d/r0"]


# 15


def test_nothing_that_one_case_derived_is_there_for_the_next() -> None:
    first = {"hit_policy": "unique", "values": names(2), "rules": {"r": rule({"x": "v0"}, "v0")}}
    rulebase = rule_base(
        {"x": choice(2)},
        {"d": {**first, "otherwise": "v1"}, "e": collecting({"d": "v0"}, {"d": "v1"})},
    )
    with durable_rules(rulebase) as executor:
        for _ in range(3):
            assert fired(check_agreement(rulebase, executor, stating(x="v0"))) == {"d/r", "e/r0"}
            assert fired(check_agreement(rulebase, executor, stating(x="v1"))) == {"e/r1"}
            assert fired(check_agreement(rulebase, executor, UNSTATED)) == set()


def test_decisions_that_feed_each_other_are_refused_before_anything_runs() -> None:
    decisions = {"d": collecting({"e": {"has": "v0"}}), "e": collecting({"d": {"has": "v0"}})}
    with pytest.raises(InputError) as refused:
        rule_base({"x": choice(2)}, decisions)
    assert {found.code for found in refused.value.diagnostics} == {Code.CYCLE}


# 16


def test_the_library_is_imported_without_its_language() -> None:
    root = Path(package.__file__).parent
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                imported = [f"{node.module}.{alias.name}" for alias in node.names]
            assert not [name for name in imported if name.startswith("durable.lang")], path
    script = (
        "import builtins, sys; before = (builtins.all, builtins.any)\n"
        "import amends.engine.chain.durable as chain\n"
        "assert 'durable.lang' not in sys.modules\n"
        "assert (builtins.all, builtins.any) == before and not hasattr(chain, 'when_all')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
