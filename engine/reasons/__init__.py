"""Why a case is decided as it is, why not otherwise, and the smallest changes that would decide it so."""

from amends.engine.reasons.changes import Change, Flip, Flips, flips
from amends.engine.reasons.elsewhere import Attempt, Failed, Miss, Victor, WhyNot, why_not
from amends.engine.reasons.place import Standing, standing
from amends.engine.reasons.shortest import Forcing, Given, forcing

__all__ = [
    "Attempt",
    "Change",
    "Failed",
    "Flip",
    "Flips",
    "Forcing",
    "Given",
    "Miss",
    "Standing",
    "Victor",
    "WhyNot",
    "flips",
    "forcing",
    "standing",
    "why_not",
]
