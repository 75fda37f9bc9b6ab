"""Guard: which models are left out at a cutoff, whatever their errors were before.

Errors tell of a break when it has been served already. These three signs are there before: a model
that says it failed, or has no number; a forecast far outside of all that was observed; one that
repeats itself while the series moves on.
"""

import numpy as np
from jaxtyping import Bool, Float, Int, Int8

from pipeline.served.past import Past

WHY = (
    "",
    "failed",
    "has no number",
    "lies far outside of what was observed",
    "repeats itself",
)
"""What a model is left out for, by number; the first: it is not."""

FAR = 1.0
"""In widths of all that was observed up to the cutoff: so far above the highest or below the lowest
a forecast is left out."""


def leave_out(past: Past, *, n_calibration: int) -> Int8[np.ndarray, "S C M"]:
    """Why each model is left out at each cutoff, as a place in `WHY`; 0 where it is not.

    Args:
        past: what was said, and what was observed.
        n_calibration: cutoffs before each that are looked at for repeats.
    """
    no_number = ~np.isfinite(past.y_hat).all(axis=-1)
    signs = (_stuck(past, n_calibration), _far_outside(past), no_number, past.failed)
    out = np.zeros(past.failed.shape, dtype=np.int8)
    for why, sign in zip((4, 3, 2, 1), signs, strict=True):
        out[sign] = why
    return out


def _far_outside(past: Past) -> Bool[np.ndarray, "S C M"]:
    """Any step lies further outside than all that was observed is wide."""
    lowest, highest = past.lowest[..., None, None], past.highest[..., None, None]
    rounding = 1e-9 * np.maximum(np.abs(lowest), np.abs(highest))
    far = FAR * (highest - lowest) + rounding
    return np.any((past.y_hat > highest + far) | (past.y_hat < lowest - far), axis=-1)


def _stuck(past: Past, n: int) -> Bool[np.ndarray, "S C M"]:
    """A forecast is the one before, step by step; never was before that; and y moved meanwhile.

    One that repeats itself all the time, or now and then, has its reasons (the last value of a dry
    week, a constant mean): its errors say what it is worth.
    """
    repeats = np.zeros(past.failed.shape, dtype=bool)
    repeats[:, 1:] = (past.y_hat[:, 1:] == past.y_hat[:, :-1]).all(axis=-1)
    run, all_repeats, moved = _runs(repeats, past.actual[..., 0], n)
    before = np.minimum(np.arange(repeats.shape[1]), n)[None, :, None]
    return (run > 0) & (run == all_repeats) & (run < before) & moved


def _runs(
    repeats: Bool[np.ndarray, "S C M"], y: Float[np.ndarray, "S C"], n: int
) -> tuple[Int[np.ndarray, "S C M"], Int[np.ndarray, "S C M"], Bool[np.ndarray, "S C M"]]:
    """How many of the last forecasts in a row repeat, how many of the last n do, and if y moved.

    Args:
        repeats: whether a forecast is the one before.
        y: the first value after each cutoff. It moved if those since the forecast came up, and the
            last one before, are not all the same.
        n: forecasts that are looked at.
    """
    run, every = np.zeros(repeats.shape, dtype=np.int32), np.zeros(repeats.shape, dtype=np.int32)
    least, most = np.full(repeats.shape, np.inf), np.full(repeats.shape, -np.inf)
    going_on, C = np.ones_like(repeats), repeats.shape[1]
    for lag in range(min(n, C - 1)):
        since = np.full(y.shape, np.nan)
        since[:, lag + 1 :] = y[:, : C - lag - 1]
        least = np.where(going_on, np.fmin(least, since[..., None]), least)
        most = np.where(going_on, np.fmax(most, since[..., None]), most)
        own = np.zeros_like(repeats)
        own[:, lag:] = repeats[:, : C - lag]
        going_on &= own
        every += own
        run += going_on
    return run, every, most > least
