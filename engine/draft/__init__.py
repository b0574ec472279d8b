"""The message to the client: blocks in the order of a skeleton, with the verdict's sums and dates."""

from amends.engine.draft.compose import Draft, draft
from amends.engine.draft.words import Blank

__all__ = ["Blank", "Draft", "draft"]
