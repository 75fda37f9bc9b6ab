"""Forecasts that repeat what was seen last: a value, a season, the mean of a season.

Each is made for every cutoff asked, from rows <= that cutoff only; a cutoff's bytes do not depend
on which others are asked. What is averaged over all earlier years is in `climatology.py`.
"""

import numpy as np
from jaxtyping import Float, Int

from pipeline.baselines.as_of import mean_of, target_until
from pipeline.clean.observations import Series


def naive_paths(
    series: Series, rows: Int[np.ndarray, " cutoffs"], *, horizon: int, season_length: int
) -> Float[np.ndarray, "cutoffs horizon"]:
    """The last observed value, repeated.

    Args:
        series: its target in its own unit, NaN where nothing was observed.
        rows: the cutoffs, inclusive.
        horizon: steps to forecast.
        season_length: taken because all baselines are called alike; it changes nothing here.

    Returns:
        float64 in the unit of the target; NaN where nothing was observed yet.
    """
    y = target_until(series, rows)
    last = _last_observed(y[:, None])[rows]
    return np.repeat(_values_at(y, last), horizon, axis=1)


def seasonal_naive_paths(
    series: Series, rows: Int[np.ndarray, " cutoffs"], *, horizon: int, season_length: int
) -> Float[np.ndarray, "cutoffs horizon"]:
    """The last observed value at the same position of the season.

    Args:
        series: its target in its own unit, NaN where nothing was observed.
        rows: the cutoffs, inclusive.
        horizon: steps to forecast.
        season_length: steps in a season; two rows that lie a multiple of it apart share a position.

    Returns:
        float64 in the unit of the target; NaN where that position was never observed.
    """
    y = target_until(series, rows)
    y = np.pad(y, (0, -len(y) % season_length), constant_values=np.nan)
    last = _last_observed(y.reshape(-1, season_length)).ravel()
    newest = rows[:, None] - np.arange(-1, -horizon - 1, -1) % season_length
    return _values_at(y, np.where(newest >= 0, last[newest], -1))


def window_average_paths(
    series: Series, rows: Int[np.ndarray, " cutoffs"], *, horizon: int, season_length: int
) -> Float[np.ndarray, "cutoffs horizon"]:
    """The mean of what was observed in the last season, repeated.

    Args:
        series: its target in its own unit, NaN where nothing was observed.
        rows: the cutoffs, inclusive.
        horizon: steps to forecast.
        season_length: how many rows up to the cutoff are averaged.

    Returns:
        float64 in the unit of the target; NaN where none of these rows was observed.
    """
    y = target_until(series, rows)
    total, count = np.zeros(len(rows)), np.zeros(len(rows))
    # One row back after the other: a difference of running sums would carry the rounding of all
    # earlier rows, and a sum over an axis may add in an order that depends on the other cutoffs.
    for back in range(season_length):
        value = y[np.maximum(rows - back, 0)]
        counted = (rows >= back) & ~np.isnan(value)
        total += np.where(counted, value, 0.0)
        count += counted
    return np.repeat(mean_of(total, count)[:, None], horizon, axis=1)


def _last_observed(
    table: Float[np.ndarray, "seasons positions"],
) -> Int[np.ndarray, "seasons positions"]:
    """For each cell the number of the last observed one in its column down to it, -1 for none."""
    cells = np.arange(table.size).reshape(table.shape)
    return np.maximum.accumulate(np.where(np.isnan(table), -1, cells), axis=0)


def _values_at(
    y: Float[np.ndarray, " rows"], where: Int[np.ndarray, "*shape"]
) -> Float[np.ndarray, "*shape"]:
    """The values of these rows, NaN where the row is -1."""
    return np.where(where >= 0, y[where], np.nan)
