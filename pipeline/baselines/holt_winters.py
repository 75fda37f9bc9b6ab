"""Holt-Winters: level, trend and season, each followed at its own pace (Winters 1960).

On logarithms where all values so far are positive: what is added there is a factor here. With a
season only where the values repeat after one. The equations are in `smoothing.py`, the test for a
season in `seasonality.py`.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.baselines.as_of import mean_of, target_until
from pipeline.baselines.damped_trend import member_from, smoothed_without_season
from pipeline.baselines.grid import Grid, Member, Together, by_series, fill_paths, grid_of
from pipeline.baselines.seasonality import is_seasonal
from pipeline.baselines.smoothing import Start, smoothed_paths
from pipeline.clean.observations import Series

ALPHAS = (0.9, 0.6, 0.4, 0.2, 0.1, 0.05, 0.0)
"""Of the level; with 0 it is the mean of all values so far."""

TRENDS = ((0.0, 0.0), (0.1, 0.9), (0.1, 0.98), (0.05, 1.0))
"""beta and phi: no trend, two that die away, one that goes on for ever."""

GAMMAS = (0.0, 0.1, 0.25, 0.5)
"""Shares of 1 - alpha; with 0 the season is the mean of all so far."""

GRID = grid_of(ALPHAS, TRENDS, GAMMAS)
"""112 points with a season."""

GRID_WITHOUT_SEASON = grid_of(ALPHAS, TRENDS)
"""28 points."""


class _Kind(NamedTuple):
    """On what scale, and whether with a season."""

    logs: bool
    seasonal: bool


def holt_winters_paths(
    series: Sequence[Series],
    rows: Sequence[Int[np.ndarray, " _"]],
    *,
    horizon: int,
    season_length: int,
) -> list[Float[np.ndarray, "_ horizon"]]:
    """Level, trend and season continued, at the grid's best point as of each cutoff.

    On logarithms as of a cutoff where all values <= it are positive: the forecast is then a median
    rather than a mean. With a season as of a cutoff where at least three seasons of values are
    there and they repeat (`seasonality.py`); else with level and trend alone.

    Args:
        series: their targets in their own units, NaN where nothing was observed.
        rows: the cutoffs of each, inclusive.
        horizon: steps to forecast.
        season_length: steps in a season.

    Returns:
        For each series float64 in the unit of its target; NaN before its first observed row, inf
        where something overflows.
    """
    members: dict[_Kind, list[Member]] = {
        _Kind(logs, seasonal): [] for logs in (False, True) for seasonal in (False, True)
    }
    begin = 0
    for one, own in zip(series, rows, strict=True):
        places = np.arange(begin, begin + len(own))
        begin += len(own)
        for member in member_from(target_until(one, own), own, places):
            for kind, part in _kinds_of(member, season_length):
                members[kind].append(part)
    paths = np.full((begin, horizon), np.nan)
    for kind, some in members.items():
        grid = GRID if kind.seasonal else GRID_WITHOUT_SEASON
        forecast = partial(_forecast, kind=kind, grid=grid, horizon=horizon, season=season_length)
        fill_paths(paths, some, points=len(grid.alpha), forecast=forecast)
    return by_series(paths, rows)


def _kinds_of(member: Member, season_length: int) -> list[tuple[_Kind, Member]]:
    """The cutoffs of a series by how they are forecast; values on that scale."""
    positive = np.cumsum(member.values <= 0) == 0
    found = []
    for logs in (True, False):
        asked = positive[member.rows] == logs
        if not asked.any():
            continue
        values = member.values
        if logs:
            # What is not positive lies after every cutoff of this part.
            values = np.log(np.where(positive, values, np.nan))
        repeats = is_seasonal(values, member.rows[asked], season_length)
        for seasonal in (False, True):
            own = np.flatnonzero(asked)[repeats == seasonal]
            if len(own):
                part = Member(values, member.rows[own], member.places[own])
                found.append((_Kind(logs, seasonal), part))
    return found


def _forecast(
    batch: Together, *, kind: _Kind, grid: Grid, horizon: int, season: int
) -> Float[np.ndarray, "asked horizon"]:
    """The forecasts of some cutoffs of one kind, in the unit of the target."""
    if kind.seasonal:
        start = first_seasons(batch.values, season)
        paths = smoothed_paths(batch, start, grid, horizon=horizon)
    else:
        paths = smoothed_without_season(batch, grid, horizon=horizon)
    return np.exp(paths) if kind.logs else paths


def first_seasons(values: Float[np.ndarray, "rows members"], season_length: int) -> Start:
    """Level, trend and season of the first two seasons, as of their last row.

    The trend is the difference of the two seasons' means over a season's rows; the season the mean
    of what lies above the line through them. A place of the season without a value in both begins
    at 0.

    Args:
        values: at least two seasons of rows, NaN where missing.
        season_length: rows of a season.
    """
    two = values[: 2 * season_length].reshape(2, season_length, -1)
    seen = ~np.isnan(two)
    means = _mean_along(two, seen, axis=1)
    means = np.where(np.isnan(means), means[::-1], means)
    trend = (means[1] - means[0]) / season_length
    after_the_middle = np.arange(2 * season_length) - (season_length - 0.5)
    middle = means[0] + (means[1] - means[0]) / 2
    line = middle + after_the_middle[:, None] * trend
    above = _mean_along(two - line.reshape(two.shape), seen, axis=0)
    seasons = np.where(np.isnan(above), 0.0, above)
    return Start(2 * season_length - 1, line[-1], trend, seasons)


def _mean_along(
    values: Float[np.ndarray, "two season members"],
    seen: Bool[np.ndarray, "two season members"],
    *,
    axis: int,
) -> Float[np.ndarray, "_ members"]:
    """The mean of what was seen along an axis, added one after the other; NaN where nothing was.

    numpy's own sum adds in an order that depends on how many series there are.
    """
    totals = np.cumsum(np.where(seen, values, 0.0), axis=axis)
    counts = np.cumsum(seen, axis=axis, dtype=np.float64)
    return mean_of(np.take(totals, -1, axis=axis), np.take(counts, -1, axis=axis))
