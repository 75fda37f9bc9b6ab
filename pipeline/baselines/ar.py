"""Autoregression: the next value as a linear function of the last ones, and of the season.

Its terms, its coefficients, and the forecasts that go on from their own forecasts. How the
coefficients are found, at all cutoffs of all series, is in `ar_all_cutoffs.py`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from pipeline.calendar import season_positions


@dataclass(frozen=True)
class ArTerms:
    """What the next value is a linear function of.

    y_t = c + b t + d_k(t) + sum_j phi_j y_(t-j) + e_t with d_1 = 0 (Hamilton 1994, section 5.2).

    Attributes:
        lags: how many values back.
        seasons: positions of the season that have a constant each, counted on the calendar: January
            is 1 of 12. With 1 there is one constant.
        trend: whether the value also moves by a slope each step; t is 1 at the series' first row.
    """

    lags: int
    seasons: int = 1
    trend: bool = False

    @property
    def count(self) -> int:
        """How many terms there are."""
        return self.trend + self.seasons + self.lags

    @property
    def names(self) -> tuple[str, ...]:
        """The terms in the order of their coefficients, as statsmodels names them.

        const, trend, s(k,m) for position k of m in the season (from 2: the first is in const), y.Lk
        for the value k rows back.
        """
        seasons = [f"s({k},{self.seasons})" for k in range(2, self.seasons + 1)]
        lags = [f"y.L{k}" for k in range(1, self.lags + 1)]
        return ("const", *(["trend"] if self.trend else []), *seasons, *lags)


@dataclass(frozen=True)
class ArFits:
    """The regressions of some folds.

    Attributes:
        terms: what they are of.
        coefficients: one per term, float64: in the unit of the target, those of lags without unit;
            a row of NaN where a fold has no regression.
        n_equations: the rows each was fitted on.
        reasons: why there is no regression; empty where there is one.
        notes: what is to be known about how it was solved; empty where nothing is.
    """

    terms: ArTerms
    coefficients: Float[np.ndarray, "folds terms"]
    n_equations: Int[np.ndarray, " folds"]
    reasons: list[str]
    notes: list[str]

    def of(self, folds: slice) -> "ArFits":
        """Some of the folds."""
        return ArFits(
            self.terms,
            self.coefficients[folds],
            self.n_equations[folds],
            self.reasons[folds],
            self.notes[folds],
        )


def recent_values(
    filled: Float[np.ndarray, " rows"], rows: Int[np.ndarray, " folds"], lags: int
) -> Float[np.ndarray, "folds lags"]:
    """The value of each cutoff and those before it, newest first; NaN before the first row.

    Args:
        filled: the target with its gaps filled as of their time, in its own unit.
        rows: the cutoff of each fold, inclusive.
        lags: how many values.
    """
    back = rows[:, None] - np.arange(lags)
    return np.where(back >= 0, filled[np.maximum(back, 0)], np.nan).astype(np.float64)


def ar_paths(
    fits: ArFits,
    recent: Float[np.ndarray, "folds lags"],
    *,
    rows: Int[np.ndarray, " folds"],
    first_steps: Int[np.ndarray, " folds"],
    horizon: int,
) -> Float[np.ndarray, "folds horizon"]:
    """Forecasts from the last values, each step from the forecasts before it; not clipped.

    Args:
        fits: the regression of each fold; the folds may be of many series.
        recent: the last values of each fold, newest first, in the unit of the target.
        rows: the cutoff of each fold as a row of its series, inclusive.
        first_steps: step number of row 0 of each fold's series.
        horizon: steps to forecast.

    Returns:
        float64 in the unit of the target; NaN without a regression or where a lag has no value, inf
        where it overflows.
    """
    const, slope, effects, lags = _parts(fits)
    values = [recent[:, k] for k in range(fits.terms.lags)]
    path = np.empty((len(rows), horizon))
    for ahead in range(horizon):
        row = rows + 1 + ahead
        position = season_positions(first_steps + row, fits.terms.seasons)
        value = const + effects[np.arange(len(rows)), position]
        if fits.terms.trend:
            value = value + slope * (row + 1)
        # Term by term, not a matrix product: its order of adding depends on the number of folds.
        for k, earlier in enumerate(values):
            value = value + lags[:, k] * earlier
        path[:, ahead] = value
        values = [value, *values[:-1]]
    return path


def _parts(
    fits: ArFits,
) -> tuple[
    Float[np.ndarray, " folds"],
    Float[np.ndarray, " folds"],
    Float[np.ndarray, "folds seasons"],
    Float[np.ndarray, "folds lags"],
]:
    """The constant, the slope, the effect of each season and of each lag."""
    terms, found = fits.terms, fits.coefficients
    seasons, lags = 1 + terms.trend, found.shape[1] - terms.lags
    slope = found[:, 1] if terms.trend else np.zeros(len(found))
    # The first season's effect is in const; without dummies it is the only one.
    effects = np.column_stack([np.zeros(len(found)), found[:, seasons:lags]])
    return found[:, 0], slope, effects, found[:, lags:]
