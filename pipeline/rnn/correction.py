"""A network is a correction: forecast = reference + spread x output.

What it sees and what it is to forecast, of one fold, as of each window's own time. The numbers that
are fitted here (spread, spreads of the inputs) belong to the trained network. How the rows become
batches is in `batches.py`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.clean.observations import Series
from pipeline.errors import InputError
from pipeline.rnn.as_of import Signals, paths_of, signals_of
from pipeline.rnn.settings import Correctable, NetworkSettings, corrects_of
from pipeline.rnn.spreads import MONTHS, error_spread, month_spreads
from pipeline.windows.cut import cut_windows


@dataclass(frozen=True)
class Scale:
    """What is fitted on a fold before any network is, and needed to forecast.

    Attributes:
        reference: what is corrected, or "none".
        spread: of the reference's errors on the training windows, in the unit of the target.
        input_spreads: of each column's signal by calendar month, in the units of the columns.
    """

    reference: Correctable
    spread: float
    input_spreads: Float[np.ndarray, "columns 12"]


@dataclass(frozen=True)
class Correction:
    """One fold, ready to train on; float64 throughout.

    Attributes:
        scale: reference and spreads.
        inputs: the features of every row.
        ends: the row of each training window's last lag, in the order of time.
        targets: (y - reference) / spread of each window; 0 where not observed.
        observed: whether the target counts.
        reason: why there is nothing to train on; empty where there is.
    """

    scale: Scale
    inputs: Float[np.ndarray, "rows features"]
    ends: Int[np.ndarray, " windows"]
    targets: Float[np.ndarray, "windows horizon"]
    observed: Bool[np.ndarray, "windows horizon"]
    reason: str


def fit_correction(
    series: Series, settings: NetworkSettings, *, horizon: int, season_length: int
) -> Correction:
    """What a network sees and is to forecast on the rows up to the refit cutoff.

    Args:
        series: rows <= the refit cutoff, the columns the network sees, the target first.
        settings: resolved.
        horizon: steps to forecast.
        season_length: steps in a season.
    """
    reference = corrects_of(settings, series.unique_id)
    # Values near the largest float64 overflow here; what comes of them is caught as a reason below.
    with np.errstate(over="ignore", invalid="ignore"):
        signals = signals_of(series, reference=reference, season_length=season_length)
        spreads = _input_spreads(signals, series, reference)
        inputs, whole = features_of(signals, spreads, mask_channel=bool(settings.mask_channel))
        ends, errors, observed, reason = _windows_of(
            series, settings, whole=whole, horizon=horizon, season_length=season_length
        )
        spread = 1.0 if reference == "none" else error_spread(errors[observed], series.y)
        targets = np.where(observed, errors, 0.0) / spread
    if not reason and not (np.isfinite(spread) and np.isfinite(spreads).all()):
        reason = "the values are too large for their spread to be a number"
    return Correction(Scale(reference, spread, spreads), inputs, ends, targets, observed, reason)


def features_of(
    signals: Signals, spreads: Float[np.ndarray, "columns 12"], *, mask_channel: bool
) -> tuple[Float[np.ndarray, "rows features"], Bool[np.ndarray, " rows"]]:
    """What the network sees at each row, and whether every cell of the row was observed.

    Signals divided by the spread of their month, 0 where nothing is known; behind them, where asked
    for, a mask per column: 1 observed, 0 filled. Without that mask nothing tells a filled cell from
    an observed one, so such rows are left out by the caller.
    """
    scaled = signals.values / spreads.T[signals.months]
    scaled[np.isnan(scaled)] = 0.0
    whole = np.all(signals.observed, axis=1)
    if not mask_channel:
        return scaled, whole
    return np.column_stack([scaled, signals.observed]), np.ones_like(whole)


def _input_spreads(
    signals: Signals, series: Series, reference: Correctable
) -> Float[np.ndarray, "columns 12"]:
    """Spreads of every column's signal; 1 for a network that sees the raw values."""
    spreads = np.ones((len(series.columns), MONTHS))
    if reference == "none":
        return spreads
    for c in range(len(series.columns)):
        seen = signals.observed[:, c]
        spreads[c] = month_spreads(
            signals.values[seen, c], signals.months[seen], column=series.values[:, c]
        )
    return spreads


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
            series, len(series.y) - 1, input_size=lags, horizon=horizon, season_length=season_length
        )
    except InputError as none_fits:  # a fold without a window is a failed one, and says why
        return (
            np.zeros(0, np.int64),
            np.zeros((0, horizon)),
            np.zeros((0, horizon), bool),
            str(none_fits),
        )
    ends = index.starts + lags - 1
    paths = paths_of(
        corrects_of(settings, series.unique_id),
        series,
        ends,
        horizon=horizon,
        season_length=season_length,
    )
    errors = series.y[ends[:, None] + 1 + np.arange(horizon)] - paths
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
