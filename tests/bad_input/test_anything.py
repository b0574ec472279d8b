"""Whatever bytes come in, loading and reading a case work or raise `InputError`, and it can be shown."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from amends.engine import Engine, InputError, load
from amends.engine.diagnostics import render_text

SOUND = Path(__file__).parent / "sound"
FILES = {path.relative_to(SOUND): path.read_text(encoding="utf-8") for path in sorted(SOUND.rglob("*.yaml"))}
CASE = """\
title: a mistake that can be repaired in time
sources: [S000:L13]
currency: EUR
now: 2026-11-22T09:00:00Z
facts:
  cause: own_error
  said_no: false
  harm: [data, deadline]
  hours_needed: 2.5
  hours_left: 4
  fee: 1000.00
  amount_paid: 500 EUR
  incident_day: 2026-11-20
expect: {remedy: repair}
"""
# What mistakes are made of: YAML's own signs, this language's words, and values out of their place.
SCRAPS = st.sampled_from(
    [
        *(
            "\n",
            "  ",
            "\t",
            ":",
            ": ",
            "- ",
            "#",
            " #",
            "'",
            '"',
            "[",
            "]",
            "{",
            "}",
            ",",
            "&a ",
            "*a",
            "!!str ",
        ),
        *("---\n", "? ", "|", ">", "%", "@", "\\", "\x00", "\x1b", "\u2028", "é", "怒", "\U0001f525"),
        *(
            "null",
            "true",
            "-1",
            "0",
            "1e999",
            "1e99999999999999999999",
            "1e-999",
            ".nan",
            ".inf",
            "0x10",
            "9" * 40,
            "2026-02-30",
        ),
        *("unknown", "always", "any", "not", "known", "parameter", "at_least", "has", "empty", "otherwise"),
        *("facts", "decides", "rules", "kind", "values", "lowest", "decimals", "formula", "round", "remedy"),
        *(
            "cause",
            "fault",
            "fee",
            "harm",
            "hours_left",
            " / ",
            " * ",
            " <= ",
            "(",
            ")",
            "500 EUR",
            "collect max",
        ),
    ]
)


@st.composite
def edited(draw: st.DrawFn, text: str) -> str:
    """*text* after one to four slips: a scrap put in, a stretch lost, two lines swapped, a line twice."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        stop = min(len(text), start + draw(st.integers(0, 12)))
        lines = text.splitlines(keepends=True) or [""]
        one, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        match draw(st.sampled_from(["put in", "replace", "lose", "swap", "double"])):
            case "put in":
                text = text[:start] + draw(SCRAPS) + text[start:]
            case "replace":
                text = text[:start] + draw(SCRAPS) + text[stop:]
            case "lose":
                text = text[:start] + text[stop:]
            case "swap":
                lines[one], lines[other] = lines[other], lines[one]
                text = "".join(lines)
            case "double":
                text = "".join([*lines[:one], lines[one], *lines[one:]])
    return text


def works_or_is_refused(action: Callable[[], object]) -> None:
    """Fails by any exception but `InputError`, and if a diagnostic cannot be shown on a terminal."""
    try:
        action()
    except InputError as error:
        assert error.diagnostics, "a refusal says why"
        for found in error.diagnostics:
            shown = render_text(found)
            assert shown.replace("\n", "").isprintable(), "nothing in the input steers the terminal"
            shown.encode("utf-8")


def load_and_decide(file: Path, content: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for path, text in FILES.items():
            target = Path(folder) / path
            target.parent.mkdir(exist_ok=True)
            target.write_text(content if path == file else text, encoding="utf-8")
        engine = load(Path(folder))
        engine.decide(engine.case(CASE))


ENGINE = load(SOUND)
PATIENT = settings(deadline=None)  # a laptop under load is no fault of the input


def decide(data: bytes, engine: Engine = ENGINE) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.yaml"
        path.write_bytes(data)
        engine.decide(path)


@PATIENT
@given(st.binary(max_size=200))
def test_any_bytes_as_a_case(data: bytes) -> None:
    works_or_is_refused(lambda: decide(data))


@PATIENT
@given(edited(CASE))
def test_any_edit_of_a_case(text: str) -> None:
    works_or_is_refused(lambda: decide(text.encode()))


@PATIENT
@given(
    st.lists(
        st.text(max_size=30)
        | st.builds(
            "{}={}".format, st.sampled_from(list(ENGINE.rulebase.facts)), st.text(max_size=20) | SCRAPS
        ),
        max_size=4,
    )
)
def test_any_options(options: list[str]) -> None:
    works_or_is_refused(lambda: ENGINE.decide(ENGINE.case(options=options)))


@settings(PATIENT, max_examples=150)
@given(st.sampled_from(sorted(FILES)).flatmap(lambda file: st.tuples(st.just(file), edited(FILES[file]))))
def test_any_edit_of_a_rule_base(file_and_content: tuple[Path, str]) -> None:
    works_or_is_refused(lambda: load_and_decide(*file_and_content))


def test_the_case_that_is_edited_is_sound() -> None:
    assert ENGINE.decide(ENGINE.case(CASE)).remedy == "repair"
