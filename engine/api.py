"""The engine as a library: load a rule base once, decide as many cases as you like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from amends.engine import deciding, network, store
from amends.engine.case import Case, read_case
from amends.engine.chain import Executor, best_executor, check_limits
from amends.engine.diagnostics import InputError, Problems
from amends.engine.pack import BASE, Pack
from amends.engine.rulebase import RuleBase
from amends.engine.source import Node, decode, parse, read, read_bytes
from amends.engine.verdict import Verdict

if TYPE_CHECKING:
    from amends.engine.draft import Draft


class Engine:
    """A loaded rule base with what it takes to decide cases.

    >>> from amends.engine import load
    >>> engine = load()
    >>> engine.decide({"client_said_no": "true"}).remedy
    'accept_no'
    """

    def __init__(self, rulebase: RuleBase) -> None:
        self.rulebase = rulebase

    @cached_property
    def executor(self) -> Executor:
        """What fires the rules: durable_rules, or the plain working memory."""
        return best_executor(self.rulebase)

    def case(
        self,
        given: Node | Path | str | Mapping[str, object] | None = None,
        *,
        options: Iterable[str] = (),
        words: Iterable[str] = (),
        now: datetime | None = None,
    ) -> Case:
        """Return the case that a file, a YAML text, a mapping of facts or *options* state.

        A `Path` is read, a `str` is YAML. Raises `InputError` with everything wrong in it.
        """
        problems = Problems()
        if isinstance(given, Mapping):
            options = [*(f"{name}={_written(value)}" for name, value in given.items()), *options]
            given = None
        elif isinstance(given, Path):
            given = read(given)
        elif isinstance(given, str):
            given = parse(decode(given.encode(errors="surrogatepass"), "<text>"))
        case = read_case(given, self.rulebase, problems, options=options, words=words, now=now)
        problems.stop()
        return case

    def decide(
        self,
        case: Case | Path | str | Mapping[str, object],
        *,
        assume: bool = True,
        what_if: bool = True,
        executor: Executor | None = None,
    ) -> Verdict:
        """Return the verdict of *case*. Raises `InputError` if the case cannot be.

        Without *what_if* it is quicker, and silent on what other facts could change.
        """
        found = case if isinstance(case, Case) else self.case(case)
        how = executor or self.executor
        return deciding.decide(self.rulebase, found, how, Problems(), assume=assume, what_if=what_if)

    def draft(
        self,
        case: Case | Path | str | Mapping[str, object],
        *,
        channel: str | None = None,
        assume: bool = True,
    ) -> Draft:
        """Return the message to the client, through *channel* or the one that the rules choose.

        Raises `InputError` if the case cannot be, or if the phrase guard holds the message back.

        >>> from amends.engine import load
        >>> load().draft({"client_said_no": "true"}).skeleton
        'accept_no'
        """
        from amends.engine.draft import draft

        found = case if isinstance(case, Case) else self.case(case)
        return draft(self.rulebase, found, self.executor, Problems(), channel=channel, assume=assume)


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple, set, frozenset)):
        return "[" + ",".join(sorted(map(str, value))) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def shipped() -> tuple[Path, ...]:
    """Return the folders of the base pack: what is known, and what follows from it."""
    # By path: importlib.resources would say the same and cost a tenth of the start.
    root = Path(__file__).parents[1]
    return (root / "kb", root / "rules" / "base")


def load(*folders: Path, packs: Sequence[Pack] = ()) -> Engine:
    """Return the engine over *folders*, or over the shipped base if none is given, with *packs* laid on it.

    Raises `InputError` with every fault of every file, cycles and limits included.
    """
    stack = [Pack(BASE, 0, folders or shipped()), *packs]
    key = _content_key(stack)
    found = store.recall_object("rulebase", key) if key else None
    if isinstance(found, RuleBase):
        rulebase = found
    else:
        from amends.engine import loading  # which a rule base that is kept does not need

        problems = Problems()
        rulebase = loading.load(stack, problems)
        network.check(rulebase, problems)
        problems.stop()
        if key:
            store.keep_object("rulebase", key, rulebase)
    if key:
        store.mark(rulebase, key)
    return Engine(rulebase)


def _content_key(packs: Sequence[Pack]) -> str | None:
    """Return the hash of the names and texts of all files of *packs*; None if one cannot be read."""
    problems = Problems()
    files = [(pack, file) for pack in packs for file in pack.files(problems)]
    if problems.found:
        return None
    try:
        return store.fingerprint(
            part
            for pack, file in files
            for part in (f"{pack.name} {pack.level} {file}".encode(), read_bytes(file))
        )
    except InputError:
        return None


def check(*folders: Path, packs: Sequence[Pack] = ()) -> RuleBase:
    """Return the rule base as `load` does; limits of durable_rules, templates and examples are tried too."""
    from amends.engine.draft.templates import check_templates
    from amends.engine.examples import check_examples

    rulebase = load(*folders, packs=packs).rulebase
    problems = Problems()
    check_limits(rulebase, problems)
    check_templates(rulebase, problems)
    check_examples(rulebase, problems)
    problems.stop()
    return rulebase


def standard_input(data: bytes) -> Node:
    """Return the YAML document that came through standard input. Raises `InputError`."""
    return parse(decode(data, "<stdin>"))
