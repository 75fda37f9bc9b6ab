"""Corrections that are factors: forecast = reference x e^output, for `loss: tweedie`.

Tweedie's deviance (Jorgensen 1987, "Exponential dispersion models") wants a mean above zero for
targets that may be zero. The deviance of y from r e^d is that of y / r from e^d, times r^(2 - p):
so the targets are ratios and have weights.
"""

import numpy as np
from jaxtyping import Bool, Float

from pipeline.clean.observations import Series
from pipeline.rnn.losses import TWEEDIE_POWER

FLOOR = 0.01
"""Where the reference is smaller than this part of the mean target, training takes this part: a
reference of zero, as of a dry month, has no factor that leads to rain. The forecast keeps it."""


def as_ratios(
    y: Float[np.ndarray, "windows horizon"],
    start: Float[np.ndarray, "windows horizon"],
    observed: Bool[np.ndarray, "windows horizon"],
    *,
    n_train: int | None = None,
) -> tuple[Float[np.ndarray, "windows horizon"], Float[np.ndarray, "windows horizon"]]:
    """Targets over what is corrected, and their weights; both float64.

    Args:
        y: targets, in their own unit.
        start: what is corrected.
        observed: whether the target counts; where not, the ratio is 0 and the weight 1.
        n_train: windows whose mean target is known, the first ones; by default all.
    """
    seen = y[:n_train][observed[:n_train]]
    mean = float(np.mean(seen)) if len(seen) else 1.0
    if not mean > 0:
        return np.zeros_like(y), np.ones_like(y)
    base = np.where(observed, np.maximum(start, FLOOR * mean), mean)
    return np.where(observed, y, 0.0) / base, (base / mean) ** (2 - TWEEDIE_POWER)


def multiply(
    start: Float[np.ndarray, "*shape"],
    output: Float[np.ndarray, "*shape"],
    weights: Float[np.ndarray, " horizon"] | float = 1.0,
) -> Float[np.ndarray, "*shape"]:
    """What is corrected, x (1 + w (e^output - 1)): w of the way to the factor e^output.

    Where output or w is 0 it is `start`, to the last bit; at least 0 where `start` is.

    Args:
        start: what is corrected.
        output: logarithm of the factor.
        weights: w of each step.
    """
    return start + start * (weights * np.expm1(output))


def why_no_ratio(series: Series) -> str:
    """Why the observed targets have no such deviance; empty if they have."""
    y = series.y
    below = y < 0
    if below.any():
        row = int(np.argmax(below))
        date = series.ds[row].astype("M8[D]")
        return f"loss: tweedie needs targets of at least 0, y is {y[row]:.12g} on {date}"
    return "" if np.nansum(y) > 0 else "loss: tweedie needs a target above 0, all are 0"
