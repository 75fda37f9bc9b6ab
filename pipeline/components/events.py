"""What a run tells Dagster: one materialization per cutoff, with its data version and numbers."""

from collections.abc import Iterator, Sequence

import dagster as dg
from dagster._core.definitions.data_version import (
    DATA_VERSION_TAG,
)
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION
from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata, generate_event_batch_id
from dagster._core.execution.plan.execute_step import (
    _build_data_version_tags,
    _get_code_version,
    _get_input_provenance_data,
)

from pipeline.chain.known import Known
from pipeline.chain.project import Project
from pipeline.chain.run import Done
from pipeline.chain.stages import Stage, stages_of
from pipeline.components.anew import record_anew
from pipeline.components.left_out import left_out_of
from pipeline.components.metadata import metadata_of
from pipeline.components.told import forget_told, note_told
from pipeline.declaration import DataSet


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
    forget_told(project, known.data_set)
    if stage.per_cutoff:  # first, so that what the run made stays the newest of the asset
        keys = set(context.partition_keys)
        record_anew(context.instance, project, known, [stage], besides=keys)
    if done and (not stage.per_cutoff or len(context.partition_keys) == 1):
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(done[0].manifest.content),
            metadata=metadata_of(stage, project, known, done[0]),
        )
    else:
        _write(context, stage, project, known, done)
        _send(context, left_out_of(context, stage, project, known, done))
        # Dagster's own mark of a step that writes the events of its asset itself.
        yield dg.MaterializeResult(metadata={SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True})
    stages = _after(context, stage, known.data_set)
    record_anew(context.instance, project, known, stages)
    if len(stages) == len(stages_of(known.data_set)):
        note_told(project, known.data_set)


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


def _after(context: dg.AssetExecutionContext, stage: Stage, data_set: DataSet) -> list[Stage]:
    """What a step may have left marked: what is made from it and not in this run.

    After the last stage of the chain, all.
    """
    stages = stages_of(data_set)
    if stage == stages[-1]:
        return list(stages)
    layer = context.get_step_execution_context().job_def.asset_layer
    in_run = {key.path[-1] for key in layer.selected_asset_keys}
    return [s for s in stages if stage.name in s.needs and s.name not in in_run]
