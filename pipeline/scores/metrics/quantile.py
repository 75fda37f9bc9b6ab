"""Metrics of quantiles, through scoringrules.

The grid of quantiles is the bounds of all levels and, as the median, the forecast between them.
"""

import numpy as np
import pandas as pd
import scoringrules
from jaxtyping import Float

from pipeline.scores.metrics.metric import Metric, mean_by_group

QUANTILES = {"lo_95": 0.025, "lo_80": 0.1, "y_hat": 0.5, "hi_80": 0.9, "hi_95": 0.975}
"""The grid: by column the probability that y lies below."""

CELLS = (0.0625, 0.2375, 0.4, 0.2375, 0.0625)
"""Of each quantile the probabilities nearer to it than to another; they sum to 1."""


def pinball(points: pd.DataFrame) -> pd.Series:
    """Mean pinball loss of the grid's quantiles, in the unit of the target.

    With y - q = d the loss of quantile p is p d above and (p - 1) d below it (Koenker and Bassett
    1978). Half of the weighted interval score (Bracher et al. 2021) of these bounds.

    Args:
        points: columns group, y and the columns of QUANTILES (NaN for none: points without one are
            left out; a group without another one is NaN).
    """
    losses, own = _pinballs(points)
    return mean_by_group(pd.Series(losses.mean(axis=1), index=own.index), points)


def crps(points: pd.DataFrame) -> pd.Series:
    """Continuous ranked probability score, in the unit of the target; arguments as `pinball`.

    Twice the integral of the pinball loss over all probabilities (Gneiting and Ranjan 2011), which
    is taken to be everywhere that of the nearest of QUANTILES. Where all quantiles are one number
    it is the MAE. Of a normal distribution that is the true one so few quantiles make it 11 % too
    small: it is for comparing models.
    """
    losses, own = _pinballs(points)
    return mean_by_group(pd.Series(2 * losses @ CELLS, index=own.index), points)


def crps_over_scale(points: pd.DataFrame) -> pd.Series:
    """Mean of CRPS / scale, a pure number that can be averaged over series as MASE is.

    Args:
        points: as `pinball`, and scale (in the unit of the target, NaN for none: left out).
    """
    losses, own = _pinballs(points[points["scale"] > 0])
    found = pd.Series(2 * losses @ CELLS, index=own.index) / own["scale"]
    return mean_by_group(found, points)


def _pinballs(
    points: pd.DataFrame,
) -> tuple[Float[np.ndarray, "points Q"], pd.DataFrame]:
    """The loss of each quantile, and the points that have them all."""
    own = points[points[list(QUANTILES)].notna().all(axis=1)]
    losses = scoringrules.quantile_score(
        own["y"].to_numpy()[:, None],
        own[list(QUANTILES)].to_numpy(),
        np.array(list(QUANTILES.values())),
        backend="numpy",
    )
    return losses, own


METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric("pinball", pinball, "of the target", "mean pinball loss of five quantiles"),
        Metric("crps", crps, "of the target", "continuous ranked probability score from these"),
        Metric("crps_over_scale", crps_over_scale, "", "crps divided by each cutoff's scale"),
    )
}
"""Every metric of quantiles, by its column on the leaderboard."""
