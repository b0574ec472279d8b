"""Files about to be written: tried on a copy of the pack first, then written together or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from amends.engine import claims, loading, network
from amends.engine.api import Engine, shipped
from amends.engine.chain import check_limits
from amends.engine.diagnostics import Code, Diagnostic, InputError, Problems, Source, Span
from amends.engine.discovery import at
from amends.engine.draft.templates import check_templates
from amends.engine.draw.files import write
from amends.engine.expect import hold
from amends.engine.pack import BASE, CASES, HOUSE, Pack
from amends.engine.source import decode, read_bytes


@dataclass(slots=True)
class Plan:
    """What becomes of files: new ones, and ones that are there and get an entry more.

    They belong to the pack in *folder*, if there is one, on top of *base*.
    """

    base: tuple[Path, ...]
    folder: Path | None
    files: dict[Path, str] = field(default_factory=dict)
    changed: set[Path] = field(default_factory=set)
    copy: Path | None = None
    """Where the copy of the folder lay that was tried last."""

    @property
    def name(self) -> str:
        """The name of the pack."""
        return self.folder.resolve().name if self.folder is not None else ""

    @property
    def level(self) -> int:
        """The level of the pack, by the folder around it."""
        return HOUSE if self.folder is None else at(self.folder.resolve()).level

    def add(self, path: Path, text: str) -> None:
        """Plan a new file. Raises `InputError` if there is one already."""
        if path.exists() or path.is_symlink():
            help = "nothing is overwritten; choose another name, or remove it first"
            raise _refused(Code.CANNOT_WRITE, f"`{path}` is there already", path, help)
        self.files[path] = text

    def change(self, path: Path, text: str) -> None:
        """Plan another text for a file that is there, or that is planned."""
        self.files[path] = text
        if path.exists():
            self.changed.add(path)

    def text_of(self, path: Path) -> str | None:
        """Return the text that *path* has or is to have, None if there is no such file."""
        if path in self.files:
            return self.files[path]
        if not path.exists():
            return None
        data = read_bytes(path)
        decode(data, str(path))  # which reports what is no text
        return data.decode("utf-8")

    def engine(self) -> Engine:
        """Return the engine over base and pack as they will be. Raises `InputError`."""
        problems = Problems()
        with tempfile.TemporaryDirectory() as temporary:
            rulebase = loading.load(self._stack(Path(temporary)), problems)
            if not problems.found:
                network.check(rulebase, problems)
            try:
                problems.stop()
            except InputError as error:
                raise self._in_place(error.diagnostics, Path(temporary)) from None
        return Engine(rulebase)

    def prove(self, engine: Engine) -> None:
        """Hold *engine* to `amends check`, and the planned cases to `amends test`. Raises `InputError`."""
        problems = Problems()
        check_limits(engine.rulebase, problems)
        check_templates(engine.rulebase, problems)
        problems.stop()
        for path in self.cases():
            case = engine.case(self.files[path])
            claims.report(claims.check(engine.rulebase, case, problems), problems, engine.rulebase.ignores)
            if case.expect is not None:
                hold(engine.decide(case, what_if=False), case.expect, problems)
        problems.stop()

    def cases(self) -> list[Path]:
        """Return the planned files that are cases."""
        return [path for path in self.files if self.folder is None or path.parent.name == CASES]

    def carry_out(self) -> None:
        """Write every file; if one cannot be, the others are as they were. Raises `InputError`."""
        before = {path: path.read_bytes() for path in self.changed}
        written: list[Path] = []
        try:
            for path, text in self.files.items():
                write(path, text.encode())
                written.append(path)
        except InputError:
            for path in written:
                if path in before:
                    write(path, before[path])
                else:
                    path.unlink(missing_ok=True)
            raise

    def _stack(self, temporary: Path) -> Iterable[Pack]:
        yield Pack(BASE, 0, self.base or shipped())
        if self.folder is None:
            return
        self.copy = copy = temporary / self.name
        if self.folder.is_dir():
            shutil.copytree(self.folder, copy, symlinks=False)
        for path, text in self.files.items():
            if path.is_relative_to(self.folder):
                there = copy / path.relative_to(self.folder)
                there.parent.mkdir(parents=True, exist_ok=True)
                there.write_text(text, encoding="utf-8", newline="")
        yield Pack(self.name, self.level, (copy,))

    def _in_place(self, found: Iterable[Diagnostic], temporary: Path) -> InputError:
        """Return *found* with the places of the copy turned into those of the pack."""

        def moved(span: Span) -> Span:
            path = Path(span.source.name)
            if self.folder is None or not path.is_relative_to(temporary):
                return span
            there = self.folder.joinpath(*path.relative_to(temporary).parts[1:])
            return replace(span, source=Source(str(there), span.source.text))

        return InputError(
            replace(
                each,
                primary=each.primary and moved(each.primary),
                others=tuple(replace(label, span=moved(label.span)) for label in each.others),
            )
            for each in found
        )


def _refused(code: Code, message: str, path: Path, help: str) -> InputError:
    return InputError([Diagnostic(code, message, Span.whole(Source(str(path))), help=help)])
