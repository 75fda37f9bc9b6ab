"""All baselines on all folds: the one door to this folder.

The chain asks for the forecasts of folds, a network for the paths that it corrects. The formulas
are in the other files.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from pipeline.baselines.anomaly_persistence import anomaly_persistence_paths
from pipeline.baselines.ar import ArFits, ArTerms, ar_paths, recent_values
from pipeline.baselines.ar_all_cutoffs import fit_at_all_cutoffs
from pipeline.baselines.climatology import climatology_paths
from pipeline.baselines.damped_trend import damped_trend_paths
from pipeline.baselines.holt_winters import holt_winters_paths
from pipeline.baselines.naive import naive_paths, seasonal_naive_paths, window_average_paths
from pipeline.baselines.settings import FITTED, BaselineSettings
from pipeline.clean.observations import Series

_PATHS: dict[str, Callable[..., Float[np.ndarray, "cutoffs horizon"]]] = {
    "naive": naive_paths,
    "seasonal_naive": seasonal_naive_paths,
    "climatology": climatology_paths,
    "window_average": window_average_paths,
}
"""Of one series."""

_PATHS_TOGETHER: dict[str, Callable[..., list[Float[np.ndarray, "_ horizon"]]]] = {
    "anomaly_persistence": anomaly_persistence_paths,
    "damped_trend": damped_trend_paths,
    "holt_winters": holt_winters_paths,
}
"""Of many series in one pass."""


@dataclass(frozen=True)
class Folds:
    """Some folds of one series, to be forecast.

    Attributes:
        series: its target in its own unit, NaN where nothing was observed.
        filled_y: the target with its gaps filled as of their time, the lags of a regression; it
            reaches the last cutoff. Read by ar and ar_seasonal alone.
        rows: the cutoff of each fold, inclusive; 0 or more.
        refit_rows: the row up to which each fold's regression is fitted, at most its cutoff; it
            may lie before the series. Read by ar and ar_seasonal alone.
    """

    series: Series
    filled_y: Float[np.ndarray, " filled_rows"]
    rows: Int[np.ndarray, " folds"]
    refit_rows: Int[np.ndarray, " folds"]


@dataclass(frozen=True)
class BaselineForecasts:
    """What one baseline says about the folds of one series.

    Attributes:
        y_hat: float64 in the unit of the target; a row of NaN where the fold failed.
        reasons: why each fold failed; empty where it did not.
        notes: what is to be known about how each was computed; empty where nothing is.
        fits: the regressions of the folds; None for baselines without coefficients.
    """

    y_hat: Float[np.ndarray, "folds horizon"]
    reasons: list[str]
    notes: list[str]
    fits: ArFits | None


def reference_paths(
    name: str,
    series: Sequence[Series],
    rows: Sequence[Int[np.ndarray, " _"]],
    *,
    horizon: int,
    season_length: int,
) -> list[Float[np.ndarray, "_ horizon"]]:
    """Forecasts by a formula alone, as of each of these rows of each of these series.

    Args:
        name: a baseline that needs no regression: all that a network may correct are among them.
        series: on their grids, gaps and all.
        rows: of each series.
        horizon: steps to forecast.
        season_length: steps in a season.

    Returns:
        float64 in the unit of the target; NaN where nothing can be said yet, inf where a sum
        overflows. A row's bytes depend on rows <= it only, on no other row that is asked for and
        on no other series.
    """
    sizes = {"horizon": horizon, "season_length": season_length}
    with np.errstate(over="ignore", invalid="ignore"):
        if name in _PATHS_TOGETHER:
            return _PATHS_TOGETHER[name](series, rows, **sizes)
        of_one = _PATHS[name]
        return [of_one(one, own, **sizes) for one, own in zip(series, rows, strict=True)]


def forecast_baseline(
    settings: BaselineSettings, folds: Sequence[Folds], *, horizon: int, season_length: int
) -> list[BaselineForecasts]:
    """The forecasts of one baseline for some folds of many series, most of them in one pass.

    Args:
        settings: with nothing left open, as `DataSet.baseline` gives them.
        folds: those of each series.
        horizon: steps to forecast.
        season_length: steps in a season.

    Returns:
        One for each series. A fold's bytes depend on its own rows only, not on the other folds.
    """
    assert settings.model is not None, "resolve the settings with DataSet.baseline"
    if settings.model in FITTED:
        terms = _terms_of(settings, season_length=season_length)
        with np.errstate(over="ignore", invalid="ignore"):
            return _regress(terms, folds, horizon=horizon)
    series, rows = [f.series for f in folds], [f.rows for f in folds]
    sizes = {"horizon": horizon, "season_length": season_length}
    return [_said(paths) for paths in reference_paths(settings.model, series, rows, **sizes)]


def _terms_of(settings: BaselineSettings, *, season_length: int) -> ArTerms:
    """What a declared regression is of."""
    assert settings.lags is not None, "resolve the settings with DataSet.baseline"
    seasons = season_length if settings.model == "ar_seasonal" else 1
    return ArTerms(settings.lags, seasons, trend=settings.trend == "ct")


def _regress(terms: ArTerms, folds: Sequence[Folds], *, horizon: int) -> list[BaselineForecasts]:
    """Fit and forecast the folds of all series at once."""
    for own in folds:
        assert (own.refit_rows <= own.rows).all(), "a regression fitted after the cutoff would leak"
        assert own.rows.max(initial=-1) < len(own.filled_y), (
            "the filled target ends before a cutoff"
        )
    fits = fit_at_all_cutoffs([f.series for f in folds], [f.refit_rows for f in folds], terms)
    sizes = [len(f.rows) for f in folds]
    y_hat = ar_paths(
        fits,
        np.concatenate(
            [np.empty((0, terms.lags))]
            + [recent_values(f.filled_y, f.rows, terms.lags) for f in folds]
        ),
        rows=np.concatenate([np.empty(0, dtype=np.int64), *(f.rows for f in folds)]),
        first_steps=np.repeat(
            np.array([f.series.first_step for f in folds], dtype=np.int64), sizes
        ),
        horizon=horizon,
    )
    edges = np.cumsum([0, *sizes]).tolist()
    return [_said(y_hat[a:b], fits.of(slice(a, b))) for a, b in pairwise(edges)]


def _said(
    y_hat: Float[np.ndarray, "folds horizon"], fits: ArFits | None = None
) -> BaselineForecasts:
    """Forecasts with the reasons of those that could not be made."""
    reasons = _unsaid(y_hat)
    if fits:
        reasons = [why or said for why, said in zip(fits.reasons, reasons, strict=True)]
    y_hat[[bool(why) for why in reasons]] = np.nan
    return BaselineForecasts(y_hat, reasons, fits.notes if fits else [""] * len(y_hat), fits)


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
