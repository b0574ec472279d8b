"""Work beside: the same results with one processor and with more, and nothing left behind by an interrupt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from amends.engine.beside import beside, processors
from tests.support.audits import written

pytestmark = pytest.mark.proofs

ALONE = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
AUDIT = "from amends.cli.main import app; app(['audit', *sys.argv[1:]])"
linux = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="work is done beside on Linux alone")


def started(code: str, *arguments: object, cache: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", f"import sys\n{code}", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "AMENDS_CACHE": cache},
        start_new_session=True,
    )


def printed(code: str, *arguments: object) -> str:
    out, err = started(code, *arguments).communicate(timeout=100)
    assert err == ""
    return out


@linux
@pytest.mark.skipif(processors() == 1, reason="there is no processor to spare")
def test_work_is_done_by_another_process_and_handed_over() -> None:
    code = """
import os
from amends.engine.beside import beside
with beside(os.getpid) as done:
    print(done() not in (os.getpid(), os.getppid()), done() == done())
"""
    assert printed(code) == "True True\n"
    assert printed(ALONE + code) == "False True\n"


@linux
def test_what_fails_beside_fails_where_it_is_asked_for() -> None:
    code = """
from amends.engine.beside import beside
with beside(lambda: 1 / 0) as done:
    try:
        done()
    except ZeroDivisionError as error:
        print(error)
"""
    assert printed(code) == printed(ALONE + code) == "division by zero\n"


def test_what_nobody_asks_for_may_fail() -> None:
    with beside(lambda: 1 / 0):
        pass


@linux
def test_an_audit_tells_the_same_whether_its_parts_are_proved_beside_or_in_turn(tmp_path: Path) -> None:
    arguments = [written(tmp_path), "--format", "json", "--now", "2026-12-01"]
    assert printed(AUDIT, *arguments) == printed(ALONE + AUDIT, *arguments)


@linux
def test_the_shipped_base_with_its_claims_and_shares_is_told_alike_too() -> None:
    assert printed(AUDIT, "--now", "2026-12-01") == printed(ALONE + AUDIT, "--now", "2026-12-01")


@linux
@pytest.mark.parametrize("moment", ["space", "diagrams"])
def test_an_interrupted_audit_tells_what_it_has_and_leaves_nothing_behind(
    moment: str, tmp_path: Path
) -> None:
    """Whenever it comes: as the processes begin, or once the first has kept what it made."""
    process = started(AUDIT, cache=str(tmp_path))
    end = time.monotonic() + 60
    while not list(tmp_path.glob(f"{moment}-*.kept")) and time.monotonic() < end:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in err
    assert out == "" or "not finished" in out, "a part of a report says that it is one"
    assert all(kept.suffix == ".kept" for kept in tmp_path.iterdir())
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, signal.SIGCONT)
