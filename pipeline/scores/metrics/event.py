"""Metrics of the probability that y lies above a threshold, through scoringrules."""

import numpy as np
import pandas as pd
import scoringrules

from pipeline.scores.metrics.metric import Metric, mean_by_group


def brier(points: pd.DataFrame) -> pd.Series:
    """Mean of (probability - event)^2, from 0 to 1 (Brier 1950).

    event is 1 where y > above, else 0. Who always says the share s of events gets s (1 - s), at
    most a quarter.

    Args:
        points: columns group, y, above (the threshold, in the unit of the target) and probability
            (NaN for none: such points are left out; a group without another one is NaN).
    """
    own = points[points["probability"].notna()]
    event = (own["y"] > own["above"]).to_numpy().astype(np.float64)
    found = scoringrules.brier_score(event, own["probability"].to_numpy(), backend="numpy")
    return mean_by_group(pd.Series(found, index=own.index), points)


METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric(
            "brier",
            brier,
            "",
            "mean squared error of the probability that y lies above the declared threshold",
        ),
    )
}
"""Every metric of events, by its column on the leaderboard."""
