"""A network is a correction: forecast = reference + spread x output, on the scale of its transform.

What it sees and what it is to forecast, of one fold, as of each window's own time. The numbers that
are fitted here (spread, spreads and centres of the inputs) belong to the trained network; what is
there before them is in `unscaled.py`. How the rows become batches is in `batches.py`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.clean.observations import Series
from pipeline.rnn.as_of import Signals
from pipeline.rnn.ratio import as_ratios, why_no_ratio
from pipeline.rnn.settings import Correctable, NetworkSettings, Transform
from pipeline.rnn.spreads import MONTHS, centre_of, error_size, error_spread, month_spreads
from pipeline.rnn.standing import standing_features
from pipeline.rnn.transform import to_scale, why_outside
from pipeline.rnn.unscaled import Unscaled, see_folds, whole_rows
from pipeline.windows.calendar_features import calendar_features


@dataclass(frozen=True)
class Scale:
    """What is fitted on a fold before any network is, and needed to forecast.

    Attributes:
        reference: what is corrected, or "none".
        spread: of the reference's errors on the training windows, in the unit of the target on
            the scale of the transform; in a network of many series their size; where nothing is
            corrected, of the target itself, 1 without a transform.
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
    (fold,) = see_folds([series], settings, horizon=horizon, season_length=season_length)
    return scale_fold(fold, settings, until=len(series.y) - 1, n_train=len(fold.ends))


def scale_fold(
    fold: Unscaled, settings: NetworkSettings, *, until: int, n_train: int
) -> Correction:
    """Every window of a fold, on scales fitted on its rows up to one of them.

    Args:
        fold: all its rows and windows.
        settings: resolved.
        until: the last row that the scales may know.
        n_train: windows whose targets lie at or before it, the first ones.
    """
    series, reference, transform = fold.series, fold.reference, settings.transform
    known, seen = series.until(until), fold.observed[:n_train]
    assert transform is not None
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        centres, spreads = _input_scales(fold.signals, known, reference, transform)
        inputs, _ = features_of(fold.signals, spreads, centres, settings)
        spread = float(spreads[0, 0])
        if reference != "none":
            y = to_scale(transform, known.y)
            size = error_size if settings.scope == "global" else error_spread
            spread = size(fold.errors[:n_train][seen], y, transform)
        targets = (np.where(fold.observed, fold.errors, centres[0]) - centres[0]) / spread
    reason = why_outside(transform, known) or fold.reason
    if not reason and not (np.isfinite(spread) and np.isfinite(spreads).all()):
        reason = "the values are too large for their spread to be a number"
    weights = None
    if settings.loss == "tweedie":
        y = series.y[fold.ends[:, None] + 1 + np.arange(fold.errors.shape[1])]
        start = y - fold.errors if reference != "none" else np.full_like(y, centres[0])
        targets, weights, spread = *as_ratios(y, start, fold.observed, n_train=n_train), 1.0
        reason = why_no_ratio(known) or reason
    scale = Scale(reference, spread, spreads, centres)
    ahead = futr_features(series.columns, settings)
    return Correction(scale, inputs, fold.ends, targets, fold.observed, reason, ahead, weights)


def features_of(
    signals: Signals,
    spreads: Float[np.ndarray, "columns 12"],
    centres: Float[np.ndarray, " columns"],
    settings: NetworkSettings,
) -> tuple[Float[np.ndarray, "rows features"], Bool[np.ndarray, " rows"]]:
    """What the network sees at each row, and whether a window may hold the row.

    Signals less their centre over the spread of their month, 0 where nothing is known; behind them,
    where asked for, a mask per column: 1 observed, 0 filled; behind these the place in the seasons,
    and for a network of many series how the series stands.
    """
    scaled = (signals.values - centres) / spreads.T[signals.months]
    scaled[np.isnan(scaled)] = 0.0
    parts = [scaled]
    if settings.mask_channel:
        parts.append(signals.observed)
    if settings.seasons:
        parts.append(calendar_features(signals.ds, settings.seasons))
    if signals.standing is not None:
        parts.append(standing_features(signals.standing, float(np.mean(spreads[0]))))
    return np.column_stack(parts), whole_rows(signals, settings)


def futr_features(columns: tuple[str, ...], settings: NetworkSettings) -> slice:
    """Which features are the columns known ahead: those of the last columns of a series."""
    futr = settings.futr_exog or []
    first = len(columns) - len(futr)
    assert list(columns[first:]) == futr, (columns, futr)
    return slice(first, len(columns))


def _input_scales(
    signals: Signals, series: Series, reference: Correctable, transform: Transform
) -> tuple[Float[np.ndarray, " columns"], Float[np.ndarray, "columns 12"]]:
    """Centre and spreads of every column's signal in the rows of a series; signals may go on.

    0 and 1 for a network that sees the raw values. One that corrects nothing but has a transform
    sees each column less its own mean over its own spread, the same in every month.
    """
    centres, spreads = np.zeros(len(series.columns)), np.ones((len(series.columns), MONTHS))
    if reference == "none" and transform == "none":
        return centres, spreads
    rows = len(series.y)
    for c in range(len(series.columns)):
        seen = signals.observed[:rows, c]
        values = signals.values[:rows, c][seen]
        if reference == "none":
            centres[c] = centre_of(values, transform)
            spreads[c] = error_spread(values, values, transform)
        else:
            spreads[c] = month_spreads(
                values, signals.months[:rows][seen], column=series.values[:, c], transform=transform
            )
    return centres, spreads
