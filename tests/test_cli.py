"""The command as people type it: whole processes, what they print, how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "tests" / "cases" / "seeds"
ISP = SEEDS / "a-good-client-went-cool-after-an-outage.yaml"
FUMING = SEEDS / "the-trouble-left-the-client-fuming.yaml"


def amends(
    *args: object, stdin: str | None = None, cwd: Path = ROOT, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "amends.cli", *map(str, args)],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "88", **env},
        timeout=120,
        check=False,
    )


def verdict(*args: object, stdin: str | None = None) -> dict[str, object]:
    done = amends("decide", *args, "--format", "json", stdin=stdin)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_the_outage_leads_to_reconnecting() -> None:
    """A good record is worth one honest message."""
    assert verdict(ISP)["remedy"] == "reconnect"


def test_one_fact_more_turns_it_into_accepting_the_no() -> None:
    """The client's no comes before the relationship."""
    found = verdict(ISP, "-f", "client_said_no=true")
    assert found["remedy"] == "accept_no"
    rules = {reason["rule"] for reason in found["fired"]}  # type: ignore[attr-defined]
    assert "remedy/the-client-has-ended-it" in rules


def test_one_fact_less_leaves_it_open_between_two() -> None:
    """Whether the work is in decides between delivering it and writing to them."""
    done = amends("decide", ISP, "-f", "deliverable_status=unknown", "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == 4
    assert found["possible"] == ["expedite_delivery", "reconnect"]
    assert found["remedy"] is None
    assert found["open"][0]["fact"] == "deliverable_status"


def test_no_file_is_needed() -> None:
    """On the phone there is no time for a file."""
    found = verdict("-f", "client_said_no=yes")
    assert found["remedy"] == "accept_no"


def test_a_case_comes_through_standard_input_as_yaml_or_json() -> None:
    """JSON is YAML, so both pipes work."""
    assert verdict("-", stdin=ISP.read_text())["remedy"] == "reconnect"
    assert verdict("-", stdin=json.dumps({"client_said_no": True}))["remedy"] == "accept_no"


def test_the_remedy_stands_first_then_what_to_do_then_money_then_why() -> None:
    """The order in which a tired person needs it."""
    lines = amends("decide", FUMING).stdout.splitlines()
    headings = ["Put it right at your own cost", "Do now", "Avoid", "Money", "Why"]
    assert headings == [line for line in lines if line in headings]
    assert "Put it right at your own cost" in lines[:3]


def test_text_that_is_piped_carries_no_colour() -> None:
    """Neither does text where NO_COLOR is set."""
    assert "\x1b" not in amends("decide", FUMING).stdout
    assert "\x1b" not in amends("decide", FUMING, NO_COLOR="1", FORCE_COLOR="1").stdout


def test_markdown_starts_with_the_remedy() -> None:
    """So that it can be pasted into a ticket."""
    assert amends("decide", FUMING, "--format", "markdown").stdout.startswith(
        "# Put it right at your own cost\n"
    )


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["decide", str(ISP)], 0),
        (["decide", "-f", "client_temperament=fuming"], 4),
        (["decide", "no-such-file.yaml"], 2),
        (["decide", "-f", "couse=isp_outage"], 2),
        (["decide"], 2),
        (["decied"], 2),
        (["check"], 0),
        (["check", str(ISP)], 0),
    ],
)
def test_the_exit_code_says_how_it_ended(args: list[str], code: int) -> None:
    """Scripts read the code, not the words."""
    assert code == amends(*args).returncode


def test_a_case_that_no_rule_covers_has_a_code_of_its_own(tmp_path: Path) -> None:
    """A gap in a house's own rules is no answer, and neither is it a fault of the case."""
    (tmp_path / "base.yaml").write_text(
        "facts: {late: {kind: flag, question: Is it late?}}\n"
        "remedies: {hurry: {title: Hurry, sources: [US]}}\n"
        "sources: {US: {title: Our own, where: here}}\n"
    )
    (tmp_path / "remedy.yaml").write_text(
        "decides: remedy\ntitle: what to do\nhit_policy: unique\nvalues: remedies\n"
        "rules: {it-is-late: {when: {late: true}, then: hurry, because: Time., sources: [US]}}\n"
    )
    done = amends("decide", "-f", "late=false", "--base", tmp_path)
    assert done.returncode == 3, done.stderr
    assert "no rule covers this case" in done.stdout


