"""The comparison with what people recommended counts rightly, and compares every incident it holds."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from amends.engine import Engine, InputError, load
from bench.agreement import run, take_labels
from bench.agreement.run import Compared, Recommended

HERE = Path(run.__file__).parent
CODED = sorted((HERE / "cases").glob("*.yaml"))


@cache
def shipped() -> Engine:
    return load()


def compared(given: str | None, *recommended: str, niche: str = "design", at_fault: bool = True) -> Compared:
    remedy = given and f"remedy_of_{given}"
    return Compared("i", "t", niche, remedy, given, at_fault, Recommended(recommended, "split"))


FOUR = (
    compared("repair", "repair", "discount"),
    compared("discount", "repair", "discount", at_fault=False),
    compared(None, "redo", "discount"),
    compared("redo", "reconnect", niche="food"),
)

# --- Counting ------------------------------------------------------------------------


def test_each_score_stands_beside_the_label_that_would_agree_most_often() -> None:
    """A score means something only against always saying the same thing, and that depends on the score."""
    found = run.tally(FOUR)
    assert found.count == 4
    assert found.first == run.Score(agree=1, commonest="repair", always=2)
    assert found.any == run.Score(agree=2, commonest="discount", always=3)


def test_no_answer_never_agrees() -> None:
    """Silence must not pay: it counts in the whole, and not in the part."""
    silent = run.tally([compared(None, "redo"), compared("redo", "redo")])
    assert (silent.count, silent.first.agree, silent.any.agree) == (2, 1, 1)


def test_a_label_recommended_twice_for_one_incident_counts_once() -> None:
    """The commonest label is that of most incidents, not that of the longest list."""
    others = [compared("redo", "repair"), compared("redo", "repair")]
    found = run.tally([compared("redo", "redo", "redo"), *others])
    assert found.any == run.Score(agree=1, commonest="repair", always=2)


def test_of_labels_that_tie_the_first_by_name_is_shown() -> None:
    """The output is the same in every run."""
    assert run.commonest(["b", "a"]) == run.commonest(["a", "b"]) == ("a", 1)


def test_each_set_has_the_commonest_label_of_its_own() -> None:
    """The commonest label of all would be too easy to beat in a niche that prefers another."""
    found = run.divided(FOUR)
    assert found["all incidents"]["all"] == run.tally(FOUR)
    assert found["by niche"]["food"].first == run.Score(agree=0, commonest="reconnect", always=1)
    assert found["by niche"]["design"] == run.tally(FOUR[:3])
    at_fault = found["by fault"]["the provider's, wholly or partly"]
    assert (at_fault.count, at_fault.first.agree) == (3, 1)
    assert found["by fault"]["the rest"].any == run.Score(agree=1, commonest="discount", always=1)
    assert found["by voices"].keys() == {"split"}
    assert found["by what was known"].keys() == {"new to the rules"}


def test_incidents_known_beforehand_are_counted_apart() -> None:
    """Agreement on what the rules were written with in mind is no test of them."""
    known = replace(FOUR[0], is_known=True)
    found = run.divided([known, *FOUR[1:]])["by what was known"]
    assert (found["known beforehand"].count, found["known beforehand"].first.agree) == (1, 1)
    assert (found["new to the rules"].count, found["new to the rules"].first.agree) == (3, 0)


def test_the_confusion_table_counts_each_incident_once() -> None:
    """Its rows add up to what was given, its columns to what was recommended first."""
    counts = run.confusion(FOUR)
    assert counts == {
        ("repair", "repair"): 1,
        ("discount", "repair"): 1,
        (run.NO_ANSWER, "redo"): 1,
        ("redo", "reconnect"): 1,
    }
    lines = [line.split() for line in run.matrix(counts)]
    assert lines == [
        ["given", "2", "3", "4"],
        ["1", "discount", ".", ".", "1"],
        ["2", "reconnect", ".", ".", "."],
        ["3", "redo", "1", ".", "."],
        ["4", "repair", ".", ".", "1"],
        ["5", "no", "answer", ".", "1", "."],
    ]


def test_what_is_shown_as_otherwise_is_all_that_was_not_recommended_first() -> None:
    """An answer that was recommended later is told as that, and an incident left out is named."""
    lines = list(run.report(FOUR, ["i", "left-out"], ["repair", "discount"]))
    assert "4 incidents; the rules give an answer to 3." in lines
    assert "Some remedy amounts to what was recommended first in 2 of them, to any of it in 3." in lines
    assert "Not coded, and not counted: left-out." in lines
    assert "Otherwise than recommended first: 3" in lines
    assert "  given        discount (remedy_of_discount), which was recommended too" in lines
    assert "  given        no answer" in lines
    assert "  recommended  redo, discount" in lines


def test_the_data_say_what_the_text_says() -> None:
    """Whoever computes with the result need not read tables."""
    data = json.loads(json.dumps(run.as_json(FOUR)))
    assert data["tallies"]["all incidents"]["all"]["any"] == {
        "agree": 2,
        "commonest": "discount",
        "always": 3,
    }
    assert [one["is_first"] for one in data["incidents"]] == [True, False, False, False]
    assert sum(cell["count"] for cell in data["confusion"]) == len(FOUR)


# --- Reading -------------------------------------------------------------------------


def coded(folder: Path, text: str) -> Path:
    path = folder / "coded.yaml"
    path.write_text(text, encoding="utf-8")
    return path


OWN = "title: t\nincident: i\nwhere: w\nniche_told: design\n"


def test_a_coded_incident_is_a_case_with_three_more_keys(tmp_path: Path) -> None:
    """Which incident it is, where it is told and in which trade is no business of the rules."""
    found = run.read_coded(coded(tmp_path, OWN + "facts: {client_said_no: true}\n"), shipped())
    assert (found.incident, found.niche, found.case.title) == ("i", "design", "t")
    assert found.case.facts == {"client_said_no": True}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("title: t\nfacts: {client_said_no: true}\n", "missing-key"),
        (OWN + "facts: {client_said_mo: true}\n", "unknown-fact"),
        (OWN + "recommended: redo\nfacts: {client_said_no: true}\n", "unknown-key"),
    ],
    ids=["no incident", "no such fact", "no such key"],
)
def test_a_coded_incident_is_read_as_strictly_as_any_case(tmp_path: Path, text: str, code: str) -> None:
    """A misspelt fact that is passed over would be a wrong answer."""
    with pytest.raises(InputError) as caught:
        run.read_coded(coded(tmp_path, text), shipped())
    assert code in {found.code.value for found in caught.value.diagnostics}


def test_what_would_make_a_count_wrong_stops_it() -> None:
    """An incident counted twice weighs double, and one that nobody advised on cannot agree."""
    one = run.Coded("known", "design", shipped().case({}))
    other = run.Coded("strange", "design", shipped().case({}))
    known = {"known": Recommended(("redo",), "split")}
    labels = dict.fromkeys(shipped().rulebase.catalogues["remedies"], "redo")
    run.refuse([one], shipped().rulebase, labels, known)
    with pytest.raises(SystemExit, match="`known` is coded twice\nnothing is recommended for `strange`"):
        run.refuse([one, one, other], shipped().rulebase, labels, known)
    with pytest.raises(SystemExit, match="the remedy `reconnect` has no label"):
        run.refuse([one], shipped().rulebase, {k: v for k, v in labels.items() if k != "reconnect"}, known)
    with pytest.raises(SystemExit, match="no incident is coded"):
        run.refuse([], shipped().rulebase, labels, known)


def test_only_labels_are_taken_from_a_collection() -> None:
    """The texts are other people's, and a sentence among the labels is refused rather than kept."""
    told = {"id": "b", "remedy_label": ["other:explain", "redo"], "agreement": "split", "story": "Long."}
    other = {**told, "id": "a", "remedy_label": ["redo"]}
    text = take_labels.taken(f"{json.dumps(told)}\n{json.dumps(other)}\n")
    assert text.removeprefix(take_labels.HEAD) == (
        'a: {labels: [redo], voices: split}\nb: {labels: ["other:explain", redo], voices: split}\n'
    )
    for wrong in ({"remedy_label": ["Give it back."]}, {"remedy_label": []}, {"id": "../b"}):
        with pytest.raises(ValueError, match="told twice, without a label"):
            take_labels.taken(json.dumps({**told, **wrong}))


