"""What is up to date and marked as stale all the same is recorded anew, as it lies there.

Dagster compares what an asset is made from; the plan knows of which rows and settings. A corrected
column that the scores do not read, an appended day, a setting that changes no number at most
cutoffs: Dagster marks them, the plan calls nothing due, and no run would ever take the mark away.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

import dagster as dg
from dagster._core.events import (
    DagsterEvent,
    DagsterEventBatchMetadata,
    DagsterEventType,
    StepMaterializationData,
    generate_event_batch_id,
)
from dagster._core.instance.utils import RUNLESS_JOB_NAME, RUNLESS_RUN_ID
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    INDEX_SHARD_NAME,
    SqliteEventLogStorage,
)

from pipeline.chain.difference import Records
from pipeline.chain.earlier import up_to_date
from pipeline.chain.plan import known_of_store
from pipeline.chain.project import Project
from pipeline.chain.stages import Stage, stages_of
from pipeline.components.marks import Marks
from pipeline.components.metadata import metadata_anew
from pipeline.components.told import note_told, state_of
from pipeline.declaration import DataSet
from pipeline.folds.cutoffs import Cutoff
from pipeline.store.manifest import Manifest
from pipeline.store.store import Store, content_of

_LOOKS = 3
"""At most, where each of them finds something."""

_EMPTIED = Manifest(files={}, entries={}, content=content_of({}), facts={"n_ready": 0})
"""A cutoff at which no series is ready any more, since an observation was taken back: the plan
leaves it out, so what lies there stays, and is no result."""


def record_all(
    project: Project, data_set: DataSet, instance: dg.DagsterInstance, *, now: dt.datetime
) -> dict[str, int]:
    """Record anew whatever of a data set is up to date and not told so, or in no history yet.

    Looked at again until nothing is found: another run may have told, or made, something else
    between this one's look and its events.

    Returns:
        By asset how many of its partitions, 1 for one without.
    """
    counts, history = Counter[str](), _history_of(instance)
    for _ in range(_LOOKS):
        state = state_of(project, data_set, history) if history else None
        known = known_of_store(project, data_set, now=now)
        found = record_anew(Marks(instance, known), project, stages_of(data_set))
        counts.update(found)
        if not found:
            if history is not None and state is not None:
                note_told(project, data_set, history, state)
            break
    return dict(counts)


def record_anew(
    marks: Marks, project: Project, stages: Sequence[Stage], *, besides: Collection[str] = ()
) -> dict[str, int]:
    """The same for some stages, in the order of the chain, in one look; cutoffs besides these."""
    known, counts = marks.known, Counter[str]()
    for stage in stages:
        others = [cutoff for cutoff in known.cutoffs if cutoff.key not in besides]
        cutoffs: list[Cutoff | None] = [*others] if stage.per_cutoff else [None]
        events = [
            _event(marks, project, stage, cutoff, manifest)
            for cutoff, manifest in _untold(marks, project.store, stage, cutoffs).items()
        ]
        if events:
            _report(marks.instance, events)
            marks.forget(stage.name)
            counts[stage.name] = len(events)
    return dict(counts)


def _untold(
    marks: Marks, store: Store, stage: Stage, cutoffs: Sequence[Cutoff | None]
) -> dict[Cutoff | None, Manifest]:
    """What is up to date, or no longer ready, and not recorded as such."""
    known, records, doubted = marks.known, Records(store, marks.known.data_set.name), {}
    for cutoff in cutoffs:
        key = cutoff.key if cutoff else None
        manifest = records.manifest(stage.name, key)
        if manifest is not None and not marks.is_told(stage, key, manifest.content):
            doubted[cutoff] = key
    found = up_to_date(stage, known, store, list(doubted))
    for cutoff, key in doubted.items():
        if cutoff is None or cutoff in found or known.ready(cutoff):
            continue
        if not marks.is_told(stage, key, _EMPTIED.content):
            found[cutoff] = _EMPTIED
    return found


def _event(
    marks: Marks, project: Project, stage: Stage, cutoff: Cutoff | None, manifest: Manifest
) -> dg.AssetMaterialization:
    known, key = marks.known, cutoff.key if cutoff else None
    told = manifest.facts
    if manifest is not _EMPTIED:
        told = metadata_anew(stage, project, known, cutoff, manifest)
    return dg.AssetMaterialization(
        asset_key=dg.AssetKey([known.data_set.name, stage.name]),
        partition=key,
        metadata=told,
        tags=marks.provenance(stage, key, manifest.content),
    )


def _history_of(instance: dg.DagsterInstance) -> Path | None:
    """The file with the events of all assets, of a history that is in SQLite."""
    storage = instance.event_log_storage
    if not isinstance(storage, SqliteEventLogStorage):
        return None
    return Path(storage.path_for_shard(INDEX_SHARD_NAME))


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