def test_a_misspelt_fact_and_value_are_both_reported_with_the_nearest_names() -> None:
    """Everything wrong is said at once, on stderr, and nothing on stdout."""
    done = amends("decide", "-f", "temperament=fuming", "-f", "cause=isp", "-f", "fee_total=many")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "did you mean `client_temperament`?" in done.stderr
    assert "did you mean `isp_outage`?" in done.stderr
    assert "`many` is no number" in done.stderr


def test_a_misspelt_command_is_corrected() -> None:
    """`decied` is not a reason to read a manual."""
    assert "Did you mean `decide`?" in amends("decied").stderr


def test_why_shows_what_was_read_and_what_was_beaten() -> None:
    """An auditor asks which rule won over which."""
    said = amends("why", SEEDS / "the-client-punishes-beyond-the-mistake.yaml").stdout
    assert "✗ opportunism/the-demand-grows-with-each-offer" in said
    assert "beaten by opportunism/a-one-off-client-asks-far-beyond-the-harm" in said
    assert "read demand against harm: 10 times the harm" in said


def test_the_stored_cases_pass_and_a_wrong_one_fails_with_its_trace(tmp_path: Path) -> None:
    """A failing expectation shows why the case came out as it did."""
    done = amends("test", SEEDS, "-q")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "26 passed, 0 failed")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(ISP.read_text().replace("remedy: reconnect", "remedy: full_refund"))
    done = amends("test", wrong)
    assert done.returncode == 1
    assert "`remedy` is `reconnect`" in done.stdout
    assert "✓ remedy/a-cooled-client-with-a-good-record" in done.stdout


def test_a_case_that_expects_nothing_is_held_to_the_claims(tmp_path: Path) -> None:
    """What is claimed of every case is claimed of one that nobody has decided yet."""
    sound = ROOT / "tests" / "bad_input" / "sound"
    claims = tmp_path / "claims.yaml"
    claims.write_text(
        "claims:\n  a-mistake-is-repaired:\n    title: a mistake of yours is always repaired\n"
        "    when: {cause: own_error}\n    never: {remedy: accept_no}\n"
        "    because: you made it\n    sources: [S000:L13]\n"
    )
    for said_no, code in (("true", 1), ("false", 0)):
        (tmp_path / "case.yaml").write_text(f"facts: {{cause: own_error, said_no: {said_no}}}\n")
        done = amends("test", tmp_path / "case.yaml", "--base", sound, "--base", claims)
        assert done.returncode == code, done.stdout + done.stderr
        assert ("broken-claim: what is claimed does not hold" in done.stdout) is (code == 1)
        assert ("remedy: accept_no" in done.stdout) is (code == 1)


def test_check_finds_every_fault_of_a_rule_base(tmp_path: Path) -> None:
    """All of them, with their places, and exit 1."""
    (tmp_path / "bad.yaml").write_text(
        "decides: remedy\ntitle: x\nhit_policy: unique\nvalues: {a: b}\n"
        "rules:\n  r: {when: {nothing: 1}, then: c}\n"
    )
    done = amends("check", tmp_path)
    assert done.returncode == 1
    for code in ("unknown-name", "unknown-value", "missing-source", "missing-key"):
        assert code in done.stdout


def test_another_rule_base_can_be_used(tmp_path: Path) -> None:
    """Authors try rules before they install them."""
    (tmp_path / "kb.yaml").write_text(
        "sources: {A: {title: t, where: w}}\n"
        "facts: {late: {kind: flag, question: Late?}}\n"
        "remedies: {wait: {title: Wait, sources: [A]}}\n"
    )
    (tmp_path / "remedy.yaml").write_text(
        "decides: remedy\ntitle: what to do\nhit_policy: unique\nvalues: remedies\n"
        "rules: {it-is-late: {when: {late: true}, then: wait, because: It is., sources: [A]}}\n"
    )
    done = amends("decide", "--base", tmp_path, "-f", "late=true")
    assert done.stdout.startswith("Wait\n")


def test_facts_lists_questions_and_values() -> None:
    """A person who writes a case needs the words."""
    assert "client_temperament" in amends("facts").stdout
    assert "isp_outage" in amends("facts", "cause").stdout


