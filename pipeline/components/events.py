"""What a run tells Dagster: one materialization per cutoff, with its data version and numbers."""

from collections.abc import Iterator, Sequence

import dagster as dg
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
    get_input_data_version_tag,
    get_input_event_pointer_tag,
)
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION
from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata, generate_event_batch_id
from dagster._core.execution.plan.execute_step import (
    _build_data_version_tags,
    _get_code_version,
    _get_input_provenance_data,
)

from pipeline.chain.known import Known
from pipeline.chain.plan import up_to_date
from pipeline.chain.project import Project
from pipeline.chain.run import Done
from pipeline.chain.stages import BY_NAME, Stage, stages_of
from pipeline.components.left_out import left_out_of
from pipeline.components.metadata import metadata_of

_LOOK_BACK = 100
"""Materializations in a row that may have had one version; more only cost events."""


def events_of(
    context: dg.AssetExecutionContext,
    stage: Stage,
    project: Project,
    known: Known,
    done: Sequence[Done],
) -> Iterator[dg.MaterializeResult]:
    """The events of a stage's run.

    A run of one cutoff: its version stands in the result, from which Dagster writes the event. Of
    several: Dagster would write one per partition from the same result, all with one version; so
    the result asks for none, and each partition's event is written here, in one batch.
    """
    alone = not stage.per_cutoff or len(context.partition_keys) == 1
    others = _only_recorded(context, stage, project, known, done)
    if alone and done:
        _write(context, stage, project, known, others)
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(done[0].manifest.content),
            metadata=metadata_of(stage, project, known, done[0]),
        )
    else:
        _write(context, stage, project, known, [*done, *others])
        _send(context, left_out_of(context, stage, project, known, done))
        # Dagster's own mark of a step that writes the events of its asset itself.
        yield dg.MaterializeResult(metadata={SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True})
    _record_unmoved(context, stage, project, known, [one for one in done if one.made])


def _write(
    context: dg.AssetExecutionContext,
    stage: Stage,
    project: Project,
    known: Known,
    done: Sequence[Done],
) -> None:
    """An event per cutoff, with the tags by which Dagster knows what it was made from."""
    if not done:
        return
    tags = _provenance(context)
    _send(
        context,
        [
            dg.AssetMaterialization(
                asset_key=context.asset_key,
                partition=one.cutoff.key,
                metadata=metadata_of(stage, project, known, one),
                tags=tags | {DATA_VERSION_TAG: one.manifest.content},
            )
            for one in done
            if one.cutoff is not None
        ],
    )


def _send(context: dg.AssetExecutionContext, events: Sequence[dg.AssetMaterialization]) -> None:
    """All of them in one batch."""
    step, batch = context.get_step_execution_context(), generate_event_batch_id()
    for place, event in enumerate(events, start=1):
        last = DagsterEventBatchMetadata(batch, place == len(events))
        DagsterEvent.asset_materialization(step, event, last)


def _provenance(context: dg.AssetExecutionContext) -> dict[str, str]:
    """The code version, and the version of every input as it is recorded now."""
    step, key = context.get_step_execution_context(), context.asset_key
    return _build_data_version_tags(
        dg.DataVersion(""),
        _get_code_version(key, step),
        _get_input_provenance_data(key, step),
        data_version_is_user_provided=True,
    )


def _only_recorded(
    context: dg.AssetExecutionContext,
    stage: Stage,
    project: Project,
    known: Known,
    done: Sequence[Done],
) -> list[Done]:
    """Cutoffs outside this run that are as they should be, but recorded for older clean rows.

    Every append or correction gives the clean rows a new version, and Dagster then calls all
    cutoffs stale; those whose own rows did not change are recorded anew, as they lie there.
    """
    whole = [name for name in stage.needs if not BY_NAME[name].per_cutoff]
    if not stage.per_cutoff or not whole:
        return []
    recorded = context.instance.event_log_storage.get_latest_storage_id_by_partition(
        context.asset_key, dg.DagsterEventType.ASSET_MATERIALIZATION
    )
    since = max(_version_since(context, [known.data_set.name, name]) for name in whole)
    in_run = {one.cutoff for one in done}
    old = [c for c in known.cutoffs if c not in in_run and recorded.get(c.key, since) < since]
    found = up_to_date(stage, known, project.store, old)
    return [Done(cutoff, manifest, frozenset()) for cutoff, manifest in found.items()]


def _record_unmoved(
    context: dg.AssetExecutionContext,
    stage: Stage,
    project: Project,
    known: Known,
    changed: Sequence[Done],
) -> None:
    """What was made from this stage alone and needs nothing, though its cutoff has new rows.

    A network between two refits: Dagster would call it stale, since the windows of its own cutoff
    changed; it was fitted on those of its refit cutoff.
    """
    storage, kind = context.instance.event_log_storage, dg.DagsterEventType.ASSET_MATERIALIZATION
    cutoffs = {one.cutoff: one for one in changed if one.cutoff is not None}
    for child in stages_of(known.data_set):
        if not cutoffs or child.needs != (stage.name,):
            continue
        key = dg.AssetKey([known.data_set.name, child.name])
        recorded = storage.get_latest_storage_id_by_partition(key, kind)
        there = [cutoff for cutoff in cutoffs if cutoff.key in recorded]
        made_from = storage.get_latest_storage_id_by_partition(context.asset_key, kind)
        for cutoff, manifest in up_to_date(child, known, project.store, there).items():
            version, event = cutoffs[cutoff].manifest.content, made_from[cutoff.key]
            context.instance.report_runless_asset_event(
                dg.AssetMaterialization(
                    asset_key=key,
                    partition=cutoff.key,
                    metadata=metadata_of(
                        child, project, known, Done(cutoff, manifest, frozenset())
                    ),
                    tags={
                        CODE_VERSION_TAG: child.version(known.data_set),
                        get_input_data_version_tag(context.asset_key): version,
                        get_input_event_pointer_tag(context.asset_key): str(event),
                        DATA_VERSION_TAG: manifest.content,
                        DATA_VERSION_IS_USER_PROVIDED_TAG: "true",
                    },
                )
            )


def _version_since(context: dg.AssetExecutionContext, key: list[str]) -> int:
    """The event with which an unpartitioned asset got the version that it still has."""
    records = context.instance.fetch_materializations(dg.AssetKey(key), limit=_LOOK_BACK).records
    since, version = 0, None
    for record in records:
        event = record.asset_materialization
        assert event is not None
        own = (event.tags or {}).get(DATA_VERSION_TAG)
        if version is not None and own != version:
            break
        since, version = record.storage_id, own
    return since
