"""What a pack says of itself, under `pack:` in one of its files."""

from __future__ import annotations

import re
from collections.abc import Mapping

from amends.engine.diagnostics import Code, Label, Problems
from amends.engine.loading.conditions import Names, read_condition
from amends.engine.loading.fields import Fields
from amends.engine.pack import Pack
from amends.engine.rulebase import About
from amends.engine.source import MapNode, Node, ScalarNode, decode, read_bytes, scan

ABOUT = "pack"
_SAYS = re.compile(rb"^pack\s*:", re.MULTILINE)


def read_about(
    packs: Mapping[Pack, list[tuple[ScalarNode, Node]]], names: Names, problems: Problems
) -> tuple[About, ...]:
    """Return what each pack says of itself; one that says nothing has its name alone.

    *names* are those that its `scope` may test: facts, and measures of facts.
    """
    return tuple(_read(pack, written, names, problems) for pack, written in packs.items())


def about_of(pack: Pack, problems: Problems) -> About:
    """Return what *pack* says of itself, but not its scope, which needs the packs below.

    Raises `InputError`.
    """
    written: list[tuple[ScalarNode, Node]] = []
    for file in pack.files(problems):
        data = read_bytes(file)
        if _SAYS.search(data):  # to read all that it says would take long, and tell no more
            node = scan(decode(data, str(file)), problems)
            if isinstance(node, MapNode):
                written += [(key, value) for key, value in node if key.text == ABOUT]
    problems.stop()
    if not written or not isinstance(written[0][1], MapNode):
        return About(pack.name, pack.level)
    fields = Fields(written[0][1], f"the pack `{pack.name}`", problems, written[0][0].span)
    title, about, version = (fields.text(name) for name in ("title", "about", "version"))
    return About(pack.name, pack.level, title, about, version, span=written[0][0].span)


def _read(pack: Pack, written: list[tuple[ScalarNode, Node]], names: Names, problems: Problems) -> About:
    for key, _ in written[1:]:
        first = Label(written[0][0].span, "first said here")
        message = f"the pack `{pack.name}` says twice what it is"
        help = "keep `pack:` in one of its files"
        problems.add(Code.DUPLICATE_NAME, message, key.span, others=[first], help=help)
    if not written:
        return About(pack.name, pack.level)
    key, node = written[0]
    fields = Fields(node, f"the pack `{pack.name}`", problems, key.span)
    scope = fields.node("scope")
    about = About(
        name=pack.name,
        level=pack.level,
        title=fields.text("title", required=True),
        about=fields.text("about"),
        version=fields.text("version"),
        scope=None if scope is None else read_condition(scope, names, problems, "`scope`"),
        span=key.span,
    )
    fields.done()
    return about
