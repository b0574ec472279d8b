"""Rule bases written out by hand, as short as a test that shows one thing wants them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amends.engine.rulebase import RuleBase
from tests.support.written import Written, Yaml, load

FLAG = {"kind": "flag"}


def choice(count: int) -> Yaml:
    """Return a choice among `v0`, `v1` and so on."""
    return {"kind": "choice", "values": names(count)}


def names(count: int) -> Yaml:
    return {f"v{at}": f"value {at}" for at in range(count)}


def rule(when: Any, then: Any, **more: Any) -> Yaml:
    return {"when": when, "then": then, "because": "it is so", "sources": ["S"], **more}


def collecting(*conditions: Any) -> Yaml:
    """Return a decision that collects `v0`, `v1` and so on, one for each condition that holds."""
    rules = {f"r{at}": rule(when, f"v{at}") for at, when in enumerate(conditions)}
    return {"hit_policy": "collect", "values": names(len(conditions)), "rules": rules}


def files(facts: Mapping[str, Yaml], decisions: Mapping[str, Yaml], **more: Any) -> dict[str, Yaml]:
    """Return the files of a rule base over *facts*; *more* are further sections of knowledge."""
    asked = {name: {"question": f"what is {name}?", **fact} for name, fact in facts.items()}
    sources = {"S": {"title": "a source", "where": "somewhere"}}
    written: dict[str, Yaml] = {"kb/facts.yaml": {"sources": sources, "facts": asked, **more}}
    for name, decision in decisions.items():
        written[f"rules/{name}.yaml"] = {"decides": name, "title": name, **decision}
    return written


def rule_base(facts: Mapping[str, Yaml], decisions: Mapping[str, Yaml], **more: Any) -> RuleBase:
    """Return the rule base that `files` describes. Raises `InputError`."""
    return load(Written(files(facts, decisions, **more), {}))
