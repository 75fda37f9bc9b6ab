"""What runs by itself, once it is switched on: a schedule and a sensor for every data set.

Here are their names, times and what the UI says of them; what a tick decides is `ticks.py`, what is
told when a run fails `webhook.py`. The UI shows their descriptions as plain text, those of assets
as Markdown.
"""

from collections.abc import Sequence

import dagster as dg

from pipeline.chain.project import Project
from pipeline.components import clock
from pipeline.components.partitions import ticks_of
from pipeline.components.ticks import Tick, decide, without_a_crowd
from pipeline.components.watch import look
from pipeline.declaration import DataSet

_INTERVAL = 30
"""Seconds between two looks of a sensor at names, sizes and times of the files."""

_ASKED = """
It asks the plan, as "hindcast plan {name}" does, and starts one run for every contiguous stretch of
cutoffs that is due (of many the four oldest): never for a cutoff without a ready fold, nor while
another run of {name} goes on. When nothing is due, the tick says what is awaited.

A file that is refused changes nothing that is served: a run fails with the sentence that says where
the mistake is and what to do.
"""


def automation_of(data_set: DataSet) -> dg.Definitions:
    """The job of a data set, and what starts it: switched off until somebody switches it on."""
    job = dg.define_asset_job(
        data_set.name,
        selection=dg.AssetSelection.groups(data_set.name),
        description=f"The whole chain of {data_set.name} over one cutoff or a stretch of them; "
        "what is up to date is not made again.",
    )
    return dg.Definitions(
        jobs=[job], schedules=[_schedule(data_set, job)], sensors=[_sensor(data_set, job)]
    )


def _schedule(data_set: DataSet, job) -> dg.ScheduleDefinition:  # noqa: ANN001 - its type is private
    @dg.schedule(
        name=f"{data_set.name}_when_a_cutoff_ends",
        cron_schedule=ticks_of(data_set),
        execution_timezone=data_set.timezone,
        job=job,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=_when(data_set) + _ASKED.format(name=data_set.name),
    )
    def schedule(
        context: dg.ScheduleEvaluationContext, project: dg.ResourceParam[Project]
    ) -> Sequence[dg.RunRequest] | dg.SkipReason:
        now = context.scheduled_execution_time
        tick = without_a_crowd(decide(project, data_set, context.instance, now=now))
        return tick.requests or dg.SkipReason(tick.reason)

    return schedule


def _when(data_set: DataSet) -> str:
    lag, zone = data_set.publication_lag, data_set.timezone
    days = f", {lag} days after it (publication_lag)" if lag else ""
    return (
        f"Ticks when the window of a cutoff ends ({data_set.every}), at midnight in {zone}{days}."
        "\nData that comes later than that the sensor sees, or the next tick.\n"
    )


def _sensor(data_set: DataSet, job) -> dg.SensorDefinition:  # noqa: ANN001 - its type is private
    @dg.sensor(
        name=f"{data_set.name}_when_files_change",
        job=job,
        minimum_interval_seconds=_INTERVAL,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description=f"Looks every {_INTERVAL} s whether a file of {data_set.name} is new, gone "
        "or changed, or another cutoff has ended.\n" + _ASKED.format(name=data_set.name),
    )
    def sensor(
        context: dg.SensorEvaluationContext, project: dg.ResourceParam[Project]
    ) -> dg.SensorResult:
        tick, cursor = look(
            project, data_set, context.instance, cursor=context.cursor, now=clock.now()
        )
        return dg.SensorResult(run_requests=tick.requests, skip_reason=_skip(tick), cursor=cursor)

    return sensor


def _skip(tick: Tick) -> dg.SkipReason | None:
    return None if tick.requests else dg.SkipReason(tick.reason)
