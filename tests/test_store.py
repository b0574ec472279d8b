"""What is kept on disk is believed only if it is whole, and made anew when what it was made from changes."""

from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path

import pytest

from amends.engine import api, load, store
from amends.engine.diagram import Diagrams, whole
from amends.engine.diagram.keeping import unmasked
from amends.engine.rulebase import RuleBase

KEY = "0" * 64


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "kept"
    monkeypatch.setattr(store, "folder", lambda: found)
    return found


def recalled() -> object:
    return store.recall("thing", KEY, pickle.loads)


def test_what_is_kept_comes_back(folder: Path) -> None:
    store.keep("thing", KEY, pickle.dumps({"a": 1}))
    assert recalled() == {"a": 1}
    assert store.recall("thing", "1" * 64, pickle.loads) is None, "another content is another thing"
    assert [path.suffix for path in folder.iterdir()] == [".kept"], "nothing half-written is left"


@pytest.mark.parametrize("harm", ["cut", "changed", "emptied", "longer"])
def test_a_damaged_file_is_not_believed(folder: Path, harm: str) -> None:
    store.keep("thing", KEY, pickle.dumps({"a": 1}))
    (path,) = folder.iterdir()
    data = path.read_bytes()
    changed = data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]
    path.write_bytes({"cut": data[:-1], "changed": changed, "emptied": b"", "longer": data + b"x"}[harm])
    assert recalled() is None


def test_what_another_version_wrote_is_not_believed(folder: Path) -> None:
    store.keep("thing", KEY, b"no pickle at all")
    assert recalled() is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "file" / "below")
    store.keep("thing", KEY, b"data")
    assert recalled() is None


def test_nothing_is_kept_where_the_folder_is_named_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMENDS_CACHE", "")
    assert store.folder.__wrapped__() is None
    monkeypatch.setenv("AMENDS_CACHE", "elsewhere")
    assert store.folder.__wrapped__() == Path("elsewhere")


def test_an_interrupted_write_leaves_what_was_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.keep("thing", KEY, pickle.dumps("before"))

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.keep("thing", KEY, pickle.dumps("after"))
    assert recalled() == "before"
    assert [path.suffix for path in folder.iterdir()] == [".kept"]


def test_the_oldest_are_removed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_FILES", 2)
    for number in range(3):
        key = str(number) * 64
        store.keep("thing", key, pickle.dumps(number))
        os.utime(folder / f"thing-{key[:40]}.kept", (number, number))
    store.keep("thing", "9" * 64, pickle.dumps(9))
    found = [store.recall("thing", str(number) * 64, pickle.loads) for number in (0, 1, 2, 9)]
    assert found == [None, None, 2, 9]


def test_a_changed_file_makes_another_rule_base(folder: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    for source in api.shipped():
        shutil.copytree(source, base / source.name)
    before = load(base).rulebase
    again = load(base).rulebase
    assert store.key_of(before) == store.key_of(again), "the second comes from what was kept"
    changed = base / "kb" / "parameters.yaml"
    text = changed.read_text(encoding="utf-8")
    changed.write_text(text + "\n# a comment changes no rule, but the file is another\n", encoding="utf-8")
    after = load(base).rulebase
    assert store.key_of(after) != store.key_of(before)
    assert list(after.rules) == list(before.rules)


def test_diagrams_that_were_kept_are_those_that_were_compiled(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rulebase = load().rulebase
    made, kept = anew(rulebase), anew(rulebase)
    assert len(kept.forest) < len(made.forest), "what was only needed on the way is not kept"
    assert counts(made, "remedy") == counts(kept, "remedy")
    # What is compiled beside them meets the same nodes again.
    assert counts(made, "urgency") == counts(kept, "urgency")
    assert kept.decision("fault") is not None


def anew(rulebase: RuleBase) -> Diagrams:
    """Return the diagrams as another process would, from what is kept on disk alone."""
    whole.cache_clear()
    unmasked.cache_clear()
    return whole(rulebase)


def test_what_was_kept_without_its_mask_is_masked_once_it_is_asked_for(folder: Path) -> None:
    rulebase = load().rulebase
    unmasked.cache_clear()
    assert not unmasked(rulebase).has_masked("remedy")
    masked = anew(rulebase)
    assert masked.has_masked("remedy")
    unmasked.cache_clear()
    assert unmasked(rulebase).has_masked("remedy"), "and is kept so"
    assert counts(unmasked(rulebase), "remedy") == counts(masked, "remedy")


def counts(diagrams: Diagrams, name: str) -> dict[object, int]:
    found = diagrams.forest.counts(diagrams.masked(name), diagrams.space.stated)
    return {str(diagrams.forest.values[leaf]): number for leaf, number in found.items()}


def test_a_changed_copy_of_a_rule_base_has_no_key() -> None:
    from dataclasses import replace

    rulebase = load().rulebase
    assert store.key_of(rulebase) is not None
    assert store.key_of(replace(rulebase, claims={})) is None
    assert isinstance(rulebase, RuleBase)
