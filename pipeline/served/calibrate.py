"""Intervals that past errors bear out: split conformal, of each step by itself.

An interval is the forecast and as much on either side as its own errors at earlier cutoffs say
(Lei, G'Sell, Rinaldo, Tibshirani and Wasserman 2018, "Distribution-free predictive inference for
regression"): of n errors the k-th smallest in size, k = ceil((n + 1) level / 100). If these errors
and the next one might as well have come in any other order, it holds the actual with a probability
from level to level + 1 / (n + 1). Of two sides with a share of their own each, 95 % would take 39
errors instead of 19: more than a horizon of a year leaves of 48 cutoffs.

Errors are not quite exchangeable: horizons overlap, seasons last, models wear out. What that costs
is in `docs/served.md`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from pipeline.served.earlier import pieces
from pipeline.served.past import Past


class Intervals(NamedTuple):
    """Bounds of every forecast at every level.

    Attributes:
        lo: NaN where there are too few errors, and where the model failed.
        hi: like it.
        n_errors: earlier cutoffs whose errors they are made of; 0 where the model failed.
    """

    lo: Float[np.ndarray, "S A M H L"]
    hi: Float[np.ndarray, "S A M H L"]
    n_errors: Int[np.ndarray, "S A M H"]


def calibrate(past: Past, levels: Sequence[float], *, n_calibration: int, first: int) -> Intervals:
    """Split-conformal intervals of every forecast from a cutoff on.

    The errors are those of the same series, model and step at the last `n_calibration` cutoffs,
    where the target is known and the model did not fail: what its stand-in said is no word of its.
    Where it failed it has no interval: the stand-in has its own.

    Args:
        past: it reaches `n_calibration` cutoffs before the first that is asked for, or to the first
            there is.
        levels: in percent. A lower one lies inside of a higher one.
        n_calibration: cutoffs.
        first: place of the first cutoff that is asked for; all from there on are.
    """
    S, C, M, H = past.y_hat.shape
    lo = np.full((S, C - first, M, H, len(levels)), np.nan)
    hi, n_errors = np.full_like(lo, np.nan), np.zeros(lo.shape[:-1], dtype=np.int32)
    ranks = np.array([[_rank(n, level) for level in levels] for n in range(n_calibration + 1)])
    for piece in pieces(past, n_calibration=n_calibration, first=first):
        sizes = np.abs(piece.earlier(piece.own_errors))
        sizes.sort(axis=-1)  # NaN comes last
        n = (~np.isnan(sizes)).sum(axis=-1, dtype=np.int32)
        rank = ranks[n]
        chosen = np.take_along_axis(sizes, np.minimum(rank, n_calibration) - 1, axis=-1)
        radius = np.where(rank <= n[..., None], chosen, np.nan)
        y_hat = piece.y_hat[..., None]
        lo[piece.asked], hi[piece.asked] = y_hat - radius, y_hat + radius
        n_errors[piece.asked] = np.where(np.isnan(y_hat[..., 0]), 0, n)
    return Intervals(lo, hi, n_errors)


def _rank(n: int, level: float) -> int:
    """Which of n errors bounds the level, from 1; n + 1 where none does."""
    return max(1, int(np.ceil((n + 1) * level / 100 - 1e-9)))
