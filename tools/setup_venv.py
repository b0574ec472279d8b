"""Make the virtual environment that `make` runs everything in.

    python3 tools/setup_venv.py .venv [--dev]

What to install is read from `pyproject.toml`, at the versions of `constraints.txt`. Some
things may be missing without harm, and are named in one line each: durable_rules, which
comes as C source only (the plain working memory then decides, with the same verdicts), and
what comes as a wheel for common platforms only: pygraphviz (PNG and PDF then need `dot`),
numpy (interviews are slower), pyarrow (no Parquet), python-sat and z3-solver (the audit then
leaves more undecided).
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DURABLE = "durable-rules"
GROUPS = ("dev", "peers")
SPARK = "spark"
"""The extra that is installed only where it is asked for."""
WHEELS = {
    "matplotlib": "`amends simulate` draws no pictures",
    "numpy": "`amends ask` thinks longer before each question, and `amends batch` over each row",
    "pyarrow": "`amends batch` decides rows one by one and reads no Parquet; no `sample`, no `simulate`",
    "pygraphviz": "PNG and PDF need Graphviz's `dot`; all other pictures are drawn",
    "python-sat": "`amends audit` leaves what it would prove undecided",
    "z3-solver": "`amends audit` leaves what rests on sums undecided",
}
"""What may be missing, with what that means. To build them would take what cannot be hoped for."""
MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"
PROBE = "import durable.engine, durable_rules_engine"


class Environment:
    """A virtual environment, and how to install into it without pages of output."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "bin" / "python"

    def create(self) -> None:
        """Create the environment anew, unless it is one of this very interpreter's version."""
        if self._version() != sys.version:
            run([sys.executable, "-m", "venv", "--clear", str(self.folder)], check=True)

    def install(self, *what: str, check: bool = True, **variables: str) -> bool:
        """Return whether pip could install *what*; end the program if it had to and could not."""
        quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
        constraints = ["-c", str(ROOT / "constraints.txt")]
        return run(
            [str(self.python), "-m", "pip", "install", *quiet, *constraints, *what], check=check, **variables
        )

    def can(self, code: str) -> bool:
        """True if the environment's Python runs *code* without an error."""
        return run([str(self.python), "-c", code])

    def _version(self) -> str | None:
        if not self.python.exists():
            return None
        asked = subprocess.run(
            [self.python, "-c", "import pip, sys; print(sys.version)"], capture_output=True, text=True
        )
        return asked.stdout.strip("\n") or None


def run(command: list[str], *, check: bool = False, **variables: str) -> bool:
    """Return whether *command* succeeded; with *check*, show its last lines and stop if not."""
    done = subprocess.run(
        command,
        env={**os.environ, **variables},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    if check and done.returncode:
        print("\n".join(done.stdout.splitlines()[-12:]), file=sys.stderr)
        sys.exit(f"set-up failed: {shlex.join(command)}")
    return done.returncode == 0


def wanted(*, groups: Sequence[str], spark: bool) -> list[str]:
    """Return what `pyproject.toml` asks for, without durable_rules, which is built by itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = list(project["project"]["dependencies"])
    for name, extra in project["project"]["optional-dependencies"].items():
        needed += extra if name != SPARK or spark else []
    for group in groups:
        needed += project["dependency-groups"][group]
    return [line for line in needed if not is_called(line, DURABLE)]


def is_called(requirement: str, name: str) -> bool:
    """True if *requirement* is for the distribution *name*.

    >>> is_called("durable-rules>=2; python_version < '3.13'", "durable-rules")
    True
    """
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    return found is not None and found[0].lower().replace("_", "-") == name


def why_no_compiling() -> str | None:
    """Return what C extensions miss on this machine, with the Debian package that has it."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        return f"there is no C compiler `{compiler}` (Debian: apt install gcc)"
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        return f"there is no Python.h (Debian: apt install python{MINOR}-dev, or python3-dev)"
    return None


def install_durable_rules(into: Environment) -> str | None:
    """Build durable_rules; return why that could not be, or None."""
    if into.can(PROBE):
        return None
    missing = why_no_compiling()
    if missing:
        # A wheel that was built earlier needs no compiler.
        into.install("--only-binary", DURABLE, DURABLE, check=False)
        return None if into.can(PROBE) else missing
    if sys.version_info < (3, 13):
        built = into.install("--use-pep517", DURABLE, check=False)
    else:
        # 3.13 dropped a name that the library calls; the cache may hold a build without this.
        flags = {"CPPFLAGS": "-DPyEval_CallObject=PyObject_CallObject"}
        fresh = ["--no-cache-dir", "--no-binary", DURABLE, "--use-pep517"]
        built = into.install(*fresh, DURABLE, check=False, **flags)
    return None if built and into.can(PROBE) else f"durable_rules could not be built for Python {MINOR}"


def install_others(into: Environment, *, groups: Sequence[str], spark: bool) -> list[str]:
    """Install everything else; return those of `WHEELS` that there is no wheel of."""
    needed = wanted(groups=groups, spark=spark)
    if into.install("--only-binary", ",".join(WHEELS), *needed, check=False):
        return []
    optional = {name: line for line in needed for name in WHEELS if is_called(line, name)}
    into.install(*(line for line in needed if line not in optional.values()))
    return [
        name for name, line in optional.items() if not into.install("--only-binary", name, line, check=False)
    ]


def main() -> None:
    """Make the environment and say in a few lines what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dev", action="store_true", help="with the tools that tests and checks need")
    parser.add_argument("--peers", action="store_true", help="with what `make bench` compares with")
    parser.add_argument("--spark", action="store_true", help="with PySpark, of half a gigabyte")
    options = parser.parse_args()
    if find_spec("ensurepip") is None or find_spec("venv") is None:
        sys.exit(f"Python {MINOR} has no `venv` module (Debian: apt install python{MINOR}-venv)")
    into = Environment(options.folder.absolute())
    print(f"setting up {options.folder} for Python {MINOR} (once, about a minute)", flush=True)
    into.create()
    fault = install_durable_rules(into)
    groups = [group for group in GROUPS if getattr(options, group)]
    lacking = install_others(into, groups=groups, spark=options.spark)
    into.install("--no-deps", "--editable", str(ROOT))
    without = into.folder / ".without-durable-rules"
    without.unlink(missing_ok=True)
    if fault:
        without.touch()
        print(f"  {fault}: going on with the plain working memory, which gives the same verdicts")
    for name in lacking:
        print(f"  there is no {name} for this platform: {WHEELS[name]}")


if __name__ == "__main__":
    main()
