"""All baselines on all folds of a series: the one door to this folder.

The chain asks for the forecasts of folds, a network for the paths that it corrects. The formulas
are in the other files.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from pipeline.baselines.ar import ArFit, NotFittedError, ar_paths, fit_ar
from pipeline.baselines.climatology import climatology_paths
from pipeline.baselines.naive import naive_paths, seasonal_naive_paths, window_average_paths
from pipeline.baselines.settings import FITTED, BaselineSettings
from pipeline.clean.observations import Series

_PATHS: dict[str, Callable[..., Float[np.ndarray, "cutoffs horizon"]]] = {
    "naive": naive_paths,
    "seasonal_naive": seasonal_naive_paths,
    "climatology": climatology_paths,
    "window_average": window_average_paths,
}


@dataclass(frozen=True)
class BaselineForecasts:
    """What one baseline says about the folds of one series.

    Attributes:
        y_hat: float64 in the unit of the target; a row of NaN where the fold failed.
        reasons: why each fold failed; empty where it did not.
        fits: the regression used by each fold; None for baselines without coefficients and for
            folds whose regression could not be fitted.
    """

    y_hat: Float[np.ndarray, "folds horizon"]
    reasons: list[str]
    fits: list[ArFit | None]


def reference_paths(
    name: Literal["climatology", "seasonal_naive", "naive"],
    series: Series,
    rows: Int[np.ndarray, " cutoffs"],
    *,
    horizon: int,
    season_length: int,
) -> Float[np.ndarray, "cutoffs horizon"]:
    """The forecast that a network corrects, as of each of these rows.

    Returns:
        float64 in the unit of the target; NaN where nothing can be said yet, inf where a sum
        overflows. A row's bytes depend on rows <= it only, and on no other row that is asked for.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _PATHS[name](series, rows, horizon=horizon, season_length=season_length)


def forecast_baseline(
    settings: BaselineSettings,
    series: Series,
    filled_y: Float[np.ndarray, " filled_rows"],
    rows: Int[np.ndarray, " folds"],
    refit_rows: Int[np.ndarray, " folds"],
    *,
    horizon: int,
    season_length: int,
) -> BaselineForecasts:
    """The forecasts of one baseline for some folds of a series.

    Args:
        settings: with nothing left open, as `DataSet.baseline` gives them.
        series: its target in its own unit, NaN where nothing was observed.
        filled_y: the target with its gaps filled as of their time; the lags of a regression. It
            reaches the last cutoff.
        rows: the cutoff of each fold, inclusive; 0 or more.
        refit_rows: the row up to which each fold's regression is fitted, at most its cutoff; it
            may lie before the series. Read by ar and ar_seasonal alone.
        horizon: steps to forecast.
        season_length: steps in a season.
    """
    assert settings.model is not None, "resolve the settings with DataSet.baseline"
    fits: list[ArFit | None] = [None] * len(rows)
    failed = [""] * len(rows)
    with np.errstate(over="ignore", invalid="ignore"):
        if settings.model in FITTED:
            fits, failed = _fits(settings, series, rows, refit_rows, season_length=season_length)
            y_hat = _paths_of(fits, series, filled_y, rows, lags=settings.lags, horizon=horizon)
        else:
            paths = _PATHS[settings.model]
            y_hat = paths(series, rows, horizon=horizon, season_length=season_length)
    reasons = [why or said for why, said in zip(failed, _unsaid(y_hat), strict=True)]
    y_hat[[bool(why) for why in reasons]] = np.nan
    return BaselineForecasts(y_hat, reasons, fits)


def _fits(
    settings: BaselineSettings,
    series: Series,
    rows: Int[np.ndarray, " folds"],
    refit_rows: Int[np.ndarray, " folds"],
    *,
    season_length: int,
) -> tuple[list[ArFit | None], list[str]]:
    """The regression of each fold, or None and why; equal refit rows are fitted once."""
    assert settings.lags is not None, "resolve the settings with DataSet.baseline"
    assert (refit_rows <= rows).all(), "a regression fitted after the cutoff would leak"
    fits: dict[int, ArFit | None] = {}
    reasons: dict[int, str] = {}
    seasonal = settings.model == "ar_seasonal"
    for row in np.unique(refit_rows).tolist():
        fits[row], reasons[row] = None, ""
        try:
            fits[row] = fit_ar(
                series, row, lags=settings.lags, seasonal=seasonal, season_length=season_length
            )
        except NotFittedError as error:
            reasons[row] = str(error)
    asked = refit_rows.tolist()
    return [fits[row] for row in asked], [reasons[row] for row in asked]


def _paths_of(
    fits: list[ArFit | None],
    series: Series,
    filled_y: Float[np.ndarray, " filled_rows"],
    rows: Int[np.ndarray, " folds"],
    *,
    lags: int | None,
    horizon: int,
) -> Float[np.ndarray, "folds horizon"]:
    """The forecasts of the folds that have a regression, NaN for the others."""
    y_hat = np.full((len(rows), horizon), np.nan)
    fitted = np.flatnonzero([fit is not None for fit in fits])
    if lags is None or len(fitted) == 0:
        return y_hat
    assert rows.max() < len(filled_y), "the filled target ends before a cutoff"
    y_hat[fitted] = ar_paths(
        np.stack([fit.coefficients for fit in fits if fit is not None]),
        filled_y.astype(np.float64),
        rows[fitted],
        first_step=series.first_step,
        lags=lags,
        horizon=horizon,
    )
    return y_hat


def _unsaid(y_hat: Float[np.ndarray, "folds horizon"]) -> list[str]:
    """For each fold why it has no finite forecast for some step, or nothing."""
    reasons = [""] * len(y_hat)
    wrong = ~np.isfinite(y_hat)
    for fold in np.flatnonzero(wrong.any(axis=1)).tolist():
        step = int(np.argmax(wrong[fold]))
        if np.isnan(y_hat[fold, step]):
            reasons[fold] = f"nothing was observed to forecast step {step + 1} from"
        else:
            reasons[fold] = f"the forecast of step {step + 1} overflows"
    return reasons
