"""`amends ask` as people use it: over a pipe, at a terminal, cut short, gone back on, contradicted."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.texts import FLAG, files, rule
from tests.support.written import write

pytestmark = pytest.mark.proofs

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "ask.md"
LATE = {"assume": False, "stop_if": "it is late"}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A rule base of four facts, which leaves no doubt about what is asked."""
    folder = tmp_path / "base"
    remedies = {f"v{at}": {"title": f"value {at}", "sources": ["S"]} for at in range(4)}
    rules = {
        "first": rule({"late": True}, "v1", tier="a"),
        "second": rule({"mood": ["calm", "cross"], "fee": {"more_than": "100 EUR"}}, "v2", tier="b"),
        "third": rule({"mood": "cross"}, "v3", tier="c"),
    }
    mood = {"kind": "choice", "values": {"calm": "quite calm", "cross": "cross", "quiet": "quiet"}}
    facts = {
        "late": {
            **FLAG,
            "assume": False,
            "stop_if": "it is late",
            "question": "Is it late?",
            "help": "By the calendar.",
        },
        "mood": {**mood, "question": "How are they?", "cues": {"calm": "They smile."}},
        "fee": {"kind": "money", "question": "What is the fee?"},
        "paid": {**FLAG, "question": "Is it paid?"},
    }
    remedy = {"hit_policy": "priority", "tiers": ["a", "b", "c"], "values": "remedies", "otherwise": "v0"}
    constraints = {
        "dear-and-calm": {
            "never": {"fee": {"more_than": "1000 EUR"}, "mood": "calm"},
            "because": "Nobody is calm at such a price; check `mood`.",
        }
    }
    found = files(facts, {"remedy": {**remedy, "rules": rules}}, remedies=remedies, constraints=constraints)
    write(found, folder)
    return folder


def ask(
    cwd: Path, *arguments: object, typed: str = "", command: str = "ask", columns: int = 88
) -> subprocess.CompletedProcess[str]:
    """Run the command with answers from a pipe."""
    return subprocess.run(
        [sys.executable, "-m", "amends.cli", command, *map(str, arguments)],
        input=typed,
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": str(columns)},
        timeout=120,
        check=False,
    )


def kept(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text().splitlines()[1:]]


def test_a_piped_interview_ends_in_the_verdict_that_decide_gives(tmp_path: Path, small: Path) -> None:
    """Questions go to stderr, so that stdout is the verdict and nothing else."""
    done = ask(tmp_path, "--base", small, "--format", "json", typed="cross\n120\nn\n")
    assert done.returncode == 0, done.stderr
    verdict = json.loads(done.stdout)
    assert verdict["remedy"] == "v2"
    again = ask(tmp_path, "my-case.yaml", "--base", small, "--format", "json", command="decide")
    mine, other = verdict, json.loads(again.stdout)
    assert {**mine, "now": None} == {**other, "now": None}, "the file that is kept is a case like any other"
    assert "> " not in done.stderr, "nobody is there to be prompted"


def test_only_what_can_still_matter_is_asked(tmp_path: Path, small: Path) -> None:
    """`paid` decides nothing and is never asked; once they are quiet the fee decides nothing either."""
    done = ask(tmp_path, "--base", small, typed="quiet\nn\n")
    assert done.returncode == 0, done.stderr
    assert "value 0" in done.stdout
    assert "fee" not in done.stderr and "paid" not in done.stderr
    assert "[0 answered, at most 3 to go, 4 outcomes possible]" in done.stderr


def test_the_reason_for_a_question_names_what_it_decides_between(tmp_path: Path, small: Path) -> None:
    done = ask(tmp_path, "-f", "late=false", "-f", "mood=cross", "--base", small)
    assert "Asked because it decides between “value 3” and “value 2”." in done.stderr


def test_input_that_ends_leaves_a_file_to_go_on_with(tmp_path: Path, small: Path) -> None:
    """What was answered is answered, whatever cut the interview short."""
    cut = ask(tmp_path, "--base", small, "--save", "told.yaml", typed="cross\n")
    assert cut.returncode == 4
    assert cut.stdout == ""
    assert "to go on: amends ask --resume told.yaml" in cut.stderr
    on = ask(tmp_path, "--base", small, "--resume", "told.yaml", typed="50\nno\n")
    assert on.returncode == 0, on.stderr
    assert "How are they?" not in on.stderr
    assert "value 3" in on.stdout
    assert kept(tmp_path / "told.yaml") == ["mood: cross", "fee: 50", "late: false"]