# --- What is kept --------------------------------------------------------------------


@cache
def recommended() -> dict[str, Recommended]:
    return run.read_recommended(HERE / "recommended.yaml")


@pytest.mark.parametrize("path", CODED, ids=lambda path: path.stem)
def test_the_coded_incident_can_be_compared(path: Path) -> None:
    """Its facts exist, it is named as its file, and what people recommended for it is known."""
    found = run.read_coded(path, shipped())
    assert found.incident == path.stem
    assert found.incident in recommended()
    assert found.case.facts


def test_every_incident_is_coded() -> None:
    """An incident left out because it is awkward would flatter the rules."""
    assert {path.stem for path in CODED} == recommended().keys()


def test_every_recommendation_has_labels_and_says_whether_people_agreed() -> None:
    """Only then has it a first choice."""
    assert all(one.labels and one.voices in run.VOICES for one in recommended().values())


def test_what_was_known_beforehand_is_among_the_incidents() -> None:
    """A misspelt id would pass as new."""
    assert run.read_texts(HERE / "known.yaml").keys() <= recommended().keys()


def test_every_remedy_has_a_label_and_no_label_is_of_another() -> None:
    """The table was fixed before anything was measured; a remedy it does not name cannot be counted."""
    labels = run.read_texts(HERE / "labels.yaml")
    assert labels.keys() == shipped().rulebase.catalogues["remedies"].keys()
