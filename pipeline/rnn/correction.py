"""A network is a correction: forecast = reference + spread x output, on the scale of its transform.

What it sees and what it is to forecast, of one fold, as of each window's own time. The numbers that
are fitted here (spread, spreads and centres of the inputs) belong to the trained network. How the
rows become batches is in `batches.py`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.clean.observations import Series
from pipeline.errors import InputError
from pipeline.rnn.as_of import Signals, paths_of, signals_of
from pipeline.rnn.ratio import as_ratios, why_no_ratio
from pipeline.rnn.settings import Correctable, NetworkSettings, Transform, corrects_of
from pipeline.rnn.spreads import MONTHS, centre_of, error_spread, month_spreads
from pipeline.rnn.transform import to_scale, why_outside
from pipeline.windows.calendar_features import calendar_features
from pipeline.windows.cut import cut_windows


@dataclass(frozen=True)
class Scale:
    """What is fitted on a fold before any network is, and needed to forecast.

    Attributes:
        reference: what is corrected, or "none".
        spread: of the reference's errors on the training windows, in the unit of the target on
            the scale of the transform; where nothing is corrected, of the target itself, 1 without
            a transform.
        input_spreads: of each column's signal by calendar month, in the units of the columns.
        centres: of each column's signal, the target first; 0 where a reference is corrected, or
            without a transform.
    """

    reference: Correctable
    spread: float
    input_spreads: Float[np.ndarray, "columns 12"]
    centres: Float[np.ndarray, " columns"]


@dataclass(frozen=True)
class Correction:
    """One fold, ready to train on; float64 throughout.

    Attributes:
        scale: reference and spreads.
        inputs: the features of every row.
        ends: the row of each training window's last lag, in the order of time.
        targets: (g(y) - g(reference)) / spread of each window; 0 where not observed. With `loss:
            tweedie` y over the reference, which is then corrected by a factor.
        observed: whether the target counts.
        reason: why there is nothing to train on; empty where there is.
        futr: which of the features are known ahead: the head is given them for the steps that it
            forecasts.
        weights: of each target, for `loss: tweedie` alone.
    """

    scale: Scale
    inputs: Float[np.ndarray, "rows features"]
    ends: Int[np.ndarray, " windows"]
    targets: Float[np.ndarray, "windows horizon"]
    observed: Bool[np.ndarray, "windows horizon"]
    reason: str
    futr: slice
    weights: Float[np.ndarray, "windows horizon"] | None = None


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
    reference, transform = corrects_of(settings, series.unique_id), settings.transform
    assert transform is not None
    # Values near the largest float64 overflow here; what comes of them is caught as a reason below.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        signals = signals_of(
            series, reference=reference, season_length=season_length, transform=transform
        )
        centres, spreads = _input_scales(signals, series, reference, transform)
        inputs, whole = features_of(signals, spreads, centres, settings)
        ends, errors, observed, reason = _windows_of(
            series, settings, whole=whole, horizon=horizon, season_length=season_length
        )
        spread = float(spreads[0, 0])
        if reference != "none":
            y = to_scale(transform, series.y)
            spread = error_spread(errors[observed], y, transform)
        targets = (np.where(observed, errors, centres[0]) - centres[0]) / spread
    reason = why_outside(transform, series) or reason
    if not reason and not (np.isfinite(spread) and np.isfinite(spreads).all()):
        reason = "the values are too large for their spread to be a number"
    weights = None
    if settings.loss == "tweedie":
        y = series.y[ends[:, None] + 1 + np.arange(horizon)]
        start = y - errors if reference != "none" else np.full_like(y, centres[0])
        targets, weights, spread = *as_ratios(y, start, observed), 1.0
        reason = why_no_ratio(series) or reason
    scale = Scale(reference, spread, spreads, centres)
    ahead = futr_features(series.columns, settings)
    return Correction(scale, inputs, ends, targets, observed, reason, ahead, weights)


def features_of(
    signals: Signals,
    spreads: Float[np.ndarray, "columns 12"],
    centres: Float[np.ndarray, " columns"],
    settings: NetworkSettings,
) -> tuple[Float[np.ndarray, "rows features"], Bool[np.ndarray, " rows"]]:
    """What the network sees at each row, and whether every cell of the row was observed.

    Signals less their centre over the spread of their month, 0 where nothing is known; behind them,
    where asked for, a mask per column: 1 observed, 0 filled; behind these the place in the seasons.
    Without that mask nothing tells a filled cell from an observed one, so such rows are left out by
    the caller.
    """
    scaled = (signals.values - centres) / spreads.T[signals.months]
    scaled[np.isnan(scaled)] = 0.0
    whole = np.all(signals.observed, axis=1)
    parts = [scaled]
    if settings.mask_channel:
        parts.append(signals.observed)
        whole = np.ones_like(whole)
    if settings.seasons:
        parts.append(calendar_features(signals.ds, settings.seasons))
    return np.column_stack(parts), whole


def futr_features(columns: tuple[str, ...], settings: NetworkSettings) -> slice:
    """Which features are the columns known ahead: those of the last columns of a series."""
    futr = settings.futr_exog or []
    first = len(columns) - len(futr)
    assert list(columns[first:]) == futr, (columns, futr)
    return slice(first, len(columns))


def _input_scales(
    signals: Signals, series: Series, reference: Correctable, transform: Transform
) -> tuple[Float[np.ndarray, " columns"], Float[np.ndarray, "columns 12"]]:
    """Centre and spreads of every column's signal.

    0 and 1 for a network that sees the raw values. One that corrects nothing but has a transform
    sees each column less its own mean over its own spread, the same in every month.
    """
    centres, spreads = np.zeros(len(series.columns)), np.ones((len(series.columns), MONTHS))
    if reference == "none" and transform == "none":
        return centres, spreads
    for c in range(len(series.columns)):
        seen = signals.observed[:, c]
        values = signals.values[seen, c]
        if reference == "none":
            centres[c] = centre_of(values, transform)
            spreads[c] = error_spread(values, values, transform)
        else:
            spreads[c] = month_spreads(
                values, signals.months[seen], column=series.values[:, c], transform=transform
            )
    return centres, spreads


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
    paths = paths_of(
        corrects_of(settings, series.unique_id),
        series,
        ends,
        horizon=horizon,
        season_length=season_length,
    )
    assert settings.transform is not None
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
