"""The decision engine: source, loading, rule base, network, chain, verdict, readers."""

from amends.engine.api import Engine, load
from amends.engine.case import Case
from amends.engine.diagnostics import Diagnostic, InputError
from amends.engine.verdict import Verdict

__all__ = ["Case", "Diagnostic", "Engine", "InputError", "Verdict", "load"]
