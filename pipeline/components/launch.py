"""Runs that the command line starts: in this process, on the same history that the UI shows."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)
from filelock import FileLock, Timeout

from pipeline.components.assets import key_of
from pipeline.declaration import DataSet
from pipeline.errors import InputError

LIFE = ".dagster/hindcast_life"
"""Tag of a run: the name of a lock that its process holds; a killed process holds it no more.

The prefix is that of tags which the UI does not show.
"""


def materialize(
    repository: dg.RepositoryDefinition,
    data_set: DataSet,
    stages: Sequence[str],
    *,
    first: str | None,
    last: str | None,
) -> None:
    """Run these assets of a data set over a stretch of cutoffs, as one Dagster run.

    Args:
        repository: the definitions.
        data_set: whose assets.
        stages: names of the assets; all stages of one run that are not among them stay as they are.
        first: key of the first cutoff; None where no asset has cutoffs.
        last: key of the last one.

    Raises:
        InputError: the run failed for a reason that a person can mend.
        RuntimeError: it failed for another; the run's page in the UI tells more.
    """
    keys = [key_of(data_set, name) for name in stages]
    job = repository.get_implicit_job_def_for_assets(keys)
    assert job is not None, "assets of one data set share their partitions"
    tags = {}
    if first is not None and last is not None:
        tags = {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last}
    with dg.DagsterInstance.get() as instance, _life(Path(instance.root_directory)) as life:
        end_dead_runs(instance)
        result = job.execute_in_process(
            instance=instance,
            asset_selection=keys,
            tags=tags | {LIFE: life},
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    if not result.success:
        raise _told(result)


@contextmanager
def _life(home: Path) -> Iterator[str]:
    """Hold a lock of this run's own while it runs."""
    name = uuid.uuid4().hex
    path = _lock(home, name)
    path.parent.mkdir(exist_ok=True)
    try:
        with FileLock(path):
            yield name
    finally:
        path.unlink(missing_ok=True)


def _lock(home: Path, name: str) -> Path:
    return home / "running" / f"{name}.lock"


def end_dead_runs(instance: dg.DagsterInstance) -> None:
    """Runs whose process was killed: recorded as failed, and the GPU that they held given back.

    Dagster keeps a killed run as started and its place in the pool taken: the next one would wait
    for ever.
    """
    unfinished = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    for run in instance.get_runs(dg.RunsFilter(statuses=unfinished)):
        if LIFE in run.tags and _is_over(_lock(Path(instance.root_directory), run.tags[LIFE])):
            instance.report_run_failed(run, "Its process was killed; the next run carried on.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def _is_over(lock: Path) -> bool:
    if not lock.is_file():  # of another machine, whose history this is too
        return False
    try:
        with FileLock(lock, timeout=0):
            lock.unlink(missing_ok=True)
    except Timeout:
        return False
    return True


def _told(result: dg.ExecuteInProcessResult) -> Exception:
    """What a blocking check found, or the first failure as the sentence that its stage gave."""
    blocked = {
        f"check {e.check_name} of {e.asset_key.to_user_string()}: {e.description}"
        for e in result.get_asset_check_evaluations()
        if not e.passed and e.blocking and e.description  # of a single cutoff there is none
    }
    if blocked:
        return RuntimeError("; ".join(sorted(blocked)))
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            if data.user_failure_data is not None and data.user_failure_data.description:
                return InputError(data.user_failure_data.description)
            return RuntimeError(f"{event.step_key}: {data.error_display_string}")
    return RuntimeError("the run failed; its page in the UI tells more")
