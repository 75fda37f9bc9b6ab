"""What a run tells Dagster: one materialization per cutoff, with its data version and numbers."""

from collections.abc import Iterator, Sequence

import dagster as dg
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION
from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata, generate_event_batch_id

from pipeline.chain.known import Known
from pipeline.chain.project import Project
from pipeline.chain.run import Done
from pipeline.chain.stages import Stage, stages_before, stages_of
from pipeline.components import clock
from pipeline.components.anew import record_all, record_anew
from pipeline.components.left_out import left_out_of
from pipeline.components.marks import Marks
from pipeline.components.metadata import metadata_of
from pipeline.declaration import DataSet
from pipeline.errors import InputError


def events_of(
    context: dg.AssetExecutionContext,
    stage: Stage,
    project: Project,
    known: Known,
    done: Sequence[Done],
) -> Iterator[dg.MaterializeResult]:
    """The events of a stage's run; a Failure where a person can mend what comes after it.

    A run of one cutoff: its version stands in the result, from which Dagster writes the event. Of
    several: Dagster would write one per partition from the same result, all with one version; so
    the result asks for none, and each partition's event is written here, in one batch.
    """
    marks = Marks(context.instance, known)
    if stage.per_cutoff:  # first, so that what the run made stays the newest of the asset
        record_anew(marks, project, [stage], besides=set(context.partition_keys))
    if done and (not stage.per_cutoff or len(context.partition_keys) == 1):
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(done[0].manifest.content),
            metadata=metadata_of(stage, project, known, done[0]),
        )
    else:
        _write(context, stage, project, marks, done)
        _send(context, left_out_of(context, stage, project, known, done))
        # Dagster's own mark of a step that writes the events of its asset itself.
        yield dg.MaterializeResult(metadata={SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True})
    if stage == stages_of(known.data_set)[-1]:
        record_all(project, known.data_set, context.instance, now=clock.now())
        return
    stages = _after(context, stage, known.data_set)
    if stage.looks_back:  # what it needed of earlier cutoffs it may have made
        stages = [*stages_before(stage, known.data_set), *stages]
    try:
        record_anew(Marks(context.instance, known), project, stages)
    except InputError as error:  # what is declared does not fit the rows that were just read
        raise dg.Failure(str(error), allow_retries=False) from error


def _write(
    context: dg.AssetExecutionContext,
    stage: Stage,
    project: Project,
    marks: Marks,
    done: Sequence[Done],
) -> None:
    """An event per cutoff, with the tags by which Dagster knows what it was made from.

    Of a range Dagster would write one version of all its inputs to every cutoff, from which a mark
    is not read without a look into the history of each.
    """
    _send(
        context,
        [
            dg.AssetMaterialization(
                asset_key=context.asset_key,
                partition=one.cutoff.key,
                metadata=metadata_of(stage, project, marks.known, one),
                tags=marks.provenance(stage, one.cutoff.key, one.manifest.content),
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


def _after(context: dg.AssetExecutionContext, stage: Stage, data_set: DataSet) -> list[Stage]:
    """What a step may have left marked: what is made from it and not in this run."""
    layer = context.get_step_execution_context().job_def.asset_layer
    in_run = {key.path[-1] for key in layer.selected_asset_keys}
    return [s for s in stages_of(data_set) if stage.name in s.needs and s.name not in in_run]
