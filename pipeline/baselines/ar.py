"""Autoregression: the next value as a linear function of the last ones, and of the season.

Fitted by least squares on complete rows only; forecasts go on from their own forecasts. The numbers
are those of statsmodels' `AutoReg(y, lags, trend="c", seasonal=...)` where nothing is missing.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.calendar import season_positions
from pipeline.clean.observations import Series


class NotFittedError(Exception):
    """The rows up to the refit cutoff do not determine the coefficients; the message says why."""


@dataclass(frozen=True)
class ArFit:
    """The coefficients of one regression.

    Attributes:
        terms: const, then s(k,m) for position k of m in the season (from 2: the first is in const),
            then y.Lk for the value k rows back; the names of statsmodels.
        coefficients: one per term, float64: in the unit of the target, those of lags without unit.
        n_equations: the rows it was fitted on.
    """

    terms: tuple[str, ...]
    coefficients: Float[np.ndarray, " terms"]
    n_equations: int


def fit_ar(series: Series, row: int, *, lags: int, seasonal: bool, season_length: int) -> ArFit:
    """Least squares of y on a constant, season dummies and its last values.

    y_t = c + d_k(t) + sum_j phi_j y_(t-j) + e_t with d_1 = 0 (Hamilton 1994, section 5.2,
    conditional least squares), solved through the singular values of the regressors.

    Args:
        series: its target in its own unit, NaN where nothing was observed.
        row: the refit cutoff, inclusive; it may lie outside the series.
        lags: how many values back.
        seasonal: whether each position of the season has its own constant.
        season_length: positions in a season, counted on the calendar: January is 1 of 12.

    Raises:
        NotFittedError: fewer complete rows than one more than the coefficients, a position of the
            season without one, or values too large to solve for.
    """
    terms = _terms(lags=lags, seasonal=seasonal, season_length=season_length)
    y, positions = _complete_rows(series, row, lags=lags, season_length=season_length)
    if len(y) < len(terms) + 1:
        raise NotFittedError(f"AR({lags}) has {len(y)} complete rows for {len(terms)} coefficients")
    dummies = positions[:, None] == np.arange(1, season_length if seasonal else 1)
    if seasonal:
        _check_seasons(positions, lags=lags, season_length=season_length)
    regressors = np.column_stack([np.ones(len(y)), dummies, y[:, -2::-1]])
    try:
        coefficients = np.linalg.lstsq(regressors, y[:, -1], rcond=None)[0]
    except np.linalg.LinAlgError as error:
        raise NotFittedError(f"AR({lags}) cannot be solved: {error}") from error
    return ArFit(terms, coefficients, len(y))


def ar_paths(
    coefficients: Float[np.ndarray, "folds terms"],
    filled: Float[np.ndarray, " rows"],
    rows: Int[np.ndarray, " folds"],
    *,
    first_step: int,
    lags: int,
    horizon: int,
) -> Float[np.ndarray, "folds horizon"]:
    """Forecasts from the last filled values, each step from the forecasts before it; not clipped.

    Args:
        coefficients: of each fold, as `ArFit` holds them.
        filled: the target with its gaps filled as of their time, in its own unit.
        rows: the cutoff of each fold, inclusive.
        first_step: step number of row 0.
        lags: how many values back.
        horizon: steps to forecast.

    Returns:
        float64 in the unit of the target; NaN where a lag has no value, inf where it overflows.
    """
    const, effects, slopes = np.split(coefficients, [1, coefficients.shape[1] - lags], axis=1)
    # The first season's effect is in const; without dummies it is the only one.
    effects = np.column_stack([np.zeros_like(const), effects])
    recent = [np.where(rows >= k, filled[np.maximum(rows - k, 0)], np.nan) for k in range(lags)]
    path = np.empty((len(rows), horizon))
    for ahead in range(horizon):
        position = season_positions(first_step + rows + 1 + ahead, effects.shape[1])
        value = const[:, 0] + effects[np.arange(len(rows)), position]
        # Term by term, not a matrix product: its order of adding depends on the number of folds.
        for k in range(lags):
            value = value + slopes[:, k] * recent[k]
        path[:, ahead] = value
        recent = [value, *recent[:-1]]
    return path


def _terms(*, lags: int, seasonal: bool, season_length: int) -> tuple[str, ...]:
    seasons = range(2, season_length + 1) if seasonal else range(0)
    names = [f"s({k},{season_length})" for k in seasons]
    return ("const", *names, *(f"y.L{k}" for k in range(1, lags + 1)))


def _complete_rows(
    series: Series, row: int, *, lags: int, season_length: int
) -> tuple[Float[np.ndarray, "equations run"], Int[np.ndarray, " equations"]]:
    """Runs of lags + 1 observed values that end at or before the row, and where in the season."""
    y = series.y[: max(row + 1, 0)].astype(np.float64)
    if len(y) <= lags:
        return np.empty((0, lags + 1)), np.empty(0, dtype=np.int64)
    runs = sliding_window_view(y, lags + 1)
    whole = np.flatnonzero(~np.isnan(runs).any(axis=1))
    return runs[whole], season_positions(series.first_step + lags + whole, season_length)


def _check_seasons(
    positions: Int[np.ndarray, " equations"], *, lags: int, season_length: int
) -> None:
    """An unseen position would silently be forecast as if it were the first one."""
    unseen = np.setdiff1d(np.arange(season_length), positions)
    if len(unseen):
        raise NotFittedError(
            f"AR({lags}) has no complete row at position {unseen[0] + 1} of the season of "
            f"{season_length}"
        )
