"""How many examples the laws try: the same ones in every run, more where asked.

`AMENDS_EXAMPLES=20 pytest tests/laws` tries twenty times as many, `AMENDS_EXAMPLES=0.2` a fifth.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

TIMES = float(os.environ.get("AMENDS_EXAMPLES", "1"))


def examples(count: int) -> settings:
    """Return the settings of a law that tries *count* examples, times `AMENDS_EXAMPLES`."""
    return settings(
        max_examples=max(5, int(count * TIMES)),
        deadline=None,  # the machine's load is no law of the engine
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        # A rule base is a few hundred choices, most of them needed: large and slow by nature.
        suppress_health_check=(
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
        ),
    )


moderately = examples(80)
