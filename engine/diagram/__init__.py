"""The compiled form of a rule base: one diagram answers for every possible case at once."""

from amends.engine.diagram.compiling import IMPOSSIBLE, Compiled, Diagrams, Given, decisions_read
from amends.engine.diagram.forest import NO, YES, Forest, NotFinished
from amends.engine.diagram.keeping import whole
from amends.engine.diagram.parting import Parting, partings
from amends.engine.diagram.reading import Exact, cells_of, cells_of_measure, contradicting, read_exactly
from amends.engine.diagram.space import Space, Variable, space_of

__all__ = [
    "IMPOSSIBLE",
    "NO",
    "YES",
    "Compiled",
    "Diagrams",
    "Exact",
    "Forest",
    "Given",
    "NotFinished",
    "Parting",
    "Space",
    "Variable",
    "cells_of",
    "cells_of_measure",
    "contradicting",
    "decisions_read",
    "partings",
    "read_exactly",
    "space_of",
    "whole",
]
