"""What users install is decided here, not by luck: sdist, then wheel, then compare."""

import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def build(source: Path, target: str, out: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (artifact,) = out.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return artifact


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(build(ROOT, "sdist", folder / "sdist")) as tar:
        tar.extractall(folder, filter="data")
    return zipfile.ZipFile(build(folder / f"amends-{version('amends')}", "wheel", folder / "wheel"))


def test_wheel_built_from_the_sdist_holds_one_namespace_package_equal_to_the_tree(
    wheel: zipfile.ZipFile,
) -> None:
    shipped = {name for name in wheel.namelist() if ".dist-info/" not in name}
    in_the_tree = {
        f"amends/{path.relative_to(ROOT).as_posix()}"
        for part in ("engine", "cli", "rules", "kb")
        for path in (ROOT / part).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not path.name.startswith(".")
    }
    assert shipped == in_the_tree


def test_wheel_gives_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    (info,) = {name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name}
    assert b"amends = amends.cli.main:app" in wheel.read(f"{info}/entry_points.txt")
    assert wheel.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