def test_facts_are_listed_with_those_of_their_file() -> None:
    """A hundred facts in one row are no help; the hint is no part of the list."""
    done = amends("facts")
    blocks = [block.splitlines() for block in done.stdout.strip().split("\n\n")]
    by_heading = {heading: [line.split()[0] for line in facts] for heading, *facts in blocks}
    assert by_heading["Harm"][:2] == ["harm_kinds", "direct_loss_amount"]
    assert "cause" in by_heading["Cause"]
    assert "NAME" in done.stderr


def test_a_fact_is_told_with_its_cues_its_assumption_and_who_can_change_it(tmp_path: Path) -> None:
    """Whoever hesitates between two values needs what tells them apart, and what silence means."""
    (tmp_path / "kb.yaml").write_text(
        "sources: {A: {title: t, where: w}}\n"
        "remedies: {wait: {title: Wait, sources: [A]}}\n"
        "facts:\n"
        "  mood:\n"
        "    {kind: choice, question: Which mood?, values: {cool: gone cool, hot: heated},\n"
        "     cues: {cool: few words}, help: Ask., assume: cool, stop_if: they shout, controls: client}\n"
        "  late: {kind: number, question: How late?, unit: days, decimals: 1, highest: 30, controls: you}\n"
    )
    (tmp_path / "remedy.yaml").write_text(
        "decides: remedy\ntitle: what to do\nhit_policy: unique\nvalues: remedies\n"
        "rules: {it-is-so: {when: {mood: hot}, then: wait, because: It is., sources: [A]}}\n"
    )
    assert amends("facts", "mood", "--base", tmp_path).stdout == (
        "Which mood?\n\n"
        "  cool  gone cool\n"
        "          few words\n"
        "  hot   heated\n\n"
        "Ask.\n\n"
        "Taken for granted while you leave it out: gone cool.\n"
        "But stop if they shout.\n"
        "The client can change it.\n"
    )
    assert amends("facts", "late", "--base", tmp_path).stdout == (
        "How late?\n\n"
        "  0 to 30 (days), with at most 1 decimal\n\n"
        "Nothing is assumed while you leave it out.\n"
        "You can still change it.\n"
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion_script(shell: str) -> None:
    """`eval "$(_AMENDS_COMPLETE=bash_source amends)"` is all that it takes."""
    assert f"_AMENDS_COMPLETE={shell}_complete" in amends(_AMENDS_COMPLETE=f"{shell}_source").stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("cause=isp", "isp_outage"),
        ("cause = isp", "isp_outage"),
        ("client_f", "client_fit="),
        ("client_said_no = t", "true"),
    ],
)
def test_a_tab_completes_facts_and_their_values(typed: str, offered: str) -> None:
    """The words come from the rule base; bash cuts them at `=` and replaces only the last piece."""
    words = f"amends decide -f {typed}"
    last = str(len(words.split()) - 1)
    done = amends(_AMENDS_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=last)
    assert [f"plain,{offered}"] == done.stdout.split()


def test_a_fact_stated_twice_is_not_lost() -> None:
    """Two harms on the line are not one; the last would win in silence."""
    done = amends("decide", "-f", "harm_kinds=safety", "-f", "harm_kinds=inconvenience")
    assert (done.returncode, done.stdout) == (2, "")
    assert "`harm_kinds` is stated twice" in done.stderr
    assert "-f harm_kinds=a,b" in done.stderr


def test_a_fact_without_its_flag_is_explained() -> None:
    """`decide cause=overload` is the obvious slip."""
    assert "write -f cause=overload" in amends("decide", "cause=overload").stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_line_and_exit_2() -> None:
    """No traceback, and no half an answer taken for a whole one."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "amends.cli", "decide", str(ISP)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr) == (2, "cannot-write: no space left on device\n")


def test_a_folder_that_holds_no_rule_base_is_refused(tmp_path: Path) -> None:
    """An empty base would answer every case with nothing."""
    for command in (["decide", "-f", "cause=own_error"], ["facts"], ["check"], ["graph", "rules"]):
        done = amends(*command, "--base", tmp_path)
        assert done.returncode in (1, 2)
        assert "holds no rule or knowledge file" in done.stderr + done.stdout
