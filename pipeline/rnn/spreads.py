"""Standard deviations that a fold is scaled by: of the reference's errors, of each input by month.

Of these values themselves (divided by n), not an estimate for a population behind them. Where
nothing varies the spread is 1: there is nothing to scale.
"""

import numpy as np
from jaxtyping import Float, Int

MONTHS = 12
"""Seasons that inputs are scaled by: calendar months, whatever the freq."""

FEWEST_IN_A_MONTH = 3
"""Values a calendar month needs for a spread of its own."""

ROUNDING = 1e-12
"""A spread below this part of the largest value is rounding, not error: it counts as zero."""


def month_spreads(
    values: Float[np.ndarray, " seen"],
    months: Int[np.ndarray, " seen"],
    *,
    column: Float[np.ndarray, " rows"],
) -> Float[np.ndarray, " 12"]:
    """Standard deviation by calendar month; that of all rows for months that tell too little.

    Args:
        values: observed signals, no NaN.
        months: calendar month of each, 0 to 11.
        column: the values behind the signals, against which a spread may be mere rounding.
    """
    least = ROUNDING * _largest(column)
    overall = _spread_above(values, least) or 1.0
    spreads = np.full(MONTHS, overall)
    for month in range(MONTHS):
        own = values[months == month]
        if len(own) >= FEWEST_IN_A_MONTH:
            spreads[month] = _spread_above(own, least) or overall
    return spreads


def error_spread(errors: Float[np.ndarray, " errors"], y: Float[np.ndarray, " rows"]) -> float:
    """Standard deviation of the reference's errors; 1 for a reference that never errs."""
    return _spread_above(errors, ROUNDING * _largest(y)) or 1.0


def _spread_above(values: Float[np.ndarray, " values"], least: float) -> float:
    """Standard deviation (of these values, not of a population behind them); 0 if below `least`."""
    spread = float(np.std(values)) if len(values) else 0.0
    return 0.0 if spread <= least else spread


def _largest(values: Float[np.ndarray, " rows"]) -> float:
    """The largest magnitude, 0 where nothing was observed."""
    seen = values[np.isfinite(values)]
    return float(np.abs(seen).max()) if len(seen) else 0.0
