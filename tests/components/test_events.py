"""How much a run writes to Dagster's history, and what Dagster then calls stale."""

from collections import Counter
from pathlib import Path

import dagster as dg
import pytest

from pipeline.chain.launches import Asked, ask, launches_of
from pipeline.components.launch import materialize
from tests.components.conftest import (
    DAGSTER_WARNS,
    Dagster,
    copied,
    leave_out_pictures,
    shared,
)
from tests.strategies import STAGES, SmallProject, months

pytestmark = DAGSTER_WARNS

ASSET_EVENTS = {
    "ASSET_MATERIALIZATION_PLANNED",
    "ASSET_MATERIALIZATION",
    "ASSET_CHECK_EVALUATION_PLANNED",
    "ASSET_CHECK_EVALUATION",
}
BY_CUTOFF = [stage.name for stage in STAGES if stage.per_cutoff]
FIRST, LAST = "2002-12-01", "2003-12-01"


def asset_events(instance: dg.DagsterInstance, run_id: str) -> Counter:
    logs = instance.all_logs(run_id)
    kinds = [e.dagster_event.event_type_value for e in logs if e.dagster_event]
    return Counter(kind for kind in kinds if kind in ASSET_EVENTS)


def plain_assets(dagster: Dagster) -> list[dg.AssetsDefinition]:
    """The same keys, edges and partitions, each asset with nothing inside and no check."""

    def plain(stage) -> dg.AssetsDefinition:
        node = dagster.node(stage.name)

        @dg.asset(
            key=node.key,
            deps=list(node.parent_keys),
            partitions_def=node.partitions_def,
            backfill_policy=dg.BackfillPolicy.single_run(),
        )
        def asset() -> None:
            pass

        return asset

    return [plain(stage) for stage in STAGES]


@pytest.fixture(scope="module")
def _whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Project and history after one run over all cutoffs."""
    folder = tmp_path_factory.mktemp("whole")
    with shared(folder) as patch:
        leave_out_pictures(patch)
        whole_history(SmallProject.write(folder / "project")).materialize(first=FIRST, last=LAST)
    return folder


@pytest.fixture
def whole(_whole: Path, tmp_path: Path, _own_environment: None) -> Dagster:
    return copied(_whole, tmp_path, cutoffs={"first": FIRST, "last": LAST})


@pytest.mark.slow
def test_a_backfill_writes_at_most_half_as_many_events_again_as_dagster_alone(whole):
    dagster = whole
    tags = {"dagster/asset_partition_range_start": FIRST, "dagster/asset_partition_range_end": LAST}
    job = dg.Definitions(assets=plain_assets(dagster)).resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.get() as instance:
        (ours,) = instance.get_runs()
        alone = job.execute_in_process(instance=instance, tags=tags)
        written = asset_events(instance, ours.run_id)
        plain = asset_events(instance, alone.run_id)
    assert plain["ASSET_MATERIALIZATION"] == 13 * len(BY_CUTOFF) + 4
    assert written["ASSET_MATERIALIZATION"] == plain["ASSET_MATERIALIZATION"]
    assert sum(written.values()) <= 1.5 * sum(plain.values())


def stale(dagster: Dagster) -> set[tuple[str, str]]:
    """Every asset and cutoff that Dagster calls stale or missing."""
    from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
    from dagster._core.loader import LoadingContextForTest

    found = set()
    with dg.DagsterInstance.get() as instance:
        resolver = CachingStaleStatusResolver(
            instance, dagster.asset_graph, LoadingContextForTest(instance)
        )
        for stage in BY_CUTOFF:
            for key in dagster.node(stage).partitions_def.get_partition_keys():
                if resolver.get_status(dagster.key(stage), key) != StaleStatus.FRESH:
                    found.add((stage, key))
    return found


def asked(small: SmallProject) -> Asked:
    return ask(small.project, small.data_set, None, now=small.now)


def due(small: SmallProject) -> set[tuple[str, str]]:
    return {(d.stage, d.cutoff) for d in small.plan() if d.cutoff is not None}


def whole_history(small: SmallProject, last: str = LAST) -> Dagster:
    small.declare(cutoffs={"first": FIRST, "last": last})
    return Dagster(small)


def append(small: SmallProject) -> None:
    small.append_month("a", "b")


def correct(small: SmallProject) -> None:
    small.correct("a", "2003-06-01", 33.3)


@pytest.mark.slow
@pytest.mark.parametrize(("change", "last"), [(append, "2004-01-01"), (correct, LAST)])
def test_stale_in_dagster_is_due_in_the_plan_is_made_by_a_backfill(whole, change, last):
    small = whole.small
    change(small)
    dagster = whole_history(small, last)
    dagster.materialize("raw_observations", "clean_observations", "windows", first=last, last=last)
    # Dagster calls a partition stale once what it was made from has another version, no earlier:
    # first the windows of which a row changed, then what follows from them.
    windows = {pair for pair in due(small) if pair[0] == "windows"}
    assert {pair for pair in stale(dagster) if pair[0] == "windows"} == windows
    keys = sorted(key for _, key in windows)
    if keys:
        dagster.materialize("windows", first=keys[0], last=keys[-1])
    wanted = due(small)
    assert wanted
    assert stale(dagster) == wanted
    (launch,) = launches_of(asked(small))
    dagster.materialize(*launch.stages, first=launch.cutoffs[0], last=launch.cutoffs[-1])
    with dg.DagsterInstance.get() as instance:
        made = {
            (event.asset_materialization.asset_key.path[-1], event.asset_materialization.partition)
            for event in instance.all_logs(instance.get_runs(limit=1)[0].run_id)
            if event.asset_materialization and event.asset_materialization.metadata["made"].value
        }
    assert {pair for pair in made if pair[1]} == wanted
    assert stale(dagster) == set()
    assert small.plan() == []


@pytest.mark.slow
def test_rows_in_another_order_make_nothing_stale(whole):
    dagster, small = whole, whole.small
    lines = small.lines("a")
    small.write_lines("a", [lines[0], *lines[:0:-1]])
    dagster.materialize("raw_observations", "clean_observations", "windows", first=LAST, last=LAST)
    with dg.DagsterInstance.get() as instance:
        run = instance.get_runs(limit=1)[0]
        events = asset_events(instance, run.run_id)
    assert stale(dagster) == set()
    # the clean rows have the version they had: no old cutoff needs a new record
    assert events["ASSET_MATERIALIZATION"] == 3


def test_a_run_over_one_cutoff_records_the_others_once(whole):
    small = whole.small
    append(small)
    dagster = whole_history(small, "2004-01-01")
    inputs = ("raw_observations", "clean_observations", "windows")
    counts = []
    for _ in range(2):
        before = n_materializations(dagster)
        materialize(
            dagster.repository, small.data_set, inputs, first="2004-01-01", last="2004-01-01"
        )
        counts.append(n_materializations(dagster) - before)
    assert counts == [3 + len(months("2002-12", "2003-12")), 3]


def n_materializations(dagster: Dagster) -> int:
    """Of all assets, in all runs and in none."""
    with dg.DagsterInstance.get() as instance:
        keys = [dagster.key(stage.name) for stage in STAGES]
        return sum(len(instance.fetch_materializations(key, limit=1000).records) for key in keys)
