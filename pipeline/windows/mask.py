"""Gaps: where they are, and what a network sees in their place, known at that row.

A missing input is the mean of the same season so far; before there is one, the last observed value;
before that, nothing. Targets are never filled.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from pipeline.calendar import season_positions
from pipeline.clean.observations import Series

Values = Float[np.ndarray, "rows columns"]


class Filled(NamedTuple):
    """A series without gaps, except before a column's first observed value.

    Attributes:
        values: in the units of the source; NaN only before the first observed value of a column.
        observed: where a value was observed and not filled.
    """

    values: Float[np.ndarray, "rows columns"]
    observed: Bool[np.ndarray, "rows columns"]


def fill_as_of(series: Series, *, season_length: int) -> Filled:
    """Fill each gap from the rows before it; later rows change no bit of it.

    The sums run row after row (`cumsum` never adds in pairs), so a prefix of a series is filled
    exactly as the whole.

    Args:
        series: a series on its grid, NaN where nothing was observed.
        season_length: steps in a season.
    """
    observed = ~np.isnan(series.values)
    mean = _season_mean(series, observed, season_length=season_length)
    # A sum beyond float64 has no mean: the last observed value is at least a value of the series.
    stand_in = np.where(np.isfinite(mean), mean, _last_observed(series.values, observed))
    return Filled(np.where(observed, series.values, stand_in), observed)


def _season_mean(
    series: Series, observed: Bool[np.ndarray, "rows columns"], *, season_length: int
) -> Values:
    """Mean of the observed values of the same season up to each row; NaN where there are none."""
    rows, columns = series.values.shape
    before = int(season_positions(np.array(series.first_step), season_length))
    seasons = -(-(before + rows) // season_length)
    seen = np.zeros((seasons * season_length, 2, columns))
    seen[before : before + rows, 0] = np.where(observed, series.values, 0.0)
    seen[before : before + rows, 1] = observed
    by_season = seen.reshape(seasons, season_length, 2, columns)
    with np.errstate(over="ignore", invalid="ignore"):
        sums = np.cumsum(by_season, axis=0).reshape(seen.shape)[before : before + rows]
        return sums[:, 0] / sums[:, 1]


def _last_observed(values: Values, observed: Bool[np.ndarray, "rows columns"]) -> Values:
    """The last observed value at or before each row; NaN where there is none."""
    rows = np.where(observed, np.arange(len(values))[:, None], 0)
    return np.take_along_axis(values, np.maximum.accumulate(rows, axis=0), axis=0)
