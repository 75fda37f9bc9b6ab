"""Cutoffs as Dagster partitions: the same keys as `pipeline/folds/cutoffs.py` lists."""

import datetime as dt
from itertools import pairwise

import dagster as dg

from pipeline.declaration import DataSet
from pipeline.folds.cutoffs import cutoff_at, period_of

_CRON = {"MS": "0 0 1 * *", "QS": "0 0 1 1,4,7,10 *", "W": "0 0 * * 0", "D": "0 0 * * *"}
"""When a window starts and the one before it ends, in the declared time zone."""

_MONTHS = {"MS": range(1, 13), "QS": (1, 4, 7, 10)}
"""In which a window starts."""

_IN_EVERY_MONTH = 28
"""Days: a later day of the month is not in all of them."""


def partitions_of(data_set: DataSet) -> dg.TimeWindowPartitionsDefinition:
    """The cutoffs of a data set; without a declared last they grow with the clock."""
    last = data_set.cutoffs.last
    end = None
    if last is not None:
        period = period_of(last, data_set, where="cutoffs.last")
        end = cutoff_at(period + 1, data_set).key
    return dg.TimeWindowPartitionsDefinition(
        start=data_set.cutoffs.first,
        end=end,
        cron_schedule=_CRON[data_set.every],
        fmt="%Y-%m-%d",
        timezone=data_set.timezone,
    )


def ticks_of(data_set: DataSet) -> str | list[str]:
    """When the last observation of a cutoff is out: cron, in the declared time zone.

    That is `publication_lag` days after the end of its window, at midnight. A lag of four weeks or
    more reaches other days of the month from each month; of 29 February nothing is said, so that in
    a leap year such a tick may come a day late, never early.
    """
    lag, every = data_set.publication_lag, data_set.every
    if every == "D":
        return _CRON["D"]
    if every == "W":
        return f"0 0 * * {lag % 7}"
    if lag < _IN_EVERY_MONTH:
        minute, hour, _, months, weekday = _CRON[every].split()
        return f"{minute} {hour} {1 + lag} {months} {weekday}"
    days = [dt.date(2001, month, 1) + dt.timedelta(lag) for month in _MONTHS[every]]
    return [f"0 0 {d.day} {d.month} *" for d in sorted(days, key=lambda d: (d.month, d.day))]


def horizon_mapping(data_set: DataSet) -> dg.TimeWindowPartitionMapping:
    """Scores of a cutoff read actuals of the windows its horizon reaches into.

    Dagster calls a partition of scores stale when one of these was re-recorded; those after the
    last cutoff do not exist.
    """
    return dg.TimeWindowPartitionMapping(
        start_offset=0, end_offset=reach(data_set), allow_nonexistent_upstream_partitions=True
    )


def reach(data_set: DataSet) -> int:
    """Cutoff windows that a horizon reaches into: ceil(horizon / fewest steps in a window)."""
    first = period_of(data_set.cutoffs.first, data_set, where="cutoffs.first")
    ends = [cutoff_at(first + k, data_set).step for k in range(13)]
    stride = min(b - a for a, b in pairwise(ends))
    return -(-data_set.horizon // stride)
