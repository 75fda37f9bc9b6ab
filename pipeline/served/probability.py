"""How probable an event is: that the actual lies above a declared threshold.

The mean of two answers that earlier cutoffs give. One counts which of the model's errors would
carry its forecast above the threshold: right where an error is as large whatever was forecast. The
other is a logistic regression of the event on the forecast, which needs no such thing: on a dry day
the error is the whole forecast, so that counting sees rain on every second dry day. Each is the
better one somewhere, and their mean is near the better of the two: Brier scores of rain are in
`docs/served.md`.
"""

import numpy as np
from jaxtyping import Bool, Float

from pipeline.served.earlier import pieces
from pipeline.served.past import Past

FEWEST = 10
"""Errors; of fewer nothing is said."""

RIDGE = 1.0
"""On the square of the slope, of forecasts in their standard deviations: a slope of luck is small,
and where a forecast parts events from the rest without a mistake it stays finite."""

_STEPS, _FARTHEST = 6, 1.0
"""Of Newton's method, and how far one may lead: a full step overshoots now and then. A further one
would move no probability by 1e-6 in 999 of 1000 cases drawn at random."""


def probabilities(
    past: Past, above: float, *, n_calibration: int, first: int
) -> Float[np.ndarray, "S A M H"]:
    """The probability that the actual lies above a threshold, of every forecast from a cutoff on.

    NaN with fewer than 10 errors known, and where the model failed. Never 0 or 1: no number of
    errors proves that.

    Args:
        past: as for `calibrate`.
        above: the threshold, in the unit of the target.
        n_calibration: cutoffs.
        first: place of the first cutoff that is asked for.
    """
    S, C, M, H = past.y_hat.shape
    found = np.full((S, C - first, M, H), np.nan)
    for piece in pieces(past, n_calibration=n_calibration, first=first):
        y_hat, errors = piece.y_hat, piece.earlier(piece.own_errors)
        seen = ~np.isnan(errors)
        actual = piece.past.actual[:, :, None]
        events = piece.earlier(np.broadcast_to(actual, piece.past.y_hat.shape)) > above
        forecasts = piece.earlier(piece.past.y_hat)
        counted = count(y_hat, errors, above=above)
        says = (counted + regress(y_hat, forecasts, events & seen, seen)) / 2
        enough = (seen.sum(axis=-1) >= FEWEST) & np.isfinite(y_hat)
        found[piece.asked] = np.where(enough, says, np.nan)
    return found


def count(
    y_hat: Float[np.ndarray, "*shape"], errors: Float[np.ndarray, "*shape n"], *, above: float
) -> Float[np.ndarray, "*shape"]:
    """(k + 1/2) / (n + 1), where k of n errors would carry the forecast above the threshold.

    Of the n + 1 places among the errors that the next one may take k lie above for sure, and half
    of the one in which the threshold lies.
    """
    k = (y_hat[..., None] + errors > above).sum(axis=-1)
    return (k + 0.5) / ((~np.isnan(errors)).sum(axis=-1) + 1)


def regress(
    y_hat: Float[np.ndarray, "*shape"],
    forecasts: Float[np.ndarray, "*shape n"],
    events: Bool[np.ndarray, "*shape n"],
    seen: Bool[np.ndarray, "*shape n"],
) -> Float[np.ndarray, "*shape"]:
    """1 / (1 + exp(-a - b z)), z the forecast in standard deviations of the earlier ones.

    a and b are fitted to what was seen, and to half an event and half of none at a + 0 z, less
    RIDGE b^2 / 2, by Newton's method.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _fitted(y_hat, forecasts, events, seen)


def _fitted(
    y_hat: Float[np.ndarray, "*shape"],
    forecasts: Float[np.ndarray, "*shape n"],
    events: Bool[np.ndarray, "*shape n"],
    seen: Bool[np.ndarray, "*shape n"],
) -> Float[np.ndarray, "*shape"]:
    n = np.maximum(seen.sum(axis=-1), 1)
    mean = np.where(seen, forecasts, 0.0).sum(axis=-1) / n
    z = np.where(seen, forecasts - mean[..., None], 0.0)
    deviation = np.sqrt((z * z).sum(axis=-1) / n)
    deviation = np.where(deviation > 0, deviation, 1.0)
    z /= deviation[..., None]
    k = events.sum(axis=-1)
    a, b = np.log((k + 0.5) / (n - k + 0.5)), np.zeros(n.shape)
    for _ in range(_STEPS):
        a, b = _newton(a, b, z=z, events=events, seen=seen)
    return _logistic(a + b * (y_hat - mean) / deviation)


def _newton(
    a: Float[np.ndarray, "*shape"],
    b: Float[np.ndarray, "*shape"],
    *,
    z: Float[np.ndarray, "*shape n"],
    events: Bool[np.ndarray, "*shape n"],
    seen: Bool[np.ndarray, "*shape n"],
) -> tuple[Float[np.ndarray, "*shape"], Float[np.ndarray, "*shape"]]:
    """One step towards where the gradient of the penalised likelihood is 0."""
    p, middle = _logistic(a[..., None] + b[..., None] * z), _logistic(a)
    missed = np.where(seen, events - p, 0.0)
    curve = np.where(seen, p * (1 - p), 0.0)
    slope_a = missed.sum(axis=-1) + 0.5 - middle
    slope_b = (missed * z).sum(axis=-1) - RIDGE * b
    aa = curve.sum(axis=-1) + middle * (1 - middle)
    curve *= z
    ab, bb = curve.sum(axis=-1), (curve * z).sum(axis=-1) + RIDGE
    area = aa * bb - ab * ab
    da, db = (bb * slope_a - ab * slope_b) / area, (aa * slope_b - ab * slope_a) / area
    shorter = _FARTHEST / np.maximum(_FARTHEST, np.maximum(np.abs(da), np.abs(db)))
    return a + shorter * da, b + shorter * db


def _logistic(x: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return 1 / (1 + np.exp(-x))
