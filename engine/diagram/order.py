"""The order in which the diagrams of the shipped base ask, found once by trying; it changes speed alone."""

LEARNED: tuple[str, ...] = ()
