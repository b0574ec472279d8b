"""Rule bases made up for a measurement."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from amends.engine import loading
from amends.engine.diagnostics import Problems
from amends.engine.rulebase import RuleBase

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def rule_base(files: Mapping[str, Mapping[str, Any]]) -> RuleBase:
    """Return the rule base that *files*, by path, describe."""
    problems = Problems()
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.dump(content, Dumper=DUMPER, sort_keys=False), encoding="utf-8")
        found = loading.load([loading.Pack("base", 0, (Path(folder),))], problems)
    problems.stop()
    return found
