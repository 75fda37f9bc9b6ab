"""Evidence: what earlier cutoffs say of each model, as of each cutoff.

How large its errors were, by horizon group, on the same points as those of the others. Weights are
made of it in `blend.py`.

Sums run over the cutoffs one by one, the oldest first, and missing ones add a zero: so a cutoff's
bytes are the same whichever cutoffs are looked at with it.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.rnn.presets import horizon_groups
from pipeline.served.past import Past

_AT_ONCE = 2**20
"""Forecasts that are looked at together: their sums stay in the cache."""


class Evidence(NamedTuple):
    """What is known of the models at each cutoff.

    Attributes:
        mse: mean squared error of each horizon group; NaN where nothing is known.
        n_errors: earlier cutoffs of which a point of the group is known.
    """

    mse: Float[np.ndarray, "S C M G"]
    n_errors: Int[np.ndarray, "S C G"]


def gather_evidence(
    past: Past, candidates: Bool[np.ndarray, " M"], *, n_calibration: int
) -> Evidence:
    """The mean squared errors of the candidates over the last cutoffs before each.

    A point counts where its target is known and observed and any candidate has a number; who has
    none there is as bad as the worst that has one. Where a model failed its stand-in's error is its
    own. Of other models than candidates it is NaN.

    Args:
        past: what was said and observed.
        candidates: which models are looked at.
        n_calibration: cutoffs that count, by their places before each.
    """
    S, C, M, H = past.y_hat.shape
    G = len(horizon_groups(H))
    mse, n_errors = np.full((S, C, M, G), np.nan), np.zeros((S, C, G), dtype=np.int32)
    for some, own in past.few_series(max(1, _AT_ONCE // (C * M * H))):
        with np.errstate(over="ignore", invalid="ignore"):
            squares, counted = _squares(own, candidates)
            total, points, n_errors[some] = _sum(own, squares, counted, n_calibration)
            mse[some, :, candidates] = np.moveaxis(total / points[..., None], 0, -1)
    return Evidence(mse, n_errors)


def _squares(
    past: Past, candidates: Bool[np.ndarray, " M"]
) -> tuple[Float[np.ndarray, "H S C K"], Bool[np.ndarray, "H S C"]]:
    """Squared errors of the candidates, and which points count; 0 where they do not."""
    errors = np.moveaxis(past.errors[:, :, candidates], 3, 0)
    squares = np.square(errors)
    there = np.isfinite(squares)
    worst = np.where(there, squares, 0.0).max(axis=-1, initial=0.0)
    counted = np.any(there, axis=-1)
    return np.where(there, squares, worst[..., None]), counted


def _sum(
    past: Past,
    squares: Float[np.ndarray, "H S C K"],
    counted: Bool[np.ndarray, "H S C"],
    n: int,
) -> tuple[Float[np.ndarray, "G S C K"], Int[np.ndarray, "G S C"], Int[np.ndarray, "S C G"]]:
    """Over the n cutoffs before each: the squares of each group, their number, the cutoffs."""
    H, S, C, K = squares.shape
    groups = list(horizon_groups(H).values())
    total, points = np.zeros((len(groups), S, C, K)), np.zeros((len(groups), S, C), dtype=np.int32)
    cutoffs = np.zeros_like(points)
    for lag in range(min(n, C - 1), 0, -1):
        known = past.known(lag).T[:, None] & counted[:, :, : C - lag]
        for g, steps in enumerate(groups):
            for h in range(steps.start, steps.stop):
                seen = known[h][..., None]
                total[g, :, lag:] += np.where(seen, squares[h, :, : C - lag], 0.0)
            points[g, :, lag:] += known[steps].sum(axis=0, dtype=np.int32)
            cutoffs[g, :, lag:] += known[steps].any(axis=0)
    return total, points, np.moveaxis(cutoffs, 0, 2)
