"""A pytest plugin that makes the run like one on a machine that cannot build durable_rules.

python -m pytest -p tests.support.without_durable_rules
"""

import sys

sys.modules["durable"] = None  # type: ignore[assignment]
