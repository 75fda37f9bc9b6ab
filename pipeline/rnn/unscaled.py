"""What a fold gives before anything is fitted on it: its signals, and where the reference missed.

Every number here is as of its own row or of its window's own cutoff, so that the same windows of a
fold that ends earlier have the same bits: what `correction.py` fits on part of the rows needs no
second look at them.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.clean.observations import Series
from pipeline.errors import InputError
from pipeline.rnn.as_of import Signals, paths_of, signals_of
from pipeline.rnn.settings import NetworkSettings, corrects_of
from pipeline.rnn.transform import to_scale
from pipeline.windows.cut import cut_windows


@dataclass(frozen=True)
class Unscaled:
    """One fold in the units of its series, on the scale of the transform; float64.

    Attributes:
        series: its rows, the target first.
        signals: of every row.
        ends: the row of each training window's last lag, in the order of time.
        errors: g(y) - g(reference) of each window; NaN where not observed.
        observed: whether the target counts.
        reason: why there is no window; empty where there is one.
    """

    series: Series
    signals: Signals
    ends: Int[np.ndarray, " windows"]
    errors: Float[np.ndarray, "windows horizon"]
    observed: Bool[np.ndarray, "windows horizon"]
    reason: str


def see_fold(
    series: Series, settings: NetworkSettings, *, horizon: int, season_length: int
) -> Unscaled:
    """The rows up to the refit cutoff, and all training windows in them.

    Args:
        series: rows <= the refit cutoff, the columns the network sees, the target first.
        settings: resolved.
        horizon: steps to forecast.
        season_length: steps in a season.
    """
    reference, transform = corrects_of(settings, series.unique_id), settings.transform
    assert transform is not None
    # Values near the largest float64 overflow here; what comes of them is caught as a reason later.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        signals = signals_of(
            series, reference=reference, season_length=season_length, transform=transform
        )
        whole = whole_rows(signals, settings)
        windows = _windows_of(
            series, settings, whole=whole, horizon=horizon, season_length=season_length
        )
    return Unscaled(series, signals, *windows)


def whole_rows(signals: Signals, settings: NetworkSettings) -> Bool[np.ndarray, " rows"]:
    """Rows that a window may hold: all of them where a mask tells filled cells from observed ones.

    Without that mask nothing tells them apart, and only rows count whose every cell was observed.
    """
    whole = np.all(signals.observed, axis=1)
    return np.ones_like(whole) if settings.mask_channel else whole


def _windows_of(
    series: Series,
    settings: NetworkSettings,
    *,
    whole: Bool[np.ndarray, " rows"],
    horizon: int,
    season_length: int,
) -> tuple[
    Int[np.ndarray, " windows"],
    Float[np.ndarray, "windows horizon"],
    Bool[np.ndarray, "windows horizon"],
    str,
]:
    """Ends, errors of the reference and their mask of all training windows; why there is none."""
    lags = settings.input_size
    assert lags is not None
    try:
        index = cut_windows(
            series,
            len(series.y) - 1,
            input_size=lags,
            horizon=horizon,
            season_length=season_length,
            futr=settings.futr_exog or (),
        )
    except InputError as none_fits:  # a fold without a window is a failed one, and says why
        return (
            np.zeros(0, np.int64),
            np.zeros((0, horizon)),
            np.zeros((0, horizon), bool),
            str(none_fits),
        )
    ends = index.starts + lags - 1
    assert settings.transform is not None
    paths = paths_of(
        corrects_of(settings, series.unique_id),
        series,
        ends,
        horizon=horizon,
        season_length=season_length,
        transform=settings.transform,
    )
    y = to_scale(settings.transform, series.y)
    errors = y[ends[:, None] + 1 + np.arange(horizon)] - to_scale(settings.transform, paths)
    observed = index.observed & ~np.isnan(errors)
    kept = observed.any(axis=1) & _whole_windows(whole, index.starts, lags)
    reason = "" if kept.any() else _why_no_window(whole, observed)
    return ends[kept], errors[kept], observed[kept], reason


def _whole_windows(
    whole: Bool[np.ndarray, " rows"], starts: Int[np.ndarray, " windows"], lags: int
) -> Bool[np.ndarray, " windows"]:
    """Whether all lags of each window lie in whole rows."""
    broken = np.concatenate([[0], np.cumsum(~whole)])
    return broken[starts + lags] == broken[starts]


def _why_no_window(
    whole: Bool[np.ndarray, " rows"], observed: Bool[np.ndarray, "windows horizon"]
) -> str:
    if not observed.any():
        return "no training window has an observed target that the reference can forecast"
    gaps = int((~whole).sum())
    return (
        f"no training window without a filled input ({gaps} of {len(whole)} rows hold one); "
        f"declare mask_channel: true"
    )
