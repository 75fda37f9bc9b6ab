"""One asset per stage: Dagster says for which cutoffs, the chain computes and commits."""

import datetime as dt
from collections.abc import Iterator

import dagster as dg

from pipeline.chain.plan import known_of_store
from pipeline.chain.progress import progress
from pipeline.chain.project import Project
from pipeline.chain.run import Done, Work, run_stage
from pipeline.chain.stages import BY_NAME, Stage, stages_of
from pipeline.components.events import Event, events_of
from pipeline.components.partitions import horizon_mapping, partitions_of
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.folds.cutoffs import Cutoff


def asset_of(stage: Stage, data_set: DataSet) -> dg.AssetsDefinition:
    """The asset of a stage; its key is the data set's name and the stage's."""
    there = {other.name for other in stages_of(data_set)}

    @dg.asset(
        key=key_of(data_set, stage.name),
        deps=[_dependency(data_set, stage, name) for name in stage.needs if name in there],
        partitions_def=partitions_of(data_set) if stage.per_cutoff else None,
        backfill_policy=dg.BackfillPolicy.single_run(),
        code_version=stage.version(data_set),
        description=stage.description,
        group_name=data_set.name,
        kinds=set(stage.kinds),
        pool="gpu" if stage.name == "rnn_model" else None,
    )
    def asset(
        context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
    ) -> Iterator[Event]:
        done = compute(context, stage, data_set, project)
        yield from events_of(context, stage, data_set, project, done)

    return asset


def key_of(data_set: DataSet, stage: str) -> dg.AssetKey:
    """The key of a data set's asset."""
    return dg.AssetKey([data_set.name, stage])


def compute(
    context: dg.AssetExecutionContext, stage: Stage, data_set: DataSet, project: Project
) -> list[Done]:
    """Run a stage for the cutoffs of this run.

    Raises:
        Failure: a person can mend it; the description says how. A retry would change nothing.
    """
    now = dt.datetime.now(dt.UTC)
    known = known_of_store(project, data_set, now=now)
    say = progress(f"{data_set.name}/{stage.name}", context.log.info)
    work = Work(known, project.store, say)
    try:
        done = run_stage(stage, work, asked(context, stage, known.named), run_id=context.run.run_id)
    except InputError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    made = sum(len(d.made) for d in done)
    reused = sum(d.reused for d in done)
    counts = "".join(f", {number} {what}" for what, number in work.counts.items())
    context.log.info(f"{data_set.name}/{stage.name}: {made} made, {reused} reused{counts}")
    return done


def asked(context: dg.AssetExecutionContext, stage: Stage, named) -> list[Cutoff | None]:  # noqa: ANN001
    """The cutoffs of this run; (None,) for a stage without."""
    return named(list(context.partition_keys)) if stage.per_cutoff else [None]


def _dependency(data_set: DataSet, stage: Stage, name: str) -> dg.AssetDep:
    mapping = None
    if stage.name == "scores" and name == "windows":
        mapping = horizon_mapping(data_set)
    assert name in BY_NAME, name
    return dg.AssetDep(key_of(data_set, name), partition_mapping=mapping)
