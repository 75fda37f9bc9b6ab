"""What Dagster's history says of runs: which go on, which were tried, which failed last."""

from collections.abc import Sequence

import dagster as dg
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES

from pipeline.declaration import DataSet

# Private, since Dagster has no public names for these.
_NOT_ENDED = [*IN_PROGRESS_RUN_STATUSES, dg.DagsterRunStatus.QUEUED]

RUN_KEY_TAG = "dagster/run_key"
"""Under which a run keeps the key of the request that it comes from."""


def run_in_progress(instance: dg.DagsterInstance, data_set: DataSet) -> str | None:
    """A run or backfill that computes something of a data set now, for people."""
    # Private as well, and slow to load: not needed for definitions.
    from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus

    def touches(keys: Sequence[dg.AssetKey] | None) -> bool:
        return any(key.path[0] == data_set.name for key in keys or ())

    for run in instance.get_runs(dg.RunsFilter(statuses=_NOT_ENDED)):
        if run.job_name == data_set.name or touches(list(run.asset_selection or ())):
            return f"run {run.run_id}"
    unfinished = [BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING]
    for backfill in instance.get_backfills(filters=BulkActionsFilter(statuses=unfinished)):
        if touches(backfill.asset_selection):
            return f"backfill {backfill.backfill_id}"
    return None


def run_of(instance: dg.DagsterInstance, run_key: str) -> dg.DagsterRun | None:
    """The newest run that was requested under a key."""
    found = instance.get_runs(dg.RunsFilter(tags={RUN_KEY_TAG: run_key}), limit=1)
    return found[0] if found else None


def last_runs_failed(
    instance: dg.DagsterInstance, keys: Sequence[dg.AssetKey]
) -> dict[str, dg.DagsterRun]:
    """By their ids the newest runs of assets that failed before they recorded the asset."""
    found = {}
    for record in instance.get_asset_records(keys):
        newest, recorded = record.asset_entry.last_run_id, record.asset_entry.last_materialization
        if newest is None or (recorded is not None and recorded.run_id == newest):
            continue
        run = instance.get_run_by_id(newest)
        if run is not None and run.status == dg.DagsterRunStatus.FAILURE:
            found[newest] = run
    return found


def who_recorded(instance: dg.DagsterInstance, keys: Sequence[dg.AssetKey]) -> dict[str, str]:
    """By asset the run that last recorded it; one that never was is left out."""
    newest = {
        r.asset_entry.asset_key: r.asset_entry.last_materialization
        for r in instance.get_asset_records(keys)
    }
    return {key.to_user_string(): entry.run_id for key, entry in newest.items() if entry}
