"""The target up to the cutoffs, and the rows that are forecast from them.

Every baseline begins with these two. What is done with the values is in the file of each baseline.
"""

import numpy as np
from jaxtyping import Float, Int

from pipeline.clean.observations import Series


def target_until(
    series: Series, rows: Int[np.ndarray, " cutoffs"]
) -> Float[np.ndarray, " reached"]:
    """The target as float64, with missing rows behind it where a cutoff lies after the last row.

    Args:
        series: its target in its own unit, NaN where nothing was observed.
        rows: the cutoffs as rows of the series, 0 or more; with `max_staleness` a cutoff may lie
            after the last row.
    """
    assert len(rows) == 0 or rows.min() >= 0, "a cutoff before the series knows nothing"
    behind = int(rows.max(initial=-1)) + 1 - len(series.y)
    return np.pad(series.y.astype(np.float64), (0, max(behind, 0)), constant_values=np.nan)


def target_rows(
    rows: Int[np.ndarray, " cutoffs"], horizon: int
) -> Int[np.ndarray, "cutoffs horizon"]:
    """The rows that are forecast from each cutoff: cutoff + 1 to cutoff + horizon."""
    return rows[:, None] + 1 + np.arange(horizon)


def mean_of(
    total: Float[np.ndarray, "*shape"], count: Float[np.ndarray, "*shape"]
) -> Float[np.ndarray, "*shape"]:
    """The total divided by the count, NaN where nothing was counted."""
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)
