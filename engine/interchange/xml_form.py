"""XML as a tree of elements with their places, from files that nobody vouches for."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from amends.engine.diagnostics import Code, Diagnostic, InputError, Source, Span
from amends.engine.interchange.files import NeedsLibrary, refused

MOST_ELEMENTS = 150_000
DEEPEST = 60

_ENCODING = re.compile(r"<\?xml[^>]*\bencoding\s*=\s*[\"']([^\"']*)[\"']")
_UNFIT = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Element:
    """An element: its namespace and name, attributes by bare name, text, and what is in it."""

    namespace: str
    name: str
    attributes: Mapping[str, str]
    span: Span
    children: list[Element] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Element]:
        """Yield the children of that name, in its own namespace."""
        return (child for child in self.children if child.name == name and child.namespace == self.namespace)

    def one(self, name: str) -> Element | None:
        """Return the first child of that name, in its own namespace."""
        return next(self.all(name), None)

    @property
    def text(self) -> str:
        """The text directly in it."""
        return "".join(self.parts).strip()

    def get(self, name: str) -> str:
        """Return an attribute, empty if it is not there."""
        return self.attributes.get(name, "")

    def text_of(self, name: str) -> str:
        """Return the text of the first child of that name, empty if there is none."""
        child = self.one(name)
        return child.text if child is not None else ""


def read_xml(source: Source) -> Element:
    """Return the root of an XML document without document type and entities. Raises `InputError`."""
    try:
        from defusedxml import DefusedXmlException
        from defusedxml.expatreader import DefusedExpatParser
    except ImportError:
        raise NeedsLibrary("defusedxml") from None
    from xml.sax import SAXException, SAXParseException
    from xml.sax.handler import feature_namespaces
    from xml.sax.xmlreader import InputSource

    named = _ENCODING.match(source.text)
    if named and named[1].lower() not in ("utf-8", "utf8"):
        help = "save it as UTF-8"
        raise refused(Code.WRONG_ENCODING, f"this file says that it is `{named[1]}`", source.name, help)
    parser = DefusedExpatParser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    parser.setFeature(feature_namespaces, True)
    handler = _builder(source)
    parser.setContentHandler(handler)
    given = InputSource()
    given.setByteStream(io.BytesIO(source.text.encode()))
    given.setEncoding("utf-8")
    try:
        parser.parse(given)
    except DefusedXmlException:
        message = "a document type or an entity is not allowed"
        raise refused(Code.TAG_NOT_ALLOWED, message, source.name, "take out `<!DOCTYPE …>`") from None
    except SAXParseException as error:
        line, column = error.getLineNumber() or 1, (error.getColumnNumber() or 0) + 1
        span = Span(source, line, column, line, column + 1)
        message = f"this is no XML: {error.getMessage()}"
        help = "open it where it was made, and save it anew"
        raise InputError([Diagnostic(Code.WRONG_SHAPE, message, span, help=help)]) from None
    except SAXException as error:
        raise refused(Code.WRONG_SHAPE, f"this is no XML: {error}", source.name, "save it anew") from None
    root: Element = handler.root
    return root


def _builder(source: Source) -> Any:
    """Return a handler that builds the tree, and stops where it gets too deep or too large."""
    from xml.sax.handler import ContentHandler

    class Builder(ContentHandler):
        def __init__(self) -> None:
            super().__init__()
            self.stack: list[Element] = []
            self.root: Element | None = None
            self.count = 0

        def setDocumentLocator(self, locator: Any) -> None:
            self.locator = locator

        def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: Any) -> None:
            line, column = self.locator.getLineNumber(), self.locator.getColumnNumber() + 1
            span = Span(source, line, column, line, column + 1)
            self.count += 1
            if self.count > MOST_ELEMENTS:
                message = f"more than {MOST_ELEMENTS:,} elements"
                raise InputError(
                    [Diagnostic(Code.TOO_MANY_NODES, message, span, help="export a decision alone")]
                )
            if len(self.stack) >= DEEPEST:
                message = f"nested more than {DEEPEST} levels"
                raise InputError([Diagnostic(Code.TOO_DEEP, message, span, help="a decision table is flat")])
            attributes = {key[1]: attrs.getValue(key) for key in attrs.getNames()}
            element = Element(name[0] or "", name[1], attributes, span)
            if self.stack:
                self.stack[-1].children.append(element)
            else:
                self.root = element
            self.stack.append(element)

        def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:
            self.stack.pop()

        def characters(self, content: str) -> None:
            if self.stack:
                self.stack[-1].parts.append(content)

    return Builder()


def escape(text: str) -> str:
    """Return *text* as it stands in XML, in an attribute too. Raises `ValueError` for a control character.

    >>> escape('a < "b"')
    'a &lt; &quot;b&quot;'
    """
    if _UNFIT.search(text):
        raise ValueError("a control character cannot stand in XML")
    signs = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    return re.sub('[&<>"]', lambda found: signs[found[0]], text)
