"""What an answer tells of the end, in bits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log2

from amends.engine.interview.sheet import Table


def shares(total: Sequence[float]) -> tuple[float, ...]:
    """Return *total* made to add up to one; all alike where it adds up to nothing."""
    whole = sum(total)
    return tuple(part / whole if whole else 1 / len(total) for part in total)


def entropy(chances: Iterable[float]) -> float:
    """Return how much there is to know, in bits.

    >>> entropy([0.5, 0.5]), entropy([1.0, 0.0])
    (1.0, 0.0)
    """
    return -sum(chance * log2(chance) for chance in chances if chance) + 0.0


def mutual(joint: Table) -> float:
    """Return how many bits the row tells of the column, on average.

    >>> mutual(((0.5, 0.0), (0.0, 0.5))), mutual(((0.25, 0.25), (0.25, 0.25)))
    (1.0, 0.0)
    """
    whole = sum(map(sum, joint))
    if not whole:
        return 0.0
    rows = [sum(row) / whole for row in joint]
    columns = [sum(column) / whole for column in zip(*joint, strict=True)]
    cells = [chance / whole for row in joint for chance in row]
    return max(0.0, entropy(rows) + entropy(columns) - entropy(cells))


def exchanged(ends: Sequence[str], moves: Sequence[Table]) -> tuple[str, ...]:
    """Return the end that an answer moves most, and the one that gains what that one loses."""
    size = range(len(ends))
    summed = [[round(sum(table[one][other] for table in moves), 12) for other in size] for one in size]
    first = max(size, key=lambda end: (summed[end][end], -end))
    second = min(size, key=lambda end: (summed[first][end], end))
    if summed[first][second] >= 0:
        return ()
    return tuple(ends[end] for end in sorted((first, second)))
