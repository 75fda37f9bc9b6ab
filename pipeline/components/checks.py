"""Checks of each data set: no leak (it blocks), ready folds, references, live skill."""

from collections.abc import Iterator, Sequence

import dagster as dg

from pipeline.chain.checked import NAME as NO_LEAK
from pipeline.chain.checked import check, checked_stage, told_of
from pipeline.chain.plan import known_of_store
from pipeline.chain.project import Project
from pipeline.chain.suits import unsuited
from pipeline.components import clock
from pipeline.components.assets import key_of
from pipeline.components.partitions import partitions_of
from pipeline.declaration import DataSet
from pipeline.errors import InputError

Verdict = dg.AssetCheckEvaluation | dg.AssetCheckResult


def checks_of(data_set: DataSet) -> Sequence[dg.AssetChecksDefinition]:
    """The checks of a data set."""
    every = [_no_leak(data_set), _some_fold_is_ready(data_set), _live_skill(data_set)]
    return [*every, _references_suit(data_set)] if data_set.networks else every


def _no_leak(data_set: DataSet) -> dg.AssetChecksDefinition:
    key = key_of(data_set, checked_stage(data_set))

    # Dagster runs generators here; its annotation does not say so.
    # pyrefly: ignore [bad-argument-type]
    @dg.asset_check(
        asset=key,
        name=NO_LEAK,
        blocking=True,
        partitions_def=partitions_of(data_set),
        description="Rows after a cutoff are changed: no key may change, and two folds made again "
        "from the changed rows, alone, must give the same bytes; what was made by another machine, "
        "torch or kernel, or on a GPU in other company (`elsewhere`), is held against what is made "
        "here and alone.",
    )
    def no_leak(
        context: dg.AssetCheckExecutionContext, project: dg.ResourceParam[Project]
    ) -> Iterator[Verdict]:
        known = known_of_store(project, data_set, now=clock.now())
        keys = list(context.partition_keys)
        found = check(known, project.store, known.named(keys))
        yield from _by_cutoff(key, NO_LEAK, keys, set(found.by_cutoff), blocking=True)
        yield dg.AssetCheckResult(
            passed=not found.leaks,
            description=told_of(project.store, data_set, found) or f"{found.n_keys} keys unchanged",
            metadata={
                "keys": found.n_keys,
                "made_again": dg.MetadataValue.json(found.made_again),
                "elsewhere": dg.MetadataValue.json(found.elsewhere),
            },
        )

    return no_leak


def _some_fold_is_ready(data_set: DataSet) -> dg.AssetChecksDefinition:
    key = key_of(data_set, "windows")

    # Dagster runs generators here; its annotation does not say so.
    # pyrefly: ignore [bad-argument-type]
    @dg.asset_check(
        asset=key,
        name="some_fold_is_ready",
        partitions_def=partitions_of(data_set),
        description="At least one series can be forecast at the cutoff.",
    )
    def some_fold_is_ready(
        context: dg.AssetCheckExecutionContext, project: dg.ResourceParam[Project]
    ) -> Iterator[Verdict]:
        known = known_of_store(project, data_set, now=clock.now())
        keys = list(context.partition_keys)
        empty = [cutoff.key for cutoff in known.named(keys) if not known.ready(cutoff)]
        yield from _by_cutoff(key, "some_fold_is_ready", keys, set(empty), blocking=False)
        more = f" and {len(empty) - 12} more" if len(empty) > 12 else ""
        said = (
            f"nothing is forecast at {', '.join(empty[:12])}{more}: no fold is ready there. The "
            f"last observation is of {known.last_seen()}; once later rows are in the files, "
            f"`hindcast run {data_set.name}` makes these cutoffs too"
        )
        yield dg.AssetCheckResult(
            passed=not empty,
            severity=dg.AssetCheckSeverity.WARN,
            description=said if empty else f"{len(keys)} cutoffs",
            metadata={"cutoffs": len(keys), "without_a_ready_fold": len(empty)},
        )

    return some_fold_is_ready


def _references_suit(data_set: DataSet) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key_of(data_set, "clean_observations"),
        name="references_suit",
        description="No network corrects the climatology of a series that trends, as far as rows "
        "up to the first cutoff tell.",
    )
    def references_suit(project: dg.ResourceParam[Project]) -> dg.AssetCheckResult:
        try:
            found = dict(unsuited(known_of_store(project, data_set, now=clock.now())))
        except InputError as mistake:  # what is made of these rows fails with the same sentence
            return dg.AssetCheckResult(
                passed=False, severity=dg.AssetCheckSeverity.WARN, description=str(mistake)
            )
        more = f"; and {len(found) - 12} more" if len(found) > 12 else ""
        return dg.AssetCheckResult(
            passed=not found,
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(list(found.values())[:12]) + more or "none that rows tell of",
            metadata={"series": len(found)},
        )

    return references_suit


def _live_skill(data_set: DataSet) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key_of(data_set, "leaderboard"),
        name="live_skill",
        description="The skill of every model, and the error of the reference, over the newest "
        "forecasts whose actuals are known is what earlier ones of this backtest let expect. It "
        "warns by luck of one data set in twenty in which nothing changed.",
    )
    def live_skill(project: dg.ResourceParam[Project]) -> dg.AssetCheckResult:
        manifest = project.store.read(data_set.name, "leaderboard")
        facts = manifest.facts if manifest else {}
        said, n = facts.get("drift", []), facts.get("n_drifts", 0)
        more = f"; and {n - len(said)} more" if n > len(said) else ""
        return dg.AssetCheckResult(
            passed=not n,
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(said) + more or "as before, as far as forecasts tell",
            metadata={"drifts": n},
        )

    return live_skill


def _by_cutoff(
    asset_key: dg.AssetKey, name: str, keys: Sequence[str], failed: set[str], *, blocking: bool
) -> Iterator[dg.AssetCheckEvaluation]:
    """One evaluation per partition of a range; of a single one the result itself is stored."""
    for key in keys if len(keys) > 1 else ():
        yield dg.AssetCheckEvaluation(
            asset_key=asset_key,
            check_name=name,
            passed=key not in failed,
            metadata={},
            severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
            blocking=blocking,
            partition=key,
        )
