"""Spreads that a fold is scaled by: of the reference's errors, of each input by month; and centres.

Standard deviations, of these values themselves (divided by n) and not estimates for a population
behind them; or, for `robust`, the distance between the quartiles over 1.349, which is the standard
deviation where values are normal. Where nothing varies the spread is 1: there is nothing to scale.
"""

import numpy as np
from jaxtyping import Float, Int

from pipeline.rnn.settings import Transform

MONTHS = 12
"""Seasons that inputs are scaled by: calendar months, whatever the freq."""

FEWEST_IN_A_MONTH = 3
"""Values a calendar month needs for a spread of its own."""

NORMAL_QUARTILES = 1.349
"""Distance between the quartiles of normal values, in standard deviations."""

ROUNDING = 1e-12
"""A spread below this part of the largest value is rounding, not error: it counts as zero."""


def month_spreads(
    values: Float[np.ndarray, " seen"],
    months: Int[np.ndarray, " seen"],
    *,
    column: Float[np.ndarray, " rows"],
    transform: Transform = "none",
) -> Float[np.ndarray, " 12"]:
    """Spread by calendar month; that of all rows for months that tell too little.

    Args:
        values: observed signals, no NaN.
        months: calendar month of each, 0 to 11.
        column: the values behind the signals, against which a spread may be mere rounding.
        transform: says how a spread is estimated.
    """
    least = ROUNDING * _largest(column)
    overall = _spread_above(values, least, transform) or 1.0
    spreads = np.full(MONTHS, overall)
    for month in range(MONTHS):
        own = values[months == month]
        if len(own) >= FEWEST_IN_A_MONTH:
            spreads[month] = _spread_above(own, least, transform) or overall
    return spreads


def error_spread(
    errors: Float[np.ndarray, " errors"],
    y: Float[np.ndarray, " rows"],
    transform: Transform = "none",
) -> float:
    """Spread of the reference's errors; 1 for a reference that never errs.

    Args:
        errors: on the scale of the transform.
        y: the targets on that scale, against which a spread may be mere rounding.
        transform: says how a spread is estimated.
    """
    return _spread_above(errors, ROUNDING * _largest(y), transform) or 1.0


def error_size(
    errors: Float[np.ndarray, " errors"],
    y: Float[np.ndarray, " rows"],
    transform: Transform = "none",
) -> float:
    """Size of the reference's errors, their bias with them; 1 for a reference that never errs.

    The root of their mean square (of the squares of their median and spread for `robust`): where
    many series are learnt from at once, none counts more because its reference misses it all the
    time by the same.

    Args:
        errors: on the scale of the transform.
        y: the targets on that scale, against which a size may be mere rounding.
        transform: says how spread and middle are estimated.
    """
    least = ROUNDING * _largest(y)
    size = float(np.hypot(_spread_above(errors, least, transform), centre_of(errors, transform)))
    return 1.0 if size <= least else size


def never_errs(errors: Float[np.ndarray, " seen"], y: Float[np.ndarray, " rows"]) -> bool:
    """Whether errors are no more than the rounding of the targets."""
    return bool(np.all(np.abs(errors) <= ROUNDING * _largest(y)))


def centre_of(values: Float[np.ndarray, " seen"], transform: Transform) -> float:
    """What stands in the middle of observed values: mean, or median for `robust`; 0 of none."""
    if not len(values):
        return 0.0
    return float(np.median(values) if transform == "robust" else np.mean(values))


def _spread_above(
    values: Float[np.ndarray, " values"], least: float, transform: Transform
) -> float:
    """The spread; 0 if not above `least`.

    Quartiles that coincide say nothing where the rest varies: there it is the standard deviation.
    """
    spread = float(np.std(values)) if len(values) else 0.0
    if transform == "robust" and spread > least:
        low, high = np.quantile(values, [0.25, 0.75])
        between = float(high - low) / NORMAL_QUARTILES
        spread = between if between > least else spread
    return 0.0 if spread <= least else spread


def _largest(values: Float[np.ndarray, " rows"]) -> float:
    """The largest magnitude, 0 where nothing was observed."""
    seen = values[np.isfinite(values)]
    return float(np.abs(seen).max()) if len(seen) else 0.0
