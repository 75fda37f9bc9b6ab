"""How well bounds and probabilities hold: their metrics over groups of scored points.

What a number means is in `metrics/`. All models of a series are measured on the same points.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Bool

from pipeline.scores.metrics import event, interval, quantile
from pipeline.scores.metrics.metric import Metric
from pipeline.served.settings import LEVELS

_POINT = ["unique_id", "cutoff", "step", "model"]

INTERVAL_METRICS: dict[str, Metric] = {**interval.METRICS, **quantile.METRICS}
"""Those of intervals, by their column."""

INTERVAL_COUNTS = [f"n_bounded_{level:g}" for level in LEVELS]
"""Columns that count the points with bounds."""

EVENT_COUNTS = ["n_probabilities"]
"""The column that counts the points with a probability."""


def interval_metrics(scored: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The metrics of intervals of each group, over the points with bounds of every model.

    A point counts at a level if all models of its series that have bounds there anywhere have them
    at this point: else one with few bounds would be measured on other points than the others.

    Args:
        scored: the columns of `tables.SCORED_INTERVALS`.
        by: the columns that tell groups apart: unique_id, model, or these and step.

    Returns:
        A row per group of `by`: these columns, INTERVAL_COUNTS and those of INTERVAL_METRICS.
    """
    points = _a_row_per_point(scored)
    for level in LEVELS:
        bounds = [f"lo_{level:g}", f"hi_{level:g}"]
        shared = _of_every_model(points, points[bounds[0]].notna().to_numpy())
        points.loc[~shared, bounds] = np.nan
        points[f"n_bounded_{level:g}"] = shared
    return _measured(points, by, metrics=INTERVAL_METRICS, counts=INTERVAL_COUNTS)


def event_metrics(scored: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The metrics of probabilities of each group, over the points that have one of every model.

    Args:
        scored: the columns of `tables.SCORED_EVENTS`.
        by: the columns that tell groups apart: unique_id, model, or these and step.

    Returns:
        A row per group of `by`: these columns, EVENT_COUNTS and those of `event.METRICS`.
    """
    shared = _of_every_model(scored, scored["probability"].notna().to_numpy())
    points = scored.assign(probability=scored["probability"].where(shared), n_probabilities=shared)
    return _measured(points, by, metrics=event.METRICS, counts=EVENT_COUNTS)


def _a_row_per_point(scored: pd.DataFrame) -> pd.DataFrame:
    """Of each point y, y_hat, scale and, side by side, lo_80, hi_80, lo_95, hi_95."""
    point = scored.groupby(_POINT, sort=False).ngroup().to_numpy()
    points = scored.loc[~pd.Series(point, index=scored.index).duplicated()]
    points = points[[*_POINT, "y", "y_hat", "scale"]].reset_index(drop=True)
    for level in LEVELS:
        own = (scored["level"] == level).to_numpy()
        for bound in ("lo", "hi"):
            found = np.full(len(points), np.nan)
            found[point[own]] = scored[bound].to_numpy()[own]
            points[f"{bound}_{level:g}"] = found
    return points


def _of_every_model(
    points: pd.DataFrame, there: Bool[np.ndarray, " points"]
) -> Bool[np.ndarray, " points"]:
    """Whether all models of the series that have it at any point have it at this one."""
    if len(points) == 0:
        return there
    series, model = (pd.factorize(points[k])[0] for k in ("unique_id", "model"))
    able = np.zeros((series.max() + 1, model.max() + 1), dtype=bool)
    able[series[there], model[there]] = True
    place = points.groupby(_POINT[:3], sort=False).ngroup().to_numpy()
    have = np.bincount(place, weights=there)
    return there & (have[place] == able.sum(axis=1)[series])


def _measured(
    points: pd.DataFrame, by: list[str], *, metrics: Mapping[str, Metric], counts: list[str]
) -> pd.DataFrame:
    """Every metric and count of each group."""
    grouped = points.assign(group=points.groupby(by, sort=False).ngroup())
    rows = points.loc[~grouped["group"].duplicated(), by].reset_index(drop=True)
    sums = grouped.groupby("group")[counts].sum().astype("int64")
    return rows.assign(
        **{name: sums[name] for name in counts},
        **{name: metric.function(grouped) for name, metric in metrics.items()},
    )
