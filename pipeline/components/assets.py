"""One asset per stage: Dagster says for which cutoffs, the chain computes and commits."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg
from dagster._core.storage.tags import BACKFILL_ID_TAG

from pipeline.chain.checked import NAME as NO_LEAK
from pipeline.chain.checked import check_before_scoring, told_of
from pipeline.chain.known import Known
from pipeline.chain.plan import known_of_store
from pipeline.chain.progress import progress
from pipeline.chain.project import Project
from pipeline.chain.run import Done, Work, run_stage, with_inputs
from pipeline.chain.stages import BY_NAME, SERVED_FORECASTS, Stage, stages_of
from pipeline.components import clock
from pipeline.components.columns import told_beforehand
from pipeline.components.events import events_of
from pipeline.components.freshness import freshness_of
from pipeline.components.left_out import NOT_SCORED
from pipeline.components.partitions import horizon_mapping, partitions_of
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.folds.cutoffs import Cutoff

_UNITS = {
    "windows": " sets of windows",
    "baseline_forecasts": " forecasts",
    "rnn_model": " networks of cutoffs",
    "rnn_forecasts": " forecasts",
    SERVED_FORECASTS: " forecasts and intervals",
    "imported_forecasts": " forecasts",
    "scores": " scored forecasts",
}
"""By stage what a log counts, of a series at a cutoff each; elsewhere it is the asset as a whole.

A network is one of every cutoff at which it is used, and trained once."""


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
        owners=data_set.owners,
        freshness_policy=freshness_of(stage, data_set),
        metadata=told_beforehand(stage, data_set),
        group_name=data_set.name,
        kinds=set(stage.kinds),
        pool="gpu" if stage.name == "rnn_model" else None,
    )
    def asset(
        context: dg.AssetExecutionContext, project: dg.ResourceParam[Project]
    ) -> Iterator[dg.MaterializeResult]:
        known = known_of_store(project, data_set, now=clock.now())
        done = compute(context, stage, project, known)
        yield from events_of(context, stage, project, known, done)

    return asset


def key_of(data_set: DataSet, stage: str) -> dg.AssetKey:
    """The key of a data set's asset."""
    return dg.AssetKey([data_set.name, stage])


def compute(
    context: dg.AssetExecutionContext, stage: Stage, project: Project, known: Known
) -> list[Done]:
    """Run a stage for the cutoffs of this run.

    Raises:
        Failure: a person can mend it; the description says how. A retry would change nothing.
    """
    name = f"{known.data_set.name}/{stage.name}"
    work = Work(known, project.store, progress(name, context.log.info))
    try:
        asked = _asked(context, stage, work)
        _refuse_leaks(stage, work, asked)
        done = run_stage(stage, work, asked, run_id=context.run.run_id)
    except InputError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    context.log.info(f"{name}: {_said(done, work.counts, _UNITS.get(stage.name, ''))}")
    return done


def _said(done: Sequence[Done], counts: Mapping[str, int], unit: str) -> str:
    """How much was made, and of what was not why."""
    made, reused = sum(len(d.made) for d in done), sum(d.reused for d in done)
    numbers = "".join(f", {number} {what}" for what, number in counts.items())
    if made or not reused:
        return f"{made}{unit} made, {reused} reused{numbers}"
    return (
        f"nothing is due, {reused}{unit} reused: made from the same rows, settings and versions "
        f"as now{numbers}"
    )


def _asked(context: dg.AssetExecutionContext, stage: Stage, work: Work) -> Sequence[Cutoff | None]:
    """The cutoffs of this run; (None,) for a stage without.

    To a backfill Dagster adds the scores of earlier cutoffs, whose horizon reaches into it: those
    that were never forecast, or not as is declared now, are left out, and told.
    """
    if not stage.per_cutoff:
        return [None]
    cutoffs = work.known.named(list(context.partition_keys))
    if stage.name != "scores" or BACKFILL_ID_TAG not in context.run.tags:
        return cutoffs
    found = with_inputs(stage, work, cutoffs)
    left_out = [cutoff.key for cutoff in cutoffs if cutoff not in found]
    if left_out:
        context.log.warning(
            f"not scored, {NOT_SCORED}: {', '.join(left_out)}; "
            f"`hindcast run {work.known.data_set.name}` makes all that is due"
        )
    return found


def _refuse_leaks(stage: Stage, work: Work, cutoffs: Sequence[Cutoff | None]) -> None:
    """Where forecasts that did not pass the check would be scored, check them now.

    In a run of forecasts and scores the check stands between them. Scores started alone would pass
    it by, and so would those after a run that was killed before it came to the check.

    Raises:
        Failure: one of them changes with the future.
    """
    if stage.name != "scores":
        return
    scored = [cutoff for cutoff in cutoffs if cutoff is not None]
    found = check_before_scoring(work.known, work.store, scored)
    if found.leaks:
        told = told_of(work.store, work.known.data_set, found)
        raise dg.Failure(f"not scored, {NO_LEAK} failed: {told}", allow_retries=False)


def _dependency(data_set: DataSet, stage: Stage, name: str) -> dg.AssetDep:
    mapping = None
    if stage.name == "scores" and name == "windows":
        mapping = horizon_mapping(data_set)
    assert name in BY_NAME, name
    return dg.AssetDep(key_of(data_set, name), partition_mapping=mapping)
