"""What a metric is: a function of scored points, its unit and its meaning.

The metrics themselves are in the other files of this folder, each with its METRICS at the foot.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Metric:
    """A way to make one number from many points.

    Attributes:
        name: the column of the leaderboard.
        function: takes points (columns group, y, y_hat, scale), gives a float64 per group, indexed
            by the group.
        unit: in words; empty for a pure number.
        meaning: one line.
    """

    name: str
    function: Callable[[pd.DataFrame], pd.Series]
    unit: str
    meaning: str
