"""The repository's folders and the installed package must stay one thing."""

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("engine", "cli", "rules", "kb")


@pytest.mark.parametrize("part", PARTS)
def test_development_link_points_at_the_real_folder(part: str) -> None:
    link = ROOT / ".dev" / "amends" / part
    assert link.is_symlink(), f"{link} is not a link (git config core.symlinks true)"
    assert link.resolve() == ROOT / part


@pytest.mark.parametrize("part", PARTS)
def test_part_is_reachable_as_package_data_and_is_the_folder_that_is_edited(part: str) -> None:
    assert Path(str(files("amends").joinpath(part))).resolve() == ROOT / part


def test_nothing_is_imported_under_its_bare_folder_name() -> None:
    """A module imported twice, under two names, has two copies of every class in it."""
    code = f"""
import contextlib, importlib, pkgutil, sys
import amends.cli, amends.engine

for part in (amends.engine, amends.cli):
    for info in pkgutil.walk_packages(part.__path__, part.__name__ + "."):
        if not info.name.endswith("__main__"):
            with contextlib.suppress(ImportError):  # durable_rules may be missing
                importlib.import_module(info.name)
assert "amends.cli.main" in sys.modules
print(sorted(set({PARTS!r}) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
