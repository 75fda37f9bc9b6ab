"""What an error is divided by, so that errors of different series can be averaged.

The scales are known at the cutoff: they use rows <= cutoff only.
"""

import numpy as np
from jaxtyping import Float, Int

from pipeline.clean.observations import Series


def mase_scales(
    series: Series, rows: Int[np.ndarray, " cutoffs"], *, season_length: int
) -> Float[np.ndarray, " cutoffs"]:
    """Mean |y_t - y_(t-m)| over rows t <= cutoff at which both are observed, as of each cutoff.

    m is the season length: the mean absolute error that repeating the last season would have had
    (Hyndman and Koehler 2006, equation for seasonal data).

    Args:
        series: its target in its own unit, NaN where nothing was observed.
        rows: the cutoffs, inclusive; they may lie outside the series.
        season_length: steps in a season.

    Returns:
        float64 in the unit of the target; NaN where there is no such pair, or all differences are
        zero: nothing can be divided by it.
    """
    return _means_until(np.abs(_changes(series, season_length)), rows - season_length + 1)


def rmsse_scales(
    series: Series, rows: Int[np.ndarray, " cutoffs"], *, season_length: int
) -> Float[np.ndarray, " cutoffs"]:
    """Mean (y_t - y_(t-m))^2 over rows t <= cutoff at which both are observed; as `mase_scales`.

    Returns:
        float64 in the squared unit of the target; NaN where `mase_scales` is, and where float64
        does not hold the squares (differences above 1e154, or all below 1e-162).
    """
    with np.errstate(over="ignore"):
        return _means_until(_changes(series, season_length) ** 2, rows - season_length + 1)


def _changes(series: Series, season_length: int) -> Float[np.ndarray, " pairs"]:
    """y_t - y_(t-m) of each row from the m-th on, NaN where one of the two was not observed."""
    y = series.y.astype(np.float64)
    return y[season_length:] - y[: max(len(y) - season_length, 0)]


def _means_until(
    sizes: Float[np.ndarray, " pairs"], ends: Int[np.ndarray, " cutoffs"]
) -> Float[np.ndarray, " cutoffs"]:
    """Mean of sizes[:end] without its NaN, for each end; NaN where that is no positive number."""
    seen = ~np.isnan(sizes)
    # A leading zero stands for the cutoffs before the first pair.
    total = np.concatenate([[0.0], np.cumsum(np.where(seen, sizes, 0.0))])
    count = np.concatenate([[0], np.cumsum(seen)])
    ends = np.clip(ends, 0, len(sizes))
    sums, counts = total[ends], count[ends]
    usable = (sums > 0) & (sums < np.inf)
    return np.divide(sums, counts, out=np.full(len(ends), np.nan), where=usable)
