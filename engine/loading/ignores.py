"""What a file asks an audit to leave alone: `ignore:` on a rule, a decision, an entry, or a whole file.

On a thing it is a mapping of kinds of finding to reasons. At the top of a file a kind may also say
`of:` which entries, rules or values of the file it is about, with one reason `because:` for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from amends.engine.diagnostics import Code, Problems, did_you_mean, listed
from amends.engine.ignore import IGNORABLE, Ignore, Kind, subject_of
from amends.engine.loading.fields import SNAKE, Fields
from amends.engine.loading.stacking import DISABLES, RULES
from amends.engine.source import ListNode, MapNode, Node, ScalarNode

KEY = "ignore"
_KINDS = {kind.value: kind for kind in IGNORABLE}
_HELP = "write `finding-kind: the reason`"


def take_ignores(
    document: MapNode, sections: Sequence[str], level: int, problems: Problems
) -> tuple[MapNode, tuple[Ignore, ...]]:
    """Return *document* without its `ignore:` entries, and what they say; faults go to *problems*.

    *sections* are the keys of a file of knowledge whose entries may carry one; in a file that decides
    something, the rules may. A pack on a later *level* than the base may name a rule or value of another.
    """
    named = document.get("decides")
    decision = named.text if isinstance(named, ScalarNode) else None
    taker = _Taker(problems, level)
    entries: list[tuple[ScalarNode, Node]] = []
    for key, node in document:
        holds_things = key.text == RULES or (not decision and key.text in (*sections, DISABLES))
        if holds_things and isinstance(node, MapNode):
            node = taker.section(decision or key.text, node, is_decision=decision is not None)
        if key.text != KEY:
            entries.append((key, node))
    if decision is not None:
        taker.outcomes(decision, document.get("values"))
    if (written := document.get(KEY)) is not None:
        taker.whole_file(written, decision)
    return replace(document, entries=tuple(entries)), tuple(taker.found)


@dataclass(slots=True)
class _Taker:
    """Takes the ignores out of one file, and remembers what the file defines."""

    problems: Problems
    level: int
    found: list[Ignore] = field(default_factory=list)
    subjects: dict[str, set[str]] = field(default_factory=dict)
    """What each name of the file may mean; a thing can be named with its section too."""
    catalogued: str | None = None
    """The decision of the file, if its values stand in another."""

    def section(self, section: str, node: MapNode, *, is_decision: bool) -> MapNode:
        """Return *node* with the ignores of its entries taken out."""
        kept: list[tuple[ScalarNode, Node]] = []
        for key, entry in node:
            path = f"{section}/{key.text}"
            subject = path if is_decision else subject_of(section, key.text)
            if section in (RULES, DISABLES):  # which a pack calls by their path
                subject = key.text
            for name in (key.text, path):
                self.subjects.setdefault(name, set()).add(subject)
            written = entry.get(KEY) if isinstance(entry, MapNode) else None
            if isinstance(entry, MapNode) and written is not None:
                entry = replace(entry, entries=tuple(pair for pair in entry if pair[0].text != KEY))
                for kind, place, reason in self._kinds(written, f"`{subject}`"):
                    self._reason(kind, subject, place, reason)
            kept.append((key, entry))
        return replace(node, entries=tuple(kept))

    def outcomes(self, decision: str, values: Node | None) -> None:
        """Let the values of a decision be named too, those of a catalogue whatever they are."""
        self.catalogued = decision if isinstance(values, ScalarNode) else None
        for key, _ in values if isinstance(values, MapNode) else ():
            self.subjects.setdefault(key.text, set()).add(f"{decision}/{key.text}")

    def whole_file(self, written: Node, decision: str | None) -> None:
        """Take what stands at the top of a file: about its decision, or about the things that it names."""
        for kind, place, node in self._kinds(written, f"`{decision}`" if decision else "this file"):
            for item in (node.items if isinstance(node, ListNode) else ()) or (node,):
                if isinstance(item, MapNode):
                    self._named(kind, item)
                elif decision:
                    self._reason(kind, decision, place, item)
                else:
                    help = f"write `{kind}: {{of: [names], because: the reason}}`"
                    self.problems.add(
                        Code.WRONG_SHAPE,
                        f"the ignore of `{kind}` does not say what it is about",
                        item.span,
                        help=help,
                    )

    def _kinds(self, written: Node, what: str) -> Iterator[tuple[Kind, ScalarNode, Node]]:
        if not isinstance(written, MapNode):
            message = f"`{KEY}` of {what} must be a mapping"
            self.problems.add(Code.WRONG_SHAPE, message, written.span, help=_HELP)
            return
        for key, node in written:
            kind = _KINDS.get(key.text)
            if kind is not None:
                yield kind, key, node
                continue
            is_kind = key.text in {each.value for each in Kind}
            message = f"`{key.text}` {'cannot be ignored' if is_kind else 'is no kind of finding'}"
            help = "mend it" if is_kind else did_you_mean(key.text, _KINDS) or f"one of {listed(_KINDS, 20)}"
            self.problems.add(Code.UNKNOWN_VALUE, message, key.span, help=help)

    def _reason(self, kind: Kind, subject: str, place: ScalarNode, node: Node) -> None:
        if not isinstance(node, ScalarNode):
            message = f"the ignore of `{kind}` of `{subject}` must be a text"
            self.problems.add(Code.WRONG_SHAPE, message, node.span, help=_HELP)
        elif not node.text.strip():
            message = f"the ignore of `{kind}` of `{subject}` gives no reason"
            self.problems.add(Code.MISSING_KEY, message, place.span, help=_HELP)
        else:
            self.found.append(Ignore(kind, subject, " ".join(node.text.split()), place.span, self.level))

    def _named(self, kind: Kind, node: MapNode) -> None:
        fields = Fields(node, f"the ignore of `{kind}`", self.problems)
        names = fields.scalars("of", required=True)
        because = fields.text("because", required=True)
        fields.done()
        for name in names:
            subject = self._resolved(name, self.subjects)
            if subject is not None and because is not None:
                self.found.append(Ignore(kind, subject, because, name.span, self.level))

    def _resolved(self, name: ScalarNode, subjects: Mapping[str, set[str]]) -> str | None:
        meant = sorted(subjects.get(name.text, ()))
        if len(meant) == 1:
            return meant[0]
        if not meant and self.catalogued is not None and SNAKE.match(name.text):
            return f"{self.catalogued}/{name.text}"
        if not meant and self.level and "/" in name.text:
            return subject_of(*name.text.split("/", 1))
        if meant:
            message = f"`{name.text}` is the name of several things in this file"
            self.problems.add(Code.UNKNOWN_NAME, message, name.span, help=f"write one of {listed(meant)}")
        else:
            near = did_you_mean(name.text, subjects) or "name something that this file defines"
            message = f"this file defines no `{name.text}`"
            self.problems.add(Code.UNKNOWN_NAME, message, name.span, help=near)
        return None
