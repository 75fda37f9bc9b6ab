"""Verdicts on forecasts: of what was checked, for as long as it lies there."""

from dataclasses import replace

import pytest

from pipeline.chain import checked
from pipeline.chain.checked import check, check_before_scoring, leaks_at, not_passed
from pipeline.chain.launches import ask, launches_of
from pipeline.chain.stage import baseline_forecasts
from tests.strategies import SmallProject, months

ALL = months("2002-12", "2003-12")
FORECASTS = [
    "raw_observations",
    "clean_observations",
    "windows",
    "baseline_forecasts",
    "rnn_model",
    "rnn_forecasts",
]


def checked_all(small: SmallProject) -> checked.Found:
    known = small.known
    return check(known, small.project.store, known.cutoffs)


def unpassed(small: SmallProject) -> set[str]:
    return not_passed(small.project.store, small.data_set, ALL)


def forget_scores(small: SmallProject, key: str) -> None:
    (small.project.store.folder("toy", "scores", key) / "manifest.json").unlink()


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
    assert stages == [["rnn_forecasts", "scores", "leaderboard"], ["scores", "leaderboard"]]


def test_only_what_is_to_be_scored_and_did_not_pass_is_checked(finished):
    known, store = finished.known, finished.project.store
    assert check_before_scoring(known, store, known.cutoffs).n_keys == 0  # all of it is scored
    forget_scores(finished, ALL[3])
    assert check_before_scoring(known, store, known.cutoffs).n_keys > 0
    assert unpassed(finished) == set(ALL) - {ALL[3]}
    assert check_before_scoring(known, store, known.cutoffs).n_keys == 0


def test_where_one_of_a_run_leaks_none_of_it_passes(write, monkeypatch: pytest.MonkeyPatch):
    small = write()
    honest = baseline_forecasts.forecast_by

    def forecast_by(known, slot, cutoffs):
        found = honest(known, slot, cutoffs)
        return replace(found, y_hat=found.y_hat + known.series(slot.unique_id).y.mean())

    monkeypatch.setattr(baseline_forecasts, "forecast_by", forecast_by)
    small.run(stages=FORECASTS)
    found = checked_all(small)
    assert 0 < len(found.by_cutoff) < len(ALL)  # some folds are made again, not those of each
    assert unpassed(small) == set(ALL)
    assert leaks_at(small.project.store, small.data_set) == found.by_cutoff
