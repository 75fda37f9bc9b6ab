"""A long line in few points, so that it looks the same: first, last and every extreme are kept."""

import numpy as np
from jaxtyping import Float, Int

POINTS = 2000
"""Points of a line at most: more than a picture has pixels."""


def thin(y: Float[np.ndarray, " rows"], *, points: int = POINTS) -> Int[np.ndarray, " kept"]:
    """Which rows to draw: of each equal part of the line its lowest and its highest value.

    Args:
        y: the line, in order; NaN where it has a gap.
        points: rows to keep at most; at least 4.

    Returns:
        Rows in order, without repetition: the first, the last, the lowest, the highest, and one
        row of every part without a value, so that long gaps stay gaps.
    """
    assert points >= 4, "first, last, lowest and highest"
    rows = np.arange(len(y), dtype=np.int64)
    if len(y) <= points:
        return rows
    parts = np.array_split(rows, (points - 2) // 2)
    kept = [row for part in parts for row in _extremes(y, part)]
    return np.unique(np.array([rows[0], *kept, rows[-1]], dtype=np.int64))


def _extremes(y: Float[np.ndarray, " rows"], part: Int[np.ndarray, " part"]) -> list[int]:
    values = y[part]
    if np.isnan(values).all():
        return [int(part[0])]
    return [int(part[np.nanargmin(values)]), int(part[np.nanargmax(values)])]


def spread_out(count: int, most: int) -> Int[np.ndarray, " chosen"]:
    """At most `most` of `count` places, evenly, the first and the last among them."""
    if count <= most:
        return np.arange(count, dtype=np.int64)
    return np.unique(np.linspace(0, count - 1, most).round().astype(np.int64))
