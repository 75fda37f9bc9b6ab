"""Drift: what is found and what not, how often by chance, and what moves nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.leaderboard.drift import CHANCE, find_drifts
from tests.leaderboard.test_rank import scores_of

MODELS = ("climatology", "ar", "rnn")


def backtest(seed, *, series=("a",), times=120, horizon=3, alike=0.8):
    """Scores of monthly series; errors of the models have much in common, and no memory else."""
    random = np.random.default_rng(seed)
    frames = []
    for name in series:
        common = random.normal(size=times + horizon)
        for model in MODELS:
            own = np.sqrt(alike) * common + np.sqrt(1 - alike) * random.normal(size=len(common))
            frames += [
                (name, c, step, model, 0, own[c + step], 1)
                for c in range(times)
                for step in range(1, horizon + 1)
            ]
    scores = scores_of(frames)
    start = np.datetime64("2000-01")
    month = (scores["cutoff"] - pd.Timestamp("2000-01-01")).dt.days.to_numpy()
    ds = (start + month + scores["step"].to_numpy()).astype("datetime64[ns]")
    return scores.assign(cutoff=(start + month).astype("datetime64[ns]"), ds=ds)


def worse(scores, model, *, since, by, series="a"):
    """The same with errors of a model, or of all, so many times as large from a month on."""
    hit = (scores["unique_id"] == series) & (scores["ds"] >= since)
    hit &= (scores["model"] == model) | (model is None)
    error = scores["error"].where(~hit, by * scores["error"])
    return scores.assign(error=error, y_hat=scores["y"] + error)


def told(scores, *, stretch=12):
    names = scores["unique_id"].unique()
    return find_drifts(scores, references=dict.fromkeys(names, "climatology"), stretch=stretch)


def test_a_model_that_becomes_bad_is_named_with_series_and_month():
    scores = worse(backtest(1, series=("a", "b")), "rnn", since="2009-04", by=6)
    found = told(scores)
    assert [(d.unique_id, d.model, d.of) for d in found] == [(s, "rnn", "skill") for s in ("", "a")]
    own = found[1]
    assert own.since in {f"2009-{m:02}" for m in range(3, 7)}
    assert own.until == "2010-01"
    assert own.now < own.limit < own.usual
    assert own.sentence.startswith("a: the skill of rnn is -")
    assert f"worse since {own.since}" in own.sentence


def test_data_that_becomes_another_is_told_by_the_error_of_the_reference():
    found = told(worse(backtest(2), None, since="2009-04", by=6))
    assert [(d.model, d.of) for d in found] == [("climatology", "error")]
    assert found[0].now > found[0].limit > found[0].usual
    assert "at most" in found[0].sentence


def test_the_numbers_of_the_newest_stretch_are_those_of_the_leaderboard():
    scores = worse(backtest(3, horizon=1), "ar", since="2009-06", by=5)
    (found,) = told(scores)
    newest = scores[scores["ds"] > "2009-01-01"]
    mase = newest["error"].abs().groupby(newest["model"]).mean()
    assert len(newest) == 12 * len(MODELS)
    assert found.now == pytest.approx(1 - mase["ar"] / mase["climatology"])


def test_hard_times_for_all_are_no_drift_of_a_model():
    found = told(worse(backtest(4, series=("a", "b")), None, since="2009-04", by=3))
    assert {d.of for d in found} <= {"error"}


@pytest.mark.parametrize(
    ("series", "times", "horizon"), [("a", 120, 3), ("a", 72, 1), ("abcd", 96, 6)]
)
def test_where_nothing_drifts_little_is_told(series, times, horizon):
    runs = 120 if len(series) == 1 else 50
    alarms = [
        bool(told(backtest([k, times], series=tuple(series), times=times, horizon=horizon)))
        for k in range(runs)
    ]
    assert np.mean(alarms) <= 2 * CHANCE


def test_too_few_times_tell_nothing_and_none_is_no_error():
    assert told(worse(backtest(1, times=58), "rnn", since="2004-01", by=1000)) == []
    assert told(worse(backtest(1, times=62), "rnn", since="2004-04", by=1000))
    assert told(backtest(1).iloc[:0]) == []
    assert told(backtest(1).assign(scale=np.nan)) == []


def test_steps_that_are_not_known_yet_and_first_ones_do_not_count():
    """The newest cutoffs have actuals of short steps only: what is compared is time by time."""
    scores = backtest(5, horizon=6)
    late = scores["ds"] > scores["cutoff"].max()
    quiet = worse(scores[~late], "rnn", since="2009-06", by=4)
    assert told(quiet) == told(worse(scores, "rnn", since="2009-06", by=4)[~late.to_numpy()])
    assert {d.model for d in told(quiet)} == {"rnn"}


@settings(max_examples=10)
@given(st.integers(0, 99), st.sampled_from([1e-3, 7.0]))
def test_neither_the_order_nor_the_unit_changes_what_is_told(seed, unit):
    scores = worse(backtest(seed, series=("a", "b"), times=80), "ar", since="2005-12", by=3)
    columns = ["y", "y_hat", "error", "scale"]
    moved = scores.assign(**{c: scores[c] * unit for c in columns}).sample(frac=1, random_state=1)
    ours, theirs = told(scores), told(moved)
    assert [d.sentence for d in ours] == [d.sentence for d in theirs]


def test_a_series_without_error_or_with_a_twin_of_the_reference_breaks_nothing():
    scores = backtest(6)
    still = scores["model"] != "rnn"
    assert told(scores.assign(error=scores["error"].where(still, 0.0))) == []
    flat = scores.assign(error=0.0)
    assert told(flat) == []
    twin = scores[scores["model"] == "climatology"].assign(model="rnn")
    assert told(pd.concat([scores[still], twin])) == []
