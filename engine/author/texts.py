"""The words of the files to start from, with comments that say what to change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from amends.engine.author.yaml_text import scalar, value_text
from amends.engine.rulebase import Decision, HitPolicy, Kind, Rule, RuleBase, Value
from amends.engine.verdict import Verdict

MOST_NAMED = 6
"""Values that a comment lists."""
MOST_ASKED = 5

README = """# {title}

What is otherwise for {title}, laid on the base. Say here whom it is for, and what it changes and why.

```console
$ amends check --pack {folder}
$ amends test --pack {folder}
$ amends audit --pack {folder}
$ amends compare base base+{folder}
```

| file | holds |
|---|---|
| `pack.yaml` | what the pack is{scope}, and its sources |
{facts}| `rules.yaml` | its rules, by their path: `decision/the-situation` |
| `cases/` | incidents with what is expected of them; each rule needs one that names it |
| `schema/` | what an editor needs to complete names and underline slips |

`amends new rule DECISION/THE-SITUATION --pack {folder}` adds a rule with its case,
`amends new remedy NAME --pack {folder}` a remedy with both.
`amends schema --pack {folder} -o {folder}/schema` writes anew what the editor knows.
"""
SAYS = "## What it says"
"""The heading of a pack's page below which each of its rules has a line."""


def page_line(path: str, because: str) -> str:
    """Return the line of a rule on the page of its pack, to be written out."""
    return f"- `{path}`: {because}"


def with_line(page: str, line: str) -> str:
    r"""Return *page* with *line* put last below the heading `SAYS`, which is added where it is missing.

    >>> with_line("# Ours\n", "- one"), with_line("## What it says\n\n- one\n\n## More\n", "- two")
    ('# Ours\n\n## What it says\n\n- one\n', '## What it says\n\n- one\n- two\n\n## More\n')
    """
    lines = page.rstrip("\n").split("\n")
    if SAYS not in lines:
        return "\n".join([*lines, "", SAYS, "", line, ""])
    start = lines.index(SAYS) + 1
    end = next((at for at in range(start, len(lines)) if lines[at].startswith("## ")), len(lines))
    while not lines[end - 1].strip():
        end -= 1
    gap = [""] if end == start else []
    return "\n".join([*lines[:end], *gap, line, *lines[end:], ""])


def modeline(schema: str) -> str:
    """Return the comment that tells an editor which schema a file follows."""
    return f"# yaml-language-server: $schema={schema}\n"


def pack_file(title: str, scope: Mapping[str, Value], source: str) -> str:
    """Return what a pack says of itself, with its one source."""
    lines = [
        "pack:",
        f"  title: {scalar(title)}",
        "  about: Say in a sentence whom this is for.  # change it",
        '  version: "0.1"',
    ]
    if scope:
        lines.append(f"  scope: {{{_tests(scope)}}}  # outside it the pack changes nothing")
    return "\n".join([*lines, "", "sources:", source_entry(source, title)])


def source_entry(name: str, title: str) -> str:
    """Return a source for what is known from one's own work."""
    lines = [
        f"  {name}:  # name it after where it comes from; what holds in one place needs more, see the guide",
        "    kind: practice",
        f"    title: {scalar(f'How it is done: {title}')}",
        "    where: your own experience",
    ]
    return "\n".join(lines) + "\n"


def flag_entry(name: str, title: str, question: str, source: str) -> str:
    """Return a fact that is true or false."""
    lines = [
        f"  {name}:",
        "    kind: flag",
        f"    title: {scalar(title)}  # how a sentence calls it",
        f"    question: {scalar(question)}  # ask what the incident alone tells",
        "    assume: false  # while nobody says; leave it out, and the case stays open until somebody does",
        "    controls: nobody  # who can change it: you, client, nobody",
        f"    sources: [{source}]",
    ]
    return "\n".join(lines) + "\n"


def value_entry(fact: str, value: str, title: str) -> str:
    """Return one value more for a fact of an earlier pack."""
    return f"  {fact}:\n    values: {{{value_text(value)}: {scalar(title, flow=True)}}}  # the words for it\n"


