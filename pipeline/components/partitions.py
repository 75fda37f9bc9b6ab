"""Cutoffs as Dagster partitions: the same keys as `pipeline/folds/cutoffs.py` lists."""

from itertools import pairwise

import dagster as dg

from pipeline.declaration import DataSet
from pipeline.folds.cutoffs import cutoff_at, period_of

_CRON = {"MS": "0 0 1 * *", "QS": "0 0 1 1,4,7,10 *", "W": "0 0 * * 0", "D": "0 0 * * *"}
"""When a window starts and the one before it ends."""


def partitions_of(data_set: DataSet) -> dg.TimeWindowPartitionsDefinition:
    """The cutoffs of a data set; without a declared last they grow with the clock."""
    last = data_set.cutoffs.last
    end = None
    if last is not None:
        period = period_of(last, data_set, where="cutoffs.last")
        end = cutoff_at(period + 1, data_set).key
    return dg.TimeWindowPartitionsDefinition(
        start=data_set.cutoffs.first, end=end, cron_schedule=_CRON[data_set.every], fmt="%Y-%m-%d"
    )


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
