"""What skill is measured against: found before the first cutoff.

A mean over all earlier years is a straw man where the level moves, and where days have a pattern of
the week. Both are forecast from rows before the first cutoff only, and the smaller error decides.
Of less than a year there is no earlier year: climatology is then one mean of all rows, and has to
be clearly better to be left.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.baselines.climatology import climatology_paths
from pipeline.baselines.naive import seasonal_naive_paths
from pipeline.calendar import Freq
from pipeline.clean.observations import Observations, Series
from pipeline.declaration import DataSet
from pipeline.scaffold.cutoffs import has_whole_season

_ORIGINS = 60
"""Rows that are forecast from, at most."""

_CLEARLY = 1.1
"""How many times the error of the other one is clearly more."""

_YEAR: dict[Freq, int] = {"MS": 12, "QS": 4, "W": 52, "D": 365}
"""Steps in a year."""

_LOOKED_AT = 200
"""Series that are looked at, at most."""

_LISTED = 20
"""Series that are named one by one, at most; beyond, the greater part decides for all."""


@dataclass(frozen=True)
class Reference:
    """The simple forecast to beat.

    Attributes:
        declared: as under `reference:`; None for climatology everywhere.
        ratio: the usual error of climatology, as a multiple of that of seasonal_naive, among the
            series that use seasonal_naive.
        is_under_a_year: whether no series has a year of rows.
    """

    declared: str | dict[str, str] | None
    ratio: float = 1.0
    is_under_a_year: bool = False


CLIMATOLOGY = Reference(None)
"""The mean of the same time of the year, for every series."""


def find_reference(data_set: DataSet, observations: Observations, *, before: int) -> Reference:
    """Whether climatology or seasonal_naive is the forecast to beat, for each series.

    Of less than a year seasonal_naive is, unless climatology is clearly better.

    Args:
        data_set: what is declared.
        observations: the clean rows.
        before: the step of the first cutoff; rows from it on are not looked at.
    """
    young = is_under_a_year(observations, until=observations.last_step)
    climatology = Reference(None, is_under_a_year=young)
    if "seasonal_naive" not in data_set.baselines:
        return climatology
    names = list(observations.series)
    looked_at = names[:: max(1, len(names) // _LOOKED_AT)][:_LOOKED_AT]
    ratios = {
        name: _ratio(observations.series[name], data_set, before=before) for name in looked_at
    }
    limit = 1 / _CLEARLY if young else _CLEARLY
    moving = [name for name in looked_at if ratios[name] > limit]
    if not moving or (len(names) > _LISTED and len(moving) <= len(looked_at) / 2):
        return climatology
    ratio = float(np.median([ratios[name] for name in moving]))
    if len(moving) == len(looked_at) or len(names) > _LISTED:
        return Reference("seasonal_naive", ratio, young)
    return Reference(dict.fromkeys(moving, "seasonal_naive"), ratio, young)


def is_under_a_year(observations: Observations, *, until: int) -> bool:
    """Whether the first row of all series is less than a year before a step."""
    first = min(series.first_step for series in observations.series.values())
    return until - first + 1 < _YEAR[observations.freq]


def _ratio(series: Series, data_set: DataSet, *, before: int) -> float:
    """Mean absolute error of climatology over that of seasonal_naive.

    1 where there are too few rows, 0 where seasonal_naive has no season to repeat.
    """
    rows = before - series.first_step
    y = series.y[: max(rows, 0)]
    season, horizon = data_set.season, data_set.horizon
    if not has_whole_season(series, season, until=before - 1):
        return 0.0
    if len(y) < 2 * season + horizon:
        return 1.0
    known = Series(series.unique_id, series.freq, series.first_step, ("y",), y[:, None])
    # From the later half: the first years of a climatology are not what it will be.
    start = max(season, len(y) // 2)
    origins = np.unique(np.linspace(start, len(y) - 1 - horizon, _ORIGINS).astype(np.int64))
    actual = y[origins[:, None] + 1 + np.arange(horizon)]
    errors = [
        np.abs(paths(known, origins, horizon=horizon, season_length=season) - actual)
        for paths in (climatology_paths, seasonal_naive_paths)
    ]
    both = np.isfinite(errors[0]) & np.isfinite(errors[1])
    if not both.any():
        return 1.0
    climatology, seasonal = (float(error[both].mean()) for error in errors)
    return climatology / seasonal if seasonal > 0 else (np.inf if climatology > 0 else 1.0)