def rule_entry(rule: Rule, decision: Decision, tested: Mapping[str, Value], source: str, because: str) -> str:
    """Return a rule by its path, with what else its parts could be."""
    lines = [f"  {rule.path}:"]
    if rule.tier is not None and len(decision.tiers) > 1:
        lines.append(
            f"    tier: {rule.tier}  # {_others(decision.tiers, (rule.tier,), 'an earlier one wins')}"
        )
    lines.append(f"    when: {{{_tests(tested)}}}  # when does it hold?")
    if decision.hit_policy is not HitPolicy.COLLECT_COUNT:
        note = _others(decision.domain.values, map(str, rule.then), "")
        lines.append(f"    then: {value_text(rule.then[0])}" + (f"  # {note}" if note else ""))
    lines += [f"    because: {scalar(because)}  # change it", f"    sources: [{source}]"]
    return "\n".join(lines) + "\n"


def remedy_entry(name: str, title: str, source: str, parameter: str | None) -> str:
    """Return a remedy with two steps."""
    limit = f"{{parameter: {parameter}}}" if parameter else "24"
    lines = [
        f"  {name}:",
        f"    title: {scalar(title)}  # what to do, as an order",
        "    summary: Say in a sentence what it comes to.  # change it",
        f"    sources: [{source}]",
        "    steps:",
        "      - do: Tell the client what you will do, and by when.",
        "        order: 20  # among the steps of all that applies",
        f"        within_hours: {limit}",
        "        promise: true  # by then the client hears something",
        "      - do: Do it.",
        "        order: 50",
    ]
    return "\n".join(lines) + "\n"


def case_file(title: str, facts: Mapping[str, str], verdict: Verdict, rules: Iterable[str]) -> str:
    """Return a case that states *facts*, as written, and expects what *verdict* says of it."""
    lines = [f"title: {scalar(title)}  # what happened, in one line", "facts:"]
    lines += [f"  {name}: {text}" for name, text in facts.items()] or ["  # name: value"]
    for asked in verdict.open[:MOST_ASKED]:
        values = f" {_some(asked.values, ' or ')}" if asked.values else ""
        lines += [f"  # {asked.question}", f"  # {asked.fact}:{values}"]
    rules = list(rules)
    lines += ["expect:  # what the rules say now; correct it to what they should say"]
    if verdict.remedy is not None:
        lines.append(f"  remedy: {verdict.remedy}")
    else:
        lines.append(f"  status: {verdict.status}")
    decided = {path.split("/")[0] for path in rules} - {"remedy"}
    for name, found in (("companions", verdict.companions), ("avoid", verdict.avoid)):
        added = [member for member in found if name in decided and _by(verdict, rules, name, member)]
        if added:
            lines.append(f"  {name}: {{include: [{', '.join(added)}]}}")
    settled = {name: verdict.decisions[name] for name in sorted(decided) if name in verdict.decisions}
    shown = [f"{name}: {_plain(found)}" for name, found in settled.items() if not isinstance(found, list)]
    if shown:
        lines.append(f"  decisions: {{{', '.join(shown)}}}")
    if rules:
        lines.append(f"  because: [{', '.join(rules)}]")
    return "\n".join(lines) + "\n"


def _by(verdict: Verdict, rules: list[str], decision: str, member: str) -> bool:
    """True if one of *rules* added *member* to *decision*."""
    return any(
        member in reason.then
        for reason in verdict.fired
        if reason.rule in rules and reason.decision == decision
    )


def _plain(found: object) -> str:
    return value_text(found) if isinstance(found, (bool, str)) else str(found)


def _tests(tested: Mapping[str, Value]) -> str:
    return ", ".join(
        f"{name}: {{has_all: {value_text(value)}}}"
        if isinstance(value, frozenset)
        else f"{name}: {value_text(value)}"
        for name, value in tested.items()
    )


def _others(names: Iterable[str], but: Iterable[str], more: str) -> str:
    taken = set(but)
    found = [name for name in names if name not in taken]
    said = f"or {_some(found, ', ')}" if found else ""
    return "; ".join(part for part in (said, more) if part)


def _some(names: Sequence[str], glue: str) -> str:
    tail = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return glue.join(names[:MOST_NAMED]) + tail


def states_money(rulebase: RuleBase, name: str) -> bool:
    """True if the fact called *name* is a sum, which a rule compares in one currency alone."""
    return rulebase.facts[name].domain.kind is Kind.MONEY
