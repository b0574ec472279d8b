"""Where packs are found: with `amends`, in installed distributions, in your configuration, in the project.

Each place is a folder. What lies in its `niches` or `platforms` is of that level, anything else of the house.
Nothing of a pack is run to find it: a distribution names its folder by the entry-point group `amends.packs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from amends.engine.diagnostics import Code, Diagnostic, InputError, Span, did_you_mean, listed
from amends.engine.diagnostics import Source as Text
from amends.engine.pack import HOUSE, LEVELS, Pack

GROUP = "amends.packs"
"""The entry points of distributions: the name of a pack, and its folder, dotted as a module is."""
PROJECT = Path("packs")
"""The folder of packs in the one where a command runs."""
SHIPPED = "amends"
_FOLDERS = {"niches": LEVELS.index("niche"), "platforms": LEVELS.index("platform")}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def packs() -> tuple[Pack, ...]:
    """Return every pack that is found, those that come with `amends` first; the base is not among them.

    >>> {pack.place for pack in packs() if pack.name == "translator"}
    {'amends'}
    """
    found = [*_in(Path(__file__).parents[1] / "rules", SHIPPED, level_alone=True), *_installed()]
    found += _in(_configuration(), "your configuration")
    found += _in(PROJECT, "this project")
    return tuple(found)


def find_pack(named: str) -> Pack:
    """Return the pack of that name, or the one in that file or folder. Raises `InputError`.

    >>> find_pack("no-such-pack")
    Traceback (most recent call last):
    amends.engine.diagnostics.InputError: None: file-not-found: there is no pack `no-such-pack`
    """
    known: dict[str, list[Pack]] = {}
    for pack in packs():
        known.setdefault(pack.name, []).append(pack)
    match known.get(named, []):
        case [only]:
            return only
        case [first, *others]:
            places = listed([first.place, *(other.place for other in others)])
            message = f"there are several packs `{named}`: with {places}"
            help = "name the one that you mean by its path"
            raise InputError([Diagnostic(Code.DUPLICATE_NAME, message, help=help)])
    path = Path(named)
    if _is_there(path):
        return at(path)
    near = did_you_mean(named, known) or f"name a file or a folder, or one of {listed(known, 20)}"
    raise InputError([Diagnostic(Code.FILE_NOT_FOUND, f"there is no pack `{named}`", help=near)])


def at(path: Path, place: str = "") -> Pack:
    """Return the pack in a file or folder; the name of the folder around it gives its level.

    Raises `InputError` for a name that is none.

    >>> at(Path("packs/niches/dog_groomer")).level, at(Path("ours.yaml")).level
    (1, 3)
    """
    whole = path if path.name not in ("", "..") else path.resolve()
    if not _NAME.fullmatch(whole.stem):
        span = Span.whole(Text(str(path)))
        message = f"`{whole.stem}` is no name of a pack"
        help = "use small letters of a to z, digits, `_` and `-`"
        raise InputError([Diagnostic(Code.BAD_NAME, message, span, help=help)])
    return Pack(whole.stem, _FOLDERS.get(whole.parent.name, HOUSE), (path,), place)


def _in(folder: Path | None, place: str, *, level_alone: bool = False) -> Iterator[Pack]:
    """Yield the packs below *folder*: of the levels that have a folder, and, unless *level_alone*, others."""
    if folder is None or not _is_there(folder):
        return
    inside = [path for name in _FOLDERS for path in sorted((folder / name).glob("*"))]
    if not level_alone:
        inside += [path for path in sorted(folder.glob("*")) if path.name not in _FOLDERS]
    for path in inside:
        if (path.suffix == ".yaml" or path.is_dir()) and _NAME.fullmatch(path.stem):
            yield at(path, place)


def _installed() -> Iterator[Pack]:
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        folder = _folder_of(point)
        if folder is not None:
            pack = at(folder, point.dist.name if point.dist is not None else "a distribution")
            yield pack


def _folder_of(point: EntryPoint) -> Path | None:
    """Return the folder that an entry point names, without importing anything."""
    top, *below = point.value.split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return None
    for root in (spec.submodule_search_locations or []) if spec is not None else []:
        folder = Path(root, *below)
        if folder.is_dir() and folder.name == point.name:
            return folder
    return None


def _configuration() -> Path | None:
    from platformdirs import user_config_path

    return user_config_path("amends", appauthor=False) / "packs"


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # such as a name longer than the system allows
        return False
