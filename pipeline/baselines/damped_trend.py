"""Damped trend: a level and a trend that dies away, each followed at its own pace.

Without a season (Gardner and McKenzie 1985). The equations are in `smoothing.py`.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from pipeline.baselines.as_of import target_until
from pipeline.baselines.grid import Grid, Member, Together, by_series, fill_paths, grid_of
from pipeline.baselines.smoothing import Start, smoothed_paths
from pipeline.clean.observations import Series

TRENDS = ((0.0, 0.0), (0.1, 0.9), (0.1, 0.98), (0.3, 0.9), (0.3, 0.98))
"""beta and phi: no trend, some of which a half is left after 7 steps, some after 34 steps; with 0.3
the trend follows a turn soon, with 0.1 it is steady."""

GRID = grid_of((1.0, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.0), TRENDS)
"""55 points; where nothing could be judged yet, the last value without a trend."""


def damped_trend_paths(
    series: Sequence[Series],
    rows: Sequence[Int[np.ndarray, " _"]],
    *,
    horizon: int,
    season_length: int,
) -> list[Float[np.ndarray, "_ horizon"]]:
    """The level and what is left of the trend, at the grid's best point as of each cutoff.

    Args:
        series: their targets in their own units, NaN where nothing was observed.
        rows: the cutoffs of each, inclusive.
        horizon: steps to forecast.
        season_length: taken because all baselines are called alike; it changes nothing here.

    Returns:
        For each series float64 in the unit of its target; NaN before its first observed row, inf
        where something overflows.
    """
    members, begin = [], 0
    for one, own in zip(series, rows, strict=True):
        members += member_from(target_until(one, own), own, np.arange(begin, begin + len(own)))
        begin += len(own)
    paths = np.full((begin, horizon), np.nan)
    fill_paths(
        paths,
        members,
        points=len(GRID.alpha),
        forecast=lambda batch: smoothed_without_season(batch, GRID, horizon=horizon),
    )
    return by_series(paths, rows)


def member_from(
    values: Float[np.ndarray, " rows"],
    rows: Int[np.ndarray, " asked"],
    places: Int[np.ndarray, " asked"],
) -> list[Member]:
    """A series from its first observed row on; none where nothing is asked for after that row."""
    observed = np.flatnonzero(~np.isnan(values))
    first = int(observed[0]) if len(observed) else len(values)
    later = rows >= first
    return [Member(values[first:], rows[later] - first, places[later])] if later.any() else []


def smoothed_without_season(
    batch: Together, grid: Grid, *, horizon: int
) -> Float[np.ndarray, "asked horizon"]:
    """Forecasts from level and trend; they begin with the first value and no trend."""
    nothing = np.zeros(batch.values.shape[1])
    start = Start(0, batch.values[0], nothing, np.empty((0, len(nothing))))
    return smoothed_paths(batch, start, grid, horizon=horizon)
