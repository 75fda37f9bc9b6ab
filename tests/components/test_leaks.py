"""Forecasts that changed with the future are scored by no run: not the next one, nor a click."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import dagster as dg
import numpy as np
import pytest

from pipeline.chain.checked import check, not_passed
from pipeline.chain.export import export_forecasts
from pipeline.chain.launches import ask, launches_of
from pipeline.chain.stage import baseline_forecasts
from pipeline.components.launch import materialize
from pipeline.components.ticks import decide, without_the_tried
from pipeline.errors import InputError
from tests.components.conftest import (
    DAGSTER_WARNS,
    LAST,
    Dagster,
    copied,
    leave_out_pictures,
    shared,
)
from tests.strategies import SmallProject, months

pytestmark = DAGSTER_WARNS

ALL = months("2003-09", "2003-12")
NAMED = r"check no_leak of toy/served_forecasts: .*naive of "


def leak(patch: pytest.MonkeyPatch) -> None:
    """Every baseline knows something of the mean of the whole series."""
    honest = baseline_forecasts.forecast_all

    def forecast_all(known, name, cutoffs_of):
        found = honest(known, name, cutoffs_of)
        means = [np.nanmean(known.series(unique_id).y) for unique_id in cutoffs_of]
        return [replace(f, y_hat=f.y_hat + mean) for f, mean in zip(found, means, strict=True)]

    patch.setattr(baseline_forecasts, "forecast_all", forecast_all)


@pytest.fixture(scope="module")
def failed_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Project and history after the first run with such baselines, and what that failed with."""
    folder = tmp_path_factory.mktemp("leaky")
    with shared(folder) as patch:
        leave_out_pictures(patch)
        leak(patch)
        with pytest.raises(RuntimeError) as failed:
            run(Dagster(SmallProject.write(folder / "project", cutoffs=LAST)))
    return folder, str(failed.value)


@pytest.fixture
def leaky(
    failed_run: tuple[Path, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    _own_environment: None,
) -> Dagster:
    """A copy of that project; its baselines go on leaking."""
    leak(monkeypatch)
    return copied(failed_run[0], tmp_path)


def run(dagster: Dagster) -> list[list[str]]:
    """As `hindcast run`: the stages of each launch.

    Raises:
        RuntimeError: a launch failed; those after it were not started.
    """
    asked = ask(dagster.small.project, dagster.small.data_set, None, now=dagster.small.now)
    launches = launches_of(asked)
    for launch in launches:
        first, last = launch.cutoffs[0], launch.cutoffs[-1]
        materialize(
            dagster.repository, dagster.small.data_set, launch.stages, first=first, last=last
        )
    return [launch.stages for launch in launches]


def nothing_is_scored(dagster: Dagster) -> bool:
    store = dagster.small.project.store
    return store.list("toy", "scores") == [] and store.read("toy", "leaderboard") is None


def forget_verdicts(dagster: Dagster) -> None:
    """As after a run that was killed before it came to the check."""
    (dagster.small.project.store.folder("toy", "no_leak") / "verdicts.json").unlink()


@pytest.mark.slow
def test_a_run_after_a_failed_check_fails_too(leaky):
    for _ in range(2):
        assert nothing_is_scored(leaky)
        with pytest.raises(RuntimeError, match=NAMED):
            run(leaky)
    assert nothing_is_scored(leaky)


def test_the_failed_check_is_told_without_empty_sentences(failed_run):
    assert re.search(NAMED, failed_run[1])
    assert "None" not in failed_run[1]


def test_scores_alone_do_not_pass_the_check_by(leaky):
    for _ in range(2):
        for key in ALL[:-1]:  # behind the last there is no future to leak from
            with pytest.raises(InputError, match=r"not scored, no_leak failed: .* made again"):
                leaky.materialize("scores", first=key, last=key)
        forget_verdicts(leaky)
    assert nothing_is_scored(leaky)


def test_the_sensor_asks_for_no_run_without_the_check_and_does_not_try_for_ever(leaky):
    data_set, now = leaky.small.data_set, leaky.small.now
    with dg.DagsterInstance.get() as instance:
        tick = decide(leaky.small.project, data_set, instance, now=now)
        (request,) = tick.requests
        assert dg.AssetKey(["toy", "served_forecasts"]) in request.asset_selection
        done = leaky.repository.get_job("toy").execute_in_process(
            instance=instance,
            asset_selection=request.asset_selection,
            tags=dict(request.tags) | {"dagster/run_key": request.run_key},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )
        assert not done.success
        again = without_the_tried(
            decide(leaky.small.project, data_set, instance, now=now), instance
        )
        assert again.requests == []
        assert "not started again" in again.reason
    assert nothing_is_scored(leaky)


def test_forecasts_that_failed_the_check_are_not_exported(leaky, tmp_path):
    file = tmp_path / "forecasts.csv"
    with pytest.raises(InputError, match=r"toy: no_leak failed at 2003-.*nothing is exported"):
        export_forecasts(leaky.small.project, leaky.small.data_set, file)
    assert not file.exists()


def test_once_the_cause_is_mended_the_forecasts_made_anew_are_scored(failed_run, tmp_path):
    dagster = copied(failed_run[0], tmp_path)
    store, data_set = dagster.small.project.store, dagster.small.data_set
    assert nothing_is_scored(dagster)
    shutil.rmtree(store.folder("toy", "baseline_forecasts"))  # or another version of the stage
    run(dagster)
    assert store.list("toy", "scores") == ALL
    assert dagster.small.plan() == []
    assert export_forecasts(dagster.small.project, data_set, tmp_path / "forecasts.csv") > 0


@pytest.mark.slow
def test_what_passed_is_not_checked_again_and_what_is_made_anew_is(ran):
    store, data_set = ran.small.project.store, ran.small.data_set
    assert not_passed(store, data_set, ALL) == set()
    (store.folder("toy", "scores", ALL[1]) / "manifest.json").unlink()
    assert run(ran) == [["scores", "leaderboard", "report"]]
    ran.small.correct("a", ALL[3], 33.3)
    ran.materialize("raw_observations", "clean_observations", "windows")
    assert not_passed(store, data_set, ALL) == {ALL[3]}
    forget_verdicts(ran)
    (store.folder("toy", "scores", ALL[1]) / "manifest.json").unlink()
    ((*stages,),) = run(ran)
    assert stages[0] == "baseline_forecasts"
    assert not_passed(store, data_set, ALL[1:]) == set()


def test_a_verdict_that_cannot_be_read_is_none(ran):
    store, known = ran.small.project.store, ran.small.known
    path = store.folder("toy", "no_leak") / "verdicts.json"
    for page in (b"", b"[]", b'{"2003-09-01": 1}', b"\xff"):
        path.write_bytes(page)
        assert not_passed(store, known.data_set, ALL) == set(ALL)
    check(known, store, known.cutoffs)
    assert not_passed(store, known.data_set, ALL) == set()
