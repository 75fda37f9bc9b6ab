"""What a metric is: a function of scored points, its unit and its meaning; and the mean of a group.

The metrics themselves are in the other files of this folder, each with its METRICS at the foot.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Metric:
    """A way to make one number from many points.

    Attributes:
        name: the column of the leaderboard.
        function: takes points (column group, and those that its docstring names), gives a float64
            per group, indexed by the group.
        unit: in words; empty for a pure number.
        meaning: one line.
    """

    name: str
    function: Callable[[pd.DataFrame], pd.Series]
    unit: str
    meaning: str


def mean_by_group(values: pd.Series, points: pd.DataFrame) -> pd.Series:
    """The mean of the values in each group of the points; NaN for a group without a value.

    Args:
        values: of some of the points, by their index.
        points: all of them, with the column group.
    """
    groups = np.unique(points["group"].to_numpy())
    return values.groupby(points["group"].loc[values.index]).mean().reindex(groups)
