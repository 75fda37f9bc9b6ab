"""What is known of each row when it comes: the reference's error, the other columns' anomaly.

Row t of every array here depends on rows <= t only. A value is NaN where it is not known; a fit
divides by the spread of the same calendar month, which belongs to the fold and not to the row.
"""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.calendar import Dates, months_of_the_year
from pipeline.clean.observations import Series
from pipeline.rnn.settings import Correctable, Transform
from pipeline.rnn.standing import Standing
from pipeline.rnn.transform import to_scale
from pipeline.windows.mask import fill_as_of


@dataclass(frozen=True)
class Signals:
    """What a network may see of a series, before scaling.

    Attributes:
        values: a row each step, a column for the target and each exogenous one, float64; NaN where
            nothing is known.
        observed: whether the value comes from an observed cell, and not from a filled one.
        months: calendar month of each row, 0 to 11.
        ds: date of each row.
        standing: of a network of many series, how the series stands at each row (`standing.py`).
    """

    values: Float[np.ndarray, "rows columns"]
    observed: Bool[np.ndarray, "rows columns"]
    months: Int[np.ndarray, " rows"]
    ds: Dates
    standing: Standing | None = None

    def until(self, n_rows: int) -> "Signals":
        """Those of the first rows."""
        return Signals(
            self.values[:n_rows],
            self.observed[:n_rows],
            self.months[:n_rows],
            self.ds[:n_rows],
            self.standing and self.standing.until(n_rows),
        )


def same_rows(series: Series) -> Hashable:
    """Equal for series with equal rows: the seeds of a fold share the work on them."""
    digest = hashlib.blake2b(np.ascontiguousarray(series.values).tobytes()).digest()
    grid = (series.unique_id, series.freq, series.first_step, series.columns)
    return grid, series.values.shape, digest


def signals_of(
    series: Series,
    *,
    reference: Correctable,
    one_step: Float[np.ndarray, " rows"],
    season_length: int,
    transform: Transform = "none",
) -> Signals:
    """The signals of every row.

    Where a reference is corrected: its one-step error for the target, the anomaly from the mean of
    earlier rows in the same month for the other columns. With reference "none" the values
    themselves. Gaps are filled as of their time; the target is on the scale of the transform.

    Args:
        series: its rows up to the cutoff; the target first.
        reference: what is corrected, or "none".
        one_step: R(t, 1), what it forecasts for the row after each one.
        season_length: steps in a season.
        transform: the scale of the target.
    """
    filled = fill_as_of(series, season_length=season_length)
    months = months_of_the_year(series.steps, series.freq)
    values = filled.values.astype(np.float64)
    if reference != "none" and len(values):
        errors = one_step_errors(values[:, 0], one_step, transform=transform)
        others = [
            month_anomalies(values[:, c], filled.observed[:, c], months)
            for c in range(1, values.shape[1])
        ]
        values = np.column_stack([errors, *others])
    elif reference == "none":
        values[:, 0] = to_scale(transform, values[:, 0])
    return Signals(values, filled.observed & np.isfinite(values), months, series.ds)


def one_step_errors(
    filled: Float[np.ndarray, " rows"],
    one_step: Float[np.ndarray, " rows"],
    *,
    transform: Transform = "none",
) -> Float[np.ndarray, " rows"]:
    """g(y_t) - g(R(t-1, 1)): how far the reference missed each row, one row before; first row NaN.

    g is that of the transform; `one_step` holds R(t, 1).
    """
    missed = to_scale(transform, filled[1:]) - to_scale(transform, one_step[:-1])
    return np.concatenate([[np.nan], missed])


def month_anomalies(
    values: Float[np.ndarray, " rows"],
    observed: Bool[np.ndarray, " rows"],
    months: Int[np.ndarray, " rows"],
) -> Float[np.ndarray, " rows"]:
    """Each value less the mean of the observed rows before it in its calendar month.

    Where that month was not seen before: less the mean of all observed rows before. NaN where there
    is none.
    """
    everything = np.zeros(len(values), dtype=np.int64)
    same, before = (_mean_before(values, observed, group) for group in (months, everything))
    return values - np.where(np.isnan(same), before, same)


def _mean_before(
    values: Float[np.ndarray, " rows"],
    observed: Bool[np.ndarray, " rows"],
    groups: Int[np.ndarray, " rows"],
) -> Float[np.ndarray, " rows"]:
    """The mean of the observed rows before each row in its group, NaN where there is none.

    Running sums: a row's mean has the same bits however many rows come after it.
    """
    means = np.full(len(values), np.nan)
    for group in np.unique(groups):
        inside = groups == group
        seen = observed[inside]
        known = np.where(seen, values[inside], 0.0)
        total = np.concatenate([[0.0], np.cumsum(known)[:-1]])
        count = np.concatenate([[0], np.cumsum(seen)[:-1]])
        means[inside] = np.divide(total, count, out=np.full(len(known), np.nan), where=count > 0)
    return means
