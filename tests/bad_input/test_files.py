"""Files that a folder of cases cannot hold: huge ones, other line ends, and places that are no file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from amends.engine import Engine, InputError, load
from amends.engine.diagnostics import render_text

SOUND = Path(__file__).parent / "sound"
CASE = "facts:\n  cause: own_error\n  hours_needed: 2\n  hours_left: 4.5\n"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load(SOUND)


def said(error: pytest.ExceptionInfo[InputError], folder: Path) -> str:
    rendered = "\n\n".join(render_text(found) for found in error.value.diagnostics)
    return rendered.replace(f"{folder}{os.sep}", "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_file_of_fifty_megabytes_is_refused_having_read_one(engine: Engine, tmp_path: Path) -> None:
    """A pipe has no size to ask for: whoever writes to it sees how much was read."""
    case = tmp_path / "huge.yaml"
    os.mkfifo(case)
    written = 0

    def write() -> None:
        nonlocal written
        try:
            with case.open("wb", buffering=0) as stream:
                for _ in range(50):
                    written += stream.write(b"x" * 1_000_000)
        except BrokenPipeError:
            pass

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    with pytest.raises(InputError) as error:
        engine.case(case)
    writer.join(timeout=10)
    assert said(error, tmp_path) == (
        "huge.yaml:1:1: file-too-large: this file is larger than 1,000,000 bytes\n"
        "  help: split it; a case is a page, a decision file a screen"
    )
    assert written < 3_000_000


def test_a_large_rule_file_is_refused_like_a_large_case(tmp_path: Path) -> None:
    with (tmp_path / "facts.yaml").open("wb") as stream:
        stream.truncate(50_000_000)
    with pytest.raises(InputError) as error:
        load(SOUND, tmp_path)
    assert said(error, tmp_path) == (
        "facts.yaml:1:1: file-too-large: this file is larger than 1,000,000 bytes\n"
        "  help: split it; a case is a page, a decision file a screen"
    )


def test_a_name_that_no_file_can_have_is_a_missing_file(engine: Engine) -> None:
    with pytest.raises(InputError) as error:
        engine.case(Path("a\0case.yaml"))
    assert said(error, Path()) == (
        r"a\x00case.yaml:1:1: file-not-found: `a\x00case.yaml` is no name that a file can have"
    )


def test_a_name_too_long_for_the_system_is_refused_wherever_it_is_given(engine: Engine) -> None:
    for action in (engine.case, load):
        with pytest.raises(InputError):
            action(Path("x" * 5000))


def test_a_missing_folder_of_rules_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        load(SOUND, tmp_path / "niche")
    assert said(error, tmp_path) == "niche:1:1: file-not-found: there is no file or folder `niche`"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(CASE.replace("\n", "\r\n").encode(), id="line ends of Windows"),
        pytest.param(CASE.replace("\n", "\r").encode(), id="line ends of old Macs"),
        pytest.param(b"\xef\xbb\xbf" + CASE.encode(), id="a byte order mark"),
        pytest.param(CASE.rstrip("\n").encode(), id="no last line end"),
    ],
)
def test_what_only_looks_different_is_fine(engine: Engine, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "case.yaml"
    path.write_bytes(data)
    assert engine.decide(path).remedy == "repair"


def test_lines_are_counted_alike_whatever_ends_them(engine: Engine, tmp_path: Path) -> None:
    wrong = CASE.replace("own_error", "own_eror")
    expected = (
        "case.yaml:2:10: unknown-value: `own_eror` is no value of `cause`\n"
        "  2 |   cause: own_eror\n"
        "    |          ^^^^^^^^\n"
        "  help: did you mean `own_error`?"
    )
    for end in ("\n", "\r\n", "\r"):
        (tmp_path / "case.yaml").write_bytes(wrong.replace("\n", end).encode())
        with pytest.raises(InputError) as error:
            engine.case(tmp_path / "case.yaml")
        assert said(error, tmp_path) == expected


def test_an_assumption_that_breaks_a_constraint_is_withdrawn_not_refused(engine: Engine) -> None:
    """`said_no` is assumed false; with a fire and a calm client that cannot be, so it becomes unknown."""
    verdict = engine.decide({"cause": "fire", "client_temperament": "calm"})
    assert verdict.withdrawn == ("said_no",)
    assert verdict.assumptions == ()


def test_text_that_no_encoding_can_carry_is_refused(engine: Engine) -> None:
    with pytest.raises(InputError) as error:
        engine.case("cause: \ud800")
    assert [found.code for found in error.value.diagnostics] == ["wrong-encoding"]


def test_nothing_stated_is_a_case_too(engine: Engine) -> None:
    assert engine.decide({"cause": None}).facts == engine.decide({}).facts == {}
