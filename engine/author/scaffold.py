"""What belongs together, to start from: a pack, a rule, a remedy, a case.

Each gives a `Plan` that was held to `amends check` and `amends test`; nothing is written yet.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from amends.engine.api import Engine
from amends.engine.author import texts
from amends.engine.author.naming import (
    asked_decision,
    asked_value,
    checked,
    fact_name,
    source_name,
    words_of,
    wrong,
)
from amends.engine.author.plan import Plan
from amends.engine.author.schema import CASE, schemas
from amends.engine.author.schema import RULES as KNOWN
from amends.engine.author.starting import Facts, Start, own_trigger, start, with_rule
from amends.engine.author.yaml_text import value_text, with_entry
from amends.engine.case import Case
from amends.engine.diagnostics import Code, did_you_mean, listed
from amends.engine.loading.fields import KEBAB, SNAKE
from amends.engine.pack import CASES
from amends.engine.rulebase import Decision, Domain, HitPolicy, Kind, Rule, RuleBase, Value

REMEDY, COMPANIONS = "remedy", "companions"
RULES, SOURCES, REMEDIES, FACTS, ABOUT = (
    "rules.yaml",
    "sources.yaml",
    "remedies.yaml",
    "facts.yaml",
    "pack.yaml",
)
PAGE, SCHEMA = "README.md", "schema"
REPLY_IN = "hours_to_reply"
BECAUSE = "Say in one sentence why."
_PACK = re.compile(r"[a-z][a-z0-9_-]{0,59}\Z")


def new_pack(name: str, folder: Path, base: tuple[Path, ...], about: str | None = None) -> Plan:
    """Return a pack with one rule and its case; *about* is the fact, such as `niche`, that it is a value of.

    Raises `InputError`.
    """
    if not _PACK.match(name):
        raise wrong(Code.BAD_NAME, f"`{name}` is no usable name of a pack", "write it like `corner-shop`")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        help = "name a folder that is not there yet with `-o`"
        raise wrong(Code.CANNOT_WRITE, f"`{folder}` is there already, and not empty", help)
    title = words_of(name)
    plan = Plan(base, None)
    rulebase = plan.engine().rulebase
    plan.folder = folder
    source = source_name(name, rulebase)
    tested: Facts
    scope: Facts = {}
    facts = ""
    if about is not None:
        value = name.replace("-", "_")
        if about not in rulebase.facts or rulebase.facts[about].domain.kind is not Kind.CHOICE:
            raise wrong(Code.UNKNOWN_FACT, f"this rule base has no choice `{about}`", "leave the option out")
        tested = scope = {about: value}
        if value not in rulebase.facts[about].domain.values:
            facts = "facts:\n" + texts.value_entry(about, value, title)
    else:
        trigger = fact_name(f"{name}-case", rulebase)
        tested = {trigger: True}
        facts = "facts:\n" + texts.flag_entry(
            trigger, f"a case for {title}", f"Is this a case for {title}?", source
        )
    for name_of_schema, text in schemas(rulebase).items():
        plan.add(folder / SCHEMA / name_of_schema, text)
    _add(plan, folder / ABOUT, texts.pack_file(title, scope, source))
    if facts:
        _add(plan, folder / FACTS, facts)
    plan.add(
        folder / PAGE,
        texts.README.format(
            title=title,
            folder=folder.as_posix(),
            scope=" and where it holds" if scope else "",
            facts="| `facts.yaml` | what it asks |\n" if facts else "",
        ),
    )
    engine = plan.engine()
    situation = f"a-case-for-{name.replace('_', '-')}"
    found = _first_start(engine.rulebase, situation, tested)
    _add_rule(plan, engine, found, tested, source)
    return plan


def _first_start(rulebase: RuleBase, name: str, tested: Facts) -> Start:
    """Return a rule of the first decision that takes one: what is collected is the simplest."""
    order = sorted(
        rulebase.decisions.values(),
        key=lambda each: (each.name != COMPANIONS, each.hit_policy is not HitPolicy.COLLECT, each.name),
    )
    for decision in order:
        if f"{decision.name}/{name}" in rulebase.rules:
            continue
        if (found := start(rulebase, decision, name, tested, stated={})) is not None:
            return found
    raise wrong(Code.MISSING_KEY, "no decision of this rule base takes a rule more", "write a decision first")


def new_rule(
    path: str,
    folder: Path,
    base: tuple[Path, ...],
    *,
    stated: tuple[str, ...] = (),
    tier: str | None = None,
    then: str | None = None,
) -> Plan:
    """Return *folder* with a rule more at *path*, `decision/name`, and the case that it decides.

    What is *stated*, as `fact=value`, is what it tests. Raises `InputError`.
    """
    plan = _pack_plan(folder, base)
    engine = plan.engine()
    rulebase = engine.rulebase
    decision = asked_decision(path, rulebase)
    name = path.partition("/")[2]
    checked(name, KEBAB)
    if path in rulebase.rules or any(change.before.path == path for change in rulebase.changes):
        help = "choose another name; to replace it, write `replaces:` and the reason into its rule"
        raise wrong(Code.DUPLICATE_NAME, f"there is a rule `{path}` already", help)
    if tier is not None and tier not in decision.tiers:
        help = did_you_mean(tier, decision.tiers) or f"one of {listed(decision.tiers) or 'none'}"
        raise wrong(Code.UNKNOWN_TIER, f"`{tier}` is no tier of `{decision.name}`", help)
    value = None if then is None else asked_value(then, decision)
    return _with_rule(plan, engine, decision, name, stated, tier, value)


def new_remedy(name: str, folder: Path, base: tuple[Path, ...], *, stated: tuple[str, ...] = ()) -> Plan:
    """Return *folder* with a remedy more, a rule that concludes it, and a case of it. Raises `InputError`."""
    checked(name, SNAKE)
    plan = _pack_plan(folder, base)
    engine = plan.engine()
    rulebase = engine.rulebase
    if any(name in entries for entries in rulebase.catalogues.values()):
        raise wrong(Code.DUPLICATE_NAME, f"there is `{name}` already", "choose another name")
    if REMEDY not in rulebase.decisions:
        raise wrong(Code.MISSING_KEY, "no file decides `remedy`", "write that decision first")
    source = _source(plan, rulebase)
    limit = REPLY_IN if REPLY_IN in rulebase.parameters else None
    words = name.replace("_", " ")
    entry = texts.remedy_entry(name, words[:1].upper() + words[1:], source, limit)
    _put(plan, folder / REMEDIES, "remedies", name, entry)
    engine = plan.engine()
    decision = engine.rulebase.decisions[REMEDY]
    if name not in decision.domain.values:
        message = "the values of `remedy` are listed in its file, and a new one cannot be added"
        raise wrong(Code.UNKNOWN_VALUE, message, "write `values: remedies` there")
    return _with_rule(plan, engine, decision, f"when-to-{name.replace('_', '-')}", stated, None, name)


def new_case(
    name: str, path: Path, folder: Path | None, base: tuple[Path, ...], *, stated: tuple[str, ...] = ()
) -> Plan:
    """Return a case at *path* that states what is *stated*, and expects what is said of it now.

    Raises `InputError`.
    """
    checked(name, KEBAB)
    plan = Plan(base, None) if folder is None else _pack_plan(folder, base)
    engine = plan.engine()
    case = engine.case(options=stated) if stated else engine.case("facts: {}")
    _add_case(plan, engine, path, words_of(name), case, None)
    return plan


def _with_rule(
    plan: Plan,
    engine: Engine,
    decision: Decision,
    name: str,
    stated: tuple[str, ...],
    tier: str | None,
    then: Value | None,
) -> Plan:
    """Return *plan* with a rule of *decision* that decides, and its case."""
    assert plan.folder is not None
    case = engine.case(options=stated) if stated else None
    given = dict(case.facts) if case else {}
    tested = {fact: value for fact, value in given.items() if not texts.states_money(engine.rulebase, fact)}
    if given and not tested:
        message = "a rule that compares sums holds in one currency alone"
        raise wrong(Code.CURRENCY_MISMATCH, message, "state another fact too, such as a share or a ratio")
    source = _source(plan, engine.rulebase)
    tested = tested or own_trigger(engine.rulebase, plan.copy or plan.folder)
    if not tested:
        trigger = fact_name(name, engine.rulebase)
        entry = texts.flag_entry(trigger, words_of(name), f"Does this hold: {words_of(name)}?", source)
        _put(plan, plan.folder / FACTS, "facts", trigger, entry)
        tested = {trigger: True}
        engine = plan.engine()
        decision = engine.rulebase.decisions[decision.name]
    found = start(
        engine.rulebase,
        decision,
        name,
        tested,
        stated=given,
        tier=tier,
        then=then,
        pack=plan.name,
        level=plan.level,
    )
    if found is None:
        facts = ", ".join(f"`{fact}`" for fact in tested)
        message = f"no case was found in which a new rule about {facts} would decide `{decision.name}`"
        raise wrong(Code.UNFIT_TEST, message, "state other facts with `-f`, or name another `--tier`")
    _add_rule(plan, engine, found, tested, source, case)
    return plan


def _add_rule(
    plan: Plan, engine: Engine, found: Start, tested: Facts, source: str, case: Case | None = None
) -> None:
    assert plan.folder is not None
    rule, decision = found.rule, engine.rulebase.decisions[found.rule.decision]
    entry = texts.rule_entry(rule, decision, tested, source, BECAUSE)
    _put(plan, plan.folder / RULES, "rules", rule.path, entry)
    page = plan.text_of(plan.folder / PAGE) or f"# {words_of(plan.name)}\n"
    plan.change(plan.folder / PAGE, texts.with_line(page, texts.page_line(rule.path, BECAUSE)))
    with_it = Engine(with_rule(engine.rulebase, rule))
    told = replace(case, facts=found.facts) if case else _case(with_it, found.facts)
    path = plan.folder / CASES / f"{rule.name}.yaml"
    if path.exists():
        path = plan.folder / CASES / f"{rule.decision.replace('_', '-')}-{rule.name}.yaml"
    _add_case(plan, with_it, path, words_of(rule.name), told, rule)
    whole = plan.engine()
    plan.prove(whole)
    if _has_schema(plan):
        for name, text in schemas(whole.rulebase).items():
            plan.change(plan.folder / SCHEMA / name, text)


def _add_case(plan: Plan, engine: Engine, path: Path, title: str, case: Case, rule: Rule | None) -> None:
    verdict = engine.decide(case, what_if=rule is None)
    credited = [reason.rule for reason in verdict.fired if reason.is_deciding]
    rules = [rule.path] if rule else [path for path in credited if path.startswith(f"{REMEDY}/")]
    domains = {name: engine.rulebase.facts[name].domain for name in case.facts}
    facts = {name: _written(value, domains[name], case) for name, value in case.facts.items()}
    _add(plan, path, texts.case_file(title, facts, verdict, rules))
    if rule is None:
        plan.prove(engine)


def _written(value: Value, domain: Domain, case: Case) -> str:
    text = value_text(value)
    return f"{text} {case.currency}" if domain.kind is Kind.MONEY and case.currency else text


def _case(engine: Engine, facts: Facts) -> Case:
    return replace(engine.case("facts: {}"), facts=dict(sorted(facts.items())))


def _put(plan: Plan, path: Path, section: str, name: str, entry: str) -> None:
    """Plan *entry* under *section* of the file at *path*, or of one beside it where that cannot be."""
    text = plan.text_of(path)
    if text is None:
        _add(plan, path, f"{section}:\n{entry}")
        return
    longer = with_entry(text, section, name, entry)
    if longer is not None:
        plan.change(path, longer)
    else:
        beside = path.with_name(f"{path.stem}-{name.replace('/', '-')}.yaml")
        _add(plan, beside, f"{section}:\n{entry}")


def _add(plan: Plan, path: Path, text: str) -> None:
    """Plan a new file of YAML, its first line the schema that it follows, if its pack has one."""
    if plan.folder is not None and path.is_relative_to(plan.folder) and _has_schema(plan):
        inside = path.relative_to(plan.folder)
        name = CASE if inside.parts[0] == CASES else KNOWN
        text = texts.modeline("../" * (len(inside.parts) - 1) + f"{SCHEMA}/{name}") + text
    plan.add(path, text)


def _has_schema(plan: Plan) -> bool:
    path = (plan.folder or Path()) / SCHEMA / KNOWN
    return plan.folder is not None and (path in plan.files or path.is_file())


def _source(plan: Plan, rulebase: RuleBase) -> str:
    """Return a source that the pack lists and that can be cited whole; plan one if there is none."""
    assert plan.folder is not None
    for name, source in rulebase.sources.items():
        if plan.copy in Path(source.span.source.name).parents and not source.citable_lines:
            return name
    name = source_name(plan.name, rulebase)
    _put(plan, plan.folder / SOURCES, "sources", name, texts.source_entry(name, words_of(plan.name)))
    return name


def _pack_plan(folder: Path, base: tuple[Path, ...]) -> Plan:
    if not folder.is_dir():
        help = (
            "`amends new pack NAME` makes one" if not folder.exists() else "move it into a folder of its own"
        )
        message = f"there is no folder `{folder}`" if not folder.exists() else f"`{folder}` is no folder"
        raise wrong(Code.FILE_NOT_FOUND, message, help)
    return Plan(base, folder)
