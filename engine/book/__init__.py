"""The rule book: everything that a rule base says, as pages of Markdown that follow from it alone."""

from amends.engine.book.cases import StoredCase, stored
from amends.engine.book.files import write_book
from amends.engine.book.pages import pages

__all__ = ["StoredCase", "pages", "stored", "write_book"]
