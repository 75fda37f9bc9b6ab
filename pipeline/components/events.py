"""What a run tells Dagster: one materialization per cutoff, with its data version and numbers."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster._core.definitions.data_version import (
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
)

from pipeline.chain.project import Project
from pipeline.chain.run import Done
from pipeline.chain.stages import Stage
from pipeline.components.metadata import metadata_of
from pipeline.declaration import DataSet

Event = dg.MaterializeResult | dg.AssetMaterialization


def events_of(
    context: dg.AssetExecutionContext,
    stage: Stage,
    data_set: DataSet,
    project: Project,
    done: list[Done],
) -> Iterator[Event]:
    """The events of a stage's run.

    One cutoff: the version stands in the result. Several: Dagster writes an event per partition,
    the same version for all, so each gets a second one with its own; with the tags of the first, or
    Dagster would no longer know what it was made from.
    """
    if len(done) == 1:
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(done[0].manifest.content),
            metadata=metadata_of(stage, data_set, project, done[0]),
        )
        return
    yield dg.MaterializeResult(
        metadata={"cutoffs": len(done), "made": sum(len(d.made) for d in done)}
    )
    tags = _tags_of_the_first(context)
    for one in done:
        assert one.cutoff is not None
        yield dg.AssetMaterialization(
            asset_key=context.asset_key,
            partition=one.cutoff.key,
            metadata=metadata_of(stage, data_set, project, one),
            tags=tags
            | {
                DATA_VERSION_TAG: one.manifest.content,
                DATA_VERSION_IS_USER_PROVIDED_TAG: "true",
            },
        )


def _tags_of_the_first(context: dg.AssetExecutionContext) -> dict[str, Any]:
    """The tags of the event that Dagster itself wrote for the first partition of this run."""
    found = context.instance.fetch_materializations(
        dg.AssetRecordsFilter(
            asset_key=context.asset_key, asset_partitions=[context.partition_keys[0]]
        ),
        limit=1,
    )
    event = found.records[0].asset_materialization
    assert event is not None
    return {k: v for k, v in (event.tags or {}).items() if not k.startswith("dagster/partition")}
