"""What is up to date and marked as stale all the same is recorded anew, as it lies there.

Dagster compares what an asset is made from; the plan knows of which rows and settings. A corrected
column that the scores do not read, an appended day, a setting that changes no number at most
cutoffs: Dagster marks them, the plan calls nothing due, and no run would ever take the mark away.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence

import dagster as dg
from dagster._core.definitions.data_version import (
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
)
from dagster._core.events import (
    DagsterEvent,
    DagsterEventBatchMetadata,
    DagsterEventType,
    StepMaterializationData,
    generate_event_batch_id,
)
from dagster._core.instance.utils import RUNLESS_JOB_NAME, RUNLESS_RUN_ID

from pipeline.chain.known import Known
from pipeline.chain.plan import known_of_store, up_to_date
from pipeline.chain.project import Project
from pipeline.chain.stages import Stage, stages_of
from pipeline.components.marks import Marks
from pipeline.components.metadata import metadata_anew
from pipeline.components.told import note_told
from pipeline.declaration import DataSet
from pipeline.folds.cutoffs import Cutoff


def record_all(
    project: Project, data_set: DataSet, instance: dg.DagsterInstance, *, now: dt.datetime
) -> dict[str, int]:
    """Record anew whatever of a data set is up to date and not marked so, or in no history yet.

    Returns:
        By asset how many of its partitions, 1 for one without.
    """
    known = known_of_store(project, data_set, now=now)
    found = record_anew(instance, project, known, stages_of(data_set))
    note_told(project, data_set)
    return found


def record_anew(
    instance: dg.DagsterInstance,
    project: Project,
    known: Known,
    stages: Sequence[Stage],
    *,
    besides: Collection[str] = (),
) -> dict[str, int]:
    """The same for some stages, in the order of the chain; cutoffs besides these."""
    marks, counts = Marks(instance, known), Counter[str]()
    for stage in stages:
        others = [cutoff for cutoff in known.cutoffs if cutoff.key not in besides]
        cutoffs: list[Cutoff | None] = [*others] if stage.per_cutoff else [None]
        marked = [c for c in cutoffs if not marks.is_fresh(stage, c.key if c else None)]
        events = []
        for cutoff, manifest in up_to_date(stage, known, project.store, marked).items():
            key = cutoff.key if cutoff else None
            version = {
                DATA_VERSION_TAG: manifest.content,
                DATA_VERSION_IS_USER_PROVIDED_TAG: "true",
            }
            events.append(
                dg.AssetMaterialization(
                    asset_key=dg.AssetKey([known.data_set.name, stage.name]),
                    partition=key,
                    metadata=metadata_anew(stage, project, known, cutoff, manifest),
                    tags=marks.provenance(stage, key) | version,
                )
            )
        if events:
            _report(instance, events)
            marks.forget(stage.name)
            counts[stage.name] = len(events)
    return dict(counts)


def _report(instance: dg.DagsterInstance, events: Sequence[dg.AssetMaterialization]) -> None:
    """Events of no run: none made what they tell of. In one batch, where the history takes one."""
    batch = generate_event_batch_id()
    for place, event in enumerate(events, start=1):
        instance.report_dagster_event(
            DagsterEvent(
                event_type_value=DagsterEventType.ASSET_MATERIALIZATION.value,
                event_specific_data=StepMaterializationData(event),
                job_name=RUNLESS_JOB_NAME,
            ),
            run_id=RUNLESS_RUN_ID,
            batch_metadata=DagsterEventBatchMetadata(batch, place == len(events)),
        )
