"""Cutoffs that a backfill asks for and a stage leaves out: each has its event all the same.

Dagster adds to a backfill the scores of earlier cutoffs, whose horizon reaches into it. Where these
were never forecast there is nothing to score, but Dagster waits for an event of every partition
that it asked for: without one it fails the backfill, and starts no leaderboard.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
)

from pipeline.chain.known import Known
from pipeline.chain.project import Project
from pipeline.chain.run import Done
from pipeline.chain.stages import Stage
from pipeline.components.metadata import metadata_of
from pipeline.folds.cutoffs import Cutoff

NOT_SCORED = "there are no forecasts, or they are out of date"
"""Why a cutoff is left out."""

_NEVER_MADE = {
    CODE_VERSION_TAG: "none",
    DATA_VERSION_TAG: "none",
    DATA_VERSION_IS_USER_PROVIDED_TAG: "true",
}
"""No stage has this code version: Dagster calls the cutoff stale, as the plan calls it due."""


def left_out_of(
    context: dg.AssetExecutionContext,
    stage: Stage,
    project: Project,
    known: Known,
    done: Sequence[Done],
) -> list[dg.AssetMaterialization]:
    """An event for every cutoff of this run of which nothing was made.

    It repeats what was recorded of the cutoff before, so that a mark stays what it was; where
    nothing is stored it counts no scores.
    """
    if not stage.per_cutoff:
        return []
    there = {one.cutoff.key for one in done if one.cutoff is not None}
    events = []
    for cutoff in known.named([key for key in context.partition_keys if key not in there]):
        told, tags = _as_it_was(context, stage, project, known, cutoff)
        events.append(
            dg.AssetMaterialization(
                asset_key=context.asset_key,
                partition=cutoff.key,
                metadata={**told, "not_scored": NOT_SCORED},
                tags=tags,
            )
        )
    return events


def _as_it_was(
    context: dg.AssetExecutionContext,
    stage: Stage,
    project: Project,
    known: Known,
    cutoff: Cutoff,
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Metadata of what is stored at a cutoff, and the tags of its newest event."""
    manifest = project.store.read(known.data_set.name, stage.name, cutoff.key)
    if manifest is None:
        return {"n_scored": 0}, _NEVER_MADE
    told = metadata_of(stage, project, known, Done(cutoff, manifest, frozenset()))
    asked = dg.AssetRecordsFilter(context.asset_key, asset_partitions=[cutoff.key])
    for record in context.instance.fetch_materializations(asked, limit=1).records:
        if record.asset_materialization is not None and record.asset_materialization.tags:
            return told, record.asset_materialization.tags
    return told, _NEVER_MADE | {DATA_VERSION_TAG: manifest.content}
