"""Templates of messages: text with `{{ names }}` in it, from packs that are not trusted.

A template is text and names and nothing else: what could loop, call or reach into a value is
refused when it is read, and what is left is rendered in Jinja's sandbox, with plain strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from amends.engine.diagnostics import Code, Problems, Span, did_you_mean, listed
from amends.engine.rulebase import RuleBase

if TYPE_CHECKING:
    from jinja2 import Template, nodes
    from jinja2.sandbox import SandboxedEnvironment

LONGEST_TEXT = 8_000
"""Characters of a rendered block; a word that the asker fills in has far fewer."""


class TooLong(Exception):
    """A template grew beyond `LONGEST_TEXT`."""


@cache
def _environment() -> SandboxedEnvironment:
    # Here, because only a draft and a check pay for the import.
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    for group in (environment.globals, environment.filters, environment.tests):
        group.clear()
    return environment


def check_templates(rulebase: RuleBase, problems: Problems) -> None:
    """Report every template that cannot be read, does more than fill in, or names an unknown word."""
    messages = rulebase.messages
    for block in messages.blocks.values():
        for variant in block.variants:
            _check(variant.text, variant.span, messages.words, problems)


def _check(text: str, span: Span, words: Iterable[str], problems: Problems) -> None:
    from jinja2 import TemplateSyntaxError

    try:
        tree = _environment().parse(text)
    except TemplateSyntaxError as error:
        reason = (error.message or "it breaks off").lower().rstrip(".")
        help = "write a name between `{{` and `}}`"
        problems.add(Code.BROKEN_TEMPLATE, f"this template cannot be read: {reason}", span, help=help)
        return
    except RecursionError:
        problems.add(Code.BROKEN_TEMPLATE, "this template is nested without end", span, help="write text")
        return
    if more := _beyond_names(tree):
        message = f"a template fills in names and does nothing else, and this one has a {more}"
        help = "write another variant with a `when:` of its own"
        problems.add(Code.BROKEN_TEMPLATE, message, span, help=help)
        return
    for name in sorted(_names(tree) - set(words)):
        help = did_you_mean(name, words) or f"one of {listed(sorted(words), 30)}"
        problems.add(Code.UNKNOWN_NAME, f"no word is called `{name}`", span, help=help)


def _beyond_names(tree: nodes.Template) -> str | None:
    """Return the first thing in *tree* that is neither text nor a name, in a plain word."""
    from jinja2 import nodes

    allowed = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name)
    waiting: list[nodes.Node] = [tree]
    for node in waiting:
        if not isinstance(node, allowed):
            return type(node).__name__.lower()
        waiting += node.iter_child_nodes()
    return None


def _names(tree: nodes.Template) -> Set[str]:
    from jinja2 import nodes

    return {node.name for node in tree.find_all(nodes.Name)}


@lru_cache(maxsize=1024)
def names_in(text: str) -> frozenset[str]:
    """Return the words that a template uses; it has been checked before."""
    return frozenset(_names(_environment().parse(text)))


@lru_cache(maxsize=1024)
def _compiled(text: str) -> Template:
    return _environment().from_string(text)


def render(text: str, words: Mapping[str, str]) -> str:
    """Return the template *text* with *words* in it. Raises `TooLong`."""
    length = 0
    parts: list[str] = []
    for part in _compiled(text).generate(dict(words)):
        length += len(part)
        if length > LONGEST_TEXT:
            raise TooLong
        parts.append(part)
    return "".join(parts)
