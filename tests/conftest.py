"""What every test shares: results are kept in a folder of this run alone, so that no run leans on another."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest

_MADE = "AMENDS_CACHE_OF_THIS_RUN"


def pytest_configure(config: pytest.Config) -> None:
    if _MADE not in os.environ:  # the workers of one run share the folder of the process that began it
        folder = tempfile.mkdtemp(prefix="amends-tests-")
        os.environ[_MADE] = os.environ["AMENDS_CACHE"] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
