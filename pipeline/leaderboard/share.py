"""What networks add to the served forecast: the blend against the same blend without them."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.leaderboard.luck import FEWEST_PER_OVERLAP, LEVEL
from pipeline.leaderboard.scaled_errors import ScaledErrors
from pipeline.mean_test import ewc_test, ratio_bounds
from pipeline.served.settings import SERVED, WITHOUT_NETWORKS


class NetworkShare(NamedTuple):
    """As skill, with the blend without networks in the place of the reference.

    Attributes:
        gain: 1 - MASE of the blend / MASE of that without networks, each the mean over series.
        lower: with 95 % confidence the gain in the long run lies between this and `upper`; NaN
            where too few cutoffs bound it, or the two never differ.
        upper: see there.
        p_value: probability of so large a difference if both were equally good; NaN likewise.
    """

    gain: float
    lower: float
    upper: float
    p_value: float


def network_share(points: pd.DataFrame) -> NetworkShare | None:
    """The share of the networks in what is served; None where it has none, or nothing was scored.

    Args:
        points: the columns of `tables.SCORES`.
    """
    own = points[points["model"].isin([SERVED, WITHOUT_NETWORKS]) & points["scale"].notna()]
    if own["model"].nunique() < 2:
        return None
    references = dict.fromkeys(own["unique_id"].unique(), WITHOUT_NETWORKS)
    errors = ScaledErrors.of(own, references)
    (alike,) = errors.of_the_mean()
    served, without = alike.errors[0, errors.models.index(SERVED)], alike.references[0]
    if not without.any():
        return None
    gain = 1 - float(served.mean() / without.mean())
    if len(served) < FEWEST_PER_OVERLAP * errors.overlap or (served == without).all():
        return NetworkShare(gain, np.nan, np.nan, np.nan)
    lower, upper = ratio_bounds(served, without, overlap=errors.overlap, level=LEVEL)
    p_value = ewc_test(served - without, overlap=errors.overlap)
    highest = 1 - max(float(lower), 0.0)  # no mean absolute error is below zero
    return NetworkShare(gain, 1 - float(upper), highest, float(p_value))
