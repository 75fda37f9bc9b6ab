"""Forecasts held against what came true: the table of scores, a row per point.

No number is averaged here; that is the leaderboard's.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from pipeline import tables
from pipeline.calendar import steps_of
from pipeline.clean.observations import Observations
from pipeline.errors import InputError
from pipeline.scores.same_points import check_same_points
from pipeline.scores.scale import mase_scales, rmsse_scales


class _Places(NamedTuple):
    """Where the rows of the forecasts lie in the observations.

    Attributes:
        names: the series that are forecast.
        series: of each row its number in `names`.
        row: of each row the row of that series to which ds belongs.
        cutoff: the row of that series to which its cutoff belongs.
    """

    names: list[str]
    series: Int[np.ndarray, " points"]
    row: Int[np.ndarray, " points"]
    cutoff: Int[np.ndarray, " points"]


def score_forecasts(
    forecasts: pd.DataFrame, observations: Observations, *, season_length: int
) -> pd.DataFrame:
    """A row per forecast whose actual is observed, in the order of the forecasts.

    A step whose actual is missing or not known yet has no row.

    Args:
        forecasts: the columns of `tables.FORECASTS`; the same points for every model.
        observations: the clean rows.
        season_length: steps in a season, for the scales.

    Returns:
        The columns of `tables.SCORES`.

    Raises:
        InputError: a series is not among the observations, a forecast is missing or not finite, a
            step does not lie where it says, or a model lacks points that another has.
    """
    _check_values(forecasts)
    places = _places(forecasts, observations)
    check_same_points(forecasts)
    actual = _actuals(places, observations)
    scores = forecasts.reset_index(drop=True)
    scores = scores.assign(y=actual, error=scores["y_hat"] - actual)
    scores = scores.assign(
        scale=_scales(places, observations, of=mase_scales, season_length=season_length),
        rmsse_scale=_scales(places, observations, of=rmsse_scales, season_length=season_length),
    )
    return scores.loc[~np.isnan(actual), tables.SCORES.names].reset_index(drop=True)


def _check_values(forecasts: pd.DataFrame) -> None:
    wrong = ~np.isfinite(forecasts["y_hat"].to_numpy(dtype=np.float64))
    if wrong.any():
        row = forecasts[wrong].iloc[0]
        raise InputError(
            f"{_fold_of(row)}: {row['model']} has no finite forecast for step {row['step']}; a "
            "failed model carries its reference's values and says so in status"
        )


def _places(forecasts: pd.DataFrame, observations: Observations) -> _Places:
    number, names = pd.factorize(forecasts["unique_id"])
    unknown = [str(n) for n in names if n not in observations.series]
    if unknown:
        raise InputError(f"series {unknown[0]} has forecasts but is not among the observations")
    first = np.array([observations.series[n].first_step for n in names], dtype=np.int64)
    at, cutoff = (
        steps_of(forecasts[c].to_numpy().astype("datetime64[ns]"), observations.freq)
        for c in ("ds", "cutoff")
    )
    wrong = (at - cutoff != forecasts["step"].to_numpy()) | (at <= cutoff)
    if wrong.any():
        row = forecasts[wrong].iloc[0]
        raise InputError(
            f"{_fold_of(row)}: {row['model']} calls {row['ds']} step {row['step']} "
            f"(freq {observations.freq}); a step counts from the cutoff, the next one is 1"
        )
    return _Places([str(n) for n in names], number, at - first[number], cutoff - first[number])


def _fold_of(row: pd.Series) -> str:
    return f"series {row['unique_id']}, cutoff {row['cutoff']}"


def _actuals(places: _Places, observations: Observations) -> Float[np.ndarray, " points"]:
    """What was observed at each point, NaN where nothing was or the series has no such row."""
    known = [observations.series[name].y for name in places.names]
    lengths = np.array([len(y) for y in known], dtype=np.int64)
    begins = np.cumsum(lengths) - lengths
    inside = (places.row >= 0) & (places.row < lengths[places.series])
    actual = np.full(len(inside), np.nan)
    if inside.any():
        actual[inside] = np.concatenate(known)[(begins[places.series] + places.row)[inside]]
    return actual


def _scales(
    places: _Places,
    observations: Observations,
    *,
    of: Callable[..., Float[np.ndarray, " cutoffs"]],
    season_length: int,
) -> Float[np.ndarray, " points"]:
    """The scale of each point's fold: `of` is `mase_scales` or `rmsse_scales`."""
    scale = np.full(len(places.row), np.nan)
    order = np.argsort(places.series, kind="stable")
    borders = np.searchsorted(places.series[order], np.arange(1, len(places.names)))
    for name, points in zip(places.names, np.split(order, borders), strict=False):
        series = observations.series[name]
        scale[points] = of(series, places.cutoff[points], season_length=season_length)
    return scale
