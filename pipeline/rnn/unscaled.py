"""What a fold gives before anything is fitted on it: its signals, and where the reference missed.

Every number here is as of its own row or of its window's own cutoff, so that the same windows of a
fold that ends earlier have the same bits: what `correction.py` fits on part of the rows needs no
second look at them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.clean.observations import Series
from pipeline.errors import InputError
from pipeline.rnn.as_of import Signals
from pipeline.rnn.references import references_of
from pipeline.rnn.settings import Correctable, NetworkSettings
from pipeline.rnn.standing import looks_ahead
from pipeline.rnn.together import paths_of_each, signals_of_each
from pipeline.rnn.transform import to_scale
from pipeline.windows.cut import cut_windows


@dataclass(frozen=True)
class Unscaled:
    """One fold in the units of its series, on the scale of the transform; float64.

    Attributes:
        series: its rows, the target first.
        reference: what is corrected, or "none".
        signals: of every row.
        ends: the row of each training window's last lag, in the order of time.
        errors: g(y) - g(reference) of each window; NaN where not observed.
        observed: whether the target counts.
        reason: why there is no window; empty where there is one.
    """

    series: Series
    reference: Correctable
    signals: Signals
    ends: Int[np.ndarray, " windows"]
    errors: Float[np.ndarray, "windows horizon"]
    observed: Bool[np.ndarray, "windows horizon"]
    reason: str


def see_folds(
    series: Sequence[Series], settings: NetworkSettings, *, horizon: int, season_length: int
) -> list[Unscaled]:
    """The rows up to each refit cutoff, and all training windows in them.

    Args:
        series: of each fold the rows <= the refit cutoff, the columns the network sees, the target
            first. Folds of one series share the work on the rows they have in common.
        settings: resolved.
        horizon: steps to forecast.
        season_length: steps in a season.
    """
    transform = settings.transform
    assert transform is not None
    references = references_of(series, settings, horizon=horizon, season_length=season_length)
    sizes = {"season_length": season_length, "transform": transform}
    # Values near the largest float64 overflow here; what comes of them is caught as a reason later.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        ahead = looks_ahead(settings, horizon)
        signals = signals_of_each(series, references, standing=ahead, **sizes)
        cut = [_cut(one, settings, horizon=horizon, season_length=season_length) for one in series]
        ends = [windows.ends for windows in cut]
        paths = paths_of_each(series, references, ends, horizon=horizon, **sizes)
        return [
            _see(*of_fold, settings)
            for of_fold in zip(series, references, signals, cut, paths, strict=True)
        ]


class _Windows(NamedTuple):
    """All training windows of a fold by the row of their last lag; why there is none."""

    ends: Int[np.ndarray, " windows"]
    observed: Bool[np.ndarray, "windows horizon"]
    reason: str


def _cut(
    series: Series, settings: NetworkSettings, *, horizon: int, season_length: int
) -> _Windows:
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
        return _Windows(np.zeros(0, np.int64), np.zeros((0, horizon), bool), str(none_fits))
    return _Windows(index.starts + lags - 1, index.observed, "")


def _see(
    series: Series,
    reference: Correctable,
    signals: Signals,
    windows: _Windows,
    paths: Float[np.ndarray, "windows horizon"],
    settings: NetworkSettings,
) -> Unscaled:
    """A fold with the windows that may be trained on: none over a row that may not be held."""
    lags, transform = settings.input_size, settings.transform
    assert lags is not None
    assert transform is not None
    after = windows.ends[:, None] + 1 + np.arange(windows.observed.shape[1])
    errors = to_scale(transform, series.y)[after] - to_scale(transform, paths)
    observed = windows.observed & ~np.isnan(errors)
    whole = whole_rows(signals, settings)
    kept = observed.any(axis=1) & _whole_windows(whole, windows.ends + 1 - lags, lags)
    reason = windows.reason or ("" if kept.any() else _why_no_window(whole, observed))
    ends = windows.ends[kept]
    return Unscaled(series, reference, signals, ends, errors[kept], observed[kept], reason)


def whole_rows(signals: Signals, settings: NetworkSettings) -> Bool[np.ndarray, " rows"]:
    """Rows that a window may hold: all of them where a mask tells filled cells from observed ones.

    Without that mask nothing tells them apart, and only rows count whose every cell was observed.
    """
    whole = np.all(signals.observed, axis=1)
    return np.ones_like(whole) if settings.mask_channel else whole


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
