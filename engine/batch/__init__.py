"""Many cases as rows of a table: each comes out in its place, decided, or refused with the reason."""

from __future__ import annotations

from amends.engine.batch.columns import DEFAULT, Layout, layout
from amends.engine.batch.deciding import Ground, decided
from amends.engine.batch.frames import decide_table
from amends.engine.batch.running import Told, decide_file, decide_folder
from amends.engine.batch.tables import FORMS, form_of

__all__ = [
    "DEFAULT",
    "FORMS",
    "Ground",
    "Layout",
    "Told",
    "decide_file",
    "decide_folder",
    "decide_table",
    "decided",
    "form_of",
    "layout",
]
