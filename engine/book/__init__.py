"""The rule book: everything that a rule base says, as pages of Markdown that follow from it alone."""