def test_i_do_not_know_is_kept_and_not_asked_again(tmp_path: Path, small: Path) -> None:
    """It stands in the file as `unknown`; what is assumed of it is used in the end, and told."""
    done = ask(tmp_path, "--base", small, typed="quiet\nd\n")
    assert done.returncode == 0
    assert kept(tmp_path / "my-case.yaml") == ["mood: quiet", "late: unknown"]
    again = ask(tmp_path, "--base", small, "--resume", "my-case.yaml", "--format", "json")
    assert again.returncode == 0 and "?" not in again.stderr
    assert [each["fact"] for each in json.loads(again.stdout)["assumptions"]] == ["late"]


def test_what_nobody_knows_leaves_it_open_as_decide_would(tmp_path: Path, small: Path) -> None:
    done = ask(tmp_path, "--base", small, typed="d\nd\nd\n")
    assert done.returncode == 4
    assert "Not decided yet" in done.stdout


def test_to_go_back_and_to_change_keep_the_other_answers(tmp_path: Path, small: Path) -> None:
    """Back takes the last answer away; a change leaves the later ones where they are."""
    typed = "calm\nb\ncross\n120\ne mood\nquiet\nn\n"
    done = ask(tmp_path, "--base", small, typed=typed)
    assert done.returncode == 0, done.stderr
    assert "[so far: cross; an empty line leaves it so]" in done.stderr
    assert kept(tmp_path / "my-case.yaml") == ["mood: quiet", "fee: 120", "late: false"]


def test_an_answer_that_contradicts_is_refused_and_nothing_is_lost(tmp_path: Path, small: Path) -> None:
    """The constraint's own words say why, and which answer it was that does not go with it."""
    done = ask(tmp_path, "--base", small, typed="calm\n2000\n120\nn\n")
    assert done.returncode == 0, done.stderr
    assert "That cannot be: Nobody is calm at such a price; check `mood`." in done.stderr
    assert "You said: mood is quite calm" in done.stderr
    assert kept(tmp_path / "my-case.yaml") == ["mood: calm", "fee: 120", "late: false"]


def test_a_case_that_contradicts_itself_is_refused_as_decide_refuses_it(tmp_path: Path, small: Path) -> None:
    done = ask(tmp_path, "-f", "fee=2000", "-f", "mood=calm", "--base", small)
    assert done.returncode == 2
    assert "broken-constraint" in done.stderr


def test_what_is_no_answer_is_told_in_one_line_and_asked_again(tmp_path: Path, small: Path) -> None:
    typed = "\n7\nc\nnonsense\n" + "x" * 5000 + "\n\x1b[31m\ne\nl\ne nothing\nquiet\ne 9\nn\n"
    done = ask(tmp_path, "--base", small, typed=typed)
    assert done.returncode == 0, done.stderr
    assert "there is no `7` in the list" in done.stderr
    assert "`c` could be `calm`, `cross`" in done.stderr
    assert max(map(len, done.stderr.splitlines())) < 200
    assert "Traceback" not in done.stderr


def test_orders_may_be_written_out_or_in_capitals(tmp_path: Path, small: Path) -> None:
    """Who has not read the first line types the word."""
    done = ask(tmp_path, "--base", small, typed="help\nquiet\nback\nDon't know\nlist\nB\nQuit\n")
    assert done.returncode == 4
    assert "none of the answers" not in done.stderr
    assert "mood  not known" in done.stderr
    assert "Stopped." in done.stderr


def test_an_answer_comes_before_the_order_that_is_spelt_like_it(tmp_path: Path, small: Path) -> None:
    """`qui` begins `quiet`, and so does no order."""
    done = ask(tmp_path, "--base", small, typed="qui\nn\n")
    assert done.returncode == 0, done.stderr


def test_a_cue_that_would_be_cut_to_nothing_is_left_to_the_question_mark(tmp_path: Path, small: Path) -> None:
    for columns, is_shown in ((100, True), (40, False)):
        done = ask(tmp_path, "--base", small, typed="q\n", columns=columns)
        assert ("They smile." in done.stderr) is is_shown
        assert ("? tells them apart" in done.stderr) is not is_shown


def test_what_was_typed_gives_no_orders_to_the_terminal(tmp_path: Path, small: Path) -> None:
    """A pasted escape sequence is shown as text."""
    from tests.support.terminal import session

    seen, _ = session(["ask", "--base", str(small)], ["a\x1b]0;title\x07\x1b[31m", "quiet", "q"], tmp_path)
    told = next(line for line in seen.splitlines() if "is none of the answers" in line)
    assert told.startswith("`a\\x1b]0;title\\x07")


def test_bytes_that_are_no_text_are_told_too(tmp_path: Path, small: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "amends.cli", "ask", "--base", str(small)],
        input=b"\xff\xfe\x00\nquiet\nn\n",
        capture_output=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr


