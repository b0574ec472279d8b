"""A pytest plugin that makes the run like one on a machine that cannot build durable_rules.

python -m pytest -p tests.support.without_durable_rules
"""

import os
import sys

os.environ["AMENDS_WITHOUT_DURABLE_RULES"] = "1"
sys.modules["durable"] = None  # type: ignore[assignment]
