"""A backfill in the middle: Dagster adds the scores of earlier cutoffs, which nobody forecast."""

import dagster as dg
import pytest

from pipeline.components.assets import key_of
from tests.components.conftest import DAGSTER_WARNS, Dagster
from tests.strategies import months

pytestmark = DAGSTER_WARNS

EARLIER, ASKED = months("2003-09", "2003-10"), months("2003-11", "2003-12")
INPUTS = ("raw_observations", "clean_observations")
FORECASTS = ("windows", "baseline_forecasts", "rnn_model", "rnn_forecasts", "served_forecasts")


def backfill_scores(dagster: Dagster) -> None:
    """The scores of all four cutoffs, as a backfill of the last two asks for them."""
    keys = [key_of(dagster.small.data_set, "scores")]
    job = dagster.repository.get_implicit_job_def_for_assets(keys)
    assert job is not None
    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(
            instance=instance,
            asset_selection=keys,
            tags={
                "dagster/backfill": "middle",
                "dagster/asset_partition_range_start": EARLIER[0],
                "dagster/asset_partition_range_end": ASKED[-1],
            },
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    assert result.success


def latest(dagster: Dagster, key: str):
    with dg.DagsterInstance.get() as instance:
        asked = dg.AssetRecordsFilter(dagster.key("scores"), asset_partitions=[key])
        (record,) = instance.fetch_materializations(asked, limit=1).records
    assert record.asset_materialization is not None
    return record.asset_materialization


def marks(dagster: Dagster, keys: list[str]) -> list[str]:
    """What the UI says of the scores of these cutoffs."""
    from dagster._core.definitions.data_version import CachingStaleStatusResolver
    from dagster._core.loader import LoadingContextForTest

    with dg.DagsterInstance.get() as instance:
        resolver = CachingStaleStatusResolver(
            instance, dagster.asset_graph, LoadingContextForTest(instance)
        )
        return [resolver.get_status(dagster.key("scores"), key).value for key in keys]


@pytest.fixture
def middle(dagster: Dagster) -> Dagster:
    """The last two cutoffs are served; of the two before there is what that is made of."""
    dagster.materialize(*INPUTS)
    dagster.materialize(*FORECASTS, first=ASKED[0])
    return dagster


@pytest.mark.slow
def test_cutoffs_that_were_never_served_are_recorded_without_scores_and_stay_due(middle):
    backfill_scores(middle)
    # Dagster calls a backfill failed while it waits for the event of one partition.
    assert set(middle.versions("scores")) == {*EARLIER, *ASKED}
    for key in EARLIER:
        told = latest(middle, key).metadata
        assert told["n_scored"].value == 0
        assert "no forecasts" in told["not_scored"].value
    assert latest(middle, ASKED[0]).metadata["n_scored"].value > 0
    assert middle.small.project.store.list("toy", "scores") == ASKED
    assert marks(middle, [*EARLIER, *ASKED]) == ["STALE", "STALE", "FRESH", "FRESH"]
    assert [d.cutoff for d in middle.small.plan() if d.stage == "scores"] == EARLIER
    middle.materialize()
    assert marks(middle, [*EARLIER, *ASKED]) == ["FRESH"] * 4


def test_scores_of_forecasts_that_are_out_of_date_stay_what_they_were(ran):
    before = {key: latest(ran, key) for key in EARLIER}
    ran.small.set_baseline("ar", lags=3)
    changed = Dagster(ran.small)
    changed.materialize("windows", "baseline_forecasts", "served_forecasts", first=ASKED[0])
    backfill_scores(changed)
    for key in EARLIER:
        after = latest(changed, key)
        assert after.tags == before[key].tags
        assert after.metadata["n_scored"] == before[key].metadata["n_scored"]
        assert "out of date" in after.metadata["not_scored"].value
    assert latest(changed, ASKED[0]).metadata["made"].value > 0
