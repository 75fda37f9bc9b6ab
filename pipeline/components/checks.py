"""Checks that ship with every data set: no leak (it blocks), and folds that are ready."""

import datetime as dt
from collections.abc import Sequence

import dagster as dg

from pipeline.chain.leak import find_leaks
from pipeline.chain.plan import known_of_store
from pipeline.chain.project import Project
from pipeline.components.partitions import partitions_of
from pipeline.declaration import DataSet


def checks_of(data_set: DataSet) -> Sequence[dg.AssetChecksDefinition]:
    """The checks of a data set."""
    return [_no_leak(data_set), _some_fold_is_ready(data_set)]


def _no_leak(data_set: DataSet) -> dg.AssetChecksDefinition:
    last = "rnn_forecasts" if data_set.networks else "baseline_forecasts"

    @dg.asset_check(
        asset=dg.AssetKey([data_set.name, last]),
        name="no_leak",
        blocking=True,
        partitions_def=partitions_of(data_set),
        description="Rows after a cutoff are changed: no key may change, and two folds made again "
        "from the changed rows, alone, must give the same bytes.",
    )
    def no_leak(
        context: dg.AssetCheckExecutionContext, project: dg.ResourceParam[Project]
    ) -> dg.AssetCheckResult:
        known = known_of_store(project, data_set, now=dt.datetime.now(dt.UTC))
        found = find_leaks(known, project.store, known.named(_keys(context)))
        return dg.AssetCheckResult(
            passed=not found.leaks,
            severity=dg.AssetCheckSeverity.ERROR,
            description="; ".join(found.leaks) or f"{found.n_keys} keys unchanged",
            metadata={"keys": found.n_keys, "made_again": dg.MetadataValue.json(found.made_again)},
        )

    return no_leak


def _some_fold_is_ready(data_set: DataSet) -> dg.AssetChecksDefinition:
    key = dg.AssetKey([data_set.name, "windows"])

    @dg.asset_check(
        asset=key,
        name="some_fold_is_ready",
        partitions_def=partitions_of(data_set),
        description="At least one series can be forecast at the cutoff.",
    )
    def some_fold_is_ready(
        context: dg.AssetCheckExecutionContext, project: dg.ResourceParam[Project]
    ) -> dg.AssetCheckResult:
        known = known_of_store(project, data_set, now=dt.datetime.now(dt.UTC))
        cutoffs = known.named(_keys(context))
        empty = [cutoff for cutoff in cutoffs if not known.ready(cutoff)]
        return dg.AssetCheckResult(
            passed=not empty,
            description=f"no fold is ready at {', '.join(c.key for c in empty[:12])}; the last "
            f"observation is of {known.last_seen()}"
            if empty
            else "",
            metadata={"cutoffs": len(cutoffs), "without_a_ready_fold": len(empty)},
        )

    return some_fold_is_ready


def _keys(context: dg.AssetCheckExecutionContext) -> list[str]:
    """The partitions of the run."""
    return list(context.partition_keys)
