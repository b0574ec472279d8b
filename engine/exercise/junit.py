"""What became of stored cases as JUnit's XML, which build servers read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

_NO_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


@dataclass(frozen=True)
class Held:
    """A case that was held to what it expects; `failure` says what it does not meet, None if nothing.

    `is_silent` is true of a case that expects nothing, and was held to the claims alone. `name` tells apart
    what stands in one file, such as the examples beside rules.
    """

    path: Path
    failure: str | None
    is_silent: bool = False
    name: str | None = None


def junit(held: Sequence[Held]) -> str:
    """Return *held* as one test suite, a class for each folder; no times, so that a report stays the same.

    >>> print(junit([Held(Path("cases/late.yaml"), None), Held(Path("cases/lost.yaml"), "no <b>")]))
    <?xml version='1.0' encoding='utf-8'?>
    <testsuites>
      <testsuite name="amends" tests="2" failures="1" errors="0" skipped="0">
        <testcase classname="cases" name="late" file="cases/late.yaml" />
        <testcase classname="cases" name="lost" file="cases/lost.yaml">
          <failure message="no &lt;b&gt;">no &lt;b&gt;</failure>
        </testcase>
      </testsuite>
    </testsuites>
    """
    suites = ElementTree.Element("testsuites")
    failures = sum(each.failure is not None for each in held)
    suite = ElementTree.SubElement(
        suites,
        "testsuite",
        name="amends",
        tests=str(len(held)),
        failures=str(failures),
        errors="0",
        skipped="0",
    )
    for each in held:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=_text(".".join(each.path.parent.parts)),
            name=_text(each.name or each.path.stem),
            file=_text(each.path.as_posix()),
        )
        if each.failure is not None:
            failure = ElementTree.SubElement(case, "failure")
            failure.text = _text(each.failure)
            failure.set("message", failure.text.splitlines()[0] if failure.text else "")
        elif each.is_silent:
            ElementTree.SubElement(case, "system-out").text = "no `expect`, held to the claims alone"
    ElementTree.indent(suites)
    return "<?xml version='1.0' encoding='utf-8'?>\n" + ElementTree.tostring(suites, encoding="unicode")


def _text(text: str) -> str:
    """Return *text* without what XML can hold in no way."""
    return _NO_XML.sub("\ufffd", text)
