"""By when the newest forecast should be there: Dagster marks the asset late where it is not."""

import datetime as dt

import dagster as dg

from pipeline.chain.stages import SERVED_FORECASTS, Stage
from pipeline.components.partitions import ticks_of
from pipeline.declaration import DataSet

_GRACE = dt.timedelta(hours=12)
"""From the tick of the schedule to the deadline: for the file to come, and the run to end."""

_SLACK = dt.timedelta(hours=1)
"""A day on which the clocks change is as much shorter or longer."""

_DAYS = {"D": (1, 1), "W": (7, 7), "MS": (28, 31), "QS": (90, 92)}
"""Fewest and most days in a window."""


def freshness_of(stage: Stage, data_set: DataSet) -> dg.FreshnessPolicy | None:
    """When the forecasts of a data set are late; None for other stages, and past a declared last.

    On time is a forecast made between the end of a window and half a day after the tick of the
    schedule (`publication_lag` days later). Dagster looks at the newest event of the whole asset: a
    run that only makes older cutoffs anew counts too.
    """
    if stage.name != SERVED_FORECASTS or data_set.cutoffs.last is not None:
        return None
    ticks = ticks_of(data_set)
    fewest, most = _DAYS[data_set.every]
    if not isinstance(ticks, str):  # one deadline cannot say them all: the longest time between two
        return dg.FreshnessPolicy.time_window(dt.timedelta(days=most) + _GRACE + _SLACK)
    since_the_end = dt.timedelta(days=data_set.publication_lag) + _GRACE + _SLACK
    hour = _GRACE // dt.timedelta(hours=1)
    return dg.FreshnessPolicy.cron(
        deadline_cron=ticks.replace("0 0 ", f"0 {hour} ", 1),
        lower_bound_delta=min(since_the_end, dt.timedelta(days=fewest)),
        timezone=data_set.timezone,
    )
