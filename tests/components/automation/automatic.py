"""A project whose schedule and sensor tick when a test says so, at a time that it sets."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dagster as dg
from dagster._core.test_utils import freeze_time

from pipeline.definitions import definitions_of_project
from tests.strategies import SmallProject, month, months

SCHEDULE, SENSOR = "toy_when_a_cutoff_ends", "toy_when_files_change"
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
CHANGED = "files changed; they are read at the next look"


def on(day: str) -> dt.datetime:
    return dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)


class Automatic:
    """A small project whose schedule and sensor tick when the test says so.

    Dagster's clock is held at the time of the tick: definitions, assets and checks read the same.
    """

    def __init__(self, small: SmallProject, instance: dg.DagsterInstance) -> None:
        self.small = small
        self.instance = instance
        self.cursor: str | None = None
        self.repository = definitions_of_project(small.project).get_repository_def()

    @contextmanager
    def at(self, day: str) -> Iterator[dt.datetime]:
        now = on(day)
        self.small.now = now
        with freeze_time(now):
            yield now

    def schedule(self, day: str):
        """A tick of the schedule."""
        with (
            self.at(day) as now,
            # Left open, its instance would be what later definitions ask, once it is gone.
            dg.build_schedule_context(
                self.instance,
                now,
                resources={"project": self.small.project},
                repository_def=self.repository,
            ) as context,
        ):
            return self.repository.get_schedule_def(SCHEDULE).evaluate_tick(context)

    def sensor(self, day: str):
        """A tick of the sensor, with the cursor that its last one left."""
        with (
            self.at(day),
            dg.build_sensor_context(
                self.instance,
                self.cursor,
                resources={"project": self.small.project},
                repository_def=self.repository,
            ) as context,
        ):
            data = self.repository.get_sensor_def(SENSOR).evaluate_tick(context)
        self.cursor = data.cursor
        return data

    def settled_sensor(self, day: str):
        """Ticks until changed files were found the same once."""
        data = self.sensor(day)
        return self.sensor(day) if data.skip_message == CHANGED else data

    def execute(self, requests: Sequence[dg.RunRequest], day: str) -> list[bool]:
        """Run what was asked for, as the daemon does, one after the other; whether it succeeded."""
        return [self._execute(request, day) for request in requests]

    def _execute(self, request: dg.RunRequest, day: str) -> bool:
        assert request.run_key is not None
        with self.at(day):
            result = self.repository.get_job("toy").execute_in_process(
                instance=self.instance,
                asset_selection=request.asset_selection,
                tags=dict(request.tags) | {"dagster/run_key": request.run_key},
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
        return result.success

    def runs(self) -> list[dg.DagsterRun]:
        return list(self.instance.get_runs())

    def append(self, number: int, *stems: str) -> None:
        """A month more at the end of each file."""
        for stem in stems or "ab":
            lines = self.small.lines(stem)
            self.small.write_lines(stem, [*lines, f"{month(number)},{20 + number % 7}"])

    def changes(self, before: dict) -> set[tuple[str, str | None]]:
        """Stages and cutoffs of which something holds other content than before."""
        after = self.small.contents()
        places = {p for p in before | after if before.get(p) != after.get(p)}
        return {(place[1], place[2] if len(place) > 2 else None) for place in places}


def cutoffs_of(request: dg.RunRequest) -> list[str]:
    if "dagster/partition" in request.tags:
        return [request.tags["dagster/partition"]]
    ends = [request.tags[tag][:7] for tag in RANGE if tag in request.tags]
    return months(*ends) if ends else []


def stages(request: dg.RunRequest) -> list[str]:
    return [key.path[-1] for key in request.asset_selection or ()]


def checks_that_ran(automatic: Automatic) -> set[str]:
    (run, *_) = automatic.runs()
    events = automatic.instance.all_logs(
        run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    )
    return {e.dagster_event.asset_check_evaluation_data.check_name for e in events}


def plan_at(automatic: Automatic, day: str):
    with automatic.at(day):
        return automatic.small.plan()


def told(automatic: Automatic) -> str:
    """What the newest run failed with, as its page shows it."""
    (run, *_) = automatic.runs()
    (failed,) = [
        e.dagster_event.step_failure_data
        for e in automatic.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    ]
    assert failed.user_failure_data is not None
    return failed.user_failure_data.description or ""


def forget_scores(automatic: Automatic, *keys: str) -> None:
    for key in keys:
        (automatic.small.project.store.folder("toy", "scores", key) / "manifest.json").unlink()
