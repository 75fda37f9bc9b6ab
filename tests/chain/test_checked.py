"""Verdicts on forecasts: of what was checked, for as long as it lies there."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from pipeline.chain import checked
from pipeline.chain.checked import check, check_before_scoring, leaks_at, not_passed
from pipeline.chain.launches import ask, launches_of
from pipeline.chain.leak import _chosen
from pipeline.chain.stage import baseline_forecasts
from tests.strategies import SmallProject, months, values_of

ALL = months("2002-12", "2003-12")
FORECASTS = [
    "raw_observations",
    "clean_observations",
    "windows",
    "baseline_forecasts",
    "rnn_model",
    "rnn_forecasts",
    "served_forecasts",
]


def leak(patch: pytest.MonkeyPatch, only: str = "") -> None:
    """Every baseline knows something of the mean of the whole series."""
    honest = baseline_forecasts.forecast_all

    def forecast_all(known, name, cutoffs_of):
        found = honest(known, name, cutoffs_of)
        means = [
            np.nanmean(known.series(unique_id).y) if unique_id == only or not only else 0.0
            for unique_id in cutoffs_of
        ]
        return [replace(f, y_hat=f.y_hat + mean) for f, mean in zip(found, means, strict=True)]

    patch.setattr(baseline_forecasts, "forecast_all", forecast_all)


def checked_all(small: SmallProject) -> checked.Found:
    known = small.known
    return check(known, small.project.store, known.cutoffs)


def unpassed(small: SmallProject) -> set[str]:
    return not_passed(small.project.store, small.data_set, ALL)


def forget_scores(small: SmallProject, key: str) -> None:
    (small.project.store.folder("toy", "scores", key) / "manifest.json").unlink()


@pytest.mark.slow
def test_forecasts_have_no_verdict_until_they_are_checked_and_none_once_they_are_others(finished):
    assert unpassed(finished) == set(ALL)
    checked_all(finished)
    assert unpassed(finished) == set()
    finished.correct("a", "2003-06-01", 33.3)
    finished.run()
    assert unpassed(finished) == set(months("2003-06", "2003-12"))
    finished.set_baseline("ar", lags=3)
    finished.run()
    assert unpassed(finished) == set(ALL)


def test_a_run_of_scores_begins_with_the_check_unless_their_forecasts_passed(finished):
    forget_scores(finished, "2003-05-01")
    stages = []
    for _ in range(2):
        (launch,) = launches_of(ask(finished.project, finished.data_set, None, now=finished.now))
        stages.append(launch.stages)
        checked_all(finished)
    after = ["scores", "leaderboard", "report"]
    assert stages == [["served_forecasts", *after], after]


def test_only_what_is_to_be_scored_and_did_not_pass_is_checked(finished):
    known, store = finished.known, finished.project.store
    assert check_before_scoring(known, store, known.cutoffs).n_keys == 0  # all of it is scored
    forget_scores(finished, ALL[3])
    assert check_before_scoring(known, store, known.cutoffs).n_keys > 0
    assert unpassed(finished) == set(ALL) - {ALL[3]}
    assert check_before_scoring(known, store, known.cutoffs).n_keys == 0


def test_where_one_of_a_run_leaks_none_of_it_passes(write, monkeypatch: pytest.MonkeyPatch):
    small = write()
    leak(monkeypatch)
    small.run(stages=FORECASTS)
    found = checked_all(small)
    assert 0 < len(found.by_cutoff) < len(ALL)  # some folds are made again, not those of each
    assert unpassed(small) == set(ALL)
    assert set(leaks_at(small.project.store, small.data_set, ALL)) == set(found.by_cutoff)


@pytest.mark.slow
def test_a_fold_that_failed_is_made_again_until_it_is_another(write, monkeypatch):
    """Of more cutoffs other folds are picked: what failed must not be forgotten with them."""
    small = write()
    for number, stem in enumerate("cdef"):
        small.write_series(stem, values_of(number + 2))
    small.run(stages=["raw_observations", "clean_observations"])
    picked = {(one, at.key) for one, at in _chosen(small.known, small.known.cutoffs)}
    alone = {(one, c.key) for c in small.known.cutoffs for one, _ in _chosen(small.known, [c])}
    unique_id, key = min(alone - picked)
    with monkeypatch.context() as patch:
        leak(patch, only=unique_id)
        small.run(stages=FORECASTS)
        known, store = small.known, small.project.store
        assert check(known, store, known.named([key])).leaks
        assert check(known, store, known.cutoffs).leaks
        assert key in leaks_at(store, small.data_set, ALL)
    assert leaks_at(store, small.data_set, [k for k in ALL if k != key]) == {}
    small.set_network("rnn", hidden_size=9)  # other models and windows do not mend a baseline
    small.run(stages=FORECASTS)
    assert key in leaks_at(store, small.data_set, ALL)
    assert check(small.known, store, small.known.cutoffs).leaks
    (told,) = {one.split("; ")[1] for one in leaks_at(store, small.data_set, ALL)[key]}
    assert told.startswith("once the cause is mended, delete ")
    shutil.rmtree(told.split("delete ")[1].split(", and")[0])
    small.run(stages=FORECASTS)
    assert leaks_at(store, small.data_set, ALL) == {}
    assert check(small.known, store, small.known.cutoffs).leaks == []
