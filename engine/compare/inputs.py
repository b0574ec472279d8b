"""Where a side of a comparison comes from: the shipped base, folders, or a revision of git."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path

from amends.engine.api import Engine, load
from amends.engine.diagnostics import Code, Diagnostic, InputError, Source, Span
from amends.engine.discovery import find_pack

BASE = "base"
GIT = "git:"
JOIN = "+"
LONGEST = 60
"""Seconds that git may take."""


def side(text: str) -> Engine:
    """Return the engine over what *text* names.

    `base` is the shipped rule base, `base+NAME` with a pack laid on it, and so on; a path is a folder or
    file, several that are one rule base are joined by `+`;
    `REV:path` is a folder as it was at a revision of git, and `git:REV` what the folders `kb` and
    `rules/base` of its repository were. Raises `InputError`.
    """
    if Path(text).exists() and text != BASE:
        return load(Path(text))
    revision, colon, path = text.partition(":")
    if text.startswith(GIT):
        return _at_revision(text, text[len(GIT) :], None)
    if colon:
        return _at_revision(text, revision, path)
    first, *others = text.split(JOIN)
    if first == BASE:
        return load(packs=[find_pack(name) for name in others])
    return load(*map(Path, (first, *others)))


def _at_revision(text: str, revision: str, path: str | None) -> Engine:
    commit = _git(text, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    top = _git(text, "rev-parse", "--show-toplevel").decode().strip()
    named = commit.decode().strip()
    if path is None:
        paths = ["kb", "rules/base"]
        where = Path(top)
    else:
        paths = path.split(JOIN)
        where = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        for part in paths:
            archive = _git(text, "archive", "--format=tar", named, "--", part, at=where, missing=part)
            with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
                opened.extractall(folder, filter="data")
        try:
            return load(*(Path(folder) / part for part in paths))
        except InputError as error:
            raise InputError(_placed(found, folder, revision) for found in error.diagnostics) from None


def _git(text: str, *words: str, at: Path | None = None, missing: str | None = None) -> bytes:
    """Return what git prints, run without a shell. Raises `InputError` where it cannot say."""
    place = Span.whole(Source(text))
    try:
        done = subprocess.run(  # noqa: S603  (a fixed program; a revision comes after --end-of-options)
            ["git", *words],  # noqa: S607  (the git that the user has)
            capture_output=True,
            cwd=at,
            check=False,
            timeout=LONGEST,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        help = "install git, or name a folder"
        raise InputError([Diagnostic(Code.NO_REVISION, "git cannot be run here", place, help=help)]) from None
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode(errors="replace").strip().splitlines()
    if missing is not None:
        message, help = f"this revision has no `{missing}`", "name a folder from where you stand"
    elif said and "not a git repository" in said[0]:
        message, help = "there is no git repository here", "run it inside one, or name a folder"
    else:
        message, help = (
            "there is no such revision",
            "`git log --oneline` lists them; a folder is named without `:`",
        )
    raise InputError([Diagnostic(Code.NO_REVISION, message, place, help=help)])


def _placed(found: Diagnostic, folder: str, revision: str) -> Diagnostic:
    """Return a diagnostic with the revision in place of the folder that is gone by now."""

    def moved(span: Span) -> Span:
        name = span.source.name
        if not name.startswith(folder):
            return span
        inside = Path(name).relative_to(folder).as_posix()
        return replace(span, source=Source(f"{revision}:{inside}", span.source.text))

    return replace(
        found,
        primary=found.primary and moved(found.primary),
        others=tuple(replace(label, span=moved(label.span)) for label in found.others),
    )
