"""The path of one case: from the facts that mattered, by the decisions, to the remedy."""

from __future__ import annotations

from collections.abc import Iterable

from amends.engine.draw.footing import REMEDY, Footing, unique
from amends.engine.draw.grounds import Known
from amends.engine.draw.labels import Labels
from amends.engine.draw.picture import MOST_NODES, Edge, Node, NodeKind, Picture, State, tidy
from amends.engine.draw.wording import capital, listing
from amends.engine.rulebase import RuleBase
from amends.engine.verdict import Verdict

MOST_FACTS = 9
"""In one column, so that it fits a screen at a size that can be read."""
MOST_CANDIDATES = 6
MOST_QUESTIONS = 5
REST = "…"
"""The node that counts what did not fit."""


def path_of_case(verdict: Verdict, rulebase: RuleBase) -> Picture:
    """Return the picture of how *verdict* came about, in plain words, of at most `MOST_NODES` nodes.

    It shows the cone of the rules that decided `remedy`, nearest first, and the money; rival
    remedies and what stopped them; and, where the case is open, the candidates and the facts
    to ask for.
    """
    path = _Path(verdict, rulebase)
    path.draw()
    headline = path.labels.headline()
    title = f"{tidy(verdict.case_title)}: {headline}" if verdict.case_title else headline
    return Picture(
        title=capital(title),
        nodes=tuple(path.nodes.values()),
        edges=tuple(Edge(*ends, state) for ends, state in path.edges.items()),
        alt=_alt(path),
        legend={
            "fired": "solid: what decided" if verdict.remedy is not None else "solid: what is known",
            "failed": "dashed: not chosen, or still open",
            "faded": "thin: for completeness",
        },
    )


class _Path:
    """One picture under way; it never holds more nodes than may be shown."""

    def __init__(self, verdict: Verdict, rulebase: RuleBase) -> None:
        self.verdict = verdict
        self.rulebase = rulebase
        self.known = Known.of(verdict, rulebase)
        self.footing = Footing(verdict, rulebase, self.known)
        self.labels = Labels(verdict, rulebase, self.known)
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, str], State] = {}
        self.hidden: dict[str, list[str]] = {}

    def draw(self) -> None:
        """Fill the picture, the remedy first; room is kept for what comes after its cone."""
        rivals = self.footing.rivals()
        candidates = self.verdict.possible if self.verdict.remedy is None else ()
        self.add(REMEDY)
        for fact in self.verdict.open[:MOST_QUESTIONS]:
            self.add(fact.fact)
        kept = len(rivals) + min(len(candidates), MOST_CANDIDATES + 1) + 1
        self.follow(REMEDY, MOST_NODES - kept)
        self.draw_candidates(candidates)
        for rival in rivals:
            title = self.labels.remedy_title(rival.value)
            self.put(rival.rule.path, "remedy", [f"Not chosen: {title}", rival.stopped], "failed")
            for name in self.footing.stopped_by(rival)[:2]:
                self.follow_from(name, rival.rule.path, "failed")
        for fact in self.verdict.open[:MOST_QUESTIONS]:
            if not any(source == fact.fact for source, _ in self.edges):
                self.link(fact.fact, REMEDY, "failed")
        self.draw_rest()

    def put(self, key: str, kind: NodeKind, lines: Iterable[str], state: State) -> None:
        """Add a node, paragraphs that say nothing left out."""
        told = tuple(f"rule {r.rule}: {r.because}" for r in self.verdict.fired if r.decision == key)
        self.nodes[key] = Node(key, tuple(line for line in lines if line), kind, state, told)

    def add(self, name: str) -> None:
        """Add the node of a fact, measure or decision."""
        kind: NodeKind = "decision"
        if name in self.rulebase.facts:
            kind = "fact"
        elif name in self.rulebase.measures:
            kind = "measure"
        elif name == REMEDY and self.verdict.remedy is not None:
            kind = "remedy"
        lines = self.labels.of(name) + (self.labels.money() if kind == "remedy" else [])
        self.put(name, kind, lines, "fired" if self.known.has(name) else "failed")

    def link(self, source: str, target: str, state: State) -> None:
        """Add an edge; one that is there keeps its state."""
        self.edges.setdefault((source, target), state)

    def has_room(self, name: str, room: int) -> bool:
        """True if one more node fits, and, if it is a fact, in the column of facts."""
        facts = sum(node.kind == "fact" for node in self.nodes.values())
        return len(self.nodes) < room and (name not in self.rulebase.facts or facts < MOST_FACTS)

    def follow(self, start: str, room: int, state: State = "fired") -> None:
        """Draw what *start* follows from, nearest first, in at most *room* nodes altogether."""
        waiting = [start]
        for current in waiting:
            for name in self.footing.reads(current):
                if name not in self.nodes:
                    if not self.has_room(name, room):
                        self.hidden.setdefault(current, []).append(name)
                        continue
                    self.add(name)
                    if name not in self.rulebase.facts:
                        waiting.append(name)
                self.link(name, current, state if self.known.has(name) else "failed")

    def follow_from(self, name: str, target: str, state: State) -> None:
        """Draw that *target* follows from *name*, with what that follows from, if there is room."""
        room = MOST_NODES - 1
        if name not in self.nodes and self.has_room(name, room):
            self.add(name)
            if name not in self.rulebase.facts:
                self.follow(name, room, state)
        if name in self.nodes:
            self.link(name, target, state)

    def draw_candidates(self, candidates: tuple[str, ...]) -> None:
        """Draw what the remedy may still become."""
        for value in candidates[:MOST_CANDIDATES]:
            key = f"{REMEDY}={value}"
            self.put(key, "remedy", [f"{self.labels.remedy_title(value)}?"], "failed")
            self.link(REMEDY, key, "failed")
        if more := candidates[MOST_CANDIDATES:]:
            titles = [self.labels.remedy_title(value) for value in more]
            self.put(f"{REMEDY}={REST}", "note", [f"Or: {listing(titles, 'or', 3)}?"], "failed")
            self.link(REMEDY, f"{REMEDY}={REST}", "failed")

    def draw_rest(self) -> None:
        """Count what did not fit, in a node of its own."""
        hidden = {reader: set(names) - self.nodes.keys() for reader, names in self.hidden.items()}
        missing = unique(name for names in self.hidden.values() for name in names if name not in self.nodes)
        if missing:
            titles = listing(map(self.verdict.title, missing), "and", 3)
            self.put(REST, "note", [f"And {len(missing)} more: {titles}"], "faded")
            for reader, names in hidden.items():
                if names:
                    self.link(REST, reader, "faded")


def _alt(path: _Path) -> str:
    """Return the picture in sentences."""

    def named(kind: NodeKind, state: State) -> list[str]:
        found = [node.lines[0] for node in path.nodes.values() if (node.kind, node.state) == (kind, state)]
        return [name for name in found if kind != "remedy" or state == "failed"]

    why = path.labels.why(REMEDY).rstrip(".")
    parts = [f"Answer: {path.labels.headline()}.", f"{why}." if why else ""]
    for word, found in (
        ("Facts", named("fact", "fired")),
        ("Decisions on the way", named("decision", "fired")),
        ("Not stated", named("fact", "failed")),
        ("Dashed", named("remedy", "failed")),
    ):
        if found:
            parts.append(f"{word}: {'; '.join(found)}.")
    return " ".join(part for part in parts if part)
