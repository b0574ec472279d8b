"""The names that DMN goes by: its namespaces, its hit policies, and what ours are in its terms."""

from __future__ import annotations

from amends.engine.interchange.sheet import BY_VALUE, FIRST
from amends.engine.rulebase import HitPolicy

DMN_13 = "https://www.omg.org/spec/DMN/20191111/MODEL/"
READABLE = {
    DMN_13: "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
"""The namespaces that can be read, and the versions that they are of."""
DMNDI_13 = "https://www.omg.org/spec/DMN/20191111/DMNDI/"
DC = "http://www.omg.org/spec/DMN/20180521/DC/"
DI = "http://www.omg.org/spec/DMN/20180521/DI/"
AMENDS = "urn:amends:decision"
ABOUT = "about"
"""The element that says something of a decision, by its `key`."""
BECAUSE = "otherwise because"

INPUT = "input-data-"
"""Begins the identifier of what is handed in, since a decision may have its name."""
BEFORE = "_before"
"""Ends the name of a set from which another takes members out."""
FILTER = "{table}[not(list contains({without}, item))]"
"""How FEEL takes the members of one set out of another."""

HIT_POLICIES: dict[HitPolicy, tuple[str, str]] = {
    HitPolicy.UNIQUE: ("UNIQUE", ""),
    HitPolicy.ANY: ("ANY", ""),
    HitPolicy.PRIORITY: ("FIRST", ""),
    HitPolicy.COLLECT: ("COLLECT", ""),
    HitPolicy.COLLECT_MAX: ("COLLECT", "MAX"),
    HitPolicy.COLLECT_MIN: ("COLLECT", "MIN"),
    HitPolicy.COLLECT_SUM: ("COLLECT", "SUM"),
    HitPolicy.COLLECT_COUNT: ("COLLECT", "COUNT"),
}
"""How ours are written; `priority` only where the order of rows is proved to say the same as tiers."""
POLICIES = {
    **{written: policy.value for policy, written in HIT_POLICIES.items() if policy is not HitPolicy.PRIORITY},
    ("FIRST", ""): FIRST,
    ("PRIORITY", ""): BY_VALUE,
}
"""How theirs are read."""
