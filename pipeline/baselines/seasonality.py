"""Whether a series repeats after a season: a test of its autocorrelation, as of any row."""

import numpy as np
from jaxtyping import Bool, Float, Int

TAIL = 1.6448536269514722
"""The 95 % quantile of the normal distribution: a test at 90 %, of both sides."""

SEASONS = 3
"""Fewer seasons of observed values are not tested."""


def is_seasonal(
    values: Float[np.ndarray, " rows"], rows: Int[np.ndarray, " asked"], season_length: int
) -> Bool[np.ndarray, " asked"]:
    """Whether the autocorrelation one season back is above what a series without season shows.

    r_m > 1.645 sqrt((1 + 2 (r_1^2 + ... + r_(m-1)^2)) / n), Bartlett's error of r_m (Box and
    Jenkins 1976, section 2.1.6). r_k is the sum of products of pairs k rows apart, as deviations
    from the mean of the values so far, over their sum of squares; pairs with a gap are left out.

    Args:
        values: NaN where missing; the first is observed.
        rows: as of which it is tested.
        season_length: m.

    Returns:
        False with fewer than three seasons of observed values, and for a constant.
    """
    seen = ~np.isnan(values)
    counts = np.cumsum(seen)[rows]
    enough = counts >= SEASONS * season_length
    above = np.zeros(len(rows), dtype=bool)
    if enough.any():
        above[enough] = _is_above(values, seen, rows[enough], counts[enough], season_length)
    return above


def _is_above(
    values: Float[np.ndarray, " rows"],
    seen: Bool[np.ndarray, " rows"],
    rows: Int[np.ndarray, " asked"],
    counts: Int[np.ndarray, " asked"],
    season_length: int,
) -> Bool[np.ndarray, " asked"]:
    """The test itself, as of rows with several seasons of values."""
    # Less the first value: sums of squares far above their variance would lose digits.
    shifted = np.where(seen, values - values[0], 0.0)
    mean = np.cumsum(shifted)[rows] / counts
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        square = _products(shifted, seen, 0, rows, mean)
        near = np.zeros(len(rows))
        for back in range(1, season_length):
            near += (_products(shifted, seen, back, rows, mean) / square) ** 2
        season = _products(shifted, seen, season_length, rows, mean) / square
        return season > TAIL * np.sqrt((1 + 2 * near) / counts)


def _products(
    values: Float[np.ndarray, " rows"],
    seen: Bool[np.ndarray, " rows"],
    back: int,
    rows: Int[np.ndarray, " asked"],
    mean: Float[np.ndarray, " asked"],
) -> Float[np.ndarray, " asked"]:
    """Sums over pairs `back` rows apart up to each row, of deviations from the mean as of it."""
    both = np.zeros(len(values), dtype=bool)
    both[back:] = seen[back:] & seen[: len(seen) - back]
    earlier = np.zeros(len(values))
    earlier[back:] = values[: len(values) - back]
    products, sums, counts = (
        np.cumsum(np.where(both, part, 0.0))[rows]
        for part in (values * earlier, values + earlier, np.ones(len(values)))
    )
    return products - mean * sums + counts * mean**2
