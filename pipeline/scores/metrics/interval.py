"""Metrics of intervals: how often they hold, and how narrow they are for that.

The score of an interval is scoringrules'; metrics of quantiles are in `quantile.py`.
"""

import functools

import numpy as np
import pandas as pd
import scoringrules

from pipeline.scores.metrics.metric import Metric, mean_by_group
from pipeline.served.settings import LEVELS


def coverage(points: pd.DataFrame, *, level: float) -> pd.Series:
    """Share of actuals with lo <= y <= hi.

    Args:
        points: columns group, y, and lo and hi of the level, as lo_80 and hi_80 (NaN for none:
            such points are left out; a group without another one is NaN).
        level: of the interval, in percent.
    """
    y, lo, hi = _bounded(points, level)
    return mean_by_group(((lo <= y) & (y <= hi)).astype(np.float64), points)


def winkler(points: pd.DataFrame, *, level: float) -> pd.Series:
    """Mean interval score, in the unit of the target (Winkler 1972; Gneiting and Raftery 2007).

    hi - lo, and 2 / alpha times the distance to an actual outside, alpha = 1 - level / 100.
    Arguments as `coverage`.
    """
    y, lo, hi = _bounded(points, level)
    alpha = (100 - level) / 100
    found = scoringrules.interval_score(y, lo, hi, alpha, backend="numpy")
    # It gives a number for a single point.
    return mean_by_group(pd.Series(np.atleast_1d(found), index=y.index), points)


def _bounded(points: pd.DataFrame, level: float) -> tuple[pd.Series, pd.Series, pd.Series]:
    """The actual and both bounds of each point that has them."""
    lo, hi = f"lo_{level:g}", f"hi_{level:g}"
    bounded = points[points[lo].notna() & points[hi].notna()]
    return bounded["y"], bounded[lo], bounded[hi]


def _of_level(level: float) -> tuple[Metric, Metric]:
    name = f"{level:g}"
    return (
        Metric(
            f"coverage_{name}",
            functools.partial(coverage, level=level),
            "of 1",
            f"share of actuals within the bounds of {name} %",
        ),
        Metric(
            f"winkler_{name}",
            functools.partial(winkler, level=level),
            "of the target",
            f"mean width of the intervals of {name} %, and {200 / (100 - level):g} times what an "
            "actual lies outside",
        ),
    )


METRICS: dict[str, Metric] = {m.name: m for level in LEVELS for m in _of_level(level)}
"""Every metric of intervals, by its column on the leaderboard."""
