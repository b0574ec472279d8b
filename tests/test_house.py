"""The rules of the house that no type checker knows."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(path for part in ("engine", "cli") for path in (ROOT / part).rglob("*.py"))
LONGEST_MODULE = 400
DURABLE = ROOT / "engine" / "chain" / "durable.py"
STORE = ROOT / "engine" / "store.py"
TEXTS = {".py", ".md", ".yaml", ".yml", ".toml", ".txt", ".cfg", ".json", ".sh", ""}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@cache
def parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"))


def texts() -> list[Path]:
    """Every text file of the project: what git tracks or would, else the folders that ship."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        found = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        parts = ("engine", "cli", "kb", "rules", "tests", "docs", "bench", "tools")
        found = [path for part in parts for path in (ROOT / part).rglob("*")]
        found += ROOT.iterdir()
    return sorted(path for path in found if path.is_file() and path.suffix in TEXTS)


def test_import_contracts_hold() -> None:
    """The contracts are in pyproject.toml: stages import earlier stages, one module meets durable_rules."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_module_is_short_enough_to_be_read_at_a_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_module_runs_no_text_as_code_and_constructs_nothing_from_yaml(path: Path) -> None:
    forbidden = {"eval", "exec", "compile", "yaml.load", "yaml.unsafe_load", "yaml.full_load", "pickle.loads"}
    forbidden |= {"pickle.load", "os.system"}
    if (
        path == STORE
    ):  # it reads back what it wrote itself, into the user's own folder, and checks that it is whole
        forbidden -= {"pickle.loads"}
    assert not forbidden.intersection(calls(parsed(path)))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_durable_rules_is_met_in_one_module_and_never_by_its_decorators(path: Path) -> None:
    """`durable.lang` shadows `any` and `all` and has one host for the whole process."""
    found = {name for name in imports(parsed(path)) if name.split(".")[0].startswith("durable")}
    allowed = {"durable.engine", "durable_rules_engine"} if path == DURABLE else set()
    assert found <= allowed


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(r"(?<![\w.])/(?:home|Users|work|root|tmp|mnt)/[\w.-]+", id="paths of one machine"),
        pytest.param(r"(?i)\b[A-Z]:\\\\?Users\b", id="paths of one Windows machine"),
        pytest.param(
            r"(?i)(?:--(?:extra-)?index-url|--find-links|PIP_INDEX|index\.[\w.]+/simple)", id="registries"
        ),
        pytest.param(
            r"(?i)https?://[\w.-]*(?:pypi|pythonhosted|artifactory|nexus)[\w.-]*", id="registry hosts"
        ),
    ],
)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(what)
    found = [
        f"{named(path)}:{number}: {line.strip()}"
        for path in texts()
        if path != Path(__file__)
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


def test_constraints_are_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line)] == []


CASES = sorted((ROOT / "tests" / "cases" / "seeds").glob("*.yaml"))


@pytest.mark.parametrize("arguments", [["--help"], ["decide", *map(str, CASES[:1])]], ids=["help", "decide"])
def test_a_command_that_draws_nothing_pays_for_no_graph_library(arguments: list[str]) -> None:
    """networkx alone takes longer to import than `decide` may take; see docs/decisions."""
    code = (
        "import sys\nfrom amends.cli.main import app\n"
        f"try:\n    app({arguments!r})\nexcept SystemExit:\n    pass\n"
        "heavy = {'networkx', 'graphviz', 'pygraphviz', 'numpy', 'difflib', 'icalendar', 'openpyxl'}\n"
        "heavy |= {'ruamel', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert done.stderr.splitlines()[-1] == "[]"
