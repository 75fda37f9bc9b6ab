"""Intervals and probabilities on the leaderboard: their metrics beside those of the forecasts.

What a number means is in `pipeline/scores/metrics/`.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from pipeline import tables
from pipeline.errors import InputError
from pipeline.scores.calibration import (
    EVENT_COUNTS,
    INTERVAL_COUNTS,
    INTERVAL_METRICS,
    event_metrics,
    interval_metrics,
)
from pipeline.scores.metrics import event
from pipeline.scores.metrics.metric import Metric

_METRICS: dict[str, Metric] = {**INTERVAL_METRICS, **event.METRICS}

_KEY = ["unique_id", "step", "model"]

_POINT = ["unique_id", "model", "cutoff", "step"]


def add_intervals(
    rows: pd.DataFrame, *, intervals: pd.DataFrame | None, events: pd.DataFrame | None
) -> pd.DataFrame:
    """Adds the metrics of intervals and of probabilities; counts of 0 and NaN where there is none.

    Over several series pure numbers are the mean of the series' that have one; those in the unit of
    the target are NaN, as in `skill.mean_over_series`. Counts are sums.

    Args:
        rows: of the leaderboard, one per unique_id (null for the mean over series), step (null for
            all together) and model, with n_scored.
        intervals: the columns of `tables.SCORED_INTERVALS`; None where there are none.
        events: the columns of `tables.SCORED_EVENTS`; None where there are none.

    Raises:
        InputError: there are more points with bounds or a probability than were scored.
    """
    if intervals is None:
        intervals = tables.SCORED_INTERVALS.empty()
    if events is None:
        events = tables.SCORED_EVENTS.empty()
    # Sums of floats depend on their order.
    intervals = intervals.sort_values([*_POINT, "level"], ignore_index=True)
    events = events.sort_values(_POINT, ignore_index=True)
    many = rows["unique_id"].nunique() > 1
    of_intervals = _of_all(interval_metrics, intervals, many=many, counts=INTERVAL_COUNTS)
    of_events = _of_all(event_metrics, events, many=many, counts=EVENT_COUNTS)
    found = _keyed(rows).merge(of_intervals, on=_KEY, how="left", validate="one_to_one")
    found = found.merge(of_events, on=_KEY, how="left", validate="one_to_one")
    counts = [*INTERVAL_COUNTS, *EVENT_COUNTS]
    found[counts] = found[counts].fillna(0).astype("int64")
    _check_counts(found, counts)
    added = found[[*counts, *_METRICS]].set_index(rows.index)
    return pd.concat([rows, added], axis=1)


def _check_counts(rows: pd.DataFrame, counts: Sequence[str]) -> None:
    for name in counts:
        more = rows[rows[name] > rows["n_scored"]]
        if len(more):
            row = more.iloc[0]
            raise InputError(
                f"{row['model']} has {name} {row[name]} of {row['n_scored']} scored points; rank "
                "scores and intervals of the same cutoffs"
            )


def _of_all(
    measure: Callable[[pd.DataFrame, list[str]], pd.DataFrame],
    scored: pd.DataFrame,
    *,
    many: bool,
    counts: Sequence[str],
) -> pd.DataFrame:
    """Rows of each series and of their mean, of all steps together and of each."""
    blocks = []
    for by in (["unique_id", "model"], ["unique_id", "model", "step"]):
        each = _keyed(measure(scored, by))
        blocks += [each, _mean_over_series(each, many=many, counts=counts)]
    return pd.concat(blocks, ignore_index=True)


def _mean_over_series(each: pd.DataFrame, *, many: bool, counts: Sequence[str]) -> pd.DataFrame:
    numbers = [name for name in _METRICS if name in each]
    groups = each.groupby(["step", "model"], sort=False)
    found = pd.concat([groups[numbers].mean(), groups[list(counts)].sum()], axis=1)
    in_units = [name for name in numbers if _METRICS[name].unit == "of the target"]
    if many:
        found[in_units] = np.nan
    return found.reset_index().assign(unique_id="")


def _keyed(rows: pd.DataFrame) -> pd.DataFrame:
    """With keys that can be joined: "" for the mean over series, step 0 for all together."""
    step = rows["step"].astype("Int64").fillna(0).astype("int64") if "step" in rows else 0
    unique_id = rows["unique_id"].astype("object").fillna("")
    return rows.assign(unique_id=unique_id, step=step, model=rows["model"].astype("object"))