def test_a_question_explains_itself(tmp_path: Path, small: Path) -> None:
    done = ask(tmp_path, "-f", "mood=quiet", "--base", small, typed="?\nn\n")
    assert "By the calendar." in done.stderr
    assert "Taken for granted while you leave it out: no." in done.stderr


def test_a_currency_is_kept_and_no_other_is_taken(tmp_path: Path, small: Path) -> None:
    typed = "cross\n120 EUR\ne fee\n90 USD\n90 EUR\nn\n"
    done = ask(tmp_path, "--base", small, typed=typed)
    assert done.returncode == 0, done.stderr
    assert "Amounts are in EUR here" in done.stderr
    assert "currency: EUR" in (tmp_path / "my-case.yaml").read_text()


def test_what_a_case_says_besides_facts_is_kept(tmp_path: Path, small: Path) -> None:
    """Title, moment and sources go on into the new file; the file that was given is left alone."""
    given = 'title: "a: case # one"\nnow: 2026-11-22T09:00:00Z\nsources: [S]\nfacts: {mood: quiet}\n'
    (tmp_path / "case.yaml").write_text(given)
    done = ask(tmp_path, "case.yaml", "--base", small, "--save", "new.yaml", typed="n\n")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "case.yaml").read_text() == given
    shown = ask(tmp_path, "new.yaml", "--base", small, "--format", "json", command="decide")
    verdict = json.loads(shown.stdout)
    assert (verdict["now"], verdict["remedy"]) == ("2026-11-22T09:00:00Z", "v0")
    assert (tmp_path / "new.yaml").read_text().startswith('title: "a: case # one"\n')


def test_no_file_is_written_over(tmp_path: Path, small: Path) -> None:
    """Another case may be in it: the default takes the next free name, and `--save` says what to do."""
    (tmp_path / "my-case.yaml").write_text("facts: {}\n")
    done = ask(tmp_path, "--base", small, typed="quiet\nn\n")
    assert "Your answers are in my-case-2.yaml" in done.stderr
    refused = ask(tmp_path, "--base", small, "--save", "my-case.yaml")
    assert refused.returncode == 2
    assert "amends ask --resume my-case.yaml" in refused.stderr
    assert (tmp_path / "my-case.yaml").read_text() == "facts: {}\n"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--resume", "no-such.yaml"], "file-not-found"),
        (["no-such.yaml"], "file-not-found"),
        (["-"], "Standard input holds the answers"),
        (["--resume", "a.yaml", "b.yaml"], "--resume names the file already"),
        (["-f", "moood=calm"], "did you mean `mood`"),
    ],
)
def test_bad_usage_is_told_before_anything_is_asked(
    tmp_path: Path, small: Path, arguments: list[str], part: str
) -> None:
    done = ask(tmp_path, *arguments, "--base", small, typed="quiet\nn\n")
    assert done.returncode == 2
    assert part in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.glob("my-case*"))


def test_a_case_that_leaves_nothing_open_is_asked_nothing(tmp_path: Path, small: Path) -> None:
    """The verdict comes at once, and there is no answer for which a file would be needed."""
    done = ask(tmp_path, "-f", "late=false", "-f", "mood=quiet", "--base", small)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout
        == ask(tmp_path, "-f", "late=false", "-f", "mood=quiet", "--base", small, command="decide").stdout
    )
    assert not (tmp_path / "my-case.yaml").exists()


def test_a_cut_by_hand_leaves_the_answers(tmp_path: Path, small: Path) -> None:
    """Ctrl-C is how a call from the client ends an interview."""
    process = subprocess.Popen(
        [sys.executable, "-m", "amends.cli", "ask", "--base", str(small)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stdin is not None
    process.stdin.write("quiet\n")
    process.stdin.flush()
    for _ in range(300):
        if (tmp_path / "my-case.yaml").exists():
            break
        time.sleep(0.1)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 4, told
    assert "amends ask --resume my-case.yaml" in told and "Traceback" not in told
    assert kept(tmp_path / "my-case.yaml") == ["mood: quiet"]


def test_the_session_on_the_page_is_what_a_terminal_shows(tmp_path: Path) -> None:
    """Whoever types what the page shows sees what the page shows; `...` stands for anything."""
    from tests.support.terminal import session

    block = next(found for found in re.findall(r"```text\n(.*?)```", PAGE.read_text(), re.DOTALL))
    command, _, shown = block.partition("\n")
    arguments = command.removeprefix("$ amends ").split()
    typed = re.findall(r"^> (.*)$", shown, re.MULTILINE)
    seen, code = session(arguments, typed, tmp_path)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", seen)
    pattern = ".*".join(re.escape(part) for part in shown.rstrip().split("..."))
    assert re.fullmatch(pattern, plain.rstrip(), re.DOTALL), plain
    assert code == 0
