"""What an error is divided by, so that errors of different series can be averaged.

The scale is known at the cutoff: it uses rows <= cutoff only.
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
    y = series.y.astype(np.float64)
    change = np.abs(y[season_length:] - y[: max(len(y) - season_length, 0)])
    seen = ~np.isnan(change)
    # A leading zero stands for the cutoffs before the first pair.
    total = np.concatenate([[0.0], np.cumsum(np.where(seen, change, 0.0))])
    count = np.concatenate([[0], np.cumsum(seen)])
    pairs = np.clip(rows - season_length + 1, 0, len(change))
    sums, counts = total[pairs], count[pairs]
    return np.divide(sums, counts, out=np.full(len(rows), np.nan), where=sums > 0)
